// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// with one purpose of the shop changed
func shopWith(id string, change func(*lawful.Purpose)) *lawful.Rules {
	rules := shopRules()
	p := rules.Purposes[id][0]
	change(&p)
	rules.Purposes[id] = []lawful.Purpose{p}
	return rules
}

func under(rules *lawful.Rules, q lawful.Question, facts ...lawful.Recorded) lawful.Decision {
	return lawful.Decide(rules, lawful.Person{Known: true, History: history(facts...)}, q)
}

// in puts the shop in another country, with the packs switched on that it needs.
func in(country string, on ...string) *lawful.Rules {
	rules := shopRules()
	rules.Organisation.Country = country
	used, err := law.Use(rules.Organisation.Zone(), on, nil)
	if err != nil {
		panic(err)
	}
	rules.Law = used
	return rules
}

func asked(q lawful.Question, changes ...func(*lawful.Question)) lawful.Question {
	for _, c := range changes {
		c(&q)
	}
	return q
}

func at(on string) func(*lawful.Question) { return func(q *lawful.Question) { q.At = day(on) } }
func act(what string) change              { return func(f *lawful.Recorded) { f.Act = what } }
func about(purpose, channel string) change {
	return func(f *lawful.Recorded) { f.Purpose, f.Channel = purpose, channel }
}
func aged(name, since string) func(*lawful.Question) {
	return func(q *lawful.Question) { q.Data = append(q.Data, lawful.Used{Name: name, Since: dayp(since)}) }
}

func TestDataHasAnAge(t *testing.T) {
	yes := give("newsletter", "email", "2026-03-01")
	letter := ask("newsletter", "email")
	wantReason(t, decide(asked(letter, aged("purchases", "2025-11-21")), yes), lawful.ReasonConsentGiven)
	wantReason(t, decide(asked(letter, aged("purchases", "2025-11-20")), yes), lawful.ReasonDataNotDeclared)
	wantReason(t, decide(asked(letter, aged("given_name", "2025-01-01")), yes), lawful.ReasonConsentGiven)
	wantReason(t, decide(asked(letter, aged("given_name", "2024-01-01")), yes), lawful.ReasonDataNotDeclared) // 24 months for marketing in Italy
	profiling := shopWith("profiling", func(p *lawful.Purpose) { p.Data = []lawful.Data{{Name: "purchases"}} })
	q := asked(ask("profiling", "email"), aged("purchases", "2025-05-21"))
	wantReason(t, under(profiling, q, give("profiling", "email", "2026-03-01")), lawful.ReasonDataNotDeclared) // 12 for profiling
	if s, _ := under(profiling, q).Step(); s.Rule != lawful.RuleDataAge || s.Law != "it.retention.profiling" {
		t.Errorf("the step does not name the ceiling: %+v", s)
	}
}

func TestSomeDataNeedsAPurposeOfItsOwn(t *testing.T) {
	mixed := shopWith("events", func(p *lawful.Purpose) {
		p.Data = []lawful.Data{{Name: "email"}, {Name: "purchases"}, {Name: "email_open"}}
	})
	alone := shopWith("events", func(p *lawful.Purpose) { p.Data = []lawful.Data{{Name: "email"}, {Name: "email_open"}} })
	yes := give("events", "email", "2026-03-01")
	q := ask("events", "email")
	q.Data = used("email_open")
	wantReason(t, under(mixed, asked(q, at("2026-10-16")), yes), lawful.ReasonConsentGiven)
	wantReason(t, under(mixed, asked(q, at("2026-10-17")), yes), lawful.ReasonDataNotDeclared)
	wantReason(t, under(alone, asked(q, at("2026-10-17")), yes), lawful.ReasonConsentGiven)
	q.Data = used("email")
	wantReason(t, under(mixed, asked(q, at("2026-10-17")), yes), lawful.ReasonConsentGiven)
}

func sold(on string, changes ...change) lawful.Recorded {
	return happen(lawful.KindSale, on, append([]change{through("shop"), func(f *lawful.Recorded) {
		f.SimilarTo, f.AddressGiven, f.Informed, f.RefusalOffered = []string{"soft"}, true, true, true
	}}, changes...)...)
}

func TestSoftOptIn(t *testing.T) {
	q := ask("soft", "email")
	unmet := func(name, rule string, facts ...lawful.Recorded) {
		t.Run(name, func(t *testing.T) {
			d := decide(q, facts...)
			wantReason(t, d, lawful.ReasonSoftOptInUnmet)
			if want := map[string]string{
				"sale": "Non risulta una vendita", "address": "non è stato dato dalla persona", "similar": "non sono simili",
				"informed": "non è stata informata", "refusal": "non ha avuto modo di rifiutare", "refused": "ha detto no",
			}[rule]; want == "" || !contains(d.Explanation, want) {
				t.Errorf("%q does not name the condition %q", d.Explanation, rule)
			}
		})
	}
	wantReason(t, decide(q, sold("2026-03-01")), lawful.ReasonSoftOptIn)
	unmet("no sale", "sale", happen(lawful.KindIdentified, "2026-01-01"))
	unmet("sale to another address", "sale", sold("2026-03-01", with(bruno)))
	unmet("address from elsewhere", "address", sold("2026-03-01", func(f *lawful.Recorded) { f.AddressGiven = false }))
	unmet("other products", "similar", sold("2026-03-01", func(f *lawful.Recorded) { f.SimilarTo = []string{"events"} }))
	unmet("not told", "informed", sold("2026-03-01", func(f *lawful.Recorded) { f.Informed = false }))
	unmet("no way to refuse", "refusal", sold("2026-03-01", func(f *lawful.Recorded) { f.RefusalOffered = false }))
	unmet("box left empty", "refused", sold("2026-03-01"), choose(lawful.Refused, "newsletter", "email", "2026-03-01"))
	unmet("box left empty, and that box ticked later", "refused", sold("2026-03-01"), choose(lawful.Refused, "newsletter", "email", "2026-03-01"), give("newsletter", "email", "2026-04-01"))
	wantReason(t, decide(q, sold("2026-03-01"), choose(lawful.Refused, "newsletter", "email", "2026-03-01"), give("soft", "email", "2026-04-01")), lawful.ReasonSoftOptIn)
	wantReason(t, decide(q, sold("2026-03-01"), choose(lawful.Refused, "newsletter", "sms", "2026-03-01")), lawful.ReasonSoftOptIn)
	wantReason(t, decide(q, sold("2026-03-01"), choose(lawful.Refused, "profiling", "email", "2026-03-01")), lawful.ReasonSoftOptIn)
	wantReason(t, decide(q, sold("2026-03-01"), choose(lawful.Refused, "survey", "email", "2026-03-01")), lawful.ReasonSoftOptIn)
	wantReason(t, decide(q, sold("2026-03-01"), choose(lawful.Objected, "newsletter", "email", "2026-03-02")), lawful.ReasonObjected, lawful.ReasonSoftOptInUnmet)
	unmet("the best sale is named", "similar", sold("2026-03-01", func(f *lawful.Recorded) { f.SimilarTo = nil }),
		sold("2026-04-01", func(f *lawful.Recorded) { f.AddressGiven = false }))
	wantReason(t, decide(q, sold("2026-03-01", func(f *lawful.Recorded) { f.Informed = false }), sold("2026-02-01")), lawful.ReasonSoftOptIn)
	sms := ask("soft", "sms", mobile)
	wantReason(t, under(in("FR"), sms, sold("2026-03-01", with(mobile))), lawful.ReasonSoftOptIn)
	wantReason(t, under(in("IT"), sms, sold("2026-03-01", with(mobile))), lawful.ReasonBasisNotAllowed)
}

func TestLegitimateInterests(t *testing.T) {
	post := ask("leaflet", "post", lawful.Identifier{Kind: lawful.IDAddress, Value: "via Roma 1"})
	rules := shopRules()
	rules.Purposes["leaflet"] = []lawful.Purpose{{ID: "leaflet", Marketing: true, Basis: lawful.BasisLegitimateInterests, Channels: everyChannel}}
	known := happen(lawful.KindIdentified, "2026-01-01", with(post.Identifier...))
	test := func(on, outcome string) lawful.Balancing {
		return lawful.Balancing{Happened: day(on), Recorded: day(on), Outcome: outcome}
	}
	for _, c := range []struct {
		name  string
		tests []lawful.Balancing
		want  lawful.Reason
	}{
		{"none", nil, lawful.ReasonBalancingMissing},
		{"passed", []lawful.Balancing{test("2026-01-01", "passed")}, lawful.ReasonLegitimateInterest},
		{"failed", []lawful.Balancing{test("2026-01-01", "failed")}, lawful.ReasonBalancingMissing},
		{"passed, then failed", []lawful.Balancing{test("2026-01-01", "passed"), test("2026-02-01", "failed")}, lawful.ReasonBalancingMissing},
		{"failed, then passed, told out of order", []lawful.Balancing{test("2026-02-01", "passed"), test("2026-01-01", "failed")}, lawful.ReasonLegitimateInterest},
		{"both at once", []lawful.Balancing{test("2026-01-01", "failed"), test("2026-01-01", "passed")}, lawful.ReasonBalancingMissing},
		{"later than asked", []lawful.Balancing{test("2026-12-01", "passed")}, lawful.ReasonBalancingMissing},
	} {
		rules.Balancing = map[string][]lawful.Balancing{"leaflet": c.tests}
		t.Run(c.name, func(t *testing.T) { wantReason(t, under(rules, post, known), c.want) })
	}
	rules.Balancing = map[string][]lawful.Balancing{"leaflet": {test("2026-01-01", "passed")}}
	late := post
	late.KnownAt = day("2025-12-31")
	known.Recorded = day("2025-01-01")
	wantReason(t, under(rules, late, known), lawful.ReasonBalancingMissing)
	mail := post
	mail.Channel, mail.Identifier = "email", []lawful.Identifier{anna}
	wantReason(t, under(rules, mail, known), lawful.ReasonBasisNotAllowed)
	wantReason(t, under(rules, post, known, choose(lawful.Objected, "", "", "2026-02-01")), lawful.ReasonObjected)
	wantReason(t, under(rules, post, known, choose(lawful.Refused, "newsletter", "post", "2026-02-01")), lawful.ReasonRefused)
	wantReason(t, under(rules, post, known, choose(lawful.Withdrawn, "newsletter", "", "2026-02-01")), lawful.ReasonWithdrawn)
	wantReason(t, under(rules, post, known, choose(lawful.Refused, "newsletter", "email", "2026-02-01")), lawful.ReasonLegitimateInterest)
}

// TestBusinessInFrance: interest tied to the profession carries e-mail in
// France, and nowhere it is not said to.
func TestBusinessInFrance(t *testing.T) {
	for _, c := range []struct {
		country, audience string
		want              lawful.Reason
	}{
		{"FR", lawful.AudienceBusiness, lawful.ReasonLegitimateInterest},
		{"FR", "", lawful.ReasonBasisNotAllowed},
		{"IT", lawful.AudienceBusiness, lawful.ReasonBasisNotAllowed},
	} {
		rules := in(c.country)
		rules.Purposes["trade"] = []lawful.Purpose{{ID: "trade", Marketing: true, Audience: c.audience, Basis: lawful.BasisLegitimateInterests, Channels: everyChannel}}
		rules.Balancing = map[string][]lawful.Balancing{"trade": {{Happened: day("2026-01-01"), Recorded: day("2026-01-01"), Outcome: "passed"}}}
		wantReason(t, under(rules, ask("trade", "email"), happen(lawful.KindIdentified, "2026-01-01")), c.want)
	}
}

func TestMinors(t *testing.T) {
	letter := ask("newsletter", "email")
	born := func(on string) lawful.Recorded {
		return happen(lawful.KindBirthDate, "2026-01-01", func(f *lawful.Recorded) { f.Date = on })
	}
	says := func(age int, on string) lawful.Recorded {
		return happen(lawful.KindDeclaredAge, on, func(f *lawful.Recorded) { f.Age = age })
	}
	yes, parent := give("newsletter", "email", "2026-03-01"), happen(lawful.KindParentalConsent, "2026-03-01")
	judgeAll(t, []ruling{
		{"of age", letter, facts(born("2012-03-01"), yes), lawful.ReasonConsentGiven, nil},
		{"a child", letter, facts(born("2012-11-22"), yes), lawful.ReasonMinor, []lawful.Reason{lawful.ReasonConsentInvalid}},
		{"fourteen today, asked before", letter, facts(born("2012-11-21"), yes), lawful.ReasonConsentInvalid, nil},
		{"fourteen today, asked today", letter, facts(born("2012-11-21"), give("newsletter", "email", "2026-11-21")), lawful.ReasonConsentGiven, nil},
		{"with a parent", letter, facts(born("2012-11-22"), yes, parent), lawful.ReasonConsentGiven, nil},
		{"a parent's, and now of age", letter, facts(born("2012-11-21"), yes, parent), lawful.ReasonExpired, nil},
		{"a parent's, and asked again", letter, facts(born("2012-11-21"), yes, parent, give("newsletter", "email", "2026-11-21")), lawful.ReasonConsentGiven, nil},
		{"says thirteen", letter, facts(says(13, "2026-01-01"), yes), lawful.ReasonMinor, []lawful.Reason{lawful.ReasonConsentInvalid}},
		{"said thirteen a year ago", letter, facts(says(13, "2025-03-01"), yes), lawful.ReasonConsentGiven, nil},
		{"two dates, the younger counts", letter, facts(born("2001-01-01"), born("2013-01-01"), yes), lawful.ReasonMinor, []lawful.Reason{lawful.ReasonConsentInvalid}},
		{"an order", ask("orders", "email"), facts(born("2013-01-01"), happen(lawful.KindRelationOpened, "2026-01-01")), lawful.ReasonContract, nil},
		{"a sale", ask("soft", "email"), facts(born("2013-01-01"), sold("2026-01-01")), lawful.ReasonSoftOptIn, nil},
		{"a survey", ask("survey", "email"), facts(born("2013-01-01"), give("survey", "email", "2026-03-01")), lawful.ReasonConsentGiven, nil},
		{"profiling", ask("profiling", "email"), facts(born("2013-01-01"), give("profiling", "email", "2026-03-01")), lawful.ReasonMinor, []lawful.Reason{lawful.ReasonConsentInvalid}},
	})
	d := decide(letter, born("2012-11-22"), yes, parent)
	if d.Until == nil || !d.Until.Equal(day("2026-11-22")) {
		t.Errorf("until %v, want the fourteenth birthday", d.Until)
	}
	abroad := happen(lawful.KindResidence, "2026-01-01", func(f *lawful.Recorded) { f.Country = "DE" })
	wantReason(t, decide(letter, born("2011-01-01"), abroad, yes), lawful.ReasonMinor, lawful.ReasonConsentInvalid) // 16 in Germany
	wantReason(t, decide(letter, born("2011-01-01"), yes), lawful.ReasonConsentGiven)
}

func listed(kind, on string, changes ...change) lawful.Recorded {
	return happen(kind, on, append([]change{with(mobile), func(f *lawful.Recorded) { f.Register = "rpo" }}, changes...)...)
}

func TestOppositionRegister(t *testing.T) {
	call := ask("newsletter", "phone", mobile)
	yes := give("newsletter", "phone", "2026-03-01", with(mobile))
	check := listed(lawful.KindRegisterChecked, "2026-11-20")
	listing := func(on string, changes ...change) lawful.Recorded {
		return listed(lawful.KindRegisterListed, on, changes...)
	}
	open := happen(lawful.KindRelationOpened, "2026-01-01", func(f *lawful.Recorded) { f.EasyRevocation = true })
	closed := func(on string) lawful.Recorded { return happen(lawful.KindRelationClosed, on) }
	second := lawful.Identifier{Kind: lawful.IDPhone, Value: "+393339998888"}
	judgeAll(t, []ruling{
		{"checked", call, facts(yes, check), lawful.ReasonConsentGiven, nil},
		{"never checked", call, facts(yes), lawful.ReasonOppositionRegisterStale, nil},
		{"another register", call, facts(yes, listed(lawful.KindRegisterChecked, "2026-11-20", func(f *lawful.Recorded) { f.Register = "bloctel" })), lawful.ReasonOppositionRegisterStale, nil},
		{"another number checked", call, facts(yes, listed(lawful.KindRegisterChecked, "2026-11-20", with(second))), lawful.ReasonOppositionRegisterStale, nil},
		{"every number checked", call, facts(yes, listed(lawful.KindRegisterChecked, "2026-11-20", with(anna))), lawful.ReasonConsentGiven, nil},
		{"fifteen days ago", call, facts(yes, listed(lawful.KindRegisterChecked, "2026-11-06")), lawful.ReasonConsentGiven, nil},
		{"sixteen days ago", call, facts(yes, listed(lawful.KindRegisterChecked, "2026-11-05")), lawful.ReasonOppositionRegisterStale, nil},
		{"listed after the consent", call, facts(yes, check, listing("2026-04-01")), lawful.ReasonOppositionRegister, nil},
		{"listed before the consent", call, facts(yes, check, listing("2026-02-01")), lawful.ReasonConsentGiven, nil},
		{"listed again after it", call, facts(yes, check, listing("2026-02-01"), listing("2026-05-01")), lawful.ReasonOppositionRegister, nil},
		{"another number listed", call, facts(yes, check, listing("2026-04-01", with(second))), lawful.ReasonConsentGiven, nil},
		{"listed, and not checked since", call, facts(yes, listing("2026-04-01")), lawful.ReasonOppositionRegisterStale, []lawful.Reason{lawful.ReasonOppositionRegister}},
		{"within a contract", call, facts(open, yes, check, listing("2026-04-01")), lawful.ReasonConsentGiven, nil},
		{"within a contract without easy revocation", call, facts(happen(lawful.KindRelationOpened, "2026-01-01"), yes, check, listing("2026-04-01")), lawful.ReasonOppositionRegister, nil},
		{"a consent from before the contract", call, facts(happen(lawful.KindRelationOpened, "2026-03-02", func(f *lawful.Recorded) { f.EasyRevocation = true }), yes, check, listing("2026-04-01")), lawful.ReasonOppositionRegister, nil},
		{"a contract that ended thirty days ago", call, facts(open, yes, check, listing("2026-04-01"), closed("2026-10-22")), lawful.ReasonConsentGiven, nil},
		{"a contract that ended before", call, facts(open, yes, check, listing("2026-04-01"), closed("2026-10-21")), lawful.ReasonOppositionRegister, nil},
		{"a consent from after the contract", call, facts(open, closed("2026-02-15"), yes, check, listing("2026-04-01")), lawful.ReasonOppositionRegister, nil},
		{"by e-mail", ask("newsletter", "email"), facts(give("newsletter", "email", "2026-03-01")), lawful.ReasonConsentGiven, nil},
		{"about an order", ask("orders", "phone", mobile), facts(open), lawful.ReasonContract, nil},
		{"before the register held mobiles", asked(call, at("2022-07-26")), facts(give("newsletter", "phone", "2022-03-01", with(mobile))), lawful.ReasonConsentGiven, nil},
	})
	if d := decide(call, yes, listed(lawful.KindRegisterChecked, "2026-11-20")); d.Until == nil || !d.Until.Equal(day("2026-12-06")) {
		t.Errorf("until %v, want the end of the check", d.Until)
	}
}

// TestARegisterThatConsentSpares: in Great Britain a listed number may be
// called with consent; on an interest alone it has to be asked for.
func TestARegisterThatConsentSpares(t *testing.T) {
	rules := in("GB")
	call := ask("newsletter", "phone", mobile)
	listing := listed(lawful.KindRegisterListed, "2026-04-01", func(f *lawful.Recorded) { f.Register = "tps" })
	wantReason(t, under(rules, call, give("newsletter", "phone", "2026-03-01", with(mobile)), listing), lawful.ReasonConsentGiven)
	rules.Purposes["calls"] = []lawful.Purpose{{ID: "calls", Marketing: true, Basis: lawful.BasisLegitimateInterests, Channels: everyChannel}}
	rules.Balancing = map[string][]lawful.Balancing{"calls": {{Happened: day("2026-01-01"), Recorded: day("2026-01-01"), Outcome: "passed"}}}
	call.Purpose = "calls"
	checked := listed(lawful.KindRegisterChecked, "2026-11-01", func(f *lawful.Recorded) { f.Register = "tps" })
	wantReason(t, under(rules, call, listing), lawful.ReasonOppositionRegisterStale, lawful.ReasonOppositionRegister)
	wantReason(t, under(rules, call, listing, checked), lawful.ReasonOppositionRegister)
	wantReason(t, under(rules, call, checked), lawful.ReasonLegitimateInterest)
}

func TestSignals(t *testing.T) {
	rules := in("US-CA", "US-CA")
	rules.Purposes["sharing"] = []lawful.Purpose{{
		ID: "sharing", Marketing: true, Basis: lawful.BasisConsent, Channels: everyChannel, Operations: []string{"use", "disclosure_by_transmission"},
	}}
	rules.Recipients["broker"] = lawful.Recipient{ID: "broker", Kind: "controller", Name: "Broker Inc", Signed: dayp("2025-01-01")}
	gpc := happen(lawful.KindSignal, "2026-05-01", with(laptop), func(f *lawful.Recorded) { f.Signal = "gpc" })
	everywhere := happen(lawful.KindSignal, "2026-05-01", with(anna, laptop), func(f *lawful.Recorded) { f.Signal = "gpc" })
	push := func(purpose string, changes ...func(*lawful.Question)) lawful.Question {
		return asked(ask(purpose, "push", laptop), changes...)
	}
	yes := func(purpose, on string) lawful.Recorded { return give(purpose, "push", on, with(laptop)) }
	for _, c := range []ruling{
		{"profiling", push("profiling"), facts(yes("profiling", "2026-03-01"), gpc), lawful.ReasonSignal, nil},
		{"sharing", push("sharing"), facts(yes("sharing", "2026-03-01"), gpc), lawful.ReasonSignal, nil},
		{"sharing, only its own use", push("sharing", func(q *lawful.Question) { q.Operation = "use" }), facts(yes("sharing", "2026-03-01"), gpc), lawful.ReasonConsentGiven, nil},
		{"handed to a broker", push("events", func(q *lawful.Question) { q.Recipient = "broker" }), facts(give("events", "push", "2026-03-01", with(laptop), func(f *lawful.Recorded) { f.Choice.Evidence.Named = []string{"Broker Inc"} }), gpc), lawful.ReasonSignal, nil},
		{"handed to a processor", push("events", func(q *lawful.Question) { q.Recipient = "mailer" }), facts(yes("events", "2026-03-01"), gpc), lawful.ReasonConsentGiven, nil},
		{"news", push("newsletter"), facts(yes("newsletter", "2026-03-01"), gpc), lawful.ReasonConsentGiven, nil},
		{"a later yes", push("profiling"), facts(yes("profiling", "2026-06-01"), gpc), lawful.ReasonConsentGiven, nil},
		{"another device", ask("profiling", "push", tablet), facts(give("profiling", "push", "2026-03-01", with(tablet)), gpc), lawful.ReasonConsentGiven, nil},
		{"a person known by it", ask("profiling", "email"), facts(give("profiling", "email", "2026-03-01"), everywhere), lawful.ReasonSignal, nil},
		{"never a consent", push("profiling"), facts(gpc), lawful.ReasonNoChoice, []lawful.Reason{lawful.ReasonSignal}},
	} {
		t.Run(c.name, func(t *testing.T) { wantReason(t, under(rules, c.q, c.facts...), c.want, c.also...) })
	}
}

func TestFrequency(t *testing.T) {
	rules := shopWith("newsletter", func(p *lawful.Purpose) {
		p.Frequency = &lawful.Frequency{Max: 2, Per: "month", Channels: []string{"email", "sms"}}
	})
	yes := give("newsletter", "email", "2026-03-01")
	sent := func(on, purpose, channel string) lawful.Recorded {
		return happen(lawful.KindContacted, on, by(lawful.ActorSystem), about(purpose, channel))
	}
	letter := ask("newsletter", "email")
	for _, c := range []ruling{
		{"twice", letter, facts(yes, sent("2026-11-01", "newsletter", "email"), sent("2026-11-10", "newsletter", "sms")), lawful.ReasonFrequencyExceeded, nil},
		{"once", letter, facts(yes, sent("2026-11-01", "newsletter", "email")), lawful.ReasonConsentGiven, nil},
		{"a month ago", letter, facts(yes, sent("2026-10-21", "newsletter", "email"), sent("2026-11-10", "newsletter", "email")), lawful.ReasonConsentGiven, nil},
		{"for another purpose", letter, facts(yes, sent("2026-11-01", "events", "email"), sent("2026-11-10", "newsletter", "email")), lawful.ReasonConsentGiven, nil},
		{"on a channel not counted", letter, facts(yes, sent("2026-11-01", "newsletter", "post"), sent("2026-11-10", "newsletter", "email")), lawful.ReasonConsentGiven, nil},
		{
			"asked on a channel not counted", ask("newsletter", "push", laptop),
			facts(give("newsletter", "push", "2026-03-01", with(laptop)), sent("2026-11-01", "newsletter", "email"), sent("2026-11-10", "newsletter", "email")), lawful.ReasonConsentGiven, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) { wantReason(t, under(rules, c.q, c.facts...), c.want, c.also...) })
	}
}

func TestRetention(t *testing.T) {
	keep := func(from string, n int, unit string) *lawful.Rules {
		return shopWith("newsletter", func(p *lawful.Purpose) {
			p.Retention = &lawful.Retention{From: from, For: lawful.Period{Number: n, Unit: unit}}
		})
	}
	yes := give("newsletter", "email", "2025-01-10")
	did := func(what, on string) lawful.Recorded { return happen(lawful.KindActivity, on, act(what)) }
	letter := ask("newsletter", "email")
	year := keep(lawful.FromLastActivity, 12, lawful.UnitMonths)
	for _, c := range []struct {
		name  string
		rules *lawful.Rules
		facts []lawful.Recorded
		want  lawful.Reason
	}{
		{"nothing since", year, facts(yes), lawful.ReasonRetentionEnded},
		{"a click", year, facts(yes, did("click", "2025-11-21")), lawful.ReasonConsentGiven},
		{"a click the day before", year, facts(yes, did("click", "2025-11-20")), lawful.ReasonRetentionEnded},
		{"an open is no act", year, facts(yes, did("open", "2026-11-01")), lawful.ReasonRetentionEnded},
		{"a delivery is none either", year, facts(yes, happen(lawful.KindContacted, "2026-11-01", about("newsletter", "email"))), lawful.ReasonRetentionEnded},
		{"a sale", year, facts(yes, sold("2026-03-01")), lawful.ReasonConsentGiven},
		{"an open relation", year, facts(yes, happen(lawful.KindRelationOpened, "2025-01-10")), lawful.ReasonConsentGiven},
		{"a relation that ended", year, facts(yes, happen(lawful.KindRelationOpened, "2025-01-10"), happen(lawful.KindRelationClosed, "2025-03-01")), lawful.ReasonRetentionEnded},
		{"a yes to something else", year, facts(yes, give("events", "email", "2026-03-01")), lawful.ReasonRetentionEnded},
		{"a yes elsewhere", year, facts(yes, give("newsletter", "sms", "2026-03-01", with(mobile))), lawful.ReasonRetentionEnded},
		{"asked again", year, facts(yes, give("newsletter", "email", "2026-03-01")), lawful.ReasonConsentGiven},
		{"longer than the ceiling", keep(lawful.FromLastActivity, 84, lawful.UnitMonths), facts(give("newsletter", "email", "2024-11-20")), lawful.ReasonRetentionEnded},
		{"within the ceiling", keep(lawful.FromLastActivity, 84, lawful.UnitMonths), facts(give("newsletter", "email", "2024-11-21")), lawful.ReasonConsentGiven},
		{"from the end of a relation", keep(lawful.FromRelationClosed, 30, lawful.UnitDays), facts(yes, happen(lawful.KindRelationOpened, "2025-01-10"), happen(lawful.KindRelationClosed, "2026-10-21")), lawful.ReasonRetentionEnded},
		{"from collection", keep(lawful.FromCollection, 12, lawful.UnitMonths), facts(yes, did("click", "2026-11-01")), lawful.ReasonRetentionEnded},
		{"from collection, asked again", keep(lawful.FromCollection, 12, lawful.UnitMonths), facts(yes, give("newsletter", "email", "2026-03-01")), lawful.ReasonConsentGiven},
	} {
		t.Run(c.name, func(t *testing.T) { wantReason(t, under(c.rules, letter, c.facts...), c.want) })
	}
	if d := under(year, letter, yes, did("click", "2026-03-01")); d.Until == nil || !d.Until.Equal(day("2027-03-02")) {
		t.Errorf("until %v, want the end of retention", d.Until)
	}
}

func TestOverridesAreToldWhereTheyAreUsed(t *testing.T) {
	rules := shopWith("newsletter", func(p *lawful.Purpose) {
		p.Retention = &lawful.Retention{From: lawful.FromLastActivity, For: lawful.Period{Number: 36, Unit: lawful.UnitMonths}}
	})
	changed, err := law.Use(rules.Organisation.Zone(), nil, []law.Override{{Rule: "it.retention.marketing", Value: "36 months", Reason: "we sell boilers", DecidedBy: "the board"}})
	if err != nil {
		t.Fatal(err)
	}
	q := ask("newsletter", "email")
	q.Language = "en"
	old := give("newsletter", "email", "2024-03-01")
	wantReason(t, under(rules, q, old), lawful.ReasonRetentionEnded)
	rules.Law = changed
	d := under(rules, q, old)
	wantReason(t, d, lawful.ReasonConsentGiven)
	for _, want := range []string{"it.retention.marketing", "24 months", "36 months", "we sell boilers", "the board"} {
		if !contains(d.Explanation, want) {
			t.Errorf("%q does not tell %q", d.Explanation, want)
		}
	}
	if d := under(rules, ask("events", "email"), give("events", "email", "2026-03-01")); contains(d.Explanation, "boilers") {
		t.Errorf("%q tells of a rule that was not used", d.Explanation)
	}
}

func TestForWhomItWasGiven(t *testing.T) {
	letter := ask("newsletter", "email")
	hop := lawful.Passage{From: "Broker", To: "Bottega Esempio Srl", At: day("2026-03-02")}
	bought := func(changes ...change) lawful.Recorded {
		return give("newsletter", "email", "2026-03-01", append([]change{through("bought"), func(f *lawful.Recorded) {
			f.Choice.Evidence.Named = []string{"bottega esempio  srl"}
		}}, changes...)...)
	}
	passages := func(n int) change {
		return func(f *lawful.Recorded) { f.Choice.Evidence.Passages = slices.Repeat([]lawful.Passage{hop}, n) }
	}
	rented := shopRules()
	source := rented.Sources["bought"][0]
	source.Licensed = dayp("2026-11-21")
	rented.Sources["bought"] = []lawful.Source{source}
	wantReason(t, decide(letter, bought()), lawful.ReasonConsentGiven)
	wantReason(t, decide(letter, bought(passages(1))), lawful.ReasonConsentGiven)
	wantReason(t, decide(letter, bought(passages(2))), lawful.ReasonConsentNotForUs)
	wantReason(t, under(rented, letter, bought()), lawful.ReasonLicenceEnded)
	wantReason(t, under(rented, asked(letter, at("2026-11-20T23:59")), bought()), lawful.ReasonConsentGiven)

	rules := shopRules()
	rules.Recipients["partner"] = lawful.Recipient{ID: "partner", Kind: "controller", Name: "Partner Srl", Signed: dayp("2025-01-01")}
	share := asked(ask("events", "email"), func(q *lawful.Question) { q.Recipient = "partner" })
	naming := func(names ...string) change { return func(f *lawful.Recorded) { f.Choice.Evidence.Named = names } }
	wantReason(t, under(rules, share, give("events", "email", "2026-03-01", naming("Bottega Esempio Srl", "Partner Srl"))), lawful.ReasonConsentGiven)
	wantReason(t, under(rules, share, give("events", "email", "2026-03-01", naming("Bottega Esempio Srl"))), lawful.ReasonConsentNotForUs)
	wantReason(t, under(rules, ask("events", "email"), give("events", "email", "2026-03-01", naming("Bottega Esempio Srl"))), lawful.ReasonConsentGiven)
	wantReason(t, under(rules, share, give("events", "email", "2026-03-01")), lawful.ReasonConsentNotForUs)
	told := rules.Purposes["events"][0]
	told.Recipients = []string{"partner"}
	rules.Purposes["events"] = []lawful.Purpose{told}
	wantReason(t, under(rules, share, give("events", "email", "2026-03-01")), lawful.ReasonConsentGiven)
}

// TestTheOldScopeLivesOn: after a change that needs consent again, what was
// consented to may still be done; what is new may not.
func TestTheOldScopeLivesOn(t *testing.T) {
	rules := shopRules()
	now := rules.Purposes["reworded"][0]
	now.Data, now.Operations = []lawful.Data{{Name: "email"}}, []string{"use"}
	wider := now
	wider.From, wider.Data = dayp("2026-05-01"), []lawful.Data{{Name: "email"}, {Name: "purchases"}}
	rules.Purposes["reworded"] = []lawful.Purpose{now, wider}
	yes := give("reworded", "email", "2026-03-01", on("signup", 1))
	q := ask("reworded", "email")
	wantReason(t, under(rules, q, yes), lawful.ReasonNoticeSuperseded)
	q.Data = used("email")
	wantReason(t, under(rules, q, yes), lawful.ReasonConsentGiven)
	q.Data = used("email", "purchases")
	wantReason(t, under(rules, q, yes), lawful.ReasonNoticeSuperseded)
	rules.Purposes["reworded"][1].Profiling = true
	q.Data = used("email")
	wantReason(t, under(rules, q, yes), lawful.ReasonNoticeSuperseded)
}

// TestBothPlacesAsk: where a person lives elsewhere, the law of both places has to permit.
func TestBothPlacesAsk(t *testing.T) {
	lives := func(country string) lawful.Recorded {
		return happen(lawful.KindResidence, "2026-01-01", func(f *lawful.Recorded) { f.Country = country })
	}
	sms := ask("soft", "sms", mobile)
	sale := sold("2026-03-01", with(mobile))
	wantReason(t, under(in("FR"), sms, lives("FR"), sale), lawful.ReasonSoftOptIn)
	d := under(in("FR"), sms, lives("IT"), sale)
	wantReason(t, d, lawful.ReasonBasisNotAllowed)
	if s, _ := d.Step(); s.Rule != lawful.RuleBasisResidence || s.Law != "it.bases.sms" {
		t.Errorf("the step does not name the place: %+v", s)
	}
	wantReason(t, under(in("FR"), sms, lives("ZW"), sale), lawful.ReasonSoftOptIn)
}

// TestAStateWithoutItsPackHasItsCountry: who lives in California has federal
// law where only that is switched on.
func TestAStateWithoutItsPackHasItsCountry(t *testing.T) {
	lives := happen(lawful.KindResidence, "2026-01-01", func(f *lawful.Recorded) { f.Country = "US-CA" })
	soft := asked(ask("soft", "email"))
	for _, on := range []string{"US", "US-CA"} {
		d := under(in("IT", on), soft, lives, sold("2026-03-01"))
		var asked []string
		for _, s := range d.Trace {
			if s.Rule == lawful.RuleBasisResidence {
				asked = append(asked, s.Law)
			}
		}
		if len(asked) != 1 || !strings.HasPrefix(asked[0], "us") {
			t.Errorf("with %s switched on, the place where the person lives was asked %q", on, asked)
		}
	}
}

func TestAPlaceWithoutLawHasTheFloor(t *testing.T) {
	wantReason(t, under(in("ZW"), ask("newsletter", "email"), give("newsletter", "email", "2026-03-01")), lawful.ReasonConsentGiven)
	d := under(in("ZW"), ask("soft", "email"), sold("2026-03-01"))
	wantReason(t, d, lawful.ReasonBasisNotAllowed)
	if s, _ := d.Step(); s.Law != "base.bases.email" {
		t.Errorf("the step does not name the floor: %+v", s)
	}
}
