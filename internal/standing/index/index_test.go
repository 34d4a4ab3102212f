// SPDX-License-Identifier: Apache-2.0

package index_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/lawful"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func fresh(turn time.Time) *index.Index {
	return index.New([16]byte{1, 2, 3}, map[string][]string{"news": {"email", "sms"}, "events": {"email"}}, []string{"news", "events"}, turn)
}

func key(n int) index.Key {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n)*0x9E3779B97F4A7C15)
	binary.LittleEndian.PutUint64(b[8:], uint64(n))
	return index.KeyFrom(b)
}

func stands(reason lawful.Reason) *lawful.Standing {
	return &lawful.Standing{Permitted: reason.Permits(), Reason: reason, Rule: "r", Telling: lawful.Telling{Key: string(reason)}}
}

// put reads one subject and holds it.
func put(t *testing.T, x *index.Index, s index.Subject) {
	t.Helper()
	x.Begin()
	if !x.Put(s) {
		t.Fatal("not put in")
	}
	x.End()
}

func person(chain int, lasts time.Time, reason lawful.Reason, identifiers ...int) index.Subject {
	s := index.Subject{Read: noon, Chain: key(chain)}
	for _, i := range identifiers {
		s.Identifiers = append(s.Identifiers, index.Identifier{
			Key: key(i), Lasts: lasts, Standing: []*lawful.Standing{stands(reason), nil, stands(lawful.ReasonNoChoice)},
		})
	}
	return s
}

func want(t *testing.T, x *index.Index, identifier, use int, state index.State, reason lawful.Reason) {
	t.Helper()
	answer, got := x.Look(key(identifier), use, false)
	if got != state || state == index.Held && answer.Reason != reason {
		t.Errorf("identifier %d for %d: state %d, %+v; want %d, %s", identifier, use, got, answer, state, reason)
	}
}

func TestWhatIsHeld(t *testing.T) {
	x := fresh(time.Time{})
	if use := x.Use(index.Use{Purpose: "events", Channel: "email"}); use != 2 {
		t.Fatalf("events by email is use %d", use)
	}
	if use := x.Use(index.Use{Purpose: "events", Channel: "sms"}); use != -1 {
		t.Fatalf("an undeclared channel is use %d", use)
	}
	put(t, x, person(1, time.Time{}, lawful.ReasonConsentGiven, 10, 11))
	want(t, x, 10, 0, index.Held, lawful.ReasonConsentGiven)
	want(t, x, 11, 2, index.Held, lawful.ReasonNoChoice)
	want(t, x, 10, 1, index.Ask, "") // nothing is held for it
	want(t, x, 12, 0, index.Ask, "") // perhaps not read yet
	x.Done()
	want(t, x, 12, 0, index.Unknown, "")
	x.Changed(true, key(2)) // somebody new, elsewhere
	want(t, x, 12, 0, index.Ask, "")
	put(t, x, person(2, time.Time{}, lawful.ReasonWithdrawn, 12))
	want(t, x, 12, 0, index.Held, lawful.ReasonWithdrawn)
	want(t, x, 13, 0, index.Unknown, "")
	if n, exact := x.Count(0); n != 1 || !exact {
		t.Errorf("%d permitted (exact %t), want 1", n, exact)
	}
	x.Changed(false, key(1))
	if _, exact := x.Count(0); exact {
		t.Error("exact although somebody has changed")
	}
}

func TestWhatAChannelDoesNotReach(t *testing.T) {
	x := fresh(time.Time{})
	withdrawn := stands(lawful.ReasonWithdrawn)
	near := []*lawful.Standing{stands(lawful.ReasonConsentGiven), nil, nil}
	put(t, x, index.Subject{Read: noon, Chain: key(1), Identifiers: []index.Identifier{
		{Key: key(10), Standing: near, Far: []*lawful.Standing{nil, withdrawn, withdrawn}},
		{Key: key(11), Standing: []*lawful.Standing{nil, stands(lawful.ReasonNoChoice), nil}, Far: []*lawful.Standing{withdrawn, nil, withdrawn}},
	}})
	for _, c := range []struct {
		identifier, use int
		far             bool
		want            lawful.Reason
	}{
		{10, 0, false, lawful.ReasonConsentGiven},
		{10, 1, true, ""}, // the other's answer stands there
		{11, 1, false, lawful.ReasonNoChoice},
		{11, 0, true, ""},
		{10, 2, true, lawful.ReasonWithdrawn},
		{11, 2, true, lawful.ReasonWithdrawn},
		{11, 2, false, ""},
	} {
		answer, state := x.Look(key(c.identifier), c.use, c.far)
		if (state == index.Held) != (c.want != "") || c.want != "" && answer.Reason != c.want {
			t.Errorf("%+v: %d, %+v", c, state, answer)
		}
	}
}

func TestStandingsLapse(t *testing.T) {
	midnight := noon.Add(12 * time.Hour)
	x := fresh(noon.Add(48 * time.Hour))
	put(t, x, person(1, midnight, lawful.ReasonConsentGiven, 10))
	put(t, x, person(2, time.Time{}, lawful.ReasonConsentGiven, 20))
	x.Done()
	if !x.Fresh(midnight.Add(-time.Microsecond)) {
		t.Fatal("not good before midnight")
	}
	want(t, x, 10, 0, index.Held, lawful.ReasonConsentGiven)
	if !x.Fresh(midnight) {
		t.Fatal("not good after midnight")
	}
	want(t, x, 10, 0, index.Ask, "")
	want(t, x, 20, 0, index.Held, lawful.ReasonConsentGiven)
	if _, exact := x.Count(0); exact {
		t.Error("exact although somebody has lapsed")
	}
	if todo := x.Todo(10); len(todo) != 1 || todo[0] != key(1) {
		t.Errorf("to be read: %v", todo)
	}
	put(t, x, person(1, time.Time{}, lawful.ReasonExpired, 10))
	want(t, x, 10, 0, index.Held, lawful.ReasonExpired)
	if n, exact := x.Count(0); n != 1 || !exact {
		t.Errorf("%d permitted (exact %t), want 1", n, exact)
	}
	if x.Fresh(noon.Add(48 * time.Hour)) {
		t.Error("good when the rules have turned")
	}
	if x.Fresh(noon.Add(-time.Hour)) {
		t.Error("good for an instant before it was read")
	}
}

func TestARunKeepsItsInstant(t *testing.T) {
	x := fresh(time.Time{})
	put(t, x, person(1, time.Time{}, lawful.ReasonConsentGiven, 10))
	put(t, x, person(2, time.Time{}, lawful.ReasonConsentGiven, 20))
	put(t, x, person(3, noon.Add(time.Hour), lawful.ReasonConsentGiven, 30))
	put(t, x, person(5, noon.Add(time.Hour), lawful.ReasonRestricted, 50))
	x.Done()
	r, ok := x.Open(noon, noon.Add(2*time.Hour), 0)
	if !ok {
		t.Fatal("no run")
	}
	defer r.Close()
	look := func(identifier int) index.State {
		answer, state := r.Look(key(identifier))
		many := make([]index.Found, 2)
		if r.LookMany([]index.Key{key(1000), key(identifier)}, many); many[1].State != state || many[1].Answer != answer || many[0].State != index.Unknown {
			t.Errorf("%d among many: %+v", identifier, many)
		}
		return state
	}
	if look(10) != index.Held || look(30) != index.Ask || look(40) != index.Unknown {
		t.Errorf("at the beginning: %d, %d, %d", look(10), look(30), look(40))
	}
	if look(50) != index.Held {
		t.Error("asked how long a denial lasts")
	}
	if r.Until(noon.Add(time.Hour)); look(30) != index.Held {
		t.Error("asked about a permission that lasts as long as it has to")
	}
	x.Changed(false, key(1))
	put(t, x, person(1, time.Time{}, lawful.ReasonWithdrawn, 10))
	x.Changed(false, key(4))
	x.Attached(key(40))
	put(t, x, person(4, time.Time{}, lawful.ReasonConsentGiven, 40))
	if look(10) != index.Ask || look(20) != index.Held || look(40) != index.Ask {
		t.Errorf("after a change: %d, %d, %d", look(10), look(20), look(40))
	}
	// 1 has withdrawn since, 2 is permitted, 5 never was, nobody has read 9, and 3 is to be read again.
	x.Changed(false, key(3))
	if may := r.May([]index.Key{key(1), key(2), key(5), key(9), key(3)}); !slices.Equal(may, []bool{true, true, false, true, true}) {
		t.Errorf("who may be permitted: %v", may)
	}
	if _, ok := x.Open(noon.Add(-time.Hour), noon, 0); ok {
		t.Error("a run about an instant before")
	}
}

// TestWhoChangesBeforeTheyAreRead is not answered, in a run that began before, by
// what was read since: the run keeps its instant while the index still fills.
func TestWhoChangesBeforeTheyAreRead(t *testing.T) {
	x := fresh(time.Time{})
	r, ok := x.Open(noon, noon.Add(time.Hour), 0)
	if !ok {
		t.Fatal("no run")
	}
	defer r.Close()
	x.Changed(false, key(1))
	shared := person(3, time.Time{}, lawful.ReasonWithdrawn, 30)
	shared.Identifiers[0].Shared = []index.Key{key(1)}
	linked := person(4, time.Time{}, lawful.ReasonWithdrawn, 40)
	linked.Others = []index.Key{key(1)}
	for _, s := range []index.Subject{person(1, time.Time{}, lawful.ReasonWithdrawn, 10), person(2, time.Time{}, lawful.ReasonWithdrawn, 20), shared, linked} {
		put(t, x, s)
	}
	for identifier, want := range map[int]index.State{10: index.Ask, 20: index.Held, 30: index.Ask, 40: index.Ask} {
		if _, state := r.Look(key(identifier)); state != want {
			t.Errorf("%d is answered with %d, want %d", identifier, state, want)
		}
		if _, state := x.Look(key(identifier), 0, false); state != index.Held {
			t.Errorf("now %d is answered with %d", identifier, state)
		}
	}
}

// TestManyReadWhileOneWrites: every answer is the one of before or of after, and
// none of before once the change was told.
func TestManyReadWhileOneWrites(t *testing.T) {
	x := fresh(time.Time{})
	reasons := []lawful.Reason{lawful.ReasonConsentGiven, lawful.ReasonWithdrawn}
	for i := range 500 {
		put(t, x, person(i, time.Time{}, reasons[0], 10_000+i))
	}
	x.Done()
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				answer, state := x.Look(key(10_000+i%500), 0, false)
				if state == index.Held && !slices.Contains(reasons, answer.Reason) {
					panic(fmt.Sprint("held ", answer))
				}
			}
		})
	}
	for round := range 20 {
		for i := range 500 {
			x.Changed(false, key(i))
			want(t, x, 10_000+i, 0, index.Ask, "")
			put(t, x, person(i, time.Time{}, reasons[(round+1)%2], 10_000+i))
			want(t, x, 10_000+i, 0, index.Held, reasons[(round+1)%2])
		}
	}
	close(stop)
	group.Wait()
}

func TestKeysComeAndGo(t *testing.T) {
	x := fresh(time.Time{})
	const many = 20_000
	for i := range many {
		put(t, x, person(i, time.Time{}, lawful.ReasonConsentGiven, many+i))
	}
	x.Done()
	for i := 0; i < many; i += 3 {
		x.Remove([]index.Key{key(i)}, key(many+i))
	}
	for i := range many {
		state := index.Held
		if i%3 == 0 {
			state = index.Unknown
		}
		want(t, x, many+i, 0, state, lawful.ReasonConsentGiven)
	}
	size := x.Size()
	if size.Subjects != many-(many+2)/3 || size.Identifiers != size.Subjects || size.Answers != 2 {
		t.Errorf("holds %+v", size)
	}
	if n, exact := x.Count(0); n != size.Subjects || !exact {
		t.Errorf("%d permitted (exact %t), want %d", n, exact, size.Subjects)
	}
}

func TestKeys(t *testing.T) {
	k, ok := index.Chain("sub_019318f7-1c3a-7b60-8a42-0123456789ab")
	if !ok || k.UUID() != "019318f7-1c3a-7b60-8a42-0123456789ab" || k.Bytes()[0] != 0xab {
		t.Errorf("%v %x %s", ok, k, k.UUID())
	}
	if _, ok := index.Chain("organisation"); ok {
		t.Error("the organisation's own chain has a key")
	}
	x, other := fresh(time.Time{}), index.New([16]byte{9}, nil, nil, time.Time{})
	id := lawful.Identifier{Kind: "email", Value: "a@posta.example"}
	seen := map[index.Key]bool{x.Key(id.Kind, "", id.Value): true, other.Key(id.Kind, "", id.Value): true}
	for _, near := range []lawful.Identifier{{Kind: "emai", Value: "la@posta.example"}, {Kind: "id", Source: "crm", Value: "1"}, {Kind: "id", Source: "crm1"}, {Kind: "id", Source: "cr", Value: "m1"}} {
		seen[x.Key(near.Kind, near.Source, near.Value)] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d keys of 6 are different", len(seen))
	}
}

// TestWhoSharesIsCountedAgainWhenAnotherJoins: an identifier that several hold gets a
// further holder in another process, which tells of that one's chain alone.
func TestWhoSharesIsCountedAgainWhenAnotherJoins(t *testing.T) {
	holders := func(reason lawful.Reason, chains ...int) map[int]index.Subject {
		all := map[int]index.Subject{}
		for _, c := range chains {
			s := person(c, time.Time{}, reason, 10)
			for _, other := range chains {
				s.Identifiers[0].Shared = append(s.Identifiers[0].Shared, key(other))
			}
			all[c] = s
		}
		return all
	}
	for _, order := range [][]int{{1, 2, 3}, {3, 1, 2}, {3, 2, 1}} {
		x := fresh(time.Time{})
		for _, s := range holders(lawful.ReasonConsentGiven, 1, 2) {
			put(t, x, s)
		}
		x.Done()
		if n, exact := x.Count(0); n != 2 || !exact {
			t.Errorf("%d permitted (exact %t), want 2", n, exact)
		}
		x.Changed(true, key(3))
		after := holders(lawful.ReasonWithdrawn, 1, 2, 3)
		put(t, x, after[order[0]])
		put(t, x, after[3])
		if n, exact := x.Count(0); exact && n != 0 {
			t.Errorf("%d permitted, and said to be exact, before everybody was read: want 0", n)
		}
		for range 2 { // and nobody is read for ever
			for _, k := range x.Todo(10) {
				put(t, x, after[slices.IndexFunc([]index.Key{key(0), key(1), key(2), key(3)}, func(o index.Key) bool { return o == k })])
			}
		}
		if n, exact := x.Count(0); n != 0 || !exact {
			t.Errorf("%d permitted (exact %t), want 0", n, exact)
		}
	}
}

// TestNothingIsLeftOfAnIdentifiersOwnNumber, neither when it gets another holder nor
// when its only one is erased elsewhere.
func TestNothingIsLeftOfAnIdentifiersOwnNumber(t *testing.T) {
	differing := func() index.Subject { // 11 stands otherwise than 10: it has a number of its own
		s := person(1, time.Time{}, lawful.ReasonConsentGiven, 10)
		s.Identifiers = append(s.Identifiers, person(1, time.Time{}, lawful.ReasonWithdrawn, 11).Identifiers...)
		return s
	}
	x := fresh(time.Time{})
	put(t, x, differing())
	x.Done()
	x.Attached(key(11)) // to another subject, which is read first
	other := person(2, time.Time{}, lawful.ReasonObjected, 11)
	other.Identifiers[0].Shared = []index.Key{key(1), key(2)}
	put(t, x, other)
	first := differing()
	first.Identifiers[1] = other.Identifiers[0]
	put(t, x, first)
	put(t, x, person(3, time.Time{}, lawful.ReasonConsentGiven, 30))
	x.Attached(key(30)) // of them all, 3 alone is to be read
	if todo := x.Todo(10); !slices.Equal(todo, []index.Key{key(3)}) {
		t.Errorf("to be read: %v", todo)
	}

	x = fresh(time.Time{}) // an identifier of hers alone is unknown though she shared another
	for _, s := range []index.Subject{person(1, time.Time{}, lawful.ReasonConsentGiven, 10, 11), person(2, time.Time{}, lawful.ReasonConsentGiven, 11)} {
		s.Identifiers[len(s.Identifiers)-1].Shared = []index.Key{key(1), key(2)}
		put(t, x, s)
	}
	x.Done()
	x.Gone(key(1))
	want(t, x, 10, 0, index.Unknown, "")
	want(t, x, 11, 0, index.Ask, "")
	put(t, x, person(2, time.Time{}, lawful.ReasonConsentGiven, 11))
	want(t, x, 11, 0, index.Held, lawful.ReasonConsentGiven)

	x = fresh(time.Time{})
	put(t, x, differing())
	x.Done()
	x.Gone(key(1))
	want(t, x, 10, 0, index.Unknown, "")
	want(t, x, 11, 0, index.Unknown, "")
	if size := x.Size(); size.Identifiers != 0 || size.Subjects != 0 {
		t.Errorf("holds %+v", size)
	}
}
