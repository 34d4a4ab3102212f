// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"errors"
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// breakable is a shop whose next commit ends at the fault that is set, once.
func breakable(t *testing.T, env testkit.Env) (s *shop.Shop, fault *string) {
	t.Helper()
	shop.OpenWhole(t, env)
	fault = new(string)
	return shop.Over(t, env, env.OpenWith(t, func(o *db.Options) {
		o.Fault = func(step string) error {
			if step != *fault {
				return nil
			}
			*fault = ""
			return errors.New("the connection is gone")
		}
	})), fault
}

// TestWhoMayHaveBeenBegunIsAskedOfTheStore: where nobody knows what became of the
// commit, memory holds neither that somebody is new nor that nobody is.
func TestWhoMayHaveBeenBegunIsAskedOfTheStore(t *testing.T) {
	for step, reason := range map[string]lawful.Reason{
		"commit-lost": lawful.ReasonUnknownSubject, "commit-stored-reported-lost": lawful.ReasonConsentGiven,
	} {
		t.Run(step, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				s, fault := breakable(t, env)
				r := &remembering{Shop: s, memory: s.Standing.Remember(false, t.TempDir())}
				r.settle(t)
				who := choice.Subject{Email: "anna@posta.example", Phone: "+393331234567"}
				*fault = step
				if _, err := s.Send(t.Context(), shop.Key(), shop.Yes(who, "newsletter", "email")); !problem.Is(err, problem.OutcomeUnknown) {
					t.Fatalf("got %v, want the outcome unknown", err)
				}
				s.Want(t, shop.Email(who.Email), "newsletter", "email", reason)
				if n := r.memory.Answered(); n != 0 {
					t.Errorf("%d answers came from memory, want none", n)
				}
				r.settle(t)
				s.Want(t, shop.Email(who.Email), "newsletter", "email", reason)
				s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
				s.Want(t, shop.Email(who.Email), "newsletter", "email", lawful.ReasonConsentGiven)
			})
		})
	}
}
