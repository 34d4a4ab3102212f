// SPDX-License-Identifier: Apache-2.0

package index_test

import (
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
		"it was erased":                       func(x *index.Index) { x.Remove(key(1), key(1001)) },
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
