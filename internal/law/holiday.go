// SPDX-License-Identifier: Apache-2.0

package law

import (
	"slices"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Calendar is how days are counted in one jurisdiction: its time zone, its
// public holidays, and whether a period that ends on a day off ends with the
// next working day. A calendar is not changed once read.
type Calendar struct {
	ID   string // ISO 3166, as the packs have it: IT, US-CA
	Name string
	Zone *time.Location
	// Complete is false where the holidays are not known: only Saturdays and
	// Sundays are days off, so a date may come out too early, never too late.
	Complete bool
	Roll     Roll
	Prompt   Prompt
	Arguable *Cited   // nil where nobody argues for more than the hours themselves
	Local    []string // regional days that are switched on

	holidays []holiday
	local    []locality
}

// Roll is what happens to a period of days or longer that ends on a day off.
type Roll struct {
	Cited `yaml:",inline"`
	Moves bool `yaml:"moves"` // it ends with the next working day
}

// Prompt is how soon a person has to be asked for more information, for the
// time until they give it not to be counted.
type Prompt struct {
	Cited       `yaml:",inline"`
	WorkingDays int `yaml:"working_days"`
}

// Cited is a rule that a date rests on.
type Cited struct {
	Key       string           `json:"key" yaml:"key"`
	Text      string           `json:"text" yaml:"text"`
	Source    string           `json:"source" yaml:"source"`
	Assurance string           `json:"assurance" yaml:"assurance"` // one of the Assurance constants of lawful
	Override  *lawful.Override `json:"override,omitempty" yaml:"-"`
}

func (c Cited) whole() bool {
	return c.Key != "" && c.Text != "" && c.Source != "" && assured(c.Assurance)
}

// Holiday is a public holiday in one year, on the day it is kept.
type Holiday struct {
	Day       Day    `json:"day"`
	Name      string `json:"name"`
	Source    string `json:"source"`
	Assurance string `json:"assurance"`
}

// holiday is a holiday of every year it is in force.
type holiday struct {
	name      string
	on        falling
	from, to  Day // in force from, and to, exclusive; zero: always
	not       []int
	weekend   string // what happens when it falls on a day off
	source    string
	assurance string
}

// What is done for a holiday that falls on Saturday or Sunday.
const (
	weekendLost    = "lost"    // nothing
	weekendNext    = "next"    // the next weekday that is no holiday already is kept instead
	weekendNearest = "nearest" // Friday for a Saturday, Monday for a Sunday
	weekendSunday  = "sunday"  // Monday for a Sunday, nothing for a Saturday
)

// locality is a region or town with days of its own.
type locality struct {
	id, name string
	without  []string // national days that it does not keep
	holidays []holiday
}

// With is the calendar with regional or patron days switched on; they are off
// otherwise, because they are no holidays of the state.
func (c *Calendar) With(localities ...string) (*Calendar, error) {
	out := *c
	out.holidays = slices.Clone(c.holidays)
	out.Local = slices.Clone(c.Local)
	for _, id := range localities {
		at := slices.IndexFunc(c.local, func(l locality) bool { return l.id == id })
		if at < 0 {
			return nil, problem.Newf(problem.Invalid, "unknown_locality", "%s has no regional days of that name; known are: %s", c.Name, listed(c.Localities()))
		}
		l := c.local[at]
		out.holidays = slices.DeleteFunc(out.holidays, func(h holiday) bool { return slices.Contains(l.without, h.name) })
		out.holidays = append(out.holidays, l.holidays...)
		out.Local = append(out.Local, id)
	}
	return &out, nil
}

// Localities lists the regions and towns whose days can be switched on.
func (c *Calendar) Localities() []string {
	var out []string
	for _, l := range c.local {
		out = append(out, l.id)
	}
	return out
}

// Holiday tells the public holiday kept on a day.
func (c *Calendar) Holiday(d Day) (Holiday, bool) {
	// A day kept instead can lie in the year before or after its own, but never far.
	first, _, _ := (d - daysOfWeek).Date()
	last, _, _ := (d + daysOfWeek).Date()
	for y := first; y <= last; y++ {
		for _, h := range c.kept(y) {
			if h.Day == d {
				return h, true
			}
		}
	}
	return Holiday{}, false
}

// Year lists the public holidays kept in a year, in order.
func (c *Calendar) Year(year int) []Holiday {
	first, last := NewDay(year, time.January, 1), NewDay(year, time.December, 31)
	var out []Holiday
	for y := year - 1; y <= year+1; y++ {
		for _, h := range c.kept(y) {
			if h.Day >= first && h.Day <= last {
				out = append(out, h)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Holiday) int { return int(a.Day - b.Day) })
	return out
}

// kept lists the holidays of a year on the days they are kept, substitutes included.
func (c *Calendar) kept(year int) []Holiday {
	var out []Holiday
	taken := map[Day]bool{}
	type moved struct {
		to   string
		what Holiday
	}
	var later []moved
	for _, h := range c.holidays {
		day, ok := h.in(year)
		if !ok {
			continue
		}
		one := Holiday{day, h.name, h.source, h.assurance}
		out = append(out, one)
		taken[day] = true
		if day.Weekend() && h.weekend != weekendLost {
			later = append(later, moved{h.weekend, one})
		}
	}
	slices.SortStableFunc(later, func(a, b moved) int { return int(a.what.Day - b.what.Day) })
	for _, m := range later {
		day, ok := instead(m.what.Day, m.to, taken)
		if ok {
			taken[day] = true
			m.what.Day = day
			m.what.Name += " (kept on this day)"
			out = append(out, m.what)
		}
	}
	return out
}

// in is the day of the holiday in a year, false when it is not kept then.
func (h holiday) in(year int) (Day, bool) {
	day, ok := h.on.in(year)
	if !ok || slices.Contains(h.not, year) || h.from != 0 && day < h.from || h.to != 0 && day >= h.to {
		return 0, false
	}
	return day, true
}

// instead is the weekday kept for a holiday that falls on a weekend.
func instead(day Day, how string, taken map[Day]bool) (Day, bool) {
	switch how {
	case weekendNext:
		for day.Weekend() || taken[day] {
			day++
		}
		return day, true
	case weekendNearest:
		if day.Weekday() == time.Saturday {
			return day - 1, true
		}
		return day + 1, true
	case weekendSunday:
		return day + 1, day.Weekday() == time.Sunday
	}
	return 0, false
}

// easter is Easter Sunday of a year of the Gregorian calendar (the anonymous
// computation, as Meeus gives it).
func easter(year int) Day {
	golden, century, ofCentury := year%19, year/100, year%100
	leap, sun := century/4, (century+8)/25
	moon := (19*golden + century - leap - (century-sun+1)/3 + 15) % 30
	week := (32 + 2*(century%4) + 2*(ofCentury/4) - moon - ofCentury%4) % 7
	shift := (golden + 11*moon + 22*week) / 451
	n := moon + week - 7*shift + 114
	return NewDay(year, time.Month(n/31), n%31+1)
}
