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
	if !b.whole {
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
	b.index = x
	for c := range b.since {
		x.Changed(true, key(c))
	}
	b.begin(t)
	for _, s := range b.drafts {
		if slices.Contains(x.Todo(100), s.Chain) {
			x.Put(s)
		}
	}
	b.drafts = nil
	for _, chain := range x.Todo(100) {
		x.Gone(chain)
	}
	x.End()
	x.Done()
	if !x.Fresh(noon) {
		t.Fatal("not good after those who changed were read")
	}
}

func TestWhoHasLapsedWhenTheIndexIsSavedIsReadAgain(t *testing.T) {
	x := fresh(time.Time{})
	put(t, x, person(1, noon.Add(time.Hour), lawful.ReasonConsentGiven, 10))
	put(t, x, person(2, noon.Add(3*time.Hour), lawful.ReasonConsentGiven, 20))
	x.Done()
	if !x.Fresh(noon.Add(2 * time.Hour)) {
		t.Fatal("not good")
	}
	var saved bytes.Buffer
	if err := x.Save(&saved); err != nil {
		t.Fatal(err)
	}
	x, err := x.Load(bytes.NewReader(saved.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
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
