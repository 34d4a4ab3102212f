// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"slices"
	"testing"

	"github.com/lecito/lecito/lawful"
)

// TestAConsentAfterAListingIsOnTheTrace, with the listing that it overrides.
func TestAConsentAfterAListingIsOnTheTrace(t *testing.T) {
	d := decide(ask("newsletter", "phone", mobile), listed(lawful.KindRegisterListed, "2026-02-01"),
		give("newsletter", "phone", "2026-03-01", with(mobile)), listed(lawful.KindRegisterChecked, "2026-11-20"))
	wantReason(t, d, lawful.ReasonConsentGiven)
	if !slices.ContainsFunc(d.Trace, func(s lawful.Step) bool {
		return s.Rule == lawful.RuleRegisterListed && s.Outcome == "passed" && s.Entry == "s1-1"
	}) {
		t.Errorf("the listing is not on the trace: %+v", d.Trace)
	}
}

// TestAnOverrideIsToldInWords: its values with their units, where they have one.
func TestAnOverrideIsToldInWords(t *testing.T) {
	for _, c := range []struct {
		law  lawful.Law
		was  string
		want string
	}{
		{lawful.Law{Number: 1, Unit: lawful.UnitMonths}, "10 working days", "da «10 giorni lavorativi» a «1 mese»"},
		{lawful.Law{Number: 24, Unit: lawful.UnitMonths}, "1 year", "da «1 anno» a «24 mesi»"},
		{lawful.Law{Number: 3}, "consent, soft_opt_in", "da «consent, soft_opt_in» a «3»"},
	} {
		rules := in("IT")
		c.law.Override = &lawful.Override{Was: c.was, Reason: "the board said so. ", DecidedBy: "the board"}
		legislate(rules, "IT", lawful.TopicAge, c.law)
		born := happen(lawful.KindBirthDate, "2020-01-01", func(f *lawful.Recorded) { f.Date = "1980-01-01" })
		q := asked(ask("newsletter", "email"), func(q *lawful.Question) { q.Language = "it" })
		if d := under(rules, q, born, give("newsletter", "email", "2026-03-01")); !contains(d.Explanation, c.want) {
			t.Errorf("%q does not say %q", d.Explanation, c.want)
		}
	}
}

// TestABirthDateThatIsNoneSaysNothing, west of Greenwich either, where the first day of the calendar begins later.
func TestABirthDateThatIsNoneSaysNothing(t *testing.T) {
	rules := shopRules()
	rules.Organisation.TimeZone = "America/New_York"
	d := under(rules, ask("newsletter", "email"), happen(lawful.KindBirthDate, "2026-01-01", func(f *lawful.Recorded) { f.Date = "soon" }), give("newsletter", "email", "2026-03-01"))
	wantReason(t, d, lawful.ReasonConsentGiven)
	for _, s := range d.Trace {
		if s.Rule == lawful.RulePersonMinor && s.Entry != "" || s.Rule == lawful.RuleConsentAge {
			t.Errorf("%s rests on a date that is none", s.Rule)
		}
	}
}

// TestWhereANoCanBeTakenBack: the places where the person acts, and no list of somebody's.
func TestWhereANoCanBeTakenBack(t *testing.T) {
	lifting := []string{lawful.SourceForm, lawful.SourceShop, lawful.SourceApp, lawful.SourcePhone, lawful.SourceEvent, lawful.SourceSocial}
	for _, kind := range []string{
		lawful.SourceForm, lawful.SourceShop, lawful.SourceApp, lawful.SourcePhone, lawful.SourceEvent, lawful.SourceSocial,
		lawful.SourceImport, lawful.SourceAPI, lawful.SourceBought,
	} {
		rules := shopRules()
		source := rules.Sources["form"][0]
		source.ID, source.Kind = "there", kind
		rules.Sources["there"] = []lawful.Source{source}
		yes := give("newsletter", "email", "2026-04-01", through("there"))
		yes.Choice.Evidence.Named = []string{"bottega"}
		d := under(rules, ask("newsletter", "email"), choose(lawful.Withdrawn, "newsletter", "email", "2026-03-01"), yes)
		want := lawful.ReasonWithdrawn
		if slices.Contains(lifting, kind) {
			want = lawful.ReasonConsentGiven
		}
		if d.Reason != want {
			t.Errorf("%s: got %s, want %s", kind, d.Reason, want)
		}
	}
}
