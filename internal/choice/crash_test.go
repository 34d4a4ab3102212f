// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// block records requests as an import does, in one transaction.
func block(t *testing.T, s *shop.Shop, requests ...choice.Request) ([]db.Result[choice.Recorded], error) {
	t.Helper()
	rules, err := s.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var records []choice.Record
	for _, r := range requests {
		record, err := choice.FromRequest(rules, shop.Key(), r, s.Env.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	return blockOf(t, s, records...)
}

func blockOf(t *testing.T, s *shop.Shop, records ...choice.Record) (results []db.Result[choice.Recorded], err error) {
	t.Helper()
	err = s.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		var err error
		results, err = s.Choices.RecordBlock(ctx, tx, shop.Key(), records)
		return err
	})
	return results, err
}

// broken opens the shop again on a store whose next commit, once armed, ends as step says.
func broken(t *testing.T, env testkit.Env, step string) (s *shop.Shop, arm func()) {
	t.Helper()
	armed := false
	s = shop.Over(t, env, env.OpenWith(t, func(o *db.Options) {
		o.Fault = func(at string) error {
			if at != step || !armed {
				return nil
			}
			armed = false
			return errors.New("the connection is gone")
		}
	}))
	return s, func() { armed = true }
}

func TestALostCommitLeavesNothingAndCanBeTriedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		shop.Open(t, env)
		s, arm := broken(t, env, "commit-lost")
		arm()
		r := shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "email")
		if _, err := s.Send(t.Context(), shop.Key(), r); !problem.Is(err, problem.OutcomeUnknown) {
			t.Fatalf("got %v, want the outcome unknown", err)
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonUnknownSubject)
		if got := holders(t, s, lawful.IDPhone, cell); len(got) != 0 {
			t.Errorf("the phone is held by %v", got)
		}
		if done := s.Record(t, shop.Key(), r); done.Existing {
			t.Error("tried again: it had been stored")
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonConsentGiven)
	})
}

func TestAKeySettlesWhetherItWasStored(t *testing.T) {
	for step, stored := range map[string]bool{"commit-lost": false, "commit-stored-reported-lost": true} {
		t.Run(step, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				shop.Open(t, env)
				s, arm := broken(t, env, step)
				arm()
				r := shop.Yes(shop.Email(anna), "newsletter", "email")
				r.Idempotency = "order-1"
				if _, err := s.Send(t.Context(), shop.Key(), r); !problem.Is(err, problem.OutcomeUnknown) {
					t.Fatalf("got %v, want the outcome unknown", err)
				}
				done := s.Record(t, shop.Key(), r)
				if done.Existing != stored || len(done.Entries) != 1 {
					t.Errorf("settled: %+v, want existing %v", done, stored)
				}
				if n := len(holders(t, s, lawful.IDEmail, anna)); n != 1 {
					t.Errorf("%d subjects, want one", n)
				}
			})
		})
	}
}
