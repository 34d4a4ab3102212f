// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"slices"
	"time"

	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/lawful"
)

// Run answers one question about now for many people, from memory. It keeps its
// instant: what changes while it goes on it leaves to be asked of the store, as of
// that instant.
type Run struct {
	memory *Memory
	org    string
	state  *state
	run    *index.Run
	use    int
	kind   string
	source string
	at     time.Time

	keys  []index.Key
	found []index.Found
}

// Run begins one about identifiers of a kind (the source: whose customer
// numbers they are), at an instant that is now, with permissions that are to hold until
// another. False: memory can't tell; the store has to be asked. A run is used by
// one goroutine, and closed.
func (s *Service) Run(org string, q Question, kind string, now, until time.Time) (*Run, bool) {
	if !q.plain() || !reaches(q.Channel, kind) {
		return nil, false
	}
	st := s.memory.sure(org)
	if st == nil {
		return nil, false
	}
	r := &Run{memory: s.memory, org: org, state: st, kind: kind, at: now}
	if kind == lawful.IDSource {
		r.source = q.Source
	}
	if r.use = st.index.Use(Use{Purpose: q.Purpose, Channel: q.Channel}); r.use < 0 {
		return nil, false
	}
	var ok bool
	r.run, ok = st.index.Open(now, until, r.use)
	return r, ok
}

// Close ends the run.
func (r *Run) Close() { r.run.Close() }

// Sure tells whether the answers given since it was last asked are good. They
// are not when what is declared changed meanwhile.
func (r *Run) Sure() bool { return r.memory.sure(r.org) == r.state }

// Look tells how an identifier stood when the run began; nil: the store has to be asked.
func (r *Run) Look(name []byte) *index.Answer {
	found, known := r.run.Look(r.state.index.KeyOf(r.kind, r.source, name))
	a := r.answer(found, known, name)
	if a != nil {
		r.memory.answered.Add(1)
	}
	return a
}

func (r *Run) answer(found *index.Answer, known index.State, name []byte) *index.Answer {
	switch {
	case known != index.Unknown:
		return found
	case r.state.tombs.Empty(): // nothing to look the name up in
		return r.state.nobody[r.use]
	}
	return r.state.answer(nil, known, lawful.Identifier{Kind: r.kind, Source: r.source, Value: string(name)}, r.use)
}

// LookMany is Look for many, in their order.
func (r *Run) LookMany(names [][]byte, out []*index.Answer) {
	r.keys, r.found = slices.Grow(r.keys[:0], len(names)), slices.Grow(r.found[:0], len(names))[:len(names)]
	for _, name := range names {
		r.keys = append(r.keys, r.state.index.KeyOf(r.kind, r.source, name))
	}
	r.run.LookMany(r.keys, r.found)
	answered := int64(0)
	for i, f := range r.found {
		if out[i] = r.answer(f.Answer, f.State, names[i]); out[i] != nil {
			answered++
		}
	}
	r.memory.answered.Add(answered)
}

// Until says that permissions are to hold no longer than until an instant.
func (r *Run) Until(until time.Time) { r.run.Until(until) }

// Text is the explanation of an answer in a language.
func (r *Run) Text(a *index.Answer, language string) string {
	return a.Text(language, r.state.rules, r.at)
}
