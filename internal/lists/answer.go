// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/standing"
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

// asks tells a question to who can answer it about identifiers of a kind.
func (s *Service) asks(actor access.Actor, q standing.Question, kind string, explain bool) asker {
	q.Explain = true // for the other reasons: an address that bounces is stopped whatever comes first
	return checks{s.Standing, actor, q, kind, explain}
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
