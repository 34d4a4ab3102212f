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
	_, err := lockChains(ctx, tx, org, chains)
	return err
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
	set := db.Column("TEXT", chains)
	if _, err := tx.ExecRows(ctx, `
		DELETE FROM chain
		WHERE org = $1 AND id IN ({rows})`, set, org); err != nil {
		return 0, fmt.Errorf("destroy keys: %w", err)
	}
	waiting, err := tx.ExecRows(ctx, `
		UPDATE entry SET sealed = $2, idempotency = NULL, request = NULL
		WHERE org = $1 AND chain IN ({rows}) AND position IS NULL`, set, org, []byte{})
	if err != nil {
		return 0, fmt.Errorf("empty entries: %w", err)
	}
	gone, err := tx.ExecRows(ctx, `
		DELETE FROM entry
		WHERE org = $1 AND chain IN ({rows}) AND position IS NOT NULL`, set, org)
	if err != nil {
		return 0, fmt.Errorf("destroy entries: %w", err)
	}
	return waiting + gone, nil
}
