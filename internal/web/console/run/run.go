// SPDX-License-Identifier: Apache-2.0

// Package run keeps the lists that somebody uploaded to be cleared or imported:
// the work goes on after the request that asked for it, can be looked at, left
// and cancelled, and what comes of it can be fetched for two days.
//
// What it promises: an uploaded list and its parts lie encrypted under a key
// that only memory holds, in files without a name; nothing of them survives the
// process, nor 48 hours; their number is bounded.
//
// Where it is weak: a run belongs to one process and ends with it.
package run

import (
	"context"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists"
)

// Life is how long a run is kept.
const Life = 48 * time.Hour

// Kinds of run.
const (
	Clear  = "clear"
	Import = "import"
)

// States of a run.
const (
	Working   = "working"
	Done      = "done"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Parts of a cleared list.
const (
	Permitted = "permitted"
	Rejected  = "rejected"
	Suppress  = "suppress"
	Clearance = "clearance"
)

// Job says what a list is for.
type Job struct {
	Kind             string
	Purpose, Channel string // of a clearance
	Source, Columns  string // of an import: where it is from, what its columns mean
	Name             string // of the file: for its owner's eyes and for recognising the tool
	Language         string // of the explanations
	Input            *Vault
	Ext              string // of what comes out: csv or xlsx
}

// Run is a list being worked on, and what came of it. What is above mu is set
// before anybody knows the run; the rest is guarded by it.
type Run struct {
	Job

	ID    string
	Began time.Time

	org, by string

	mu      sync.Mutex
	now     state
	cancel  context.CancelFunc
	over    chan struct{}     // closed when the work under way has ended; nil before the first
	outputs map[string]*Vault // by part
}

// state is how a run stands.
type state struct {
	State    string
	Dry      bool // of an import: sums only, nothing stored
	Progress lists.Progress
	Failed   error
	Cleared  lists.ClearResult
	Imported lists.ImportResult
}

// Look is a run as it stands.
type Look struct {
	*Run
	state

	Over <-chan struct{} // closed when the work has ended
}

// Look looks at the run.
func (r *Run) Look() Look {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Look{r, r.now, r.over}
}

// Output finds a part of the list once it is ready, nil before.
func (r *Run) Output(part string) *Vault {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.State != Done {
		return nil
	}
	return r.outputs[part]
}

// Cancel stops the run where it stands.
func (r *Run) Cancel() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.State == Working {
		r.cancel()
		r.now.State = Cancelled
	}
}

func (r *Run) step(p lists.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Of == 0 && p.Phase == r.now.Progress.Phase {
		p.Of = r.now.Progress.Of
	}
	r.now.Progress = p
}

// ended says whether nothing works on the run any more. One that was cancelled
// has not ended until the work has noticed.
func (r *Run) ended() bool {
	select {
	case <-r.Look().Over:
		return true
	default:
		return false
	}
}

// visible says whether a run is an actor's to see: their own, or any of the
// organisation's for who serves people's rights.
func (r *Run) visible(actor access.Actor) bool {
	return r.org == actor.Org && (r.by == actor.By() || actor.May(access.ScopeRequests))
}

// drop gives up everything the run holds. It has ended.
func (r *Run) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Input.Drop()
	for _, o := range r.outputs {
		o.Drop()
	}
	r.outputs = nil
}
