// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Release has the watcher told that the subjects, which held these identifiers, are
// destroyed. It comes before what the ledger tells of them: who is gone is not looked for.
func (s *Subjects) Release(tx *db.Tx, org string, chains []string, ids []lawful.Identifier) {
	if s.watcher != nil {
		tx.AfterCommit(func(unknown bool) { s.watcher.Released(org, chains, ids, unknown) })
	}
}

// Destroy removes every identifier of the subjects: by now nothing opens them any
// more. With them goes the key of the snapshot that they may be in. The transaction
// holds the organisation's own chain.
func (s *Subjects) Destroy(ctx context.Context, tx *db.Tx, org string, chains []string) (int64, error) {
	if err := s.secrets.Destroy(ctx, tx, org, seal.Snapshot); err != nil {
		return 0, err
	}
	gone, err := tx.ExecRows(ctx, `
		DELETE FROM identifier
		WHERE org = $1 AND chain IN ({rows})`, db.Column("TEXT", chains), org)
	if err != nil {
		return gone, fmt.Errorf("destroy identifiers: %w", err)
	}
	return gone, nil
}

// Entomb leaves a tombstone for each identifier: a hash under the key of this
// year's tombstones, with the month and nothing else. Who holds that key can test
// a guess: that is what a tombstone is for, and all it can do.
func (s *Subjects) Entomb(ctx context.Context, tx *db.Tx, org string, ids []lawful.Identifier, expires time.Time) error {
	now := tx.Now()
	year := int64(now.Year())
	keys, err := s.secrets.All(ctx, tx, org, tombstoneSecret(year))
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		made, err := s.secrets.Make(ctx, tx, org, tombstoneSecret(year))
		if err != nil {
			return err
		}
		keys = []seal.Secret{made}
	}
	blinds, err := blindAll(keys[0].Key, ids)
	if err != nil {
		return err
	}
	_, err = tx.ExecRows(ctx, `
		WITH given (blind) AS ({rows})
		INSERT INTO tombstone (org, year, blind, month, expires)
		SELECT $1, CAST($2 AS BIGINT), blind, $3, CAST($4 AS BIGINT)
		FROM given
		WHERE TRUE
		ON CONFLICT (org, year, blind) DO UPDATE SET month = excluded.month, expires = excluded.expires`,
		db.Column("BYTEA", blinds), org, year, now.Format("2006-01"), db.Micros(expires))
	if err != nil {
		return fmt.Errorf("leave tombstones: %w", err)
	}
	tombs := s.tombsOf(org)
	tx.AfterCommit(func(unknown bool) {
		if unknown {
			tombs.doubts.Add(1)
		} else {
			tombs.left(year, blinds)
		}
	})
	return nil
}

// ExpireTombstones destroys the years whose tombstones have all ended, key and
// rows, and tells which.
func (s *Subjects) ExpireTombstones(ctx context.Context, tx *db.Tx, org string) ([]int64, error) {
	years, err := db.All(ctx, tx, db.Value[int64], `
		SELECT year
		FROM tombstone
		WHERE org = $1
		GROUP BY year
		HAVING max(expires) <= $2`, org, db.Micros(tx.Now()))
	if err != nil {
		return nil, fmt.Errorf("find ended tombstones: %w", err)
	}
	for _, year := range years {
		if _, err := tx.Exec(ctx, `DELETE FROM tombstone WHERE org = $1 AND year = $2`, org, year); err != nil {
			return nil, fmt.Errorf("remove ended tombstones: %w", err)
		}
		if err := s.secrets.Destroy(ctx, tx, org, tombstoneSecret(year)); err != nil {
			return nil, err
		}
	}
	return years, nil
}
