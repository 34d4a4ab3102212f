// SPDX-License-Identifier: Apache-2.0

// Package sample fills a store with a lived-in fictional shop: 2 000 invented
// people and three years of their choices, from web shop, newsletter form, fair
// cards, social ads, an old list and a bought one; with withdrawals, objections,
// weak proofs and an erasure; customers written to without a consent, where the
// conditions are met; a catalogue posted on a balanced interest; calls, with the
// register of oppositions asked in time and too late; a child; somebody who lives
// abroad; browsers that nobody is known by, in the last months; and, in the last
// weeks, people whom Lecito asks to confirm, and people who ask for their data.
// Nobody in it exists: addresses end in .example (RFC 2606), network
// addresses are those of RFC 5737.
//
// The same seed gives the same people and the same story, so that tests and
// screenshots stand still. The clock of the store is moved through the three
// years, so "recorded" is as invented as everything else.
package sample

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/lawful"
)

// Organisation is the id of the fictional shop.
const Organisation = "bottega"

// Begins is the shop's first day on record.
func Begins() time.Time { return time.Date(2023, 10, 2, 7, 0, 0, 0, time.UTC) }

// Ends is its last.
func Ends() time.Time { return time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC) }

// Store is what the sample is told to.
type Store struct {
	DB       *db.DB
	Clock    *clock.Manual // of the store; moved from Begins to Ends
	Register *register.Service
	Choices  *choice.Service
	Rights   *rights.Service

	// Requests and Post are what the last weeks need; nil both: they are not told.
	Requests *request.Service
	Post     Post
}

// Post is how the people of the story are written to, and what they answer.
type Post interface {
	choice.Follower
	// Bring hands over what is due.
	Bring(ctx context.Context) error
	// Press sends the form of the page that the latest message to an address leads to.
	Press(ctx context.Context, address string, fields url.Values) error
	// Sweep forgets the messages that have had their time.
	Sweep(ctx context.Context) error
}

// Fill makes the sample. progress is called now and then with what is done of what there is.
func (s Store) Fill(ctx context.Context, people int, progress func(done, total int)) error {
	s.Clock.Set(Begins())
	doc, err := register.Parse(declared.Bottega, "bottega.yaml")
	if err != nil {
		return err
	}
	if _, err := s.Register.Apply(ctx, actor("apply").By(), "", doc, false); err != nil {
		return fmt.Errorf("declare the sample shop: %w", err)
	}
	told := newStory(doc)
	told.asks = s.Post != nil
	acts := told.tell(people)
	slices.SortStableFunc(acts, func(a, b act) int { return cmp.Compare(a.recorded.Unix(), b.recorded.Unix()) })
	for done := 0; done < len(acts); {
		n := together(acts[done:])
		if err := s.tell(ctx, acts[done:done+n]); err != nil {
			return fmt.Errorf("tell the sample: %w", err)
		}
		done += n
		progress(done, len(acts))
	}
	return s.end(ctx)
}

// halfDay is how much of the story one transaction tells.
const halfDay = 12 * time.Hour

// together is how many acts are told at once: those of half a day, what has a
// transaction of its own apart.
func together(acts []act) int {
	if acts[0].do != nil {
		return 1
	}
	day := acts[0].recorded.Truncate(halfDay)
	n := slices.IndexFunc(acts, func(a act) bool { return a.do != nil || !a.recorded.Truncate(halfDay).Equal(day) })
	if n < 0 {
		return len(acts)
	}
	return n
}

// tell has acts happen, and what follows from them.
func (s Store) tell(ctx context.Context, acts []act) error {
	last := acts[len(acts)-1]
	s.Clock.Set(last.recorded)
	lately := s.Post != nil && !last.recorded.Before(Asks())
	if lately {
		s.Choices.Follow(s.Post)
	}
	tell := s.play
	if last.do != nil {
		tell = func(ctx context.Context, _ []act) error { return last.do(ctx, s) }
	}
	if err := tell(ctx, acts); err != nil || !lately || !slices.ContainsFunc(acts, act.written) {
		return err
	}
	return s.Post.Bring(ctx)
}

// play records one half day, through the same door as everybody else.
func (s Store) play(ctx context.Context, acts []act) error {
	return s.DB.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		rules, err := s.Register.Rules(ctx, tx, Organisation)
		if err != nil {
			return err
		}
		by := map[string][]choice.Record{}
		for _, a := range acts {
			record, err := a.record(rules, s.Clock.Now())
			if err != nil {
				return err
			}
			by[a.by] = append(by[a.by], record)
		}
		for _, who := range slices.Sorted(maps.Keys(by)) {
			results, err := s.Choices.RecordBlock(ctx, tx, actor(who), by[who])
			if err != nil {
				return err
			}
			for _, r := range results {
				if r.Err != nil {
					return r.Err
				}
			}
		}
		return nil
	})
}

// end erases the one person of the story who asked for it, and takes the clock to the last day.
func (s Store) end(ctx context.Context) error {
	s.Clock.Set(Ends())
	_, err := s.Rights.Erase(ctx, actor("customer-care"), rights.Request{
		Subject: choice.Subject{Email: Erased}, Request: "REQ-2026-0017",
	})
	if err != nil {
		return fmt.Errorf("erase in the sample: %w", err)
	}
	if s.Post == nil {
		return nil
	}
	return s.Post.Sweep(ctx)
}

// act is one thing that somebody does in the story.
type act struct {
	by       string // which system tells it
	recorded time.Time
	choices  *choice.Request                          // either this
	facts    *choice.FactsRequest                     // or this
	asked    bool                                     // about which a message asks
	do       func(ctx context.Context, s Store) error // or this, by itself
}

// written says whether somebody may have to be written to about it.
func (a act) written() bool { return a.do != nil || a.asked }

func (a act) record(rules *lawful.Rules, now time.Time) (choice.Record, error) {
	if a.facts != nil {
		return choice.FromFacts(rules, actor(a.by), *a.facts, now)
	}
	return choice.FromRequest(rules, actor(a.by), *a.choices, now)
}

func actor(id string) access.Actor {
	if id == shopSite { // as the site's public key
		return access.Actor{Org: Organisation, Kind: access.KindKey, ID: id, Scopes: []string{access.ScopeCollect}}
	}
	return access.Actor{Org: Organisation, Kind: access.KindKey, ID: id, Scopes: []string{access.ScopeAdmin}}
}
