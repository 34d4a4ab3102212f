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
// the two is healed at the next start.

func insertShredded(ctx context.Context, tx *db.Tx, org string, chains []string) error {
	for _, part := range db.Chunks(chains, 3) {
		args := make([]any, 0, 3*len(part))
		for _, chain := range part {
			args = append(args, org, chain, db.Micros(tx.Now()))
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO shredded (org, chain, erased)
			VALUES `+tx.Values(1, len(part), "TEXT", "TEXT", "BIGINT")+`
			ON CONFLICT (org, chain) DO NOTHING`, args...)
		if err != nil {
			return fmt.Errorf("note who was erased: %w", err)
		}
	}
	return nil
}

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
		err := s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			noted, err := shredded(ctx, tx, org, before)
			list = append(list, noted...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.keys.KeepShredded(list, before)
}

// shredded reads an organisation's list and forgets what is older than before.
func shredded(ctx context.Context, tx *db.Tx, org string, before time.Time) ([]seal.Shredded, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM shredded WHERE org = $1 AND erased < $2`, org, db.Micros(before)); err != nil {
		return nil, fmt.Errorf("forget old erasures: %w", err)
	}
	return db.All(ctx, tx, func(sc db.Scanner) (seal.Shredded, error) {
		row := seal.Shredded{Org: org}
		var erased int64
		err := sc.Scan(&row.Chain, &erased)
		row.Erased = db.Time(erased)
		return row, err
	}, `SELECT chain, erased FROM shredded WHERE org = $1`, org)
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
		err := s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			last, err := s.ledger.Last(ctx, tx, org, chains)
			if err != nil || len(last) == 0 {
				return err
			}
			back := slices.DeleteFunc(slices.Clone(chains), func(c string) bool { _, held := last[c]; return !held })
			again += len(back)
			who, err := s.load(ctx, tx, org, back)
			if err != nil {
				return err
			}
			// Nothing is kept as restricted evidence (load gives no terms): its period
			// began with the erasure and not with the restore, may be over by now, and
			// a second batch would give the person's choices a second life.
			req := Request{Request: "restore"}
			done := Erasure{Plan: s.plan(who, req, tx.Now())}
			return s.destroy(ctx, tx, access.Local(org), who, req, &done)
		})
		if err != nil {
			return again, fmt.Errorf("erase again: %w", err)
		}
	}
	if again == 0 {
		return 0, nil
	}
	return again, s.db.Truncate(ctx)
}
