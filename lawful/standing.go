// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"strings"
	"time"
)

// Standing is how somebody stands for one use: a decision without its instant
// and without the entries it rests on, so that it can be kept for as long as it
// lasts, and equal ones are kept once.
type Standing struct {
	Permitted bool   `json:"permitted"`
	Reason    Reason `json:"reason"`
	Basis     string `json:"basis,omitempty"`
	Rule      string `json:"rule"`
	Others    string `json:"others,omitempty"` // reasons to deny besides, in order, with a space between
	Telling
}

// Stand decides a question as Decide does, and tells how long the answer lasts:
// until the instant returned (exclusive; zero: without end) it is the same, as
// long as no fact is added and Rules.Turn is not reached. An answer that lasts
// until the instant asked about is good for nothing else.
func Stand(rules *Rules, person Person, q Question) (Standing, time.Time) {
	q.Explain = false
	j := judge{tells: true, settles: true}
	j.begin(rules, q)
	j.question()
	if j.purpose != nil {
		j.about(person)
	}
	deciding, permitted := j.decided()
	s := Standing{Permitted: permitted, Reason: deciding.reason, Rule: deciding.rule}
	if j.purpose != nil {
		s.Basis = j.purpose.Basis
	}
	for i, reason := range j.also(deciding) {
		if i > 0 {
			s.Others += " "
		}
		s.Others += string(reason)
	}
	since, _ := j.since(deciding, permitted)
	s.Telling = j.telling(deciding, since)
	return s, j.turns
}

// Decision is the standing as an answer to a question asked while it lasts:
// all that Decide answers but since when, until when, by which entries and how.
func (s *Standing) Decision(rules *Rules, q Question) Decision {
	d := Decision{
		Permitted: s.Permitted, Reason: s.Reason, Basis: s.Basis, Rule: s.Rule, AsOf: q.At.UTC(), Also: s.Also(),
	}
	d.Explanation = s.in(rules, &q)
	return d
}

// Also lists the other reasons to deny, in order.
func (s *Standing) Also() []Reason {
	var also []Reason
	for word := range strings.FieldsSeq(s.Others) {
		also = append(also, Reason(word))
	}
	return also
}

// Turn is the first instant after another at which what is declared, or the law,
// changes by itself; zero: none is known.
func (r *Rules) Turn(after time.Time) time.Time {
	var first time.Time
	turn := func(instants ...*time.Time) {
		for _, t := range instants {
			if t != nil && t.After(after) && (first.IsZero() || t.Before(first)) {
				first = *t
			}
		}
	}
	for _, versions := range r.Purposes {
		for i := range versions {
			turn(versions[i].From, versions[i].Retired)
		}
	}
	for _, versions := range r.Notices {
		for i := range versions {
			turn(versions[i].From, &versions[i].Published)
		}
	}
	for _, versions := range r.Sources {
		for i := range versions {
			turn(versions[i].From, versions[i].Licensed)
			if accepted := versions[i].Accepted; accepted != nil {
				turn(accepted.Until)
			}
		}
	}
	for _, recipient := range r.Recipients {
		turn(recipient.Signed, recipient.Expires)
	}
	for _, tests := range r.Balancing {
		for i := range tests {
			turn(&tests[i].Happened)
		}
	}
	for _, pack := range r.Law {
		for _, versions := range pack.Rules {
			for i := range versions {
				turn(versions[i].From, versions[i].To)
			}
		}
	}
	return first
}
