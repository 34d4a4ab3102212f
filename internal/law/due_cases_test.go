// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// The deadlines of published decisions.
func TestCases(t *testing.T) {
	for _, c := range []struct{ name, in, right, received, nominal, due string }{
		{"S-01 A erasure", "FR", "erasure", "2018-07-04", "2018-08-04", "2018-08-06"},
		{"S-01 A objection", "FR", "objection", "2018-07-04", "2018-08-04", "2018-08-06"},
		{"S-01 B access", "FR", "access", "2018-11-07", "2018-12-07", "2018-12-07"},
		{"S-01 C from receipt, not from the ticket", "FR", "objection", "2018-11-09", "2018-12-09", "2018-12-10"},
		{"S-03 erasure", "FR", "erasure", "2018-05-28", "2018-06-28", "2018-06-28"},
		{"S-18 last day to answer", "ES", "objection", "2023-02-27", "2023-03-27", "2023-03-27"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := answer(t, calendar(t, c.in), law.Request{Right: c.right, Received: day(t, c.received)})
			wantDays(t, d, c.nominal, c.due, "")
			if (d.AtOnce != "") != (c.right == "objection") {
				t.Errorf("at once: %q", d.AtOnce)
			}
		})
	}
	t.Run("S-02 identity asked without need, or late", func(t *testing.T) {
		fr, given := calendar(t, "FR"), day(t, "2018-11-21")
		q := law.Request{Received: day(t, "2018-11-08"), Asked: []law.Asked{{What: law.AskIdentity, On: day(t, "2018-11-15"), Given: &given}}}
		d := answer(t, fr, q)
		wantDays(t, d, "2018-12-08", "2018-12-10", "2018-12-07")
		if d.Later == nil || d.Later.Day.String() != "2018-12-21" {
			t.Errorf("counted from the identity it is %+v", d.Later)
		}
	})
}

func TestAStopDoesNotWait(t *testing.T) {
	it := calendar(t, "IT")
	d := answer(t, it, law.Request{Right: "objection", Received: day(t, "2026-11-20")})
	if !strings.HasPrefix(d.AtOnce, "The stop is at once") || d.Steps[0].Kind != law.StepAtOnce || d.Due.String() != "2026-12-21" {
		t.Errorf("an objection: %+v", d)
	}
	d = answer(t, it, law.Request{Right: "withdrawal", Received: day(t, "2026-11-20")})
	if !strings.HasPrefix(d.AtOnce, "The stop is at once") || d.Due != 0 || d.End != nil {
		t.Errorf("a withdrawal: %+v", d)
	}
}

func TestRequestsThatCannotBeCounted(t *testing.T) {
	received, earlier := day(t, "2026-11-20"), day(t, "2026-11-19")
	later := day(t, "2026-11-23")
	for _, c := range []struct {
		name, in, code string
		q              law.Request
	}{
		{"no such right", "IT", "unknown_right", law.Request{Right: "sunshine", Received: received}},
		{"asked before received", "IT", "asked_before_received", law.Request{Right: "access", Received: received, Asked: []law.Asked{{What: law.AskIdentity, On: earlier}}}},
		{"given before asked", "IT", "given_before_asked", law.Request{Right: "access", Received: received, Asked: []law.Asked{{What: law.AskIdentity, On: later, Given: &received}}}},
		{"no opt-out here", "IT", "no_such_right", law.Request{Right: "opt_out", Received: received}},
		{"no objection there", "US-CA", "no_such_right", law.Request{Right: "objection", Received: received}},
		{"no extension of an opt-out", "US-CA", "no_extension", law.Request{Right: "opt_out", Received: received, Extended: true}},
		{"no extension at all", "BR", "no_extension", law.Request{Right: "access", Received: received, Extended: true}},
		{"an extension without a number", "CH", "extension_has_no_number", law.Request{Right: "access", Received: received, Extended: true}},
		{"a withdrawal is not extended", "IT", "no_extension", law.Request{Right: "withdrawal", Received: received, Extended: true}},
		{"no duty to acknowledge complaints", "IT", "no_period", law.Request{Right: "complaint", Received: received}},
	} {
		cal := calendar(t, c.in)
		got, err := cal.Response(rules(t, cal), c.q)
		if p := problem.As(err); p == nil || p.Code != c.code || p.Kind != problem.Invalid {
			t.Errorf("%s: %v, due %s", c.name, err, got.Due)
		}
	}
	if _, err := calendar(t, "IT").Response(rules(t, calendar(t, "IT")), law.Request{Right: "access", Received: received, Asked: []law.Asked{{What: "money", On: later}}}); err == nil {
		t.Error("asking for money is a pause")
	}
	for name, want := range map[string]string{"Deletion": "erasure", "opt-out": "opt_out", "ACCESS": "access", "correct": "rectification"} {
		if got, err := law.Right(name); err != nil || got != want {
			t.Errorf("%q is %q (%v)", name, got, err)
		}
	}
}

func TestADateSaysWhatItRestsOn(t *testing.T) {
	se := calendar(t, "SE")
	d := answer(t, se, law.Request{Received: day(t, "2026-05-06")})
	if !strings.Contains(text(d), "holidays of Sweden are not known here") {
		t.Errorf("it does not say that holidays are not known:\n%s", text(d))
	}
	it := calendar(t, "IT")
	rule := period(1, lawful.UnitMonths)
	rule.Assurance = lawful.AssuranceMemory
	rule.Override = &lawful.Override{Was: "2 months", Reason: "our own standard", DecidedBy: "the DPO"}
	d, err := it.Deadline(rule, day(t, "2026-03-05"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"test.period is from memory", "our own standard (decided by the DPO)", "Easter Sunday; Monday 6 April 2026 is Easter Monday"} {
		if !strings.Contains(text(d), want) {
			t.Errorf("it does not say %q:\n%s", want, text(d))
		}
	}
	if len(d.Holidays) != 2 || d.Rules[1].Key != "eu.period.roll" {
		t.Errorf("it met %v, and rests on %v", d.Holidays, d.Rules)
	}
}

// TestPeriodsHold tries what has to be true of any request.
func TestPeriodsHold(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 3))
	for _, id := range []string{"IT", "FR", "DE", "ES", "GB", "SE", "CH", "US-CA", "CA"} {
		cal := calendar(t, id)
		if random.IntN(2) == 0 {
			cal = calendar(t, id, cal.Localities()...)
		}
		packs := rules(t, cal)
		for range 400 {
			q := law.Request{Right: "access", Received: day(t, "2023-09-01") + law.Day(random.IntN(4000))}
			plain := must(t, cal, packs, q)
			q.Extended = id != "CH"
			extended := must(t, cal, packs, q)
			q.Extended = false
			asked := q.Received + law.Day(random.IntN(10))
			given := asked + law.Day(random.IntN(30))
			q.Asked = []law.Asked{{What: law.AskIdentity, On: asked, Given: &given}}
			paused := must(t, cal, packs, q)
			q.Received++
			for i, d := range []law.Due{plain, extended, paused} {
				switch {
				case d.Due < d.Nominal, d.Conservative > d.Due, d.Conservative > d.Nominal:
					t.Fatalf("%s %d: nominal %s, due %s, conservative %s", id, i, d.Nominal, d.Due, d.Conservative)
				case cal.Roll.Moves && !cal.Working(d.Due), !cal.Working(d.Conservative):
					t.Fatalf("%s %d: %s or %s is no working day", id, i, d.Due, d.Conservative)
				case !cal.Roll.Moves && d.Due != d.Nominal:
					t.Fatalf("%s %d: moved from %s to %s", id, i, d.Nominal, d.Due)
				}
				sound(t, cal, d)
			}
			if extended.Due < plain.Due || paused.Due < plain.Due {
				t.Fatalf("%s: %s, extended %s, paused %s", id, plain.Due, extended.Due, paused.Due)
			}
			q.Asked = nil
			if next := must(t, cal, packs, q); next.Due < plain.Due {
				t.Fatalf("%s: received a day later, due earlier: %s, %s", id, plain.Due, next.Due)
			}
		}
	}
}

func must(t *testing.T, cal *law.Calendar, packs *lawful.Rules, q law.Request) law.Due {
	t.Helper()
	d, err := cal.Response(packs, q)
	if err != nil {
		t.Fatalf("%s %s: %v", cal.ID, q.Received, err)
	}
	return d
}

// TestHoursHold: 72 hours are 72 hours, and nothing argued for is earlier.
func TestHoursHold(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 2))
	it := calendar(t, "IT")
	packs := rules(t, it)
	start := time.Date(2018, time.May, 25, 0, 0, 0, 0, time.UTC)
	for range 2000 {
		aware := start.Add(time.Duration(random.Int64N(int64(12 * 365 * 24 * time.Hour))))
		d, err := it.Breach(packs, law.TopicBreachAuthority, aware)
		if err != nil {
			t.Fatal(err)
		}
		if d.End.Sub(aware) != 72*time.Hour || d.Later.End.Before(*d.End) || d.Conservative > d.Due || d.Conservative < d.Base {
			t.Fatalf("aware %s: %+v", aware, d)
		}
		two := 0
		for x := d.Base + 1; x <= d.Later.Day; x++ {
			if it.Working(x) && !x.End(it.Zone).After(d.Later.End) {
				two++
			}
		}
		if two < 2 {
			t.Fatalf("aware %s: the arguable limit %s has %d working days in it", aware, d.Later.End, two)
		}
	}
}
