// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"strings"
	"time"
)

// live finds where the person lives, as last said: the law of that place asks
// too, where its pack is in use.
func (j *judge) live() {
	if !j.kinds.has(KindResidence) {
		return
	}
	for i := range j.facts {
		if j.facts[i].Kind == KindResidence {
			j.places[1] = j.facts[i].Country
		}
	}
	_, used := j.rules.Law[j.places[1]]
	if !used { // of a state whose pack is not in use, the country's
		j.places[1], _, _ = strings.Cut(j.places[1], "-")
		_, used = j.rules.Law[j.places[1]]
	}
	j.abroad = used && j.places[1] != j.places[0]
}

// elsewhere asks the law of the place where the person lives whether it admits the basis.
func (j *judge) elsewhere() {
	if j.abroad {
		j.admits(j.places[1], RuleBasisResidence, rankBasis)
	}
}

// condition denies while the person's data is restricted or the person is dead.
func (j *judge) condition() {
	j.stands(KindRestriction, KindRestrictionLift, finding{
		reason: ReasonRestricted, rule: RulePersonRestricted, rank: rankRestricted,
	}, target{})
	j.stands(KindDeceased, "", finding{
		reason: ReasonDeceased, rule: RulePersonDeceased, rank: rankDeceased,
	}, target{})
}

// contact denies while the channel is known not to reach the identifier.
func (j *judge) contact(t target) {
	j.stands(KindUndeliverable, KindDeliverable, finding{
		reason: ReasonUndeliverable, rule: RuleContactWorks, rank: rankContact,
	}, t)
}

// stands denies for facts of a kind that no later fact of its opposite in the
// same chain ended; at the same instant the one that stops wins.
func (j *judge) stands(kind, opposite string, denial finding, t target) {
	if j.kinds.has(kind) {
		for i := range j.facts {
			f := &j.facts[i]
			if f.Kind == kind && j.standsAbout(f, t) && !j.ended(f, opposite, t) {
				denial.show(f, j.tells)
			}
		}
	}
	if denial.fact == nil {
		j.pass(denial.rule, nil, "", "")
		return
	}
	j.deny(denial)
}

func (j *judge) ended(stop *Recorded, opposite string, t target) bool {
	if opposite == "" {
		return false
	}
	for i := range j.facts {
		f := &j.facts[i]
		if f.Kind == opposite && f.Chain == stop.Chain && f.Happened.After(stop.Happened) && j.standsAbout(f, t) {
			return true
		}
	}
	return false
}

// standsAbout tells whether a condition is about the contact asked for; those
// of the person always are.
func (j *judge) standsAbout(f *Recorded, t target) bool {
	if f.Kind != KindUndeliverable && f.Kind != KindDeliverable {
		return true
	}
	if f.Channel != j.q.Channel && (f.Channel != "" || f.Kind == KindDeliverable) {
		return false
	}
	return len(f.Identifiers) == 0 && f.Kind == KindUndeliverable || j.names(f, t.id)
}

// minor denies marketing on consent, and profiling, of a child below the age at
// which the law lets it decide, unless a parent consented. An unknown age is not a child's.
func (j *judge) minor() {
	p := j.purpose
	if !p.Profiling && (!p.Marketing || p.Basis != BasisConsent) {
		return
	}
	fact := j.birth()
	if fact == nil {
		j.pass(RulePersonMinor, nil, "", "")
		return
	}
	law, adult := j.adulthood()
	if !j.before(adult) || j.parents() {
		j.pass(RulePersonMinor, law, "", fact.Entry)
		return
	}
	j.deny(finding{
		reason: ReasonMinor, rule: RulePersonMinor, rank: rankMinor, law: law, fact: fact,
		say: saying{number: law.Number, end: adult},
	})
}

// birth notes the youngest that the person can be, and the fact that says so.
func (j *judge) birth() *Recorded {
	if !j.kinds.has(KindBirthDate) && !j.kinds.has(KindDeclaredAge) {
		return nil
	}
	zone := j.rules.Organisation.Zone()
	var youngest *Recorded
	for i := range j.facts {
		f := &j.facts[i]
		var born time.Time
		switch f.Kind {
		case KindBirthDate:
			if day, err := time.Parse(time.DateOnly, f.Date); err == nil {
				born = dayStart(day.Year(), day.Month(), day.Day(), zone)
			}
		case KindDeclaredAge: // who says 15 turned 15 today at the latest
			y, m, d := f.Happened.In(zone).Date()
			born = dayStart(y-f.Age, m, d, zone)
		}
		if born.After(j.born) {
			youngest, j.born = f, born
		}
	}
	return youngest
}

// adulthood is the age of consent that holds, and the day the person reaches
// it: of two places the higher. Where no law says one, it is the day before all others.
func (j *judge) adulthood() (*Law, time.Time) {
	var highest *Law
	for _, law := range j.laws(TopicAge) {
		if law != nil && (highest == nil || law.Number > highest.Number) {
			highest = law
		}
	}
	if highest == nil {
		return nil, time.Time{}
	}
	y, m, d := j.born.In(j.rules.Organisation.Zone()).Date()
	return highest, dayStart(y+highest.Number, m, d, j.rules.Organisation.Zone())
}

func (j *judge) parents() bool { return j.kinds.has(KindParentalConsent) }
