// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/lawful"
)

func contacted(on string) lawful.Recorded {
	return happen(lawful.KindContacted, on, func(f *lawful.Recorded) { f.Purpose, f.Channel = "rare", "email" })
}

// TestAContactIsSurelyCountedForAWhile: for four weeks less two hours, however
// long the month and whatever the clocks do; then nothing is kept.
func TestAContactIsSurelyCountedForAWhile(t *testing.T) {
	yes := give("rare", "email", "2026-03-01")
	for name, c := range map[string]struct {
		contacts []lawful.Recorded
		ends     time.Time
	}{
		"lately":       {facts(contacted("2026-11-10")), day("2026-11-10").Add(28*24*time.Hour - 2*time.Hour)},
		"the oldest":   {facts(contacted("2026-11-10"), contacted("2026-11-15")), day("2026-11-10").Add(28*24*time.Hour - 2*time.Hour)},
		"a month back": {facts(contacted("2026-10-22")), day("2026-11-21")},
	} {
		s, lasts := lawful.Stand(shopRules(), lawful.Person{Known: true, History: history(append(c.contacts, yes)...)}, ask("rare", "email"))
		if s.Reason != lawful.ReasonFrequencyExceeded || !lasts.Equal(c.ends) {
			t.Errorf("%s: %s until %s, want %s", name, s.Reason, lasts, c.ends)
		}
	}
}

// TestAFrequencyIsToldWithItsPeriod, in the words of each.
func TestAFrequencyIsToldWithItsPeriod(t *testing.T) {
	for per, want := range map[string]string{"day": "a day: 1 at most", "week": "a week: 1 at most", "month": "a month: 1 at most"} {
		rules := shopRules()
		rules.Purposes["rare"][0].Frequency.Per = per
		q := asked(ask("rare", "email"), func(q *lawful.Question) { q.At, q.Language = day("2026-11-10T12:00"), "en" })
		if d := under(rules, q, give("rare", "email", "2026-03-01"), contacted("2026-11-10")); !contains(d.Explanation, want) {
			t.Errorf("%q does not say %q", d.Explanation, want)
		}
	}
}

// TestNeverIsAFrequencyToo: of a purpose that lets nobody be contacted no contact tells.
func TestNeverIsAFrequencyToo(t *testing.T) {
	rules := shopRules()
	rules.Purposes["rare"][0].Frequency = &lawful.Frequency{Per: "month"}
	s, lasts := lawful.Stand(rules, lawful.Person{Known: true, History: history(give("rare", "email", "2026-03-01"))}, ask("rare", "email"))
	if s.Reason != lawful.ReasonFrequencyExceeded || !lasts.IsZero() {
		t.Errorf("%s until %s", s.Reason, lasts)
	}
}

// TestAStandingNamesEachOtherReason, in order, and no rule that nobody changed.
func TestAStandingNamesEachOtherReason(t *testing.T) {
	s, _ := lawful.Stand(shopRules(), lawful.Person{Known: true, History: history(
		give("yearly", "email", "2025-01-01"), happen(lawful.KindUndeliverable, "2026-02-01"), choose(lawful.Objected, "", "", "2026-04-01"),
		happen(lawful.KindRestriction, "2026-05-01"),
	)}, ask("yearly", "email"))
	if s.Reason != lawful.ReasonObjected || s.Others != "restricted undeliverable" || s.Overrides != "" {
		t.Errorf("%s, others %q, overrides %q", s.Reason, s.Others, s.Overrides)
	}
}

// TestAnExplanationNamesTheSourceOfThatDay, by the title it then had.
func TestAnExplanationNamesTheSourceOfThatDay(t *testing.T) {
	rules := shopRules()
	later, last := rules.Sources["form"][0], rules.Sources["form"][0]
	later.From, later.Title = dayp("2026-02-01"), map[string]string{"it": "Modulo nuovo"}
	last.From, last.Title = dayp("2026-06-01"), map[string]string{"it": "Modulo di oggi"}
	rules.Sources["form"] = append(rules.Sources["form"], later, last)
	for on, want := range map[string]string{"2026-01-01": "Modulo a piè di pagina", "2026-03-01": "Modulo nuovo", "2026-07-01": "Modulo di oggi"} {
		if d := under(rules, ask("newsletter", "email"), give("newsletter", "email", on)); !contains(d.Explanation, want) {
			t.Errorf("%s: %q does not say %q", on, d.Explanation, want)
		}
	}
	nowhere := lawful.Person{Known: true, History: history(give("newsletter", "email", "2026-03-01", through("nowhere")))}
	if s, _ := lawful.Stand(rules, nowhere, ask("newsletter", "email")); s.Source != "nowhere" || s.Version != 0 {
		t.Errorf("version %d of %q, want the first of a source that nobody declared", s.Version, s.Source)
	}
}

// TestAnExplanationNamesEachChangedRule as it is in force, and as the
// organisation changed it, whatever another place or another year says.
func TestAnExplanationNamesEachChangedRule(t *testing.T) {
	change := func(years int, was string) lawful.Law {
		return lawful.Law{Number: years, Unit: lawful.UnitYears, Override: &lawful.Override{Was: was, Reason: "a study", DecidedBy: "the board"}}
	}
	rules := in("IT")
	past, now := change(15, "14 years"), change(16, "14 years")
	past.To, now.From = dayp("2026-01-01"), dayp("2026-01-01")
	legislate(rules, "IT", lawful.TopicAge, past, now)
	signals := change(3, "2 years")
	signals.Words = []string{lawful.BasisConsent}
	legislate(rules, "IT", lawful.TopicBases+"email", signals)
	for _, place := range []string{"AA", "ZZ"} { // the same rule in other packs, as it was written
		unchanged := lawful.Law{Key: rules.Law["IT"].Rules[lawful.TopicAge][0].Key, Number: 14, Unit: lawful.UnitYears}
		rules.Law[place] = lawful.Pack{Rules: map[string][]lawful.Law{lawful.TopicAge: {unchanged}}}
	}
	born := happen(lawful.KindBirthDate, "2020-01-01", func(f *lawful.Recorded) { f.Date = "1980-01-01" })
	q := asked(ask("newsletter", "email"), func(q *lawful.Question) { q.Language = "en" })
	d := under(rules, q, born, give("newsletter", "email", "2026-03-01"))
	for _, want := range []string{"“14 years” to “16 years”", "“2 years” to “consent, 3 years”"} {
		if !contains(d.Explanation, want) {
			t.Errorf("%q does not say %q", d.Explanation, want)
		}
	}
	if contains(d.Explanation, "15 years") {
		t.Errorf("%q tells what is no longer in force", d.Explanation)
	}
}
