// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/standing"
)

// Bounds of the figures: how many people are asked about at most, how old an
// answer may be, and how long a page waits for a first one.
const (
	mostPeople = 100_000
	figureLife = 10 * time.Minute
	figureWait = 3 * time.Second
)

// figures keeps the last count of each organisation.
type figures struct {
	mu   sync.Mutex
	last map[string]*count // by organisation; guarded by mu
}

// count is one count: under way until done is closed.
type count struct {
	done  chan struct{}
	tally standing.Tally // set before done is closed
	err   error          // likewise
	stale *standing.Tally
}

func newFigures() *figures { return &figures{last: map[string]*count{}} }

// tally gives the last count there is, and has a new one made where that is
// old. nil: the first one is not ready yet.
func (c *Console) tally(ctx context.Context, actor access.Actor, now time.Time) *standing.Tally {
	n := c.figures.begin(actor.Org, now, func(n *count) {
		c.busy.Go(func() {
			defer close(n.done)
			n.tally, n.err = c.Standing.Tally(c.work, actor, mostPeople)
			if n.err != nil && c.work.Err() == nil {
				c.Log.Error("count how people stand", "error", n.err)
			}
		})
	})
	if n.stale != nil {
		return n.ready(n.stale)
	}
	wait, cancel := context.WithTimeout(ctx, figureWait)
	defer cancel()
	select {
	case <-n.done:
	case <-wait.Done():
	}
	return n.ready(nil)
}

// begin finds the count to look at; start makes a new one where it is due.
func (f *figures) begin(org string, now time.Time, start func(*count)) *count {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.last[org]
	if last != nil && (!last.over() || last.err == nil && now.Sub(last.tally.Taken) < figureLife) {
		return last
	}
	next := &count{done: make(chan struct{})}
	if last != nil {
		next.stale = last.ready(last.stale)
	}
	f.last[org] = next
	start(next)
	return next
}

func (n *count) over() bool {
	select {
	case <-n.done:
		return true
	default:
		return false
	}
}

// ready is what was counted, or the one before while it is not.
func (n *count) ready(before *standing.Tally) *standing.Tally {
	if n.over() && n.err == nil {
		return &n.tally
	}
	return before
}
