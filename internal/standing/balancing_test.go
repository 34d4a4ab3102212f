// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// balance records a balancing test of the catalogue, and moves the clock on by an hour.
func balance(t *testing.T, s *shop.Shop, outcome string, ago time.Duration) {
	t.Helper()
	f := choice.Fact{Kind: lawful.KindBalancingTest, At: s.Env.Clock.Now().Add(-ago), Purpose: "catalogue", Outcome: outcome}
	if _, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{Facts: []choice.Fact{f}}); err != nil {
		t.Fatal(err)
	}
	s.Env.Clock.Advance(time.Hour)
}

// addressed is somebody of whom the shop knows where they live.
func addressed(t *testing.T, s *shop.Shop) choice.Subject {
	t.Helper()
	who := choice.Subject{Address: &subject.Address{Street: "via Romana 4", Postcode: "50125", City: "Firenze", Country: "IT"}}
	f := choice.Fact{Kind: lawful.KindActivity, At: s.Env.Clock.Now(), Act: "purchase"}
	if _, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{Subject: who, Facts: []choice.Fact{f}}); err != nil {
		t.Fatal(err)
	}
	s.Env.Clock.Advance(time.Hour)
	return who
}

func TestABalancingTestReachesEveryAnswer(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.OpenWhole(t, env)
		other := shop.Over(t, env, env.Reopen(t))
		who := addressed(t, s)
		began := env.Clock.Now()
		want := func(reason lawful.Reason) {
			t.Helper()
			s.Want(t, who, "catalogue", "post", reason)
			other.Want(t, who, "catalogue", "post", reason)
			q := standing.Question{Subject: who, Purpose: "catalogue", Channel: "post"}
			file, err := s.Standing.Certificate(t.Context(), shop.Key(), q)
			if err != nil {
				t.Fatal(err)
			}
			v, err := evidence.Verify(file, evidence.Options{})
			if err != nil || !v.OK() || v.Decision.Reason != reason {
				t.Errorf("the certificate says %+v, %v, want %s", v.Decision, err, reason)
			}
		}
		want(lawful.ReasonBalancingMissing)
		balance(t, s, "failed", 0)
		want(lawful.ReasonBalancingMissing)
		balance(t, s, "passed", 0)
		want(lawful.ReasonLegitimateInterest)
		balance(t, other, "failed", 90*time.Minute) // before the one that passed
		want(lawful.ReasonLegitimateInterest)
		balance(t, other, "failed", 0)
		want(lawful.ReasonBalancingMissing)

		for hours, reason := range map[int]lawful.Reason{
			0: lawful.ReasonBalancingMissing, 1: lawful.ReasonLegitimateInterest, 2: lawful.ReasonLegitimateInterest, 3: lawful.ReasonBalancingMissing,
		} {
			at := began.Add(time.Duration(hours)*time.Hour + time.Minute)
			d := s.Ask(t, standing.Question{Subject: who, Purpose: "catalogue", Channel: "post", At: &at, KnownAt: &at})
			if d.Reason != reason {
				t.Errorf("as known after %d hours: %s, want %s", hours, d.Reason, reason)
			}
		}
	})
}

// TestBalancingTestsAreThoseOfTheSnapshot reads in a snapshot while others are
// recorded and remembered.
func TestBalancingTestsAreThoseOfTheSnapshot(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.OpenWhole(t, env)
		balance(t, s, "passed", 0)
		count := func(ctx context.Context, tx *db.ReadTx) int {
			rules, err := s.Standing.Rules(ctx, tx, shop.Org)
			if err != nil {
				t.Fatal(err)
			}
			return len(rules.Balancing["catalogue"])
		}
		err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			before := count(ctx, tx)
			balance(t, s, "failed", 0)
			if all, err := s.Standing.Balancing(t.Context(), shop.Org); err != nil || len(all["catalogue"]) != 2 {
				t.Errorf("outside the snapshot: %v, %v", all, err)
			}
			if after := count(ctx, tx); before != 1 || after != 1 {
				t.Errorf("the snapshot has %d tests, then %d, want 1", before, after)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestBalancingTestsAreFoundAmongManyEntries has the chain grow by more than is read at once.
func TestBalancingTestsAreFoundAmongManyEntries(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.OpenWhole(t, env)
		late := shop.Over(t, env, env.Reopen(t))
		var facts []choice.Fact
		for i := range 100 {
			at := env.Clock.Now().Add(-time.Duration(i+1) * time.Hour)
			facts = append(facts, choice.Fact{Kind: lawful.KindBalancingTest, At: at, Purpose: "newsletter", Outcome: "passed"})
		}
		for range 5 {
			if _, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{Facts: facts}); err != nil {
				t.Fatal(err)
			}
			balance(t, s, "passed", 0)
			s.Record(t, shop.Key(), shop.Yes(shop.Email("a@posta.example"), "newsletter", "email"))
			if _, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Email("a@posta.example")}); err != nil {
				t.Fatal(err)
			}
		}
		for _, from := range []*shop.Shop{s, late} {
			all, err := from.Standing.Balancing(t.Context(), shop.Org)
			if err != nil || len(all["newsletter"]) != 500 || len(all["catalogue"]) != 5 {
				t.Errorf("%d and %d tests, %v, want 500 and 5", len(all["newsletter"]), len(all["catalogue"]), err)
			}
		}
	})
}
