// SPDX-License-Identifier: Apache-2.0

package foresee

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
)

// States of work.
const (
	working   = "working"
	done      = "done"
	failed    = "failed"
	cancelled = "cancelled"
)

// Bounds of what is kept: how long an answer, how many for one person, and how
// many questions may be under way for one organisation.
const (
	life     = time.Hour
	fresh    = 10 * time.Minute // an answer to the same question is not asked for again
	mostKept = 8
	mostBusy = 3
)

// run is one question about everybody. What is above mu is set before anybody
// knows it; the rest is guarded by it.
type run struct {
	id    string
	key   string // of the question
	name  string // of the file, for its owner's eyes
	page  string // where it is shown
	began time.Time
	over  chan struct{} // closed when the work has ended

	org, by string
	cancel  context.CancelFunc

	mu     sync.Mutex
	state  string
	far    standing.Walked
	err    error
	answer any
}

// look is a run as it stands.
type look struct {
	*run

	state  string
	far    standing.Walked
	err    error
	answer any
}

func (r *run) look() look {
	r.mu.Lock()
	defer r.mu.Unlock()
	return look{r, r.state, r.far, r.err, r.answer}
}

func (r *run) step(far standing.Walked) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.far = far
}

func (r *run) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == working {
		r.cancel()
		r.state = cancelled
	}
}

func (r *run) ended() bool {
	select {
	case <-r.over:
		return true
	default:
		return false
	}
}

// runs are those of this process.
type runs struct {
	clock clock.Clock
	work  context.Context // of every run; ended by close
	halt  context.CancelFunc
	busy  sync.WaitGroup

	mu  sync.Mutex
	all []*run // the oldest first; guarded by mu
}

func newRuns(c clock.Clock) *runs {
	s := &runs{clock: c}
	s.work, s.halt = context.WithCancel(context.Background())
	return s
}

func (s *runs) close() {
	s.halt()
	s.busy.Wait()
}

// question is what a run is to answer.
type question struct {
	key  string // the same question has the same key; empty: like no other
	name string
	page func(id string) string
	do   func(ctx context.Context, tell func(standing.Walked)) (any, error)
}

// begin sets to work on a question. The oldest answers make room.
func (s *runs) begin(actor access.Actor, q question) (*run, error) {
	ctx, cancel := context.WithCancel(s.work)
	r := &run{
		id: strings.ToLower(rand.Text()), key: q.key, name: q.name, began: s.clock.Now(), over: make(chan struct{}),
		org: actor.Org, by: actor.By(), cancel: cancel, state: working,
	}
	r.page = q.page(r.id)
	if err := s.add(r); err != nil {
		cancel()
		return nil, err
	}
	s.busy.Go(func() {
		defer close(r.over)
		defer cancel()
		answer, err := q.do(ctx, r.step)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.answer, r.err, r.state = answer, err, done
		switch {
		case err == nil:
		case ctx.Err() != nil:
			r.state = cancelled
		default:
			r.state = failed
		}
	})
	return r, nil
}

func (s *runs) add(r *run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	busy, kept := 0, 0
	for _, o := range s.all {
		if o.org == r.org && !o.ended() {
			busy++
		}
		if o.org == r.org && o.by == r.by {
			kept++
		}
	}
	if busy >= mostBusy {
		return problem.New(problem.TooMany, "too_many_questions", "Too many questions about everybody are being worked on. Wait until one is done, or cancel one.")
	}
	s.all = slices.DeleteFunc(s.all, func(o *run) bool {
		out := kept >= mostKept && o.org == r.org && o.by == r.by && o.ended()
		if out {
			kept--
		}
		return out
	})
	s.all = append(s.all, r)
	return nil
}

// sweep removes what has had its time. It is called with mu held.
func (s *runs) sweep() {
	now := s.clock.Now()
	s.all = slices.DeleteFunc(s.all, func(o *run) bool { return o.ended() && now.Sub(o.began) >= life })
}

// find finds a run of the actor's own.
func (s *runs) find(actor access.Actor, id string) (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	for _, r := range s.all {
		if r.id == id && r.org == actor.Org && r.by == actor.By() {
			return r, nil
		}
	}
	return nil, problem.New(problem.NotFound, "answer_gone", "This answer is not kept any more. Ask again.")
}

// latest finds the actor's last run of a question; nil where there is none that is fresh.
func (s *runs) latest(actor access.Actor, key string) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slices.Backward(s.all) {
		if r.key == key && r.org == actor.Org && r.by == actor.By() && (!r.ended() || s.clock.Now().Sub(r.began) < fresh) {
			return r
		}
	}
	return nil
}
