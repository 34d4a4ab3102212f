// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/db"
)

type entryRow struct {
	id          string
	chain       string
	seq         int64
	kind        string
	recorded    time.Time
	commitment  []byte
	sealed      []byte
	idempotency []byte
	request     []byte
}

const entryColumns = 10

func insertEntries(ctx context.Context, tx *db.Tx, org string, rows []entryRow) error {
	for _, part := range db.Chunks(rows, entryColumns) {
		args := make([]any, 0, len(part)*entryColumns)
		for _, r := range part {
			args = append(args, org, r.id, r.chain, r.seq, r.kind, db.Micros(r.recorded),
				r.commitment, r.sealed, r.idempotency, r.request)
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO entry (org, id, chain, seq, kind, recorded, commitment, sealed, idempotency, request)
			VALUES `+tx.Values(1, len(part), "TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "BIGINT", "BYTEA", "BYTEA", "BYTEA", "BYTEA"),
			args...)
		if err != nil {
			return fmt.Errorf("store entries: %w", err)
		}
	}
	return nil
}

// advanceChains moves the counters of the chains that exist and returns them as
// they are then. Moving first is what makes two writers of one subject wait for each other.
func advanceChains(ctx context.Context, tx *db.Tx, org string, grow map[string]int64) (map[string]*chain, error) {
	found := map[string]*chain{}
	ids := slices.Sorted(maps.Keys(grow))
	for _, part := range db.Chunks(ids, 2) {
		args := []any{org}
		for _, id := range part {
			args = append(args, id, grow[id])
		}
		rows, err := db.All(ctx, tx, scanChain, `
			WITH grow (id, n) AS (VALUES `+tx.Values(2, len(part), "TEXT", "BIGINT")+`)
			UPDATE chain SET seq = seq + grow.n
			FROM grow
			WHERE chain.org = $1 AND chain.id = grow.id
			RETURNING chain.id, chain.seq, chain.head, chain.epoch, chain.wrapped`, args...)
		if err != nil {
			return nil, fmt.Errorf("lock chains: %w", err)
		}
		for _, c := range rows {
			found[c.id] = c
		}
	}
	return found, nil
}

func scanChain(s db.Scanner) (*chain, error) {
	c := &chain{}
	err := s.Scan(&c.id, &c.seq, &c.head, &c.epoch, &c.wrapped)
	return c, err
}

// keepHeads writes what the chains have come to.
func keepHeads(ctx context.Context, tx *db.Tx, org string, chains map[string]*chain) error {
	var made, grown []*chain
	for _, id := range slices.Sorted(maps.Keys(chains)) {
		if chains[id].made {
			made = append(made, chains[id])
		} else {
			grown = append(grown, chains[id])
		}
	}
	for _, part := range db.Chunks(made, 7) {
		args := make([]any, 0, len(part)*7)
		for _, c := range part {
			args = append(args, org, c.id, c.seq, c.head, c.epoch, c.wrapped, db.Micros(tx.Now()))
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO chain (org, id, seq, head, epoch, wrapped, created)
			VALUES `+tx.Values(1, len(part), "TEXT", "TEXT", "BIGINT", "BYTEA", "BIGINT", "BYTEA", "BIGINT"), args...)
		if err != nil {
			return fmt.Errorf("begin chains: %w", err)
		}
	}
	for _, part := range db.Chunks(grown, 2) {
		args := []any{org}
		for _, c := range part {
			args = append(args, c.id, c.head)
		}
		_, err := tx.Exec(ctx, `
			WITH heads (id, head) AS (VALUES `+tx.Values(2, len(part), "TEXT", "BYTEA")+`)
			UPDATE chain SET head = heads.head
			FROM heads
			WHERE chain.org = $1 AND chain.id = heads.id`, args...)
		if err != nil {
			return fmt.Errorf("move chain heads: %w", err)
		}
	}
	return nil
}

// selectByIdempotency finds entries by what is kept of their idempotency keys.
func selectByIdempotency(ctx context.Context, r db.Reader, org string, keys [][]byte) (map[string]entryRow, error) {
	found := map[string]entryRow{}
	for _, part := range db.Chunks(keys, 1) {
		args := []any{org}
		for _, k := range part {
			args = append(args, k)
		}
		rows, err := db.All(ctx, r, func(s db.Scanner) (entryRow, error) {
			var row entryRow
			err := s.Scan(&row.id, &row.chain, &row.seq, &row.idempotency, &row.request)
			return row, err
		}, `
			SELECT id, chain, seq, idempotency, request
			FROM entry
			WHERE org = $1 AND idempotency IN `+db.In(2, len(part)), args...)
		if err != nil {
			return nil, fmt.Errorf("look up idempotency keys: %w", err)
		}
		for _, row := range rows {
			found[string(row.idempotency)] = row
		}
	}
	return found, nil
}

type keyRow struct {
	id      string
	seq     int64
	epoch   int64
	wrapped []byte
}

func selectChainKeys(ctx context.Context, r db.Reader, org string, chains []string) ([]keyRow, error) {
	var found []keyRow
	for _, part := range db.Chunks(chains, 1) {
		rows, err := db.All(ctx, r, func(s db.Scanner) (keyRow, error) {
			var k keyRow
			err := s.Scan(&k.id, &k.seq, &k.epoch, &k.wrapped)
			return k, err
		}, `
			SELECT id, seq, epoch, wrapped
			FROM chain
			WHERE org = $1 AND id IN `+db.In(2, len(part)), with(org, part)...)
		if err != nil {
			return nil, fmt.Errorf("read chain keys: %w", err)
		}
		found = append(found, rows...)
	}
	return found, nil
}

const entrySelect = `
	SELECT id, chain, seq, kind, recorded, commitment, sealed
	FROM entry `

func scanEntry(s db.Scanner) (entryRow, error) {
	var row entryRow
	var recorded int64
	err := s.Scan(&row.id, &row.chain, &row.seq, &row.kind, &recorded, &row.commitment, &row.sealed)
	row.recorded = db.Time(recorded)
	return row, err
}

func selectChainEntries(ctx context.Context, r db.Reader, org string, chains []string) ([]entryRow, error) {
	var found []entryRow
	for _, part := range db.Chunks(chains, 1) {
		rows, err := db.All(ctx, r, scanEntry, entrySelect+`
			WHERE org = $1 AND chain IN `+db.In(2, len(part))+`
			ORDER BY chain, seq`, with(org, part)...)
		if err != nil {
			return nil, fmt.Errorf("read chains: %w", err)
		}
		found = append(found, rows...)
	}
	return found, nil
}

func selectEntries(ctx context.Context, r db.Reader, org string, ids []string) ([]entryRow, error) {
	var found []entryRow
	for _, part := range db.Chunks(ids, 1) {
		rows, err := db.All(ctx, r, scanEntry, entrySelect+`
			WHERE org = $1 AND id IN `+db.In(2, len(part)), with(org, part)...)
		if err != nil {
			return nil, fmt.Errorf("read entries: %w", err)
		}
		found = append(found, rows...)
	}
	return found, nil
}

func selectRecent(ctx context.Context, r db.Reader, org, kind string, before int64, most int) ([]entryRow, error) {
	return db.All(ctx, r, scanEntry, entrySelect+`
		WHERE org = $1 AND chain = $5 AND seq < $2 AND ($3 = '' OR kind = $3)
		ORDER BY seq DESC
		LIMIT $4`, org, before, kind, most, Own)
}

// with puts the organisation before the other parameters.
func with(org string, ids []string) []any {
	args := make([]any, 0, len(ids)+1)
	args = append(args, org)
	for _, id := range ids {
		args = append(args, id)
	}
	return args
}
