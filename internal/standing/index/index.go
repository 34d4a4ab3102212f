// SPDX-License-Identifier: Apache-2.0

// Package index holds in memory how everybody of one organisation stands, so
// that the question asked most, about now, is answered without the store.
//
// Each identifier leads to a subject's number, each number to the standing for
// every purpose and channel. Equal standings are one, and so are equal rows of
// them: a person costs some fifty bytes, however long their history.
//
// What it promises: it answers only what is exact. Whatever changed and has not
// been read again, what time has changed, what somebody shares with another who
// changed: for all of that it says Ask, and the caller asks the store. It decides
// nothing and reads nothing: who fills it reads the store, and must tell it of
// each change after it is committed and before it is acknowledged.
//
// Where it is weak: numbers of erased subjects are not used again before the
// next start, and neither are standings that nobody has any longer.
package index

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/dchest/siphash"
	"github.com/google/uuid"

	"github.com/lecito/lecito/lawful"
)

// Key names an identifier or a chain: 128 bits, which nobody can tell from the
// identifier without the organisation's secret. It is two words and not sixteen bytes
// so that it stays in registers: words written to memory and read back at other
// places make a processor wait for all it had begun before.
type Key struct{ low, high uint64 }

// Use is a purpose on a channel.
type Use struct{ Purpose, Channel string }

// State tells what the index knows.
type State int

// Ask: nothing exact; the store has to be asked. Held: the standing. Unknown:
// nobody has the identifier.
const (
	Ask State = iota
	Held
	Unknown
)

// Index is safe for concurrent use.
type Index struct {
	secret [2]uint64
	uses   []Use
	places []place // of uses
	rows   int     // of standings a subject has: one for each purpose

	people [shards]shard // identifiers
	chains [shards]shard // and whose entries

	complete atomic.Bool  // who is not in it does not exist
	behind   atomic.Bool  // it was loaded, and what has changed since it was saved is not in it yet
	turn     time.Time    // the rules change by themselves: nothing is exact from here
	next     atomic.Int64 // microsecond at which the next standing lapses
	read     atomic.Int64 // microsecond as of which the latest was read

	blocks  atomic.Pointer[[]*block]
	vectors atomic.Pointer[[]uint32]
	answers atomic.Pointer[[]*Answer]

	mu        sync.Mutex // guards what follows, and every change of what is above
	last      uint32     // number given
	vectorIDs map[string]uint32
	answerIDs map[held]uint32
	permitted []*roaring.Bitmap         // by use: subjects whom an identifier of theirs permits it for
	lapses    map[int64]*roaring.Bitmap // by microsecond: whose standing lasts until then
	shared    map[Key][]uint32          // by chain: others that change with it
	holders   map[uint32]Key            // whose identifier has a number of its own
	todo      map[Key]bool              // chains to be read; true: they changed in another process
	strangers int                       // how many of those changed in another process
	unlisted  bool                      // some that are stale are not among them yet
	done      bool                      // everybody was read once
	changed   map[Key]bool              // chains and identifiers that changed since Begin
	runs      map[*Run]bool
	told      told
	saving    bool // numbers are being written
}

// place is where a use stands in a subject's rows.
type place struct{ row, column int }

const (
	blockSize = 4096
	never     = int64(1<<63 - 1)
	waiting   = ^uint32(0) // the number of an identifier whose holder has not been read
)

// block holds the standings of subjects that follow each other.
type block struct {
	rows  []uint32 // where each row begins in vectors
	stale [blockSize / 64]atomic.Uint64
}

// isStale tells whether the number, one of the block's, has to be read again.
func (b *block) isStale(n uint32) bool { return b.stale[n%blockSize/64].Load()&(1<<(n%64)) != 0 }

// settle says that it has not.
func (b *block) settle(n uint32) { b.stale[n%blockSize/64].And(^(uint64(1) << (n % 64))) }

// anyStale tells whether somebody of the block is.
func (b *block) anyStale() bool {
	for i := range b.stale {
		if b.stale[i].Load() != 0 {
			return true
		}
	}
	return false
}

// held is a standing as it is held: far where it is of an identifier that the
// channel does not reach.
type held struct {
	lawful.Standing

	far bool
}

// Answer is a standing that is held, with its explanations once they were asked for.
type Answer struct {
	held

	texts [8]atomic.Pointer[string] // by language
}

// New returns an empty index of the purposes on their channels, by a secret of
// the organisation, for rules that turn at an instant (zero: never).
func New(secret [16]byte, purposes map[string][]string, order []string, turn time.Time) *Index {
	x := &Index{
		secret: [2]uint64{binary.LittleEndian.Uint64(secret[:8]), binary.LittleEndian.Uint64(secret[8:])},
		rows:   len(order), turn: turn,
	}
	for row, purpose := range order {
		for column, channel := range purposes[purpose] {
			x.places = append(x.places, place{row, column})
			x.uses = append(x.uses, Use{purpose, channel})
		}
	}
	return x.another()
}

// another is an empty index for the same.
func (x *Index) another() *Index {
	x = &Index{
		secret: x.secret, uses: x.uses, places: x.places, rows: x.rows, turn: x.turn, holders: map[uint32]Key{},
		vectorIDs: map[string]uint32{}, answerIDs: map[held]uint32{},
		lapses: map[int64]*roaring.Bitmap{}, shared: map[Key][]uint32{}, todo: map[Key]bool{}, runs: map[*Run]bool{},
	}
	for range x.uses {
		x.permitted = append(x.permitted, roaring.New())
	}
	x.blocks.Store(&[]*block{})
	x.vectors.Store(&[]uint32{0}) // vector 0 is never given
	x.answers.Store(&[]*Answer{nil})
	x.next.Store(never)
	return x
}

// Uses lists what the index holds standings for.
func (x *Index) Uses() []Use { return x.uses }

// Key is the key of an identifier; the source is that of a customer number.
func (x *Index) Key(kind, source, value string) Key { return key(x, kind, source, value) }

// KeyOf is Key of a value in bytes.
func (x *Index) KeyOf(kind, source string, value []byte) Key { return key(x, kind, source, value) }

func key[T string | []byte](x *Index, kind, source string, value T) Key {
	var space [128]byte
	text := append(space[:0], kind...)
	text = append(text, 0)
	text = append(text, source...)
	text = append(text, 0)
	text = append(text, value...)
	low, high := siphash.Hash128(x.secret[0], x.secret[1], text)
	return Key{low, high}
}

// KeyFrom is the key that Bytes wrote.
func KeyFrom(b [16]byte) Key {
	return Key{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])}
}

// Bytes are those of a key.
func (k Key) Bytes() (b [16]byte) {
	binary.LittleEndian.PutUint64(b[:8], k.low)
	binary.LittleEndian.PutUint64(b[8:], k.high)
	return b
}

// shard is the part of a table that has the key: the first of its bytes.
func (k Key) shard() byte { return byte(k.low) }

// Chain is the key of a chain: its UUID, the random end first. False: it has none.
func Chain(id string) (Key, bool) {
	_, text, _ := strings.Cut(id, "_")
	u, err := uuid.Parse(text)
	slices.Reverse(u[:])
	return KeyFrom(u), err == nil
}

// Chains are the keys of chains; the zero key of one that has none.
func Chains(ids []string) []Key {
	keys := make([]Key, len(ids))
	for i, id := range ids {
		keys[i], _ = Chain(id)
	}
	return keys
}

// ChainsBut are the keys of those chains that have one, without one of the chains.
func ChainsBut(ids []string, but string) []Key {
	var keys []Key
	for _, id := range ids {
		if key, ok := Chain(id); ok && id != but {
			keys = append(keys, key)
		}
	}
	return keys
}

// UUID is the part of a chain's id that its key is made of.
func (k Key) UUID() string {
	u := uuid.UUID(k.Bytes())
	slices.Reverse(u[:])
	return u.String()
}

// Turned tells whether the rules are others by an instant.
func (x *Index) Turned(now time.Time) bool { return !x.turn.IsZero() && !now.Before(x.turn) }

// Fresh tells whether the index is good for an instant, and marks what has
// lapsed by then. It is not good for one before something was read: what had not
// happened yet may be in it. One that was loaded is good for none until Done.
func (x *Index) Fresh(now time.Time) bool {
	if x.behind.Load() || x.Turned(now) || now.UnixMicro() < x.read.Load() {
		return false
	}
	if now.UnixMicro() >= x.next.Load() {
		x.lapse(now.UnixMicro())
	}
	return true
}

// Use is the place of a use among those held, to look with; -1: it is not held.
func (x *Index) Use(u Use) int { return slices.Index(x.uses, u) }

// NewAnswer is an answer that no index holds.
func NewAnswer(s lawful.Standing) *Answer { return &Answer{held: held{Standing: s}} }

// Look finds how an identifier stands for a use; far: one that its channel does
// not reach. Fresh was asked for the instant.
func (x *Index) Look(k Key, use int, far bool) (*Answer, State) {
	n, ok := x.people[k.shard()].find(k)
	return x.found(n, ok, use, far)
}

func (x *Index) found(n uint32, ok bool, use int, far bool) (*Answer, State) {
	switch {
	case !ok && x.complete.Load():
		return nil, Unknown
	case !ok, n == waiting:
		return nil, Ask
	}
	p := x.places[use]
	b := (*x.blocks.Load())[n/blockSize]
	if b.isStale(n) {
		return nil, Ask
	}
	row := atomic.LoadUint32(&b.rows[int(n%blockSize)*x.rows+p.row])
	if row == 0 {
		return nil, Ask
	}
	a := (*x.vectors.Load())[int(row)+p.column]
	answer := (*x.answers.Load())[a]
	if a == 0 || answer.far != far {
		return nil, Ask
	}
	return answer, Held
}

// Text is the explanation in a language, made once.
func (a *Answer) Text(language string, rules *lawful.Rules, at time.Time) string {
	i := 0
	for k, known := range lawful.Languages() {
		if known == language {
			i = k + 1
		}
	}
	if i == 0 || i >= len(a.texts) {
		return a.explain(language, rules, at)
	}
	if text := a.texts[i].Load(); text != nil {
		return *text
	}
	text := a.explain(language, rules, at)
	a.texts[i].Store(&text)
	return text
}

func (a *Answer) explain(language string, rules *lawful.Rules, at time.Time) string {
	return a.Decision(rules, lawful.Question{Language: language, At: at}).Explanation
}
