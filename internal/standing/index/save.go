// SPDX-License-Identifier: Apache-2.0

package index

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/lecito/lecito/lawful"
)

// Save writes what the index holds, for Load of the same program. Nobody is put in
// or gone meanwhile, and no chain to be read is listed; but people are asked about,
// and change. Who changes while it writes is in it as before, as after, or partly:
// whoever loads it has everybody read again who changed since it began. Who is begun
// is not put in meanwhile either: their number would be given once more.
func (x *Index) Save(to io.Writer) error {
	x.saves(true)
	defer x.saves(false)
	w := &saver{Writer: bufio.NewWriterSize(to, 1<<16)}
	// Before the blocks: who lapses meanwhile does so again, where what is written
	// of them is not stale yet.
	if err := x.saveSets(w); err != nil {
		return err
	}
	for _, table := range []*[shards]shard{&x.people, &x.chains} {
		for i := range table {
			table[i].save(w)
		}
	}
	blocks := *x.blocks.Load()
	w.number(len(blocks))
	for _, b := range blocks {
		b.save(w)
	}
	vectors := *x.vectors.Load()
	w.number(len(vectors))
	for _, a := range vectors {
		w.word(a)
	}
	held := make([]saved, 0, len(*x.answers.Load()))
	for _, a := range (*x.answers.Load())[1:] {
		held = append(held, saved{a.Standing, a.far})
	}
	text, err := json.Marshal(held)
	if err != nil {
		return fmt.Errorf("write standings: %w", err)
	}
	w.part(text)
	return w.Flush()
}

func (x *Index) saves(now bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.saving = now
}

// saved is a standing as it is written: of those that differ there are few.
type saved struct {
	Standing lawful.Standing
	Far      bool
}

// saveSets writes what is guarded by the one lock, as it is at one instant.
func (x *Index) saveSets(w *saver) error {
	x.mu.Lock()
	last, read, todo, holders := x.last, x.read.Load(), maps.Clone(x.todo), maps.Clone(x.holders)
	shared, lapses := make(map[Key][]uint32, len(x.shared)), make(map[int64]*roaring.Bitmap, len(x.lapses))
	permitted := make([]*roaring.Bitmap, 0, len(x.permitted))
	for chain, numbers := range x.shared {
		shared[chain] = numbers[:len(numbers):len(numbers)]
	}
	for at, set := range x.lapses {
		lapses[at] = set.Clone()
	}
	for _, set := range x.permitted {
		permitted = append(permitted, set.Clone())
	}
	x.mu.Unlock()
	w.word(last)
	w.number(int(read))
	w.number(len(todo))
	for chain := range todo {
		w.key(chain)
	}
	w.number(len(holders))
	for n, chain := range holders {
		w.word(n)
		w.key(chain)
	}
	w.number(len(shared))
	for chain, numbers := range shared {
		w.key(chain)
		w.number(len(numbers))
		for _, n := range numbers {
			w.word(n)
		}
	}
	w.number(len(lapses))
	for at, set := range lapses {
		w.number(int(at))
		if err := w.set(set); err != nil {
			return err
		}
	}
	for _, set := range permitted {
		if err := w.set(set); err != nil {
			return err
		}
	}
	return nil
}

func (s *shard) save(w *saver) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w.number(s.taken)
	w.part(s.places)
}

func (b *block) save(w *saver) {
	for i := range b.rows {
		w.word(atomic.LoadUint32(&b.rows[i]))
	}
	for i := range b.stale {
		w.number(int(b.stale[i].Load()))
	}
}

// saver writes numbers and bytes; what goes wrong, its Flush says.
type saver struct{ *bufio.Writer }

func (w *saver) word(n uint32) { w.bytes(binary.LittleEndian.AppendUint32(w.AvailableBuffer(), n)) }
func (w *saver) number(n int) {
	w.bytes(binary.LittleEndian.AppendUint64(w.AvailableBuffer(), uint64(n)))
}
func (w *saver) key(k Key) {
	b := k.Bytes()
	w.bytes(b[:])
}
func (w *saver) bytes(b []byte) {
	_, _ = w.Write(b) // Flush tells
}

func (w *saver) part(b []byte) {
	w.number(len(b))
	w.bytes(b)
}

func (w *saver) set(set *roaring.Bitmap) error {
	b, err := set.ToBytes()
	if err != nil {
		return fmt.Errorf("write a set: %w", err)
	}
	w.part(b)
	return nil
}

// Load reads what Save wrote of an index with the same secret, uses and turn, and
// answers with a new one. It trusts what it reads: the caller knows it is what was
// written. The new one is good for nothing until those who changed since it was
// saved were told, those it lists were read, and Done was said.
func (x *Index) Load(from io.Reader) (*Index, error) {
	x = x.another()
	x.behind.Store(true)
	x.unlisted = true // some were stale, and nobody had listed them yet
	r := &loader{Reader: bufio.NewReaderSize(from, 1<<16)}
	x.loadSets(r)
	for _, table := range []*[shards]shard{&x.people, &x.chains} {
		for i := range table {
			table[i].load(r)
		}
	}
	blocks := make([]*block, r.number())
	for i := range blocks {
		blocks[i] = x.loadBlock(r)
	}
	vectors := r.words(r.number())
	var held []saved
	if text := r.part(); r.err == nil {
		r.err = json.Unmarshal(text, &held)
	}
	if r.err != nil {
		return nil, fmt.Errorf("load the index: %w", r.err)
	}
	answers := append(make([]*Answer, 0, len(held)+1), nil)
	for i := range held {
		x.answerIDs[heldOf(held[i])] = uint32(len(answers))
		answers = append(answers, &Answer{held: heldOf(held[i])})
	}
	x.blocks.Store(&blocks)
	x.vectors.Store(&vectors)
	x.answers.Store(&answers)
	x.nameVectors()
	return x, nil
}

func heldOf(s saved) held { return held{s.Standing, s.Far} }

func (x *Index) loadSets(r *loader) {
	x.last = r.word()
	x.read.Store(int64(r.number()))
	for range r.number() {
		x.todo[r.key()] = true
	}
	x.strangers = len(x.todo)
	for range r.number() {
		n := r.word()
		x.holders[n] = r.key()
	}
	for range r.number() {
		chain := r.key()
		x.shared[chain] = r.words(r.number())
	}
	for range r.number() {
		at := int64(r.number())
		x.lapses[at] = r.set()
		x.next.Store(min(x.next.Load(), at))
	}
	for u := range x.permitted {
		x.permitted[u] = r.set()
	}
}

func (s *shard) load(r *loader) {
	s.taken = r.number()
	s.places = r.part()
	s.size = len(s.places) / width
}

func (x *Index) loadBlock(r *loader) *block {
	b := &block{rows: r.words(blockSize * x.rows)}
	for i := range b.stale {
		b.stale[i].Store(uint64(r.number()))
	}
	return b
}

// nameVectors finds the rows of answers again, to be shared by whoever is put in.
func (x *Index) nameVectors() {
	widths := make([]int, x.rows)
	for _, p := range x.places {
		widths[p.row]++
	}
	vectors := *x.vectors.Load()
	named := make([]bool, len(vectors))
	for _, b := range *x.blocks.Load() {
		for i, v := range b.rows {
			if v == 0 || named[v] {
				continue
			}
			named[v] = true
			x.vectorIDs[string(vectorKey(nil, vectors[v:int(v)+widths[i%x.rows]]))] = v
		}
	}
}

// loader reads what a saver wrote; after something went wrong, zeros and nothing.
type loader struct {
	*bufio.Reader

	err error
}

func (r *loader) bytes(n int) []byte {
	b := make([]byte, n)
	if r.err == nil {
		_, r.err = io.ReadFull(r, b)
	}
	if r.err != nil {
		clear(b)
	}
	return b
}

func (r *loader) word() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }
func (r *loader) number() int  { return int(binary.LittleEndian.Uint64(r.bytes(8))) }
func (r *loader) key() Key     { return KeyFrom([16]byte(r.bytes(16))) }
func (r *loader) part() []byte { return r.bytes(r.number()) }

func (r *loader) words(n int) []uint32 {
	b := r.bytes(4 * n)
	words := make([]uint32, n)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return words
}

func (r *loader) set() *roaring.Bitmap {
	set := roaring.New()
	if b := r.part(); r.err == nil {
		r.err = set.UnmarshalBinary(b)
	}
	return set
}
