// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// day reads a day of a test.
func day(t *testing.T, text string) law.Day {
	t.Helper()
	d, err := law.ParseDay(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// calendar is the calendar of a jurisdiction, with local days switched on.
func calendar(t *testing.T, id string, local ...string) *law.Calendar {
	t.Helper()
	all, err := law.ReadCalendars()
	if err != nil {
		t.Fatal(err)
	}
	c, err := all.Of(id)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = c.With(local...); err != nil {
		t.Fatal(err)
	}
	return c
}

// rules are the packs of a jurisdiction as the program carries them, switched on.
func rules(t *testing.T, c *law.Calendar) *lawful.Rules {
	t.Helper()
	var on []string
	if _, err := law.Find(c.ID); err == nil {
		on = append(on, c.ID)
	}
	packs, err := law.Use(c.Zone, on, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &lawful.Rules{Law: packs}
}

// period is a rule that says a period and nothing else.
func period(number int, unit string) *lawful.Law {
	return &lawful.Law{
		Key: "test.period", Number: number, Unit: unit, Text: map[string]string{"en": "A period."},
		Source: "a test", Assurance: lawful.AssuranceComputed,
	}
}

func TestDays(t *testing.T) {
	d := day(t, "2026-01-31")
	if got := d.AddMonths(1).String(); got != "2026-02-28" {
		t.Errorf("a month after 31 January is %s", got)
	}
	if got := d.AddMonths(-2).String(); got != "2025-11-30" {
		t.Errorf("two months before 31 January is %s", got)
	}
	if got := d.Words(); got != "Saturday 31 January 2026" {
		t.Errorf("words are %q", got)
	}
	rome := calendar(t, "IT").Zone
	at := time.Date(2026, time.January, 31, 23, 30, 0, 0, time.UTC)
	if got := law.DayOf(at, rome).String(); got != "2026-02-01" {
		t.Errorf("23:30 UTC is %s in Rome", got)
	}
	if got := day(t, "2026-03-29").End(rome).Sub(day(t, "2026-03-28").End(rome)); got != 23*time.Hour {
		t.Errorf("the day on which clocks jump has %v", got)
	}
	for _, bad := range []string{"", "31.01.2026", "2026-02-30", "2026-2-3", "0001-01-01", "1970-01-01", "9999-12-31", "2026-01-31T10:00:00Z"} {
		if got, err := law.ParseDay(bad); err == nil {
			t.Errorf("%q is read as %s", bad, got)
		}
	}
	var back law.Day
	text, err := d.MarshalText()
	if err != nil || back.UnmarshalText(text) != nil || back != d {
		t.Errorf("%s comes back as %s", d, back)
	}
	if back.UnmarshalText([]byte("soon")) == nil {
		t.Error("soon is a day")
	}
}

func TestPeriods(t *testing.T) {
	it := calendar(t, "IT")
	base := day(t, "2026-11-20") // a Friday
	for _, c := range []struct {
		number     int
		unit, want string
		words      string
	}{
		{1, lawful.UnitDays, "2026-11-21", "1 day"},
		{2, lawful.UnitWeeks, "2026-12-04", "2 weeks"},
		{1, lawful.UnitMonths, "2026-12-20", "1 month"},
		{2, lawful.UnitYears, "2028-11-20", "2 years"},
		{1, lawful.UnitWorkingDays, "2026-11-23", "1 working day"},
		{12, lawful.UnitWorkingDays, "2026-12-09", "12 working days"}, // 8 December is a holiday
	} {
		p, ok := law.PeriodOf(period(c.number, c.unit))
		got, err := it.After(base, p)
		if !ok || err != nil || got.String() != c.want || p.Words() != c.words {
			t.Errorf("%s after %s are %s %q (%v), want %s %q", c.words, base, got, p.Words(), err, c.want, c.words)
		}
	}
	for _, bad := range []*lawful.Law{nil, period(0, lawful.UnitDays), period(-1, lawful.UnitDays), period(100000, lawful.UnitYears), period(1, "moons"), period(1, "")} {
		if p, ok := law.PeriodOf(bad); ok {
			t.Errorf("%v is a period", p)
		}
	}
	if _, err := it.After(base, law.Period{Number: 72, Unit: lawful.UnitHours}); err == nil {
		t.Error("hours have a last day")
	}
}

func TestAnExtensionIsPartOfOnePeriod(t *testing.T) {
	month, two := law.Period{Number: 1, Unit: lawful.UnitMonths}, law.Period{Number: 2, Unit: lawful.UnitMonths}
	if got, err := month.Longer(two); err != nil || got.Words() != "3 months" {
		t.Errorf("one month and two are %v (%v)", got, err)
	}
	if got, err := (law.Period{Number: 1, Unit: lawful.UnitYears}).Longer(two); err != nil || got.Words() != "14 months" {
		t.Errorf("a year and two months are %v (%v)", got, err)
	}
	if _, err := month.Longer(law.Period{Number: 30, Unit: lawful.UnitDays}); err == nil {
		t.Error("a month and thirty days are one period")
	}
}

func TestTimesAreReadByTheLocalClock(t *testing.T) {
	rome := calendar(t, "IT").Zone
	for text, want := range map[string]string{
		"2026-11-20 17:30":          "2026-11-20T17:30:00+01:00",
		"2026-11-20 17:30:05":       "2026-11-20T17:30:05+01:00",
		"2026-07-20T17:30":          "2026-07-20T17:30:00+02:00",
		"2026-11-20T16:30:00Z":      "2026-11-20T16:30:00Z",
		"2026-10-25 02:30":          "2026-10-25T02:30:00+02:00", // shown twice: the earlier
		"2026-11-20T17:30:00-05:00": "2026-11-20T17:30:00-05:00",
	} {
		got, err := law.Instant(text, rome)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %s (%v), want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
	for _, bad := range []string{"", "2026-11-20", "17:30", "2026-11-20 25:00", "2026-03-29 02:30", "0001-01-01T00:00:00Z", "yesterday"} {
		if got, err := law.Instant(bad, rome); err == nil {
			t.Errorf("%q is read as %s", bad, got)
		}
	}
}
