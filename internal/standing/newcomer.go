// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"slices"

	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Newcomers is told by the subjects: whom a transaction begins need not be read,
// unless the index has become another one meanwhile or knows of something newer.
func (m *Memory) Newcomers(org string) func(all []subject.Newcomer, unknown bool) {
	o := m.of(org)
	before := o.state.Load()
	mark := uint64(0)
	if before != nil {
		mark = before.index.Mark()
	}
	return func(all []subject.Newcomer, unknown bool) {
		s := o.state.Load()
		if s == nil {
			return
		}
		stood := make([]index.Subject, len(all))
		if before != nil && s.index == before.index && !unknown {
			_ = seal.Each(len(all), func(i int) error { // never fails
				stood[i] = s.newcomer(all[i])
				return nil
			})
		}
		for i, n := range all {
			if len(stood[i].Identifiers) > 0 && s.index.Begun(mark, stood[i]) {
				for _, f := range n.History {
					s.told.Add(f.Entry)
				}
				continue
			}
			s.index.Attached(s.keys(n.Identifiers)...)
			m.Changed(org, []string{n.Chain}, unknown)
		}
	}
}

// newcomer is how a newcomer stands, as reading them would tell; without identifiers:
// they have to be read.
func (s *state) newcomer(n subject.Newcomer) index.Subject {
	key, ok := index.Chain(n.Chain)
	if !ok || len(n.History) == 0 {
		return index.Subject{}
	}
	x := index.Subject{Read: n.History[0].Recorded, Chain: key}
	person := subject.Person{Chains: []string{n.Chain}, History: n.History}
	for _, id := range n.Identifiers {
		c := cased{
			rules:    s.rules,
			question: lawful.Question{Identifier: []lawful.Identifier{id}, At: x.Read, KnownAt: x.Read},
			person:   lawful.Person{Known: true, History: slices.Clone(n.History)},
			chains:   person.Chains,
		}
		x.Identifiers = append(x.Identifiers, stood(s, &c, person))
	}
	return x
}
