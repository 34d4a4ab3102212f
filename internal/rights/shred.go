// SPDX-License-Identifier: Apache-2.0

package rights

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
)

// An erasure must outlive a restore: a backup taken before it still holds the
// person. So the pseudonyms erased are kept in the store, in the transaction of
// the erasure, and beside the keys, which no restore takes back. A crash between
// the two is healed at the next start, and every hour.

// KeepShredded brings the list beside the keys up to the store's, and forgets in
// both what no living backup holds.
func (s *Service) KeepShredded(ctx context.Context, now time.Time) error {
	before := now.Add(-seal.BackupLife - epochLife)
	orgs, err := s.ledger.Organisations(ctx)
	if err != nil {
		return err
	}
	var list []seal.Shredded
	for _, org := range orgs {
		var noted []seal.Shredded
		err := s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			if err := forgetShredded(ctx, tx, org, before); err != nil {
				return err
			}
			noted, err = selectShredded(ctx, tx, org)
			return err
		})
		if err != nil {
			return err
		}
		list = append(list, noted...)
	}
	return s.keys.KeepShredded(list, before)
}

// Reapply erases again whoever a restored backup brought back.
func (s *Service) Reapply(ctx context.Context) (int, error) {
	list, err := s.keys.Shredded()
	if err != nil {
		return 0, err
	}
	by := map[string][]string{}
	for _, erased := range list {
		by[erased.Org] = append(by[erased.Org], erased.Chain)
	}
	again := 0
	for org, chains := range by {
		var back []string
		err := s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			last, err := s.ledger.Last(ctx, tx, org, chains)
			back = slices.DeleteFunc(slices.Clone(chains), func(c string) bool { _, held := last[c]; return !held })
			if err != nil || len(back) == 0 {
				return err
			}
			rules, err := s.register.Rules(ctx, tx, org)
			if err != nil {
				return err
			}
			w := &wanted{actor: access.Local(org), req: Request{Request: "restore"}, who: found{chains: slices.Clone(back)}}
			// Nothing is kept as restricted evidence (there are no terms): its period
			// began with the erasure and not with the restore, may be over by now, and
			// a second batch would give the person's choices a second life.
			if err := s.load(ctx, tx, org, []*wanted{w}, load{slices.Clone(back), rules, nil}); err != nil {
				return err
			}
			w.answer = Erasure{Plan: s.plan(w.who, w.req, tx.Now())}
			return s.destroy(ctx, tx, org, []*wanted{w})
		})
		if err != nil {
			return again, fmt.Errorf("erase again: %w", err)
		}
		again += len(back)
	}
	if again == 0 {
		return 0, nil
	}
	return again, s.db.Truncate(ctx)
}
