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

	ahead uint32 // of LookMany; says nothing

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
	n, ok := r.index.people[k.shard()].find(k)
	return r.found(k, n, ok)
}

// LookMany is Look for many, in their order. It holds the tables once for all, and
// goes over some of the keys twice: the first round reads ahead what the second needs,
// so that while one look waits for memory those of the others do too.
func (r *Run) LookMany(keys []Key, out []Found) {
	x := r.index
	for i := range x.people {
		x.people[i].mu.RLock()
	}
	for from := 0; from < len(keys); from += readAhead {
		to := min(from+readAhead, len(keys))
		r.ahead += x.firstPlaces(keys[from:to])
		for i, k := range keys[from:to] {
			out[from+i].number, out[from+i].known = x.people[k.shard()].get(k)
		}
	}
	for i := range x.people {
		x.people[i].mu.RUnlock()
	}
	for from := 0; from < len(keys); from += readAhead {
		to := min(from+readAhead, len(keys))
		r.ahead += x.rowsOf(out[from:to], r.use)
		for i, k := range keys[from:to] {
			f := &out[from+i]
			f.Answer, f.State = r.found(k, f.number, f.known)
		}
	}
}

// readAhead is for how many keys at once.
const readAhead = 128

// firstPlaces reads where each key is looked for first, for who holds the tables. What
// it returns says nothing: without it nothing would be read.
func (x *Index) firstPlaces(keys []Key) (read uint32) {
	for _, k := range keys {
		if s := &x.people[k.shard()]; s.size > 0 {
			read += s.number(s.home(k))
		}
	}
	return read
}

// rowsOf reads in the same way what is held of each number for a use.
func (x *Index) rowsOf(found []Found, use int) (read uint32) {
	blocks, row := *x.blocks.Load(), x.places[use].row
	for i := range found {
		if n := found[i].number; found[i].known && n != waiting {
			read += atomic.LoadUint32(&blocks[n/blockSize].rows[int(n%blockSize)*x.rows+row])
		}
	}
	return read
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
		n, ok := x.chains[chain.shard()].find(chain)
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
