// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// rounds is how often two writers are let loose on one person: each time is
// another chance to meet.
const rounds = 30

// twice opens the shop in two processes, as far as the store can tell.
func twice(t *testing.T, f func(t *testing.T, here, there *shop.Shop)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) { f(t, shop.Open(t, env), shop.Over(t, env, env.Reopen(t))) })
}

func TestTwoProcessesThatMeetANewPersonMakeOneSubject(t *testing.T) {
	twice(t, func(t *testing.T, here, there *shop.Shop) {
		for i := range rounds {
			who := choice.Subject{Email: fmt.Sprintf("new%d@posta.example", i), Phone: fmt.Sprintf("+39333%07d", i)}
			r := shop.Yes(who, "newsletter", "email")
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := here.Send(t.Context(), shop.Key(), r); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := there.Send(t.Context(), shop.Collect(), r); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			email, phone := holders(t, here, lawful.IDEmail, who.Email), holders(t, here, lawful.IDPhone, who.Phone)
			if len(email) != 1 || !slices.Equal(email, phone) {
				t.Fatalf("round %d: the address is held by %v, the phone by %v", i, email, phone)
			}
		}
	})
}

func TestAListAndAFormThatMeetANewPersonMakeOneSubject(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		for i := range rounds {
			r := shop.Yes(shop.Email(fmt.Sprintf("new%d@posta.example", i)), "newsletter", "email")
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := s.Send(t.Context(), shop.Collect(), r); err != nil {
					t.Error(err)
				}
			})
			if results, err := block(t, s, r); err != nil || results[0].Err != nil {
				t.Error(results, err)
			}
			wg.Wait()
			if held := holders(t, s, lawful.IDEmail, r.Subject.Email); len(held) != 1 {
				t.Fatalf("round %d: the address is held by %v", i, held)
			}
		}
	})
}

func TestTwoProcessesThatMeetUnderOneKeyMakeOneRecord(t *testing.T) {
	twice(t, func(t *testing.T, here, there *shop.Shop) {
		here.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		for i := range rounds {
			r := shop.No(shop.Email(anna), lawful.Withdrawn, "newsletter", "email")
			r.Idempotency = fmt.Sprintf("click-%d", i)
			done := make([]choice.Recorded, 2)
			var wg sync.WaitGroup
			for n, s := range []*shop.Shop{here, there} {
				wg.Go(func() {
					var err error
					if done[n], err = s.Send(t.Context(), shop.Key(), r); err != nil {
						t.Errorf("round %d: %v", i, err)
					}
				})
			}
			wg.Wait()
			if !slices.Equal(done[0].Entries, done[1].Entries) || done[0].Existing == done[1].Existing {
				t.Fatalf("round %d: %+v and %+v", i, done[0], done[1])
			}
		}
	})
}
