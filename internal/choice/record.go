// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// run records a batch of the group, in which no two commands are about one person.
func (s *Service) run(ctx context.Context, tx *db.Tx, commands []command) ([]db.Result[Recorded], error) {
	return s.runAll(ctx, tx, batch{commands: commands, newcomers: s.subjects.Newcomers})
}

// batch is what is recorded at once.
type batch struct {
	commands  []command
	newcomers func(org string) func(all []subject.Newcomer, unknown bool)
	tell      func(all []subject.Newcomer, unknown bool) // of the organisation; nil: nobody is told of newcomers
}

// runAll records a batch: one look-up of every identifier, decisions in memory,
// then one statement per table. The order of writes is in docs/life-of-a-choice.md.
func (s *Service) runAll(ctx context.Context, tx *db.Tx, b batch) ([]db.Result[Recorded], error) {
	results := make([]db.Result[Recorded], len(b.commands))
	for org, indexes := range byOrganisation(b.commands) {
		if b.newcomers != nil {
			b.tell = b.newcomers(org)
		}
		if err := s.runOne(ctx, tx, org, b, indexes, results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// part is what one command adds to the batch.
type part struct {
	command int
	plan    plan
	drafts  []ledger.Draft
	begins  bool // a subject, of which the batch tells
}

func (s *Service) runOne(ctx context.Context, tx *db.Tx, org string, b batch, all []int, results []db.Result[Recorded]) error {
	indexes, again, err := s.settle(ctx, tx, org, b.commands, all, results)
	if err != nil {
		return err
	}
	if err := s.decide(ctx, tx, org, b, indexes, results); err != nil {
		return err
	}
	for i, first := range again {
		results[i] = results[first]
		results[i].Value.Existing = true
	}
	return nil
}

// settle answers what is on record already under the caller's key, whoever the
// identifiers belong to by now, and tells which commands are left, and which say
// again what an earlier one of the batch says.
func (s *Service) settle(ctx context.Context, tx *db.Tx, org string, commands []command, all []int, results []db.Result[Recorded]) (left []int, again map[int]int, err error) {
	again = map[int]int{}
	first := map[string]int{}
	var keyed []int
	var drafts []ledger.Draft
	for _, i := range all {
		c := commands[i]
		if !c.settled() {
			left = append(left, i)
			continue
		}
		earlier, said := first[c.key(0)]
		switch {
		case !said:
			first[c.key(0)] = i
			keyed = append(keyed, i)
			drafts = append(drafts, c.known()...)
		case bytes.Equal(c.record.Request, commands[earlier].record.Request):
			again[i] = earlier
		default:
			results[i].Err = ledger.KeyReused()
		}
	}
	known, err := s.ledger.Known(ctx, tx, org, drafts)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range keyed {
		mine := known[:len(commands[i].record.Facts)]
		known = known[len(mine):]
		switch {
		case mine[0].Err != nil:
			results[i].Err = mine[0].Err
		case mine[0].Value == nil:
			left = append(left, i)
		default:
			results[i].Value = existing(mine)
		}
	}
	slices.Sort(left)
	return left, again, nil
}

// settled says whether the command is looked up by its key before it is decided.
func (c command) settled() bool {
	return !c.record.PerFact && c.record.Idempotency != "" && c.record.Request != nil
}

// known are the entries a command would have on record in the chain of its first target.
func (c command) known() []ledger.Draft {
	drafts := make([]ledger.Draft, len(c.record.Facts))
	for i := range drafts {
		drafts[i] = ledger.Draft{Idempotency: c.key(i) + "#0", Request: c.record.Request}
	}
	return drafts
}

func existing(known []db.Result[*ledger.Added]) Recorded {
	r := Recorded{Subject: known[0].Value.Chain, Existing: true}
	for _, k := range known {
		if k.Value != nil {
			r.Entries = append(r.Entries, k.Value.ID)
		}
	}
	return r
}

func (s *Service) decide(ctx context.Context, tx *db.Tx, org string, b batch, indexes []int, results []db.Result[Recorded]) error {
	commands := b.commands
	identifiers := allIdentifiers(commands, indexes)
	matches, err := s.subjects.Meet(ctx, tx, org, identifiers)
	if err != nil {
		return err
	}
	rules, err := s.rules.Rules(ctx, tx, org)
	if err != nil {
		return err
	}
	met := met{Matches: matches, made: map[lawful.Identifier][]string{}, back: map[lawful.Identifier]bool{}}
	if err := s.returned(ctx, tx, org, met, identifiers); err != nil {
		return err
	}
	var parts []part
	for _, i := range indexes {
		c := commands[i]
		unknown := b.tell != nil && len(met.holders(c.record.Subject)) == 0
		p, err := s.planned(ctx, tx, c, &met, rules)
		if problem.As(err) != nil {
			results[i].Err = err
			continue
		}
		if err != nil {
			return err
		}
		if err := s.prove(ctx, tx, c, &p, given{rules, met}); err != nil {
			return err
		}
		parts = append(parts, part{command: i, plan: p, begins: unknown && p.begins()})
	}
	err = seal.Each(len(parts), func(n int) (err error) {
		p := &parts[n]
		p.drafts, err = draft(commands[p.command], p.plan, tx.Now())
		for i := range p.drafts {
			p.drafts[i].Told = p.begins
		}
		for i := range p.plan.attach {
			p.plan.attach[i].Told = p.begins
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.write(ctx, tx, org, b, parts, results)
}

// write adds the drafts of a batch, then the identifiers new to their subjects, then the links.
func (s *Service) write(ctx context.Context, tx *db.Tx, org string, b batch, parts []part, results []db.Result[Recorded]) error {
	commands := b.commands
	var drafts []ledger.Draft
	for _, p := range parts {
		drafts = append(drafts, p.drafts...)
	}
	add := s.ledger.Add
	if b.newcomers != nil && !slices.ContainsFunc(parts, func(p part) bool { return len(p.plan.link) > 0 }) {
		add = s.ledger.AddInPlace
	}
	added, err := add(ctx, tx, org, drafts)
	if err != nil {
		return err
	}
	var fresh []part
	var attach []subject.Held
	var newcomers []subject.Newcomer
	keys := make(map[string]seal.Key, len(added))
	for _, a := range added {
		if !a.Existing {
			keys[a.Chain] = a.Key
		}
	}
	rest := added
	var said []lawful.Recorded
	for _, p := range parts {
		mine := rest[:len(p.drafts)]
		rest = rest[len(p.drafts):]
		if s.follower != nil {
			said = append(said, chosen(p.plan, mine, tx.Now())...)
		}
		results[p.command].Value = recorded(p.plan, mine)
		if !results[p.command].Value.Existing {
			fresh = append(fresh, p)
			attach = append(attach, p.plan.attach...)
			if p.begins {
				newcomers = append(newcomers, newcomer(commands[p.command], p.plan.targets[0], mine, tx.Now()))
			}
		}
	}
	if len(newcomers) > 0 {
		tx.AfterCommit(func(unknown bool) { b.tell(newcomers, unknown) })
	}
	if err := s.subjects.Attach(ctx, tx, org, attach, keys); err != nil {
		return err
	}
	for _, p := range fresh {
		for _, pair := range p.plan.link {
			source := commands[p.command].record.Facts[0].Source
			if err := s.subjects.Link(ctx, tx, commands[p.command].actor, pair[0], pair[1], source); err != nil {
				return err
			}
		}
	}
	if len(said) > 0 {
		return s.follower.Chosen(ctx, tx, org, said)
	}
	return nil
}

// chosen lists each yes and confirmation that a command added, as it is on record.
func chosen(p plan, added []ledger.Added, now time.Time) []lawful.Recorded {
	var out []lawful.Recorded
	for _, target := range p.targets {
		for _, f := range target.facts {
			a := added[0]
			added = added[1:]
			if !a.Existing && f.Choice != nil && (f.Choice.Choice == lawful.Given || f.Choice.Choice == lawful.Confirmed) {
				out = append(out, lawful.Recorded{Fact: happened(f, now), Chain: a.Chain, Seq: a.Seq, Entry: a.ID, Recorded: now})
			}
		}
	}
	return out
}

// newcomer is the subject a command began, as it would be read.
func newcomer(c command, t target, added []ledger.Added, now time.Time) subject.Newcomer {
	n := subject.Newcomer{Chain: t.chain}
	for _, id := range c.record.Subject {
		n.Identifiers = append(n.Identifiers, id.Identifier)
	}
	for i, a := range added {
		if !a.Existing {
			n.History = append(n.History, lawful.Recorded{
				Fact: happened(t.facts[i], now), Chain: a.Chain, Seq: a.Seq, Entry: a.ID, Recorded: db.Time(db.Micros(now)),
			})
		}
	}
	return n
}

// recorded sums up what a command came to: the entries of its first target.
func recorded(p plan, added []ledger.Added) Recorded {
	r := Recorded{Existing: true}
	for i, a := range added {
		r.Existing = r.Existing && a.Existing
		if i < p.facts {
			r.Subject = a.Chain
			r.Entries = append(r.Entries, a.ID)
		}
	}
	return r
}

// draft writes a command's facts as entries: every fact to every target, with
// the identifiers that belong there.
func draft(c command, p plan, now time.Time) ([]ledger.Draft, error) {
	var drafts []ledger.Draft
	for t, target := range p.targets {
		for i, f := range target.facts {
			body, err := json.Marshal(happened(f, now))
			if err != nil {
				return nil, fmt.Errorf("encode a fact: %w", err)
			}
			d := ledger.Draft{Chain: target.chain, New: target.fresh, Kind: evidence.KindFact, Body: body, By: c.actor.By()}
			if key := c.key(i); key != "" {
				d.Idempotency = key + "#" + strconv.Itoa(t)
				d.Request = c.record.Request
				d.Unknown = t == 0 && c.settled() // one of a later target may outlive that of the first
			}
			drafts = append(drafts, d)
		}
	}
	return drafts, nil
}

// key is the idempotency key of a fact, "" for none. Those that come through a
// public form are apart: a stranger can neither take nor try the others.
func (c command) key(fact int) string {
	r := c.record
	switch {
	case r.PerFact:
		return r.FactKeys[fact]
	case r.Idempotency != "" && c.actor.May(access.ScopeCollect):
		return c.actor.By() + "\x00" + r.Idempotency + "#" + strconv.Itoa(fact)
	case r.Idempotency != "":
		return r.Idempotency + "#" + strconv.Itoa(fact)
	}
	return ""
}

func byOrganisation(commands []command) map[string][]int {
	by := map[string][]int{}
	for i, c := range commands {
		by[c.actor.Org] = append(by[c.actor.Org], i)
	}
	return by
}

func allIdentifiers(commands []command, indexes []int) []lawful.Identifier {
	seen := map[lawful.Identifier]bool{}
	var ids []lawful.Identifier
	for _, i := range indexes {
		for _, id := range commands[i].record.Subject {
			if !seen[id.Identifier] {
				seen[id.Identifier] = true
				ids = append(ids, id.Identifier)
			}
		}
	}
	return ids
}
