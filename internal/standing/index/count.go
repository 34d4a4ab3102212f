// SPDX-License-Identifier: Apache-2.0

package index

import (
	"maps"
	"slices"
)

// lapse marks everybody whose standing has ended by an instant.
func (x *Index) lapse(now int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	next := never
	for lasts, lapsing := range x.lapses {
		if lasts > now {
			next = min(next, lasts)
			continue
		}
		for i := lapsing.Iterator(); i.HasNext(); {
			x.stale(i.Next())
		}
		delete(x.lapses, lasts)
		x.unlisted = true
	}
	x.next.Store(next)
}

// Todo lists chains that have to be read again, at most so many.
func (x *Index) Todo(most int) []Key {
	x.listStale()
	x.mu.Lock()
	defer x.mu.Unlock()
	list := make([]Key, 0, min(most, len(x.todo)))
	for chain := range x.todo {
		if len(list) == most {
			break
		}
		list = append(list, chain)
	}
	return list
}

// Gone says that chains are not there, or not any longer: nothing of them is kept,
// nor of identifiers that nobody else holds.
func (x *Index) Gone(chains ...Key) {
	if len(chains) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told.forget()
	gone := map[uint32]bool{} // true: an identifier's own, which others may hold too
	for _, chain := range chains {
		if x.changed[chain] {
			continue
		}
		if n, ok := x.chains[chain.shard()].find(chain); ok {
			x.stale(n)
			x.forget(n)
			x.chains[chain.shard()].remove(chain)
			gone[n] = false
		}
		for _, n := range x.shared[chain] {
			if x.owns(chain, n) {
				gone[n] = true
			}
		}
		x.unshare(chain)
		x.was(chain)
	}
	if len(gone) > 0 {
		x.dropAll(gone)
	}
}

// dropAll takes the identifiers of some numbers out. One with a number of its own that
// changes with somebody who is still there waits until that one is read: perhaps they
// hold it too.
func (x *Index) dropAll(gone map[uint32]bool) {
	left := map[uint32]bool{}
	for _, numbers := range x.shared {
		for _, n := range numbers {
			if gone[n] {
				left[n] = true
			}
		}
	}
	for i := range x.people {
		theirs := map[Key]uint32{}
		x.people[i].all(func(k Key, n uint32) {
			if _, is := gone[n]; is {
				theirs[k] = n
			}
		})
		for k, n := range theirs {
			if left[n] {
				x.people[i].put(k, waiting)
			} else {
				x.people[i].remove(k)
			}
			for r := range x.runs {
				r.renamed(k)
			}
		}
	}
}

// listStale adds whose standing is stale to what has to be read. Nobody waits
// while it goes through all of them.
func (x *Index) listStale() {
	x.mu.Lock()
	unlisted, holders := x.unlisted, maps.Clone(x.holders)
	x.unlisted = false
	x.mu.Unlock()
	if !unlisted {
		return
	}
	blocks := *x.blocks.Load()
	if !slices.ContainsFunc(blocks, (*block).anyStale) {
		return // whoever was is gone
	}
	var found []Key
	add := func(chain Key, n uint32) {
		if blocks[n/blockSize].isStale(n) {
			found = append(found, chain)
		}
	}
	for i := range x.chains {
		x.chains[i].all(add)
	}
	for n, chain := range holders {
		add(chain, n)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, chain := range found {
		if _, listed := x.todo[chain]; !listed {
			x.todo[chain] = false
		}
	}
}

// Count is how many subjects an identifier of theirs permits the use for. False:
// not everybody has been read since they changed.
func (x *Index) Count(use int) (int64, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int64(x.permitted[use].GetCardinality()), x.settled()
}

// Complete tells whether everybody was read once.
func (x *Index) Complete() bool { return x.complete.Load() }

// Ready tells whether everybody is in the index as they are.
func (x *Index) Ready() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.settled()
}

// settled is Ready with the index locked.
func (x *Index) settled() bool { return x.complete.Load() && len(x.todo) == 0 && !x.unlisted }

// Size is what an index holds, in bytes where it says so.
type Size struct {
	Subjects, Identifiers, Answers int64
	Waiting                        int64 // chains to be read
	Tables, Standings, Sets        int64 // bytes
}

// Size measures the index.
func (x *Index) Size() Size {
	x.mu.Lock()
	defer x.mu.Unlock()
	var s Size
	for i := range shards {
		for _, table := range []*shard{&x.people[i], &x.chains[i]} {
			table.mu.RLock()
			s.Tables += int64(cap(table.places))
			table.mu.RUnlock()
		}
		s.Identifiers += int64(x.people[i].taken)
		s.Subjects += int64(x.chains[i].taken)
	}
	s.Answers, s.Waiting = int64(len(*x.answers.Load())-1), int64(len(x.todo))
	s.Standings = int64(len(*x.blocks.Load()))*int64(blockSize*x.rows*4+blockSize/8) + int64(4*cap(*x.vectors.Load()))
	for _, set := range x.permitted {
		s.Sets += int64(set.GetSizeInBytes())
	}
	for _, set := range x.lapses {
		s.Sets += int64(set.GetSizeInBytes())
	}
	return s
}
