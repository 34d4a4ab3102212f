// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
)

// Reachable is how many subjects have an identifier that a use is permitted for.
type Reachable struct {
	Purpose string    `json:"purpose"`
	Channel string    `json:"channel"`
	People  int64     `json:"people"`
	AsOf    time.Time `json:"as_of"`
}

// Reachable counts, from memory, who may be contacted now. Where memory is not up
// to date it is brought so first; until everybody was read once, it is a problem.
func (s *Service) Reachable(ctx context.Context, actor access.Actor, use Use) (Reachable, error) {
	r := Reachable{Purpose: use.Purpose, Channel: use.Channel}
	if err := actor.Require(access.ScopeCheck, access.ScopeSubjects); err != nil {
		return r, err
	}
	for range 3 { // people go on choosing while others are counted
		if !s.memory.whole(actor.Org) {
			break
		}
		r.AsOf = s.db.Now()
		if st := s.memory.sure(actor.Org); st != nil && st.index.Fresh(r.AsOf) {
			place := st.index.Use(use)
			if place < 0 {
				return r, problem.New(problem.Invalid, "invalid_question", "This purpose is not declared on this channel.")
			}
			var exact bool
			if r.People, exact = st.index.Count(place); exact && s.memory.sure(actor.Org) == st {
				return r, nil
			}
		}
		if err := s.memory.Settle(ctx); err != nil {
			return r, err
		}
	}
	return r, problem.New(problem.Unavailable, "not_counted_yet", "Not everybody has been read yet. Ask again in a few seconds.")
}

// whole tells whether everybody of an organisation was read once.
func (m *Memory) whole(org string) bool {
	if m == nil {
		return false
	}
	s := m.of(org).state.Load()
	return s != nil && s.index.Complete()
}
