// SPDX-License-Identifier: Apache-2.0

package rights

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Plan says what erasing a person would do, and changes nothing.
func (s *Service) Plan(ctx context.Context, actor access.Actor, req Request) (Plan, error) {
	if err := req.check(actor); err != nil {
		return Plan{}, err
	}
	w := &wanted{actor: actor, req: req}
	var plan Plan
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		if err := s.findAll(ctx, tx, actor.Org, []*wanted{w}); err != nil {
			return err
		}
		if w.err != nil {
			return w.err
		}
		plan = s.plan(w.who, req, tx.Now())
		return s.planRequests(ctx, tx, w, &plan)
	})
	return plan, err
}

// planRequests adds what becomes of what the person asked for.
func (s *Service) planRequests(ctx context.Context, r db.Reader, w *wanted, plan *Plan) error {
	blinds, err := s.blinds(ctx, r, w.actor.Org, w.who.identifiers())
	if err != nil {
		return err
	}
	q := &plan.Requests
	q.Open, q.Closed, err = request.About(ctx, r, request.Gone{Org: w.actor.Org, Chains: w.who.chains, Blinds: blinds})
	if err != nil {
		return err
	}
	if q.Closed > 0 {
		plan.Explanation = append(plan.Explanation, fmt.Sprintf(
			"Of %s: what was written is destroyed; that it was made and answered, and when, stays under the organisation's key.", count(q.Closed, "closed request")))
	}
	if q.Open > 0 {
		plan.Explanation = append(plan.Explanation, fmt.Sprintf(
			"Kept until 30 days after the answer: %s, under a key of its own, because the person is still owed an answer (GDPR art. 12(3)).", count(q.Open, "open request")))
	}
	return nil
}

// Erase erases a person (GDPR art. 17): in one transaction the tombstones are
// left, the keys, openings and identifiers destroyed, and the erasure recorded;
// then the store's own write-ahead copies are truncated. Callers who wait at the
// same time share all of that.
func (s *Service) Erase(ctx context.Context, actor access.Actor, req Request) (Erasure, error) {
	if err := req.check(actor); err != nil {
		return Erasure{}, err
	}
	w := &wanted{actor: actor, req: req}
	err := s.queue.run(ctx, w, s.eraseAll)
	if err != nil && w.answer.Entry == "" {
		return Erasure{}, err
	}
	return w.answer, err
}

// errUnanswered is the answer of an erasure whose carrying out ended in a panic.
var errUnanswered = errors.New("the erasure ended without an answer")

// maxReference is how long the reference of a request can be.
const maxReference = 64

// check refuses who may not erase, and a reference that could say whom it is
// about: it stays in the log for ever.
func (r Request) check(actor access.Actor) error {
	if err := actor.Require(access.ScopeRequests); err != nil {
		return err
	}
	odd := func(c rune) bool {
		return !unicode.IsDigit(c) && !unicode.IsLetter(c) && !strings.ContainsRune("-_./#", c)
	}
	if len(r.Request) > maxReference || strings.ContainsFunc(r.Request, odd) {
		return problem.New(problem.Invalid, "invalid_reference", "The request can't be recorded. Nothing was erased.").At(problem.Place{
			Field: "request", Detail: "give the number of the request, up to 64 letters, digits and -_./#, and nothing about the person",
		})
	}
	return nil
}

// erasureBody is the body of an erasure's entry: what was done, about nobody in particular.
type erasureBody struct {
	Request    string    `json:"request,omitempty"`
	Subjects   int       `json:"subjects"`
	Destroyed  Destroyed `json:"destroyed"`
	Tombstones int       `json:"tombstones"`
	Kept       []Kept    `json:"kept,omitempty"`
	Ground     string    `json:"ground"`
}

// found is the person an erasure is about.
type found struct {
	chains  []string
	held    []subject.Held
	history []lawful.Recorded
	rules   *lawful.Rules
	// terms say what is kept as restricted evidence; nil: nothing. A restore never has them, see Reapply.
	terms *terms
}

func (f found) identifiers() []lawful.Identifier {
	var ids []lawful.Identifier
	for _, h := range f.held {
		if !slices.Contains(ids, h.Identifier.Identifier) {
			ids = append(ids, h.Identifier.Identifier)
		}
	}
	return ids
}

// identifiers are what the request names the person by.
func (r Request) identifiers(rules *lawful.Rules) ([]lawful.Identifier, error) {
	ids, places := r.Subject.Identifiers(r.Source, rules.Organisation.Country)
	if len(places) > 0 || len(ids) == 0 {
		p := problem.New(problem.Invalid, "invalid_subject", "Name the person to erase by email, phone, id (of a source), address or device.")
		p.Places = places
		return nil, p
	}
	plain := make([]lawful.Identifier, len(ids))
	for i, id := range ids {
		plain[i] = id.Identifier
	}
	return plain, nil
}

// holders are the person named: everybody who holds an e-mail address or a number
// of a source; a phone or a device alone only where one person holds it.
func holders(matches subject.Matches, ids []lawful.Identifier) ([]string, error) {
	var chains []string
	for _, id := range ids {
		all := matches.Of(id)
		if len(all) > 1 && !namesOne(id) {
			return nil, problem.New(problem.Conflict, "several_people",
				"Several people share this identifier. Name the one to erase by e-mail address or customer number.")
		}
		chains = append(chains, all...)
	}
	if len(chains) == 0 {
		return nil, problem.New(problem.NotFound, "unknown_subject", "Nobody is on record under this identifier.")
	}
	return chains, nil
}

func (s *Service) plan(f found, req Request, now time.Time) Plan {
	p := Plan{
		Subjects: f.chains, Kept: []Kept{}, Everywhere: s.everywhere(),
		Destroyed: Destroyed{Identifiers: map[string]int{}},
	}
	for _, id := range f.identifiers() {
		p.Destroyed.Identifiers[id.Kind]++
	}
	for _, fact := range f.history {
		if fact.Choice != nil {
			p.Destroyed.Choices++
		} else {
			p.Destroyed.Facts++
		}
	}
	if f.terms != nil && p.Destroyed.Choices > 0 {
		p.Kept = []Kept{f.terms.kept(now, p.Destroyed.Choices)}
		p.Destroyed.Choices = 0
	}
	if !req.Forget {
		p.Suppressed = f.suppressed(now)
	}
	p.Explanation = p.sentences(f.terms != nil)
	return p
}

// suppressed is what the law in use lets stay to keep the person away. Tombstones
// go with all others of their year, which have one key, on a first of January.
func (f found) suppressed(now time.Time) Suppressed {
	rule := f.rules.LawAt(f.rules.Organisation.Country, law.TopicTombstone, now)
	if rule == nil || slices.Contains(rule.Words, law.TombstoneObjectors) && !f.objected() {
		return Suppressed{}
	}
	end := rule.Period().End(now, f.rules.Organisation.Zone()).UTC()
	until := time.Date(end.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	if until.Before(end) {
		until = until.AddDate(1, 0, 0)
	}
	return Suppressed{Tombstones: len(f.identifiers()), Until: &until, law: rule.Key}
}

// objected tells whether the person ever objected, to more than a kind of data.
func (f found) objected() bool {
	return slices.ContainsFunc(f.history, func(r lawful.Recorded) bool {
		return r.Choice != nil && r.Choice.Choice == lawful.Objected && r.Choice.Data == ""
	})
}

// sentences says the plan in words.
func (p Plan) sentences(declared bool) []string {
	none := "Kept as restricted evidence: nothing. No period and ground are declared for it."
	if declared {
		none = "Kept as restricted evidence: nothing. There is no choice on record."
	}
	identifiers := 0
	for _, n := range p.Destroyed.Identifiers {
		identifiers += n
	}
	out := []string{fmt.Sprintf(
		"Destroyed: %s, %s and %s, with the keys that open them. The log stays whole and verifiable; nothing opens these entries again.",
		count(identifiers, "identifier"), count(p.Destroyed.Choices, "choice"), count(p.Destroyed.Facts, "other fact"))}
	if len(p.Subjects) > 1 {
		out = append(out, fmt.Sprintf("This covers %d linked records of the same person.", len(p.Subjects)))
	}
	if p.Suppressed.Tombstones > 0 {
		out = append(out, fmt.Sprintf(
			"Suppressed: %s until %s (%s), to keep lists and operators from bringing the person back. Whoever holds the key can test a guessed address against it; that is what it is for.",
			count(p.Suppressed.Tombstones, "tombstone"), p.Suppressed.Until.Format(time.DateOnly), p.Suppressed.law))
	} else {
		out = append(out, "Suppressed: nothing. A later list can bring the person back.")
	}
	for _, k := range p.Kept {
		out = append(out, fmt.Sprintf(
			"Kept as restricted evidence until %s: %s, on the ground: %s. It answers no question and is opened only with a reason on record.",
			k.last, count(k.Count, "choice"), k.Ground))
	}
	if len(p.Kept) == 0 {
		out = append(out, none)
	}
	return append(out, fmt.Sprintf("Backups and replicas can't open anything of it from %s on.", p.Everywhere.Format(time.DateOnly)))
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
