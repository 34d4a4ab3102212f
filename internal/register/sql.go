// SPDX-License-Identifier: Apache-2.0

package register

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/db"
)

func selectRecord(ctx context.Context, r db.Reader, org string) ([]Record, error) {
	return db.All(ctx, r, func(row db.Scanner) (Record, error) {
		var d Record
		var recorded int64
		var retired *int64
		err := row.Scan(&d.Kind, &d.ID, &d.Version, &d.Body, &d.Entry, &recorded, &retired)
		d.Recorded, d.Retired = db.Time(recorded), db.NullTime(retired)
		return d, err
	}, `
		SELECT kind, id, version, body, entry, recorded, retired
		FROM declaration
		WHERE org = $1
		ORDER BY kind, id, version`, org)
}

// selectStamp counts what was ever declared and retired: rows are only added,
// and each is retired at most once, so every change makes it larger.
func selectStamp(ctx context.Context, r db.Reader, org string) (int64, error) {
	return db.One(ctx, r, db.Value[int64], `
		SELECT COUNT(*) + COUNT(retired)
		FROM declaration
		WHERE org = $1`, org)
}

func insertDeclaration(ctx context.Context, tx *db.Tx, org string, c Change, entry string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO declaration (org, kind, id, version, body, entry, recorded)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		org, c.Kind, c.ID, c.Version, c.body, entry, db.Micros(tx.Now()))
	return err
}

func retireDeclaration(ctx context.Context, tx *db.Tx, org string, c Change, at time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE declaration
		SET retired = $5
		WHERE org = $1 AND kind = $2 AND id = $3 AND version = $4 AND retired IS NULL`,
		org, c.Kind, c.ID, c.Version, db.Micros(at))
	return err
}
