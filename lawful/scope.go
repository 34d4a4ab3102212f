// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"cmp"
	"slices"
	"time"
)

// purposeAt is the version of a purpose in force at an instant, nil when there is none.
func (r *Rules) purposeAt(id string, at time.Time) *Purpose {
	return inForce(r.Purposes[id], at, func(p *Purpose) *time.Time { return p.From })
}

// sourceAt is the version of a source in force at an instant.
func (r *Rules) sourceAt(id string, at time.Time) *Source {
	return inForce(r.Sources[id], at, func(s *Source) *time.Time { return s.From })
}

// sourceThen is the source of a fact as it was when the fact happened; for a
// fact older than every version, the oldest.
func (r *Rules) sourceThen(f Fact) *Source {
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
	p := r.purposeAt(id, at)
	return p == nil || p.Marketing
}

// bearing returns the facts that count for a question, in their order: those
// that had happened by At and were recorded by KnownAt.
func bearing(history []Recorded, q Question) []*Recorded {
	facts := make([]*Recorded, 0, len(history))
	for i := range history {
		f := &history[i]
		if f.Happened.After(q.At) || !q.KnownAt.IsZero() && f.Recorded.After(q.KnownAt) {
			continue
		}
		facts = append(facts, f)
	}
	slices.SortFunc(facts, inOrder)
	return facts
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
func (j *judge) targets() []target {
	for _, id := range j.q.Identifier {
		if Reaches(j.q.Channel, id.Kind) {
			return []target{{id: id}}
		}
	}
	for _, id := range j.q.Identifier {
		if id.Kind != IDSource {
			continue
		}
		if tied := j.tiedTo(id); len(tied) > 0 {
			return tied
		}
		return []target{{id: id}}
	}
	return []target{{}}
}

func (j *judge) tiedTo(id Identifier) []target {
	var tied []target
	for _, f := range j.facts {
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
	if f.Source != number.Source || stopping(f) {
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
func ofSource(x Identifier, f *Recorded) Identifier {
	if x.Kind == IDSource && x.Source == "" {
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
	for _, f := range j.facts {
		if f.Chain == chain && ties(f, number) && slices.ContainsFunc(f.Identifiers, func(o Identifier) bool { return same(o, x) }) {
			return true
		}
	}
	return false
}
