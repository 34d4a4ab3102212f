// SPDX-License-Identifier: Apache-2.0

package index

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

// Run answers questions about one instant while time goes on: about whoever
// changes meanwhile, or lapses, it says Ask.
type Run struct {
	index *Index
	use   int
	soon  *roaring.Bitmap // whose standing lapses before the run's answers do

	touched atomic.Bool
	mu      sync.RWMutex // guards what follows
	numbers *roaring.Bitmap
	keys    map[Key]bool
}

// Open begins a run about now, whose answers are to hold until an instant. False:
// the index is not good for it. It is closed when it is over.
func (x *Index) Open(now, until time.Time, use int) (*Run, bool) {
	if !x.Fresh(now) || !x.turn.IsZero() && !until.Before(x.turn) {
		return nil, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	r := &Run{index: x, use: use, numbers: roaring.New(), keys: map[Key]bool{}}
	for lasts, lapsing := range x.lapses {
		if lasts > until.UnixMicro() {
			continue
		}
		if r.soon == nil {
			r.soon = roaring.New()
		}
		r.soon.Or(lapsing)
	}
	x.runs[r] = true
	return r, true
}

// Close ends the run.
func (r *Run) Close() {
	r.index.mu.Lock()
	defer r.index.mu.Unlock()
	delete(r.index.runs, r)
}

// Look finds how an identifier stood when the run began. What changes while it
// looks is seen afterwards: whoever changed is noted before they are read again.
func (r *Run) Look(k Key) (*Answer, State) {
	n, ok := r.index.people[k[0]].find(k)
	if ok && r.soon != nil && r.soon.Contains(n) {
		return nil, Ask
	}
	answer, state := r.index.found(n, ok, r.use, false)
	if r.touched.Load() && r.different(k, n) {
		return nil, Ask
	}
	return answer, state
}

func (r *Run) different(k Key, n uint32) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[k] || r.numbers.Contains(n)
}

// differs notes a number that no longer stands as it did. The index is locked.
func (r *Run) differs(n uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.numbers.Add(n)
	r.touched.Store(true)
}

// renamed notes an identifier that has other holders now. The index is locked.
func (r *Run) renamed(k Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[k] = true
	r.touched.Store(true)
}
