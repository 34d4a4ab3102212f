// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// kept lists the holidays of a year as days.
func kept(c *law.Calendar, year int) []string {
	var out []string
	for _, h := range c.Year(year) {
		out = append(out, h.Day.String()[5:])
	}
	return out
}

func TestEaster(t *testing.T) {
	it := calendar(t, "IT")
	for year, want := range map[int]string{
		2000: "2000-04-23", 2008: "2008-03-23", 2011: "2011-04-24", 2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05",
		2027: "2027-03-28", 2028: "2028-04-16", 2038: "2038-04-25", 2049: "2049-04-18", 2076: "2076-04-19", 2100: "2100-03-28",
	} {
		at := slices.IndexFunc(it.Year(year), func(h law.Holiday) bool { return h.Name == "Easter Sunday" })
		if got := it.Year(year)[at].Day.String(); got != want {
			t.Errorf("Easter is on %s, want %s", got, want)
		}
	}
}

func TestHolidaysOfAYear(t *testing.T) {
	for _, c := range []struct {
		id   string
		year int
		want string
	}{
		{"IT", 2025, "01-01 01-06 04-20 04-21 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26"},
		{"IT", 2026, "01-01 01-06 04-05 04-06 04-25 05-01 06-02 08-15 10-04 11-01 12-08 12-25 12-26"},
		{"FR", 2026, "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"},
		{"DE", 2026, "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"},
		{"ES", 2026, "01-01 01-06 04-03 05-01 08-15 10-12 11-01 12-06 12-08 12-25"},
		{"GB", 2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-26 12-28"},
		{"GB", 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-25 12-26 12-27 12-28"},
		{"GB", 2022, "01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27"},
		{"GB", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"},
		{"GB", 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"},
		{"CH", 2026, "01-01 05-14 08-01 12-25"},
		{"US", 2020, "01-01 01-20 02-17 05-25 07-03 07-04 09-07 10-12 11-11 11-26 12-25"},
		{"US", 2021, "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31"},
		{"US-CA", 2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"},
		{"CA", 2026, "01-01 04-03 04-06 05-18 07-01 09-07 09-30 10-12 11-11 12-25"},
		{"CA-QC", 2029, "01-01 03-30 04-02 05-21 07-01 07-02 09-03 09-30 10-08 11-11 12-25"},
		{"BR", 2023, "01-01 04-07 04-21 05-01 09-07 10-12 11-02 11-15 12-25"},
		{"BR", 2026, "01-01 04-03 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25"},
		{"SE", 2026, ""},
	} {
		if got := strings.Join(kept(calendar(t, c.id), c.year), " "); got != c.want {
			t.Errorf("%s %d keeps %s\nwant %s", c.id, c.year, got, c.want)
		}
	}
}

func TestRegionalDaysAreOffUntilSwitchedOn(t *testing.T) {
	ambrose := day(t, "2026-12-07")
	if it := calendar(t, "IT"); !it.Working(ambrose) || !slices.Contains(it.Localities(), "IT-MI") {
		t.Error("Saint Ambrose is a holiday of all Italy, or cannot be switched on")
	}
	milan := calendar(t, "IT", "IT-MI")
	if milan.Working(ambrose) || milan.Next(ambrose).String() != "2026-12-09" || !slices.Equal(milan.Local, []string{"IT-MI"}) {
		t.Error("Saint Ambrose is no holiday of Milan")
	}
	if scotland := calendar(t, "GB", "GB-SCT"); !scotland.Working(day(t, "2026-04-06")) || scotland.Working(day(t, "2026-08-03")) || !scotland.Working(day(t, "2026-08-31")) {
		t.Error("Scotland keeps the days of England")
	}
	if _, err := calendar(t, "IT").With("IT-XX"); err == nil || !strings.Contains(err.Error(), "IT-MI") {
		t.Errorf("an unknown town gives %v", err)
	}
}

func TestEveryHolidayHasASourceAndCanBeKept(t *testing.T) {
	all, err := law.ReadCalendars()
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range all {
		on, err := c.With(c.Localities()...)
		if err != nil || c.ID != id || c.Name == "" || c.Roll.Source == "" {
			t.Errorf("%s: %v", id, err)
			continue
		}
		for _, h := range on.Year(2026) {
			if h.Name == "" || h.Source == "" || h.Assurance == "" {
				t.Errorf("%s: %+v lacks something", id, h)
			}
		}
	}
	for _, id := range []string{"it", "us-ca", "US-ZZ"} {
		if _, err := all.Of(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := all.Of("ATLANTIS"); err == nil {
		t.Error("Atlantis has a calendar")
	}
}

func TestEveryPackHasACalendar(t *testing.T) {
	all, err := law.ReadCalendars()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range law.IDs() {
		if c := all[id]; c == nil && id != lawful.Base {
			t.Errorf("%s has no time zone and no calendar", id)
		}
	}
}
