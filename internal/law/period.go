// SPDX-License-Identifier: Apache-2.0

package law

import (
	"strconv"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Day is a day of the calendar, without time and zone, counted from 1 January
// 1970, which no period here begins or ends on: zero is no day.
type Day int

const (
	secondsOfDay = 24 * 60 * 60
	daysOfWeek   = 7
	monthsOfYear = 12
	noon         = 12
)

// NewDay is the day with that date; what is too much runs on into the next month, as with time.Date.
func NewDay(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

// DayOf is the local day of an instant.
func DayOf(t time.Time, zone *time.Location) Day {
	return NewDay(t.In(zone).Date())
}

// ParseDay reads a day written as 2026-03-15.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, problem.New(problem.Invalid, "not_a_day", "that is no day: write it as 2026-03-15").Because(err)
	}
	if t.Year() <= earliest || t.Year() > latest {
		return 0, problem.Newf(problem.Invalid, "not_a_day", "that day is too far away: days from %d to %d are counted with", earliest+1, latest)
	}
	return NewDay(t.Date()), nil
}

// Days are read between these years, the first excluded.
const (
	earliest = 1970
	latest   = 2200
)

func (d Day) utc() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// Date gives year, month and day of the month.
func (d Day) Date() (int, time.Month, int) { return d.utc().Date() }

// Weekday tells the day of the week.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// String writes the day as 2026-03-15.
func (d Day) String() string { return d.utc().Format(time.DateOnly) }

// Words writes the day as "Sunday 15 March 2026".
func (d Day) Words() string { return d.utc().Format("Monday 2 January 2006") }

// MarshalText writes the day as 2026-03-15.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day written as 2026-03-15.
func (d *Day) UnmarshalText(text []byte) error {
	parsed, err := ParseDay(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// Weekend tells Saturdays and Sundays.
func (d Day) Weekend() bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// AddMonths is the day with the same number so many months on, or the last of
// its month where there is none (Regulation 1182/71 art. 3(2)(c)).
func (d Day) AddMonths(n int) Day {
	return DayOf(lawful.PeriodEnd(d.utc(), n, time.UTC), time.UTC) - 1
}

// End is the midnight that ends the day there, also where clocks jump over it.
func (d Day) End(zone *time.Location) time.Time {
	y, m, n := d.Date()
	return lawful.PeriodEnd(time.Date(y, m, n, noon, 0, 0, 0, zone), 0, zone)
}

// Period is a length of time as a rule states it.
type Period struct {
	Number int    `json:"number"`
	Unit   string `json:"unit"` // one of the Unit constants of lawful
}

// maxNumber bounds the number of a period, so that none runs out of the calendar.
const maxNumber = 10000

// PeriodOf is the period a rule of law states; ok is false when it states none.
func PeriodOf(rule *lawful.Law) (Period, bool) {
	if rule == nil {
		return Period{}, false
	}
	p := Period{Number: rule.Number, Unit: rule.Unit}
	return p, p.known()
}

func (p Period) known() bool {
	switch p.Unit {
	case lawful.UnitHours, lawful.UnitDays, lawful.UnitWorkingDays, lawful.UnitWeeks, lawful.UnitMonths, lawful.UnitYears:
		return p.Number > 0 && p.Number <= maxNumber
	}
	return false
}

// Words writes the period as "1 month" or "10 working days".
func (p Period) Words() string {
	unit := map[string]string{
		lawful.UnitHours: "hour", lawful.UnitDays: "day", lawful.UnitWorkingDays: "working day",
		lawful.UnitWeeks: "week", lawful.UnitMonths: "month", lawful.UnitYears: "year",
	}[p.Unit]
	if p.Number != 1 {
		unit += "s"
	}
	return strconv.Itoa(p.Number) + " " + unit
}

// plain writes years as months and weeks as days.
func (p Period) plain() Period {
	switch p.Unit {
	case lawful.UnitYears:
		return Period{p.Number * monthsOfYear, lawful.UnitMonths}
	case lawful.UnitWeeks:
		return Period{p.Number * daysOfWeek, lawful.UnitDays}
	}
	return p
}

// Longer is the period and its extension as one, counted from the same day:
// one month and two further months are three, never one and then two. Periods
// of different units cannot be one.
func (p Period) Longer(by Period) (Period, error) {
	a, b := p.plain(), by.plain()
	if a.Unit != b.Unit {
		return Period{}, problem.Newf(problem.Invalid, "units_differ", "%s cannot be extended by %s: the two are not counted in the same way", p.Words(), by.Words())
	}
	if p.Unit == by.Unit {
		a, b = p, by
	}
	return Period{a.Number + b.Number, a.Unit}, nil
}

// After is the last day of a period that runs from a day, which is itself not
// counted, before it is moved by anything (Regulation 1182/71 art. 3(1), (2)).
// Hours have no last day: they are counted as instants.
func (c *Calendar) After(base Day, p Period) (Day, error) {
	if !p.known() || p.Unit == lawful.UnitHours {
		return 0, problem.Newf(problem.Invalid, "period_in_hours", "%s cannot be counted from a day: it takes days, weeks, months or years", p.Words())
	}
	p = p.plain()
	switch p.Unit {
	case lawful.UnitMonths:
		return base.AddMonths(p.Number), nil
	case lawful.UnitDays:
		return base + Day(p.Number), nil
	}
	day := base
	for left := p.Number; left > 0; {
		day++
		if c.Working(day) {
			left--
		}
	}
	return day, nil
}

// Working tells a working day: neither Saturday, Sunday nor public holiday
// (Regulation 1182/71 art. 2(2)).
func (c *Calendar) Working(d Day) bool {
	if d.Weekend() {
		return false
	}
	_, holiday := c.Holiday(d)
	return !holiday
}

// Next is the first working day on or after a day.
func (c *Calendar) Next(d Day) Day {
	for !c.Working(d) {
		d++
	}
	return d
}

// Last is the last working day on or before a day.
func (c *Calendar) Last(d Day) Day {
	for !c.Working(d) {
		d--
	}
	return d
}

// workingDays counts the working days after one day up to another.
func (c *Calendar) workingDays(after, to Day) int {
	n := 0
	for d := after + 1; d <= to; d++ {
		if c.Working(d) {
			n++
		}
	}
	return n
}

// hoursAfter is the instant so many hours later: in absolute time, so that a
// change of the clocks neither lengthens nor shortens it, and moved by nothing.
func hoursAfter(t time.Time, hours int) time.Time { return t.Add(time.Duration(hours) * time.Hour) }

// arguable is the latest end of a period in hours that can be argued with: the
// hour of the event is not counted (Regulation 1182/71 art. 3(1)), and a period
// of two days or more has at least two working days in it (art. 3(5)).
func (c *Calendar) arguable(t time.Time, hours int) time.Time {
	local := t.In(c.Zone)
	into := time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	end := hoursAfter(t.Add(time.Hour-into), hours)
	if hours < 2*secondsOfDay/3600 {
		return end
	}
	day := DayOf(t, c.Zone)
	second, err := c.After(day, Period{2, lawful.UnitWorkingDays})
	if err != nil {
		return end
	}
	// The two days have to lie in the period whole: the last of them ends at midnight.
	if whole := second.End(c.Zone); whole.After(end) {
		return whole
	}
	return end
}
