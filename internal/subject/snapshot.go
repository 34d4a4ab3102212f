// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/seal"
)

// NewSnapshotKey makes the key of a new snapshot of how everybody stands, and
// leaves that of the one there is. It waits for an erasure under way: each that
// comes later destroys it, in its own transaction.
func (s *Subjects) NewSnapshotKey(ctx context.Context, tx *db.Tx, org string, present int64) (seal.Secret, error) {
	if err := s.ledger.Hold(ctx, tx, org, []string{ledger.Own}); err != nil {
		return seal.Secret{}, err
	}
	if err := s.secrets.Retire(ctx, tx, org, seal.Snapshot, present); err != nil {
		return seal.Secret{}, err
	}
	return s.secrets.Make(ctx, tx, org, seal.Snapshot)
}

// SnapshotKeys are the keys of snapshots in which nobody is who was erased since.
// They are read in a transaction that could write: none is remembered.
func (s *Subjects) SnapshotKeys(ctx context.Context, tx *db.Tx, org string) ([]seal.Secret, error) {
	return s.secrets.All(ctx, tx, org, seal.Snapshot)
}
