// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

const number = "web-0123456789abcdef0123456789abcdef"

func TestOnlyABrowsersOwnNumberIsItsProof(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		for _, device := range []string{number, "a token of an app", "web-guess", "web-0123456789ABCDEF0123456789ABCDEF"} {
			want := lawful.ReasonRefused
			if device == number {
				want = lawful.ReasonConsentGiven
			}
			who := choice.Subject{Device: device}
			s.Record(t, shop.Collect(), shop.No(who, lawful.Refused, "newsletter", "push"))
			s.Record(t, shop.Collect(), shop.Yes(who, "newsletter", "push"))
			s.Want(t, who, "newsletter", "push", want)
		}
		s.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Objected, "", ""))
		s.Record(t, shop.Collect(), shop.Yes(choice.Subject{Device: number, Email: anna}, "newsletter", "email"))
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonObjected)
	})
}

func TestASignalGoesWithABrowsersChoiceOnly(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		r := shop.No(choice.Subject{Device: number}, lawful.Refused, "newsletter", "push")
		r.Signal = "gpc"
		if done := s.Record(t, shop.Collect(), r); len(done.Entries) != 2 {
			t.Errorf("%d entries, want the choice and the signal", len(done.Entries))
		}
		for _, wrong := range []choice.Request{
			shop.No(shop.Email(anna), lawful.Refused, "newsletter", "email"),
			shop.No(choice.Subject{Device: number, Email: anna}, lawful.Refused, "newsletter", "email"),
		} {
			wrong.Signal = "gpc"
			if _, err := s.Send(t.Context(), shop.Collect(), wrong); !problem.Is(err, problem.Invalid) {
				t.Errorf("a signal of somebody known: %v", err)
			}
		}
		r.Signal = "dnt"
		if _, err := s.Send(t.Context(), shop.Collect(), r); !problem.Is(err, problem.Invalid) {
			t.Errorf("a signal nobody knows: %v", err)
		}
	})
}
