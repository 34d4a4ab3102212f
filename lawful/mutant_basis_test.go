// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/lawful"
)

// legislate puts other versions of a rule in the pack of a place; none: it has no such rule.
func legislate(rules *lawful.Rules, place, topic string, versions ...lawful.Law) {
	pack := rules.Law[place]
	pack.Rules = maps.Clone(pack.Rules)
	for i := range versions {
		v := &versions[i]
		v.Key, v.Text = strings.ToLower(place)+"."+topic, map[string]string{"en": "a test"}
		v.Source, v.Assurance = "a test", lawful.AssuranceMemory
	}
	pack.Rules[topic] = versions
	rules.Law = maps.Clone(rules.Law)
	rules.Law[place] = pack
}

func words(of ...string) lawful.Law { return lawful.Law{Words: of} }

// wantStep asks for the law that the deciding step rests on, and the facts that show it.
func wantStep(t *testing.T, d lawful.Decision, law string, facts ...string) {
	t.Helper()
	if s, _ := d.Step(); s.Law != law || !slices.Equal(d.Facts, facts) {
		t.Errorf("got %s by %v, want %s by %v", s.Law, d.Facts, law, facts)
	}
}

func english(q lawful.Question) lawful.Question {
	q.Language = "en"
	return q
}

// TestEachConditionIsOfThePlaceThatAsks: where the person lives elsewhere, the
// soft opt-in meets the conditions of both places, and a failed one is named as
// the law of the place that has it.
func TestEachConditionIsOfThePlaceThatAsks(t *testing.T) {
	q := ask("soft", "email")
	rules := in("IT")
	legislate(rules, "IT", lawful.TopicSoftOptIn, words(lawful.SoftSale, lawful.SoftSimilar))
	legislate(rules, "DE", lawful.TopicSoftOptIn, words(lawful.SoftSale, lawful.SoftAddressGiven, lawful.SoftInformed))
	lives := happen(lawful.KindResidence, "2026-01-01", func(f *lawful.Recorded) { f.Country = "DE" })
	other := func(f *lawful.Recorded) { f.SimilarTo = nil }
	untold := func(f *lawful.Recorded) { f.Informed = false }
	for _, c := range []struct {
		sale change
		want lawful.Reason
		law  string
	}{
		{other, lawful.ReasonSoftOptInUnmet, "it.soft_opt_in"},
		{untold, lawful.ReasonSoftOptInUnmet, "de.soft_opt_in"},
		{func(f *lawful.Recorded) { f.RefusalOffered = false }, lawful.ReasonSoftOptIn, "de.soft_opt_in"},
	} {
		d := under(rules, q, lives, sold("2026-03-01", c.sale))
		wantReason(t, d, c.want)
		wantStep(t, d, c.law, "s1-2")
	}
	wantReason(t, under(rules, q, sold("2026-03-01", untold)), lawful.ReasonSoftOptIn)
}

func TestNoSoftOptInWhereNoLawKnowsASale(t *testing.T) {
	rules := in("IT")
	legislate(rules, "IT", lawful.TopicSoftOptIn, words(lawful.SoftSimilar))
	d := under(rules, ask("soft", "email"), sold("2026-03-01"))
	wantReason(t, d, lawful.ReasonSoftOptInUnmet)
	wantStep(t, d, "it.soft_opt_in", "s1-1")
}

func TestWhichSaleIsNamed(t *testing.T) {
	other := func(f *lawful.Recorded) { f.SimilarTo = nil }
	wantStep(t, decide(ask("soft", "email"), sold("2026-03-01", other), sold("2026-04-01", other)), "it.soft_opt_in", "s1-2")
	byNumber := ask("soft", "email", number)
	tie := happen(lawful.KindIdentified, "2026-01-01", through("crm"), with(number, anna))
	wantReason(t, decide(byNumber, tie, sold("2026-03-01")), lawful.ReasonSoftOptIn)
	wantReason(t, decide(byNumber, tie, sold("2026-03-01", chain("s2"))), lawful.ReasonSoftOptInUnmet)
}

// TestOnlyAYesHereTakesARefusalBack: not one on another channel, nor whatever
// else the person says of this purpose.
func TestOnlyAYesHereTakesARefusalBack(t *testing.T) {
	q, sale, no := ask("soft", "email"), sold("2026-03-01"), choose(lawful.Refused, "newsletter", "email", "2026-03-01")
	proven := func(f *lawful.Recorded) { f.Choice.Evidence = give("", "", "2026-04-01").Choice.Evidence }
	judgeAll(t, []ruling{
		{"here", q, facts(sale, no, give("soft", "email", "2026-04-01")), lawful.ReasonSoftOptIn, nil},
		{"on another channel", q, facts(sale, no, give("soft", "sms", "2026-04-01", with(mobile))), lawful.ReasonSoftOptInUnmet, nil},
		{"a confirmation of nothing", q, facts(sale, no, choose(lawful.Confirmed, "soft", "email", "2026-04-01", proven)), lawful.ReasonSoftOptInUnmet, nil},
		{"a no that is proven", q, facts(sale, no, choose(lawful.Withdrawn, "soft", "email", "2026-04-01", proven)), lawful.ReasonWithdrawn, []lawful.Reason{lawful.ReasonSoftOptInUnmet}},
	})
}

// TestARefusalOnADeviceStaysThere, when the purpose rests on an interest.
func TestARefusalOnADeviceStaysThere(t *testing.T) {
	no := choose(lawful.Refused, "newsletter", "push", "2026-03-01", with(laptop))
	wantReason(t, decide(ask("interest", "push", laptop), no), lawful.ReasonRefused)
	wantReason(t, decide(ask("interest", "push", tablet), no), lawful.ReasonLegitimateInterest)
}

func TestALimitOnOneChannelLeavesTheOthers(t *testing.T) {
	sent := happen(lawful.KindContacted, "2026-11-10", by(lawful.ActorSystem), about("rare", "email"))
	wantReason(t, decide(ask("rare", "sms", mobile), give("rare", "sms", "2026-03-01", with(mobile)), sent), lawful.ReasonConsentGiven)
	wantReason(t, decide(ask("rare", "email"), give("rare", "email", "2026-03-01"), sent), lawful.ReasonFrequencyExceeded)
}

func TestTheContractThatCarriesAConsent(t *testing.T) {
	call := ask("newsletter", "phone", mobile)
	easy := func(f *lawful.Recorded) { f.EasyRevocation = true }
	open := func(on string) lawful.Recorded { return happen(lawful.KindRelationOpened, on, easy) }
	closed := func(on string) lawful.Recorded { return happen(lawful.KindRelationClosed, on) }
	yes := func(on string) lawful.Recorded { return give("newsletter", "phone", on, with(mobile)) }
	listing, check := listed(lawful.KindRegisterListed, "2026-11-15"), listed(lawful.KindRegisterChecked, "2026-11-20")
	judgeAll(t, []ruling{
		{"closed once, and open again", call, facts(open("2025-01-01"), closed("2025-06-01"), open("2026-01-01"), yes("2026-03-01"), listing, check), lawful.ReasonConsentGiven, nil},
		{"the consent is younger than its end", call, facts(open("2026-01-01"), closed("2026-11-01"), yes("2026-11-10"), listing, check), lawful.ReasonOppositionRegister, nil},
		{"only a relation is one", call, facts(happen(lawful.KindIdentified, "2026-01-01", easy), yes("2026-03-01"), listing, check), lawful.ReasonOppositionRegister, nil},
	})
	all := facts(open("2026-01-01"), yes("2026-03-01"), closed("2026-11-01"), listing, check)
	d := decide(call, all...)
	if d.Until == nil || !d.Until.Equal(day("2026-12-02")) {
		t.Errorf("until %v, want the end of what the contract carries", d.Until)
	}
	if !slices.ContainsFunc(d.Trace, func(s lawful.Step) bool {
		return s.Rule == lawful.RuleRegisterListed && s.Outcome == "passed" && s.Law == "it.register.contract" && s.Entry == "s1-4"
	}) {
		t.Errorf("the contract is not on the trace: %+v", d.Trace)
	}
	rules := in("IT")
	legislate(rules, "IT", lawful.TopicRegisterContract)
	wantReason(t, under(rules, call, all...), lawful.ReasonOppositionRegister)
	wantReason(t, under(rules, call, open("2026-01-01"), yes("2026-03-01"), listing, check), lawful.ReasonOppositionRegister)
}

// TestAWeakConsentOutlivesAListingToo, where weak proof is enough.
func TestAWeakConsentOutlivesAListingToo(t *testing.T) {
	rules := in("IT")
	legislate(rules, "IT", lawful.TopicRegister+"email", lawful.Law{Words: []string{"rpo"}, Number: 15, Unit: lawful.UnitDays})
	check := listed(lawful.KindRegisterChecked, "2026-11-20", with(anna))
	weak := give("lax", "email", "2026-03-01", method("verbal"))
	wantReason(t, under(rules, ask("lax", "email"), listed(lawful.KindRegisterListed, "2026-02-01", with(anna)), weak, check), lawful.ReasonConsentDeclared)
	wantReason(t, under(rules, ask("lax", "email"), weak, listed(lawful.KindRegisterListed, "2026-04-01", with(anna)), check), lawful.ReasonOppositionRegister)
}

// TestASignalBindsWhatTheLawSays, and nothing else.
func TestASignalBindsWhatTheLawSays(t *testing.T) {
	rules := in("US-CA", "US-CA")
	rules.Purposes["sharing"] = []lawful.Purpose{{
		ID: "sharing", Marketing: true, Basis: lawful.BasisConsent, Channels: everyChannel, Operations: []string{"dissemination"},
	}}
	gpc := happen(lawful.KindSignal, "2026-05-01", with(laptop), func(f *lawful.Recorded) { f.Signal = "gpc" })
	for _, c := range []struct {
		binds, purpose string
		want           lawful.Reason
	}{
		{lawful.BindsProfiling, "profiling", lawful.ReasonSignal},
		{lawful.BindsProfiling, "sharing", lawful.ReasonConsentGiven},
		{lawful.BindsDisclosure, "profiling", lawful.ReasonConsentGiven},
		{lawful.BindsDisclosure, "sharing", lawful.ReasonSignal},
	} {
		legislate(rules, "US-CA", lawful.TopicSignal+"gpc", words(c.binds))
		wantReason(t, under(rules, ask(c.purpose, "push", laptop), give(c.purpose, "push", "2026-03-01", with(laptop)), gpc), c.want)
	}
}

// TestTheSentenceOfABasisThatDoesNotCarry says which of them it is.
func TestTheSentenceOfABasisThatDoesNotCarry(t *testing.T) {
	narrow := in("IT")
	legislate(narrow, "IT", lawful.TopicServiceBases, words(lawful.BasisConsent))
	obliged := shopWith("upsell", func(p *lawful.Purpose) { p.Basis, p.Law = lawful.BasisLegalObligation, "a law" })
	for _, c := range []struct {
		rules   *lawful.Rules
		purpose string
		want    string
	}{
		{shopRules(), "orders", "No open contractual relation with this person is on record."},
		{shopRules(), "lawless", "The law said to require this use is not named."},
		{shopRules(), "upsell", "Marketing cannot rest on a contract or on a legal obligation."},
		{obliged, "upsell", "Marketing cannot rest on a contract or on a legal obligation."},
		{narrow, "orders", "The legal basis declared for this purpose does not suffice to permit this use."},
	} {
		d := under(c.rules, english(ask(c.purpose, "email")), happen(lawful.KindIdentified, "2026-01-01"))
		wantReason(t, d, lawful.ReasonBasisNotAllowed)
		if d.Explanation != c.want {
			t.Errorf("%s: got %q, want %q", c.purpose, d.Explanation, c.want)
		}
	}
}

func TestProfilingWithoutARuleOfItsOwn(t *testing.T) {
	rules := in("IT")
	legislate(rules, "IT", lawful.TopicProfilingBases)
	wantReason(t, under(rules, ask("profiling", "email"), give("profiling", "email", "2026-03-01")), lawful.ReasonConsentGiven)
	legislate(rules, "IT", lawful.TopicProfilingBases, words(lawful.BasisContract))
	d := under(rules, ask("profiling", "email"), give("profiling", "email", "2026-03-01"))
	wantReason(t, d, lawful.ReasonBasisNotAllowed)
	wantStep(t, d, "it.bases.profiling")
}

// TestWhatEveryPurposeNeedsToKnowWhomItIsAbout stands beside data that needs a
// purpose of its own.
func TestWhatEveryPurposeNeedsToKnowWhomItIsAbout(t *testing.T) {
	for name, want := range map[string]lawful.Reason{
		lawful.IDEmail: lawful.ReasonConsentGiven, lawful.IDPhone: lawful.ReasonConsentGiven, lawful.IDSource: lawful.ReasonConsentGiven,
		lawful.IDAddress: lawful.ReasonConsentGiven, lawful.IDDevice: lawful.ReasonConsentGiven, "given_name": lawful.ReasonDataNotDeclared,
	} {
		rules := shopWith("events", func(p *lawful.Purpose) { p.Data = []lawful.Data{{Name: name}, {Name: "email_open"}} })
		q := ask("events", "email")
		q.Data = used("email_open")
		wantReason(t, under(rules, q, give("events", "email", "2026-03-01")), want)
	}
}

func TestWhatEndsABounceNamesIt(t *testing.T) {
	yes := give("newsletter", "email", "2026-03-01")
	bounce := happen(lawful.KindUndeliverable, "2026-04-01", about("", "email"), with())
	works := func(changes ...change) []lawful.Recorded {
		return facts(yes, bounce, happen(lawful.KindDeliverable, "2026-05-01", changes...))
	}
	judgeAll(t, []ruling{
		{"that address by mail", ask("newsletter", "email"), works(about("", "email")), lawful.ReasonConsentGiven, nil},
		{"no channel", ask("newsletter", "email"), works(), lawful.ReasonUndeliverable, nil},
		{"no address", ask("newsletter", "email"), works(about("", "email"), with()), lawful.ReasonUndeliverable, nil},
	})
}

func TestWhereNoLawSetsAnAge(t *testing.T) {
	rules := in("IT")
	legislate(rules, "IT", lawful.TopicAge)
	born := happen(lawful.KindBirthDate, "2026-01-01", func(f *lawful.Recorded) { f.Date = "2013-01-01" })
	wantReason(t, under(rules, ask("newsletter", "email"), born, give("newsletter", "email", "2026-03-01")), lawful.ReasonConsentGiven)
}
