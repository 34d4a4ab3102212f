// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// facts are some of one request, each an hour after the one before.
func facts(s *shop.Shop, all ...choice.Fact) []choice.Fact {
	for i := range all {
		if all[i].At.IsZero() {
			all[i].At = s.Env.Clock.Now().Add(time.Duration(i-len(all)) * time.Hour)
		}
	}
	return all
}

func TestFactsThatCannotBeTrueAreRefusedByTheirPlace(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		now, people := s.Env.Clock.Now(), 0
		fact := func(kind string) choice.Fact { return choice.Fact{Kind: kind} }
		at := func(kind string, at time.Time) choice.Fact { return choice.Fact{Kind: kind, At: at} }
		born := func(date string) choice.Fact { return choice.Fact{Kind: lawful.KindBirthDate, Date: date} }
		aged := func(age int) choice.Fact { return choice.Fact{Kind: lawful.KindDeclaredAge, Age: age} }
		lives := func(country string) choice.Fact { return choice.Fact{Kind: lawful.KindResidence, Country: country} }
		register := func(name string) choice.Fact {
			return choice.Fact{Kind: lawful.KindRegisterChecked, Register: name}
		}
		reached := func(kind, channel string) choice.Fact { return choice.Fact{Kind: kind, Channel: channel, At: now} }
		for name, c := range map[string]struct {
			facts []choice.Fact
			field string // "": taken
		}{
			"lives in Italy":            {[]choice.Fact{lives("IT")}, ""},
			"lives in California":       {[]choice.Fact{lives("us-ca")}, ""},
			"lives in Lombardy":         {[]choice.Fact{lives("IT-25")}, ""},
			"lives nowhere":             {[]choice.Fact{lives("XX")}, "facts[0].country"},
			"lives in no state":         {[]choice.Fact{lives("US-XX")}, "facts[0].country"},
			"lives in a word":           {[]choice.Fact{lives("Italia")}, "facts[0].country"},
			"lives in half":             {[]choice.Fact{lives("IT-")}, "facts[0].country"},
			"checked":                   {[]choice.Fact{register("rpo")}, ""},
			"checked with an unknown":   {[]choice.Fact{register("rop")}, "facts[0].register"},
			"no age":                    {[]choice.Fact{aged(0)}, "facts[0].age"},
			"one birth date twice":      {[]choice.Fact{born("1980-02-29"), born("1980-02-29")}, ""},
			"two birth dates":           {[]choice.Fact{born("1980-02-29"), born("1980-03-01")}, "facts[1]"},
			"a birth to come":           {[]choice.Fact{born("2080-03-01")}, "facts[0].date"},
			"age and birth agree":       {[]choice.Fact{born("2010-12-31"), aged(15)}, ""},
			"age and birth are a year":  {[]choice.Fact{born("2010-12-31"), aged(16)}, ""},
			"age and birth disagree":    {[]choice.Fact{born("2010-12-31"), aged(18)}, "facts[1]"},
			"sold to before birth":      {[]choice.Fact{at(lawful.KindSale, now.AddDate(-5, 0, 0)), born("2023-03-01")}, "facts[1]"},
			"opened and closed":         {[]choice.Fact{fact(lawful.KindRelationOpened), fact(lawful.KindRelationClosed)}, ""},
			"closed and opened":         {[]choice.Fact{fact(lawful.KindRelationClosed), fact(lawful.KindRelationOpened)}, "facts[0].at"},
			"closed, who knows when":    {[]choice.Fact{fact(lawful.KindRelationClosed)}, ""},
			"restricted, then not":      {[]choice.Fact{fact(lawful.KindRestriction), fact(lawful.KindRestrictionLift)}, ""},
			"restricted and not":        {[]choice.Fact{at(lawful.KindRestriction, now), at(lawful.KindRestrictionLift, now)}, "facts[1]"},
			"reached and not":           {[]choice.Fact{reached(lawful.KindUndeliverable, "email"), reached(lawful.KindDeliverable, "email")}, "facts[1]"},
			"reached here, not there":   {[]choice.Fact{reached(lawful.KindUndeliverable, "email"), reached(lawful.KindDeliverable, "sms")}, ""},
			"checked, and found listed": {[]choice.Fact{at(lawful.KindDeceased, now), {Kind: lawful.KindRegisterListed, Register: "rpo", At: now}}, ""},
		} {
			people++
			r := choice.FactsRequest{Subject: shop.Email(fmt.Sprintf("p%d@posta.example", people)), Facts: facts(s, c.facts...)}
			_, err := s.Tell(t.Context(), shop.Key(), r)
			p := problem.As(err)
			switch {
			case c.field == "" && err != nil:
				t.Errorf("%s: %v", name, err)
			case c.field != "" && (p == nil || len(p.Places) != 1 || p.Places[0].Field != c.field):
				t.Errorf("%s: %v, want it refused at %s", name, err, c.field)
			}
		}
	})
}

func TestABalancingTestEndsOneWay(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		test := func(purpose, outcome string) choice.Fact {
			return choice.Fact{Kind: lawful.KindBalancingTest, Purpose: purpose, Outcome: outcome, At: s.Env.Clock.Now()}
		}
		tell := func(facts ...choice.Fact) error {
			_, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{Facts: facts})
			return err
		}
		if err := tell(test("newsletter", "passed"), test("events", "failed")); err != nil {
			t.Error(err)
		}
		if p := problem.As(tell(test("newsletter", "passed"), test("newsletter", "failed"))); p == nil || p.Places[0].Field != "facts[1]" {
			t.Errorf("passed and failed: %v", p)
		}
	})
}

// TestARelationIsClosedAfterItWasOpened holds a closing to what is on record.
func TestARelationIsClosedAfterItWasOpened(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		tell := func(kind string, ago time.Duration) error {
			r := choice.FactsRequest{Subject: shop.Email(anna), Facts: []choice.Fact{{Kind: kind, At: s.Env.Clock.Now().Add(-ago)}}}
			_, err := s.Tell(t.Context(), shop.Key(), r)
			return err
		}
		if err := tell(lawful.KindRelationOpened, 48*time.Hour); err != nil {
			t.Fatal(err)
		}
		if p := problem.As(tell(lawful.KindRelationClosed, 72*time.Hour)); p == nil || p.Places[0].Field != "facts[0].at" {
			t.Errorf("closed before it was opened: %v", p)
		}
		s.Want(t, shop.Email(anna), "orders", "email", lawful.ReasonContract)
		if err := tell(lawful.KindRelationClosed, 24*time.Hour); err != nil {
			t.Error(err)
		}
		s.Want(t, shop.Email(anna), "orders", "email", lawful.ReasonBasisNotAllowed)
	})
}

// TestWhatIsRefusedInABlockLeavesTheNextRowAlone has two rows about one new
// person: the first is refused, and the second is theirs all the same.
func TestWhatIsRefusedInABlockLeavesTheNextRowAlone(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		rules, err := s.Rules(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now := s.Env.Clock.Now()
		record := func(facts ...choice.Fact) choice.Record {
			r, err := choice.FromFacts(rules, shop.Key(), choice.FactsRequest{Subject: shop.Email(anna), Facts: facts}, now)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		results, err := blockOf(t, s,
			record(choice.Fact{Kind: lawful.KindRelationClosed, At: now.Add(-time.Hour)}, choice.Fact{Kind: lawful.KindRelationOpened, At: now}),
			record(choice.Fact{Kind: lawful.KindRelationOpened, At: now}))
		if err != nil || problem.As(results[0].Err) == nil || results[1].Err != nil {
			t.Errorf("%v, the rows: %+v", err, results)
		}
		s.Want(t, shop.Email(anna), "orders", "email", lawful.ReasonContract)
	})
}
