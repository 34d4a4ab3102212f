// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"fmt"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
)

// selectSubjects lists subjects in the order of their pseudonyms.
func selectSubjects(ctx context.Context, r db.Reader, org, after string, most int64) ([]string, error) {
	chains, err := db.All(ctx, r, db.Value[string], `
		SELECT id
		FROM chain
		WHERE org = $1 AND id > $2 AND id <> $3
		ORDER BY id
		LIMIT $4`, org, after, ledger.Own, most)
	if err != nil {
		return nil, fmt.Errorf("list subjects: %w", err)
	}
	return chains, nil
}

// selectSubjectCount counts them.
func selectSubjectCount(ctx context.Context, r db.Reader, org string) (int64, error) {
	n, err := db.One(ctx, r, db.Value[int64], `
		SELECT COUNT(*)
		FROM chain
		WHERE org = $1 AND id <> $2`, org, ledger.Own)
	if err != nil {
		return 0, fmt.Errorf("count subjects: %w", err)
	}
	return n, nil
}
