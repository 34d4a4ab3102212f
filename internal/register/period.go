// SPDX-License-Identifier: Apache-2.0

package register

import (
	"strconv"
	"strings"
	"time"

	"github.com/lecito/lecito/lawful"
)

// Period is a length of time in days, months or years, as "24 months".
type Period string

// Parts gives the number and the unit: day, month or year. It gives 0 for none.
func (p Period) Parts() (n int, unit string) {
	number, unit, _ := strings.Cut(string(p), " ")
	n, _ = strconv.Atoi(number)
	return n, strings.TrimSuffix(unit, "s")
}

// Lawful gives the period as decisions read it, nil where there is none.
func (p Period) Lawful() *lawful.Period {
	n, unit := p.Parts()
	if n == 0 {
		return nil
	}
	return &lawful.Period{Number: n, Unit: unit + "s"}
}

// Months gives the period in months; a period of days has none.
func (p Period) Months() int {
	l := p.Lawful()
	switch {
	case l == nil:
		return 0
	case l.Unit == lawful.UnitYears:
		return 12 * l.Number
	case l.Unit == lawful.UnitMonths:
		return l.Number
	}
	return 0
}

// begins gives the midnight a day begins with, nil for no day.
func begins(day string, zone *time.Location) *time.Time { return midnight(day, 0, zone) }

// ends gives the midnight that ends a day, nil for no day.
func ends(day string, zone *time.Location) *time.Time { return midnight(day, 1, zone) }

// midnight gives the first instant that is so many days after the day's own.
func midnight(day string, days int, zone *time.Location) *time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil
	}
	y, m, d := t.Date()
	noon := time.Date(y, m, d, 12, 0, 0, 0, zone)
	at := (&lawful.Period{Number: days - 1, Unit: lawful.UnitDays}).End(noon, zone).UTC()
	return &at
}
