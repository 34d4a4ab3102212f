// SPDX-License-Identifier: Apache-2.0

package request

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
)

// row is a request as it is stored.
type row struct {
	Request

	chain   *string
	once    []byte // of a new one alone
	askedAs []byte
	epoch   int64
	wrapped []byte
	sealed  []byte
}

const columns = `id, kind, state, via, language, chain, address, received, proof, asked, given, extended, closed, outcome, due, erased, steps, epoch, wrapped, sealed`

func scan(org string) func(db.Scanner) (row, error) {
	return func(sc db.Scanner) (row, error) {
		r := row{}
		r.org = org
		var received, due int64
		var asked, given, extended, closed, erased *int64
		err := sc.Scan(&r.ID, &r.Kind, &r.State, &r.Via, &r.Language, &r.chain, &r.address, &received, &r.Identity,
			&asked, &given, &extended, &closed, &r.Outcome, &due, &erased, &r.count, &r.epoch, &r.wrapped, &r.sealed)
		r.Received, r.Asked, r.Given, r.Extended = db.Time(received), db.NullTime(asked), db.NullTime(given), db.NullTime(extended)
		r.Closed, r.Erased = db.NullTime(closed), db.NullTime(erased)
		if due != never {
			r.Due = db.Time(due)
		}
		if r.chain != nil {
			r.Subject = *r.chain
		}
		r.shredded = len(r.wrapped) == 0
		return r, err
	}
}

func insert(ctx context.Context, tx *db.Tx, r row) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO request (org, id, kind, state, via, language, chain, address, once, asked_as, received, proof,
			asked, given, extended, closed, outcome, due, erased, steps, epoch, wrapped, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
		r.org, r.ID, r.Kind, r.State, r.Via, r.Language, orNull(r.Subject), orNone(r.address), orNone(r.once), orNone(r.askedAs), db.Micros(r.Received), r.Identity,
		micros(r.Asked), micros(r.Given), micros(r.Extended), micros(r.Closed), r.Outcome, dueMicros(r.Due), micros(r.Erased), r.count,
		r.epoch, r.wrapped, r.sealed)
	if err != nil {
		return fmt.Errorf("store a request: %w", err)
	}
	return nil
}

// update keeps what acts change.
func update(ctx context.Context, tx *db.Tx, r row) error {
	_, err := tx.Exec(ctx, `
		UPDATE request SET state = $3, chain = $4, proof = $5, asked = $6, given = $7, extended = $8, closed = $9,
			outcome = $10, due = $11, steps = $12
		WHERE org = $1 AND id = $2`,
		r.org, r.ID, r.State, orNull(r.Subject), r.Identity, micros(r.Asked), micros(r.Given), micros(r.Extended), micros(r.Closed),
		r.Outcome, dueMicros(r.Due), r.count)
	if err != nil {
		return fmt.Errorf("change a request: %w", err)
	}
	return nil
}

// lock reads a request that nobody else changes before the transaction ends.
func lock(ctx context.Context, tx *db.Tx, org, id string) (row, error) {
	r, err := db.One(ctx, tx, scan(org), `
		SELECT `+columns+`
		FROM request
		WHERE org = $1 AND id = $2`+tx.Locking("id"), org, id)
	return r, found(err)
}

func selectOne(ctx context.Context, r db.Reader, org, id string) (row, error) {
	one, err := db.One(ctx, r, scan(org), `
		SELECT `+columns+`
		FROM request
		WHERE org = $1 AND id = $2`, org, id)
	return one, found(err)
}

func found(err error) error {
	switch {
	case errors.Is(err, db.ErrNone):
		return unknown()
	case err != nil:
		return fmt.Errorf("read a request: %w", err)
	}
	return nil
}

// selectOnce finds the request opened under a key, and what was asked for by it.
func selectOnce(ctx context.Context, r db.Reader, org string, once []byte) (id string, askedAs []byte, err error) {
	type opened struct {
		id string
		as []byte
	}
	o, err := db.One(ctx, r, func(sc db.Scanner) (opened, error) {
		var o opened
		err := sc.Scan(&o.id, &o.as)
		return o, err
	}, `
		SELECT id, asked_as
		FROM request
		WHERE org = $1 AND once = $2`, org, once)
	return o.id, o.as, err
}

// selectState lists requests in a state, the most urgent first. What nobody has
// taken up yet is open too.
func selectState(ctx context.Context, r db.Reader, org string, q ListQuery) ([]row, error) {
	also := q.State
	if also == StateOpen {
		also = StateNew
	}
	rows, err := db.All(ctx, r, scan(org), `
		SELECT `+columns+`
		FROM request
		WHERE org = $1 AND state IN ($2, $6) AND (due > $3 OR due = $3 AND id > $4)
		ORDER BY due, id
		LIMIT $5`, org, q.State, q.afterDue, q.afterID, q.Limit+1, also)
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return rows, nil
}

// selectNew lists what strangers sent and nobody has taken up yet.
func selectNew(ctx context.Context, r db.Reader, org string, most int) ([]string, error) {
	ids, err := db.All(ctx, r, db.Value[string], `
		SELECT id
		FROM request
		WHERE org = $1 AND state = $2
		ORDER BY due, id
		LIMIT $3`, org, StateNew, most)
	if err != nil {
		return nil, fmt.Errorf("list new requests: %w", err)
	}
	return ids, nil
}

// stepRow is a step as it is stored.
type stepRow struct {
	Step

	mail   *time.Time
	tries  int64
	sealed []byte
}

func insertStep(ctx context.Context, tx *db.Tx, r Request, s stepRow) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO request_step (org, request, n, at, act, who, entry, sealed, mail, tries, sent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, NULL)`,
		r.org, r.ID, s.N, db.Micros(s.At), s.Act, s.Who, s.Entry, s.sealed, micros(s.mail))
	if err != nil {
		return fmt.Errorf("store a step of a request: %w", err)
	}
	return nil
}

func selectSteps(ctx context.Context, r db.Reader, org, id string) ([]stepRow, error) {
	rows, err := db.All(ctx, r, scanStep, `
		SELECT n, at, act, who, entry, sealed, mail, tries, sent
		FROM request_step
		WHERE org = $1 AND request = $2
		ORDER BY n`, org, id)
	if err != nil {
		return nil, fmt.Errorf("read the steps of a request: %w", err)
	}
	return rows, nil
}

func scanStep(sc db.Scanner) (stepRow, error) {
	var s stepRow
	var at int64
	var mail, sent *int64
	err := sc.Scan(&s.N, &at, &s.Act, &s.Who, &s.Entry, &s.sealed, &mail, &s.tries, &sent)
	s.At, s.mail, s.Sent = db.Time(at), db.NullTime(mail), db.NullTime(sent)
	s.Waiting = s.mail != nil
	s.Failed = !s.Waiting && s.Sent == nil && s.tries >= mostTries
	return s, err
}

// countSince counts steps of an act that were taken about a request since an instant.
func countSince(ctx context.Context, r db.Reader, req Request, act string, since time.Time) (int64, error) {
	n, err := db.One(ctx, r, db.Value[int64], `
		SELECT count(*)
		FROM request_step
		WHERE org = $1 AND request = $2 AND act = $3 AND at > $4`, req.org, req.ID, act, db.Micros(since))
	if err != nil {
		return 0, fmt.Errorf("count steps: %w", err)
	}
	return n, nil
}

// countMails counts what was sent to an address by itself since an instant.
func countMails(ctx context.Context, r db.Reader, org string, address []byte, since time.Time) (int64, error) {
	n, err := db.One(ctx, r, db.Value[int64], `
		SELECT count(*)
		FROM request_step s JOIN request q ON q.org = s.org AND q.id = s.request
		WHERE q.org = $1 AND q.address = $2 AND s.at > $3 AND s.who = $4 AND (s.mail IS NOT NULL OR s.sent IS NOT NULL)`,
		org, address, db.Micros(since), BySystem)
	if err != nil {
		return 0, fmt.Errorf("count messages: %w", err)
	}
	return n, nil
}

func micros(t *time.Time) any {
	if t == nil {
		return nil
	}
	return db.Micros(*t)
}

func dueMicros(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return db.Micros(t)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orNone(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
