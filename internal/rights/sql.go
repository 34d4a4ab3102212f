// SPDX-License-Identifier: Apache-2.0

package rights

import (
	"context"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
)

func insertShredded(ctx context.Context, tx *db.Tx, org string, chains []string) error {
	_, err := tx.ExecRows(ctx, `
		WITH given (chain) AS ({rows})
		INSERT INTO shredded (org, chain, erased)
		SELECT $1, chain, CAST($2 AS BIGINT)
		FROM given
		WHERE TRUE
		ON CONFLICT (org, chain) DO NOTHING`, db.Column("TEXT", chains), org, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("note who was erased: %w", err)
	}
	return nil
}

func forgetShredded(ctx context.Context, tx *db.Tx, org string, before time.Time) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM shredded
		WHERE org = $1 AND erased < $2`, org, db.Micros(before))
	if err != nil {
		return fmt.Errorf("forget old erasures: %w", err)
	}
	return nil
}

func selectShredded(ctx context.Context, r db.Reader, org string) ([]seal.Shredded, error) {
	return db.All(ctx, r, func(sc db.Scanner) (seal.Shredded, error) {
		row := seal.Shredded{Org: org}
		var erased int64
		err := sc.Scan(&row.Chain, &erased)
		row.Erased = db.Time(erased)
		return row, err
	}, `
		SELECT chain, erased
		FROM shredded
		WHERE org = $1`, org)
}

// batch is the restricted evidence of one erasure.
type batch struct {
	id     string
	until  time.Time
	secret string
	sealed []byte
	blinds [][]byte // of the person's identifiers, to be found by; written only
}

// place binds the envelope to its row and to its end: a date moved in the table opens nothing.
func (b batch) place(org string) string {
	return fmt.Sprintf("restricted\x00%s\x00%s\x00%d", org, b.id, db.Micros(b.until))
}

func insertBatches(ctx context.Context, tx *db.Tx, org string, batches []batch) error {
	kept, index := db.NewRows("TEXT", "BIGINT", "TEXT", "BYTEA"), db.NewRows("TEXT", "BYTEA", "TEXT")
	for _, b := range batches {
		kept.Add(b.id, db.Micros(b.until), b.secret, b.sealed)
		for _, blind := range b.blinds {
			index.Add(b.secret, blind, b.id)
		}
	}
	_, err := tx.ExecRows(ctx, `
		WITH given (id, until, secret, sealed) AS ({rows})
		INSERT INTO restricted (org, id, until, secret, sealed)
		SELECT $1, id, until, secret, sealed
		FROM given`, kept, org)
	if err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	_, err = tx.ExecRows(ctx, `
		WITH given (secret, blind, batch) AS ({rows})
		INSERT INTO restricted_identifier (org, secret, blind, batch)
		SELECT $1, secret, blind, batch
		FROM given`, index, org)
	if err != nil {
		return fmt.Errorf("index evidence: %w", err)
	}
	return nil
}

// selectBatches leaves out what has ended, also where nothing destroyed it yet:
// a restored backup brings such rows back.
func selectBatches(ctx context.Context, tx *db.Tx, org, secret string, blind []byte) ([]batch, error) {
	rows, err := db.All(ctx, tx, func(sc db.Scanner) (batch, error) {
		var b batch
		var until int64
		err := sc.Scan(&b.id, &until, &b.secret, &b.sealed)
		b.until = db.Time(until)
		return b, err
	}, `
		SELECT r.id, r.until, r.secret, r.sealed
		FROM restricted_identifier AS i
		JOIN restricted AS r ON r.org = i.org AND r.id = i.batch
		WHERE i.org = $1 AND i.secret = $2 AND i.blind = $3 AND r.until > $4`,
		org, secret, blind, db.Micros(tx.Now()))
	if err != nil {
		return nil, fmt.Errorf("find evidence: %w", err)
	}
	return rows, nil
}

func countEnded(ctx context.Context, tx *db.Tx, org string) (int64, error) {
	n, err := db.One(ctx, tx, db.Value[int64], `
		SELECT count(*)
		FROM restricted
		WHERE org = $1 AND until <= $2`, org, db.Micros(tx.Now()))
	if err != nil {
		return 0, fmt.Errorf("find ended evidence: %w", err)
	}
	return n, nil
}

func countBatches(ctx context.Context, tx *db.Tx, org, secret string) (int64, error) {
	n, err := db.One(ctx, tx, db.Value[int64], `
		SELECT count(*)
		FROM restricted
		WHERE org = $1 AND secret = $2`, org, secret)
	if err != nil {
		return 0, fmt.Errorf("count evidence: %w", err)
	}
	return n, nil
}

func deleteEnded(ctx context.Context, tx *db.Tx, org string) error {
	for _, statement := range []string{
		`DELETE FROM restricted_identifier WHERE org = $1 AND batch IN (SELECT id FROM restricted WHERE org = $1 AND until <= $2)`,
		`DELETE FROM restricted WHERE org = $1 AND until <= $2`,
	} {
		if _, err := tx.Exec(ctx, statement, org, db.Micros(tx.Now())); err != nil {
			return fmt.Errorf("destroy ended evidence: %w", err)
		}
	}
	return nil
}
