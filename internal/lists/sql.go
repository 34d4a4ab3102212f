// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
)

// clearanceCounts is what the store keeps of a clearance.
type clearanceCounts struct {
	Rows      int64            `json:"rows"`
	Permitted int64            `json:"permitted"`
	Rejected  int64            `json:"rejected"`
	Reasons   map[string]int64 `json:"reasons"`
}

func insertClearance(ctx context.Context, tx *db.Tx, org string, r ClearResult, entry string) error {
	counts, err := json.Marshal(clearanceCounts{r.Rows, r.Permitted, r.Rejected, r.Reasons})
	if err != nil {
		return fmt.Errorf("encode the counts of a clearance: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO clearance (org, id, purpose, channel, entry, counts, recorded, valid_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		org, r.ID, r.Purpose, r.Channel, entry, string(counts), db.Micros(tx.Now()), db.Micros(r.ValidUntil))
	return err
}

// importRow is one run of an import.
type importRow struct {
	id          string
	source      string
	fingerprint []byte
	done        int64
	summary     string
	started     time.Time
}

// States of an import.
const (
	stateRunning = "running" // or interrupted
	stateDone    = "done"
)

func selectRunning(ctx context.Context, r db.Reader, org, source string, fingerprint []byte) (importRow, error) {
	return db.One(ctx, r, func(s db.Scanner) (importRow, error) {
		row := importRow{source: source, fingerprint: fingerprint}
		var started int64
		err := s.Scan(&row.id, &row.done, &row.summary, &started)
		row.started = db.Time(started)
		return row, err
	}, `
		SELECT id, done, summary, started
		FROM import
		WHERE org = $1 AND source = $2 AND fingerprint = $3 AND state = $4
		ORDER BY started
		LIMIT 1`, org, source, fingerprint, stateRunning)
}

func insertImport(ctx context.Context, tx *db.Tx, org string, row importRow) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO import (org, id, source, fingerprint, done, state, summary, started)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		org, row.id, row.source, row.fingerprint, row.done, stateRunning, row.summary, db.Micros(row.started))
	return err
}

// forgetImports deletes the rows of imports that began before an instant and
// never ended, and with them what tells their files again.
func forgetImports(ctx context.Context, tx *db.Tx, org string, before time.Time) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM import
		WHERE org = $1 AND state = $2 AND started < $3`, org, stateRunning, db.Micros(before))
	return err
}

func selectInterrupted(ctx context.Context, r db.Reader, org string, since time.Time) ([]Interrupted, error) {
	return db.All(ctx, r, func(s db.Scanner) (Interrupted, error) {
		var i Interrupted
		var started int64
		err := s.Scan(&i.Source, &i.Rows, &started)
		i.Started = db.Time(started)
		return i, err
	}, `
		SELECT source, done, started
		FROM import
		WHERE org = $1 AND state = $2 AND started >= $3
		ORDER BY started DESC
		LIMIT 20`, org, stateRunning, db.Micros(since))
}

// advanceImport notes how far an import is, unless another process has moved it.
func advanceImport(ctx context.Context, tx *db.Tx, org string, row importRow, done int64, sums Sums) error {
	summary, err := json.Marshal(sums)
	if err != nil {
		return fmt.Errorf("encode the sums of an import: %w", err)
	}
	return owned(tx.Exec(ctx, `
		UPDATE import
		SET done = $4, summary = $5
		WHERE org = $1 AND id = $2 AND done = $3 AND state = $6`, org, row.id, row.done, done, string(summary), stateRunning))
}

// finishImport ends a run and forgets by what the file is known.
func finishImport(ctx context.Context, tx *db.Tx, org string, row importRow) error {
	return owned(tx.Exec(ctx, `
		UPDATE import
		SET state = $4, finished = $5, fingerprint = $7
		WHERE org = $1 AND id = $2 AND done = $3 AND state = $6`,
		org, row.id, row.done, stateDone, db.Micros(tx.Now()), stateRunning, []byte{}))
}

func deleteImport(ctx context.Context, tx *db.Tx, org string, row importRow) error {
	return owned(tx.Exec(ctx, `
		DELETE FROM import
		WHERE org = $1 AND id = $2 AND done = $3 AND state = $4`, org, row.id, row.done, stateRunning))
}

// owned says that the row was still where this run left it.
func owned(rows int64, err error) error {
	if err == nil && rows == 0 {
		return alreadyRunning()
	}
	return err
}
