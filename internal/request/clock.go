// SPDX-License-Identifier: Apache-2.0

package request

import (
	"math"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

// Counted is when a request has to be answered, with what it was counted by.
type Counted struct {
	law.Due

	Calendar *law.Calendar
	Rules    *lawful.Rules
	// Promised says that the law sets no time for a problem: what is counted is
	// the time it sets for requests, which the organisation keeps to.
	Promised bool
}

// never is the due instant of what the law gives no number for: last in a list.
const never = math.MaxInt64

// Due counts by when a request is answered, under the organisation's law of the
// day it arrived; under the EU's where the country's is not known here.
func (s *Service) Due(c *register.Catalogue, r Request) (Counted, error) {
	var last error
	for _, asked := range asked(r.Kind) {
		for _, under := range s.laws(c) {
			due, err := under.Calendar.Response(under.Rules, lawRequest(r, asked, under.Calendar))
			if problem.As(err) == nil {
				under.Due, under.Promised = due, r.Kind == Problem && asked != "complaint"
				return under, err
			}
			last = err
		}
	}
	return Counted{}, last
}

// asked are the names the law may know a kind by, the nearest first.
func asked(kind string) []string {
	switch kind {
	case Problem:
		return []string{"complaint", Access}
	case Objection:
		return []string{Objection, "opt_out"}
	}
	return []string{kind}
}

// laws are what to count by, the organisation's own first. Days are those of
// the organisation's time zone.
func (s *Service) laws(c *register.Catalogue) []Counted {
	var out []Counted
	add := func(jurisdiction string, rules *lawful.Rules) {
		calendar, err := s.calendars.Of(jurisdiction)
		if err != nil {
			return
		}
		here := *calendar
		here.Zone = c.Zone
		out = append(out, Counted{Calendar: &here, Rules: rules})
	}
	country := c.Organisation.Country
	add(country, c.Rules)
	if packs, err := law.Use(c.Zone, []string{country}, nil); err == nil { // it may be off for decisions
		add(country, &lawful.Rules{Law: packs})
	}
	add("EU", c.Rules)
	return out
}

// lawRequest is a request as the law counts it. Article 22 is not among those
// for which identity may be asked under article 12(6), so that asking stops no clock.
func lawRequest(r Request, right string, calendar *law.Calendar) law.Request {
	q := law.Request{Right: right, Received: law.DayOf(r.Received, calendar.Zone), Extended: r.Extended != nil}
	if r.Asked == nil || r.Kind == HumanReview {
		return q
	}
	asked := law.Asked{What: law.AskIdentity, On: law.DayOf(*r.Asked, calendar.Zone)}
	if r.Given != nil {
		day := law.DayOf(*r.Given, calendar.Zone)
		asked.Given = &day
	}
	q.Asked = []law.Asked{asked}
	return q
}

// dueAt is the last instant to answer in, zero where the law has no number.
func (s *Service) dueAt(c *register.Catalogue, r Request) (time.Time, error) {
	d, err := s.Due(c, r)
	if err != nil && problem.As(err) == nil {
		return time.Time{}, err
	}
	if err != nil || d.End == nil {
		return time.Time{}, nil //nolint:nilerr // no law known here sets a time: the page says so
	}
	return d.End.UTC(), nil
}

// Extendable says whether the time to answer can be made longer at an instant
// (GDPR art. 12(3)): once, where the law has an extension, within the first period.
func (s *Service) Extendable(c *register.Catalogue, r Request, now time.Time) (until time.Time, ok bool) {
	if r.State != StateOpen || r.Extended != nil || r.Kind == Problem {
		return time.Time{}, false
	}
	first, err := s.dueAt(c, r)
	if err != nil || first.IsZero() || !now.Before(first) {
		return time.Time{}, false
	}
	r.Extended = &now
	longer, err := s.dueAt(c, r)
	return longer, err == nil && longer.After(first)
}
