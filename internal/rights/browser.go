// SPDX-License-Identifier: Apache-2.0

package rights

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// together is how many browsers one transaction looks at.
const together = 500

// expireBrowsers destroys the choices of browsers that nobody is known by, once
// the last of them has been kept for the declared period (GDPR art. 5(1)(e)). One
// that somebody brought the receipt of is linked to them, and goes when they go.
func (s *Service) expireBrowsers(ctx context.Context, org string) (destroyed bool, err error) {
	var from subject.Mark
	for more := true; more; {
		next := from
		err := s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			c, err := s.register.Catalogue(ctx, tx, org)
			if err != nil || c.Organisation.Web == nil {
				more = false
				return notDeclared(err)
			}
			keep := c.Organisation.Web.Keep.Lawful()
			var browsers []string
			browsers, next, err = s.subjects.Browsers(ctx, tx, org, from, subject.Old{Before: begun(*keep, tx.Now()), Most: together})
			more = len(browsers) == together
			if err != nil || len(browsers) == 0 {
				return err
			}
			gone, err := s.destroyBrowsers(ctx, tx, org, browsers, func(last time.Time) bool { return !keep.End(last, c.Zone).After(tx.Now()) })
			destroyed = destroyed || gone
			return err
		})
		if err != nil {
			return destroyed, fmt.Errorf("end the choices of browsers: %w", err)
		}
		from = next
	}
	return destroyed, nil
}

// begun is when a period began, at the latest, that has ended by now.
func begun(p lawful.Period, now time.Time) time.Time {
	switch p.Unit {
	case lawful.UnitYears:
		return now.AddDate(-p.Number, 0, 1)
	case lawful.UnitMonths:
		return now.AddDate(0, -p.Number, 3) // months end on different days
	}
	return now.AddDate(0, 0, 1-p.Number)
}

// destroyBrowsers destroys those whose last choice has ended, and puts that on
// record as one erasure, about nobody in particular.
func (s *Service) destroyBrowsers(ctx context.Context, tx *db.Tx, org string, chains []string, ended func(last time.Time) bool) (bool, error) {
	if err := s.ledger.Hold(ctx, tx, org, chains); err != nil {
		return false, err
	}
	persons, err := s.subjects.Persons(ctx, tx, org, chains, time.Time{})
	if err != nil {
		return false, err
	}
	w := &wanted{actor: access.Local(org), ground: "GDPR art. 5(1)(e)"}
	for _, chain := range chains {
		p := persons[chain]
		if len(p.Chains) == 1 && ended(slices.MaxFunc(p.History, func(a, b lawful.Recorded) int { return a.Recorded.Compare(b.Recorded) }).Recorded) {
			w.who.chains = append(w.who.chains, chain)
			w.who.history = append(w.who.history, p.History...)
		}
	}
	if len(w.who.chains) == 0 {
		return false, nil
	}
	if w.who.held, err = s.subjects.Identifiers(ctx, tx, org, w.who.chains); err != nil {
		return false, err
	}
	w.answer = Erasure{Plan: s.plan(w.who, Request{Forget: true}, tx.Now())}
	return true, s.destroy(ctx, tx, org, []*wanted{w})
}

// notDeclared says that an organisation without declarations has none of the web's.
func notDeclared(err error) error {
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}
