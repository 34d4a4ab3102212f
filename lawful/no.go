// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"time"
)

// refusal is one kind of no, in the order in which they are named.
type refusal struct {
	reason Reason
	rule   string
	rank   int
}

func refusals() [4]refusal {
	return [4]refusal{
		{ReasonSuppressed, RuleNoBlock, rankBlocked},
		{ReasonObjected, RuleNoObjection, rankObjected},
		{ReasonWithdrawn, RuleNoWithdrawal, rankWithdrawn},
		{ReasonRefused, RuleNoRefusal, rankRefused},
	}
}

// standing denies for each no that covers the question and has not been lifted.
func (j *judge) standing(t target, given []yes) {
	if !j.kinds.has(KindChoice) && !j.kinds.has(KindBlocked) {
		j.unrefused()
		return
	}
	for _, kind := range refusals() {
		var first *Recorded
		var more []*Recorded
		lifted := ""
		for i := range j.facts {
			n := &j.facts[i]
			if sortOfNo(n) != kind.reason || !j.covers(n, t) {
				continue
			}
			if y := lifter(given, n.Happened); y != nil {
				lifted = y.Entry
				continue
			}
			if first == nil {
				first = n
			} else if j.tells {
				more = append(more, n)
			}
		}
		if first == nil {
			j.pass(kind.rule, nil, liftedDetail(lifted), lifted)
			continue
		}
		j.deny(finding{reason: kind.reason, rule: kind.rule, rank: kind.rank, fact: first, more: more, say: saying{system: first.System}})
	}
}

// unrefused says that no history holds a no.
func (j *judge) unrefused() {
	for _, kind := range refusals() {
		j.pass(kind.rule, nil, "", "")
	}
}

// show adds a fact to those that show a finding.
func (f *finding) show(fact *Recorded, explain bool) {
	if f.fact == nil {
		f.fact = fact
	} else if explain {
		f.more = append(f.more, fact)
	}
}

func liftedDetail(entry string) string {
	if entry == "" {
		return ""
	}
	return "lifted"
}

// lastNo is when the latest no that covers the question happened, lifted or
// not; zero when there is none.
func (j *judge) lastNo(t target) time.Time {
	for i := len(j.facts) - 1; i >= 0; i-- {
		if f := &j.facts[i]; sortOfNo(f) != "" && j.covers(f, t) {
			return f.Happened
		}
	}
	return time.Time{}
}

// sortOfNo is the reason that a fact gives to deny by itself, or empty.
func sortOfNo(f *Recorded) Reason {
	if f.Kind == KindBlocked {
		return ReasonSuppressed
	}
	if f.Kind != KindChoice || f.Choice == nil || f.Choice.Data != "" {
		return "" // a no to a kind of data is none to the use
	}
	switch f.Choice.Choice {
	case Objected:
		return ReasonObjected
	case Withdrawn:
		return ReasonWithdrawn
	case Refused:
		return ReasonRefused
	}
	return ""
}

// stoppable tells whether a no can stop this purpose: never what a contract,
// the law or somebody's life requires.
func (j *judge) stoppable() bool {
	if j.purpose.Marketing {
		return true
	}
	switch j.purpose.Basis {
	case BasisContract, BasisLegalObligation, BasisVitalInterests:
		return false
	}
	return true
}

// covers tells whether a no reaches the question. It belongs to the person,
// whichever identifier it came with; only one that names nothing but devices
// stays with them.
func (j *judge) covers(f *Recorded, t target) bool {
	channel := f.Channel
	if f.Kind == KindChoice {
		channel = f.Choice.Channel
	}
	if channel != "" && channel != j.q.Channel || !j.stoppable() || !reachesPerson(f, t) {
		return false
	}
	if f.Kind == KindBlocked {
		return true // its cause is unknown, so every purpose that a no can stop
	}
	named := f.Choice.Purpose
	switch {
	case named == "":
		return j.purpose.Marketing
	case named == j.q.Purpose:
		return true
	}
	return f.Choice.Choice == Objected && j.purpose.Marketing && j.rules.marketing(named, j.q.At)
}

// reachesPerson tells whether a fact against a use is about the whole person, or
// at least about the identifier asked: one that names nothing but devices stays with them.
func reachesPerson(f *Recorded, t target) bool {
	if len(f.Identifiers) == 0 || slices.ContainsFunc(f.Identifiers, func(x Identifier) bool { return x.Kind != IDDevice }) {
		return true
	}
	return slices.ContainsFunc(f.Identifiers, func(x Identifier) bool { return same(x, t.id) })
}
