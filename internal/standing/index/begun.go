// SPDX-License-Identifier: Apache-2.0

package index

// Mark is taken before somebody is looked for in the store whom nobody knows yet.
func (x *Index) Mark() uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.told.count
}

// Begun puts a subject in that a transaction of this process has begun, with
// identifiers nobody held, as it was recorded, instead of Attached and Changed. What
// others told of it since the mark may be newer, so that it is left to be read; so is
// whoever is begun while the index is saved. False: it has to be.
func (x *Index) Begun(mark uint64, s Subject) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	keys := make([]Key, 0, len(s.Identifiers))
	newer := x.saving || x.told.since(mark, s.Chain)
	for _, id := range s.Identifiers {
		keys = append(keys, id.Key)
		newer = newer || x.told.since(mark, id.Key)
	}
	x.attached(keys)
	x.moved(false, []Key{s.Chain})
	if newer {
		return false
	}
	x.put(s)
	return true
}

// told remembers of which keys something was told lately: the count says when.
type told struct {
	count          uint64
	recent, before map[Key]uint64
	turned         uint64 // the count when recent was begun
	forgotten      uint64 // the count up to which nothing is remembered
}

// mostTold is how many keys are remembered at least.
const mostTold = 1 << 15

func (t *told) note(k Key) {
	if t.recent == nil || len(t.recent) == mostTold {
		t.before, t.recent = t.recent, map[Key]uint64{}
		t.forgotten, t.turned = t.turned, t.count
	}
	t.count++
	t.recent[k] = t.count
}

// forget leaves nothing of anybody: who is erased is not to be remembered here either.
func (t *told) forget() {
	t.count++
	*t = told{count: t.count, turned: t.count, forgotten: t.count}
}

// since tells whether something was told of a key since a mark, or may have been.
func (t *told) since(mark uint64, k Key) bool {
	return mark < t.forgotten || t.recent[k] > mark || t.before[k] > mark
}
