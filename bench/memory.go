// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/lawful"
)

func memoryLines() []Line {
	return []Line{
		{
			Name: "memory", What: "memory of the index, one identifier a subject", Target: "<= 80 bytes a subject",
			Unit: "bytes", Goal: Goal{AtMost: 80}, Prepare: remembering(crowd{identifiers: 1, times: 1}, nil),
		},
		{
			Name: "memory", What: "memory of the index, a second identifier", Target: "<= 36 bytes",
			Unit: "bytes", Goal: Goal{AtMost: 36}, Prepare: furtherIdentifier,
		},
		{
			Name: "memory", What: "memory of the index with ten times the past events", Against: "with as many as there are",
			Target: "flat: <= 1.05 x", Unit: "bytes", Goal: Goal{AtMost: 1.05},
			Prepare: remembering(crowd{identifiers: 1, times: 10}, &crowd{identifiers: 1, times: 1}),
		},
	}
}

// crowd is invented people, held in memory straight from what they did: the
// standings are those that the rules give, without a store between.
type crowd struct {
	identifiers int // that each has: an e-mail address, and a telephone
	times       int // as many past events as whole invents
}

// remembering measures a crowd once: it is the same each time.
func remembering(c crowd, against *crowd) func(ctx context.Context, e *Env, p *Pair) error {
	return func(ctx context.Context, e *Env, p *Pair) error {
		measured, err := e.side(ctx, p, c)
		if err != nil {
			return err
		}
		p.Product = measured
		if against != nil {
			p.Peer, err = e.side(ctx, p, *against)
		}
		p.Notes = append(p.Notes, "live bytes of the heap a subject, people and standings put in without a store; the process takes up to twice that")
		return err
	}
}

func furtherIdentifier(ctx context.Context, e *Env, p *Pair) error {
	one, err := e.remember(ctx, p, crowd{identifiers: 1, times: 1})
	if err != nil {
		return err
	}
	two, err := e.remember(ctx, p, crowd{identifiers: 2, times: 1})
	p.Product = func(context.Context) (float64, error) { return max(0, two-one), nil }
	return err
}

func (e *Env) side(ctx context.Context, p *Pair, c crowd) (Side, error) {
	bytes, err := e.remember(ctx, p, c)
	return func(context.Context) (float64, error) { return bytes, nil }, err
}

// remember puts a crowd into an index and returns bytes a subject.
func (e *Env) remember(ctx context.Context, p *Pair, c crowd) (float64, error) {
	rules, err := e.rules(ctx, p)
	if err != nil {
		return 0, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	channels := map[string][]string{}
	for id := range rules.Purposes {
		channels[id] = rules.PurposeAt(id, now).Channels
	}
	before := live()
	x := index.New([16]byte{1}, channels, slices.Sorted(maps.Keys(channels)), rules.Turn(now))
	x.Begin()
	for n := range e.Size {
		if !x.Put(c.subject(x, rules, n, now)) {
			return 0, errors.New("somebody was not put in")
		}
	}
	x.End()
	bytes := float64(max(0, live()-before)) / float64(e.Size) // of a few people it is less than what else ends meanwhile
	size := x.Size()
	e.say("  %d identifiers, %d x events: %.1f bytes a subject; %d answers; bytes a subject: %.1f tables, %.1f standings, %.1f sets", c.identifiers, c.times,
		bytes, size.Answers, per(size.Tables, e), per(size.Standings, e), per(size.Sets, e))
	runtime.KeepAlive(x)
	return bytes, nil
}

func per(bytes int64, e *Env) float64 { return float64(bytes) / float64(e.Size) }

// live is the heap in use, once what ended before is gone: pools and finalizers
// let go of it in several rounds.
func live() int64 {
	var m runtime.MemStats
	last := int64(-1)
	for range 10 {
		runtime.GC()
		runtime.ReadMemStats(&m)
		if last >= 0 && last-int64(m.HeapAlloc) < 1<<10 {
			break
		}
		last = int64(m.HeapAlloc)
	}
	return int64(m.HeapAlloc)
}

// rules are what the invented shop declares, as the product reads them.
func (e *Env) rules(ctx context.Context, p *Pair) (*lawful.Rules, error) {
	dir, err := e.empty(ctx, p)
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, app.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	var rules *lawful.Rules
	err = a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rules, err = a.Standing.Rules(ctx, tx, "shop")
		return err
	})
	return rules, errors.Join(err, a.Close())
}

// subject is person n as who reads the store would put them in.
func (c crowd) subject(x *index.Index, rules *lawful.Rules, n int, now time.Time) index.Subject {
	p := whole(n, now.Truncate(24*time.Hour))
	history := p.history(c.times)
	lawful.Sort(history)
	var id [16]byte
	random := rand.New(rand.NewPCG(uint64(n), 1))
	binary.BigEndian.PutUint64(id[:], uint64(n)<<16)
	binary.BigEndian.PutUint64(id[8:], random.Uint64())
	chain, _ := index.Chain("sub_" + uuid.UUID(id).String())
	s := index.Subject{Read: now, Chain: chain}
	names := []lawful.Identifier{{Kind: lawful.IDEmail, Value: p.email}, {Kind: lawful.IDPhone, Value: fmt.Sprintf("+39333%07d", n)}}
	for _, name := range names[:c.identifiers] {
		s.Identifiers = append(s.Identifiers, stood(x, rules, name, lawful.Person{Known: true, History: history}, now))
	}
	return s
}

// stood decides all that can be asked about one identifier.
func stood(x *index.Index, rules *lawful.Rules, name lawful.Identifier, person lawful.Person, now time.Time) index.Identifier {
	uses := x.Uses()
	id := index.Identifier{
		Key: x.Key(name.Kind, name.Source, name.Value), Standing: make([]*lawful.Standing, len(uses)), Far: make([]*lawful.Standing, len(uses)),
	}
	for u, use := range uses {
		standing, lasts := lawful.Stand(rules, person, lawful.Question{
			Purpose: use.Purpose, Channel: use.Channel, Identifier: []lawful.Identifier{name}, At: now, KnownAt: now,
		})
		if lawful.Reaches(use.Channel, name.Kind) {
			id.Standing[u] = &standing
		} else {
			id.Far[u] = &standing
		}
		if !lasts.IsZero() && (id.Lasts.IsZero() || lasts.Before(id.Lasts)) {
			id.Lasts = lasts
		}
	}
	return id
}

// history is what an import makes of the acts; times: with so many times the
// acts, the others a month earlier each.
func (p person) history(times int) []lawful.Recorded {
	var all []lawful.Recorded
	add := func(at time.Time, source int, c lawful.Choice) {
		all = append(all, lawful.Recorded{Recorded: at, Entry: uuid.NewString(), Chain: "sub_1", Fact: lawful.Fact{
			Kind: lawful.KindChoice, Happened: at, Actor: lawful.ActorImport, Source: sources[source].id, Choice: &c,
		}})
	}
	for _, a := range p.acts {
		for k := range times {
			at := a.at.AddDate(0, -k, 0)
			for _, purpose := range sources[a.source].purposes {
				for _, channel := range a.channels {
					add(at, a.source, lawful.Choice{
						Purpose: purpose, Channel: channel, Choice: lawful.Given, Notice: &lawful.NoticeRef{ID: "signup", Version: 1},
						Evidence: &lawful.Evidence{Method: "import", IP: "192.0.2.1", Dated: true},
					})
				}
			}
			if a.left != "" {
				add(at, a.source, lawful.Choice{Channel: a.left, Choice: lawful.Withdrawn})
			}
			if a.objected {
				add(at, a.source, lawful.Choice{Choice: lawful.Objected})
			}
		}
	}
	return all
}
