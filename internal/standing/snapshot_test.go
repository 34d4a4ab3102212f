// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// end ends the keeping of memory, as a process that is stopped does.
func (r *remembering) end(t interface{ Errorf(string, ...any) }) {
	ended, stop := context.WithCancel(context.Background())
	stop()
	r.memory.Keep(ended, func(org string, err error) { t.Errorf("%s: %v", org, err) })
}

// reopen is another process on the same store and folder; the one before is gone.
func (r *remembering) reopen(t *testing.T) {
	r.Shop = shop.Over(t, r.Env, r.Env.DB)
	r.memory = r.Standing.Remember(r.alone, r.dir)
}

func (r *remembering) snapshot(t interface{ Fatal(...any) }) []byte {
	b, err := os.ReadFile(r.memory.Snapshot(shop.Org))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return b
}

// spoil cuts, changes or takes back the file; it may not be believed after that.
func (r *remembering) spoil(t *rapid.T, older []byte) {
	b := r.snapshot(t)
	if len(b) < 9 {
		return
	}
	switch rapid.SampledFrom([]string{"cut", "change", "lengthen", "older"}).Draw(t, "how") {
	case "cut":
		b = b[:rapid.IntRange(0, len(b)-1).Draw(t, "at")]
	case "change":
		b[rapid.IntRange(8, len(b)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	case "lengthen":
		b = append(b, b...)
	case "older":
		b = older
	}
	if err := os.WriteFile(r.memory.Snapshot(shop.Org), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAStartFromASnapshotAnswersAsTheStore, whatever was written since it was
// saved, here or in another process, and whatever became of the file.
func TestAStartFromASnapshotAnswersAsTheStore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, env.Options.URL == "")
		restored, answered := 0, int64(0)
		rapid.Check(t, func(rt *rapid.T) {
			r.run++
			r.chains = nil
			var older []byte
			env.Clock.Advance(time.Hour)
			for range rapid.IntRange(2, 12).Draw(rt, "steps") {
				env.Clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(rt, "minutes")) * time.Minute)
				switch rapid.IntRange(0, 12).Draw(rt, "step") {
				case 0, 1, 2:
					r.choose(rt, r.Shop)
				case 3:
					r.tell(rt, r.Shop)
				case 4:
					r.join(rt)
				case 5:
					r.erase(rt, r.Shop)
				case 6:
					env.Clock.Advance(time.Duration(rapid.IntRange(1, 200).Draw(rt, "days")) * 24 * time.Hour)
				case 7: // in another process, seen once it is in the log
					if !r.alone {
						r.choose(rt, r.store)
						r.settle(rt)
					}
				case 8, 9:
					older = r.snapshot(rt)
					r.settle(rt)
					r.end(rt)
				case 10:
					r.spoil(rt, older)
				default:
					r.reopen(t)
				}
				answered += r.agree(rt)
			}
			r.settle(rt)
			answered += r.agree(rt)
			if r.memory.Restored(shop.Org) {
				restored++
			}
		})
		if restored < 10 || answered < 2000 {
			t.Errorf("%d histories ended on a snapshot, %d answers came from memory: too few to tell", restored, answered)
		}
	})
}

// TestASnapshotIsTakenUp and what was written since is in the first answers, at
// whichever moment the process ended.
func TestASnapshotIsTakenUp(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, true)
		anna, bruno, carla := shop.Email("anna@posta.example"), shop.Email("bruno@posta.example"), shop.Email("carla@posta.example")
		r.Record(t, shop.Key(), shop.Yes(anna, "newsletter", "email"))
		r.Record(t, shop.Key(), shop.Yes(bruno, "newsletter", "email"))
		r.settle(t)
		r.end(t)
		info, err := os.Stat(r.memory.Snapshot(shop.Org))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info, err)
		}
		r.Record(t, shop.Key(), shop.No(bruno, lawful.Withdrawn, "newsletter", "email"))
		r.Record(t, shop.Key(), shop.Yes(carla, "newsletter", "email"))
		for _, sequenced := range []bool{false, true} {
			r.reopen(t)
			if sequenced {
				if err := r.Ledger.Settle(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.memory.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !r.memory.Restored(shop.Org) || !r.memory.Ready() {
				t.Fatalf("restored %t, ready %t", r.memory.Restored(shop.Org), r.memory.Ready())
			}
			before := r.memory.Answered()
			r.Want(t, anna, "newsletter", "email", lawful.ReasonConsentGiven)
			r.Want(t, bruno, "newsletter", "email", lawful.ReasonWithdrawn)
			r.Want(t, carla, "newsletter", "email", lawful.ReasonConsentGiven)
			r.Want(t, shop.Email("dora@posta.example"), "newsletter", "email", lawful.ReasonUnknownSubject)
			if r.memory.Answered() != before+4 {
				t.Errorf("%d of four answers came from memory", r.memory.Answered()-before)
			}
		}
	})
}

// TestWhatMakesASnapshotWorthless: an erasure, other rules, another generation of
// the log, another folder of keys.
func TestWhatMakesASnapshotWorthless(t *testing.T) {
	for what, f := range map[string]func(t *testing.T, r *remembering){
		"an erasure": func(t *testing.T, r *remembering) {
			if _, err := r.Rights.Erase(t.Context(), shop.Operator(), rights.Request{Subject: shop.Email("anna@posta.example")}); err != nil {
				t.Fatal(err)
			}
		},
		"an erasure in another process": func(t *testing.T, r *remembering) {
			if _, err := r.store.Rights.Erase(t.Context(), shop.Operator(), rights.Request{Subject: shop.Email("anna@posta.example")}); err != nil {
				t.Fatal(err)
			}
		},
		"other rules": func(t *testing.T, r *remembering) {
			r.Declare(t, shop.With("invalid: [{notice: signup, version: 1, reason: no controller named, decided_by: the board}]\n"))
		},
		"another generation": func(t *testing.T, r *remembering) {
			if err := r.Ledger.Renew(t.Context(), shop.Org); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				r := remember(t, env, true)
				done := r.Record(t, shop.Key(), shop.Yes(shop.Email("anna@posta.example"), "newsletter", "email"))
				r.Record(t, shop.Key(), shop.Yes(shop.Email("bruno@posta.example"), "newsletter", "email"))
				r.settle(t)
				r.end(t)
				for _, plain := range []string{"anna", done.Subject, "consent"} {
					if bytes.Contains(r.snapshot(t), []byte(plain)) {
						t.Errorf("the file holds %s in the clear", plain)
					}
				}
				f(t, r)
				r.reopen(t)
				if err := r.memory.Settle(t.Context()); err != nil {
					t.Fatal(err)
				}
				if r.memory.Restored(shop.Org) {
					t.Error("the snapshot was believed")
				}
			})
		})
	}
}

// TestAnErasureInAnotherProcessIsHeard: whoever was erased there is nobody here.
func TestAnErasureInAnotherProcessIsHeard(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, false)
		people := []choice.Subject{shop.Email("anna@posta.example"), shop.Email("bruno@posta.example")}
		for _, who := range people {
			r.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		}
		r.settle(t)
		for _, who := range people { // with the first comes the key of the year's tombstones
			r.Want(t, who, "newsletter", "email", lawful.ReasonConsentGiven)
			if _, err := r.store.Rights.Erase(t.Context(), shop.Operator(), rights.Request{Subject: who}); err != nil {
				t.Fatal(err)
			}
			r.settle(t)
			want := r.store.Reason(t, who, "newsletter", "email")
			if want == lawful.ReasonConsentGiven {
				t.Fatal("not erased")
			}
			r.Want(t, who, "newsletter", "email", want)
		}
	})
}

// TestASnapshotOfABusyMoment: people choose, are met first and are erased while it
// is written, the process is killed, and the next one takes it up.
func TestASnapshotOfABusyMoment(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, env.Options.URL == "")
		restored := 0
		for round := range 6 {
			ctx, stop := context.WithCancel(t.Context())
			var keeping, writing sync.WaitGroup
			failed := func(org string, err error) {
				if ctx.Err() == nil {
					t.Errorf("%s: %v", org, err)
				}
			}
			for w := range 4 {
				writing.Go(func() { r.busy(t, fmt.Sprintf("%d.%d", round, w), round%2 == 1 && w == 0) })
			}
			keeping.Go(func() {
				for ctx.Err() == nil {
					if err := r.memory.Settle(ctx); err != nil {
						failed(shop.Org, err)
					}
					r.memory.Save(ctx, failed)
				}
			})
			writing.Wait()
			stop()
			keeping.Wait()
			r.reopen(t)
			for range 2 { // at once, and when it is ready
				for w := range 4 {
					for i := range 12 {
						who := shop.Email(fmt.Sprintf("b%d.%d.%d@posta.example", round, w, i))
						r.Want(t, who, "newsletter", "email", r.store.Reason(t, who, "newsletter", "email"))
					}
				}
				r.settle(t)
			}
			if r.memory.Restored(shop.Org) {
				restored++
			}
		}
		if restored < 1 {
			t.Errorf("%d of 6 starts were from a snapshot", restored)
		}
	})
}

// busy has twelve people say yes, and two of three of them something else after.
func (r *remembering) busy(t *testing.T, name string, erase bool) {
	for i := range 12 {
		who := shop.Email(fmt.Sprintf("b%s.%d@posta.example", name, i))
		requests := []choice.Request{shop.Yes(who, "newsletter", "email"), shop.No(who, lawful.Withdrawn, "newsletter", "email")}
		for _, request := range requests[:1+min(i%3, 1)] {
			if _, err := r.Send(t.Context(), shop.Key(), request); err != nil {
				t.Error(err)
			}
			r.Env.Clock.Advance(time.Millisecond)
		}
		if !erase || i%3 > 0 {
			continue
		}
		if _, err := r.Rights.Erase(t.Context(), shop.Operator(), rights.Request{Subject: who}); err != nil {
			t.Error(err)
		}
	}
}

// TestAListBesideASnapshotReadsWhoChangedSince: of those there are, not of all there ever were.
func TestAListBesideASnapshotReadsWhoChangedSince(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, env.Options.URL == "")
		for _, email := range []string{"first@posta.example", "second@posta.example"} {
			r.Record(t, shop.Person(), shop.Yes(choice.Subject{Email: email}, "newsletter", "email"))
		}
		if err := r.memory.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.end(t)
		since := 500*min(runtime.GOMAXPROCS(0), 4) + 50 // more than are read at once
		var all sync.WaitGroup
		for w := range 32 {
			all.Go(func() {
				for i := w; i < since; i += 32 {
					r.Record(t, shop.Person(), shop.Yes(choice.Subject{Email: fmt.Sprintf("later%d@posta.example", i)}, "newsletter", "email"))
				}
			})
		}
		all.Wait()
		for _, step := range []struct {
			people int
			whole  bool
		}{{1, false}, {49, false}, {since + 2, true}} {
			r.reopen(t)
			if err := r.Standing.Prepare(t.Context(), shop.Org, int64(step.people)); err != nil {
				t.Fatal(err)
			}
			n, err := r.Standing.Reachable(t.Context(), shop.Key(), standing.Use{Purpose: "newsletter", Channel: "email"})
			if !r.memory.Restored(shop.Org) || (err == nil) != step.whole || step.whole && n.People != int64(since)+2 {
				t.Errorf("a list of %d: everybody is known: %v, %d people", step.people, err == nil, n.People)
			}
		}
	})
}
