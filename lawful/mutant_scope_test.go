// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"reflect"
	"testing"

	"github.com/lecito/lecito/lawful"
)

// TestOnlyWhatSaysYesTiesANumber: what only stops something ties no address to
// a number of a source, whatever else it is.
func TestOnlyWhatSaysYesTiesANumber(t *testing.T) {
	letter := ask("newsletter", "email")
	both := []change{through("crm"), with(number, anna)}
	byNumber := give("newsletter", "email", "2026-03-01", through("crm"), with(number))
	stop := func(kind, channel string) lawful.Recorded {
		return happen(kind, "2026-01-01", append(both, about("", channel))...)
	}
	judgeAll(t, []ruling{
		{"a yes to something else", letter, facts(give("events", "email", "2026-01-01", both...), byNumber), lawful.ReasonConsentGiven, nil},
		{"a confirmation of something else", letter, facts(choose(lawful.Confirmed, "events", "email", "2026-01-01", both...), byNumber), lawful.ReasonConsentGiven, nil},
		{"a choice of nothing", letter, facts(happen(lawful.KindChoice, "2026-01-01", both...), byNumber), lawful.ReasonNoChoice, nil},
		{"a block elsewhere", letter, facts(stop(lawful.KindBlocked, "sms"), byNumber), lawful.ReasonNoChoice, nil},
		{"a bounce elsewhere", letter, facts(stop(lawful.KindUndeliverable, "sms"), byNumber), lawful.ReasonNoChoice, nil},
		{"a restriction", letter, facts(stop(lawful.KindRestriction, ""), byNumber), lawful.ReasonRestricted, []lawful.Reason{lawful.ReasonNoChoice}},
		{"a death", letter, facts(stop(lawful.KindDeceased, ""), byNumber), lawful.ReasonDeceased, []lawful.Reason{lawful.ReasonNoChoice}},
	})
}

func TestWhenTwoIdentifiersAreOne(t *testing.T) {
	sourced := lawful.Identifier{Kind: lawful.IDEmail, Value: anna.Value, Source: "list"}
	other := lawful.Identifier{Kind: lawful.IDDevice, Value: anna.Value}
	judgeAll(t, []ruling{
		{"an address has no source", ask("newsletter", "email"), facts(give("newsletter", "email", "2026-03-01", with(sourced))), lawful.ReasonConsentGiven, nil},
		{"asked with one", ask("newsletter", "email", sourced), facts(give("newsletter", "email", "2026-03-01")), lawful.ReasonConsentGiven, nil},
		{"a device called like an address", ask("newsletter", "in_person"), facts(give("newsletter", "in_person", "2026-03-01", with(other))), lawful.ReasonNoChoice, nil},
	})
}

// TestNobodyIsNamedByNothing, whatever a channel reaches.
func TestNobodyIsNamedByNothing(t *testing.T) {
	none := lawful.Identifier{}
	wantReason(t, decide(ask("newsletter", "in_person", none), give("newsletter", "in_person", "2026-03-01", with(none))), lawful.ReasonNoChoice)
}

// TestACertificateIsTheSameToldOrNot: it carries the law of an explained answer,
// though the question asks for none.
func TestACertificateIsTheSameToldOrNot(t *testing.T) {
	q := ask("events", "email")
	person := lawful.Person{Known: true, History: history(give("events", "email", "2026-03-01"))}
	want := shopRules().For(q, person)
	q.Explain = false
	if got := shopRules().For(q, person); !reflect.DeepEqual(got, want) {
		t.Error("the part of an unexplained question is another")
	}
}

// TestVersionsInAnyOrder: one without a beginning came before all others, wherever it stands.
func TestVersionsInAnyOrder(t *testing.T) {
	rules := shopRules()
	first := rules.Purposes["events"][0]
	later := first
	later.From, later.ExpiresMonth = dayp("2026-05-01"), 3
	rules.Purposes["events"] = []lawful.Purpose{later, first}
	for on, want := range map[string]int{"2026-04-30": 0, "2026-05-01": 3} {
		if p := rules.PurposeAt("events", day(on)); p == nil || p.ExpiresMonth != want {
			t.Errorf("on %s the wrong version holds: %+v", on, p)
		}
	}
}

func TestSort(t *testing.T) {
	facts := history(happen(lawful.KindActivity, "2026-03-01"), happen(lawful.KindActivity, "2026-01-01"), happen(lawful.KindActivity, "2026-02-01"))
	lawful.Sort(facts)
	for i, want := range []string{"s1-2", "s1-3", "s1-1"} {
		if facts[i].Entry != want {
			t.Errorf("%d: got %s, want %s", i, facts[i].Entry, want)
		}
	}
}

// TestACertificateKnowsHowTheLawGoesOn: when the law of the basis has an end,
// what follows it goes along, so that both decisions have the same end.
func TestACertificateKnowsHowTheLawGoesOn(t *testing.T) {
	q := ask("events", "email")
	person := lawful.Person{Known: true, History: history(give("events", "email", "2026-03-01"))}
	for basis, ends := range map[string]bool{lawful.BasisConsent: false, lawful.BasisSoftOptIn: true} {
		now, then := words(lawful.BasisConsent), words(basis)
		now.To, then.From = dayp("2027-01-01"), dayp("2027-01-01")
		rules := in("IT")
		legislate(rules, "IT", lawful.TopicBases+"email", now, then)
		want := lawful.Decide(rules, person, q)
		wantReason(t, want, lawful.ReasonConsentGiven)
		if (want.Until != nil) != ends || ends && !want.Until.Equal(*now.To) {
			t.Errorf("then %s: until %v", basis, want.Until)
		}
		part := rules.For(q, person)
		if got := lawful.Decide(part, person, q); !reflect.DeepEqual(got, want) {
			t.Errorf("then %s: got %+v on the part, want %+v", basis, got, want)
		}
		if n := len(part.Law["IT"].Rules[lawful.TopicBases+"email"]); n != 2 {
			t.Errorf("the part has %d versions, want 2", n)
		}
	}
}

func TestTheLanguageNobodyWrites(t *testing.T) {
	rules := shopRules()
	rules.Organisation.Language = "pt"
	q := ask("events", "email")
	q.Language = "pt"
	yes := give("events", "email", "2026-03-01")
	if got, want := under(rules, q, yes).Explanation, under(rules, english(q), yes).Explanation; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhichDayAndSourceASentenceNames(t *testing.T) {
	titled := shopRules()
	form := titled.Sources["form"][0]
	form.Title = map[string]string{"en": "Footer form", "it": "Modulo"}
	titled.Sources["form"] = []lawful.Source{form}
	two := in("IT")
	legislate(two, "IT", lawful.TopicRegister+"phone", lawful.Law{Words: []string{"rpo", "other"}, Number: 15, Unit: lawful.UnitDays})
	other := listed(lawful.KindRegisterChecked, "2026-11-01", func(f *lawful.Recorded) { f.Register = "other" })
	tie := happen(lawful.KindIdentified, "2025-01-01", through("crm"), with(number, anna, bruno))
	flag := give("lax", "email", "2026-03-01", method("verbal"))
	for _, c := range []struct {
		name  string
		rules *lawful.Rules
		q     lawful.Question
		facts []lawful.Recorded
		since string
		want  string
	}{
		{
			"a flag that was confirmed is no consent", shopRules(), ask("lax", "email"), facts(flag, choose(lawful.Confirmed, "lax", "email", "2026-03-02")),
			"2026-03-01", "The proof is weak: the consent is stated (source: “Modulo a piè di pagina”) but not shown; the organisation decided that this is enough for this purpose.",
		},
		{
			"the first of two noes of one day", shopRules(), ask("events", "email"),
			facts(choose(lawful.Withdrawn, "events", "email", "2026-03-01"), choose(lawful.Withdrawn, "events", "email", "2026-03-01", through("shop"))),
			"2026-03-01", "The person withdrew consent on 1 March 2026 (source: “Modulo a piè di pagina”).",
		},
		{
			"the source of another day is not named", shopRules(), ask("yearly", "email", number),
			facts(tie, give("yearly", "email", "2025-02-01", with(bruno)), give("yearly", "email", "2025-04-01", through("crm"))),
			"2025-02-01", "The consent given on 1 February 2025 expired on 1 April 2026.",
		},
		{
			"when the notice changed", shopRules(), ask("reworded", "email"), facts(give("reworded", "email", "2026-03-01", on("signup", 1))),
			"2026-03-01", "The consent given on 1 March 2026 (source: “Modulo a piè di pagina”) has to be asked for again, because the notice changed on 1 May 2026.",
		},
		{
			"the title in the language of the sentence", titled, ask("events", "email"), facts(give("events", "email", "2026-03-01", through("form"))),
			"2026-03-01", "The person gave consent on 1 March 2026 (source: “Footer form”).",
		},
		{
			"one register never asked, another too long ago", two, ask("newsletter", "phone", mobile), facts(give("newsletter", "phone", "2026-03-01", with(mobile)), other),
			"2026-11-01", "No check of the opposition register is on record.",
		},
	} {
		d := under(c.rules, english(c.q), c.facts...)
		if d.Explanation != c.want || d.Since == nil || !d.Since.Equal(day(c.since)) {
			t.Errorf("%s: got %q since %v, want %q since %s", c.name, d.Explanation, d.Since, c.want, c.since)
		}
	}
	italian := ask("events", "email")
	italian.Language = "it"
	if got := under(titled, italian, give("events", "email", "2026-03-01")).Explanation; !contains(got, "«Modulo»") {
		t.Errorf("%q does not name the source in Italian", got)
	}
}

// TestAPermissionEndsWithTheLawOfEitherPlace: who lives in France may be called
// on an interest until August 2026, whoever calls.
func TestAPermissionEndsWithTheLawOfEitherPlace(t *testing.T) {
	rules := in("GB")
	rules.Purposes["calls"] = []lawful.Purpose{{ID: "calls", Marketing: true, Basis: lawful.BasisLegitimateInterests, Channels: everyChannel}}
	rules.Balancing = map[string][]lawful.Balancing{"calls": {{Happened: day("2026-01-01"), Recorded: day("2026-01-01"), Outcome: "passed"}}}
	lives := happen(lawful.KindResidence, "2026-01-01", func(f *lawful.Recorded) { f.Country = "FR" })
	checked := listed(lawful.KindRegisterChecked, "2026-07-31", func(f *lawful.Recorded) { f.Register = "tps" })
	call := asked(ask("calls", "phone", mobile), at("2026-08-01"))
	d := under(rules, call, checked, lives)
	wantReason(t, d, lawful.ReasonLegitimateInterest)
	if d.Until == nil || !d.Until.Equal(day("2026-08-11")) {
		t.Errorf("until %v, want the day from which French law asks for consent", d.Until)
	}
	if d := under(rules, call, checked); d.Until == nil || !d.Until.Equal(day("2026-08-29")) {
		t.Errorf("until %v, want the end of the check", d.Until)
	}
}
