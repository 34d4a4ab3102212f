// SPDX-License-Identifier: Apache-2.0

package index_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/lawful"
)

// newcomer is subject 1 with identifier 1001.
func newcomer() index.Subject {
	no := stands(lawful.ReasonNoChoice)
	all := []*lawful.Standing{stands(lawful.ReasonConsentGiven), no, no}
	return index.Subject{Read: noon, Chain: key(1), Identifiers: []index.Identifier{{Key: key(1001), Standing: all, Far: make([]*lawful.Standing, 3)}}}
}

func TestANewcomerIsHeldUnlessSomethingNewerIsTold(t *testing.T) {
	for what, tell := range map[string]func(x *index.Index){
		"the subject changed":                 func(x *index.Index) { x.Changed(false, key(1)) },
		"it changed elsewhere":                func(x *index.Index) { x.Changed(true, key(1)) },
		"somebody else got the identifier":    func(x *index.Index) { x.Attached(key(1001)) },
		"it was erased":                       func(x *index.Index) { x.Remove([]index.Key{key(1)}, key(1001)) },
		"it was erased elsewhere":             func(x *index.Index) { x.Gone(key(1)) },
		"more than is remembered was told of": func(x *index.Index) { tellMany(x) },
	} {
		t.Run(what, func(t *testing.T) {
			x := fresh(time.Time{})
			x.Done()
			mark := x.Mark()
			tell(x)
			if x.Begun(mark, newcomer()) {
				t.Error("the newcomer is held though it may have changed")
			}
			if _, state := x.Look(key(1001), 0, false); state != index.Ask {
				t.Errorf("the index says %v, want to ask the store", state)
			}
			if len(x.Todo(10)) == 0 {
				t.Error("nobody has to be read")
			}
		})
	}
	x := fresh(time.Time{})
	x.Done()
	tellMany(x) // before the mark
	mark := x.Mark()
	x.Changed(false, key(2))
	x.Attached(key(1002))
	if !x.Begun(mark, newcomer()) {
		t.Error("the newcomer has to be read though only others changed")
	}
	if a, state := x.Look(key(1001), 0, false); state != index.Held || a.Reason != lawful.ReasonConsentGiven {
		t.Errorf("the index says %v, want the newcomer's yes", state)
	}
	x.Changed(false, key(1))
	if _, state := x.Look(key(1001), 0, false); state != index.Ask {
		t.Errorf("after a change the index says %v, want to ask the store", state)
	}
}

func tellMany(x *index.Index) {
	for n := range 70_000 {
		x.Changed(false, key(10_000+n))
	}
}

// TestAReaderThatBeganBeforeANewcomerDoesNotOverwriteThem: what it read may be older.
func TestAReaderThatBeganBeforeANewcomerDoesNotOverwriteThem(t *testing.T) {
	x := fresh(time.Time{})
	x.Done()
	x.Begin()
	if !x.Begun(x.Mark(), newcomer()) {
		t.Fatal("the newcomer is not held")
	}
	old := newcomer()
	old.Identifiers = nil
	if x.Put(old) {
		t.Error("what was read before is held")
	}
	x.End()
}

// TestANewcomerWhileTheIndexIsSavedSharesNoNumberWithAnother: what is written of the
// numbers given and of who has them is of different instants.
func TestANewcomerWhileTheIndexIsSavedSharesNoNumberWithAnother(t *testing.T) {
	x := fresh(time.Time{})
	for n := range 3000 { // more than is written at once
		put(t, x, person(10_000+n, time.Time{}, lawful.ReasonConsentGiven, 20_000+n))
	}
	x.Done()
	var out meanwhile
	out.first = func() { x.Begun(x.Mark(), newcomer()) }
	if err := x.Save(&out); err != nil {
		t.Fatal(err)
	}
	x, err := x.Load(&out)
	if err != nil {
		t.Fatal(err)
	}
	x.Changed(true, key(1), key(2))
	put(t, x, person(2, time.Time{}, lawful.ReasonObjected, 1002))
	put(t, x, newcomer())
	x.Done()
	want(t, x, 1001, 0, index.Held, lawful.ReasonConsentGiven)
	want(t, x, 1002, 0, index.Held, lawful.ReasonObjected)
}

// meanwhile does something when the first part was written.
type meanwhile struct {
	bytes.Buffer

	first func()
}

func (m *meanwhile) Write(b []byte) (int, error) {
	if m.first != nil {
		m.first()
		m.first = nil
	}
	return m.Buffer.Write(b)
}
