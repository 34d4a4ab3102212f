// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
)

// Hold keeps everybody else from adding to the chains until the transaction
// ends: what is read of them from then on is all there is.
func (l *Ledger) Hold(ctx context.Context, tx *db.Tx, org string, chains []string) error {
	for _, part := range db.Chunks(chains, 1) {
		if _, err := tx.Exec(ctx, `
			UPDATE chain SET seq = seq
			WHERE org = $1 AND id IN `+db.In(2, len(part)), with(org, part)...); err != nil {
			return fmt.Errorf("hold chains: %w", err)
		}
	}
	return nil
}

// Destroy removes chains: their wrapped keys first, which waits for whoever is
// adding to them and keeps everybody else off, then every entry's payload and
// salt. The log keeps its commitments, which nothing opens any more. Of entries
// the sequencer has not taken yet the row stays, with nothing in it to open.
func (l *Ledger) Destroy(ctx context.Context, tx *db.Tx, org string, chains []string) (entries int64, err error) {
	if len(chains) == 0 || slices.Contains(chains, Own) {
		return 0, problem.New(problem.Invalid, "nothing_to_destroy", "Name the subjects to erase.")
	}
	l.changed(tx, org, slices.Clone(chains))
	for _, part := range db.Chunks(chains, 1) {
		in := db.In(2, len(part))
		args := with(org, part)
		if _, err := tx.Exec(ctx, `
			DELETE FROM chain
			WHERE org = $1 AND id IN `+in, args...); err != nil {
			return 0, fmt.Errorf("destroy keys: %w", err)
		}
		waiting, err := tx.Exec(ctx, `
			UPDATE entry SET sealed = $`+fmt.Sprint(len(args)+1)+`, idempotency = NULL, request = NULL
			WHERE org = $1 AND chain IN `+in+` AND position IS NULL`, append(args, []byte{})...)
		if err != nil {
			return 0, fmt.Errorf("empty entries: %w", err)
		}
		gone, err := tx.Exec(ctx, `
			DELETE FROM entry
			WHERE org = $1 AND chain IN `+in+` AND position IS NOT NULL`, args...)
		if err != nil {
			return 0, fmt.Errorf("destroy entries: %w", err)
		}
		entries += waiting + gone
	}
	return entries, nil
}
