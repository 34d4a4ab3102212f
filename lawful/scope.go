// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"cmp"
	"slices"
	"time"
)

// PurposeAt is the version of a purpose in force at an instant, nil when there is none.
func (r *Rules) PurposeAt(id string, at time.Time) *Purpose {
	return inForce(r.Purposes[id], at, func(p *Purpose) *time.Time { return p.From })
}

// sourceAt is the version of a source in force at an instant.
func (r *Rules) sourceAt(id string, at time.Time) *Source {
	return inForce(r.Sources[id], at, func(s *Source) *time.Time { return s.From })
}

// sourceVersion tells which version of its source a fact came through, from 0.
func (r *Rules) sourceVersion(f *Fact) int {
	then, versions := r.sourceThen(f), r.Sources[f.Source]
	for i := range versions {
		if &versions[i] == then {
			return i
		}
	}
	return 0
}

// sourceThen is the source of a fact as it was when the fact happened; for a
// fact older than every version, the oldest.
func (r *Rules) sourceThen(f *Fact) *Source {
	if s := r.sourceAt(f.Source, f.Happened); s != nil {
		return s
	}
	if all := r.Sources[f.Source]; len(all) > 0 {
		return &all[0]
	}
	return nil
}

// inForce picks the version with the latest beginning that is not after the
// instant; nil begins before everything; of equal beginnings the later listed.
func inForce[T any](versions []T, at time.Time, from func(*T) *time.Time) *T {
	var best *T
	for i := range versions {
		v := &versions[i]
		begins := from(v)
		if begins != nil && begins.After(at) {
			continue
		}
		if best == nil || from(best) == nil || begins != nil && !begins.Before(*from(best)) {
			best = v
		}
	}
	return best
}

// marketing tells whether a purpose that an objection names is marketing. One
// that is not declared counts as marketing: the stricter reading.
func (r *Rules) marketing(id string, at time.Time) bool {
	p := r.PurposeAt(id, at)
	return p == nil || p.Marketing
}

// kinds is a set of the kinds of fact in a history that some rules ask for.
type kinds uint32

func kindBit(kind string) kinds {
	switch kind {
	case KindChoice:
		return 1
	case KindBlocked:
		return 1 << 1
	case KindRestriction:
		return 1 << 2
	case KindDeceased:
		return 1 << 3
	case KindUndeliverable:
		return 1 << 4
	case KindBirthDate:
		return 1 << 5
	case KindDeclaredAge:
		return 1 << 6
	case KindParentalConsent:
		return 1 << 7
	case KindResidence:
		return 1 << 8
	case KindRelationOpened:
		return 1 << 9
	case KindRegisterChecked:
		return 1 << 10
	case KindRegisterListed:
		return 1 << 11
	case KindSignal:
		return 1 << 12
	case KindContacted:
		return 1 << 13
	}
	return 0
}

func (k kinds) has(kind string) bool { return k&kindBit(kind) != 0 }

// bearing returns the facts that count for a question, in their order, and
// their kinds: those that had happened by At and were recorded by KnownAt. A
// history that is in order, and known, is not copied.
func bearing(history []Recorded, q *Question) ([]Recorded, kinds) {
	var found kinds
	for i := range history {
		f := &history[i]
		if f.Happened.After(q.At) {
			if orderly(history[i:], q) {
				return history[:i], found
			}
			return copied(history, q)
		}
		if !knownThen(f, q) || i > 0 && inOrder(&history[i-1], f) > 0 {
			return copied(history, q)
		}
		found |= kindBit(f.Kind)
	}
	return history, found
}

func knownThen(f *Recorded, q *Question) bool {
	return q.KnownAt.IsZero() || !f.Recorded.After(q.KnownAt)
}

// orderly tells that none of the facts had happened yet.
func orderly(rest []Recorded, q *Question) bool {
	for i := range rest {
		if !rest[i].Happened.After(q.At) {
			return false
		}
	}
	return true
}

func copied(history []Recorded, q *Question) ([]Recorded, kinds) {
	var facts []Recorded
	var found kinds
	for i := range history {
		if f := &history[i]; !f.Happened.After(q.At) && knownThen(f, q) {
			facts = append(facts, *f)
			found |= kindBit(f.Kind)
		}
	}
	Sort(facts)
	return facts, found
}

// Sort puts a history in the order in which decisions read it.
func Sort(history []Recorded) {
	slices.SortFunc(history, func(a, b Recorded) int { return inOrder(&a, &b) })
}

// inOrder is the order of state: when it happened, then when and where it was recorded.
func inOrder(a, b *Recorded) int {
	return cmp.Or(a.Happened.Compare(b.Happened), a.Recorded.Compare(b.Recorded),
		cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Entry, b.Entry))
}

// same tells whether two identifiers are one; only numbers of a source have a source.
func same(a, b Identifier) bool {
	return a.Kind == b.Kind && a.Value == b.Value && (a.Kind != IDSource || a.Source == b.Source)
}

// target is what must be covered by a yes: an identifier and, where the
// question named a source's number, the chain whose source ties the two. That
// chain's yes is the only one that counts for it: otherwise a link between two
// subjects would permit what neither permits.
type target struct {
	id    Identifier
	chain string // empty: any
}

// targets says which identifiers the question is about: the first that the
// channel reaches; or all that the source ties to the number asked about, or
// that number itself. A question without either has one empty target, which
// nothing covers.
func (j *judge) targets(one []target) []target {
	for _, id := range j.q.Identifier {
		if Reaches(j.q.Channel, id.Kind) {
			return append(one, target{id: id})
		}
	}
	for _, id := range j.q.Identifier {
		if id.Kind != IDSource {
			continue
		}
		if tied := j.tiedTo(id); len(tied) > 0 {
			return tied
		}
		return append(one, target{id: id})
	}
	return append(one, target{})
}

func (j *judge) tiedTo(id Identifier) []target {
	var tied []target
	for i := range j.facts {
		f := &j.facts[i]
		if !ties(f, id) {
			continue
		}
		for _, x := range f.Identifiers {
			t := target{id: x, chain: f.Chain}
			known := slices.ContainsFunc(tied, func(o target) bool { return o.chain == t.chain && same(o.id, t.id) })
			if Reaches(j.q.Channel, x.Kind) && !known {
				tied = append(tied, t)
			}
		}
	}
	return tied
}

// ties tells whether a fact is the word of a source about its own number. What
// only stops something ties nothing: a no must never open a way for a yes.
func ties(f *Recorded, number Identifier) bool {
	if f.Source != number.Source || stopping(f) || f.aside() {
		return false
	}
	return slices.ContainsFunc(f.Identifiers, func(x Identifier) bool { return same(ofSource(x, f), number) })
}

func stopping(f *Recorded) bool {
	switch f.Kind {
	case KindBlocked, KindUndeliverable, KindRestriction, KindDeceased:
		return true
	case KindChoice:
		return f.Choice == nil || f.Choice.Choice != Given && f.Choice.Choice != Confirmed
	}
	return false
}

// ofSource completes a number that leaves its source unsaid: it is the fact's.
// Of any other identifier the source is not read.
func ofSource(x Identifier, f *Recorded) Identifier {
	if x.Source == "" {
		x.Source = f.Source
	}
	return x
}

// names tells whether a fact speaks of an identifier on the asked channel: it
// names it; or it names nothing the channel reaches but a source's number, which
// stands for what that source reaches.
func (j *judge) names(f *Recorded, x Identifier) bool {
	if x.Kind == "" {
		return false
	}
	reached := false
	for _, id := range f.Identifiers {
		if Reaches(j.q.Channel, id.Kind) {
			if same(ofSource(id, f), x) {
				return true
			}
			reached = true
		}
	}
	if reached {
		return false
	}
	for _, id := range f.Identifiers {
		if id = ofSource(id, f); id.Kind == IDSource && (same(id, x) || j.tied(f.Chain, id, x)) {
			return true
		}
	}
	return false
}

// tied tells whether, in one chain, a source says that its number is that identifier's holder.
func (j *judge) tied(chain string, number, x Identifier) bool {
	for i := range j.facts {
		f := &j.facts[i]
		if f.Chain == chain && ties(f, number) && slices.ContainsFunc(f.Identifiers, func(o Identifier) bool { return same(o, x) }) {
			return true
		}
	}
	return false
}
