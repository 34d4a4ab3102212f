// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Impact is what other rules would mean for everybody on record, before
// anything is changed.
type Impact struct {
	Taken  time.Time   `json:"taken"`
	People int64       `json:"people"` // who were asked about
	Uses   []UseImpact `json:"uses"`   // whose rules differ; of all others nobody's answer changes
	Same   int         `json:"same"`   // how many purposes on channels those are
}

// UseImpact is what they would mean for one purpose on one channel.
type UseImpact struct {
	Purpose string           `json:"purpose"`
	Channel string           `json:"channel"`
	People  int64            `json:"people"`  // whom the channel reaches
	Before  int64            `json:"before"`  // of them: reachable by the rules in force
	After   int64            `json:"after"`   // and by the others
	Gained  int64            `json:"gained"`  // become reachable
	Lost    int64            `json:"lost"`    // stop being so
	Reasons map[string]int64 `json:"reasons"` // people by the reason they would have
	Turns   []Turn           `json:"turns"`
	Sample  []Turned         `json:"sample,omitempty"` // of those who are gained or lost
}

// Turn counts the people whose reason would become another.
type Turn struct {
	From  lawful.Reason `json:"from"`
	To    lawful.Reason `json:"to"`
	Count int64         `json:"count"`
}

// Turned is one of them, by pseudonym.
type Turned struct {
	Subject string        `json:"subject"`
	From    lawful.Reason `json:"from"`
	To      lawful.Reason `json:"to"`
}

// mostTurned is how many people a sample of one purpose and channel names.
const mostTurned = 20

// Proposed reads the rules as they would be, in a snapshot.
type Proposed func(ctx context.Context, tx *db.ReadTx) (*lawful.Rules, error)

// Impact decides about everybody by the rules in force and by others, as of one
// instant, and counts whose answer changes. Only purposes on channels whose
// rules differ are asked about. tell may be nil; it is called as the work goes
// on. Whoever may not look people up gets no sample.
func (s *Service) Impact(ctx context.Context, actor access.Actor, others Proposed, tell func(Walked)) (Impact, error) {
	if err := actor.Require(access.ScopeCheck, access.ScopeSubjects); err != nil {
		return Impact{}, err
	}
	t := turning{named: actor.May(access.ScopeSubjects)}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		t.at = tx.Now()
		var err error
		if t.before, err = s.rules.Rules(ctx, tx, actor.Org); problem.Is(err, problem.NotFound) {
			t.before, err = &lawful.Rules{}, nil // nothing was declared yet
		}
		if err != nil {
			return err
		}
		if t.after, err = others(ctx, tx); err != nil {
			return err
		}
		t.after.Balancing, err = s.rules.Tests(ctx, tx, actor.Org) // also where no purpose rests on one yet
		return err
	})
	if err != nil {
		return Impact{}, err
	}
	uses, same := touched(t.before, t.after, t.at)
	for _, use := range uses {
		t.uses = append(t.uses, &useTurns{use: use, turns: map[Turn]int64{}, out: UseImpact{
			Purpose: use.Purpose, Channel: use.Channel, Reasons: map[string]int64{},
		}})
	}
	w := &walk{Service: s, org: actor.Org, tell: tell}
	if len(uses) > 0 {
		if err := w.everybody(ctx, t.visit); err != nil {
			return Impact{}, err
		}
	}
	return Impact{Taken: t.at, People: w.far.People, Uses: t.result(), Same: same}, nil
}

// turning compares two sets of rules, person by person.
type turning struct {
	before, after *lawful.Rules
	at            time.Time
	named         bool
	uses          []*useTurns
}

type useTurns struct {
	use   Use
	turns map[Turn]int64 // Count is not part of the key
	out   UseImpact
}

func (t *turning) visit(p somebody) {
	for _, u := range t.uses {
		was, reached := p.best(t.before, u.use, t.at)
		if !reached {
			continue
		}
		is, _ := p.best(t.after, u.use, t.at)
		u.count(was, is)
		if t.named && was.Permitted != is.Permitted && len(u.out.Sample) < mostTurned {
			u.out.Sample = append(u.out.Sample, Turned{p.chain, was.Reason, is.Reason})
		}
	}
}

func (u *useTurns) count(was, is lawful.Decision) {
	u.out.People++
	u.out.Reasons[string(is.Reason)]++
	if was.Permitted {
		u.out.Before++
	}
	if is.Permitted {
		u.out.After++
	}
	switch {
	case is.Permitted && !was.Permitted:
		u.out.Gained++
	case was.Permitted && !is.Permitted:
		u.out.Lost++
	}
	if was.Reason != is.Reason {
		u.turns[Turn{From: was.Reason, To: is.Reason}]++
	}
}

// result lists the turns: those that gain or lose people first, then by number.
func (t *turning) result() []UseImpact {
	out := []UseImpact{}
	for _, u := range t.uses {
		u.out.Turns = []Turn{}
		for turn, n := range u.turns {
			turn.Count = n
			u.out.Turns = append(u.out.Turns, turn)
		}
		slices.SortFunc(u.out.Turns, func(a, b Turn) int {
			return cmp.Or(b.matters()-a.matters(), cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
		})
		out = append(out, u.out)
	}
	return out
}

// matters is 1 for a turn that gains or loses people.
func (t Turn) matters() int {
	if t.From.Permits() != t.To.Permits() {
		return 1
	}
	return 0
}
