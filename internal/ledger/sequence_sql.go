// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
)

type logRow struct {
	generation int64
	origin     string
	vkey       string
	size       int64
	root       []byte
	term       int64
	checkpoint string
}

type pendingRow struct {
	id         string
	commitment []byte
	position   int64
}

func selectLog(ctx context.Context, r db.Reader, org string) (logRow, error) {
	row, err := db.One(ctx, r, scanLog, `
		SELECT generation, origin, vkey, size, root, term, checkpoint
		FROM log
		WHERE org = $1
		ORDER BY generation DESC
		LIMIT 1`, org)
	if errors.Is(err, db.ErrNone) {
		return row, problem.New(problem.NotFound, "unknown_organisation", "There is no such organisation here.")
	}
	if err != nil {
		return row, fmt.Errorf("read the log's head: %w", err)
	}
	return row, nil
}

func scanLog(s db.Scanner) (logRow, error) {
	var l logRow
	err := s.Scan(&l.generation, &l.origin, &l.vkey, &l.size, &l.root, &l.term, &l.checkpoint)
	return l, err
}

func selectGenerations(ctx context.Context, r db.Reader, org string) ([]logRow, error) {
	return db.All(ctx, r, scanLog, `
		SELECT generation, origin, vkey, size, root, term, checkpoint
		FROM log
		WHERE org = $1
		ORDER BY generation`, org)
}

func insertLog(ctx context.Context, tx *db.Tx, org string, l logRow) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO log (org, generation, origin, vkey, size, root, term, checkpoint, started)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		org, l.generation, l.origin, l.vkey, l.size, l.root, l.term, l.checkpoint, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("begin a log: %w", err)
	}
	return nil
}

func takeTerm(ctx context.Context, tx *db.Tx, org string) (int64, error) {
	return db.One(ctx, tx, db.Value[int64], `
		UPDATE log SET term = term + 1
		WHERE org = $1 AND generation = (SELECT max(generation) FROM log WHERE org = $1)
		RETURNING term`, org)
}

// holdLog reads the live log's head and keeps other sequencers off it until the
// transaction ends, so that head, tiles and entries are read of one state.
func holdLog(ctx context.Context, tx *db.Tx, org string, term int64) (logRow, error) {
	row, err := db.One(ctx, tx, scanLog, `
		UPDATE log SET term = term
		WHERE org = $1 AND term = $2 AND generation = (SELECT max(generation) FROM log WHERE org = $1)
		RETURNING generation, origin, vkey, size, root, term, checkpoint`, org, term)
	if errors.Is(err, db.ErrNone) {
		return row, ErrFenced
	}
	if err != nil {
		return row, fmt.Errorf("hold the log's head: %w", err)
	}
	return row, nil
}

// lockLog keeps everybody else off the log's head until the transaction ends: what is
// read after it is the latest. Where nobody else writes it is nothing.
func lockLog(ctx context.Context, tx *db.Tx, org string) error {
	if tx.Only() {
		return nil
	}
	_, err := db.All(ctx, tx, db.Value[int64], `
		SELECT generation
		FROM log
		WHERE org = $1`+tx.Locking("generation"), org)
	if err != nil {
		return fmt.Errorf("lock the log's head: %w", err)
	}
	return nil
}

// moveHead is the fence: it moves the head only from the very head that was
// read, under the term that was taken.
func moveHead(ctx context.Context, tx *db.Tx, org string, from logRow, size int64, root []byte) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE log SET size = $5, root = $6
		WHERE org = $1 AND generation = $2 AND size = $3 AND term = $4`,
		org, from.generation, from.size, from.term, size, root)
	if err != nil {
		return false, fmt.Errorf("move the log's head: %w", err)
	}
	return n == 1, nil
}

// Lower sequence numbers first: an entry is never taken before one that stands
// before it in its own chain, wherever the block ends.
func selectPending(ctx context.Context, r db.Reader, org string, most int) ([]pendingRow, error) {
	rows, err := db.All(ctx, r, func(s db.Scanner) (pendingRow, error) {
		var p pendingRow
		err := s.Scan(&p.id, &p.commitment)
		return p, err
	}, `
		SELECT id, commitment
		FROM entry
		WHERE org = $1 AND position IS NULL
		ORDER BY seq, id
		LIMIT $2`, org, most)
	if err != nil {
		return nil, fmt.Errorf("read entries without position: %w", err)
	}
	return rows, nil
}

func updatePositions(ctx context.Context, tx *db.Tx, org string, generation int64, rows []pendingRow) error {
	set := db.NewRows("TEXT", "BIGINT").Grow(len(rows))
	for _, p := range rows {
		set.Add(p.id, p.position)
	}
	n, err := tx.ExecRows(ctx, `
		WITH placed (id, position) AS ({rows})
		UPDATE entry SET generation = $2, position = placed.position
		FROM placed
		WHERE entry.org = $1 AND entry.id = placed.id AND entry.position IS NULL`, set, org, generation)
	if err != nil {
		return fmt.Errorf("give positions: %w", err)
	}
	if n != int64(len(rows)) {
		return ErrFenced // another sequencer took some of them
	}
	return nil
}

func selectTile(ctx context.Context, r db.Reader, org string, generation int64, key tileKey) ([]byte, error) {
	data, err := db.One(ctx, r, db.Value[[]byte], `
		SELECT data
		FROM tile
		WHERE org = $1 AND generation = $2 AND level = $3 AND n = $4`, org, generation, key.level, key.n)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a tile: %w", err)
	}
	return data, nil
}

func storeTiles(ctx context.Context, tx *db.Tx, org string, generation int64, set *db.Rows) error {
	_, err := tx.ExecRows(ctx, `
		WITH given (level, n, data) AS ({rows})
		INSERT INTO tile (org, generation, level, n, data)
		SELECT $1, CAST($2 AS BIGINT), level, n, data
		FROM given
		WHERE TRUE
		ON CONFLICT (org, generation, level, n) DO UPDATE SET data = excluded.data`, set, org, generation)
	if err != nil {
		return fmt.Errorf("store tiles: %w", err)
	}
	return nil
}

func countPending(ctx context.Context, r db.Reader, org string) (int64, error) {
	return db.One(ctx, r, db.Value[int64], `SELECT count(*) FROM entry WHERE org = $1 AND position IS NULL`, org)
}

func selectOpen(ctx context.Context, r db.Reader, org string, chains []string) (bool, error) {
	counts, err := db.AllRows(ctx, r, db.Value[int64], `
		SELECT count(*)
		FROM entry
		WHERE org = $1 AND chain IN ({rows}) AND position IS NULL`, db.Column("TEXT", chains), org)
	if err != nil {
		return false, fmt.Errorf("look for entries without position: %w", err)
	}
	return slices.Max(append(counts, 0)) > 0, nil
}

// selectUnsigned finds the organisations with work: entries without a position,
// or a head that the checkpoint, whose text begins with origin and size, is not of.
func selectUnsigned(ctx context.Context, r db.Reader) ([]string, error) {
	return db.All(ctx, r, db.Value[string], `
		SELECT DISTINCT org FROM entry WHERE position IS NULL
		UNION
		SELECT org FROM log AS l
		WHERE substr(l.checkpoint, 1, length(l.origin || l.size) + 2) <> l.origin || $1 || l.size || $1
		  AND l.generation = (SELECT max(m.generation) FROM log AS m WHERE m.org = l.org)`, "\n")
}

func storeCheckpoint(ctx context.Context, tx *db.Tx, org string, l logRow, checkpoint string) error {
	_, err := tx.Exec(ctx, `
		UPDATE log SET checkpoint = $3
		WHERE org = $1 AND generation = $2`, org, l.generation, checkpoint)
	if err != nil {
		return fmt.Errorf("store a checkpoint: %w", err)
	}
	return nil
}

type positionRow struct {
	id         string
	generation int64
	position   int64 // -1: not in the log yet
}

func selectPositions(ctx context.Context, r db.Reader, org string, ids []string) (map[string]positionRow, error) {
	rows, err := db.AllRows(ctx, r, func(s db.Scanner) (positionRow, error) {
		var p positionRow
		err := s.Scan(&p.id, &p.generation, &p.position)
		return p, err
	}, `
		SELECT id, coalesce(generation, 0), coalesce(position, -1)
		FROM entry
		WHERE org = $1 AND id IN ({rows})`, db.Column("TEXT", ids), org)
	if err != nil {
		return nil, fmt.Errorf("read positions: %w", err)
	}
	found := make(map[string]positionRow, len(rows))
	for _, row := range rows {
		found[row.id] = row
	}
	return found, nil
}
