// SPDX-License-Identifier: Apache-2.0

package subject_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

const (
	anna  = "anna@posta.example"
	bruno = "bruno@posta.example"
	cell  = "+393331234567"
)

func each(t *testing.T, f func(t *testing.T, s *shop.Shop)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) { f(t, shop.Open(t, env)) })
}

// chains lists the subjects that the person of one is, as known then.
func chains(t *testing.T, s *shop.Shop, of string, known time.Time) []string {
	t.Helper()
	var found []string
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		persons, err := s.Subjects.Persons(ctx, tx, shop.Org, []string{of}, known)
		found = persons[of].Chains
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func join(t *testing.T, s *shop.Shop, actor access.Actor, a, b string, apart bool) error {
	t.Helper()
	return s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if apart {
			return s.Subjects.Unlink(ctx, tx, actor, a, b)
		}
		return s.Subjects.Link(ctx, tx, actor, a, b, "")
	})
}

func TestAPhoneNeverMerges(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		a := s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "email")).Subject
		b := s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: bruno, Phone: cell}, "newsletter", "email")).Subject
		if a == b || len(chains(t, s, a, s.Env.Clock.Now())) != 1 {
			t.Error("a phone made two people one")
		}
	})
}

func TestOnlyATrustedSourceLinksWhatItHoldsBoth(t *testing.T) {
	for source, linked := range map[string]bool{"checkout": true, "form": false, "crm": false, "list": false} {
		t.Run(source, func(t *testing.T) {
			each(t, func(t *testing.T, s *shop.Shop) {
				number := shop.Yes(choice.Subject{ID: "42"}, "newsletter", "email")
				number.Source = source
				a := s.Record(t, shop.Key(), number).Subject
				b := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")).Subject
				number.Subject.Email = anna
				s.Record(t, shop.Key(), number)
				if got := len(chains(t, s, a, s.Env.Clock.Now())) == 2; got != linked || a == b {
					t.Errorf("linked: %v, want %v", got, linked)
				}
			})
		})
	}
}

func TestALinkIsKnownFromWhenItWasSaidAndIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		a := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")).Subject
		b := s.Record(t, shop.Key(), shop.No(shop.Email(bruno), lawful.Objected, "", "")).Subject
		if err := join(t, s, shop.Key(), a, b, false); !problem.Is(err, problem.Forbidden) {
			t.Errorf("an API key merges: %v", err)
		}
		if err := join(t, s, shop.Operator(), a, "sub_nobody", false); !problem.Is(err, problem.NotFound) {
			t.Errorf("linked to nobody: %v", err)
		}
		before := s.Env.Clock.Now()
		s.Env.Clock.Advance(time.Hour)
		if err := join(t, s, shop.Operator(), a, b, false); err != nil {
			t.Fatal(err)
		}
		linked := s.Env.Clock.Now()
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonObjected)
		if len(chains(t, s, a, before)) != 1 || len(chains(t, s, b, linked)) != 2 {
			t.Error("a link is known before it was said, or not from then on")
		}
		s.Env.Clock.Advance(time.Hour)
		if err := join(t, s, shop.Operator(), b, a, true); err != nil {
			t.Fatal(err)
		}
		if err := join(t, s, shop.Operator(), b, a, true); !problem.Is(err, problem.NotFound) {
			t.Errorf("unlinked twice: %v", err)
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonConsentGiven)
		if got := chains(t, s, a, s.Env.Clock.Now()); !slices.Equal(got, []string{a}) || len(chains(t, s, a, linked)) != 2 {
			t.Errorf("after unlinking: %v", got)
		}
	})
}
