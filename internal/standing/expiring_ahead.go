// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"slices"
	"time"

	"github.com/lecito/lecito/lawful"
)

// ahead is a time to come, by the rules of today: what is declared or the law
// says from a later day on is part of them.
type ahead struct {
	rules *lawful.Rules
	now   time.Time
	end   time.Time   // exclusive: the midnight that ends the last day
	edges []time.Time // when the rules themselves change, in order
}

// lookAhead prepares a number of whole days from now, in the organisation's time zone.
func lookAhead(rules *lawful.Rules, now time.Time, days int) ahead {
	a := ahead{rules: rules, now: now, end: lawful.Period{Number: days, Unit: lawful.UnitDays}.End(now, rules.Organisation.Zone())}
	for _, versions := range rules.Purposes {
		for _, p := range versions {
			a.edge(p.From, p.Retired)
		}
	}
	for _, versions := range rules.Notices {
		for _, n := range versions {
			a.edge(n.From)
		}
	}
	for _, versions := range rules.Sources {
		for _, s := range versions {
			a.edge(s.From)
		}
	}
	for _, pack := range rules.Law {
		for _, versions := range pack.Rules {
			for _, l := range versions {
				a.edge(l.From, l.To)
			}
		}
	}
	slices.SortFunc(a.edges, time.Time.Compare)
	a.edges = slices.CompactFunc(a.edges, time.Time.Equal)
	return a
}

func (a *ahead) edge(instants ...*time.Time) {
	for _, t := range instants {
		if t != nil && t.After(a.now) && t.Before(a.end) {
			a.edges = append(a.edges, *t)
		}
	}
}

// fate is when somebody stops being reachable, and the reason they have then;
// a zero instant: not within the time.
type fate struct {
	at     time.Time
	reason lawful.Reason
}

// later keeps the fate of the identifier that lasts longer: one is enough.
func later(a, b fate) fate {
	if a.at.IsZero() || !b.at.IsZero() && !b.at.After(a.at) {
		return a
	}
	return b
}

// fate tells when somebody who can be reached now is lost, and when a check of an
// opposition register has to be made again for them to stay reachable. Where
// checks are made in time, only the first counts.
func (a *ahead) fate(p somebody, use Use) (lost, check fate) {
	reached := false
	for _, h := range p.held {
		id := h.Identifier.Identifier
		if !lawful.Reaches(use.Channel, h.Kind) || !p.ask(a.rules, use, id, a.now, a.now).Permitted {
			continue
		}
		first, then := a.ends(p, use, id)
		if first.at.IsZero() {
			return fate{}, fate{}
		}
		if !reached {
			check, lost, reached = first, then, true
			continue
		}
		check, lost = later(check, first), later(lost, then)
	}
	if check.reason != lawful.ReasonOppositionRegisterStale {
		check = fate{}
	}
	return lost, check
}

// ends tells when one identifier stops carrying the use as things stand, and
// when it does with every check of a register made again the moment it is due.
func (a *ahead) ends(p somebody, use Use, id lawful.Identifier) (first, then fate) {
	if p.ask(a.rules, use, id, a.end.Add(-time.Microsecond), a.now).Permitted {
		return fate{}, fate{} // nothing that ends comes back by itself
	}
	first = a.search(p, use, id, a.now)
	then = first
	for then.reason == lawful.ReasonOppositionRegisterStale {
		due := then.at
		p.history = a.checked(p, use.Channel, id, due)
		if then = a.search(p, use, id, due); then.at.Equal(due) {
			break // a check made again does not help
		}
	}
	return first, then
}

// rested is the same person without what they were sent lately.
func (p somebody) rested() somebody {
	contacted := func(f lawful.Recorded) bool { return f.Kind == lawful.KindContacted }
	if slices.ContainsFunc(p.history, contacted) {
		p.history = slices.DeleteFunc(slices.Clone(p.history), contacted)
	}
	return p
}

// search finds the first instant from one on at which the use is not permitted:
// through the ends that the decision knows of and the instants at which rules
// change; what neither knows of ends at a midnight, which is looked for.
func (a *ahead) search(p somebody, use Use, id lawful.Identifier, from time.Time) fate {
	for t := from; ; {
		d := lawful.Decide(a.rules, lawful.Person{Known: true, History: p.history}, lawful.Question{
			Purpose: use.Purpose, Channel: use.Channel, Identifier: []lawful.Identifier{id}, At: t, KnownAt: a.now, Explain: true,
		})
		if !d.Permitted {
			return fate{t, d.Reason}
		}
		next := a.end
		if d.Until != nil && d.Until.After(t) && d.Until.Before(next) {
			next = *d.Until
		}
		if i := slices.IndexFunc(a.edges, t.Before); i >= 0 && a.edges[i].Before(next) {
			next = a.edges[i]
		}
		if !next.Before(a.end) {
			return a.stepwise(p, use, id, t)
		}
		t = next
	}
}

// stepwise finds the end that nobody named, midnight by midnight.
func (a *ahead) stepwise(p somebody, use Use, id lawful.Identifier, from time.Time) fate {
	day := lawful.Period{Unit: lawful.UnitDays}
	for {
		next := day.End(from, a.rules.Organisation.Zone())
		if !next.Before(a.end) {
			next = a.end.Add(-time.Microsecond)
		}
		d := p.ask(a.rules, use, id, next, a.now)
		switch {
		case !d.Permitted:
			return fate{next, d.Reason}
		case !next.Before(a.end.Add(-time.Microsecond)):
			return fate{}
		}
		from = next
	}
}

// checked is the history with the registers of a channel asked again at an instant.
func (a *ahead) checked(p somebody, channel string, id lawful.Identifier, at time.Time) []lawful.Recorded {
	history := slices.Clone(p.history)
	var done []string
	for place := range a.rules.Law {
		law := a.rules.LawAt(place, lawful.TopicRegister+channel, at)
		if law == nil {
			continue
		}
		for _, register := range law.Words {
			if !slices.Contains(done, register) {
				done = append(done, register)
				history = append(history, lawful.Recorded{
					Fact:  lawful.Fact{Kind: lawful.KindRegisterChecked, Happened: at, Actor: lawful.ActorSystem, Register: register, Identifiers: []lawful.Identifier{id}},
					Chain: p.chain, Recorded: a.now,
				})
			}
		}
	}
	return history
}
