// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"testing"
	"time"
)

// TestLeastIsNeverMore: the shortest a period can be is at most what it is from
// any day, and what that would be in the shortest months and years.
func TestLeastIsNeverMore(t *testing.T) {
	const day = 24 * time.Hour
	rome := Organisation{TimeZone: "Europe/Rome"}.Zone()
	for p, want := range map[Period]time.Duration{
		{3, UnitDays}: 3 * day, {2, UnitWeeks}: 14 * day, {2, UnitMonths}: 56 * day, {3, UnitYears}: 3 * 365 * day,
	} {
		if got := p.least(); got != want {
			t.Errorf("%v is %v at the least, want %v", p, got, want)
		}
		for from := time.Date(2023, 1, 1, 10, 0, 0, 0, rome); from.Year() < 2029; from = from.AddDate(0, 0, 1) {
			if end := p.End(from, rome); end.Before(from.Add(p.least())) {
				t.Fatalf("%v from %s ends %s", p, from, end)
			}
		}
	}
}
