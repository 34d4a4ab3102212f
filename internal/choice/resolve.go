// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"context"
	"slices"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// met is who holds which identifier: on record, and made earlier in this batch.
type met struct {
	subject.Matches
	made map[lawful.Identifier][]string // by earlier commands of the batch
	back map[lawful.Identifier]bool     // entombed, and the person came back with it
}

func (m met) of(id lawful.Identifier) []string {
	return slices.Concat(m.Of(id), m.made[id])
}

// holders lists who holds any of the identifiers, in the order of these.
func (m met) holders(ids []subject.Identifier) []string {
	var chains []string
	for _, id := range ids {
		for _, chain := range m.of(id.Identifier) {
			if !slices.Contains(chains, chain) {
				chains = append(chains, chain)
			}
		}
	}
	return chains
}

// away says whether one of the identifiers is of somebody who was erased and did
// not come back.
func (m met) away(ids []subject.Identifier) bool {
	return slices.ContainsFunc(ids, func(id subject.Identifier) bool {
		return m.Entombed(id.Identifier) && !m.back[id.Identifier]
	})
}

// returned finds the identifiers whose tombstone the person lifted: by an act of
// their own that is neither a no nor a yes that still waits for its proof. What
// a stranger sends through a public form is one of these two.
func (s *Service) returned(ctx context.Context, tx *db.Tx, org string, m met, ids []lawful.Identifier) error {
	var chains []string
	for _, id := range ids {
		if m.Entombed(id) {
			chains = append(chains, m.Of(id)...)
		}
	}
	persons, err := s.subjects.Persons(ctx, tx, org, chains, tx.Now())
	if err != nil {
		return err
	}
	for _, p := range persons {
		for _, f := range p.History {
			if f.Actor != lawful.ActorPerson || isNo(f.Fact) || f.Choice != nil && f.Choice.Unproven {
				continue
			}
			for _, id := range f.Identifiers {
				m.back[id] = true
			}
		}
	}
	return nil
}

// plan says where a command's facts go.
type plan struct {
	targets []target
	facts   int // of the first target
	attach  []subject.Held
	link    [][2]string
}

// begins says whether the plan begins a subject and touches no other.
func (p plan) begins() bool {
	return len(p.targets) == 1 && p.targets[0].fresh && len(p.link) == 0
}

// target is a subject and the facts that go to its chain.
type target struct {
	chain string
	fresh bool // to be made
	facts []lawful.Fact
}

// resolve decides which subject a command is about. A customer number or an
// e-mail address tells a person; a phone, an address or a device does only where
// nothing better is given, and never merges.
func resolve(c command, m met, rules *lawful.Rules) (plan, error) {
	if len(c.record.Subject) == 0 { // a balancing test: about nobody in particular
		return plan{targets: []target{{chain: ledger.Own, facts: c.record.Facts}}, facts: len(c.record.Facts)}, nil
	}
	if err := admitted(c, m); err != nil {
		return plan{}, err
	}
	if c.actor.May(access.ScopeCollect) {
		return resolvePublic(c, m), nil
	}
	if c.record.Chain != "" {
		return resolveKnown(c, m)
	}
	telling := choose(c.record.Subject, lawful.IDSource, lawful.IDEmail)
	if len(telling) == 0 {
		return resolveWeak(c, m), nil
	}
	chains := m.holders(telling)
	if len(chains) == 0 {
		return single(c, m, ledger.NewSubject(), true), nil
	}
	p := single(c, m, chains[0], false)
	if trusted(c, rules) {
		for _, other := range chains[1:] {
			p.link = append(p.link, [2]string{chains[0], other})
		}
	}
	return p, nil
}

// resolveKnown handles a command about a subject that is known already. One that
// no longer holds any of the identifiers is gone.
func resolveKnown(c command, m met) (plan, error) {
	holds := func(id subject.Identifier) bool { return slices.Contains(m.of(id.Identifier), c.record.Chain) }
	if !slices.ContainsFunc(c.record.Subject, holds) {
		return plan{}, problem.New(problem.NotFound, "unknown_subject", "There is no such subject in this organisation.")
	}
	return single(c, m, c.record.Chain, false), nil
}

// resolveWeak handles a command that names only a phone, an address or a
// device. A yes goes to the first who holds it; a no goes to everybody who
// does: who said it is not known, and the stricter reading wins.
func resolveWeak(c command, m met) plan {
	holders := m.holders(c.record.Subject)
	if len(holders) == 0 {
		return single(c, m, ledger.NewSubject(), true)
	}
	p := single(c, m, holders[0], false)
	for _, other := range holders[1:] {
		var nos []lawful.Fact
		for _, f := range c.record.Facts {
			if isNo(f) {
				nos = append(nos, f)
			}
		}
		if len(nos) > 0 {
			p.targets = append(p.targets, target{chain: other, facts: nos})
		}
	}
	return p
}

// resolvePublic handles a public form: every subject already known by one of
// the identifiers is told, none gets an identifier it did not hold, and what
// nobody holds is a new subject's.
func resolvePublic(c command, m met) plan {
	by := map[string][]subject.Identifier{}
	var order []string
	var unheld []subject.Identifier
	for _, id := range c.record.Subject {
		holders := m.of(id.Identifier)
		if len(holders) == 0 {
			unheld = append(unheld, id)
		}
		for _, chain := range holders {
			if by[chain] == nil {
				order = append(order, chain)
			}
			by[chain] = append(by[chain], id)
		}
	}
	p := plan{facts: len(c.record.Facts)}
	for _, chain := range order {
		p.targets = append(p.targets, target{chain: chain, facts: named(c.record.Facts, by[chain])})
	}
	if len(unheld) > 0 {
		chain := ledger.NewSubject()
		p.targets = append(p.targets, target{chain: chain, fresh: true, facts: named(c.record.Facts, unheld)})
		p.attach = hold(chain, unheld, m)
	}
	return p
}

// single sends everything to one subject, which gets the identifiers it did not hold.
func single(c command, m met, chain string, fresh bool) plan {
	var unheld []subject.Identifier
	for _, id := range c.record.Subject {
		if !slices.Contains(m.of(id.Identifier), chain) {
			unheld = append(unheld, id)
		}
	}
	return plan{
		targets: []target{{chain: chain, fresh: fresh, facts: named(c.record.Facts, c.record.Subject)}},
		facts:   len(c.record.Facts),
		attach:  hold(chain, unheld, m),
	}
}

func hold(chain string, ids []subject.Identifier, m met) []subject.Held {
	held := make([]subject.Held, 0, len(ids))
	for _, id := range ids {
		made := m.made[id.Identifier]
		if slices.Contains(made, chain) { // named twice
			continue
		}
		held = append(held, subject.Held{
			Identifier: id, Chain: chain, Holder: subject.HolderOf(id.Identifier), Nth: m.Next(id.Identifier) + int64(len(made)),
		})
		m.made[id.Identifier] = append(made, chain)
	}
	return held
}

// named writes the identifiers into the facts.
func named(facts []lawful.Fact, ids []subject.Identifier) []lawful.Fact {
	out := slices.Clone(facts)
	for i := range out {
		out[i].Identifiers = make([]lawful.Identifier, len(ids))
		for k, id := range ids {
			out[i].Identifiers[k] = id.Identifier
		}
	}
	return out
}

// admitted refuses a list, an operator or a system that would bring an erased
// person back. The person themselves can come back, as somebody new; a public
// form gets the same answer for everybody, so what it sends is taken, and a yes
// over a tombstone stays pending (see prove).
func admitted(c command, m met) error {
	if c.actor.May(access.ScopeCollect) {
		return nil
	}
	for _, f := range c.record.Facts {
		if f.Actor == lawful.ActorPerson {
			return nil
		}
	}
	if m.away(c.record.Subject) {
		return problem.New(problem.Forbidden, "erased",
			"This person was erased at their request. Only they can sign up again, through a form of theirs.")
	}
	return nil
}

// trusted says whether the source holds both identifiers of its customers for
// itself: a shop or an app with accounts.
func trusted(c command, rules *lawful.Rules) bool {
	versions := rules.Sources[c.record.Facts[0].Source]
	if len(versions) == 0 {
		return false
	}
	kind := versions[len(versions)-1].Kind
	return kind == lawful.SourceShop || kind == lawful.SourceApp
}

// given is what a record is weighed against.
type given struct {
	rules *lawful.Rules
	met   met
}

// prove marks a public yes that meets a standing no or a tombstone of anybody it
// names: it counts only once it is confirmed through the identifier itself. Who
// shares an address, or is named beside it, may be the one who said no.
func (s *Service) prove(ctx context.Context, tx *db.Tx, c command, p *plan, g given) error {
	if !c.actor.May(access.ScopeCollect) || !slices.ContainsFunc(c.record.Facts, isYes) || anonymous(c.record.Subject) {
		return nil // a browser's number is its own proof
	}
	var chains []string
	for _, t := range p.targets {
		if !t.fresh {
			chains = append(chains, t.chain)
		}
	}
	persons, err := s.subjects.Persons(ctx, tx, c.actor.Org, chains, tx.Now())
	if err != nil {
		return err
	}
	person := lawful.Person{Known: true}
	for _, chain := range chains {
		person.History = append(person.History, persons[chain].History...)
	}
	away := g.met.away(c.record.Subject)
	for t := range p.targets {
		for i, f := range p.targets[t].facts {
			if isYes(f) && (away || standsInTheWay(g.rules, person, f, tx)) {
				unproven := *f.Choice
				unproven.Unproven = true
				p.targets[t].facts[i].Choice = &unproven
			}
		}
	}
	return nil
}

// standsInTheWay says whether a no of the person stands against a yes, be it
// behind another reason.
func standsInTheWay(rules *lawful.Rules, person lawful.Person, f lawful.Fact, tx *db.Tx) bool {
	d := lawful.Decide(rules, person, lawful.Question{
		Purpose: f.Choice.Purpose, Channel: f.Choice.Channel, Identifier: f.Identifiers,
		At: tx.Now(), KnownAt: tx.Now(), Explain: true, // every reason, not the first alone
	})
	return slices.ContainsFunc(append(d.Also, d.Reason), func(r lawful.Reason) bool {
		switch r {
		case lawful.ReasonObjected, lawful.ReasonWithdrawn, lawful.ReasonRefused,
			lawful.ReasonSuppressed, lawful.ReasonErased, lawful.ReasonRestricted:
			return true
		}
		return false
	})
}

func isYes(f lawful.Fact) bool { return f.Choice != nil && f.Choice.Choice == lawful.Given }

func isNo(f lawful.Fact) bool {
	if f.Kind == lawful.KindBlocked {
		return true
	}
	if f.Choice == nil {
		return false
	}
	switch f.Choice.Choice {
	case lawful.Refused, lawful.Withdrawn, lawful.Objected:
		return true
	}
	return false
}

func choose(ids []subject.Identifier, kinds ...string) []subject.Identifier {
	var out []subject.Identifier
	for _, kind := range kinds {
		for _, id := range ids {
			if id.Kind == kind {
				out = append(out, id)
			}
		}
	}
	return out
}
