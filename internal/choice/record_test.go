// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

func TestEveryKindOfChoiceIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		who := shop.Email(anna)
		steps := []struct {
			send choice.Request
			want lawful.Reason
		}{
			{shop.Yes(who, "newsletter", "email"), lawful.ReasonConsentGiven},
			{shop.No(who, lawful.Withdrawn, "newsletter", "email"), lawful.ReasonWithdrawn},
			{shop.Yes(who, "newsletter", "email"), lawful.ReasonConsentGiven},
			{shop.No(who, lawful.Refused, "newsletter", ""), lawful.ReasonRefused},
			{shop.Yes(who, "newsletter", "email"), lawful.ReasonConsentGiven},
			{shop.No(who, lawful.Objected, "", ""), lawful.ReasonObjected},
			{shop.Yes(who, "newsletter", "email"), lawful.ReasonConsentGiven},
			{shop.No(who, lawful.Withdrawn, "", "email"), lawful.ReasonWithdrawn},
		}
		for i, step := range steps {
			done := s.Record(t, shop.Key(), step.send)
			if len(done.Entries) != 1 || done.Existing {
				t.Fatalf("step %d: %+v", i, done)
			}
			s.Want(t, who, "newsletter", "email", step.want)
		}
		s.Want(t, who, "events", "email", lawful.ReasonObjected) // one yes keeps one purpose
		s.Want(t, who, "orders", "email", lawful.ReasonBasisNotAllowed)
		s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "partner", "email"))
		s.Want(t, shop.Email(bruno), "partner", "email", lawful.ReasonConfirmationPending)
		s.Record(t, shop.Key(), shop.Confirm(shop.Email(bruno), "partner", "email"))
		s.Want(t, shop.Email(bruno), "partner", "email", lawful.ReasonConsentGiven)
	})
}

func TestTheEvidenceGradesTheYes(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		for i, c := range []struct {
			change func(*choice.Request)
			want   lawful.Reason
		}{
			{func(*choice.Request) {}, lawful.ReasonConsentGiven},
			{func(r *choice.Request) { r.Evidence.Default = "ticked" }, lawful.ReasonConsentInvalid},
			{func(r *choice.Request) { r.Source = "ticked"; r.Evidence.Default = "" }, lawful.ReasonConsentInvalid},
			{func(r *choice.Request) { r.Source = "contest" }, lawful.ReasonConsentInvalid},
			{func(r *choice.Request) { r.Evidence.Covers = []string{"newsletter", "events"} }, lawful.ReasonConsentInvalid},
			{func(r *choice.Request) { r.Evidence.Method = "verbal" }, lawful.ReasonEvidenceInsufficient},
			{func(r *choice.Request) { r.Evidence.Method = "badge_scan" }, lawful.ReasonEvidenceInsufficient},
			{func(r *choice.Request) { r.Evidence.Method = "business_card" }, lawful.ReasonEvidenceInsufficient},
			{func(r *choice.Request) { r.Evidence.Method = "paper_form" }, lawful.ReasonConsentGiven},
			{func(r *choice.Request) { r.Source, r.Evidence = "list", nil }, lawful.ReasonEvidenceInsufficient},
			{func(r *choice.Request) { r.Source, r.Evidence = "accepted", nil }, lawful.ReasonConsentDeclared},
		} {
			who := shop.Email(fmt.Sprintf("grade%d@posta.example", i))
			r := shop.Yes(who, "newsletter", "email")
			c.change(&r)
			s.Record(t, shop.Key(), r)
			s.Want(t, who, "newsletter", "email", c.want)
		}
		flag := shop.Email("flag@posta.example")
		s.Record(t, shop.Operator(), shop.Yes(flag, "newsletter", "email"))
		s.Want(t, flag, "newsletter", "email", lawful.ReasonConsentInvalid)
	})
}

func TestOneKeyIsOneRecord(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		r := shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "email")
		r.Choices = append(r.Choices, choice.Choice{Purpose: "events", Channel: "sms", Choice: lawful.Given})
		r.Idempotency = "order-1"
		first := s.Record(t, shop.Key(), r)
		again := s.Record(t, shop.Key(), r)
		if first.Existing || !again.Existing || !slices.Equal(first.Entries, again.Entries) || first.Subject != again.Subject {
			t.Errorf("repeated: %+v, want %+v", again, first)
		}
		changed := shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "sms")
		changed.Idempotency = "order-1"
		if _, err := s.Send(t.Context(), shop.Key(), changed); !problem.Is(err, problem.Conflict) {
			t.Errorf("another request under the same key: %v, want a conflict", err)
		}
		s.Want(t, shop.Phone(cell), "newsletter", "sms", lawful.ReasonNoChoice)
		bare := shop.Yes(shop.Email(bruno), "newsletter", "email")
		if a, b := s.Record(t, shop.Key(), bare), s.Record(t, shop.Key(), bare); a.Entries[0] == b.Entries[0] {
			t.Error("two records without a key are one")
		}
	})
}

// TestOneKeyIsOneRecordForEverybodyTold repeats a no that went to several
// subjects after the identifiers have found other holders.
func TestOneKeyIsOneRecordForEverybodyTold(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "sms"))
		no := shop.No(shop.Phone(cell), lawful.Objected, "", "")
		no.Idempotency = "stop-1"
		first := s.Record(t, shop.Collect(), no)
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: bruno, Phone: cell}, "newsletter", "sms"))
		again := s.Record(t, shop.Collect(), no)
		if !again.Existing || !slices.Equal(first.Entries, again.Entries) {
			t.Errorf("repeated: %+v, want %+v", again, first)
		}
		s.Want(t, shop.Email(bruno), "events", "email", lawful.ReasonNoChoice) // the no was said before bruno was known
	})
}

func TestOneKeyTwiceInABlockIsOneRecord(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		same, other := shop.Yes(shop.Email(anna), "newsletter", "email"), shop.Yes(shop.Email(anna), "events", "email")
		same.Idempotency, other.Idempotency = "row-1", "row-1"
		results, err := block(t, s, same, same, other, shop.Yes(shop.Email(bruno), "newsletter", "email"))
		if err != nil {
			t.Fatal(err)
		}
		if results[0].Err != nil || results[1].Err != nil || results[0].Value.Entries[0] != results[1].Value.Entries[0] || !results[1].Value.Existing {
			t.Errorf("the same twice: %+v", results[:2])
		}
		if !problem.Is(results[2].Err, problem.Conflict) {
			t.Errorf("another under the key: %v, want a conflict", results[2].Err)
		}
		if results[3].Err != nil {
			t.Errorf("somebody else: %v", results[3].Err)
		}
		s.Want(t, shop.Email(bruno), "newsletter", "email", lawful.ReasonConsentGiven)
		s.Want(t, shop.Email(anna), "events", "email", lawful.ReasonNoChoice)
	})
}

// TestARowToldAgainLinksNobodyAgain takes a link back, and has the list that
// made it come once more.
func TestARowToldAgainLinksNobodyAgain(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		row := with(shop.Yes(choice.Subject{ID: "42", Email: anna}, "newsletter", "email"), "checkout")
		a := s.Record(t, shop.Key(), with(shop.Yes(choice.Subject{ID: "42"}, "newsletter", "email"), "checkout")).Subject
		b := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")).Subject
		tell := func() choice.Recorded {
			rules, err := s.Rules(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r, err := choice.FromRequest(rules, shop.Key(), row, s.Env.Clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			r.PerFact, r.FactKeys, r.Request = true, []string{"row-1"}, []byte("row 1")
			var results []db.Result[choice.Recorded]
			err = s.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				results, err = s.Choices.RecordBlock(ctx, tx, shop.Key(), []choice.Record{r})
				return err
			})
			if err != nil || results[0].Err != nil {
				t.Fatal(results, err)
			}
			return results[0].Value
		}
		linked := func() int {
			n := 0
			err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
				persons, err := s.Subjects.Persons(ctx, tx, shop.Org, []string{a}, s.Env.Clock.Now())
				n = len(persons[a].Chains)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if done := tell(); done.Existing || linked() != 2 {
			t.Fatalf("the first time: %+v, %d subjects linked", done, linked())
		}
		err := s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return s.Subjects.Unlink(ctx, tx, shop.Operator(), a, b)
		})
		if err != nil {
			t.Fatal(err)
		}
		if done := tell(); !done.Existing || linked() != 1 {
			t.Errorf("the second time: %+v, %d subjects linked", done, linked())
		}
	})
}

func TestEventsMayComeLateAndInAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		who, now := shop.Email(anna), s.Env.Clock.Now()
		at := func(r choice.Request, days int) choice.Request {
			when := now.AddDate(0, 0, days)
			r.At = &when
			return r
		}
		s.Record(t, shop.Key(), at(shop.No(who, lawful.Withdrawn, "newsletter", "email"), -10))
		s.Record(t, shop.Key(), at(shop.Yes(who, "newsletter", "email"), -30)) // older, told later
		s.Want(t, who, "newsletter", "email", lawful.ReasonWithdrawn)
		s.Record(t, shop.Key(), at(shop.Yes(who, "newsletter", "email"), -10)) // at the same instant the stricter wins
		s.Want(t, who, "newsletter", "email", lawful.ReasonWithdrawn)
		s.Record(t, shop.Key(), at(shop.Yes(who, "newsletter", "email"), -5))
		s.Want(t, who, "newsletter", "email", lawful.ReasonConsentGiven)
		ask := func(happened, known time.Time) lawful.Reason {
			return s.Ask(t, standing.Question{Subject: who, Purpose: "newsletter", Channel: "email", At: &happened, KnownAt: &known}).Reason
		}
		later := s.Env.Clock.Now()
		for _, c := range []struct {
			at, known time.Time
			want      lawful.Reason
		}{
			{now.AddDate(0, 0, -20), later, lawful.ReasonConsentGiven},
			{now.AddDate(0, 0, -7), later, lawful.ReasonWithdrawn},
			{now.AddDate(0, 0, -40), later, lawful.ReasonNoChoice},
			{now.AddDate(0, 0, -20), now, lawful.ReasonNoChoice},
			{later, now.Add(-time.Second), lawful.ReasonUnknownSubject},
		} {
			if got := ask(c.at, c.known); got != c.want {
				t.Errorf("at %v as known at %v: %s, want %s", c.at, c.known, got, c.want)
			}
		}
	})
}

func TestABadRequestIsToldWholeAndStoresNothing(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		future := s.Env.Clock.Now().Add(time.Second)
		_, err := s.Send(t.Context(), shop.Key(), choice.Request{
			Subject: choice.Subject{Email: "no address", Phone: "12"}, Source: "nowhere", At: &future,
			Notice:   &lawful.NoticeRef{ID: "signup", Version: 9},
			Evidence: &lawful.Evidence{Method: "telepathy", Default: "maybe"},
			Choices: []choice.Choice{
				{Purpose: "world-peace", Channel: "email", Choice: "given"},
				{Purpose: "newsletter", Channel: "pigeon", Choice: "given"},
				{Purpose: "newsletter", Channel: "email", Choice: "perhaps"},
			},
		})
		p := problem.As(err)
		if p == nil || p.Kind != problem.Invalid {
			t.Fatalf("got %v, want it refused as invalid", err)
		}
		for _, field := range []string{
			"subject.email", "subject.phone", "source", "at", "notice", "evidence.method", "evidence.default",
			"choices[0].purpose", "choices[1].channel", "choices[2].choice",
		} {
			if !slices.ContainsFunc(p.Places, func(at problem.Place) bool { return at.Field == field }) {
				t.Errorf("nothing is said of %s", field)
			}
		}
		if strings.Contains(err.Error(), "no address") || strings.Contains(err.Error(), "telepathy") {
			t.Errorf("the problem quotes the request: %v", err)
		}
		missing := shop.Yes(shop.Email(anna), "newsletter", "email")
		missing.Evidence, missing.Notice, missing.Source = nil, nil, ""
		if _, err := s.Send(t.Context(), shop.Key(), missing); len(problem.As(err).Places) != 3 {
			t.Errorf("a yes without source, notice and evidence: %v", err)
		}
		if _, err := s.Send(t.Context(), shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "sms")); !problem.Is(err, problem.Invalid) {
			t.Errorf("a yes by sms of an address: %v", err)
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonUnknownSubject)
	})
}

func TestManyAtOnceAboutOneNewPersonMakeOneSubject(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		var mu sync.Mutex
		met := map[string]int{}
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				who := choice.Subject{Email: anna}
				if i%2 == 0 {
					who.Phone = cell
				}
				done, err := s.Send(t.Context(), shop.Key(), shop.Yes(who, "newsletter", "email"))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				met[done.Subject]++
			})
		}
		wg.Wait()
		if len(met) != 1 || len(holders(t, s, lawful.IDEmail, anna)) != 1 || len(holders(t, s, lawful.IDPhone, cell)) != 1 {
			t.Errorf("subjects: %v", met)
		}
	})
}

func TestANoByAPhoneAloneReachesEverybodyWhoHoldsIt(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "email"))
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: bruno, Phone: cell}, "newsletter", "email"))
		s.Record(t, shop.Key(), shop.No(shop.Phone(cell), lawful.Withdrawn, "", ""))
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonWithdrawn)
		s.Want(t, shop.Email(bruno), "newsletter", "email", lawful.ReasonWithdrawn)
	})
}
