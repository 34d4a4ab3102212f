// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/lawful"
)

func TestPeriodEndsWithItsLastDay(t *testing.T) {
	for _, c := range []struct {
		from, zone string
		months     int
		want       string
	}{
		{"2026-01-31T10:00:00+01:00", "Europe/Rome", 1, "2026-02-28T23:00:00Z"},       // clamped
		{"2028-01-31T10:00:00+01:00", "Europe/Rome", 1, "2028-02-29T23:00:00Z"},       // leap year
		{"2028-02-29T10:00:00+01:00", "Europe/Rome", 12, "2029-02-28T23:00:00Z"},      // and back
		{"2027-02-28T10:00:00+01:00", "Europe/Rome", 1, "2027-03-28T22:00:00Z"},       // clocks change on the last day
		{"2026-11-30T10:00:00+01:00", "Europe/Rome", 3, "2027-02-28T23:00:00Z"},       // over the year's end
		{"2026-01-31T23:30:00Z", "Europe/Rome", 1, "2026-03-01T23:00:00Z"},            // already February in Rome
		{"2026-10-25T00:30:00+02:00", "Europe/Rome", 24, "2028-10-25T22:00:00Z"},      // from the day clocks change
		{"2018-10-03T12:00:00-03:00", "America/Sao_Paulo", 1, "2018-11-04T03:00:00Z"}, // midnight of 4 November does not exist
		{"2026-03-01T00:00:00Z", "UTC", 0, "2026-03-02T00:00:00Z"},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := lawful.PeriodEnd(from, c.months, zone).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%d months from %s end %s, want %s", c.months, c.from, got, c.want)
		}
	}
}

func TestConsentHoldsUntilMidnight(t *testing.T) {
	q := ask("yearly", "email")
	yes := give("yearly", "email", "2025-11-20T18:00")
	q.At = day("2026-11-21").Add(-time.Microsecond)
	wantReason(t, decide(q, yes), lawful.ReasonConsentGiven)
	q.At = day("2026-11-21")
	wantReason(t, decide(q, yes), lawful.ReasonExpired)
}
