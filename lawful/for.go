// SPDX-License-Identifier: Apache-2.0

package lawful

import "slices"

// For returns the part of the rules that bears on a question about a person:
// Decide gives the same decision on it. It is what a certificate carries. Its
// JSON is deterministic: lists keep their order and encoding/json sorts maps.
func (r *Rules) For(q Question, person Person) *Rules {
	part := &Rules{Organisation: r.Organisation}
	part.purpose(r, q.Purpose)
	if recipient, ok := r.Recipients[q.Recipient]; ok {
		part.Recipients = map[string]Recipient{q.Recipient: recipient}
	}
	if tests := r.Balancing[q.Purpose]; len(tests) > 0 {
		part.Balancing = map[string][]Balancing{q.Purpose: tests}
	}
	for i := range person.History {
		f := &person.History[i]
		part.source(r, f.Source)
		if f.Kind != KindChoice || f.Choice == nil {
			continue
		}
		part.purpose(r, f.Choice.Purpose) // a no to one purpose can bear on another
		if f.Choice.Notice != nil {
			part.notice(r, f.Choice.Notice.ID)
		}
	}
	part.Law = r.lawFor(q, person)
	return part
}

// lawFor makes the decision and keeps the law it asked for.
func (r *Rules) lawFor(q Question, person Person) map[string]Pack {
	q.Explain = true
	j := judge{asked: &asked{packs: map[string]Pack{}}}
	j.begin(r, q)
	j.asked.language = language(r, &q)
	j.question()
	if j.purpose != nil {
		j.about(person)
	}
	j.decision()
	return j.asked.packs
}

// asked is the law that a decision asked for.
type asked struct {
	packs    map[string]Pack
	language string // of the explanation: other texts are left out
}

// note keeps a rule under the pack that it was read from. That there is none is
// kept too: the pack without it.
func (a *asked) note(all *Rules, place, topic string, law *Law) {
	pack, ok := all.Law[place]
	if !ok {
		place, pack = Base, all.Law[Base]
	}
	if _, ok := a.packs[place]; !ok {
		a.packs[place] = Pack{Base: pack.Base, Version: pack.Version, Rules: map[string][]Law{}}
	}
	kept := a.packs[place].Rules[topic]
	if law == nil || slices.ContainsFunc(kept, func(l Law) bool { return l.To == law.To }) {
		return
	}
	one := *law
	one.Text = map[string]string{}
	for _, lang := range []string{"en", a.language} {
		if text, ok := law.Text[lang]; ok {
			one.Text[lang] = text
		}
	}
	a.packs[place].Rules[topic] = append(kept, one) // the version that follows it may be asked for too, and ends another day
}

// purpose copies every version: a consent keeps the scope of its own day.
func (r *Rules) purpose(all *Rules, id string) {
	versions, ok := all.Purposes[id]
	if !ok {
		return
	}
	if r.Purposes == nil {
		r.Purposes = map[string][]Purpose{}
	}
	r.Purposes[id] = versions
}

// source copies every version: an act is graded by the one of its own day.
func (r *Rules) source(all *Rules, id string) {
	versions, ok := all.Sources[id]
	if !ok {
		return
	}
	if r.Sources == nil {
		r.Sources = map[string][]Source{}
	}
	r.Sources[id] = versions
	for _, v := range versions {
		r.notice(all, v.Notice)
	}
}

// notice copies every version: later ones may ask for the consent again.
func (r *Rules) notice(all *Rules, id string) {
	versions, ok := all.Notices[id]
	if !ok {
		return
	}
	if r.Notices == nil {
		r.Notices = map[string][]Notice{}
	}
	r.Notices[id] = versions
}
