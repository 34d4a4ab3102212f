// SPDX-License-Identifier: Apache-2.0

package request

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
)

// afterAnswer is how long somebody who was erased can still read the answer to
// a request of theirs that was open then: as long as a link to a page lasts.
const afterAnswer = 30 * 24 * time.Hour

// Gone says who was erased.
type Gone struct {
	Org    string
	Chains []string // pseudonyms
	Blinds [][]byte // blind indexes of all they held
	By     access.Actor
}

// About counts the requests of people: those that an erasure leaves open, and
// those of which it leaves only that they were made and answered.
func About(ctx context.Context, r db.Reader, g Gone) (open, closed int, err error) {
	rows, err := about(ctx, r, g)
	for _, row := range rows {
		if row.Open() {
			open++
		} else {
			closed++
		}
	}
	return open, closed, err
}

// Forget is the part of an erasure that is about requests. Nothing leads from a
// request to the person any more; the key of what was closed is destroyed, that
// of what is open lives until it was answered. For each, an entry of the
// organisation's says which it was: that of the person's chain can't be opened now.
func Forget(ctx context.Context, tx *db.Tx, l *ledger.Ledger, g Gone) error {
	rows, err := about(ctx, tx, g)
	if err != nil {
		return err
	}
	for _, r := range rows {
		body := entryBody{Request: r.ID, Act: ActErased, Right: r.Kind, Outcome: r.Outcome}
		body.opens(r.Request)
		entry, err := enterInto(ctx, tx, l, draft{g.Org, ledger.Own, g.By.By(), body})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE request SET chain = NULL, address = NULL, once = NULL, asked_as = NULL, erased = $3, steps = steps + 1
			WHERE org = $1 AND id = $2`, g.Org, r.ID, db.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("part a request from who is erased: %w", err)
		}
		step := stepRow{sealed: []byte{}}
		step.N, step.At, step.Act, step.Who, step.Entry = r.count+1, tx.Now(), ActErased, BySystem, entry
		if err := insertStep(ctx, tx, r.Request, step); err != nil {
			return err
		}
		if r.Open() {
			continue
		}
		if err := destroy(ctx, tx, g.Org, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// about finds the requests of people: by who they are, and by the address that
// somebody wrote who was not shown to be them.
func about(ctx context.Context, r db.Reader, g Gone) ([]row, error) {
	if len(g.Chains) == 0 {
		return nil, nil
	}
	rows, err := db.AllRows(ctx, r, scan(g.Org), `
		SELECT `+columns+`
		FROM request
		WHERE org = $1 AND chain IN ({rows})`, db.Column("TEXT", g.Chains), g.Org)
	if err != nil {
		return nil, fmt.Errorf("find requests of who is erased: %w", err)
	}
	if len(g.Blinds) > 0 {
		more, err := db.AllRows(ctx, r, scan(g.Org), `
			SELECT `+columns+`
			FROM request
			WHERE org = $1 AND address IN ({rows})`, db.Column("BYTEA", g.Blinds), g.Org)
		if err != nil {
			return nil, fmt.Errorf("find requests of who is erased: %w", err)
		}
		for _, m := range more {
			if !slices.ContainsFunc(rows, func(r row) bool { return r.ID == m.ID }) {
				rows = append(rows, m)
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return int(a.Received.Sub(b.Received)) })
	return rows, nil
}

// destroy removes the key of a request, and with it all that was sealed.
func destroy(ctx context.Context, tx *db.Tx, org, id string) error {
	if _, err := tx.Exec(ctx, `
		UPDATE request SET wrapped = $3, sealed = $3
		WHERE org = $1 AND id = $2`, org, id, []byte{}); err != nil {
		return fmt.Errorf("destroy the key of a request: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		UPDATE request_step SET sealed = $3, mail = NULL
		WHERE org = $1 AND request = $2`, org, id, []byte{}); err != nil {
		return fmt.Errorf("destroy what was said about a request: %w", err)
	}
	return nil
}

// shred destroys the keys of requests of people who were erased, once they were
// answered and had the time to read it.
func (s *Service) shred(ctx context.Context, org string) error {
	var ids []string
	over := func(ctx context.Context, r db.Reader, now time.Time) (err error) {
		ids, err = db.All(ctx, r, db.Value[string], `
			SELECT id
			FROM request
			WHERE org = $1 AND erased IS NOT NULL AND closed < $2 AND length(wrapped) > 0`, org, db.Micros(now.Add(-afterAnswer)))
		return err
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error { return over(ctx, tx, tx.Now()) })
	if err != nil || len(ids) == 0 {
		return err
	}
	err = s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := over(ctx, tx, tx.Now()); err != nil {
			return err
		}
		for _, id := range ids {
			if err := destroy(ctx, tx, org, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("destroy keys of requests: %w", err)
	}
	return s.db.Truncate(ctx)
}
