// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Tally counts how everybody stands. It names nobody.
type Tally struct {
	Taken    time.Time
	People   int64
	Browsers int64                    // of the people: those of whom only a browser is known
	Complete bool                     // false: there are more people than were asked about
	Months   []Month                  // the last twelve, the oldest first
	Standing map[Use]map[string]int64 // people by reason: of those the channel reaches
	Ending   map[Use]int64            // of those reachable: who stop being so within ExpiringDays
	First    map[Use]time.Time        // and when the first of them does

	ahead *ahead // of the count under way
}

// Use is a purpose on a channel.
type Use = index.Use

// Month counts the choices that happened in it, by their word.
type Month struct {
	Begins  time.Time
	Choices map[string]int64
}

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
		var people []somebody
		err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
			var err error
			if people, err = s.readBlock(ctx, tx, actor.Org, after, n); err != nil {
				return err
			}
			return s.tallyBlock(ctx, tx, actor.Org, people, &t)
		})
		if err != nil {
			return Tally{}, err
		}
		if int64(len(people)) < n {
			t.Complete = true
			break
		}
		after = people[len(people)-1].chain
	}
	t.ahead = nil
	return t, nil
}

func (s *Service) tallyBlock(ctx context.Context, tx *db.ReadTx, org string, people []somebody, t *Tally) error {
	rules, err := s.rules.Rules(ctx, tx, org)
	if err != nil {
		return err
	}
	if t.Taken.IsZero() {
		t.begin(tx.Now(), rules)
	}
	purposes := declared(rules, t.Taken)
	for _, p := range people {
		t.People++
		if subject.OnlyBrowser(p.held) {
			t.Browsers++
		}
		t.happened(p.history, p.chain)
		for _, purpose := range purposes {
			for _, channel := range purpose.Channels {
				t.stands(rules, p, Use{Purpose: purpose.ID, Channel: channel})
			}
		}
	}
	return nil
}

// begin lays out the months, in the organisation's time zone.
func (t *Tally) begin(now time.Time, rules *lawful.Rules) {
	t.Taken = now
	t.ahead = new(lookAhead(rules, now, ExpiringDays))
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
		if f.Choice == nil || f.Choice.Data != "" || f.Chain != chain {
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

// stands counts one person for one use.
func (t *Tally) stands(rules *lawful.Rules, p somebody, use Use) {
	best, reached := p.best(rules, use, t.Taken)
	if !reached {
		return
	}
	if t.Standing[use] == nil {
		t.Standing[use] = map[string]int64{}
	}
	t.Standing[use][string(best.Reason)]++
	if lost, _ := t.ahead.fate(p.rested(), use); !lost.at.IsZero() {
		t.Ending[use]++
		if first, ok := t.First[use]; !ok || lost.at.Before(first) {
			t.First[use] = lost.at
		}
	}
}
