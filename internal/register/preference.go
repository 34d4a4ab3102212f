// SPDX-License-Identifier: Apache-2.0

package register

import (
	"slices"
	"time"

	"github.com/lecito/lecito/lawful"
)

// Choosable says whether a person can decide about the purpose: never about what
// a contract, the law or a life needs.
func (p Purpose) Choosable() bool {
	if p.Marketing {
		return true
	}
	switch p.Basis {
	case lawful.BasisContract, lawful.BasisLegalObligation, lawful.BasisVitalInterests:
		return false
	}
	return true
}

// Optional lists the kinds of data that the purpose can do without.
func (p Purpose) Optional() []Data {
	return slices.DeleteFunc(slices.Clone(p.Data), func(d Data) bool { return !d.Optional })
}

// Liked is how a person likes what is done for a purpose. Nothing in it permits
// or denies: it is read after a decision that permits.
type Liked struct {
	Topics []string   // of those offered; all of them where the person chose none
	Rhythm string     // "" where the purpose offers none
	At     *time.Time // when they chose; nil: they never did
	Entry  string     // of the ledger
}

// Liked reads a history for the last preference of the person about the purpose.
// What is no longer offered falls away; where nothing of it is left, it is as if
// they had not chosen.
func (p Purpose) Liked(history []lawful.Recorded) Liked {
	out := Liked{Topics: ids(p.Topics)}
	if len(p.Rhythms) > 0 {
		out.Rhythm = p.Rhythms[0].ID
	}
	var last *lawful.Recorded
	for i := range history {
		f := &history[i]
		if f.Kind == lawful.KindPreference && f.Purpose == p.ID && (last == nil || later(f, last)) {
			last = f
		}
	}
	if last == nil {
		return out
	}
	out.At, out.Entry = &last.Happened, last.Entry
	chosen := slices.DeleteFunc(ids(p.Topics), func(id string) bool { return !slices.Contains(last.Topics, id) })
	if len(chosen) > 0 {
		out.Topics = chosen
	}
	if slices.Contains(ids(p.Rhythms), last.Rhythm) {
		out.Rhythm = last.Rhythm
	}
	return out
}

// Offers says whether the purpose offers what a preference names, and nothing
// to choose among is left out.
func (p Purpose) Offers(topics []string, rhythm string) bool {
	offered := ids(p.Topics)
	for i, t := range topics {
		if !slices.Contains(offered, t) || slices.Contains(topics[:i], t) {
			return false
		}
	}
	return (len(topics) > 0) == (len(offered) > 0) && (rhythm == "" && len(p.Rhythms) == 0 || slices.Contains(ids(p.Rhythms), rhythm))
}

// Preferable says whether the purpose offers anything to choose among.
func (p Purpose) Preferable() bool { return len(p.Topics)+len(p.Rhythms) > 0 }

func later(a, b *lawful.Recorded) bool {
	if !a.Happened.Equal(b.Happened) {
		return a.Happened.After(b.Happened)
	}
	return !a.Recorded.Before(b.Recorded)
}

func ids(options []Option) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = o.ID
	}
	return out
}
