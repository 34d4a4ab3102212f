// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"context"
	"slices"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

const (
	anna  = "anna@posta.example"
	bruno = "bruno@posta.example"
	cell  = "+393331234567"
	other = "+393337654321"
)

// each opens the shop on each database.
func each(t *testing.T, f func(t *testing.T, s *shop.Shop)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) { f(t, shop.Open(t, env)) })
}

// holders lists the subjects that hold an identifier.
func holders(t *testing.T, s *shop.Shop, kind, value string) []string {
	t.Helper()
	var found []string
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		id := lawful.Identifier{Kind: kind, Value: value}
		m, err := s.Subjects.Match(ctx, tx, shop.Org, []lawful.Identifier{id})
		found = m.Of(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func held(t *testing.T, s *shop.Shop, chain string) []subject.Held {
	t.Helper()
	var found []subject.Held
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		found, err = s.Subjects.Identifiers(ctx, tx, shop.Org, []string{chain})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func erase(t *testing.T, s *shop.Shop, who choice.Subject) {
	t.Helper()
	if _, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: who}); err != nil {
		t.Fatal(err)
	}
}

func TestAPublicFormMergesNobodyAndAddsNothing(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		a := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")).Subject
		b := s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: bruno, Phone: cell}, "events", "sms")).Subject
		s.Record(t, shop.Collect(), shop.Yes(choice.Subject{Email: anna, Phone: cell}, "events", "email"))
		s.Record(t, shop.Collect(), shop.Yes(choice.Subject{Email: anna, Phone: other}, "events", "email"))
		if got := holders(t, s, lawful.IDPhone, cell); !slices.Equal(got, []string{b}) {
			t.Errorf("the phone is held by %v, want %s alone", got, b)
		}
		if n := len(held(t, s, a)); n != 1 {
			t.Errorf("the known subject holds %d identifiers, want its own one", n)
		}
		if got := holders(t, s, lawful.IDPhone, other); len(got) != 1 || got[0] == a || got[0] == b {
			t.Errorf("the unknown phone is held by %v, want somebody new", got)
		}
		err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			persons, err := s.Subjects.Persons(ctx, tx, shop.Org, []string{a, b}, s.Env.Clock.Now())
			if len(persons[a].Chains) != 1 || len(persons[b].Chains) != 1 {
				t.Errorf("linked: %v, %v", persons[a].Chains, persons[b].Chains)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAPublicNoReachesEverybodyNamed(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: bruno, Phone: cell}, "newsletter", "sms"))
		s.Record(t, shop.Collect(), shop.No(choice.Subject{Email: anna, Phone: cell}, lawful.Objected, "", ""))
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonObjected)
		s.Want(t, shop.Phone(cell), "newsletter", "sms", lawful.ReasonObjected)
		s.Want(t, shop.Email(bruno), "events", "email", lawful.ReasonObjected)
	})
}

func TestAPublicYesOverANoWaitsForTheAddress(t *testing.T) {
	for _, no := range []string{lawful.Refused, lawful.Withdrawn, lawful.Objected} {
		t.Run(no, func(t *testing.T) {
			each(t, func(t *testing.T, s *shop.Shop) {
				who := shop.Email(anna)
				s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
				s.Record(t, shop.Collect(), shop.No(who, no, "", ""))
				stands := s.Reason(t, who, "newsletter", "email")
				for range 2 { // saying it again does not help
					s.Record(t, shop.Collect(), shop.Yes(who, "newsletter", "email"))
					s.Want(t, who, "newsletter", "email", stands)
				}
				if _, err := s.Send(t.Context(), shop.Collect(), shop.Confirm(who, "newsletter", "email")); !problem.Is(err, problem.Invalid) {
					t.Errorf("a public confirmation: %v, want it refused", err)
				}
				s.Record(t, shop.Person(), shop.Confirm(who, "newsletter", "email"))
				s.Want(t, who, "newsletter", "email", lawful.ReasonConsentGiven)
			})
		})
	}
}

func TestAPublicYesOverATombstoneWaitsForTheAddress(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		who := shop.Email(anna)
		s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		erase(t, s, who)
		for range 3 { // however often the form is sent
			s.Record(t, shop.Collect(), shop.Yes(who, "newsletter", "email"))
			s.Want(t, who, "newsletter", "email", lawful.ReasonConfirmationPending)
		}
		s.Record(t, shop.Key(), shop.Confirm(who, "newsletter", "email"))
		s.Want(t, who, "newsletter", "email", lawful.ReasonConsentGiven)
	})
}

func TestAPublicNoOpensNoWayPastATombstone(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		who := shop.Email(anna)
		s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		erase(t, s, who)
		s.Record(t, shop.Collect(), shop.No(who, lawful.Refused, "events", "email"))
		s.Record(t, shop.Collect(), shop.Yes(who, "newsletter", "email"))
		s.Want(t, who, "newsletter", "email", lawful.ReasonConfirmationPending)
		listed := shop.Yes(who, "newsletter", "email")
		listed.Source, listed.Evidence = "accepted", &lawful.Evidence{Method: "import"}
		for _, actor := range []access.Actor{shop.Key(), shop.Operator()} {
			if _, err := s.Send(t.Context(), actor, listed); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s brings the person back: %v, want it refused", actor.Kind, err)
			}
		}
		s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email")) // the shop's own form, as somebody who signs in
		s.Want(t, who, "newsletter", "email", lawful.ReasonConsentGiven)
		if _, err := s.Send(t.Context(), shop.Key(), listed); err != nil {
			t.Errorf("a list, after the person came back: %v", err)
		}
	})
}

func TestAPublicYesForASharedAddressWaitsForAnybodysNo(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		family := "famiglia@posta.example"
		s.Record(t, shop.Key(), with(shop.Yes(choice.Subject{Email: family, ID: "1"}, "newsletter", "email"), "crm"))
		s.Record(t, shop.Key(), with(shop.Yes(choice.Subject{ID: "2", Email: bruno}, "events", "email"), "crm"))
		s.Record(t, shop.Key(), with(shop.Yes(choice.Subject{ID: "2", Email: family}, "events", "email"), "crm"))
		if n := len(holders(t, s, lawful.IDEmail, family)); n != 2 {
			t.Fatalf("the address is held by %d subjects, want 2", n)
		}
		s.Record(t, shop.Key(), with(shop.No(choice.Subject{ID: "2"}, lawful.Objected, "", ""), "crm"))
		s.Want(t, shop.Email(family), "newsletter", "email", lawful.ReasonObjected)
		s.Record(t, shop.Collect(), shop.Yes(shop.Email(family), "newsletter", "email"))
		s.Want(t, shop.Email(family), "newsletter", "email", lawful.ReasonObjected)
	})
}

func with(r choice.Request, source string) choice.Request {
	r.Source = source
	return r
}

func TestAPublicYesMayNotHideANoBehindAPurpose(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		who := choice.Subject{Email: anna, Phone: cell}
		s.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Objected, "", ""))
		s.Record(t, shop.Collect(), shop.Yes(who, "newsletter", "email"))
		s.Want(t, who, "newsletter", "email", lawful.ReasonObjected)
		// The phone came with the address of somebody who objected.
		s.Record(t, shop.Collect(), shop.Yes(who, "newsletter", "sms"))
		s.Want(t, shop.Phone(cell), "newsletter", "sms", lawful.ReasonConfirmationPending)
	})
}

func TestAPublicFormAnswersTheSameForEverybody(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "email"))
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: bruno, Phone: cell}, "newsletter", "email"))
		erase(t, s, shop.Email(bruno))
		for _, who := range []choice.Subject{
			shop.Email(anna), shop.Phone(cell), shop.Email(bruno), {Email: anna, Phone: other}, shop.Email("nobody@posta.example"),
		} {
			done, err := s.Send(t.Context(), shop.Collect(), shop.No(who, lawful.Objected, "", ""))
			if err != nil || len(done.Entries) != 1 || done.Existing || done.Subject == "" {
				t.Errorf("got %d entries, existing %v, %v", len(done.Entries), done.Existing, err)
			}
		}
	})
}

func TestAPublicKeySendsNoFactsAndTouchesNobodysKeys(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		_, err := s.Tell(t.Context(), shop.Collect(), choice.FactsRequest{
			Subject: shop.Email(anna), Source: "form",
			Facts: []choice.Fact{{Kind: lawful.KindRestrictionLift, At: s.Env.Clock.Now()}},
		})
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("a fact from a public key: %v, want it refused", err)
		}
		taken := shop.Yes(shop.Email(anna), "newsletter", "email")
		taken.Idempotency = "order-1"
		if _, err := s.Send(t.Context(), shop.Collect(), taken); err != nil {
			t.Fatal(err)
		}
		mine := shop.Yes(shop.Email(bruno), "newsletter", "email")
		mine.Idempotency = "order-1"
		if _, err := s.Send(t.Context(), shop.Key(), mine); err != nil {
			t.Errorf("a key that a stranger used first: %v", err)
		}
	})
}
