// SPDX-License-Identifier: Apache-2.0

package index

import (
	"slices"
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
	soon  []lapsing // whose standing lapses before the run's permissions are to

	touched atomic.Bool
	mu      sync.RWMutex // guards what follows
	numbers *roaring.Bitmap
	keys    map[Key]bool // of identifiers and chains
}

// lapsing is whose standing lasts until a microsecond.
type lapsing struct {
	lasts int64
	who   *roaring.Bitmap
}

// Open begins a run about now, whose permissions are to hold until an instant. False:
// the index is not good for it. It is closed when it is over.
func (x *Index) Open(now, until time.Time, use int) (*Run, bool) {
	if !x.Fresh(now) || !x.turn.IsZero() && !until.Before(x.turn) {
		return nil, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	r := &Run{index: x, use: use, numbers: roaring.New(), keys: map[Key]bool{}}
	for lasts, who := range x.lapses {
		if lasts < until.UnixMicro() {
			r.soon = append(r.soon, lapsing{lasts, who.Clone()})
		}
	}
	x.runs[r] = true
	return r, true
}

// Until says that permissions are to hold no longer than until an instant.
func (r *Run) Until(until time.Time) {
	r.soon = slices.DeleteFunc(r.soon, func(l lapsing) bool { return l.lasts >= until.UnixMicro() })
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
	return r.found(k, n, ok)
}

// LookMany is Look for many, in their order. It holds the tables once for all, so
// that nothing stands between one look into memory and the next.
func (r *Run) LookMany(keys []Key, out []Found) {
	x := r.index
	for i := range x.people {
		x.people[i].mu.RLock()
	}
	for i, k := range keys {
		out[i].number, out[i].known = x.people[k[0]].get(k)
	}
	for i := range x.people {
		x.people[i].mu.RUnlock()
	}
	for i, k := range keys {
		out[i].Answer, out[i].State = r.found(k, out[i].number, out[i].known)
	}
}

// May tells of which chains an identifier may be permitted: not of those who are
// known to have none. Who changed since the run began may have had one then. Of those
// who hold one together, whoever came to hold it since they were read may have it.
func (r *Run) May(chains []Key) []bool {
	x := r.index
	x.mu.Lock()
	defer x.mu.Unlock()
	r.mu.RLock()
	defer r.mu.RUnlock()
	may := make([]bool, len(chains))
	for i, chain := range chains {
		n, ok := x.chains[chain[0]].find(chain)
		may[i] = !ok || r.numbers.Contains(n) || x.isStale(n) || x.permitted[r.use].Contains(n)
	}
	return may
}

// Found is what a run knows of one of many.
type Found struct {
	Answer *Answer
	State  State
	number uint32
	known  bool
}

func (r *Run) found(k Key, n uint32, ok bool) (*Answer, State) {
	answer, state := r.index.found(n, ok, r.use, false)
	if state == Held && answer.Permitted && slices.ContainsFunc(r.soon, func(l lapsing) bool { return l.who.Contains(n) }) {
		return nil, Ask
	}
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

// renamed notes an identifier that has other holders now, or a chain that has
// changed. The index is locked.
func (r *Run) renamed(k Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[k] = true
	r.touched.Store(true)
}
