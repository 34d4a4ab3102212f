// SPDX-License-Identifier: Apache-2.0

package message

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
)

// row is a message as it is kept.
type row struct {
	id, chain, kind string
	blind, sealed   []byte
	state           string
	tries           int64
	due, created    time.Time
	sent            *time.Time
	why             string
}

// place binds what is sealed to its row.
func (r row) place(org string) string { return "message\x00" + org + "\x00" + r.id }

const columns = `id, chain, kind, blind, sealed, state, tries, due, created, sent, why`

func scan(s db.Scanner) (row, error) {
	var r row
	var due, created int64
	var sent *int64
	err := s.Scan(&r.id, &r.chain, &r.kind, &r.blind, &r.sealed, &r.state, &r.tries, &due, &created, &sent, &r.why)
	if r.sealed == nil { // not written yet
		r.sealed = []byte{}
	}
	r.due, r.created, r.sent = db.Time(due), db.Time(created), db.NullTime(sent)
	return r, err
}

// selectPast tells of each address what it was sent in the month that is kept,
// and will be. What came to nothing does not count.
func selectPast(ctx context.Context, tx *db.Tx, org, kind string, blinds [][]byte) (map[string]past, error) {
	rows, err := db.AllRows(ctx, tx, func(s db.Scanner) (row, error) {
		var r row
		var created int64
		err := s.Scan(&r.blind, &r.chain, &r.state, &created)
		r.created = db.Time(created)
		return r, err
	}, `
		SELECT blind, chain, state, created
		FROM message
		WHERE org = $1 AND kind = $2 AND created > $3 AND state <> 'ended' AND blind IN ({rows})
		ORDER BY created`, db.Column("BYTEA", blinds), org, kind, db.Micros(tx.Now().Add(-kept)))
	if err != nil {
		return nil, fmt.Errorf("look for messages to an address: %w", err)
	}
	out := map[string]past{}
	for _, r := range rows {
		p := out[string(r.blind)]
		p.month++
		if tx.Now().Sub(r.created) < 24*time.Hour {
			p.day++
		}
		p.last = r.created
		if r.state == StateNew {
			p.toWrite = append(p.toWrite, r.chain)
		}
		out[string(r.blind)] = p
	}
	return out, nil
}

// insertRows stores messages. One that is to be written already stands for
// another of its kind to the same person at the same address.
func insertRows(ctx context.Context, tx *db.Tx, org string, rows []row) error {
	set := db.NewRows("TEXT", "TEXT", "TEXT", "BYTEA", "BYTEA", "TEXT", "BIGINT", "BIGINT").Grow(len(rows))
	for _, r := range rows {
		set.Add(r.id, r.chain, r.kind, r.blind, r.sealed, r.state, db.Micros(r.due), db.Micros(r.created))
	}
	_, err := tx.ExecRows(ctx, `
		WITH given (id, chain, kind, blind, sealed, state, due, created) AS ({rows})
		INSERT INTO message (org, id, chain, kind, blind, sealed, state, tries, due, created, why)
		SELECT $1, id, chain, kind, blind, sealed, state, 0, due, created, ''
		FROM given
		WHERE TRUE
		ON CONFLICT DO NOTHING`, set, org)
	if err != nil {
		return fmt.Errorf("queue messages: %w", err)
	}
	return nil
}

func selectRow(ctx context.Context, r db.Reader, org, id string) (row, error) {
	one, err := db.One(ctx, r, scan, `
		SELECT `+columns+`
		FROM message
		WHERE org = $1 AND id = $2`, org, id)
	if errors.Is(err, db.ErrNone) {
		return row{}, unknown()
	}
	if err != nil {
		return row{}, fmt.Errorf("read a message: %w", err)
	}
	return one, nil
}

// selectPage lists messages, the latest first; before "" begins with the newest,
// state "" takes every one.
func selectPage(ctx context.Context, r db.Reader, org, state, before string, most int) ([]row, error) {
	rows, err := db.All(ctx, r, scan, `
		SELECT `+columns+`
		FROM message
		WHERE org = $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3)
		ORDER BY id DESC
		LIMIT $4`, org, state, before, most)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return rows, nil
}

// countStates tells how many messages are in each state.
func countStates(ctx context.Context, r db.Reader, org string) (map[string]int64, error) {
	out := map[string]int64{}
	err := db.Each(ctx, r, func(s db.Scanner) error {
		var state string
		var n int64
		err := s.Scan(&state, &n)
		out[state] = n
		return err
	}, `
		SELECT state, count(*)
		FROM message
		WHERE org = $1
		GROUP BY state`, org)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	return out, nil
}

func countSent(ctx context.Context, r db.Reader, org string, since time.Time) (int64, error) {
	n, err := db.One(ctx, r, db.Value[int64], `
		SELECT count(*)
		FROM message
		WHERE org = $1 AND sent > $2`, org, db.Micros(since))
	if err != nil {
		return 0, fmt.Errorf("count what was sent: %w", err)
	}
	return n, nil
}

// claimDue takes messages that are due, those due first first: they are nobody
// else's until the instant given.
func claimDue(ctx context.Context, tx *db.Tx, org string, until time.Time, most int64) ([]row, error) {
	rows, err := db.All(ctx, tx, scan, `
		UPDATE message
		SET tries = tries + 1, due = $3
		WHERE org = $1 AND due <= $2 AND id IN (
			SELECT id
			FROM message
			WHERE org = $1 AND due <= $2 AND state IN ('new', 'waiting')
			ORDER BY due, id
			LIMIT $4)
		RETURNING `+columns, org, db.Micros(tx.Now()), db.Micros(until), most)
	if err != nil {
		return nil, fmt.Errorf("take messages to send: %w", err)
	}
	return rows, nil
}

// updateRow says what became of a message that is still to be sent, and whether
// there was one.
func updateRow(ctx context.Context, tx *db.Tx, org string, r row) (bool, error) {
	var sent *int64
	if r.sent != nil {
		at := db.Micros(*r.sent)
		sent = &at
	}
	n, err := tx.Exec(ctx, `
		UPDATE message
		SET state = $3, sealed = $4, tries = $5, due = $6, sent = $7, why = $8
		WHERE org = $1 AND id = $2 AND state IN ('new', 'waiting')`,
		org, r.id, r.state, r.sealed, r.tries, db.Micros(r.due), sent, r.why)
	if err != nil {
		return false, fmt.Errorf("note what became of a message: %w", err)
	}
	return n == 1, nil
}

// reviveRow has a message that was given up sent once more.
func reviveRow(ctx context.Context, tx *db.Tx, org, id string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE message
		SET state = 'waiting', tries = 0, due = $3, why = ''
		WHERE org = $1 AND id = $2 AND state = 'failed'`, org, id, db.Micros(tx.Now()))
	if err != nil {
		return false, fmt.Errorf("try a message again: %w", err)
	}
	return n == 1, nil
}

// deleteOld forgets messages that were queued before an instant.
func deleteOld(ctx context.Context, tx *db.Tx, org string, before time.Time) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM message
		WHERE org = $1 AND created < $2`, org, db.Micros(before))
	if err != nil {
		return fmt.Errorf("forget old messages: %w", err)
	}
	return nil
}

// selectThere tells which of the messages there are.
func selectThere(ctx context.Context, r db.Reader, org string, ids []string) ([]string, error) {
	there, err := db.AllRows(ctx, r, db.Value[string], `
		SELECT id
		FROM message
		WHERE org = $1 AND id IN ({rows})`, db.Column("TEXT", ids), org)
	if err != nil {
		return nil, fmt.Errorf("look for messages: %w", err)
	}
	return there, nil
}

func deleteOf(ctx context.Context, tx *db.Tx, org string, chains []string) error {
	_, err := tx.ExecRows(ctx, `
		DELETE FROM message
		WHERE org = $1 AND chain IN ({rows})`, db.Column("TEXT", chains), org)
	if err != nil {
		return fmt.Errorf("forget somebody's messages: %w", err)
	}
	return nil
}
