// SPDX-License-Identifier: Apache-2.0

package request

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/lecito/lecito/internal/db"
)

// Letter is a message to a person about a step of their request. It carries a
// link and nothing of what was written.
type Letter struct {
	ID       string // the same for every attempt
	Org      string
	Request  Request
	Act      string // the step it is about
	At       time.Time
	ByItself bool  // nobody at the organisation caused it
	Attempts int64 // before this one
}

// Post composes letters and hands them over.
type Post interface {
	Send(ctx context.Context, l Letter) error
}

// How often a letter is tried, and how long apart: doubling, from a minute.
const (
	mostTries  = 8
	firstPause = time.Minute
	mostSent   = 50 // in one round
)

// Deliver hands over the letters that are due: each is claimed for a while
// first, so that two processes do not send it at once, and that it was handed
// over is an entry of the ledger. One that fails is tried again later. It tells
// how many were handed over, and of the failures the last.
func (s *Service) Deliver(ctx context.Context, org string, post Post) (sent int, failed error) {
	type waiting struct {
		id string
		n  int64
	}
	var due []waiting
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) (err error) {
		due, err = db.All(ctx, tx, func(sc db.Scanner) (waiting, error) {
			var w waiting
			err := sc.Scan(&w.id, &w.n)
			return w, err
		}, `
			SELECT request, n
			FROM request_step
			WHERE org = $1 AND mail <= $2
			ORDER BY mail, request, n
			LIMIT $3`, org, db.Micros(tx.Now()), mostSent)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find letters that are due: %w", err)
	}
	for _, w := range due {
		letter, ok, err := s.claim(ctx, org, w.id, w.n)
		if err != nil {
			return sent, err
		}
		if !ok {
			continue
		}
		if failed = post.Send(ctx, letter); failed != nil {
			continue
		}
		if err := s.sent(ctx, org, w.id, w.n); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, failed
}

// claim takes a letter for the time until it would be tried again; after the
// last try it is given up, which the console shows.
func (s *Service) claim(ctx context.Context, org, id string, n int64) (l Letter, ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		ok = false
		r, err := s.locked(ctx, tx, org, id)
		if err != nil {
			return err
		}
		step, err := db.One(ctx, tx, scanStep, `
			SELECT n, at, act, who, entry, sealed, mail, tries, sent
			FROM request_step
			WHERE org = $1 AND request = $2 AND n = $3`, org, id, n)
		if err != nil {
			return fmt.Errorf("read a letter: %w", err)
		}
		if step.mail == nil || step.mail.After(tx.Now()) {
			return nil
		}
		ok = !r.shredded && r.Contact.Email != ""
		var next *time.Time
		if at := tx.Now().Add(firstPause << step.tries); ok && step.tries+1 < mostTries {
			next = &at
		}
		l = Letter{ID: id + "-" + strconv.FormatInt(n, 10), Org: org, Request: r.Request, Act: step.Act, At: step.At, ByItself: step.Who == BySystem, Attempts: step.tries}
		_, err = tx.Exec(ctx, `
			UPDATE request_step SET mail = $4, tries = tries + 1
			WHERE org = $1 AND request = $2 AND n = $3`, org, id, n, micros(next))
		if err != nil {
			return fmt.Errorf("claim a letter: %w", err)
		}
		return nil
	})
	return l, ok, err
}

// sent notes that a letter was handed over.
func (s *Service) sent(ctx context.Context, org, id string, n int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.locked(ctx, tx, org, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE request_step SET mail = NULL, sent = $4
			WHERE org = $1 AND request = $2 AND n = $3`, org, id, n, db.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("note a letter: %w", err)
		}
		_, err = s.record(ctx, tx, r, stranger(org), entryBody{Request: r.ID, Act: actSent, Right: r.Kind, About: n})
		return err
	})
}

// round is how often the worker looks for work that nobody told it of: letters
// to be tried again, what another process took in, keys whose time is over.
const round = 15 * time.Second

// Run does what requests leave to be done, until the context ends. What fails
// is told and tried again.
func (s *Service) Run(ctx context.Context, post Post, failed func(org string, err error)) {
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		orgs, err := s.ledger.Organisations(ctx)
		if err != nil && ctx.Err() == nil {
			failed("", err)
		}
		for _, org := range orgs {
			if err := s.Work(ctx, org, post); err != nil && ctx.Err() == nil {
				failed(org, err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// Work does once what Run does again and again.
func (s *Service) Work(ctx context.Context, org string, post Post) error {
	taken := s.TakeUp(ctx, org)
	_, delivered := s.Deliver(ctx, org, post)
	return errors.Join(taken, delivered, s.shred(ctx, org))
}
