// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"sync"
	"time"
	_ "time/tzdata" // a verifier in a browser or an empty container has no zone files
)

// zones remembers time zones already read. It is the one package-level
// variable, and only a cache: answers are the same with it empty, but reading a
// zone for each row of a list of a million would cost more than the decisions.
var zones sync.Map // IANA name -> *time.Location

// Zone is the organisation's time zone; UTC when its name is not known.
func (o Organisation) Zone() *time.Location {
	if known, ok := zones.Load(o.TimeZone); ok {
		if z, ok := known.(*time.Location); ok {
			return z
		}
	}
	z, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(o.TimeZone, z)
	return z
}

// PeriodEnd is the instant that ends a period of calendar months from an
// instant: the midnight that ends its last day in the given time zone. The last
// day has the number of the first, or is the last of its month (Regulation
// 1182/71 art. 3(2)(c)); it is not moved by holidays.
func PeriodEnd(from time.Time, months int, zone *time.Location) time.Time {
	y, m, d := from.In(zone).Date()
	lastOfMonth := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	y, m, d = lastOfMonth.Year(), lastOfMonth.Month(), min(d, lastOfMonth.Day())
	return dayStart(y, m, d+1, zone)
}

// End is the instant that ends the period when it begins with an event: the
// midnight that ends its last day, the day of the event not being counted
// (Regulation 1182/71 art. 3(1)-(2)).
func (p Period) End(from time.Time, zone *time.Location) time.Time {
	switch p.Unit {
	case UnitYears:
		return PeriodEnd(from, 12*p.Number, zone)
	case UnitMonths:
		return PeriodEnd(from, p.Number, zone)
	}
	days := p.Number
	if p.Unit == UnitWeeks {
		days *= 7
	}
	y, m, d := from.In(zone).Date()
	return dayStart(y, m, d+days+1, zone)
}

// least is a length that the period has at the least, whatever the calendar says.
func (p Period) least() time.Duration {
	days := p.Number
	switch p.Unit {
	case UnitYears:
		days *= 365
	case UnitMonths:
		days *= 28
	case UnitWeeks:
		days *= 7
	}
	return time.Duration(days) * 24 * time.Hour
}

// Back is the instant from which the period has run to a given one.
func (p Period) Back(to time.Time, zone *time.Location) time.Time {
	to = to.In(zone)
	switch p.Unit {
	case UnitYears:
		return clamped(to, -12*p.Number)
	case UnitMonths:
		return clamped(to, -p.Number)
	case UnitWeeks:
		return to.AddDate(0, 0, -7*p.Number)
	}
	return to.AddDate(0, 0, -p.Number)
}

// clamped moves an instant by calendar months; a day that the month lacks is its last.
func clamped(t time.Time, months int) time.Time {
	y, m, d := t.Date()
	last := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	hour, minute, second := t.Clock()
	return time.Date(y, m+time.Month(months), min(d, last), hour, minute, second, t.Nanosecond(), t.Location())
}

// dayStart is the first instant of a local day, also where clocks jump over
// midnight; of a day that a place left out, of the next.
func dayStart(y int, m time.Month, d int, zone *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Day()
	if t.Hour() == 0 && t.Day() == want {
		return t
	}
	before := time.Date(y, m, d-1, 12, 0, 0, 0, zone).Unix()
	after := time.Date(y, m, d, 12, 0, 0, 0, zone).Unix()
	for after-before > 1 {
		middle := before + (after-before)/2
		if time.Unix(middle, 0).In(zone).Day() == want {
			after = middle
		} else {
			before = middle
		}
	}
	t = time.Unix(after, 0).In(zone)
	if t.Day() != want {
		return dayStart(y, m, d+1, zone)
	}
	return t
}
