// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Expiring says who stops being reachable in the days to come, if nothing else
// happens until then.
type Expiring struct {
	Taken  time.Time `json:"taken"`
	Days   int       `json:"days"`
	Ends   time.Time `json:"ends"`   // of the last of these days, exclusive
	People int64     `json:"people"` // who were asked about
	Lines  []Ending  `json:"lines"`
}

// Ending is people who stop being reachable for one purpose on one channel, for
// one reason, after one day.
type Ending struct {
	Purpose string        `json:"purpose"`
	Channel string        `json:"channel"`
	Day     string        `json:"day"`    // the last on which they can be reached, as 2026-12-20
	Until   time.Time     `json:"until"`  // exclusive; for the first of them
	Reason  lawful.Reason `json:"reason"` // they will have then
	Count   int64         `json:"count"`
	Do      Remedy        `json:"do"`
	Sample  []string      `json:"sample,omitempty"` // pseudonyms
}

// Remedy is what may be done about it.
type Remedy struct {
	What  string     `json:"what"`            // one of the Remedy constants
	Until *time.Time `json:"until,omitempty"` // a request on the channel itself has a basis until then, exclusive
	Where []string   `json:"where,omitempty"` // where people come by themselves and may be asked at any time
}

// What may be done.
const (
	// RemedyAsk is to ask for a renewal. By a channel that goes to people such a
	// request is marketing itself, and has the basis that is about to end.
	RemedyAsk = "ask"
	// RemedyHere is to ask for it on the channel itself, where people come by themselves.
	RemedyHere = "ask_there"
	// RemedyCheck is to ask the register again: nobody is lost once that is done.
	RemedyCheck = "check_register"
	// RemedyNone: what ends is the purpose, and there is nothing to renew.
	RemedyNone = "none"
)

// remedyPlaces are where people come by themselves, so that asking there contacts nobody.
func remedyPlaces() []string { return []string{"site", "account", "till", "paper"} }

// Bounds of the days, and of a sample.
const (
	ExpiringDays     = 30 // where nobody says
	MostExpiringDays = 366
	mostExpiring     = 5 // people that a line names
)

// ExpiringOptions say what to look for.
type ExpiringOptions struct {
	Days    int    // 0: ExpiringDays
	Purpose string // empty: every one
	Channel string // empty: every one
}

// Expiring looks ahead, person by person: who can be reached now and can't at
// the end of the days, from when, and why then. How often they were written to
// lately is left out of it: that comes back by itself. tell may be nil. Whoever
// may not look people up gets no sample.
func (s *Service) Expiring(ctx context.Context, actor access.Actor, o ExpiringOptions, tell func(Walked)) (Expiring, error) {
	if err := actor.Require(access.ScopeCheck, access.ScopeSubjects); err != nil {
		return Expiring{}, err
	}
	o.Days = cmp.Or(o.Days, ExpiringDays)
	e := endings{named: actor.May(access.ScopeSubjects), lines: map[endingKey]*Ending{}}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := s.rules.Rules(ctx, tx, actor.Org)
		if err != nil {
			return err
		}
		e.ahead = lookAhead(rules, tx.Now(), o.Days)
		e.uses, err = o.uses(rules, tx.Now())
		return err
	})
	if err != nil {
		return Expiring{}, err
	}
	w := &walk{Service: s, org: actor.Org, tell: tell}
	if err := w.everybody(ctx, e.visit); err != nil {
		return Expiring{}, err
	}
	return Expiring{Taken: e.now, Days: o.Days, Ends: e.end.UTC(), People: w.far.People, Lines: e.result()}, nil
}

// uses lists what is asked about, or says what of the options is wrong.
func (o ExpiringOptions) uses(rules *lawful.Rules, now time.Time) ([]Use, error) {
	var wrong []problem.Place
	if o.Days < 1 || o.Days > MostExpiringDays {
		wrong = append(wrong, problem.Place{Field: "days", Detail: "is a number of days from 1 to 366"})
	}
	purposes := declared(rules, now)
	if o.Purpose != "" && !slices.ContainsFunc(purposes, func(p lawful.Purpose) bool { return p.ID == o.Purpose }) {
		wrong = append(wrong, problem.Place{Field: "purpose", Detail: "no such purpose is declared now"})
	}
	if o.Channel != "" && !slices.Contains(lawful.Channels(), o.Channel) {
		wrong = append(wrong, problem.Place{Field: "channel", Detail: "is not a channel"})
	}
	if len(wrong) > 0 {
		p := problem.New(problem.Invalid, "invalid_question", "This can't be looked for.")
		p.Places = wrong
		return nil, p
	}
	var uses []Use
	for _, p := range purposes {
		for _, channel := range p.Channels {
			if (o.Purpose == "" || o.Purpose == p.ID) && (o.Channel == "" || o.Channel == channel) {
				uses = append(uses, Use{Purpose: p.ID, Channel: channel})
			}
		}
	}
	return uses, nil
}

// endings gathers who is lost.
type endings struct {
	ahead

	uses  []Use
	named bool
	lines map[endingKey]*Ending
}

type endingKey struct {
	use    Use
	day    string
	reason lawful.Reason
}

func (e *endings) visit(p somebody) {
	p = p.rested()
	for _, use := range e.uses {
		lost, check := e.fate(p, use)
		for _, end := range []fate{lost, check} {
			if !end.at.IsZero() {
				e.add(p, use, end)
			}
		}
	}
}

func (e *endings) add(p somebody, use Use, end fate) {
	last := end.at.Add(-time.Microsecond).In(e.rules.Organisation.Zone())
	key := endingKey{use, last.Format(time.DateOnly), end.reason}
	line := e.lines[key]
	if line == nil {
		line = &Ending{Purpose: use.Purpose, Channel: use.Channel, Day: key.day, Until: end.at.UTC(), Reason: end.reason}
		e.lines[key] = line
	}
	line.Count++
	if until := end.at.UTC(); until.Before(line.Until) {
		line.Until = until
	}
	if e.named && len(line.Sample) < mostExpiring {
		line.Sample = append(line.Sample, p.chain)
	}
}

// result orders the lines as the uses are, then by day.
func (e *endings) result() []Ending {
	out := []Ending{}
	for _, line := range e.lines {
		line.Do = remedy(*line)
		out = append(out, *line)
	}
	slices.SortFunc(out, func(a, b Ending) int {
		return cmp.Or(
			slices.Index(e.uses, Use{Purpose: a.Purpose, Channel: a.Channel})-slices.Index(e.uses, Use{Purpose: b.Purpose, Channel: b.Channel}),
			cmp.Compare(a.Day, b.Day), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

// remedy says what may be done about the people of a line.
func remedy(line Ending) Remedy {
	switch line.Reason {
	case lawful.ReasonOppositionRegisterStale:
		return Remedy{What: RemedyCheck, Until: &line.Until}
	case lawful.ReasonPurposeRetired, lawful.ReasonChannelNotDeclared, lawful.ReasonPurposeUnknown:
		return Remedy{What: RemedyNone}
	}
	switch line.Channel {
	case lawful.ChannelWeb, lawful.ChannelInPerson:
		return Remedy{What: RemedyHere, Where: remedyPlaces()}
	}
	return Remedy{What: RemedyAsk, Until: &line.Until, Where: remedyPlaces()}
}
