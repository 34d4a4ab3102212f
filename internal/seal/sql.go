// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"context"
	"fmt"

	"github.com/lecito/lecito/internal/db"
)

type secretRow struct {
	version int64
	epoch   int64
	wrapped []byte
}

func insertSecret(ctx context.Context, tx *db.Tx, org, name string, version, epoch int64, wrapped []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO secret (org, name, version, epoch, wrapped, created)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		org, name, version, epoch, wrapped, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("store a secret: %w", err)
	}
	return nil
}

func selectSecrets(ctx context.Context, r db.Reader, org, name string) ([]secretRow, error) {
	rows, err := db.All(ctx, r, scanSecret, `
		SELECT version, epoch, wrapped
		FROM secret
		WHERE org = $1 AND name = $2
		ORDER BY version DESC`, org, name)
	if err != nil {
		return nil, fmt.Errorf("read a secret: %w", err)
	}
	return rows, nil
}

func selectNames(ctx context.Context, r db.Reader, org string) ([]string, error) {
	names, err := db.All(ctx, r, db.Value[string], `
		SELECT DISTINCT name
		FROM secret
		WHERE org = $1`, org)
	if err != nil {
		return nil, fmt.Errorf("list secrets: %w", err)
	}
	return names, nil
}

func scanSecret(s db.Scanner) (secretRow, error) {
	var row secretRow
	err := s.Scan(&row.version, &row.epoch, &row.wrapped)
	return row, err
}

// wrappedRow is a wrapped key of any table that has one.
type wrappedRow struct {
	org     string
	owner   string
	version int64
	epoch   int64
	wrapped []byte
}

func selectOldChains(ctx context.Context, r db.Reader, epoch int64, most int) ([]wrappedRow, error) {
	// Every organisation at once: an epoch belongs to the instance, not to one of them.
	return db.All(ctx, r, scanWrapped, `
		SELECT org, id, 0, epoch, wrapped
		FROM chain
		WHERE epoch < $1
		ORDER BY epoch
		LIMIT $2`, epoch, most)
}

func selectOldSecrets(ctx context.Context, r db.Reader, epoch int64, most int) ([]wrappedRow, error) {
	return db.All(ctx, r, scanWrapped, `
		SELECT org, name, version, epoch, wrapped
		FROM secret
		WHERE epoch < $1
		ORDER BY epoch
		LIMIT $2`, epoch, most)
}

// selectOldRequests leaves out those whose key was destroyed.
func selectOldRequests(ctx context.Context, r db.Reader, epoch int64, most int) ([]wrappedRow, error) {
	return db.All(ctx, r, scanWrapped, `
		SELECT org, id, 0, epoch, wrapped
		FROM request
		WHERE epoch < $1 AND length(wrapped) > 0
		ORDER BY epoch
		LIMIT $2`, epoch, most)
}

func scanWrapped(s db.Scanner) (wrappedRow, error) {
	var row wrappedRow
	err := s.Scan(&row.org, &row.owner, &row.version, &row.epoch, &row.wrapped)
	return row, err
}

// A key that was destroyed or rewrapped meanwhile is left alone: the old epoch must still match.
func updateChainKey(ctx context.Context, tx *db.Tx, row wrappedRow, epoch int64, wrapped []byte) error {
	_, err := tx.Exec(ctx, `
		UPDATE chain SET epoch = $4, wrapped = $5
		WHERE org = $1 AND id = $2 AND epoch = $3`,
		row.org, row.owner, row.epoch, epoch, wrapped)
	return err
}

func updateSecretKey(ctx context.Context, tx *db.Tx, row wrappedRow, epoch int64, wrapped []byte) error {
	_, err := tx.Exec(ctx, `
		UPDATE secret SET epoch = $5, wrapped = $6
		WHERE org = $1 AND name = $2 AND version = $3 AND epoch = $4`,
		row.org, row.owner, row.version, row.epoch, epoch, wrapped)
	return err
}

func updateRequestKey(ctx context.Context, tx *db.Tx, row wrappedRow, epoch int64, wrapped []byte) error {
	_, err := tx.Exec(ctx, `
		UPDATE request SET epoch = $4, wrapped = $5
		WHERE org = $1 AND id = $2 AND epoch = $3 AND length(wrapped) > 0`,
		row.org, row.owner, row.epoch, epoch, wrapped)
	return err
}
