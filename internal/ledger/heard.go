// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"

	"github.com/lecito/lecito/internal/db"
)

// Size is the live generation of the log and how many entries it has in order.
func (l *Ledger) Size(ctx context.Context, r db.Reader, org string) (generation, size int64, err error) {
	head, err := selectLog(ctx, r, org)
	return head.generation, head.size, err
}

// ChainsSince names the chains whose entries came into the log at a position or
// after it. Every entry comes to have one, whoever wrote it and whenever its
// transaction ended: none is passed over.
func (l *Ledger) ChainsSince(ctx context.Context, r db.Reader, org string, generation, position int64) ([]string, error) {
	chains, err := db.All(ctx, r, db.Value[string], `
		SELECT DISTINCT chain
		FROM entry
		WHERE org = $1 AND generation = $2 AND position >= $3`, org, generation, position)
	if err != nil {
		return nil, fmt.Errorf("read which chains have entries new in the log: %w", err)
	}
	return chains, nil
}
