// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/internal/register"
)

func TestPeriodEndsWithItsLastDayWhereTheOrganisationIs(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ start, period, over string }{
		{"2024-11-21T22:30:00Z", "24 months", "2026-11-21T23:00:00Z"}, // 23:30 in Rome: still the 21st
		{"2024-11-21T23:30:00Z", "24 months", "2026-11-22T23:00:00Z"}, // 00:30 in Rome: the 22nd
		{"2024-01-31T10:00:00Z", "1 month", "2024-02-29T23:00:00Z"},
		{"2024-02-29T10:00:00Z", "1 year", "2025-02-28T23:00:00Z"},
		{"2026-03-01T10:00:00Z", "30 days", "2026-03-31T22:00:00Z"}, // summer time has begun
		{"2026-08-31T10:00:00Z", "6 months", "2027-02-28T23:00:00Z"},
	}
	for _, c := range cases {
		start, err := time.Parse(time.RFC3339, c.start)
		if err != nil {
			t.Fatal(err)
		}
		if got := register.Period(c.period).After(start, rome).UTC().Format(time.RFC3339); got != c.over {
			t.Errorf("%s from %s is over at %s, want %s", c.period, c.start, got, c.over)
		}
	}
}

func TestRetentionIsSaidInWords(t *testing.T) {
	r := register.Retention{From: "last_activity", For: "24 months"}
	for language, want := range map[string]string{
		"it": "24 mesi dall'ultima attività", "fr-CA": "24 mois après la dernière activité",
		"en": "24 months from the last activity", "de": "24 months from the last activity",
	} {
		if got := r.Text(language); got != want {
			t.Errorf("in %s: %q, want %q", language, got, want)
		}
	}
	if got := register.Period("1 year").Text("it"); got != "1 anno" {
		t.Errorf("one year: %q", got)
	}
	if got := register.Period("").Text("it"); got != "" {
		t.Errorf("no period: %q", got)
	}
}
