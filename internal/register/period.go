// SPDX-License-Identifier: Apache-2.0

package register

import (
	"strconv"
	"strings"
	"time"
)

// Period is a length of time in days, months or years, as "24 months".
type Period string

// Parts gives the number and the unit: day, month or year. It gives 0 for none.
func (p Period) Parts() (n int, unit string) {
	number, unit, _ := strings.Cut(string(p), " ")
	n, _ = strconv.Atoi(number)
	return n, strings.TrimSuffix(unit, "s")
}

// Months gives the period in months; a period of days has none.
func (p Period) Months() int {
	n, unit := p.Parts()
	switch unit {
	case "year":
		return 12 * n
	case "month":
		return n
	}
	return 0
}

// After gives the instant at which a period that begins at start is over: the
// midnight that ends its last day, where the organisation is. A month that has
// no such day ends on its last one.
func (p Period) After(start time.Time, zone *time.Location) time.Time {
	y, m, d := start.In(zone).Date()
	n, unit := p.Parts()
	if unit == "day" {
		return time.Date(y, m, d+n+1, 0, 0, 0, 0, zone)
	}
	first := time.Date(y, m+time.Month(p.Months()), 1, 0, 0, 0, 0, zone)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(d, last)+1, 0, 0, 0, 0, zone)
}

// begins gives the midnight a day begins with, nil for no day.
func begins(day string, zone *time.Location) *time.Time { return midnight(day, 0, zone) }

// ends gives the midnight that ends a day, nil for no day.
func ends(day string, zone *time.Location) *time.Time { return midnight(day, 1, zone) }

func midnight(day string, days int, zone *time.Location) *time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil
	}
	at := time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, zone).UTC()
	return &at
}
