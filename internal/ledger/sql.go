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
	generation  int64 // noPosition, both, until the sequencer has taken it
	position    int64
}

// noPosition stands for the place of an entry that is not in the log yet.
const noPosition = -1

func insertEntries(ctx context.Context, tx *db.Tx, org string, rows []entryRow) error {
	set := db.NewRows("TEXT", "TEXT", "BIGINT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "BYTEA", "BYTEA", "BYTEA", "BYTEA").Grow(len(rows))
	for _, r := range rows {
		set.Add(r.id, r.chain, r.seq, r.kind, db.Micros(r.recorded), r.generation, r.position, r.commitment, r.sealed, r.idempotency, r.request)
	}
	_, err := tx.ExecRows(ctx, `
		WITH given (id, chain, seq, kind, recorded, generation, position, commitment, sealed, idempotency, request) AS ({rows})
		INSERT INTO entry (org, id, chain, seq, kind, recorded, generation, position, commitment, sealed, idempotency, request)
		SELECT $1, id, chain, seq, kind, recorded, nullif(generation, -1), nullif(position, -1), commitment, sealed, idempotency, request
		FROM given`, set, org)
	if err != nil {
		return fmt.Errorf("store entries: %w", err)
	}
	return nil
}

// lockChains reads the chains that exist, for this transaction to add to or to
// destroy: another one that would waits, and then reads what this one left.
func lockChains(ctx context.Context, tx *db.Tx, org string, ids []string) (map[string]*chain, error) {
	rows, err := db.AllRows(ctx, tx, scanChain, `
		SELECT id, seq, head, epoch, wrapped
		FROM chain
		WHERE org = $1 AND id IN ({rows})`+tx.Locking("id"), db.Column("TEXT", ids), org)
	if err != nil {
		return nil, fmt.Errorf("lock chains: %w", err)
	}
	found := make(map[string]*chain, len(rows))
	for _, c := range rows {
		found[c.id] = c
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
	made := db.NewRows("TEXT", "BIGINT", "BYTEA", "BIGINT", "BYTEA").Grow(len(chains))
	grown := db.NewRows("TEXT", "BIGINT", "BYTEA")
	for _, id := range slices.Sorted(maps.Keys(chains)) {
		if c := chains[id]; c.made {
			made.Add(id, c.seq, c.head, c.epoch, c.wrapped)
		} else {
			grown.Add(id, c.seq, c.head)
		}
	}
	_, err := tx.ExecRows(ctx, `
		WITH given (id, seq, head, epoch, wrapped) AS ({rows})
		INSERT INTO chain (org, id, seq, head, epoch, wrapped, created)
		SELECT $1, id, seq, head, epoch, wrapped, CAST($2 AS BIGINT)
		FROM given`, made, org, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("begin chains: %w", err)
	}
	_, err = tx.ExecRows(ctx, `
		WITH given (id, seq, head) AS ({rows})
		UPDATE chain SET seq = given.seq, head = given.head
		FROM given
		WHERE chain.org = $1 AND chain.id = given.id`, grown, org)
	if err != nil {
		return fmt.Errorf("move chains: %w", err)
	}
	return nil
}

// selectByIdempotency finds entries by what is kept of their idempotency keys.
func selectByIdempotency(ctx context.Context, r db.Reader, org string, keys [][]byte) (map[string]entryRow, error) {
	rows, err := db.AllRows(ctx, r, func(s db.Scanner) (entryRow, error) {
		var row entryRow
		err := s.Scan(&row.id, &row.chain, &row.seq, &row.idempotency, &row.request)
		return row, err
	}, `
		SELECT id, chain, seq, idempotency, request
		FROM entry
		WHERE org = $1 AND idempotency IN ({rows})`, db.Column("BYTEA", keys), org)
	if err != nil {
		return nil, fmt.Errorf("look up idempotency keys: %w", err)
	}
	found := make(map[string]entryRow, len(rows))
	for _, row := range rows {
		found[string(row.idempotency)] = row
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
	rows, err := db.AllRows(ctx, r, func(s db.Scanner) (keyRow, error) {
		var k keyRow
		err := s.Scan(&k.id, &k.seq, &k.epoch, &k.wrapped)
		return k, err
	}, `
		SELECT id, seq, epoch, wrapped
		FROM chain
		WHERE org = $1 AND id IN ({rows})`, db.Column("TEXT", chains), org)
	if err != nil {
		return nil, fmt.Errorf("read chain keys: %w", err)
	}
	return rows, nil
}

// eachChainKey reads the keys from one chain to another; the bytes are gone with
// the next one.
func eachChainKey(ctx context.Context, r db.Reader, org, from, to string, f func(id []byte, epoch int64, wrapped []byte) error) error {
	var id, wrapped db.Raw
	var epoch int64
	err := db.Each(ctx, r, func(s db.Scanner) error {
		if err := s.Scan(&id, &epoch, &wrapped); err != nil {
			return err
		}
		return f(id, epoch, wrapped)
	}, `
		SELECT id, epoch, wrapped
		FROM chain
		WHERE org = $1 AND id >= $2 AND id <= $3`, org, from, to)
	if err != nil {
		return fmt.Errorf("read chain keys: %w", err)
	}
	return nil
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

// chainRow is an entry with the key of its chain. What has no copy is gone with
// the next row.
type chainRow struct {
	id              string
	chain           db.Raw
	seq             int64
	kind            db.Raw
	recorded        int64
	sealed, wrapped db.Raw
	epoch           int64
}

// eachChainEntry reads whole chains, one after the other, each in order. CROSS JOIN
// has SQLite begin with the few chains and not with their many entries; to
// PostgreSQL it says nothing.
func eachChainEntry(ctx context.Context, r db.Reader, org string, chains []string, f func(chainRow) error) error {
	err := db.EachRows(ctx, r, func(s db.Scanner) error {
		var row chainRow
		if err := s.Scan(&row.id, &row.chain, &row.seq, &row.kind, &row.recorded, &row.sealed, &row.epoch, &row.wrapped); err != nil {
			return err
		}
		return f(row)
	}, `
		SELECT e.id, e.chain, e.seq, e.kind, e.recorded, e.sealed, c.epoch, c.wrapped
		FROM chain c CROSS JOIN entry e
		WHERE c.org = $1 AND c.id IN ({rows}) AND e.org = c.org AND e.chain = c.id
		ORDER BY c.id, e.seq`, db.Column("TEXT", chains), org)
	if err != nil {
		return fmt.Errorf("read chains: %w", err)
	}
	return nil
}

func selectEntries(ctx context.Context, r db.Reader, org string, ids []string) ([]entryRow, error) {
	rows, err := db.AllRows(ctx, r, scanEntry, entrySelect+`
		WHERE org = $1 AND id IN ({rows})`, db.Column("TEXT", ids), org)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	return rows, nil
}

func selectRecent(ctx context.Context, r db.Reader, org, kind string, before int64, most int) ([]entryRow, error) {
	return db.All(ctx, r, scanEntry, entrySelect+`
		WHERE org = $1 AND chain = $5 AND seq < $2 AND ($3 = '' OR kind = $3)
		ORDER BY seq DESC
		LIMIT $4`, org, before, kind, most, Own)
}
