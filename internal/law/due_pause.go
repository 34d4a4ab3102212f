// SPDX-License-Identifier: Apache-2.0

package law

import (
	"slices"

	"github.com/lecito/lecito/lawful"
)

// pauses adds up the days in which the person was waited for; days that two
// questions share count once.
func (r *requested) pauses(pause *lawful.Law) int {
	asked := slices.SortedStableFunc(slices.Values(r.q.Asked), func(a, b Asked) int { return int(a.On - b.On) })
	total, until, without := 0, r.due.Base, r.due.Nominal
	if r.cal.Roll.Moves {
		without = r.cal.Next(without)
	}
	for _, a := range asked {
		if a.What == AskIdentity && a.Given != nil && pause != nil && slices.Contains(pause.Words, wordIdentityRestarts) {
			continue // the clock has started with it
		}
		p := Pause{What: a.What, Asked: a.On, Given: a.Given, Contested: true}
		if r.counts(a, pause) {
			p.Days = max(int(*a.Given-max(a.On, until)), 0)
			until = max(until, *a.Given)
			total += p.Days
			r.due.cite(cited(pause))
			if r.cal.Prompt.WorkingDays > 0 {
				r.due.cite(r.cal.Prompt.Cited)
			}
			r.due.step(r.due.Nominal+Day(total), StepPause, pause.Key, "The %s was asked for on %s and given on %s: %s.", a.What, a.On.Words(), a.Given.Words(), Period{p.Days, lawful.UnitDays}.Words())
			r.due.caution("The pause is contestable: an authority may hold that the %s did not have to be asked for; counted without it, the period ends on %s.", a.What, without.Words())
		}
		r.due.Pauses = append(r.due.Pauses, p)
	}
	return total
}

// counts tells whether waiting for an answer is not counted, and says why where it is.
func (r *requested) counts(a Asked, pause *lawful.Law) bool {
	no := func(format string, args ...any) bool {
		r.due.step(r.due.Nominal, StepPause, "", format, args...)
		return false
	}
	within := r.cal.Prompt.WorkingDays
	switch {
	case a.Given == nil:
		r.due.caution("The %s was asked for on %s and is not given yet: the date is counted as if it had not been asked for, until the answer comes.", a.What, a.On.Words())
		return no("The %s was asked for on %s and is not given yet: nothing is added so far.", a.What, a.On.Words())
	case pause == nil || !slices.Contains(pause.Words, wordIdentityDays) && !slices.Contains(pause.Words, wordIdentityRestarts):
		return no("The %s was asked for on %s: the law of %s, as known here, does not stop the clock for that.", a.What, a.On.Words(), r.cal.Name)
	case within > 0 && r.cal.workingDays(r.q.Received, a.On) > within:
		r.due.cite(r.cal.Prompt.Cited)
		return no("The %s was asked for on %s, more than %s after receipt: not without undue delay, and nothing is added.", a.What, a.On.Words(), Period{within, lawful.UnitWorkingDays}.Words())
	}
	return true
}

// later is the date for somebody who counts from the day the identity was given, as some do.
func (r *requested) later(rule *lawful.Law, p Period) error {
	given := Day(0)
	for _, a := range r.q.Asked {
		if a.What == AskIdentity && a.Given != nil {
			given = max(given, *a.Given)
		}
	}
	if given == 0 || r.cal.Arguable == nil {
		return nil
	}
	other := r.cal.begin(rule, given)
	if err := r.cal.run(&other, p, rule.Key); err != nil {
		return err
	}
	r.cal.settle(&other, p, r.cal.Roll.Moves)
	if other.Due > r.due.Due {
		r.due.Later = &Later{Day: other.Due, End: *other.End, Assurance: lawful.AssuranceMemory, Text: "Some count the whole period from the day the identity was given, if it had to be asked for. Never aim at that date."}
	}
	return nil
}

// milestones are the acknowledgement and the notice of an extension. They
// stand within the first period, with the same pauses.
func (r *requested) milestones(rule *lawful.Law, first Period, own bool) error {
	added := Day(0)
	for _, p := range r.due.Pauses {
		added += Day(p.Days)
	}
	if r.q.Extended {
		if err := r.milestone(MilestoneExtension, rule, first, r.due.Base, added); err != nil {
			return err
		}
	}
	acknowledge := r.law(topicAcknowledge)
	if p, ok := PeriodOf(acknowledge); ok && !own {
		return r.milestone(MilestoneAcknowledge, acknowledge, p, r.q.Received, 0)
	}
	return nil
}

func (r *requested) milestone(what string, rule *lawful.Law, p Period, base, added Day) error {
	m := r.cal.begin(rule, base)
	if err := r.cal.run(&m, p, rule.Key); err != nil {
		return err
	}
	m.Nominal += added
	r.cal.settle(&m, p, r.cal.Roll.Moves)
	r.due.Milestones = append(r.due.Milestones, Milestone{what, m.Nominal, m.Due, m.Conservative, cited(rule)})
	if rule.Assurance == lawful.AssuranceMemory {
		r.due.cite(cited(rule))
	}
	return nil
}
