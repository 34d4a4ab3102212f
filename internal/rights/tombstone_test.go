// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// TestTombstonesStayAsTheLawInUseSays erases one who objected and one who did not.
func TestTombstonesStayAsTheLawInUseSays(t *testing.T) {
	for name, c := range map[string]struct {
		value     string
		until     time.Time
		others    lawful.Reason // what is answered about who had not objected
		tombstone int
	}{
		"everybody":  {"", day(2037), lawful.ReasonErased, 1},
		"shorter":    {"keyed_hash, 6 months", day(2028), lawful.ReasonErased, 1},
		"objectors":  {"objectors, 3 years", day(2030), lawful.ReasonUnknownSubject, 0},
		"to the day": {"objectors, 40 days", day(2027), lawful.ReasonUnknownSubject, 0}, // ends with 31 December
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *shop.Shop) {
				if c.value != "" {
					s.Declare(t, shop.With("\noverrides: [{rule: base.tombstone, value: \""+c.value+"\", reason: less is enough, decided_by: A. Bianchi}]\n"))
				}
				s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
				s.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Objected, "", ""))
				s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email"))
				plan, err := s.Rights.Plan(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(bruno)})
				if err != nil || plan.Suppressed.Tombstones != c.tombstone || (plan.Suppressed.Until == nil) != (c.tombstone == 0) {
					t.Errorf("the plan for who did not object: %+v, %v", plan.Suppressed, err)
				}
				erase(t, s, shop.Email(bruno))
				done := erase(t, s, shop.Email(anna))
				if until := done.Suppressed.Until; until == nil || !until.Equal(c.until) {
					t.Errorf("tombstones stay until %v, want %v", until, c.until)
				}
				s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonErased)
				s.Want(t, shop.Email(bruno), "newsletter", "email", c.others)
			})
		})
	}
}

// day is the first of January of a year.
func day(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
