// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/lecito/lecito/lawful"
)

// twice is the question by a number that its source ties to two addresses, and those ties.
func twice(purpose string) (lawful.Question, []lawful.Recorded) {
	return ask(purpose, "email", number), facts(
		happen(lawful.KindIdentified, "2025-01-01", through("crm"), with(number, anna)),
		happen(lawful.KindIdentified, "2025-01-02", through("crm"), with(number, bruno)),
	)
}

// withLaw puts one rule of law in the place of a pack's; without a key there is none.
func withLaw(rules *lawful.Rules, place, topic string, law lawful.Law) *lawful.Rules {
	pack := rules.Law[place]
	pack.Rules = maps.Clone(pack.Rules)
	pack.Rules[topic] = []lawful.Law{law}
	if law.Key == "" {
		delete(pack.Rules, topic)
	}
	rules.Law = maps.Clone(rules.Law)
	rules.Law[place] = pack
	return rules
}

func wantUntil(t *testing.T, name string, d lawful.Decision, until string) {
	t.Helper()
	if until == "" && d.Until != nil || until != "" && (d.Until == nil || !d.Until.Equal(day(until))) {
		t.Errorf("%s: until %v, want %q", name, d.Until, until)
	}
}

// TestOfTwoPermissionsTheWeakerIsNamed, in whichever order the two come.
func TestOfTwoPermissionsTheWeakerIsNamed(t *testing.T) {
	of := func(who lawful.Identifier) change { return with(number, who) }
	stated := func(f *lawful.Recorded) { f.Choice.Evidence.Method = "verbal" }
	for _, pair := range [][2]lawful.Identifier{{anna, bruno}, {bruno, anna}} {
		one, other := of(pair[0]), of(pair[1])
		for _, c := range []struct {
			name, purpose string
			facts         []lawful.Recorded
			reason        lawful.Reason
			since, until  string
		}{
			{
				"weak proof before good", "lax",
				facts(give("lax", "email", "2026-03-01", one, stated), give("lax", "email", "2026-04-01", other)), lawful.ReasonConsentDeclared, "2026-03-01", "",
			},
			{
				"the one that ends first", "yearly",
				facts(give("yearly", "email", "2026-03-01", one), give("yearly", "email", "2026-04-01", other)), lawful.ReasonConsentGiven, "2026-03-01", "2027-03-02",
			},
			{
				"the youngest", "newsletter",
				facts(give("newsletter", "email", "2026-03-01", one), give("newsletter", "email", "2026-04-01", other)), lawful.ReasonConsentGiven, "2026-04-01", "",
			},
		} {
			q, ties := twice(c.purpose)
			d := decide(q, append(ties, c.facts...)...)
			if d.Reason != c.reason || d.Since == nil || !d.Since.Equal(day(c.since)) {
				t.Errorf("%s: got %s since %v, want %s since %s", c.name, d.Reason, d.Since, c.reason, c.since)
			}
			wantUntil(t, c.name, d, c.until)
		}
	}
	q, ties := twice("interest")
	if d := decide(q, ties...); d.Reason != lawful.ReasonLegitimateInterest || d.Since != nil || len(d.Facts) > 0 {
		t.Errorf("an interest in two addresses rests on no fact: %+v", d)
	}
}

// TestNothingIsPermittedByDefault: where the law admits a basis that no rule
// here knows how to prove, the answer is no.
func TestNothingIsPermittedByDefault(t *testing.T) {
	rules := withLaw(shopRules(), "IT", "bases.service", lawful.Law{Key: "it.bases.service", Words: []string{lawful.BasisVitalInterests}})
	q := asked(ask("vital", "email"), func(q *lawful.Question) { q.Language = "en" })
	d := under(rules, q)
	wantReason(t, d, lawful.ReasonBasisNotAllowed)
	if d.Rule != lawful.RuleBasisCarried || !contains(d.Explanation, "does not suffice") {
		t.Errorf("got %s: %s", d.Rule, d.Explanation)
	}
}

// TestFactsAreThoseOfTheReasonNamed: not those of another rule with the same
// reason, nor of the same rule with another reason.
func TestFactsAreThoseOfTheReasonNamed(t *testing.T) {
	want := func(name string, d lawful.Decision, rule string, entries ...string) {
		t.Helper()
		if d.Rule != rule || !slices.Equal(d.Facts, entries) {
			t.Errorf("%s: %s %s rests on %v, want %s on %v", name, d.Reason, d.Rule, d.Facts, rule, entries)
		}
	}
	want("refused here and elsewhere", decide(ask("interest", "email"),
		choose(lawful.Refused, "newsletter", "email", "2026-03-01"), choose(lawful.Refused, "interest", "email", "2026-04-01")),
		lawful.RuleNoRefusal, "s1-2")
	push := asked(ask("interest", "push", number))
	tied := happen(lawful.KindIdentified, "2025-01-01", through("crm"), with(number, laptop, tablet))
	want("refused on one device, objected to on another", decide(push, tied,
		choose(lawful.Refused, "newsletter", "push", "2026-03-01", with(laptop)), choose(lawful.Objected, "events", "push", "2026-04-01", with(tablet))),
		lawful.RuleInterestRefused, "s1-2")
	unnumbered := give("newsletter", "email", "2026-03-01")
	unnumbered.Entry = ""
	want("a fact without an entry", lawful.Decide(shopRules(), lawful.Person{Known: true, History: facts(unnumbered)}, ask("newsletter", "email")),
		lawful.RuleConsentGiven)
}

// TestKnownEnds: a permission ends with its purpose and with the recipient's
// contract, and with no other's.
func TestKnownEnds(t *testing.T) {
	d := decide(asked(ask("retired", "email"), at("2026-05-01")), give("retired", "email", "2026-03-01"))
	wantReason(t, d, lawful.ReasonConsentGiven)
	wantUntil(t, "a purpose that is to end", d, "2026-06-01")
	rules := shopRules()
	rules.Recipients[""] = lawful.Recipient{Kind: "processor", Signed: dayp("2025-01-01"), Expires: dayp("2027-02-01")}
	yes := give("newsletter", "email", "2026-03-01")
	wantUntil(t, "no recipient", under(rules, ask("newsletter", "email"), yes), "")
	to := asked(ask("newsletter", "email"), func(q *lawful.Question) { q.Recipient = "mailer" })
	wantUntil(t, "a recipient", under(rules, to, yes), "2027-01-01")
}

// TestOneRuleOfTwoPlacesIsAskedOnce: two packs that share a rule share it by its key.
func TestOneRuleOfTwoPlacesIsAskedOnce(t *testing.T) {
	for key, want := range map[string]int{"it.register.phone": 1, "de.register.phone": 2} {
		rules := in("IT", "DE")
		shared := lawful.Law{Key: "it.register.phone", Words: []string{"rpo"}, Number: 15, Unit: lawful.UnitDays}
		withLaw(rules, "IT", "register.phone", shared)
		shared.Key = key
		withLaw(rules, "DE", "register.phone", shared)
		d := under(rules, ask("newsletter", "phone", mobile),
			happen(lawful.KindResidence, "2026-01-01", func(f *lawful.Recorded) { f.Country = "DE" }),
			happen(lawful.KindRegisterChecked, "2026-11-20", with(mobile), func(f *lawful.Recorded) { f.Register = "rpo" }),
			give("newsletter", "phone", "2026-03-01", with(mobile)))
		asked := 0
		for _, s := range d.Trace {
			if s.Rule == lawful.RuleRegisterFresh {
				asked++
			}
		}
		if asked != want {
			t.Errorf("with %s the register is asked %d times, want %d\n%+v", key, asked, want, d)
		}
	}
}

func TestMethodsAreTheseWords(t *testing.T) {
	grades := map[string]string{"verbal": lawful.WhyWeakMethod, "badge_scan": lawful.WhyWeakMethod, "business_card": lawful.WhyWeakMethod}
	flags := []string{"checkbox", "button", "link", "one_click", "preference_centre", "import"}
	all := []string{
		"checkbox", "button", "paper_form", "tablet", "letter", "email", "chat", "phone_recording",
		"verbal", "badge_scan", "business_card", "link", "preference_centre", "one_click", "import",
	}
	if !slices.Equal(lawful.Methods(), all) {
		t.Errorf("the methods are %v", lawful.Methods())
	}
	for _, m := range all {
		want := lawful.WhyDatedAct
		if why, ok := grades[m]; ok {
			want = why
		}
		if _, why := lawful.Grade(shopRules(), give("newsletter", "email", "2026-03-01", method(m)).Fact); why != want {
			t.Errorf("a yes by %s is %s, want %s", m, why, want)
		}
		if slices.Contains(flags, m) {
			want = lawful.WhyOperator
		}
		if _, why := lawful.Grade(shopRules(), give("newsletter", "email", "2026-03-01", method(m), by(lawful.ActorOperator)).Fact); why != want {
			t.Errorf("a yes by %s of an operator is %s, want %s", m, why, want)
		}
	}
	if grade, why := lawful.Grade(shopRules(), lawful.Fact{Kind: lawful.KindActivity}); grade != lawful.GradeDeclared || why != lawful.WhyNoEvidence {
		t.Errorf("what is no choice is %s because %s", grade, why)
	}
}

// TestNoticeThatWasShown is the one named, else the highest version that was out.
func TestNoticeThatWasShown(t *testing.T) {
	rules := shopRules()
	versions := rules.Notices["signup"]
	rules.Notices["signup"] = []lawful.Notice{versions[1], versions[0]}
	wantReason(t, under(rules, ask("reworded", "email"), give("reworded", "email", "2026-06-01")), lawful.ReasonConsentGiven)
	rules.Notices["signup"] = versions[1:]
	wantReason(t, under(rules, ask("newsletter", "email"), give("newsletter", "email", "2026-06-01", on("signup", 1))), lawful.ReasonNoticeMissing)
	rules.Notices[""] = versions
	wantReason(t, under(rules, ask("newsletter", "email"), give("newsletter", "email", "2026-06-01", through("bare"))), lawful.ReasonNoticeMissing)
}

// TestOldScopeOutlivesANewNotice: where a notice asks for the consent again, what
// the purpose was before goes on, if the question leaves out all that it gained.
func TestOldScopeOutlivesANewNotice(t *testing.T) {
	const stands, over = lawful.ReasonConsentGiven, lawful.ReasonNoticeSuperseded
	email, both := []lawful.Data{{Name: "email"}}, []lawful.Data{{Name: "email"}, {Name: "given_name"}}
	some, more := []string{"mailer"}, []string{"mailer", "stranger"}
	type asking struct {
		data      []lawful.Used
		operation string
		recipient string
		want      lawful.Reason
	}
	for i, c := range []struct {
		old, now lawful.Purpose
		asked    []asking
	}{
		{lawful.Purpose{}, lawful.Purpose{}, []asking{{nil, "", "", over}}},
		{lawful.Purpose{Data: email}, lawful.Purpose{Data: both}, []asking{{used("email"), "", "", stands}, {nil, "", "", over}, {used("email", "given_name"), "", "", over}}},
		{lawful.Purpose{Data: email, Profiling: true}, lawful.Purpose{Data: both, Profiling: true}, []asking{{used("email"), "", "", stands}}},
		{lawful.Purpose{Data: email}, lawful.Purpose{Data: both, Profiling: true}, []asking{{used("email"), "", "", over}}},
		{lawful.Purpose{Data: email}, lawful.Purpose{Data: both, Recipients: some}, []asking{{used("email"), "", "", stands}, {used("email"), "", "mailer", stands}}},
		{lawful.Purpose{Recipients: some}, lawful.Purpose{}, []asking{{nil, "", "mailer", stands}, {nil, "", "stranger", over}, {nil, "", "", over}}},
		{lawful.Purpose{Recipients: some}, lawful.Purpose{Recipients: more}, []asking{{nil, "", "mailer", stands}, {nil, "", "stranger", over}, {nil, "", "", over}}},
		{lawful.Purpose{Operations: []string{"use"}}, lawful.Purpose{Operations: []string{"use", "storage"}}, []asking{{nil, "use", "", stands}, {nil, "storage", "", over}, {nil, "", "", over}}},
	} {
		versions := []lawful.Purpose{c.old, c.now}
		for v := range versions {
			p := &versions[v]
			p.ID, p.Marketing, p.Basis, p.Channels = "reworded", true, lawful.BasisConsent, everyChannel
		}
		versions[1].From = dayp("2026-05-01")
		rules := shopRules()
		rules.Purposes["reworded"] = versions
		for _, a := range c.asked {
			q := ask("reworded", "email")
			q.Data, q.Operation, q.Recipient = a.data, a.operation, a.recipient
			if d := under(rules, q, give("reworded", "email", "2026-03-01")); d.Reason != a.want {
				t.Errorf("%d %s: got %s, want %s", i, fmt.Sprint(a.data, a.operation, a.recipient), d.Reason, a.want)
			}
		}
	}
	q := asked(ask("reworded", "email"), func(q *lawful.Question) { q.Language = "en" })
	if d := decide(q, give("reworded", "email", "2026-03-01")); d.Reason != over || !contains(d.Explanation, "1 May 2026") {
		t.Errorf("%s does not say when the notice changed: %s", d.Reason, d.Explanation)
	}
}
