// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Tally counts how everybody stands. It names nobody.
type Tally struct {
	Taken    time.Time
	People   int64
	Complete bool                     // false: there are more people than were asked about
	Months   []Month                  // the last twelve, the oldest first
	Standing map[Use]map[string]int64 // people by reason: of those the channel reaches
	Ending   map[Use]int64            // consents that end within the horizon
	First    map[Use]time.Time        // and when the first of them does
}

// Use is a purpose on a channel.
type Use struct{ Purpose, Channel string }

// Month counts the choices that happened in it, by their word.
type Month struct {
	Begins  time.Time
	Choices map[string]int64
}

// Horizon is how far ahead the end of a consent is looked for.
const Horizon = 30 * 24 * time.Hour

const (
	months     = 12
	tallyBlock = 500
)

// Tally goes through the people, a block at a time, each from a snapshot of its
// own, so that a long count holds nothing up; most is how many people at most.
func (s *Service) Tally(ctx context.Context, actor access.Actor, most int64) (Tally, error) {
	if err := actor.Require(access.ScopeCheck, access.ScopeSubjects); err != nil {
		return Tally{}, err
	}
	t := Tally{Standing: map[Use]map[string]int64{}, Ending: map[Use]int64{}, First: map[Use]time.Time{}}
	for after := ""; t.People < most; {
		n := min(tallyBlock, most-t.People)
		var chains []string
		err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
			var err error
			if chains, err = selectSubjects(ctx, tx, actor.Org, after, n); err != nil {
				return err
			}
			return s.tallyBlock(ctx, tx, actor.Org, chains, &t)
		})
		if err != nil {
			return Tally{}, err
		}
		if int64(len(chains)) < n {
			t.Complete = true
			return t, nil
		}
		after = chains[len(chains)-1]
	}
	return t, nil
}

func (s *Service) tallyBlock(ctx context.Context, tx *db.ReadTx, org string, chains []string, t *Tally) error {
	rules, err := s.rules.Rules(ctx, tx, org)
	if err != nil {
		return err
	}
	if t.Taken.IsZero() {
		t.begin(tx.Now(), rules)
	}
	persons, err := s.subjects.Persons(ctx, tx, org, chains, time.Time{})
	if err != nil {
		return err
	}
	held, err := s.subjects.Identifiers(ctx, tx, org, chains)
	if err != nil {
		return err
	}
	of := map[string][]subject.Held{}
	for _, h := range held {
		of[h.Chain] = append(of[h.Chain], h)
	}
	purposes := declared(rules, t.Taken)
	for _, chain := range chains {
		t.People++
		t.happened(persons[chain].History, chain)
		for _, p := range purposes {
			for _, channel := range p.Channels {
				t.stands(rules, persons[chain], of[chain], Use{p.ID, channel})
			}
		}
	}
	return nil
}

// begin lays out the months, in the organisation's time zone.
func (t *Tally) begin(now time.Time, rules *lawful.Rules) {
	t.Taken = now
	zone, err := time.LoadLocation(rules.Organisation.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	y, m, _ := now.In(zone).Date()
	for i := months - 1; i >= 0; i-- {
		t.Months = append(t.Months, Month{Begins: time.Date(y, m-time.Month(i), 1, 0, 0, 0, 0, zone), Choices: map[string]int64{}})
	}
}

// happened counts the choices of one subject; those of who is linked are counted with them.
func (t *Tally) happened(history []lawful.Recorded, chain string) {
	for _, f := range history {
		if f.Choice == nil || f.Chain != chain {
			continue
		}
		for i := len(t.Months) - 1; i >= 0; i-- {
			if !f.Happened.Before(t.Months[i].Begins) {
				t.Months[i].Choices[f.Choice.Choice]++
				break
			}
		}
	}
}

// stands counts one person for one use, by the best answer among the
// identifiers that reach them: one address that may be written to is enough.
func (t *Tally) stands(rules *lawful.Rules, person subject.Person, held []subject.Held, use Use) {
	var best *lawful.Decision
	for _, h := range held {
		if !lawful.Reaches(use.Channel, h.Kind) {
			continue
		}
		d := lawful.Decide(rules, lawful.Person{Known: true, History: person.History}, lawful.Question{
			Purpose: use.Purpose, Channel: use.Channel, Identifier: []lawful.Identifier{h.Identifier.Identifier},
			At: t.Taken, KnownAt: t.Taken,
		})
		if best == nil || d.Permitted {
			best = &d
		}
		if d.Permitted {
			break
		}
	}
	if best == nil {
		return
	}
	if t.Standing[use] == nil {
		t.Standing[use] = map[string]int64{}
	}
	t.Standing[use][string(best.Reason)]++
	if end := best.Until; best.Permitted && end != nil && end.Before(t.Taken.Add(Horizon)) {
		t.Ending[use]++
		if first, ok := t.First[use]; !ok || end.Before(first) {
			t.First[use] = *end
		}
	}
}
