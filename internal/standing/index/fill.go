// SPDX-License-Identifier: Apache-2.0

package index

import (
	"encoding/binary"
	"slices"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/lecito/lecito/lawful"
)

// Subject is what was read of a subject to be held.
type Subject struct {
	Read        time.Time // as of when
	Chain       Key
	Others      []Key // chains that bear on it besides its own
	Identifiers []Identifier
}

// Identifier is one of a subject's, with how it stands for each use that the
// question about it can be answered for; nil: not for this one.
type Identifier struct {
	Key      Key
	Shared   []Key // chains of others who hold it or are the same as those
	Standing []*lawful.Standing
	Far      []*lawful.Standing // the same for uses whose channel does not reach it
	Lasts    time.Time          // the first of them to lapse; zero: none does
}

// Begin is called before subjects are read to be put in: what changes from then
// on is not put in by what was read. One reads at a time.
func (x *Index) Begin() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.changed = map[Key]bool{}
}

// End is called when nothing more is put in by what was read since Begin.
func (x *Index) End() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.changed = nil
}

// Put holds a subject as it was read after Begin. False: it changed meanwhile.
func (x *Index) Put(s Subject) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s.rests(x.changed) {
		return false
	}
	x.put(s)
	return true
}

// put holds a subject.
func (x *Index) put(s Subject) {
	late := x.late(s)
	n, known := x.chains[s.Chain.shard()].find(s.Chain)
	if !known {
		n = x.number()
	}
	x.read.Store(max(x.read.Load(), s.Read.UnixMicro()))
	x.was(s.Chain)
	for _, other := range s.Others {
		x.share(other, n)
	}
	lasts := never
	own, may := make([]*lawful.Standing, len(x.uses)), make([]bool, len(x.uses))
	var far []*lawful.Standing // one's own for all: of a channel that reaches none only the person tells
	for _, id := range s.Identifiers {
		for u, standing := range id.Standing {
			may[u] = may[u] || standing != nil && standing.Permitted
		}
		if !id.Lasts.IsZero() {
			lasts = min(lasts, id.Lasts.UnixMicro())
		}
		for _, chain := range id.Shared { // who may be reached by it is another matter when they change
			x.share(chain, n)
		}
		if len(id.Shared) == 0 && merge(own, id.Standing) {
			x.rejoin(id.Key, n)
			far = id.Far
		} else {
			x.apart(s, id, n, late)
		}
	}
	x.hold(n, own, far, lasts)
	for u, permitted := range may {
		if permitted {
			x.permitted[u].Add(n)
		} else {
			x.permitted[u].Remove(n)
		}
	}
	x.fresh(n, late)
	if !known {
		x.chains[s.Chain.shard()].put(s.Chain, n)
	}
}

// rests tells whether some of what has changed bears on the subject.
func (s Subject) rests(changed map[Key]bool) bool {
	if changed[s.Chain] || slices.ContainsFunc(s.Others, func(k Key) bool { return changed[k] }) {
		return true
	}
	return slices.ContainsFunc(s.Identifiers, func(id Identifier) bool {
		return changed[id.Key] || slices.ContainsFunc(id.Shared, func(k Key) bool { return changed[k] })
	})
}

// late are the runs during which a subject changed that had no number yet: what
// was read of it is of after they began.
func (x *Index) late(s Subject) []*Run {
	var late []*Run
	for r := range x.runs {
		r.mu.RLock()
		if s.rests(r.keys) {
			late = append(late, r)
		}
		r.mu.RUnlock()
	}
	return late
}

// merge adds the standings of an identifier to those of its subject, unless two differ.
func merge(own, more []*lawful.Standing) bool {
	for u, s := range more {
		if s != nil && own[u] != nil && *own[u] != *s {
			return false
		}
	}
	for u, s := range more {
		if s != nil {
			own[u] = s
		}
	}
	return true
}

// apart gives an identifier a number of its own: it stands otherwise than the
// rest of its subject, or others hold it too. It changes with all of them.
func (x *Index) apart(s Subject, id Identifier, own uint32, late []*Run) {
	n, known := x.people[id.Key.shard()].find(id.Key)
	if _, apart := x.holders[n]; !apart {
		if known && n != waiting && n != own { // it was somebody else's alone, and nobody told that it no longer is
			x.stale(n)
			x.unlisted = true
		}
		n = x.number()
	}
	x.holders[n] = s.Chain
	if known {
		x.joined(s, id, n)
	}
	lasts := never
	if !id.Lasts.IsZero() {
		lasts = id.Lasts.UnixMicro()
	}
	x.hold(n, id.Standing, id.Far, lasts)
	for _, chain := range slices.Concat([]Key{s.Chain}, s.Others, id.Shared) {
		x.share(chain, n)
	}
	x.fresh(n, late)
	x.people[id.Key.shard()].put(id.Key, n)
}

// joined has everybody read again who holds an identifier with somebody whom it did not
// change with so far: whoever was read before that one held it too was counted by how it
// stood then. It is done once for each who joins, whoever is read first.
func (x *Index) joined(s Subject, id Identifier, n uint32) {
	if !slices.ContainsFunc(slices.Concat(id.Shared, []Key{s.Chain}), func(k Key) bool { return !slices.Contains(x.shared[k], n) }) {
		return
	}
	for _, other := range id.Shared {
		if own, ok := x.chains[other.shard()].find(other); ok && other != s.Chain {
			x.stale(own)
			x.unlisted = true
		}
	}
}

// rejoin gives an identifier the number of its subject, and forgets one of its own.
func (x *Index) rejoin(k Key, n uint32) {
	before, ok := x.people[k.shard()].find(k)
	if _, apart := x.holders[before]; ok && apart {
		x.forget(before)
		delete(x.holders, before)
	}
	x.people[k.shard()].put(k, n)
}

func (x *Index) share(chain Key, n uint32) {
	if !slices.Contains(x.shared[chain], n) {
		x.shared[chain] = append(x.shared[chain], n)
	}
}

// number gives the next number, with room for its standings.
func (x *Index) number() uint32 {
	x.last++
	blocks := *x.blocks.Load()
	if int(x.last/blockSize) >= len(blocks) {
		grown := append(slices.Clip(blocks), &block{rows: make([]uint32, blockSize*x.rows)})
		x.blocks.Store(&grown)
	}
	return x.last
}

// hold writes the rows of a number: what stands nearer first.
func (x *Index) hold(n uint32, near, far []*lawful.Standing, lasts int64) {
	b := (*x.blocks.Load())[n/blockSize]
	vectors := make([][]uint32, x.rows)
	for u := range x.uses {
		row := x.places[u].row
		a := uint32(0)
		switch {
		case u < len(near) && near[u] != nil:
			a = x.answer(held{*near[u], false})
		case u < len(far) && far[u] != nil:
			a = x.answer(held{*far[u], true})
		}
		vectors[row] = append(vectors[row], a)
	}
	for row, v := range vectors {
		atomic.StoreUint32(&b.rows[int(n%blockSize)*x.rows+row], x.vector(v))
	}
	if lasts == never {
		return
	}
	if x.lapses[lasts] == nil {
		x.lapses[lasts] = roaring.New()
	}
	x.lapses[lasts].Add(n)
	if lasts < x.next.Load() {
		x.next.Store(lasts)
	}
}

// answer is the place of a standing among the answers.
func (x *Index) answer(s held) uint32 {
	if i, ok := x.answerIDs[s]; ok {
		return i
	}
	answers := append(*x.answers.Load(), &Answer{held: s})
	x.answers.Store(&answers)
	i := uint32(len(answers) - 1)
	x.answerIDs[s] = i
	return i
}

// vector is where a row of answers begins.
func (x *Index) vector(row []uint32) uint32 {
	var space [64]byte
	key := vectorKey(space[:0], row)
	if i, ok := x.vectorIDs[string(key)]; ok {
		return i
	}
	before := *x.vectors.Load()
	vectors := before
	vectors = append(vectors, row...)
	x.vectors.Store(&vectors)
	i := uint32(len(before))
	x.vectorIDs[string(key)] = i
	return i
}

func vectorKey(key []byte, row []uint32) []byte {
	for _, a := range row {
		key = binary.LittleEndian.AppendUint32(key, a)
	}
	return key
}

func (x *Index) fresh(n uint32, late []*Run) {
	for _, r := range late {
		r.differs(n)
	}
	(*x.blocks.Load())[n/blockSize].settle(n)
}

func (x *Index) isStale(n uint32) bool { return (*x.blocks.Load())[n/blockSize].isStale(n) }

func (x *Index) stale(n uint32) {
	b := (*x.blocks.Load())[n/blockSize]
	b.stale[n%blockSize/64].Or(uint64(1) << (n % 64))
	for r := range x.runs {
		r.differs(n)
	}
}

// Done says that everybody was read once or, where the index was loaded, everybody
// who changed since it was saved.
func (x *Index) Done() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done = true
	x.behind.Store(false)
	x.complete.Store(x.strangers == 0)
}

// was takes a chain off what has to be read.
func (x *Index) was(chain Key) {
	if x.todo[chain] {
		x.strangers--
		x.complete.Store(x.done && x.strangers == 0)
	}
	delete(x.todo, chain)
}

// Changed says that chains have changed; elsewhere: in another process, so that
// identifiers may be new that nobody told of.
func (x *Index) Changed(elsewhere bool, chains ...Key) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.moved(elsewhere, chains)
}

func (x *Index) moved(elsewhere bool, chains []Key) {
	for _, chain := range chains {
		x.told.note(chain)
		if elsewhere && !x.todo[chain] {
			x.strangers++
			x.complete.Store(false)
		}
		x.todo[chain] = x.todo[chain] || elsewhere
		if x.changed != nil {
			x.changed[chain] = true
		}
		for r := range x.runs {
			r.renamed(chain)
		}
		if n, ok := x.chains[chain.shard()].find(chain); ok {
			x.stale(n)
		}
		for _, n := range x.shared[chain] {
			x.stale(n)
			x.unlisted = true
		}
	}
}

// Attached says that identifiers have a holder more, or another one.
func (x *Index) Attached(identifiers ...Key) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.attached(identifiers)
}

func (x *Index) attached(identifiers []Key) {
	for _, k := range identifiers {
		x.told.note(k)
		if x.changed != nil {
			x.changed[k] = true
		}
		if n, ok := x.people[k.shard()].find(k); ok && n != waiting {
			x.stale(n)
			x.unlisted = true
			x.leave(n)
		}
		x.people[k.shard()].put(k, waiting)
		for r := range x.runs {
			r.renamed(k)
		}
	}
}

// leave forgets the number that an identifier had of its own: it gets another one
// when its holders are read.
func (x *Index) leave(n uint32) {
	holder, apart := x.holders[n]
	if !apart {
		return
	}
	x.forget(n)
	delete(x.holders, n)
	if own, ok := x.chains[holder.shard()].find(holder); ok {
		x.stale(own)
	}
}

// Remove forgets subjects that were erased, and the identifiers that nobody holds
// any longer: nothing of them is left in memory.
func (x *Index) Remove(chains []Key, identifiers ...Key) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told.forget()
	for _, chain := range chains {
		if x.changed != nil {
			x.changed[chain] = true
		}
		if n, ok := x.chains[chain.shard()].find(chain); ok {
			x.stale(n)
			x.forget(n)
		}
		x.unshare(chain)
		x.chains[chain.shard()].remove(chain)
		x.was(chain)
	}
	for _, k := range identifiers {
		if x.changed != nil {
			x.changed[k] = true
		}
		x.people[k.shard()].remove(k)
		for r := range x.runs {
			r.renamed(k)
		}
	}
}

// unshare forgets what a chain that goes shared with others: they are asked for.
func (x *Index) unshare(chain Key) {
	for _, n := range x.shared[chain] {
		x.stale(n)
		x.unlisted = true
		if x.owns(chain, n) {
			x.forget(n)
			delete(x.holders, n)
		}
	}
	delete(x.shared, chain)
}

// owns tells whether a number is an identifier's, and the chain the last read of its holders.
func (x *Index) owns(chain Key, n uint32) bool {
	holder, apart := x.holders[n]
	return apart && holder == chain
}

// forget wipes the standings of a number that nobody has any longer. It is not stale
// either: there is nothing to read.
func (x *Index) forget(n uint32) {
	b := (*x.blocks.Load())[n/blockSize]
	for row := range x.rows {
		atomic.StoreUint32(&b.rows[int(n%blockSize)*x.rows+row], 0)
	}
	b.settle(n)
	for _, permitted := range x.permitted {
		permitted.Remove(n)
	}
	for _, lapsing := range x.lapses {
		lapsing.Remove(n)
	}
}
