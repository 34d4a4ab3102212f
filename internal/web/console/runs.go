// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
)

// Bounds of the registry of runs.
const (
	runLife = 48 * time.Hour
	maxRuns = 24 // of one organisation, kept
	maxBusy = 3  // of one organisation, under way
)

// Kinds of run.
const (
	runClear  = "clear"
	runImport = "import"
)

// States of a run.
const (
	runWorking   = "working"
	runDone      = "done"
	runFailed    = "failed"
	runCancelled = "cancelled"
)

// run is one list being cleared or imported, and what came of it. What is above
// mu is set before the run is known to anybody; the rest is guarded by it.
type run struct {
	id, org, by     string
	kind            string
	purpose, chann  string // of a clearance
	source, columns string // of an import: where it is from, what its columns mean
	name            string // of the file: for its owner's eyes and for recognising the tool
	language        string
	began           time.Time
	input           *vault
	ext             string // of what comes out: csv or xlsx

	mu       sync.Mutex
	state    string
	dry      bool // of an import: sums only, nothing stored
	progress lists.Progress
	cancel   context.CancelFunc
	failed   error
	cleared  lists.ClearResult
	imported lists.ImportResult
	outputs  map[string]*vault // by name
}

// look is a run as it stands.
type look struct {
	*run

	state    string
	dry      bool
	progress lists.Progress
	failed   error
	cleared  lists.ClearResult
	imported lists.ImportResult
}

func (r *run) look() look {
	r.mu.Lock()
	defer r.mu.Unlock()
	return look{r, r.state, r.dry, r.progress, r.failed, r.cleared, r.imported}
}

func (r *run) step(p lists.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Of == 0 && p.Phase == r.progress.Phase {
		p.Of = r.progress.Of
	}
	r.progress = p
}

// output finds a part of the list that is ready.
func (r *run) output(name string) *vault {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state != runDone {
		return nil
	}
	return r.outputs[name]
}

// drop gives up everything the run holds. It has ended, or is being stopped.
func (r *run) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.input.drop()
	for _, o := range r.outputs {
		o.drop()
	}
	r.outputs = nil
}

// runs are those of this process.
type runs struct {
	clock clock.Clock

	mu  sync.Mutex
	all map[string]*run // by id; guarded by mu
}

func newRuns(c clock.Clock) *runs { return &runs{clock: c, all: map[string]*run{}} }

// add takes a run in, if there is room for it. An old one that has ended makes room.
func (s *runs) add(r *run) error {
	s.sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	var own []*run
	busy := 0
	for _, o := range s.all {
		if o.org == r.org {
			own = append(own, o)
			if o.look().state == runWorking {
				busy++
			}
		}
	}
	if busy >= maxBusy {
		return problem.New(problem.TooMany, "too_many_runs", "Too many lists are being worked on. Wait until one is done, or cancel one.")
	}
	slices.SortFunc(own, func(a, b *run) int { return a.began.Compare(b.began) })
	for _, o := range own {
		if len(own) < maxRuns {
			break
		}
		if o.look().state != runWorking {
			delete(s.all, o.id)
			o.drop()
			own = own[1:]
		}
	}
	r.id = strings.ToLower(rand.Text())
	s.all[r.id] = r
	return nil
}

// find finds a run of the actor's: their own, or any of the organisation's for
// who serves people's rights.
func (s *runs) find(actor access.Actor, id string) (*run, error) {
	s.sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.all[id]
	if r == nil || !r.visible(actor) {
		return nil, problem.New(problem.NotFound, "run_gone", "This run is not kept any more. Upload the list again.")
	}
	return r, nil
}

func (r *run) visible(actor access.Actor) bool {
	return r.org == actor.Org && (r.by == actor.By() || actor.May(access.ScopeRequests))
}

// of lists the runs an actor may see, the latest first.
func (s *runs) of(actor access.Actor) []look {
	s.sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []look
	for _, r := range s.all {
		if r.visible(actor) {
			out = append(out, r.look())
		}
	}
	slices.SortFunc(out, func(a, b look) int { return b.began.Compare(a.began) })
	return out
}

// sweep removes the runs whose time is over.
func (s *runs) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	for id, r := range s.all {
		if l := r.look(); l.state != runWorking && now.Sub(r.began) >= runLife {
			delete(s.all, id)
			r.drop()
		}
	}
}

// clear removes them all. Their work has been waited for.
func (s *runs) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.all {
		delete(s.all, id)
		r.drop()
	}
}
