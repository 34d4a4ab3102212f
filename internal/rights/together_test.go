// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// eraseAtOnce asks for many erasures at the same time.
func eraseAtOnce(t *testing.T, s *shop.Shop, who ...choice.Subject) ([]rights.Erasure, []error) {
	t.Helper()
	done, errs := make([]rights.Erasure, len(who)), make([]error, len(who))
	var wg sync.WaitGroup
	for i, subject := range who {
		wg.Go(func() {
			done[i], errs[i] = s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: subject, Request: fmt.Sprint("REQ-", i)})
		})
	}
	wg.Wait()
	return done, errs
}

func person(i int) string { return fmt.Sprintf("person.%d@posta.example", i) }

// Many at once are each planned, recorded and answered for themselves, and those
// about one person, or about nobody, harm nobody else.
func TestErasuresAtOnceAreEachTheirOwn(t *testing.T) {
	const people = 40
	each(t, func(t *testing.T, s *shop.Shop) {
		who := []choice.Subject{shop.Email("nobody@posta.example"), {}}
		for i := range people {
			s.Record(t, shop.Key(), shop.Yes(shop.Email(person(i)), "newsletter", "email"))
			who = append(who, shop.Email(person(i)))
		}
		who = append(who, shop.Email(person(0))) // twice
		s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email"))
		done, errs := eraseAtOnce(t, s, who...)
		if !problem.Is(errs[0], problem.NotFound) || !problem.Is(errs[1], problem.Invalid) {
			t.Errorf("got %v and %v, want nobody found and nobody named", errs[0], errs[1])
		}
		if one, two := errs[2], errs[len(errs)-1]; (one == nil) == (two == nil) {
			t.Errorf("got %v and %v, want one erased and one not found", one, two)
		}
		var entries []string
		for i, d := range done {
			if errs[i] != nil {
				continue
			}
			entries = append(entries, d.Entry)
			if d.Stage != rights.StageShredded || d.Destroyed.Choices != 1 || d.Suppressed.Tombstones != 1 || len(d.Subjects) != 1 {
				t.Errorf("erasure %d came to %+v", i, d)
			}
		}
		slices.Sort(entries)
		if n := len(slices.Compact(entries)); n != people {
			t.Errorf("%d entries record %d erasures", n, people)
		}
		for i := range people {
			s.Want(t, shop.Email(person(i)), "newsletter", "email", lawful.ReasonErased)
		}
		s.Want(t, shop.Email(bruno), "newsletter", "email", lawful.ReasonConsentGiven)
		_, _ = certificate(t, s, shop.Email(bruno))
	})
}

// A commit that is lost, or stored and said to be lost, is everybody's unknown
// outcome; asking again tells.
func TestErasuresWithAnUnknownOutcomeAreAskedForAgain(t *testing.T) {
	for _, lost := range []string{"commit-lost", "commit-stored-reported-lost"} {
		t.Run(lost, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				whole := shop.Open(t, env)
				for i := range 5 {
					whole.Record(t, shop.Key(), shop.Yes(shop.Email(person(i)), "newsletter", "email"))
				}
				if err := whole.Ledger.Settle(t.Context()); err != nil {
					t.Fatal(err)
				}
				var armed atomic.Bool
				s := shop.Over(t, env, env.OpenWith(t, func(o *db.Options) {
					o.Fault = func(step string) error {
						if step == lost && armed.CompareAndSwap(true, false) {
							return errors.New("the connection is gone")
						}
						return nil
					}
				}))
				armed.Store(true)
				var who []choice.Subject
				for i := range 5 {
					who = append(who, shop.Email(person(i)))
				}
				_, errs := eraseAtOnce(t, s, who...)
				for i, err := range errs {
					if err != nil && !problem.Is(err, problem.OutcomeUnknown) {
						t.Errorf("erasure %d: got %v", i, err)
					}
				}
				_, errs = eraseAtOnce(t, s, who...)
				for i, err := range errs {
					if err != nil && !problem.Is(err, problem.NotFound) {
						t.Errorf("asked again, erasure %d: got %v", i, err)
					}
					s.Want(t, who[i], "newsletter", "email", lawful.ReasonErased)
				}
			})
		})
	}
}
