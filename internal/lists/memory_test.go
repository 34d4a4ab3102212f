// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// TestAListIsClearedFromMemoryAsFromTheStore: the same rows, words and counts,
// whatever happened to people meanwhile, and however far ahead the clearance goes.
func TestAListIsClearedFromMemoryAsFromTheStore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		memory := d.standing.Remember(true, "")
		choose := func(i int, what string) {
			d.choose(fmt.Sprintf("m%d@posta.example", i), what, env.Clock.Now())
		}
		for i := range 40 {
			env.Clock.Advance(20 * 24 * time.Hour) // so that the first have lapsed, and some soon will
			choose(i, lawful.Given)
			switch i % 5 {
			case 1:
				choose(i, lawful.Withdrawn)
			case 2:
				choose(i, lawful.Objected)
			}
		}
		if _, err := d.rights.Erase(t.Context(), d.actor, rights.Request{Subject: choice.Subject{Email: "m39@posta.example"}}); err != nil {
			t.Fatal(err)
		}
		// Of those who lapse within forty days the later one is in a batch of its own.
		list := "Name,E-mail\nfirst,m4@posta.example\n" + strings.Repeat("nobody,nobody@posta.example\n", 250)
		for i := range 44 {
			list += fmt.Sprintf("n%d,%s%d@posta.example\n", i, strings.Repeat(" M", i%2)+strings.Repeat("m", 1-i%2), i)
		}
		for _, valid := range []time.Duration{40 * 24 * time.Hour, time.Hour} {
			if err := memory.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			before := memory.Answered()
			remembered := d.mustClear(lists.ClearOptions{ValidFor: valid}, list)
			if memory.Answered() == before {
				t.Error("nothing came from memory")
			}
			now := env.Clock.Now()
			read := d.mustClear(lists.ClearOptions{ValidFor: valid, At: &now}, list)
			if remembered.permitted != read.permitted || remembered.rejected != read.rejected || remembered.suppress != read.suppress ||
				fmt.Sprint(remembered.Reasons) != fmt.Sprint(read.Reasons) || !remembered.ValidUntil.Equal(read.ValidUntil) || !remembered.At.Equal(read.At) {
				t.Errorf("from memory %+v\nfrom the store %+v", remembered, read)
			}
			choose(3, lawful.Withdrawn) // not read again by then
			if c := d.mustClear(lists.ClearOptions{}, "email\nm3@posta.example\n"); c.Reasons["withdrawn"] != 1 {
				t.Errorf("who has withdrawn: %v", c.Reasons)
			}
		}
	})
}

// TestALongListReadsEverybodyFirst: where that is no more than asking the store row by row.
func TestALongListReadsEverybodyFirst(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		memory := d.standing.Remember(true, "")
		atOnce := 500 * min(runtime.GOMAXPROCS(0), 4) // are read by all readers
		d.mustTake(lists.ImportOptions{}, many(atOnce+100))
		then := env.Clock.Now()
		for _, step := range []struct {
			rows  int64
			at    *time.Time
			whole bool
		}{{0, nil, false}, {99, nil, false}, {int64(atOnce) + 100, &then, false}, {100, nil, true}} {
			c := d.mustClear(lists.ClearOptions{Size: step.rows * 64, At: step.at}, "Email Address\np3@example.it\nnobody@example.it\n")
			_, err := d.standing.Reachable(t.Context(), d.actor, standing.Use{Purpose: "newsletter", Channel: "email"})
			if c.permitted != "Email Address\np3@example.it\n" || err == nil != step.whole {
				t.Errorf("a list said to have %d rows: %q, counted: %v", step.rows, c.permitted, err)
			}
		}
		before := memory.Answered()
		if d.mustClear(lists.ClearOptions{Size: 64}, "Email Address\np3@example.it\n"); memory.Answered() == before {
			t.Error("the list before put memory in doubt, and nobody settled it")
		}
	})
}
