// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
)

func breach(t *testing.T, c *law.Calendar, aware string) law.Due {
	t.Helper()
	at, err := law.Instant(aware, c.Zone)
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.Breach(rules(t, c), law.TopicBreachAuthority, at)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, c, d)
	return d
}

func TestHours(t *testing.T) {
	for _, c := range []struct{ name, in, aware, end, later string }{
		{"H1 over a weekend", "IT", "2026-11-20T17:30:00+01:00", "2026-11-23T17:30:00+01:00", "2026-11-24"},
		{"H2 to Easter Sunday", "IT", "2026-04-02T18:00:00+02:00", "2026-04-05T18:00:00+02:00", "2026-04-07"},
		{"H3 to Easter Monday", "IT", "2026-04-03T09:15:00+02:00", "2026-04-06T09:15:00+02:00", "2026-04-08"},
		{"H4 Christmas", "IT", "2026-12-24T16:45:00+01:00", "2026-12-27T16:45:00+01:00", "2026-12-29"},
		{"H5 clocks forward", "IT", "2026-03-27T10:37:00+01:00", "2026-03-30T11:37:00+02:00", "2026-03-31"},
		{"H6 clocks back", "IT", "2026-10-23T10:37:00+02:00", "2026-10-26T09:37:00+01:00", "2026-10-27"},
		{"H7 plain", "IT", "2026-11-23T09:00:00+01:00", "2026-11-26T09:00:00+01:00", "2026-11-26"},
		{"S-26", "FR", "2020-02-05 10:00", "2020-02-08T10:00:00+01:00", "2020-02-08"},
		{"S-B01 and S-B04", "IT", "2026-03-02 10:00", "2026-03-05T10:00:00+01:00", "2026-03-05"},
		{"S-B07", "IT", "2026-03-06 18:00", "2026-03-09T18:00:00+01:00", "2026-03-10"},
		{"S-B11", "DE", "2026-03-04 08:00", "2026-03-07T08:00:00+01:00", "2026-03-07"},
		{"S-B12", "FR", "2026-03-05 13:30", "2026-03-08T13:30:00+01:00", "2026-03-09"},
		{"S-B16", "ES", "2026-03-03 16:40", "2026-03-06T16:40:00+01:00", "2026-03-06"},
		{"over midnight", "IT", "2026-11-24 23:00", "2026-11-27T23:00:00+01:00", "2026-11-27"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := breach(t, calendar(t, c.in), c.aware)
			if got := d.End.Format(time.RFC3339); got != c.end || d.Due != d.Nominal {
				t.Errorf("it ends %s, want %s", got, c.end)
			}
			if d.Later == nil || d.Later.Day.String() != c.later || d.Later.End.Before(*d.End) {
				t.Errorf("the arguable limit is %+v, want %s", d.Later, c.later)
			}
		})
	}
	d := breach(t, calendar(t, "IT"), "2026-03-27 10:37")
	if !strings.Contains(text(d), "The clocks change in between") {
		t.Errorf("it does not say why the time of day differs: %s", text(d))
	}
	if got := breach(t, calendar(t, "IT"), "2026-04-02 18:00"); got.Later.End.Format(time.RFC3339) != "2026-04-08T00:00:00+02:00" ||
		got.Conservative.String() != "2026-04-03" || !strings.Contains(text(got), "Easter Sunday. A period in hours is not moved.") {
		t.Errorf("over Easter: %+v", got)
	}
}

func TestBreachInOtherPlaces(t *testing.T) {
	br := calendar(t, "BR")
	d := breach(t, br, "2026-11-19 10:00") // X5: 20 November is a holiday
	wantDays(t, d, "2026-11-25", "2026-11-25", "2026-11-25")
	if len(d.Holidays) != 1 || d.Later != nil {
		t.Errorf("it met %v", d.Holidays)
	}
	it := calendar(t, "IT")
	people, err := it.Breach(rules(t, it), law.TopicBreachPeople, time.Date(2026, time.March, 2, 10, 0, 0, 0, it.Zone))
	if err != nil || people.End != nil || people.Period != "" || !strings.Contains(text(people), "The law has no number here") {
		t.Errorf("telling people: %+v (%v)", people, err)
	}
	if _, err := it.Breach(rules(t, it), "breach.nobody", time.Now()); err == nil {
		t.Error("telling nobody has a period")
	}
}
