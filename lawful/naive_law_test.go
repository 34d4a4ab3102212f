// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"slices"
	"time"

	"github.com/lecito/lecito/lawful"
)

// The naive reader's law: what the packs say of the fixture shop, in Italy, as
// plain as can be. Purposes: soft rests on sales, kept keeps data a year from the
// last act, rare writes once a month by e-mail, profiling is profiling.

var rome = day("2026-01-01").Location()

// bornAt is the youngest that somebody can be, and when that was told.
func (r *reader) bornAt() (born, told time.Time) {
	for _, f := range r.known {
		var b time.Time
		switch f.Kind {
		case lawful.KindBirthDate:
			b = day(f.Date)
		case lawful.KindDeclaredAge:
			on := f.Happened.In(rome)
			b = time.Date(on.Year()-f.Age, on.Month(), on.Day(), 0, 0, 0, 0, rome)
		default:
			continue
		}
		if told.IsZero() || b.After(born) {
			born, told = b, f.Happened
		}
	}
	return born, told
}

func (r *reader) comesOfAge() time.Time {
	years, country := 14, ""
	for _, f := range r.known {
		if f.Kind == lawful.KindResidence {
			country = f.Country
		}
	}
	if country == "DE" {
		years = 16
	}
	born, _ := r.bornAt()
	return born.In(rome).AddDate(years, 0, 0)
}

func (r *reader) asksAge() bool { return r.q.Purpose != "survey" && r.q.Purpose != "soft" }

func (r *reader) parent() bool {
	return slices.ContainsFunc(r.known, func(f lawful.Recorded) bool { return f.Kind == lawful.KindParentalConsent })
}

func (r *reader) child() (time.Time, bool) {
	_, told := r.bornAt()
	return told, r.asksAge() && !told.IsZero() && r.q.At.Before(r.comesOfAge()) && !r.parent()
}

func (r *reader) tooYoung(yes lawful.Recorded) bool {
	_, told := r.bornAt()
	return r.asksAge() && !told.IsZero() && yes.Happened.Before(r.comesOfAge())
}

// lasts tells whether a better proof takes the place of what was chosen so far;
// of two equal ones the later was there first.
func (r *reader) lasts(y lawful.Recorded, so lawful.Reason) bool {
	return so != lawful.ReasonConsentGiven || y.Happened.After(r.yes.Happened)
}

func (r *reader) soft() (lawful.Reason, time.Time) {
	for _, f := range r.known {
		met := f.Kind == lawful.KindSale && f.AddressGiven && f.Informed && f.RefusalOffered && slices.Contains(f.SimilarTo, "soft")
		if met && r.speaksOf(f) && !r.leftEmpty() {
			return lawful.ReasonSoftOptIn, f.Happened
		}
	}
	return lawful.ReasonSoftOptInUnmet, time.Time{}
}

// leftEmpty tells that another box for offers by e-mail was refused, and this one not ticked later.
func (r *reader) leftEmpty() bool {
	for _, no := range r.known {
		if no.Kind != lawful.KindChoice || no.Choice.Choice == lawful.Given || no.Choice.Choice == lawful.Confirmed ||
			no.Choice.Purpose == "" || slices.Contains([]string{"soft", "survey", "profiling"}, no.Choice.Purpose) ||
			no.Choice.Channel != "" && no.Choice.Channel != "email" || len(no.Identifiers) > 0 && onlyDevices(no) {
			continue
		}
		back := slices.ContainsFunc(r.known, func(f lawful.Recorded) bool {
			return f.Kind == lawful.KindChoice && f.Choice.Choice == lawful.Given && f.Choice.Purpose == "soft" &&
				f.Choice.Channel == "email" && f.Happened.After(no.Happened) && r.reopens(f)
		})
		if !back {
			return true
		}
	}
	return false
}

func onlyDevices(f lawful.Recorded) bool {
	return !slices.ContainsFunc(f.Identifiers, func(x lawful.Identifier) bool { return x.Kind != lawful.IDDevice })
}

// kept asks for an act within a year, for the purpose that keeps data so long.
func (r *reader) kept() (lawful.Reason, time.Time) {
	if r.q.Purpose != "kept" {
		return "", time.Time{}
	}
	last := r.known[0].Happened
	open := false
	for _, f := range r.known {
		act := f.Kind == lawful.KindSale || f.Kind == lawful.KindRelationClosed || f.Kind == lawful.KindActivity && f.Act != "open"
		if f.Kind == lawful.KindChoice && (f.Choice.Choice == lawful.Given || f.Choice.Choice == lawful.Confirmed) {
			act = f.Actor == lawful.ActorPerson && !f.Undated && f.Choice.Purpose == "kept" && f.Choice.Channel == r.q.Channel
		}
		if act {
			last = f.Happened
		}
		switch f.Kind {
		case lawful.KindRelationOpened:
			open = true
		case lawful.KindRelationClosed:
			open = false
		}
	}
	on := last.In(rome)
	if open || r.q.At.Before(time.Date(on.Year()+1, on.Month(), on.Day()+1, 0, 0, 0, 0, rome)) {
		return "", time.Time{}
	}
	return lawful.ReasonRetentionEnded, last
}

func (r *reader) register() (lawful.Reason, time.Time) {
	if r.q.Channel != "phone" || r.q.Purpose == "survey" {
		return "", time.Time{}
	}
	var checked, listing time.Time
	for _, f := range r.known {
		named := slices.ContainsFunc(f.Identifiers, func(x lawful.Identifier) bool { return x.Kind == lawful.IDPhone })
		if named && !slices.Contains(f.Identifiers, r.q.Identifier[0]) {
			continue
		}
		switch f.Kind {
		case lawful.KindRegisterChecked:
			checked = f.Happened
		case lawful.KindRegisterListed:
			listing = f.Happened
		}
	}
	good := checked.In(rome)
	if checked.IsZero() || !r.q.At.Before(time.Date(good.Year(), good.Month(), good.Day()+16, 0, 0, 0, 0, rome)) {
		return lawful.ReasonOppositionRegisterStale, checked
	}
	if !listing.IsZero() && !r.yes.Happened.After(listing) {
		return lawful.ReasonOppositionRegister, listing
	}
	return "", time.Time{}
}

func (r *reader) signalled() (lawful.Reason, time.Time) {
	if r.q.Purpose != "profiling" {
		return "", time.Time{}
	}
	for _, f := range r.known {
		if f.Kind != lawful.KindSignal || len(f.Identifiers) > 0 && onlyDevices(f) && !slices.Contains(f.Identifiers, r.q.Identifier[0]) {
			continue
		}
		later := slices.ContainsFunc(r.known, func(y lawful.Recorded) bool {
			return r.about(y, lawful.Given) && y.Happened.After(f.Happened) && r.reopens(y)
		})
		if !later {
			return lawful.ReasonSignal, f.Happened
		}
	}
	return "", time.Time{}
}

func (r *reader) often() (lawful.Reason, time.Time) {
	if r.q.Purpose != "rare" || r.q.Channel != "email" {
		return "", time.Time{}
	}
	at := r.q.At.In(rome)
	last := time.Date(at.Year(), at.Month(), 0, 0, 0, 0, 0, rome).Day() // of the month before
	from := time.Date(at.Year(), at.Month()-1, min(at.Day(), last), at.Hour(), at.Minute(), at.Second(), 0, rome)
	for _, f := range r.known {
		if f.Kind == lawful.KindContacted && f.Purpose == "rare" && f.Channel == "email" && f.Happened.After(from) {
			return lawful.ReasonFrequencyExceeded, f.Happened
		}
	}
	return "", time.Time{}
}
