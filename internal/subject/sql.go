// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
)

type identifierRow struct {
	blind   []byte
	nth     int64 // holder of it, from 1
	chain   string
	version int64
	kind    string
	holder  string
	sealed  []byte
}

// Without an ORDER BY: one by chain would have SQLite walk the whole
// organisation in that order rather than look each value up.
func selectHolders(ctx context.Context, r db.Reader, org string, blinds [][]byte) ([]identifierRow, error) {
	rows, err := db.AllRows(ctx, r, func(s db.Scanner) (identifierRow, error) {
		var row identifierRow
		err := s.Scan(&row.blind, &row.nth, &row.chain)
		return row, err
	}, `
		SELECT blind, nth, chain
		FROM identifier
		WHERE org = $1 AND blind IN ({rows})`, db.Column("BYTEA", blinds), org)
	if err != nil {
		return nil, fmt.Errorf("look up identifiers: %w", err)
	}
	return rows, nil
}

// selectTombstones tells which tombstones stand, of rows of year and blind. CROSS JOIN
// has SQLite look each of them up; to PostgreSQL it says nothing.
func selectTombstones(ctx context.Context, r db.Reader, org string, looked *db.Rows) ([][]byte, error) {
	found, err := db.AllRows(ctx, r, db.Value[[]byte], `
		WITH given (year, blind) AS ({rows})
		SELECT t.blind
		FROM given CROSS JOIN tombstone t
		WHERE t.org = $1 AND t.year = given.year AND t.blind = given.blind`, looked, org)
	if err != nil {
		return nil, fmt.Errorf("look up tombstones: %w", err)
	}
	return found, nil
}

// eachTombstone reads all of them; the bytes are gone with the next one.
func eachTombstone(ctx context.Context, r db.Reader, org string, f func(year int64, blind []byte)) error {
	var year int64
	var blind db.Raw
	err := db.Each(ctx, r, func(s db.Scanner) error {
		if err := s.Scan(&year, &blind); err != nil {
			return err
		}
		f(year, blind)
		return nil
	}, `
		SELECT year, blind
		FROM tombstone
		WHERE org = $1`, org)
	if err != nil {
		return fmt.Errorf("read tombstones: %w", err)
	}
	return nil
}

func selectIdentifiers(ctx context.Context, r db.Reader, org string, chains []string) ([]identifierRow, error) {
	rows, err := db.AllRows(ctx, r, func(s db.Scanner) (identifierRow, error) {
		var row identifierRow
		err := s.Scan(&row.blind, &row.chain, &row.version, &row.kind, &row.holder, &row.sealed)
		return row, err
	}, `
		SELECT blind, chain, version, kind, holder, sealed
		FROM identifier
		WHERE org = $1 AND chain IN ({rows})
		ORDER BY chain, added, kind`, db.Column("TEXT", chains), org)
	if err != nil {
		return nil, fmt.Errorf("read identifiers: %w", err)
	}
	return rows, nil
}

// insertIdentifiers begins again where another transaction gave one of them the same
// holder's number, which it waited for.
func insertIdentifiers(ctx context.Context, tx *db.Tx, org string, rows []identifierRow) error {
	slices.SortFunc(rows, func(a, b identifierRow) int { // one order for all, so that no two wait for each other
		return cmp.Or(bytes.Compare(a.blind, b.blind), cmp.Compare(a.nth, b.nth))
	})
	set := db.NewRows("BYTEA", "BIGINT", "TEXT", "BIGINT", "TEXT", "TEXT", "BYTEA").Grow(len(rows))
	for _, r := range rows {
		set.Add(r.blind, r.nth, r.chain, r.version, r.kind, r.holder, r.sealed)
	}
	n, err := tx.ExecRows(ctx, `
		WITH given (blind, nth, chain, version, kind, holder, sealed) AS ({rows})
		INSERT INTO identifier (org, blind, nth, chain, version, kind, holder, sealed, added)
		SELECT $1, blind, nth, chain, version, kind, holder, sealed, CAST($2 AS BIGINT)
		FROM given
		WHERE TRUE
		ON CONFLICT (org, blind, nth) DO NOTHING`, set, org, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("store identifiers: %w", err)
	}
	if n != int64(len(rows)) {
		return db.ErrOvertaken
	}
	return nil
}

func updateHolder(ctx context.Context, tx *db.Tx, org, chain string, blind []byte, holder string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE identifier SET holder = $4
		WHERE org = $1 AND chain = $2 AND blind = $3`, org, chain, blind, holder)
	if err != nil {
		return false, fmt.Errorf("change an identifier's holder: %w", err)
	}
	return n == 1, nil
}

// sealedIdentifier is what is sealed of an identifier.
type sealedIdentifier struct {
	Value  string `json:"value"`
	Source string `json:"source,omitempty"`
	Given  string `json:"given,omitempty"` // where it differs from Value
}

func sealIdentifier(key seal.Key, org string, row identifierRow, id Identifier) ([]byte, error) {
	body := sealedIdentifier{Value: id.Value, Source: id.Source}
	if id.Given != id.Value {
		body.Given = id.Given
	}
	plain, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode an identifier: %w", err)
	}
	return key.Seal(identifierPlace(org, row), plain), nil
}

func openIdentifier(key seal.Key, org string, row identifierRow) (Identifier, error) {
	plain, err := key.Open(identifierPlace(org, row), row.sealed)
	if err != nil {
		return Identifier{}, err
	}
	var body sealedIdentifier
	if err := json.Unmarshal(plain, &body); err != nil {
		return Identifier{}, fmt.Errorf("read an identifier: %w", err)
	}
	var id Identifier
	id.Kind, id.Value, id.Source, id.Given = row.kind, body.Value, body.Source, body.Given
	if id.Given == "" {
		id.Given = id.Value
	}
	return id, nil
}

func identifierPlace(org string, row identifierRow) string {
	return "identifier\x00" + org + "\x00" + row.chain + "\x00" + string(row.blind)
}
