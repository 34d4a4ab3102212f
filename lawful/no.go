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

// standing denies for each no that covers the question and has not been lifted
// (GDPR arts 7(3), 21(3)).
func (j *judge) standing(t target) {
	nos := j.nos(t)
	yes := j.yeses(t)
	for _, kind := range refusals() {
		var still []*Recorded
		lifted := ""
		for _, n := range nos {
			if sortOfNo(n) != kind.reason {
				continue
			}
			if y := lifter(yes, n.Happened); y != nil {
				lifted = y.Entry
				continue
			}
			still = append(still, n)
		}
		if len(still) == 0 {
			j.pass(kind.rule, liftedDetail(lifted), lifted)
			continue
		}
		j.deny(finding{
			reason: kind.reason, rule: kind.rule, rank: kind.rank, facts: still,
			say: saying{key: string(kind.reason), system: still[0].System},
		})
	}
}

func liftedDetail(entry string) string {
	if entry == "" {
		return ""
	}
	return "lifted"
}

// nos returns each no that covers the question, lifted or not, in order.
func (j *judge) nos(t target) []*Recorded {
	if !j.stoppable() {
		return nil
	}
	var nos []*Recorded
	for _, f := range j.facts {
		if sortOfNo(f) != "" && j.covers(f, t) {
			nos = append(nos, f)
		}
	}
	return nos
}

// sortOfNo is the reason that a fact gives to deny by itself, or empty.
func sortOfNo(f *Recorded) Reason {
	if f.Kind == KindBlocked {
		return ReasonSuppressed
	}
	if f.Kind != KindChoice || f.Choice == nil {
		return ""
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
// the law or somebody's life requires (GDPR arts 6(1)(b)-(d), 21(1)).
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
	if channel != "" && channel != j.q.Channel {
		return false
	}
	device := func(x Identifier) bool { return x.Kind == IDDevice }
	if len(f.Identifiers) > 0 && !slices.ContainsFunc(f.Identifiers, func(x Identifier) bool { return !device(x) }) {
		if !slices.ContainsFunc(f.Identifiers, func(x Identifier) bool { return same(x, t.id) }) {
			return false
		}
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

// condition denies while the person's data is restricted (GDPR art. 18(2)) or the person is dead.
func (j *judge) condition() {
	j.stands(KindRestriction, KindRestrictionLift, finding{
		reason: ReasonRestricted, rule: RulePersonRestricted, rank: rankRestricted,
	}, func(*Recorded) bool { return true })
	j.stands(KindDeceased, "", finding{
		reason: ReasonDeceased, rule: RulePersonDeceased, rank: rankDeceased,
	}, func(*Recorded) bool { return true })
}

// contact denies while the channel is known not to reach the identifier (GDPR art. 5(1)(d)).
func (j *judge) contact(t target) {
	j.stands(KindUndeliverable, KindDeliverable, finding{
		reason: ReasonUndeliverable, rule: RuleContactWorks, rank: rankContact,
	}, func(f *Recorded) bool {
		if f.Channel != j.q.Channel && (f.Channel != "" || f.Kind == KindDeliverable) {
			return false
		}
		return len(f.Identifiers) == 0 && f.Kind == KindUndeliverable || j.names(f, t.id)
	})
}

// stands denies for facts of a kind that no later fact of its opposite in the
// same chain ended; at the same instant the one that stops wins.
func (j *judge) stands(kind, opposite string, denial finding, about func(*Recorded) bool) {
	ended := map[string]time.Time{}
	for _, f := range j.facts {
		if opposite != "" && f.Kind == opposite && about(f) {
			ended[f.Chain] = f.Happened
		}
	}
	for _, f := range j.facts {
		if end, ok := ended[f.Chain]; f.Kind == kind && about(f) && (!ok || !end.After(f.Happened)) {
			denial.facts = append(denial.facts, f)
		}
	}
	if len(denial.facts) == 0 {
		j.pass(denial.rule, "", "")
		return
	}
	j.deny(denial)
}
