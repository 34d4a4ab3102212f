// SPDX-License-Identifier: Apache-2.0

package run

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
)

// Bounds of what is kept for one organisation.
const (
	mostKept = 24
	mostBusy = 3 // under way
)

// Runs are those of this process.
type Runs struct {
	lists *lists.Service
	clock clock.Clock
	log   *slog.Logger
	dir   string

	work context.Context // of every run; ended by Close
	stop context.CancelFunc
	busy sync.WaitGroup

	mu  sync.Mutex
	all map[string]*Run // by id; guarded by mu
}

// New returns an empty registry. dir is where lists lie, encrypted; empty: the
// system's folder for temporary files.
func New(l *lists.Service, c clock.Clock, log *slog.Logger, dir string) *Runs {
	s := &Runs{lists: l, clock: c, log: log, dir: dir, all: map[string]*Run{}}
	s.work, s.stop = context.WithCancel(context.Background())
	return s
}

// Ended is closed when the runs are stopped.
func (s *Runs) Ended() <-chan struct{} { return s.work.Done() }

// Begin takes a job in and sets to work on it. What is imported is only counted
// at first. A job that is refused keeps its input, which is the caller's.
func (s *Runs) Begin(actor access.Actor, j Job) (*Run, error) {
	s.Sweep()
	r := &Run{Job: j, ID: strings.ToLower(rand.Text()), Began: s.clock.Now(), org: actor.Org, by: actor.By()}
	if err := s.add(r); err != nil {
		return nil, err
	}
	s.start(r, actor, j.Kind == Import)
	return r, nil
}

// add finds room for a run. The oldest that have ended make it.
func (s *Runs) add(r *Run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var idle []*Run
	busy := 0
	for _, o := range s.all {
		switch {
		case o.org != r.org:
		case o.ended():
			idle = append(idle, o)
		default:
			busy++
		}
	}
	if busy >= mostBusy {
		return problem.New(problem.TooMany, "too_many_runs", "Too many lists are being worked on. Wait until one is done, or cancel one.")
	}
	slices.SortFunc(idle, func(a, b *Run) int { return a.Began.Compare(b.Began) })
	for _, o := range idle[:max(0, len(idle)+busy+1-mostKept)] {
		delete(s.all, o.ID)
		o.drop()
	}
	s.all[r.ID] = r
	return nil
}

// Find finds a run that is the actor's to see.
func (s *Runs) Find(actor access.Actor, id string) (*Run, error) {
	s.Sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.all[id]
	if r == nil || !r.visible(actor) {
		return nil, problem.New(problem.NotFound, "run_gone", "This run is not kept any more. Upload the list again.")
	}
	return r, nil
}

// Of lists the runs that are an actor's to see, the latest first.
func (s *Runs) Of(actor access.Actor) []Look {
	s.Sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Look
	for _, r := range s.all {
		if r.visible(actor) {
			out = append(out, r.Look())
		}
	}
	slices.SortFunc(out, func(a, b Look) int { return b.Began.Compare(a.Began) })
	return out
}

// Sweep removes the runs whose time is over.
func (s *Runs) Sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	for id, r := range s.all {
		if r.ended() && now.Sub(r.Began) >= Life {
			delete(s.all, id)
			r.drop()
		}
	}
}

// Close stops the work under way, waits for it and gives everything up.
func (s *Runs) Close() {
	s.stop()
	s.busy.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.all {
		delete(s.all, id)
		r.drop()
	}
}
