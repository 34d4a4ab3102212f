// SPDX-License-Identifier: Apache-2.0

// Package standing tells where each person stands: it gathers what is on record
// about them and asks lawful.Decide. One question, a batch, a list and a page
// all come through here, so they cannot disagree.
//
// What it promises: an answer is from one snapshot of the store; an answer as of
// a past instant counts what had happened, and what was on record, by then.
//
// Questions about now that name no more than a purpose and a channel are answered
// from memory where Remember was called: the answer is the store's, or is not
// given and the store is asked.
//
// Where it is weak: every other answer reads and opens the person's entries.
package standing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing/balance"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Service answers questions about people.
type Service struct {
	db       *db.DB
	ledger   *ledger.Ledger
	subjects *subject.Subjects
	rules    *balance.Rules
	memory   *Memory // nil: everything is read from the store
}

// New returns the service.
func New(d *db.DB, l *ledger.Ledger, subjects *subject.Subjects, rules choice.Rules) *Service {
	return &Service{db: d, ledger: l, subjects: subjects, rules: balance.New(rules, l)}
}

// Rules gives the rules decisions are made by: what is declared, and the
// balancing tests as they are in the reader's snapshot. Nobody may change them.
func (s *Service) Rules(ctx context.Context, r db.Reader, org string) (*lawful.Rules, error) {
	return s.rules.Rules(ctx, r, org)
}

// Balancing gives the balancing tests on record, by purpose.
func (s *Service) Balancing(ctx context.Context, org string) (map[string][]lawful.Balancing, error) {
	var tests map[string][]lawful.Balancing
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		tests, err = s.rules.Tests(ctx, tx, org)
		return err
	})
	return tests, err
}

// Question is one question about one person.
type Question struct {
	Subject   choice.Subject `json:"subject"`
	Source    string         `json:"source,omitempty"` // whose number subject.id is
	Purpose   string         `json:"purpose"`
	Channel   string         `json:"channel"`
	Content   string         `json:"content,omitempty"`
	Operation string         `json:"operation,omitempty"`
	Data      []Used         `json:"data,omitempty"`
	Recipient string         `json:"recipient,omitempty"`
	At        *time.Time     `json:"at,omitempty"`
	KnownAt   *time.Time     `json:"known_at,omitempty"`
	Explain   bool           `json:"explain,omitempty"`
	After     string         `json:"after,omitempty"` // an entry that the answer counts, whichever process recorded it
	Language  string         `json:"language,omitempty"`
}

// Answer is a decision, or the problem that kept one question from being asked.
type Answer struct {
	Decision lawful.Decision
	Err      error
}

// Check answers one question.
func (s *Service) Check(ctx context.Context, actor access.Actor, q Question) (lawful.Decision, error) {
	answers, err := s.CheckMany(ctx, actor, []Question{q})
	if err != nil {
		return lawful.Decision{}, err
	}
	return answers[0].Decision, answers[0].Err
}

// MaxBlock is how many questions are best put to CheckMany at once: it reads everybody asked about.
const MaxBlock = 2000

// CheckMany answers questions from one snapshot, in the order given.
func (s *Service) CheckMany(ctx context.Context, actor access.Actor, qs []Question) ([]Answer, error) {
	answers := make([]Answer, len(qs))
	return answers, s.CheckInto(ctx, actor, qs, answers)
}

// CheckInto is CheckMany for a caller that has room for the answers.
func (s *Service) CheckInto(ctx context.Context, actor access.Actor, qs []Question, answers []Answer) error {
	if err := actor.Require(access.ScopeCheck); err != nil {
		return err
	}
	left := s.memory.answers(actor.Org, qs, answers, s.db.Now)
	if len(left) == 0 {
		return nil
	}
	return s.read(ctx, actor.Org, qs, left, answers)
}

// read answers some of the questions from the store.
func (s *Service) read(ctx context.Context, org string, qs []Question, some []int, answers []Answer) error {
	asked := make([]Question, len(some))
	for k, i := range some {
		asked[k] = qs[i]
	}
	return s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		cases, err := s.cases(ctx, tx, org, asked)
		if err != nil {
			return err
		}
		for k, c := range cases {
			a := Answer{Err: c.err}
			if c.err == nil {
				a.Decision = c.decide()
			}
			answers[some[k]] = a
		}
		return nil
	})
}

// cased is a question with everything that bears on it.
type cased struct {
	question lawful.Question
	explain  bool
	rules    *lawful.Rules
	person   lawful.Person
	chains   []string // of the person, and of all who share the identifiers asked for
	err      error
}

// decide answers as Decide does; where no more than the answer is asked for, what
// would tell how it came about is not put together.
func (c cased) decide() lawful.Decision {
	if c.explain {
		return lawful.Decide(c.rules, c.person, c.question)
	}
	stands, _ := lawful.Stand(c.rules, c.person, c.question)
	d := stands.Decision(c.rules, c.question)
	d.Also = nil
	return d
}

// cases gathers what bears on each question: one look-up for all identifiers,
// one for all histories.
func (s *Service) cases(ctx context.Context, tx *db.ReadTx, org string, qs []Question) ([]cased, error) {
	rules, err := s.rules.Rules(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	cases := make([]cased, len(qs))
	for i, q := range qs {
		cases[i] = ask(rules, q, tx.Now())
	}
	_, err = s.gathered(ctx, tx, org, cases)
	return cases, err
}

// gathered gathers what bears on questions as they are asked, and tells who was
// read for it, by the instant of knowledge.
func (s *Service) gathered(ctx context.Context, tx *db.ReadTx, org string, cases []cased) (map[time.Time]map[string]subject.Person, error) {
	var ids []lawful.Identifier
	for i := range cases {
		ids = append(ids, cases[i].question.Identifier...)
	}
	matches, err := s.subjects.Match(ctx, tx, org, ids)
	if err != nil {
		return nil, err
	}
	for i := range cases {
		cases[i].find(matches)
	}
	persons, err := s.persons(ctx, tx, org, cases)
	if err != nil {
		return nil, err
	}
	for i := range cases {
		cases[i].gather(persons[cases[i].question.KnownAt])
	}
	return persons, nil
}

// persons reads who the subjects asked for are, once for each instant of
// knowledge asked about: two subjects are one person from when it was said.
func (s *Service) persons(ctx context.Context, tx *db.ReadTx, org string, cases []cased) (map[time.Time]map[string]subject.Person, error) {
	asked := map[time.Time][]string{}
	for _, c := range cases {
		asked[c.question.KnownAt] = append(asked[c.question.KnownAt], c.chains...)
	}
	out := map[time.Time]map[string]subject.Person{}
	for knownAt, chains := range asked {
		slices.Sort(chains)
		persons, err := s.subjects.Persons(ctx, tx, org, slices.Compact(chains), knownAt)
		if err != nil {
			return nil, err
		}
		out[knownAt] = persons
	}
	return out, nil
}

// ask makes a question of the pure kind: identifiers normalised, instants filled in.
func ask(rules *lawful.Rules, q Question, now time.Time) cased {
	c := cased{rules: rules, explain: q.Explain}
	if c.question, c.err = Pure(rules, q, now); c.err != nil {
		return c
	}
	ids, places := q.Subject.Identifiers(q.Source, rules.Organisation.Country)
	if len(places) > 0 || len(ids) == 0 {
		p := problem.New(problem.Invalid, "invalid_question", "A question names one person by email, phone, id (of a source), address or device.")
		p.Places = places
		c.err = p
		return c
	}
	for _, id := range ids {
		c.question.Identifier = append(c.question.Identifier, id.Identifier)
	}
	return c
}

// Pure is the question as lawful asks it, about nobody yet.
func Pure(rules *lawful.Rules, q Question, now time.Time) (lawful.Question, error) {
	pure := lawful.Question{
		Purpose: q.Purpose, Channel: q.Channel, Content: q.Content, Operation: q.Operation, Recipient: q.Recipient,
		At: now, KnownAt: now, Language: cmp.Or(q.Language, "en"), Explain: true,
	}
	if q.At != nil {
		pure.At = q.At.UTC().Truncate(time.Microsecond)
	}
	if q.KnownAt != nil {
		pure.KnownAt = q.KnownAt.UTC().Truncate(time.Microsecond)
	}
	if q.Purpose == "" || q.Channel == "" {
		return pure, problem.New(problem.Invalid, "invalid_question", "A question names a purpose and a channel.")
	}
	for i, u := range q.Data {
		used, err := u.lawful(pure.At, rules.Organisation.Zone())
		if err != nil {
			return pure, problem.New(problem.Invalid, "invalid_question", "A question names the data to be used in a way that can't be read.").
				At(problem.Place{Field: fmt.Sprintf("data[%d]", i), Detail: err.Error()})
		}
		pure.Data = append(pure.Data, used)
	}
	return pure, nil
}

// find notes who holds the identifiers asked for.
func (c *cased) find(m subject.Matches) {
	for _, id := range c.question.Identifier {
		c.chains = append(c.chains, m.Of(id)...)
		c.person.Erased = c.person.Erased || m.Erased(id)
	}
	slices.Sort(c.chains)
	c.chains = slices.Compact(c.chains)
}

// gather joins the persons who hold the identifiers asked for: whoever shares
// an address shares the no's about it. Somebody first recorded later than the
// instant of knowledge was not known then.
func (c *cased) gather(persons map[string]subject.Person) {
	var all []string
	for _, chain := range c.chains {
		all = append(all, persons[chain].Chains...)
	}
	c.person.History = together(persons, c.chains)
	c.person.Known = slices.ContainsFunc(c.person.History, func(f lawful.Recorded) bool { return !f.Recorded.After(c.question.KnownAt) })
	if !c.person.Known {
		c.chains, c.person.History = nil, nil
		return
	}
	slices.Sort(all)
	c.chains = slices.Compact(all)
	c.person.Erased = false
}

// together is what is on record of persons, each entry once. Nobody may change it.
func together(persons map[string]subject.Person, chains []string) []lawful.Recorded {
	if len(chains) == 1 { // as of nearly everybody
		return slices.Clip(persons[chains[0]].History)
	}
	var history []lawful.Recorded
	done := map[string]bool{}
	for _, chain := range chains {
		for _, f := range persons[chain].History {
			if !done[f.Entry] {
				done[f.Entry] = true
				history = append(history, f)
			}
		}
	}
	return history
}
