// SPDX-License-Identifier: Apache-2.0

package index_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/lawful"
)

// fill puts everybody in as they are.
func (b *both) fill(t *rapid.T) {
	b.begin(t)
	for len(b.drafts) > 0 {
		b.put(t)
	}
	b.index.End()
	b.whole = true
}

func (b *both) save(t *rapid.T) {
	if !b.whole || len(b.begun) > 0 { // whoever saves waits until what was committed is told
		return
	}
	var out bytes.Buffer
	if err := b.index.Save(&out); err != nil {
		t.Fatal(err)
	}
	b.saved, b.since = out.Bytes(), map[int]bool{}
}

// load begins from what was saved, told of who changed since and with them read.
func (b *both) load(t *rapid.T) {
	if b.saved == nil {
		return
	}
	x, err := b.index.Load(bytes.NewReader(b.saved))
	if err != nil {
		t.Fatal(err)
	}
	if x.Fresh(noon) {
		t.Fatal("good before those who changed were read")
	}
	b.index, b.drafts, b.runs = x, nil, nil
	for c := range b.since {
		x.Changed(true, key(c))
	}
	b.read(t)
	x.Done()
	if !x.Fresh(noon) {
		t.Fatal("not good after those who changed were read")
	}
}

// read does what whoever keeps the index up does, until nothing is left to be read:
// only whom the store does not have is gone. That somebody is read may say of
// another that they are to be read again, whose turn had come before.
func (b *both) read(t *rapid.T) {
	b.drafts = nil
	for range 10 {
		todo := b.index.Todo(100)
		if len(todo) == 0 {
			return
		}
		b.index.Begin()
		for c := range 6 {
			s, there := b.subject(c)
			switch {
			case !slices.Contains(todo, key(c)):
			case there:
				b.index.Put(s)
			default:
				b.index.Gone(key(c))
			}
		}
		b.index.End()
	}
	t.Fatalf("still to be read: %v", b.index.Todo(100))
}

// reloaded is the index after it was saved.
func reloaded(t *testing.T, x *index.Index) *index.Index {
	t.Helper()
	var saved bytes.Buffer
	if err := x.Save(&saved); err != nil {
		t.Fatal(err)
	}
	x, err := x.Load(bytes.NewReader(saved.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestWhoHasLapsedWhenTheIndexIsSavedIsReadAgain(t *testing.T) {
	x := fresh(time.Time{})
	put(t, x, person(1, noon.Add(time.Hour), lawful.ReasonConsentGiven, 10))
	put(t, x, person(2, noon.Add(3*time.Hour), lawful.ReasonConsentGiven, 20))
	x.Done()
	if !x.Fresh(noon.Add(2 * time.Hour)) {
		t.Fatal("not good")
	}
	x = reloaded(t, x)
	if todo := x.Todo(10); len(todo) != 1 || todo[0] != key(1) {
		t.Errorf("to be read: %v", todo)
	}
	put(t, x, person(1, time.Time{}, lawful.ReasonExpired, 10))
	x.Done()
	if n, exact := x.Count(0); !x.Fresh(noon.Add(2*time.Hour)) || n != 1 || !exact {
		t.Errorf("%d permitted (exact %t), want 1", n, exact)
	}
	want(t, x, 10, 0, index.Held, lawful.ReasonExpired)
	want(t, x, 20, 0, index.Held, lawful.ReasonConsentGiven)
	if !x.Fresh(noon.Add(4 * time.Hour)) {
		t.Fatal("not good")
	}
	want(t, x, 20, 0, index.Ask, "")
}

// TestWhoIsReadAgainBecauseOfAnotherIsNotUnknown: somebody's identifier came to be
// held by another one too since the index was saved. That the other is read says
// that the first is to be read again; until then nobody is said not to exist.
func TestWhoIsReadAgainBecauseOfAnotherIsNotUnknown(t *testing.T) {
	x := fresh(time.Time{})
	put(t, x, person(1, time.Time{}, lawful.ReasonConsentGiven, 10, 11))
	x.Done()
	x = reloaded(t, x)
	x.Changed(true, key(2))
	other := person(2, time.Time{}, lawful.ReasonWithdrawn, 10)
	other.Identifiers[0].Shared = []index.Key{key(1), key(2)}
	put(t, x, other)
	x.Done()
	want(t, x, 10, 0, index.Held, lawful.ReasonWithdrawn)
	want(t, x, 11, 0, index.Ask, "")
	if todo := x.Todo(10); len(todo) != 1 || todo[0] != key(1) {
		t.Errorf("to be read: %v, want the first", todo)
	}
	if _, exact := x.Count(0); exact {
		t.Error("exact although the first is to be read")
	}
	first := person(1, time.Time{}, lawful.ReasonWithdrawn, 10, 11)
	first.Identifiers[0].Shared = []index.Key{key(1), key(2)}
	put(t, x, first)
	want(t, x, 11, 0, index.Held, lawful.ReasonWithdrawn)
	if n, exact := x.Count(0); n != 0 || !exact {
		t.Errorf("%d permitted (exact %t), want none", n, exact)
	}
}
