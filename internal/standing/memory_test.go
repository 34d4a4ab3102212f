// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// remembering is a shop that answers from memory beside one, on the same store,
// that reads the store for each answer and is another process to the first.
type remembering struct {
	*shop.Shop

	memory *standing.Memory
	store  *shop.Shop
	run    int
	chains []string
	dir    string // of the snapshots
	alone  bool
}

func remember(t *testing.T, env testkit.Env, alone bool) *remembering {
	t.Helper()
	s, dir := shop.OpenWhole(t, env), t.TempDir()
	return &remembering{
		Shop: s, memory: s.Standing.Remember(alone, dir), store: shop.Over(t, env, env.DB), run: 1_000_000, dir: dir, alone: alone,
	}
}

// somebody names one of four people who share a telephone.
func (r *remembering) somebody(t *rapid.T) choice.Subject {
	who := choice.Subject{}
	i := rapid.IntRange(0, 3).Draw(t, "who")
	email, phone, id := fmt.Sprintf("p%d.%d@posta.example", r.run, i), fmt.Sprintf("+39333%07d", r.run), fmt.Sprintf("n%d.%d", r.run, i)
	switch rapid.IntRange(0, 5).Draw(t, "named by") {
	case 0:
		who.Phone = phone
	case 1:
		who.Email, who.Phone = email, phone
	case 2:
		who.Email, who.ID = email, id
	case 3:
		who.ID = id
	default:
		who.Email = email
	}
	return who
}

var everyUse = []standing.Use{
	{Purpose: "newsletter", Channel: "email"}, {Purpose: "newsletter", Channel: "sms"}, {Purpose: "events", Channel: "email"}, {Purpose: "similar", Channel: "email"},
	{Purpose: "calls", Channel: "phone"}, {Purpose: "tastes", Channel: "email"}, {Purpose: "invoices", Channel: "email"}, {Purpose: "partner", Channel: "email"},
	{Purpose: "nothing", Channel: "email"}, {Purpose: "calls", Channel: "email"},
}

// choose records a choice; what the shop refuses is refused.
func (r *remembering) choose(t *rapid.T, at *shop.Shop) {
	use := rapid.SampledFrom(everyUse[:8]).Draw(t, "use")
	request := shop.Yes(r.somebody(t), use.Purpose, use.Channel)
	request.Source = rapid.SampledFrom([]string{"form", "form", "checkout"}).Draw(t, "source")
	switch what := rapid.SampledFrom([]string{lawful.Given, lawful.Given, lawful.Given, lawful.Refused, lawful.Withdrawn, lawful.Objected, lawful.Confirmed}).Draw(t, "choice"); what {
	case lawful.Given:
	case lawful.Confirmed:
		request.Choices[0].Choice, request.Evidence = what, &lawful.Evidence{Method: "link"}
	default:
		request.Choices[0].Choice, request.Evidence = what, nil
		if rapid.Bool().Draw(t, "everything") {
			request.Choices[0].Purpose, request.Choices[0].Channel = "", ""
		}
	}
	if rapid.IntRange(0, 5).Draw(t, "of data") == 0 {
		request.Choices[0].Purpose, request.Choices[0].Channel, request.Choices[0].Data = "newsletter", "", "purchases"
	}
	done, err := at.Send(context.Background(), shop.Key(), request)
	r.note(t, done, err)
}

func (r *remembering) tell(t *rapid.T, at *shop.Shop) {
	now := at.Env.Clock.Now()
	fact := rapid.SampledFrom([]choice.Fact{
		{Kind: lawful.KindBirthDate, Date: now.AddDate(-14, 0, 3).Format(time.DateOnly)},
		{Kind: lawful.KindResidence, Country: "DE"},
		{Kind: lawful.KindRelationOpened, EasyRevocation: true},
		{Kind: lawful.KindRelationClosed},
		{Kind: lawful.KindSale, Products: []string{"boots"}, SimilarTo: []string{"similar"}, AddressGiven: true, Informed: true, RefusalOffered: true},
		{Kind: lawful.KindActivity, Act: "purchase"},
		{Kind: lawful.KindRegisterChecked, Register: "rpo"},
		{Kind: lawful.KindRegisterListed, Register: "rpo"},
		{Kind: lawful.KindContacted, Purpose: "similar", Channel: "email"},
		{Kind: lawful.KindRestriction},
		{Kind: lawful.KindRestrictionLift},
		{Kind: lawful.KindUndeliverable, Channel: "email"},
		{Kind: lawful.KindSignal, Signal: "gpc"},
		{Kind: lawful.KindPreference, Purpose: "newsletter", Topics: []string{"bags"}},
	}).Draw(t, "fact")
	fact.At = now.Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "hours ago")) * time.Hour)
	done, err := at.Tell(context.Background(), shop.Key(), choice.FactsRequest{Subject: r.somebody(t), Facts: []choice.Fact{fact}, Source: "checkout"})
	r.note(t, done, err)
}

func (r *remembering) note(t *rapid.T, done choice.Recorded, err error) {
	if err != nil && problem.As(err) == nil {
		t.Fatal(err)
	}
	if done.Subject != "" {
		r.chains = append(r.chains, done.Subject)
	}
}

func (r *remembering) join(t *rapid.T) {
	if len(r.chains) < 2 {
		return
	}
	a, b := rapid.SampledFrom(r.chains).Draw(t, "one"), rapid.SampledFrom(r.chains).Draw(t, "other")
	apart := rapid.Bool().Draw(t, "apart")
	err := r.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		if apart {
			return r.Subjects.Unlink(ctx, tx, shop.Operator(), a, b)
		}
		return r.Subjects.Link(ctx, tx, shop.Operator(), a, b, "")
	})
	if err != nil && problem.As(err) == nil {
		t.Fatal(err)
	}
}

func (r *remembering) erase(t *rapid.T, at *shop.Shop) {
	_, err := at.Rights.Erase(context.Background(), shop.Operator(), rights.Request{Subject: r.somebody(t), Source: "checkout"})
	if err != nil && problem.As(err) == nil {
		t.Fatal(err)
	}
}

// questions are all that can be asked about everybody.
func (r *remembering) questions() []standing.Question {
	var qs []standing.Question
	for i := range 4 {
		for _, who := range []choice.Subject{
			{Email: fmt.Sprintf("p%d.%d@posta.example", r.run, i)}, {Phone: fmt.Sprintf("+39333%07d", r.run)}, {ID: fmt.Sprintf("n%d.%d", r.run, i)},
		} {
			for _, use := range everyUse {
				qs = append(qs, standing.Question{Subject: who, Source: "checkout", Purpose: use.Purpose, Channel: use.Channel, Language: "it"})
			}
		}
	}
	return qs
}

// agree asks both everything and tells how many answers came from memory.
func (r *remembering) agree(t *rapid.T) int64 {
	qs := r.questions()
	before := r.memory.Answered()
	got, err := r.Standing.CheckMany(context.Background(), shop.Key(), qs)
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.store.Standing.CheckMany(context.Background(), shop.Key(), qs)
	if err != nil {
		t.Fatal(err)
	}
	for i := range qs {
		if got[i].Err != nil || want[i].Err != nil || !reflect.DeepEqual(got[i].Decision, want[i].Decision) {
			t.Fatalf("%s by %s about %+v\nmemory says %+v\nthe store  %+v", qs[i].Purpose, qs[i].Channel, qs[i].Subject, got[i], want[i])
		}
	}
	return r.memory.Answered() - before
}

// TestMemoryAnswersAsTheStore, whatever is written through whichever door, here
// or in another process, while time goes on: the very next answer is the store's.
func TestMemoryAnswersAsTheStore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, false)
		var answered int64
		rapid.Check(t, func(t *rapid.T) {
			r.run++
			r.chains = nil
			env.Clock.Advance(time.Hour)
			for range rapid.IntRange(1, 14).Draw(t, "steps") {
				env.Clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
				switch rapid.IntRange(0, 11).Draw(t, "step") {
				case 0, 1, 2, 3:
					r.choose(t, r.Shop)
				case 4, 5:
					r.tell(t, r.Shop)
				case 6:
					r.join(t)
				case 7:
					r.erase(t, r.Shop)
				case 8: // months go by
					env.Clock.Advance(time.Duration(rapid.IntRange(1, 200).Draw(t, "days")) * 24 * time.Hour)
				case 9: // in another process: seen once it is in the log
					r.choose(t, r.store)
					r.tell(t, r.store)
					if rapid.Bool().Draw(t, "erase") {
						r.erase(t, r.store)
					}
					r.settle(t)
				default:
					r.settle(t)
				}
				answered += r.agree(t)
			}
		})
		if answered < 2000 {
			t.Errorf("%d answers came from memory: too few to tell", answered)
		}
	})
}

// TestWhoIsNewIsInMemoryWhenTheirCallerIsAnswered, without being read.
func TestWhoIsNewIsInMemoryWhenTheirCallerIsAnswered(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, false)
		r.settle(t)
		who := choice.Subject{Email: "anna@posta.example", Phone: "+393331234567"}
		r.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		before := r.memory.Answered()
		r.Want(t, shop.Email(who.Email), "newsletter", "email", lawful.ReasonConsentGiven)
		r.settle(t) // the log tells of the entry
		r.Want(t, choice.Subject{Phone: who.Phone}, "newsletter", "sms", lawful.ReasonNoChoice)
		r.Record(t, shop.Key(), shop.No(shop.Email(who.Email), lawful.Withdrawn, "newsletter", "email"))
		r.settle(t)
		r.Want(t, shop.Email(who.Email), "newsletter", "email", lawful.ReasonWithdrawn)
		if answered := r.memory.Answered() - before; answered != 3 {
			t.Errorf("%d of three answers came from memory", answered)
		}
	})
}

func (r *remembering) settle(t interface{ Fatal(args ...any) }) {
	if err := r.Ledger.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := r.memory.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestMemoryFollowsWhatIsDeclared: a change of what is declared is in the very next answer.
func TestMemoryFollowsWhatIsDeclared(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, true)
		r.Record(t, shop.Key(), shop.Yes(shop.Email("anna@posta.example"), "newsletter", "email"))
		r.settle(t)
		before := r.memory.Answered()
		r.Want(t, shop.Email("anna@posta.example"), "newsletter", "email", lawful.ReasonConsentGiven)
		r.Want(t, shop.Email("nobody@posta.example"), "newsletter", "email", lawful.ReasonUnknownSubject)
		if r.memory.Answered() != before+2 {
			t.Errorf("%d of two answers came from memory", r.memory.Answered()-before)
		}
		r.Declare(t, shop.With("invalid: [{notice: signup, version: 1, reason: no controller named, decided_by: the board}]\n"))
		r.Want(t, shop.Email("anna@posta.example"), "newsletter", "email", lawful.ReasonConsentInvalid)
		r.settle(t)
		before = r.memory.Answered()
		r.Want(t, shop.Email("anna@posta.example"), "newsletter", "email", lawful.ReasonConsentInvalid)
		if r.memory.Answered() != before+1 {
			t.Error("memory did not take in what was declared")
		}
	})
}

// TestReachablePeopleAreCounted exactly, whatever happened since they were read.
func TestReachablePeopleAreCounted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, true)
		use := standing.Use{Purpose: "newsletter", Channel: "email"}
		count := func() int64 {
			n, err := r.Standing.Reachable(t.Context(), shop.Key(), use)
			if err != nil {
				t.Fatal(err)
			}
			return n.People
		}
		if _, err := r.Standing.Reachable(t.Context(), shop.Key(), use); !problem.Is(err, problem.Unavailable) {
			t.Errorf("before anybody was read: %v", err)
		}
		if _, err := r.store.Standing.Reachable(t.Context(), shop.Key(), use); !problem.Is(err, problem.Unavailable) {
			t.Errorf("without memory: %v", err)
		}
		r.settle(t)
		for i := range 7 {
			r.Record(t, shop.Key(), shop.Yes(shop.Email(fmt.Sprintf("c%d@posta.example", i)), "newsletter", "email"))
		}
		if n := count(); n != 7 {
			t.Errorf("%d, want 7", n)
		}
		r.Record(t, shop.Key(), shop.No(shop.Email("c3@posta.example"), lawful.Objected, "", ""))
		if _, err := r.Rights.Erase(t.Context(), shop.Operator(), rights.Request{Subject: shop.Email("c4@posta.example")}); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != 5 {
			t.Errorf("%d, want 5", n)
		}
		env.Clock.Advance(3 * 365 * 24 * time.Hour) // what they agreed to is kept for two years
		if n := count(); n != 0 {
			t.Errorf("%d, want none", n)
		}
		use.Channel = "post"
		if _, err := r.Standing.Reachable(t.Context(), shop.Key(), use); !problem.Is(err, problem.Invalid) {
			t.Errorf("a channel not declared: %v", err)
		}
	})
}

// TestNobodyReadsAnOldAnswer while many write: who has withdrawn, and was told
// so, is never permitted again.
func TestNobodyReadsAnOldAnswer(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, true)
		ctx, stop := context.WithCancel(t.Context())
		var keeping, writing sync.WaitGroup
		keeping.Go(func() { r.memory.Keep(ctx, func(org string, err error) { t.Errorf("%s: %v", org, err) }) })
		for w := range 8 {
			writing.Go(func() {
				for i := range 12 {
					who := shop.Email(fmt.Sprintf("w%d.%d@posta.example", w, i))
					for _, request := range []choice.Request{shop.Yes(who, "newsletter", "email"), shop.No(who, lawful.Withdrawn, "newsletter", "email")} {
						if _, err := r.Send(ctx, shop.Key(), request); err != nil {
							t.Error(err)
						}
						env.Clock.Advance(time.Millisecond)
						want := lawful.ReasonConsentGiven
						if request.Choices[0].Choice == lawful.Withdrawn {
							want = lawful.ReasonWithdrawn
						}
						for range 5 {
							d, err := r.Standing.Check(ctx, shop.Key(), standing.Question{Subject: who, Purpose: "newsletter", Channel: "email"})
							if err != nil || d.Reason != want {
								t.Errorf("%s: %s, %v, want %s", who.Email, d.Reason, err, want)
							}
						}
					}
				}
			})
		}
		writing.Wait()
		stop()
		keeping.Wait()
	})
}

// A list of millions asks about each of its rows: what is held, and of whom nobody
// knows, is told without a piece of memory for it, however long the address.
func TestALookTakesNoMemory(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, true)
		long := "somebody.with.a.very.long.name.indeed@posta.example"
		r.Record(t, shop.Person(), shop.Yes(choice.Subject{Email: long}, "newsletter", "email"))
		if err := r.memory.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		now := env.DB.Now()
		run, ok := r.Standing.Run(shop.Org, standing.Question{Purpose: "newsletter", Channel: "email"}, lawful.IDEmail, now, now.Add(time.Hour))
		if !ok {
			t.Fatal("memory can't tell")
		}
		defer run.Close()
		for name, permitted := range map[string]bool{long: true, "nobody.with.a.very.long.name.indeed@posta.example": false} {
			name := []byte(name)
			if a := run.Look(name); a == nil || a.Permitted != permitted {
				t.Fatalf("%s: got %v", name, a)
			}
			if n := testing.AllocsPerRun(100, func() { run.Look(name) }); n != 0 {
				t.Errorf("%s: %.0f pieces of memory", name, n)
			}
		}
	})
}
