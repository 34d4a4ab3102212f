// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"

	"github.com/lecito/lecito/internal/db"
)

func insertOrganisation(ctx context.Context, tx *db.Tx, org string) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO organisation (id, created)
		VALUES ($1, $2)
		ON CONFLICT (id) DO NOTHING`, org, db.Micros(tx.Now()))
	if err != nil {
		return false, fmt.Errorf("begin an organisation: %w", err)
	}
	return n == 1, nil
}

func selectOrganisations(ctx context.Context, r db.Reader) ([]string, error) {
	ids, err := db.All(ctx, r, db.Value[string], `SELECT id FROM organisation ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	return ids, nil
}

func clearPositions(ctx context.Context, tx *db.Tx, org string) error {
	_, err := tx.Exec(ctx, `
		UPDATE entry SET generation = NULL, position = NULL
		WHERE org = $1`, org)
	if err != nil {
		return fmt.Errorf("take entries out of the old log: %w", err)
	}
	return nil
}
