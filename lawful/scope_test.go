// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/lawful"
)

func TestReaches(t *testing.T) {
	want := map[string]string{
		"email": "email", "sms": "phone", "phone": "phone", "automated_call": "phone", "messaging": "phone",
		"post": "address", "push": "device", "web": "device", "social": "email phone id",
		"in_person": "email phone id address device", "fax": "",
	}
	for channel, kinds := range want {
		for _, kind := range []string{"email", "phone", "id", "address", "device"} {
			if got, want := lawful.Reaches(channel, kind), slices.Contains(strings.Fields(kinds), kind); got != want {
				t.Errorf("%s by %s: got %t", channel, kind, got)
			}
		}
	}
}

func TestQuestionByNumberNamesTheWeakestOfItsContacts(t *testing.T) {
	byNumber := ask("newsletter", "email", number)
	tie := happen(lawful.KindIdentified, "2026-01-01", through("crm"), with(number, anna, bruno))
	good := give("newsletter", "email", "2026-03-01")
	weak := give("newsletter", "email", "2026-02-01", with(bruno), through("accepted"), by(lawful.ActorImport))
	d := decide(byNumber, tie, good, weak)
	if d.Reason != lawful.ReasonConsentDeclared || d.Until == nil || !d.Since.Equal(day("2026-02-01")) {
		t.Errorf("got %s since %v until %v, want the weak one named", d.Reason, d.Since, d.Until)
	}
	yearly := ask("yearly", "email", number)
	d = decide(yearly, tie, give("yearly", "email", "2026-03-01"), give("yearly", "email", "2026-02-01", with(bruno)))
	if d.Until == nil || !d.Until.Equal(day("2027-02-02")) {
		t.Errorf("until %v, want the first of the two ends", d.Until)
	}
	d = decide(byNumber, tie, good, give("newsletter", "email", "2026-04-01", with(bruno)))
	if d.Reason != lawful.ReasonConsentGiven || !d.Since.Equal(day("2026-04-01")) {
		t.Errorf("got %s since %v, want the younger of two", d.Reason, d.Since)
	}
	wantReason(t, decide(byNumber, tie, good, happen(lawful.KindUndeliverable, "2026-04-01", with(bruno))),
		lawful.ReasonNoChoice, lawful.ReasonUndeliverable)
}

func TestALinkLendsNothing(t *testing.T) {
	letter := ask("newsletter", "email")
	judgeAll(t, []ruling{
		{
			"the other chain's source ties the number", letter,
			facts(happen(lawful.KindIdentified, "2026-01-01", through("crm"), with(number, anna), chain("s2")),
				give("newsletter", "email", "2026-03-01", through("crm"), with(number))), lawful.ReasonNoChoice, nil,
		},
		{
			"the other chain's yes lifts the no but does not hold", letter,
			facts(choose(lawful.Withdrawn, "", "", "2026-02-01"), give("newsletter", "email", "2026-03-01", through("bare"), chain("s2")),
				give("newsletter", "email", "2026-04-01", through("list"), by(lawful.ActorImport), dated)), lawful.ReasonNoticeMissing, nil,
		},
		{
			"opened and closed at the same instant", ask("orders", "email"),
			facts(happen(lawful.KindRelationOpened, "2026-01-01"), happen(lawful.KindRelationClosed, "2026-01-01", chain("s2"))),
			lawful.ReasonBasisNotAllowed, nil,
		},
		{
			"a yes at the instant of a no adds nothing", ask("double", "sms", mobile),
			facts(choose(lawful.Refused, "double", "sms", "2026-03-01", with(mobile)),
				give("double", "sms", "2026-03-01", with(mobile), through("bare"))), lawful.ReasonRefused, nil,
		},
	})
}

func TestANumberWithoutASourceIsItsFactsOwn(t *testing.T) {
	bare := lawful.Identifier{Kind: lawful.IDSource, Value: "42"}
	f := give("newsletter", "social", "2026-03-01", with(bare), through("crm"))
	wantReason(t, decide(ask("newsletter", "social", number), f), lawful.ReasonConsentGiven)
	wantReason(t, decide(ask("newsletter", "social", bare), f), lawful.ReasonNoChoice)
}

func TestDatesThatBind(t *testing.T) {
	rules := shopRules()
	later := rules.Sources["form"][0]
	later.From = dayp("2026-06-01")
	rules.Sources["form"] = []lawful.Source{later}
	rules.Notices["signup"][1].From = dayp("2026-09-01")
	rules.Organisation.TimeZone = "Nowhere/At_All"
	person := lawful.Person{Known: true, History: history(give("reworded", "email", "2026-03-01"))}
	q := ask("reworded", "email")
	q.At = day("2026-08-31")
	wantReason(t, lawful.Decide(rules, person, q), lawful.ReasonConsentGiven) // published in May, out in September
	q.At = day("2026-09-01")
	wantReason(t, lawful.Decide(rules, person, q), lawful.ReasonNoticeSuperseded)
}

func TestAFactWithoutItsChoiceSaysNothing(t *testing.T) {
	broken := happen(lawful.KindChoice, "2026-03-01")
	wantReason(t, decide(ask("newsletter", "email"), broken), lawful.ReasonNoChoice)
	if grade, _ := lawful.Grade(shopRules(), broken.Fact); grade != lawful.GradeDeclared {
		t.Errorf("got grade %s", grade)
	}
	wantReason(t, lawful.Decide(&lawful.Rules{}, lawful.Person{}, lawful.Question{}), lawful.ReasonPurposeUnknown)
}
