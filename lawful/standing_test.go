// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"testing"

	"github.com/lecito/lecito/lawful"
)

func TestYesBelongsToItsIdentifier(t *testing.T) {
	letter, push := ask("newsletter", "email"), ask("newsletter", "push", laptop)
	tie := happen(lawful.KindIdentified, "2026-01-01", through("crm"), with(number, anna))
	byNumber := give("newsletter", "email", "2026-03-01", through("crm"), with(number))
	judgeAll(t, []ruling{
		{"another address", ask("newsletter", "email", bruno), facts(give("newsletter", "email", "2026-03-01")), lawful.ReasonNoChoice, nil},
		{"another channel", ask("newsletter", "sms", mobile), facts(give("newsletter", "email", "2026-03-01", with(anna, mobile))), lawful.ReasonNoChoice, nil},
		{"a device for mail", letter, facts(give("newsletter", "email", "2026-03-01", with(laptop))), lawful.ReasonNoChoice, nil},
		{"its device", push, facts(give("newsletter", "push", "2026-03-01", with(laptop, anna))), lawful.ReasonConsentGiven, nil},
		{"another device", ask("newsletter", "push", tablet), facts(give("newsletter", "push", "2026-03-01", with(laptop))), lawful.ReasonNoChoice, nil},
		{"by number, tied to the address", letter, facts(tie, byNumber), lawful.ReasonConsentGiven, nil},
		{"by number, tied to nothing", letter, facts(byNumber), lawful.ReasonNoChoice, nil},
		{"by number, tied by another source", letter, facts(happen(lawful.KindIdentified, "2026-01-01", through("list"), with(number, anna)), byNumber), lawful.ReasonNoChoice, nil},
		{"by number, tied only by a no", letter, facts(choose(lawful.Refused, "events", "sms", "2026-01-01", through("crm"), with(number, anna)), byNumber), lawful.ReasonNoChoice, nil},
		{"number and address name the address", letter, facts(tie, give("newsletter", "email", "2026-03-01", with(number, bruno))), lawful.ReasonNoChoice, nil},
		{"in person, any", ask("newsletter", "in_person", laptop), facts(give("newsletter", "in_person", "2026-03-01", with(laptop))), lawful.ReasonConsentGiven, nil},
		{"question by number, no tie", ask("newsletter", "email", number), facts(byNumber), lawful.ReasonConsentGiven, nil},
		{"question by number, tied", ask("newsletter", "email", number), facts(tie, give("newsletter", "email", "2026-03-01")), lawful.ReasonConsentGiven, nil},
		{
			"question by number, one of two", ask("newsletter", "email", number),
			facts(tie, happen(lawful.KindIdentified, "2026-01-02", through("crm"), with(number, bruno)), give("newsletter", "email", "2026-03-01")), lawful.ReasonNoChoice, nil,
		},
		{
			"question by number, address of a linked subject", ask("newsletter", "email", number),
			facts(tie, give("newsletter", "email", "2026-03-01", chain("s2"))), lawful.ReasonNoChoice, nil,
		},
		{"no purpose", letter, facts(give("", "email", "2026-03-01")), lawful.ReasonNoChoice, nil},
		{"no channel", letter, facts(give("newsletter", "", "2026-03-01")), lawful.ReasonNoChoice, nil},
	})
}

func TestNoBelongsToThePerson(t *testing.T) {
	letter := ask("newsletter", "email")
	yes := give("newsletter", "email", "2026-03-01")
	no := func(choice, purpose, channel string, changes ...change) []lawful.Recorded {
		return facts(yes, choose(choice, purpose, channel, "2026-04-01", changes...))
	}
	judgeAll(t, []ruling{
		{"by another address", letter, no(lawful.Withdrawn, "newsletter", "email", with(bruno)), lawful.ReasonWithdrawn, nil},
		{"in a linked chain", letter, no(lawful.Withdrawn, "newsletter", "email", chain("s2")), lawful.ReasonWithdrawn, nil},
		{"by nothing", letter, no(lawful.Withdrawn, "newsletter", "email", with()), lawful.ReasonWithdrawn, nil},
		{"every channel", letter, no(lawful.Withdrawn, "newsletter", ""), lawful.ReasonWithdrawn, nil},
		{"every purpose", letter, no(lawful.Withdrawn, "", "email"), lawful.ReasonWithdrawn, nil},
		{"another channel", letter, no(lawful.Withdrawn, "newsletter", "sms"), lawful.ReasonConsentGiven, nil},
		{"another purpose", letter, no(lawful.Withdrawn, "events", "email"), lawful.ReasonConsentGiven, nil},
		{"objection to another marketing purpose", letter, no(lawful.Objected, "profiling", "email"), lawful.ReasonObjected, nil},
		{"objection to a purpose not declared", letter, no(lawful.Objected, "unheard", "email"), lawful.ReasonObjected, nil},
		{"objection to another channel", letter, no(lawful.Objected, "events", "sms"), lawful.ReasonConsentGiven, nil},
		{"objection to a purpose that is not marketing", letter, no(lawful.Objected, "survey", ""), lawful.ReasonConsentGiven, nil},
		{"a device", letter, no(lawful.Withdrawn, "newsletter", "", with(laptop)), lawful.ReasonConsentGiven, nil},
		{"a device and an address", letter, no(lawful.Withdrawn, "newsletter", "", with(laptop, bruno)), lawful.ReasonWithdrawn, nil},
		{
			"its device", ask("newsletter", "push", laptop),
			facts(give("newsletter", "push", "2026-03-01", with(laptop)), choose(lawful.Withdrawn, "", "", "2026-04-01", with(laptop))), lawful.ReasonWithdrawn, nil,
		},
		{
			"another device", ask("newsletter", "push", tablet),
			facts(give("newsletter", "push", "2026-03-01", with(tablet)), choose(lawful.Withdrawn, "", "", "2026-04-01", with(laptop))), lawful.ReasonConsentGiven, nil,
		},
		{
			"marketing, when the purpose is not", ask("survey", "email"),
			facts(give("survey", "email", "2026-03-01"), choose(lawful.Objected, "", "", "2026-04-01")), lawful.ReasonConsentGiven, nil,
		},
		{
			"a purpose declared later", ask("future", "email"),
			facts(give("future", "email", "2026-03-01"), choose(lawful.Objected, "", "", "2026-04-01")), lawful.ReasonObjected, nil,
		},
		{
			"a block, whatever the purpose", ask("survey", "email"),
			facts(give("survey", "email", "2026-03-01"), happen(lawful.KindBlocked, "2026-04-01")), lawful.ReasonSuppressed, nil,
		},
	})
}

func TestOnlyThePersonLiftsANo(t *testing.T) {
	letter := ask("newsletter", "email")
	after := func(changes ...change) []lawful.Recorded {
		return facts(choose(lawful.Objected, "", "", "2026-04-01"), give("newsletter", "email", "2026-05-10", changes...))
	}
	transcribed := []change{by(lawful.ActorOperator), method("paper_form")}
	judgeAll(t, []ruling{
		{"the person", letter, after(), lawful.ReasonConsentGiven, nil},
		{"the person in the shop", letter, after(through("shop")), lawful.ReasonConsentGiven, nil},
		{"an import", letter, after(through("list"), by(lawful.ActorImport), dated), lawful.ReasonObjected, nil},
		{"an operator", letter, after(transcribed...), lawful.ReasonObjected, nil},
		{"an API of unknown reach", letter, after(through("crm")), lawful.ReasonObjected, nil},
		{"a system", letter, after(by(lawful.ActorSystem)), lawful.ReasonObjected, nil},
		{"a source not declared", letter, after(through("nowhere")), lawful.ReasonObjected, []lawful.Reason{lawful.ReasonNoticeMissing}},
		{"a ticked box", letter, after(through("ticked")), lawful.ReasonObjected, []lawful.Reason{lawful.ReasonConsentInvalid}},
		{"a contest", letter, after(through("contest")), lawful.ReasonObjected, []lawful.Reason{lawful.ReasonConsentInvalid}},
		{"by voice", letter, after(method("verbal")), lawful.ReasonObjected, []lawful.Reason{lawful.ReasonEvidenceInsufficient}},
		{"without a date", letter, after(undated), lawful.ReasonObjected, []lawful.Reason{lawful.ReasonEvidenceInsufficient}},
		{"at the same instant", letter, after(func(f *lawful.Recorded) { f.Happened = day("2026-04-01") }), lawful.ReasonObjected, nil},
		{"with another address", letter, after(with(bruno)), lawful.ReasonObjected, nil},
		{"another purpose", letter, facts(choose(lawful.Objected, "", "", "2026-04-01"), give("events", "email", "2026-05-01")), lawful.ReasonObjected, nil},
		{"unproven", letter, after(unproven), lawful.ReasonObjected, []lawful.Reason{lawful.ReasonConfirmationPending}},
		{
			"unproven, then confirmed", letter, append(after(unproven), choose(lawful.Confirmed, "newsletter", "email", "2026-05-11")),
			lawful.ReasonConsentGiven, nil,
		},
		{
			"unproven, confirmed by a file", letter,
			append(after(unproven), choose(lawful.Confirmed, "newsletter", "email", "2026-05-11", by(lawful.ActorImport))),
			lawful.ReasonObjected, []lawful.Reason{lawful.ReasonConfirmationPending},
		},
		{"a block is lifted alike", letter, facts(happen(lawful.KindBlocked, "2026-04-01"), give("newsletter", "email", "2026-05-01")), lawful.ReasonConsentGiven, nil},
		{
			"a lapsed yes lifts", ask("yearly", "email"),
			facts(choose(lawful.Withdrawn, "yearly", "email", "2025-01-01"), give("yearly", "email", "2025-02-01")), lawful.ReasonExpired, nil,
		},
		{
			"an import after a lifting yes counts", ask("yearly", "email"),
			facts(choose(lawful.Withdrawn, "yearly", "email", "2025-01-01"), give("yearly", "email", "2025-02-01"),
				give("yearly", "email", "2026-02-01", through("list"), by(lawful.ActorImport), dated)), lawful.ReasonConsentGiven, nil,
		},
		{
			"a yes from before a no is over", ask("yearly", "email"),
			facts(give("yearly", "email", "2026-01-01"), choose(lawful.Withdrawn, "yearly", "email", "2026-02-01"),
				give("yearly", "email", "2026-05-01", through("bare"))), lawful.ReasonNoticeMissing, nil,
		},
	})
}

func TestConfirmation(t *testing.T) {
	double := ask("double", "email")
	yes := give("double", "email", "2026-03-01")
	confirmed := func(on string, changes ...change) lawful.Recorded {
		return choose(lawful.Confirmed, "double", "email", on, changes...)
	}
	judgeAll(t, []ruling{
		{"pending", double, facts(yes), lawful.ReasonConfirmationPending, nil},
		{"confirmed", double, facts(yes, confirmed("2026-03-02")), lawful.ReasonConsentGiven, nil},
		{"confirmed before", double, facts(yes, confirmed("2026-02-28")), lawful.ReasonConfirmationPending, nil},
		{"confirmed at the same instant", double, facts(yes, confirmed("2026-03-01")), lawful.ReasonConfirmationPending, nil},
		{"another address confirmed", double, facts(yes, confirmed("2026-03-02", with(bruno))), lawful.ReasonConfirmationPending, nil},
		{"confirmed by an operator", double, facts(yes, confirmed("2026-03-02", by(lawful.ActorOperator))), lawful.ReasonConfirmationPending, nil},
		{"another chain confirmed", double, facts(yes, confirmed("2026-03-02", chain("s2"))), lawful.ReasonConfirmationPending, nil},
		{"not asked on sms", ask("double", "sms", mobile), facts(give("double", "sms", "2026-03-01", with(mobile))), lawful.ReasonConsentGiven, nil},
		{"an older yes stands", double, facts(yes, confirmed("2026-03-02"), give("double", "email", "2026-04-01")), lawful.ReasonConsentGiven, nil},
		{
			"an older no stands", double, facts(choose(lawful.Refused, "double", "email", "2026-02-01"), yes),
			lawful.ReasonRefused, []lawful.Reason{lawful.ReasonConfirmationPending},
		},
		{
			"a no in between", double, facts(yes, choose(lawful.Withdrawn, "double", "email", "2026-03-02"), confirmed("2026-03-03")),
			lawful.ReasonWithdrawn, nil,
		},
		{"confirmed where it must be", ask("strict", "email"), facts(give("strict", "email", "2026-03-01"), choose(lawful.Confirmed, "strict", "email", "2026-03-02")), lawful.ReasonConsentGiven, nil},
		{"only recorded where it must be confirmed", ask("strict", "email"), facts(give("strict", "email", "2026-03-01")), lawful.ReasonEvidenceInsufficient, nil},
		{"from before double opt-in began", ask("strict", "email"), facts(give("strict", "email", "2025-12-31")), lawful.ReasonConsentGiven, nil},
		{
			"a flag confirmed is still a flag", ask("newsletter", "email"),
			facts(give("newsletter", "email", "2026-03-01", method("verbal")), choose(lawful.Confirmed, "newsletter", "email", "2026-03-02")),
			lawful.ReasonEvidenceInsufficient, nil,
		},
	})
}

func TestStopsThatEnd(t *testing.T) {
	yes := give("newsletter", "email", "2026-03-01")
	letter := ask("newsletter", "email")
	bounce := happen(lawful.KindUndeliverable, "2026-04-01", func(f *lawful.Recorded) { f.Channel = "email" })
	works := func(on string, changes ...change) lawful.Recorded {
		return happen(lawful.KindDeliverable, on, append(changes, func(f *lawful.Recorded) { f.Channel = "email" })...)
	}
	other := func(f *lawful.Recorded) { f.Channel = "sms" }
	judgeAll(t, []ruling{
		{"works again", letter, facts(yes, bounce, works("2026-05-01")), lawful.ReasonConsentGiven, nil},
		{"worked before", letter, facts(yes, works("2026-03-01"), bounce), lawful.ReasonUndeliverable, nil},
		{"at the same instant", letter, facts(yes, works("2026-04-01"), bounce), lawful.ReasonUndeliverable, nil},
		{"another address works", letter, facts(yes, bounce, works("2026-05-01", with(bruno))), lawful.ReasonUndeliverable, nil},
		{"another address bounces", letter, facts(yes, happen(lawful.KindUndeliverable, "2026-04-01", with(bruno))), lawful.ReasonConsentGiven, nil},
		{"another channel bounces", letter, facts(yes, happen(lawful.KindUndeliverable, "2026-04-01", other)), lawful.ReasonConsentGiven, nil},
		{"restriction lifted", letter, facts(yes, happen(lawful.KindRestriction, "2026-04-01"), happen(lawful.KindRestrictionLift, "2026-05-01")), lawful.ReasonConsentGiven, nil},
		{"restriction lifted at once", letter, facts(yes, happen(lawful.KindRestriction, "2026-04-01"), happen(lawful.KindRestrictionLift, "2026-04-01")), lawful.ReasonRestricted, nil},
		{"restriction lifted elsewhere", letter, facts(yes, happen(lawful.KindRestriction, "2026-04-01"), happen(lawful.KindRestrictionLift, "2026-05-01", chain("s2"))), lawful.ReasonRestricted, nil},
		{
			"customer again", ask("orders", "email"), facts(happen(lawful.KindRelationOpened, "2026-01-01"),
				happen(lawful.KindRelationClosed, "2026-02-01"), happen(lawful.KindRelationOpened, "2026-03-01")), lawful.ReasonContract, nil,
		},
	})
}

func TestTwoTimes(t *testing.T) {
	q := ask("newsletter", "email")
	late := choose(lawful.Withdrawn, "newsletter", "email", "2026-04-01", recorded("2026-06-01"))
	yes := give("newsletter", "email", "2026-03-01")
	q.At, q.KnownAt = day("2026-05-01"), day("2026-05-01")
	wantReason(t, decide(q, yes, late), lawful.ReasonConsentGiven)
	q.KnownAt = day("2026-06-01")
	wantReason(t, decide(q, yes, late), lawful.ReasonWithdrawn)
	q.At = day("2026-03-31")
	wantReason(t, decide(q, yes, late), lawful.ReasonConsentGiven)
	q.At = day("2026-02-28")
	wantReason(t, decide(q, yes, late), lawful.ReasonNoChoice)
}

func TestSinceFactsAndUntil(t *testing.T) {
	no := func(on string) lawful.Recorded { return choose(lawful.Withdrawn, "newsletter", "email", on) }
	d := decide(ask("newsletter", "email"), give("newsletter", "email", "2026-01-01"), no("2026-02-01"),
		give("newsletter", "email", "2026-03-01"), no("2026-04-01"), no("2026-05-01"))
	if d.Since == nil || !d.Since.Equal(day("2026-04-01")) || len(d.Facts) != 2 || d.Facts[0] != "s1-4" {
		t.Errorf("since %v by %v, want the first no that still stands, s1-4 of 2026-04-01", d.Since, d.Facts)
	}
	d = decide(ask("yearly", "email"), give("yearly", "email", "2025-12-01"), give("yearly", "email", "2026-02-28"))
	if d.Until == nil || !d.Until.Equal(day("2027-03-01")) || !d.Since.Equal(day("2026-02-28")) {
		t.Errorf("until %v since %v, want the midnight that ends 2027-02-28", d.Until, d.Since)
	}
	d = decide(ask("newsletter", "email"), give("newsletter", "email", "2026-03-01", through("accepted"), by(lawful.ActorImport)))
	if d.Until == nil || !d.Until.Equal(day("2026-12-01")) {
		t.Errorf("until %v, want the end of what was accepted", d.Until)
	}
	q := ask("newsletter", "email")
	q.At = day("2026-12-01")
	wantReason(t, decide(q, give("newsletter", "email", "2026-03-01", through("accepted"), by(lawful.ActorImport))), lawful.ReasonEvidenceInsufficient)
	q.At, q.Recipient = day("2026-11-01"), "mailer"
	if d = decide(q, give("newsletter", "email", "2026-03-01")); d.Until == nil || !d.Until.Equal(day("2027-01-01")) {
		t.Errorf("until %v, want the end of the recipient's contract", d.Until)
	}
}
