// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

func expiring(t fataler, s *shop.Shop, o standing.ExpiringOptions) standing.Expiring {
	t.Helper()
	got, err := s.Standing.Expiring(context.Background(), shop.Key(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// lines writes what is lost, short: purpose channel day reason count.
func lines(e standing.Expiring) string {
	var out []string
	for _, l := range e.Lines {
		out = append(out, fmt.Sprintf("%s %s %s %s %d %s", l.Purpose, l.Channel, l.Day, l.Reason, l.Count, l.Do.What))
	}
	return strings.Join(out, "\n")
}

// lasting is the shop with ends: a consent of two months, weak proof until
// Christmas, a short retention, and calls in Italy.
func lasting(t *testing.T, env testkit.Env) *shop.Shop {
	t.Helper()
	s := shop.Open(t, env)
	file := bottega(t)
	for _, e := range [][2]string{
		{"    channels: [email, sms, push]\n", "    channels: [email, phone, web]\n    expires: 2 months\n"},
		{`decided_by: "A. Bianchi"}`, `decided_by: "A. Bianchi", until: 2026-12-24}`},
		{"retention: {from: last_activity, for: 24 months}\n  - id: partner", "retention: {from: last_activity, for: 1 month}\n  - id: partner"},
	} {
		if !strings.Contains(file, e[0]) {
			t.Fatalf("the file has no %q", e[0])
		}
		file = strings.Replace(file, e[0], e[1], 1)
	}
	s.Declare(t, []byte(file))
	return s
}

func TestWhoStopsBeingReachable(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := lasting(t, env)
		s.Record(t, shop.Key(), shop.Yes(shop.Email("due.mesi@posta.example"), "newsletter", "email"))
		s.Record(t, shop.Key(), shop.Yes(shop.Email("un.mese@posta.example"), "events", "email"))
		weak := shop.Yes(shop.Email("debole@posta.example"), "newsletter", "email")
		weak.Source, weak.Evidence = "accepted", nil
		s.Record(t, shop.Key(), weak)
		called := shop.Yes(shop.Phone("+393330000001"), "newsletter", "phone")
		s.Record(t, shop.Key(), called)
		if _, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{
			Subject: shop.Phone("+393330000001"), Facts: []choice.Fact{{Kind: lawful.KindRegisterChecked, At: env.Clock.Now(), Register: "rpo"}},
		}); err != nil {
			t.Fatal(err)
		}
		if got, want := lines(expiring(t, s, standing.ExpiringOptions{})), "newsletter phone 2026-12-06 opposition_register_stale 1 check_register"; got != want {
			t.Errorf("in 30 days:\n%s\nwant\n%s", got, want)
		}
		want := `events email 2026-12-21 retention_ended 1 ask
newsletter email 2026-12-24 evidence_insufficient 1 ask
newsletter email 2027-01-21 expired 1 ask
newsletter phone 2026-12-06 opposition_register_stale 1 check_register
newsletter phone 2027-01-21 expired 1 ask`
		got := expiring(t, s, standing.ExpiringOptions{Days: 90})
		if lines(got) != want {
			t.Errorf("in 90 days:\n%s\nwant\n%s", lines(got), want)
		}
		rome, err := time.LoadLocation("Europe/Rome")
		if err != nil {
			t.Fatal(err)
		}
		last := got.Lines[2]
		if midnight := time.Date(2027, 1, 22, 0, 0, 0, 0, rome); !last.Until.Equal(midnight) || !last.Do.Until.Equal(midnight) || len(last.Do.Where) != 4 || len(last.Sample) != 1 {
			t.Errorf("got %+v, want an end at midnight, a way until then, and whom", last)
		}
		if got := lines(expiring(t, s, standing.ExpiringOptions{Days: 90, Purpose: "newsletter", Channel: "email"})); strings.Count(got, "\n") != 1 {
			t.Errorf("for one purpose and channel:\n%s", got)
		}
	})
}

func TestWhatCannotBeLookedForIsSaid(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		for _, o := range []standing.ExpiringOptions{{Days: -1}, {Days: 367}, {Purpose: "nothing"}, {Channel: "telex"}} {
			if _, err := s.Standing.Expiring(t.Context(), shop.Key(), o, nil); !problem.Is(err, problem.Invalid) {
				t.Errorf("%+v: got %v", o, err)
			}
		}
		if _, err := s.Standing.Expiring(t.Context(), access.Actor{Org: shop.Org}, standing.ExpiringOptions{}, nil); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: got %v", err)
		}
	})
}

// TestTheDaysToComeGoAsForetold lets the days pass and counts.
func TestTheDaysToComeGoAsForetold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s, run := lasting(t, env), 1000000
		rapid.Check(t, func(t *rapid.T) {
			run++
			c := newCouple(s, run)
			for range rapid.IntRange(1, 6).Draw(t, "length") {
				if e := drawTold(t); e.channel != "sms" || e.purpose == "events" {
					c.tell(t, e)
				}
			}
			days := rapid.IntRange(1, 70).Draw(t, "days")
			before, said := tally(t, s), expiring(t, s, standing.ExpiringOptions{Days: days})
			lost := map[standing.Use]int64{}
			for _, l := range said.Lines {
				if l.Do.What != standing.RemedyCheck {
					lost[standing.Use{Purpose: l.Purpose, Channel: l.Channel}] += l.Count
				}
			}
			env.Clock.Set(said.Ends.Add(-time.Second))
			after := tally(t, s)
			for use, reasons := range before.Standing {
				if was, is := sum(reasons, true), sum(after.Standing[use], true); was-is != lost[use] {
					t.Fatalf("%v in %d days: %d of %d are lost, foretold were %d\n%s", use, days, was-is, was, lost[use], lines(said))
				}
			}
			ending := before.Ending
			if days == standing.ExpiringDays {
				for use, n := range lost {
					if ending[use] != n {
						t.Fatalf("%v: the tally counts %d who are lost, the look ahead %d", use, ending[use], n)
					}
				}
			}
		})
	})
}
