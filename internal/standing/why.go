// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// View says how a person is to be seen.
type View struct {
	Subject  string     // pseudonym
	At       *time.Time // the instant the answers are about; nil: now
	KnownAt  *time.Time // only what was recorded by then counts; nil: now
	Language string     // of the explanations
}

// Whole is everything about one person: who they are, what happened, and the
// answer for every purpose and channel.
type Whole struct {
	Person subject.Person
	Held   []subject.Held // every identifier once, the subject's own first
	Lines  []Line
	Now    time.Time
}

// Line is the answer for one purpose on one channel. A question is about one
// identifier; those with the same answer share a line.
type Line struct {
	Purpose, Channel string
	Held             []subject.Held // none where nothing reaches the person on this channel
	Question         Question       // about the first of them
	Decision         lawful.Decision
}

// Why answers every question there is about one person, from one snapshot.
func (s *Service) Why(ctx context.Context, actor access.Actor, v View) (Whole, error) {
	if err := actor.Require(access.ScopeSubjects); err != nil {
		return Whole{}, err
	}
	var w Whole
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		w = Whole{Now: tx.Now()}
		persons, err := s.subjects.Persons(ctx, tx, actor.Org, []string{v.Subject}, time.Time{})
		if err != nil {
			return err
		}
		person, ok := persons[v.Subject]
		if !ok {
			return problem.New(problem.NotFound, "unknown_subject", "There is no such subject in this organisation.")
		}
		w.Person = person
		held, err := s.subjects.Identifiers(ctx, tx, actor.Org, person.Chains)
		if err != nil {
			return err
		}
		w.Held = once(held, v.Subject)
		return s.answer(ctx, tx, actor.Org, &w, v)
	})
	return w, err
}

// answer asks about each purpose and channel and identifier that is of use.
func (s *Service) answer(ctx context.Context, tx *db.ReadTx, org string, w *Whole, v View) error {
	rules, err := s.rules.Rules(ctx, tx, org)
	if err != nil {
		return err
	}
	at := w.Now
	if v.At != nil {
		at = *v.At
	}
	var lines []Line
	for _, p := range declared(rules, at) {
		for _, channel := range p.Channels {
			lines = append(lines, about(p.ID, channel, w.Held, v)...)
		}
	}
	questions := make([]Question, len(lines))
	for i, l := range lines {
		questions[i] = l.Question
	}
	cases, err := s.cases(ctx, tx, org, questions)
	if err != nil {
		return err
	}
	for i, c := range cases {
		if c.err != nil {
			return c.err
		}
		lines[i].Decision = c.decide()
	}
	w.Lines = joined(lines)
	return nil
}

// declared lists the purposes of an instant, in the version of it, marketing first.
func declared(rules *lawful.Rules, at time.Time) []lawful.Purpose {
	var out []lawful.Purpose
	for id := range rules.Purposes {
		if now := rules.PurposeAt(id, at); now != nil && (now.Retired == nil || now.Retired.After(at)) {
			out = append(out, *now)
		}
	}
	slices.SortFunc(out, func(a, b lawful.Purpose) int {
		if a.Marketing != b.Marketing {
			if a.Marketing {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// about makes the questions of one purpose and channel: one for each identifier
// that reaches the person there; numbers of a source where nothing else does;
// any identifier where nothing reaches them at all, so that the answer says so.
func about(purpose, channel string, held []subject.Held, v View) []Line {
	var direct, numbers []subject.Held
	for _, h := range held {
		switch {
		case lawful.Reaches(channel, h.Kind):
			direct = append(direct, h)
		case h.Kind == lawful.IDSource:
			numbers = append(numbers, h)
		}
	}
	reached := true
	switch {
	case len(direct) > 0 && channel == lawful.ChannelInPerson:
		direct = direct[:1] // whichever they show, it is them
	case len(direct) > 0:
	case len(numbers) > 0:
		direct = numbers
	case len(held) > 0:
		direct, reached = held[:1], false
	}
	var lines []Line
	for _, h := range direct {
		l := Line{Purpose: purpose, Channel: channel, Question: Question{
			Subject: Named(h), Source: h.Source, Purpose: purpose, Channel: channel,
			At: v.At, KnownAt: v.KnownAt, Explain: true, Language: v.Language,
		}}
		if reached {
			l.Held = []subject.Held{h}
		}
		lines = append(lines, l)
	}
	return lines
}

// joined puts lines of the same purpose, channel and answer into one.
func joined(lines []Line) []Line {
	var out []Line
	for _, l := range lines {
		i := slices.IndexFunc(out, func(o Line) bool {
			return o.Purpose == l.Purpose && o.Channel == l.Channel && o.Decision.Permitted == l.Decision.Permitted &&
				o.Decision.Reason == l.Decision.Reason && o.Decision.Explanation == l.Decision.Explanation
		})
		if i < 0 {
			out = append(out, l)
			continue
		}
		out[i].Held = append(out[i].Held, l.Held...)
	}
	return out
}

// once lists each identifier once, the subject's own before those of the linked.
func once(held []subject.Held, own string) []subject.Held {
	slices.SortStableFunc(held, func(a, b subject.Held) int {
		switch {
		case (a.Chain == own) == (b.Chain == own):
			return 0
		case a.Chain == own:
			return -1
		}
		return 1
	})
	var out []subject.Held
	for _, h := range held {
		if !slices.ContainsFunc(out, func(o subject.Held) bool { return o.Identifier.Identifier == h.Identifier.Identifier }) {
			out = append(out, h)
		}
	}
	return out
}

// Named names a person by one identifier on record.
func Named(h subject.Held) choice.Subject {
	switch h.Kind {
	case lawful.IDEmail:
		return choice.Subject{Email: h.Value}
	case lawful.IDPhone:
		return choice.Subject{Phone: h.Value}
	case lawful.IDSource:
		return choice.Subject{ID: h.Value}
	case lawful.IDDevice:
		return choice.Subject{Device: h.Value}
	}
	var a subject.Address
	if json.Unmarshal([]byte(h.Given), &a) != nil {
		return choice.Subject{}
	}
	return choice.Subject{Address: &a}
}
