// SPDX-License-Identifier: Apache-2.0

package index_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/lawful"
)

// model is the store as a naive reader sees it: who holds what, and how each stands.
type model struct {
	holders map[int]map[int]bool // of identifiers: chains
	version map[int]int          // of chains: changes with each write
	links   map[int]int          // of chains: another that bears on it
}

func (m *model) stands(identifier, use int) lawful.Reason {
	total := identifier + use
	for chain := range m.holders[identifier] {
		total += m.weight(chain)
	}
	reasons := []lawful.Reason{lawful.ReasonConsentGiven, lawful.ReasonNoChoice, lawful.ReasonWithdrawn, lawful.ReasonObjected}
	return reasons[total%len(reasons)]
}

func (m *model) weight(chain int) int {
	w := m.version[chain]
	if other, linked := m.links[chain]; linked {
		w += m.version[other]
	}
	return w
}

func (m *model) others(chain int) []index.Key {
	if other, linked := m.links[chain]; linked {
		return []index.Key{key(other)}
	}
	return nil
}

// subject reads a chain as whoever fills the index does.
func (m *model) subject(chain int) (index.Subject, bool) {
	s := index.Subject{Read: noon, Chain: key(chain), Others: m.others(chain)}
	for _, identifier := range slices.Sorted(maps.Keys(m.holders)) {
		if !m.holders[identifier][chain] {
			continue
		}
		id := index.Identifier{Key: key(1000 + identifier)}
		for other := range m.holders[identifier] {
			if other != chain {
				id.Shared = append(append(id.Shared, key(other)), m.others(other)...)
			}
		}
		for use := range 3 {
			id.Standing = append(id.Standing, stands(m.stands(identifier, use)))
		}
		s.Identifiers = append(s.Identifiers, id)
	}
	return s, len(s.Identifiers) > 0
}

// both is the index and the model of the store, driven side by side.
type both struct {
	model

	index  *index.Index
	drafts []index.Subject
	held   int
	whole  bool         // everybody was put in once
	saved  []byte       // nil: nothing, or somebody was erased since
	since  map[int]bool // chains that changed since it was saved
	runs   []opened
	begun  []begun
}

// begun is somebody whom a transaction began and committed, of whom the index was
// not told yet.
type begun struct {
	index      *index.Index
	mark       uint64
	identifier int
	index.Subject
}

// opened is a run, and the store as it was when it began.
type opened struct {
	*index.Run

	use   int
	stood [6]lawful.Reason // of identifiers; "": nobody held it
}

var someChain = rapid.IntRange(0, 5)

func (b *both) write(t *rapid.T) {
	c, i := someChain.Draw(t, "chain"), rapid.IntRange(0, 5).Draw(t, "identifier")
	b.version[c]++
	b.changed(c)
	if b.holders[i] == nil {
		b.holders[i] = map[int]bool{}
	}
	attached := !b.holders[i][c]
	b.holders[i][c] = true
	b.index.Changed(false, key(c))
	if attached {
		b.index.Attached(key(1000 + i))
	}
}

// newcomer is a transaction that begins somebody with an identifier nobody holds.
func (b *both) newcomer(t *rapid.T) {
	c, i := someChain.Draw(t, "chain"), rapid.IntRange(0, 5).Draw(t, "identifier")
	if _, there := b.subject(c); there || len(b.holders[i]) > 0 || len(b.others(c)) > 0 {
		return
	}
	mark := b.index.Mark()
	b.version[c]++
	b.changed(c)
	b.holders[i] = map[int]bool{c: true}
	s, _ := b.subject(c)
	b.begun = append(b.begun, begun{b.index, mark, i, s})
}

// tell tells of the first of those who were begun, as the memory that keeps the index does.
func (b *both) tell(*rapid.T) {
	if len(b.begun) == 0 {
		return
	}
	n := b.begun[0]
	b.begun = b.begun[1:]
	if n.index != b.index || !b.index.Begun(n.mark, n.Subject) {
		b.index.Attached(key(1000 + n.identifier))
		b.index.Changed(false, n.Chain)
	}
}

// untold tells whether an identifier is only held by somebody the index was not told of.
func (b *both) untold(identifier int) bool {
	return slices.ContainsFunc(b.begun, func(n begun) bool { return n.identifier == identifier })
}

func (b *both) changed(chains ...int) {
	for _, c := range chains {
		if b.since != nil {
			b.since[c] = true
		}
	}
}

func (b *both) link(t *rapid.T) {
	one, other := someChain.Draw(t, "chain"), someChain.Draw(t, "other")
	if one != other {
		b.links[one], b.links[other] = other, one
		b.changed(one, other)
		b.index.Changed(false, key(one), key(other))
	}
}

// begin reads everybody; put holds the next of those read.
func (b *both) begin(*rapid.T) {
	b.index.Begin()
	b.drafts = nil
	for c := range 6 {
		if s, ok := b.subject(c); ok {
			b.drafts = append(b.drafts, s)
		}
	}
}

func (b *both) put(*rapid.T) {
	if len(b.drafts) > 0 {
		b.index.Put(b.drafts[0])
		b.drafts = b.drafts[1:]
	}
}

// erase is told as the subjects tell it.
func (b *both) erase(t *rapid.T) {
	c := someChain.Draw(t, "chain")
	for _, i := range slices.Sorted(maps.Keys(b.holders)) {
		if b.holders[i][c] {
			b.index.Attached(key(1000 + i))
		}
	}
	b.index.Remove([]index.Key{key(c)}, b.destroy(c)...)
}

// eraseElsewhere is what another process did: the index hears who is gone, between
// one reading and the next.
func (b *both) eraseElsewhere(t *rapid.T) {
	c := someChain.Draw(t, "chain")
	b.destroy(c)
	b.drafts = nil
	b.index.End()
	b.index.Gone(key(c))
}

// destroy removes a chain from the store, and tells which identifiers nobody holds
// now. What was before cannot be told any longer, of whoever shared something with
// it, and so the runs end.
func (b *both) destroy(c int) []index.Key {
	b.runs = nil
	var gone []index.Key
	for i, holders := range b.holders {
		if !holders[c] {
			continue
		}
		delete(holders, c)
		if len(holders) == 0 {
			delete(b.holders, i)
			gone = append(gone, key(1000+i))
		}
	}
	b.version[c]++
	b.saved = nil
	return gone
}

// done puts everybody in and says so.
func (b *both) done(t *rapid.T) {
	b.fill(t)
	b.index.Done()
}

// open begins a run; those there are go on.
func (b *both) open(t *rapid.T) {
	r := opened{use: rapid.IntRange(0, 2).Draw(t, "use")}
	if len(b.begun) > 0 {
		return
	}
	run, ok := b.index.Open(noon, noon.Add(time.Hour), r.use)
	if !ok {
		t.Fatal("no run")
	}
	r.Run = run
	for i := range 6 {
		if len(b.holders[i]) > 0 {
			r.stood[i] = b.stands(i, r.use)
		}
	}
	b.runs = append(b.runs, r)
}

func (b *both) agree(t *rapid.T) {
	b.looksAgree(t)
	b.countsAgree(t)
	for _, r := range b.runs {
		r.agree(t, b)
	}
}

func (b *both) countsAgree(t *rapid.T) {
	for use := range 3 {
		permitted := int64(0)
		for c := range 6 {
			if b.permitted(c, use) {
				permitted++
			}
		}
		if n, exact := b.index.Count(use); exact && n != permitted && len(b.begun) == 0 {
			t.Fatalf("%d subjects are permitted for %d, the store says %d", n, use, permitted)
		}
	}
}

// permitted tells whether an identifier of the chain is.
func (m *model) permitted(chain, use int) bool {
	for i, holders := range m.holders {
		if holders[chain] && m.stands(i, use).Permits() {
			return true
		}
	}
	return false
}

// agree holds a run to the store as it was when it began.
func (r opened) agree(t *rapid.T, b *both) {
	for i := range 6 {
		answer, state := r.Look(key(1000 + i))
		if b.untold(i) { // it may be read before it is told, as anything that is committed
			continue
		}
		if state == index.Held && answer.Reason != r.stood[i] || state == index.Unknown && r.stood[i] != "" {
			t.Fatalf("a run answers state %d, %+v about identifier %d for %d, which stood at %s", state, answer, i, r.use, r.stood[i])
		}
	}
	chains := make([]index.Key, 6)
	for c := range chains {
		chains[c] = key(c)
	}
	may := r.May(chains)
	for i, reason := range r.stood {
		if reason != "" && reason.Permits() && !slices.ContainsFunc(slices.Collect(maps.Keys(b.holders[i])), func(c int) bool { return may[c] }) {
			t.Fatalf("a run says that nobody who holds identifier %d has anything permitted for %d", i, r.use)
		}
	}
}

func (b *both) looksAgree(t *rapid.T) {
	for i := range 6 {
		for use := range 3 {
			answer, state := b.index.Look(key(1000+i), use, false)
			switch {
			case state == index.Held && (len(b.holders[i]) == 0 || answer.Reason != b.stands(i, use)):
				t.Fatalf("identifier %d for %d: held %s, the store says %s", i, use, answer.Reason, b.stands(i, use))
			case state == index.Held:
				b.held++
			case state == index.Unknown && len(b.holders[i]) > 0 && !b.untold(i):
				t.Fatalf("identifier %d is unknown although somebody holds it", i)
			}
		}
	}
}

// TestTheIndexAnswersNothingElseThanTheStore, whatever is written, read, linked
// and erased in whatever order: it answers as the store does, or says Ask.
func TestTheIndexAnswersNothingElseThanTheStore(t *testing.T) {
	held := 0
	rapid.Check(t, func(t *rapid.T) {
		b := both{index: fresh(time.Time{}), model: model{holders: map[int]map[int]bool{}, version: map[int]int{}, links: map[int]int{}}}
		t.Repeat(map[string]func(*rapid.T){
			"write": b.write, "newcomer": b.newcomer, "tell": b.tell, "tell another": b.tell, "link": b.link, "begin": b.begin, "put": b.put, "put another": b.put, "erase": b.erase, "erase elsewhere": b.eraseElsewhere,
			"fill": b.fill, "done": b.done, "open": b.open, "read": b.read, "save": b.save, "load": b.load, "": b.agree,
		})
		held += b.held
	})
	if held < 1000 {
		t.Errorf("held %d answers: too few to tell", held)
	}
}
