// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"slices"
	"time"

	"github.com/lecito/lecito/lawful"
)

// fact checks one fact of a request: a known kind, its own fields and no others,
// at a time that has passed.
func (c *checker) fact(place string, f lawful.Fact) {
	need, known := fields(f)
	if !known {
		c.wrong(place+".kind", "is not one of the kinds of fact")
		return
	}
	if f.Happened.IsZero() {
		c.wrong(place+".at", "give the time it happened")
	} else {
		c.time(place+".at", &f.Happened)
	}
	if f.Choice != nil || f.Other != "" || f.Provenance != nil || f.Undated {
		c.wrong(place, "has fields that a fact of this kind does not have")
	}
	for _, n := range need {
		if !n.ok {
			c.wrong(place+"."+n.field, n.detail)
		}
	}
}

// need is something a fact must have.
type need struct {
	field  string
	ok     bool
	detail string
}

// fields says what a kind of fact needs, and whether the kind is one that can be sent.
func fields(f lawful.Fact) ([]need, bool) {
	channel := need{"channel", slices.Contains(lawful.Channels(), f.Channel), "is not a channel"}
	register := need{"register", f.Register != "", "name the register"}
	switch f.Kind {
	case lawful.KindSale, lawful.KindRelationOpened, lawful.KindRelationClosed, lawful.KindParentalConsent,
		lawful.KindDeceased, lawful.KindRestriction, lawful.KindRestrictionLift:
		return nil, true
	case lawful.KindActivity:
		acts := []string{"purchase", "click", "login", "profile", "contact", "open"}
		return []need{{"act", slices.Contains(acts, f.Act), "is one of purchase, click, login, profile, contact, open"}}, true
	case lawful.KindBirthDate:
		born, err := time.Parse(time.DateOnly, f.Date)
		return []need{{"date", err == nil && !born.After(f.Happened), "is a day that has passed, as 1980-02-29"}}, true
	case lawful.KindDeclaredAge:
		return []need{{"age", f.Age > 0 && f.Age < 150, "is a number of years"}}, true
	case lawful.KindResidence:
		return []need{{"country", len(f.Country) == 2, "is a country of ISO 3166, as IT"}}, true
	case lawful.KindRegisterChecked, lawful.KindRegisterListed:
		return []need{register}, true
	case lawful.KindSignal:
		return []need{{"signal", f.Signal == "gpc", "is gpc"}}, true
	case lawful.KindUndeliverable, lawful.KindDeliverable:
		return []need{channel}, true
	case lawful.KindContacted:
		return []need{channel, {"purpose", f.Purpose != "", "name the purpose"}}, true
	}
	return nil, false
}
