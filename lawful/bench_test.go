// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"testing"

	"github.com/lecito/lecito/lawful"
)

// ordinary is a subscriber as most are: bought once, said yes, changed their
// mind and back, clicked; with a declared retention.
func ordinary() (*lawful.Rules, lawful.Person, lawful.Question) {
	rules := shopRules()
	kept := rules.Purposes["newsletter"][0]
	kept.Retention = &lawful.Retention{From: lawful.FromLastActivity, For: lawful.Period{Number: 24, Unit: lawful.UnitMonths}}
	rules.Purposes["newsletter"] = []lawful.Purpose{kept}
	q := ask("newsletter", "email")
	q.Explain = false
	return rules, lawful.Person{Known: true, History: history(
		happen(lawful.KindIdentified, "2025-01-01", through("crm"), with(number, anna)),
		give("newsletter", "email", "2025-02-01"),
		choose(lawful.Withdrawn, "newsletter", "email", "2025-08-01"),
		give("newsletter", "email", "2026-03-01"),
		happen(lawful.KindActivity, "2026-04-01", func(f *lawful.Recorded) { f.Act = "click" }),
	)}, q
}

func BenchmarkDecide(b *testing.B) {
	rules, person, q := ordinary()
	b.ReportAllocs()
	for b.Loop() {
		if !lawful.Decide(rules, person, q).Permitted {
			b.Fatal("denied")
		}
	}
}

func BenchmarkDecideExplained(b *testing.B) {
	rules, person, q := ordinary()
	q.Explain = true
	for b.Loop() {
		if !lawful.Decide(rules, person, q).Permitted {
			b.Fatal("denied")
		}
	}
}

// TestDecideAllocatesNothing holds the promise for every outcome an ordinary list has.
func TestDecideAllocatesNothing(t *testing.T) {
	rules, person, q := ordinary()
	for _, purpose := range []string{"newsletter", "events", "orders", "soft", "interest", "unheard", "double"} {
		q.Purpose = purpose
		if n := testing.AllocsPerRun(100, func() { lawful.Decide(rules, person, q) }); n > 0 {
			t.Errorf("%s: %v allocations", purpose, n)
		}
	}
	for purpose, want := range map[string]lawful.Reason{"double": lawful.ReasonConsentGiven, "yearly": lawful.ReasonExpired, "rare": lawful.ReasonFrequencyExceeded} {
		person.History = history(give(purpose, "email", "2025-03-01"), choose(lawful.Confirmed, purpose, "email", "2025-03-02"), contacted("2026-11-10"))
		q.Purpose = purpose
		if n := testing.AllocsPerRun(100, func() { lawful.Decide(rules, person, q) }); n > 0 || lawful.Decide(rules, person, q).Reason != want {
			t.Errorf("%s, confirmed: %v allocations, want none and %s", purpose, n, want)
		}
	}
}
