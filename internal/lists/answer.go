// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/lawful"
)

// asker has been told one question, about nobody, and of which kind the
// identifiers are, and answers it about many people. It is asked from one
// goroutine, a block of a list at a time.
type asker interface {
	// Answer writes what holds for each of the persons named into out, which is
	// as long, in their order, over what it held before. The names are normalised
	// identifiers; they are the caller's, and gone when it returns.
	Answer(ctx context.Context, names [][]byte, out []answer) error

	// Close is called when nothing more is asked.
	Close()
}

// answer is what a list has to know of a decision.
type answer struct {
	Permitted   bool
	Reason      lawful.Reason
	Also        []lawful.Reason // every other reason to deny; the asker's, to be read only
	Until       time.Time       // exclusive end of a permission; zero: none is known
	Explanation string          // of a denial, where the run asked for explanations
	Err         error           // nothing could be asked about this person; the rest does not count
}

// checks asks the store, as a check does.
type checks struct {
	standing *standing.Service
	actor    access.Actor
	question standing.Question
	kind     string
	explain  bool
}

// asks tells a question to who can answer it about identifiers of a kind: memory,
// where it is about now (holds: how long its answers are to hold, zero: it is about
// another instant), else the store. The instant is the one the answers are about.
func (s *Service) asks(actor access.Actor, q standing.Question, kind string, explain bool, holds time.Duration) (asker, time.Time) {
	q.Explain = true // for the other reasons: an address that bounces is stopped whatever comes first
	c := checks{s.Standing, actor, q, kind, explain}
	for range 5 { // memory may just have read something newer than now
		if holds == 0 {
			break
		}
		now := s.Clock.Now()
		c.question.At, c.question.KnownAt = &now, &now
		if run, ok := c.standing.Run(actor.Org, q, kind, now, now.Add(holds)); ok {
			return &remembered{checks: c, run: run, until: now.Add(holds), reason: map[string][]lawful.Reason{}}, now
		}
	}
	return c, *c.question.At
}

// remembered asks memory first, and the store about whoever memory can't tell of.
type remembered struct {
	checks

	run    *standing.Run
	until  time.Time                  // no permission is known to end sooner
	reason map[string][]lawful.Reason // others, by how they are held
	held   []*index.Answer
	left   []int
	names  [][]byte
	out    []answer
}

// Close ends the run.
func (r *remembered) Close() { r.run.Close() }

// Close implements asker.
func (c checks) Close() {}

// Answer implements asker.
func (r *remembered) Answer(ctx context.Context, names [][]byte, out []answer) error {
	r.left, r.names = r.left[:0], r.names[:0]
	r.held = slices.Grow(r.held[:0], len(names))[:len(names)]
	r.run.LookMany(names, r.held)
	for i, held := range r.held {
		if held == nil {
			r.left, r.names = append(r.left, i), append(r.names, names[i])
			continue
		}
		out[i] = answer{Permitted: held.Permitted, Reason: held.Reason}
		if held.Others != "" {
			out[i].Also = r.others(held)
		}
		if r.explain && !held.Permitted {
			out[i].Explanation = r.run.Text(held, r.question.Language)
		}
	}
	if !r.run.Sure() {
		return r.checks.Answer(ctx, names, out)
	}
	if len(r.left) == 0 {
		return nil
	}
	r.out = slices.Grow(r.out[:0], len(r.left))[:len(r.left)]
	if err := r.checks.Answer(ctx, r.names, r.out); err != nil {
		return err
	}
	for k, i := range r.left {
		out[i] = r.out[k]
		r.ends(out[i])
	}
	return nil
}

// ends notes the end of a permission that the store told. The list is good until
// the first of them, so of those that hold as long nothing more has to be known.
func (r *remembered) ends(a answer) {
	if a.Permitted && !a.Until.IsZero() && a.Until.Before(r.until) {
		r.until = a.Until
		r.run.Until(a.Until)
	}
}

// others are the other reasons of an answer, read once for all that have the same.
func (r *remembered) others(a *index.Answer) []lawful.Reason {
	also, known := r.reason[a.Others]
	if !known {
		also = a.Also()
		r.reason[a.Others] = also
	}
	return also
}

// asked is how many people the store is asked about at once.
const asked = standing.MaxBlock / 2

// Answer implements asker.
func (c checks) Answer(ctx context.Context, names [][]byte, out []answer) error {
	questions := make([]standing.Question, 0, asked)
	for block := range slices.Chunk(names, asked) {
		questions = questions[:0]
		for _, name := range block {
			q := c.question
			q.Subject = subjectOf(c.kind, string(name))
			questions = append(questions, q)
		}
		answers, err := c.standing.CheckMany(ctx, c.actor, questions)
		if err != nil {
			return err
		}
		for i, a := range answers {
			d := a.Decision
			out[i] = answer{Permitted: d.Permitted, Reason: d.Reason, Also: d.Also, Err: a.Err}
			if c.explain && !d.Permitted {
				out[i].Explanation = d.Explanation
			}
			if d.Until != nil {
				out[i].Until = *d.Until
			}
		}
		out = out[len(answers):]
	}
	return nil
}
