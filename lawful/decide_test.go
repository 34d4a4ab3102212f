// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"testing"

	"github.com/lecito/lecito/lawful"
)

type ruling struct {
	name  string
	q     lawful.Question
	facts []lawful.Recorded
	want  lawful.Reason
	also  []lawful.Reason
}

func judgeAll(t *testing.T, rulings []ruling) {
	t.Helper()
	for _, r := range rulings {
		t.Run(r.name, func(t *testing.T) {
			wantReason(t, decide(r.q, r.facts...), r.want, r.also...)
		})
	}
}

func facts(f ...lawful.Recorded) []lawful.Recorded { return f }

func give(purpose, channel, on string, changes ...change) lawful.Recorded {
	return choose(lawful.Given, purpose, channel, on, changes...)
}

func used(names ...string) []lawful.Used {
	var data []lawful.Used
	for _, n := range names {
		data = append(data, lawful.Used{Name: n})
	}
	return data
}

func TestEveryReasonOfTheQuestion(t *testing.T) {
	yes := facts(give("newsletter", "email", "2026-03-01"))
	edit := func(change func(*lawful.Question)) lawful.Question {
		q := ask("newsletter", "email")
		change(&q)
		return q
	}
	judgeAll(t, []ruling{
		{"not declared", ask("unheard", "email"), yes, lawful.ReasonPurposeUnknown, nil},
		{"declared later", edit(func(q *lawful.Question) { q.Purpose, q.At = "future", day("2026-09-30") }), yes, lawful.ReasonPurposeUnknown, nil},
		{"retired", ask("retired", "email"), facts(give("retired", "email", "2026-03-01")), lawful.ReasonPurposeRetired, nil},
		{"channel", ask("narrow", "sms", mobile), facts(give("narrow", "sms", "2026-03-01", with(mobile))), lawful.ReasonChannelNotDeclared, nil},
		{"operation", edit(func(q *lawful.Question) { q.Operation = "dissemination" }), yes, lawful.ReasonOperationNotDeclared, nil},
		{"data", edit(func(q *lawful.Question) { q.Data = used("email", "diet") }), yes, lawful.ReasonDataNotDeclared, nil},
		{"content of an unknown kind", edit(func(q *lawful.Question) { q.Content = "political" }), yes, lawful.ReasonContentNotDeclared, nil},
		{
			"promotion under service", lawful.Question{
				Purpose: "orders", Channel: "email", Content: "promotional", Identifier: []lawful.Identifier{anna}, At: day("2026-11-21"), Explain: true,
			},
			facts(happen(lawful.KindRelationOpened, "2026-01-01")), lawful.ReasonContentNotDeclared, nil,
		},
		{"recipient unheard of", edit(func(q *lawful.Question) { q.Recipient = "nobody" }), yes, lawful.ReasonRecipientNotDeclared, nil},
		{"recipient of others", edit(func(q *lawful.Question) { q.Recipient = "stranger" }), yes, lawful.ReasonRecipientNotDeclared, nil},
		{"contract not signed", edit(func(q *lawful.Question) { q.Recipient = "unsigned" }), yes, lawful.ReasonContractMissing, nil},
		{"contract over", edit(func(q *lawful.Question) { q.Recipient = "ended" }), yes, lawful.ReasonContractMissing, nil},
		{"soft opt-in where the law does not admit it", ask("soft", "sms", mobile), nil, lawful.ReasonBasisNotAllowed, nil},
		{"an interest not balanced", ask("unbalanced", "email"), nil, lawful.ReasonBalancingMissing, nil},
		{"vital interests", ask("vital", "email"), nil, lawful.ReasonBasisNotAllowed, nil},
		{"public task", ask("public", "email"), nil, lawful.ReasonBasisNotAllowed, nil},
		{"marketing on a contract", ask("upsell", "email"), facts(happen(lawful.KindRelationOpened, "2026-01-01")), lawful.ReasonBasisNotAllowed, nil},
		{"a law not named", ask("lawless", "email"), nil, lawful.ReasonBasisNotAllowed, nil},
		{"all declared", edit(func(q *lawful.Question) {
			q.Operation, q.Data, q.Content, q.Recipient = "use", used("email"), "promotional", "mailer"
		}), yes, lawful.ReasonConsentGiven, nil},
		{"every recipient where none is named", edit(func(q *lawful.Question) { q.Purpose, q.Recipient = "events", "stranger" }), facts(give("events", "email", "2026-03-01")), lawful.ReasonConsentGiven, nil},
	})
}

func TestEveryReasonOfThePerson(t *testing.T) {
	yes := give("newsletter", "email", "2026-03-01")
	letter := ask("newsletter", "email")
	imported := []change{through("list"), by(lawful.ActorImport), method("import")}
	judgeAll(t, []ruling{
		{"consent", letter, facts(yes), lawful.ReasonConsentGiven, nil},
		{"nothing chosen", letter, nil, lawful.ReasonNoChoice, nil},
		{"no contact for the channel", ask("newsletter", "sms"), facts(yes), lawful.ReasonNoChoice, nil},
		{"refused", letter, facts(choose(lawful.Refused, "newsletter", "email", "2026-03-01")), lawful.ReasonRefused, nil},
		{"withdrawn", letter, facts(yes, choose(lawful.Withdrawn, "newsletter", "email", "2026-04-01")), lawful.ReasonWithdrawn, nil},
		{"objected", letter, facts(yes, choose(lawful.Objected, "", "", "2026-04-01")), lawful.ReasonObjected, nil},
		{"blocked", letter, facts(yes, happen(lawful.KindBlocked, "2026-04-01")), lawful.ReasonSuppressed, nil},
		{"restricted", letter, facts(yes, happen(lawful.KindRestriction, "2026-04-01")), lawful.ReasonRestricted, nil},
		{"deceased", letter, facts(yes, happen(lawful.KindDeceased, "2026-04-01")), lawful.ReasonDeceased, nil},
		{"not confirmed", ask("double", "email"), facts(give("double", "email", "2026-03-01")), lawful.ReasonConfirmationPending, nil},
		{"ticked", letter, facts(give("newsletter", "email", "2026-03-01", through("ticked"))), lawful.ReasonConsentInvalid, nil},
		{"for another", letter, facts(give("newsletter", "email", "2026-03-01", through("bought"))), lawful.ReasonConsentNotForUs, nil},
		{"weak", letter, facts(give("newsletter", "email", "2026-03-01", imported...)), lawful.ReasonEvidenceInsufficient, nil},
		{"no notice", letter, facts(give("newsletter", "email", "2026-03-01", through("bare"))), lawful.ReasonNoticeMissing, nil},
		{"notice not on record", letter, facts(give("newsletter", "email", "2026-03-01", on("signup", 9))), lawful.ReasonNoticeMissing, nil},
		{"notice changed", ask("reworded", "email"), facts(give("reworded", "email", "2026-03-01", on("signup", 1))), lawful.ReasonNoticeSuperseded, nil},
		{"notice changed before", ask("reworded", "email"), facts(give("reworded", "email", "2026-05-02")), lawful.ReasonConsentGiven, nil},
		{"notice changed, only to inform", letter, facts(give("newsletter", "email", "2026-03-01", on("signup", 1))), lawful.ReasonConsentGiven, nil},
		{"lapsed", ask("yearly", "email"), facts(give("yearly", "email", "2025-11-20")), lawful.ReasonExpired, nil},
		{"bounced", letter, facts(yes, happen(lawful.KindUndeliverable, "2026-04-01")), lawful.ReasonUndeliverable, nil},
		{
			"weak and accepted", letter, facts(give("newsletter", "email", "2026-03-01", through("accepted"), by(lawful.ActorImport))),
			lawful.ReasonConsentDeclared, nil,
		},
		{"weak and enough", ask("lax", "email"), facts(give("lax", "email", "2026-03-01", imported...)), lawful.ReasonConsentDeclared, nil},
		{"weak and never for the phone", ask("lax", "phone", mobile), facts(give("lax", "phone", "2026-03-01", append(imported, with(mobile))...)), lawful.ReasonEvidenceInsufficient, []lawful.Reason{lawful.ReasonOppositionRegisterStale}},
		{"customer", ask("orders", "email"), facts(happen(lawful.KindRelationOpened, "2026-01-01")), lawful.ReasonContract, nil},
		{
			"no longer a customer", ask("orders", "email"),
			facts(happen(lawful.KindRelationOpened, "2026-01-01"), happen(lawful.KindRelationClosed, "2026-02-01")), lawful.ReasonBasisNotAllowed, nil,
		},
		{"law", ask("invoices", "email"), nil, lawful.ReasonLegalObligation, nil},
		{"law against a no", ask("invoices", "email"), facts(choose(lawful.Objected, "invoices", "", "2026-01-01")), lawful.ReasonLegalObligation, nil},
		{"contract against a no", ask("orders", "email"), facts(choose(lawful.Objected, "", "", "2026-01-01"), happen(lawful.KindRelationOpened, "2026-01-01")), lawful.ReasonContract, nil},
		{"public task against a no", ask("public", "email"), facts(choose(lawful.Objected, "public", "", "2026-01-01")), lawful.ReasonBasisNotAllowed, []lawful.Reason{lawful.ReasonObjected}},
	})
}

func TestErasedAndUnknownComeFirst(t *testing.T) {
	rules := shopRules()
	wantReason(t, lawful.Decide(rules, lawful.Person{Erased: true}, ask("newsletter", "email")), lawful.ReasonErased)
	wantReason(t, lawful.Decide(rules, lawful.Person{}, ask("newsletter", "email")), lawful.ReasonUnknownSubject)
	wantReason(t, lawful.Decide(rules, lawful.Person{}, ask("vital", "email")), lawful.ReasonBasisNotAllowed, lawful.ReasonUnknownSubject)
}

// TestOrderOfPrecedence holds one thing for each reason of the person, in the documented
// order. Neighbours are put together: the first must win and the second be in Also.
func TestOrderOfPrecedence(t *testing.T) {
	type link struct {
		reason lawful.Reason
		fact   lawful.Recorded
	}
	onEmail := "2026-06-01"
	chain := []link{
		{lawful.ReasonSuppressed, happen(lawful.KindBlocked, onEmail)},
		{lawful.ReasonObjected, choose(lawful.Objected, "", "", onEmail)},
		{lawful.ReasonWithdrawn, choose(lawful.Withdrawn, "newsletter", "email", onEmail)},
		{lawful.ReasonRefused, choose(lawful.Refused, "newsletter", "email", onEmail)},
		{lawful.ReasonRestricted, happen(lawful.KindRestriction, onEmail)},
		{lawful.ReasonDeceased, happen(lawful.KindDeceased, onEmail)},
		{lawful.ReasonConsentInvalid, give("newsletter", "email", "2026-07-01", through("ticked"))},
		{lawful.ReasonUndeliverable, happen(lawful.KindUndeliverable, onEmail)},
	}
	for i := 1; i < len(chain); i++ {
		first, second := chain[i-1], chain[i]
		t.Run(string(first.reason)+" before "+string(second.reason), func(t *testing.T) {
			given := give("newsletter", "email", "2026-01-01")
			got := decide(ask("newsletter", "email"), second.fact, first.fact, given)
			if second.reason == lawful.ReasonConsentInvalid || first.reason == lawful.ReasonConsentInvalid {
				got = decide(ask("newsletter", "email"), second.fact, first.fact)
			}
			wantReason(t, got, first.reason, second.reason)
		})
	}
}

func TestOrderWithinTheBasis(t *testing.T) {
	rules := shopRules()
	worst := rules.Purposes["double"][0]
	worst.Minimum, worst.ExpiresMonth = "confirmed", 1
	rules.Purposes["double"] = []lawful.Purpose{worst}
	rules.Notices["signup"][1].Changes = append(rules.Notices["signup"][1].Changes, lawful.Change{Purpose: "double", Effect: "reconsent"})
	bad := give("double", "email", "2026-03-01", through("bought"))
	got := lawful.Decide(rules, lawful.Person{Known: true, History: history(bad)}, ask("double", "email"))
	wantReason(t, got, lawful.ReasonConfirmationPending, lawful.ReasonConsentNotForUs,
		lawful.ReasonEvidenceInsufficient, lawful.ReasonNoticeSuperseded, lawful.ReasonExpired)
	bad.Choice.Evidence.Default = "ticked"
	got = lawful.Decide(rules, lawful.Person{Known: true, History: history(bad)}, ask("double", "email"))
	wantReason(t, got, lawful.ReasonConfirmationPending, lawful.ReasonConsentInvalid, lawful.ReasonConsentNotForUs,
		lawful.ReasonNoticeSuperseded, lawful.ReasonExpired)
}

func TestOrderWithinTheQuestion(t *testing.T) {
	q := lawful.Question{
		Purpose: "retired", Channel: "pigeon", Operation: "use", Data: used("email"), Content: "political", Explain: true,
		Recipient: "unsigned", Identifier: []lawful.Identifier{anna}, At: day("2026-11-21"),
	}
	rules := shopRules()
	retired := rules.Purposes["retired"][0]
	retired.Basis, retired.Recipients = lawful.BasisSoftOptIn, []string{"mailer"}
	rules.Purposes["retired"] = []lawful.Purpose{retired}
	d, stop := lawful.Undeclared(rules, q)
	if !stop {
		t.Fatal("an undeclared question goes on")
	}
	wantReason(t, d, lawful.ReasonPurposeRetired, lawful.ReasonChannelNotDeclared, lawful.ReasonOperationNotDeclared,
		lawful.ReasonDataNotDeclared, lawful.ReasonContentNotDeclared, lawful.ReasonRecipientNotDeclared,
		lawful.ReasonContractMissing, lawful.ReasonBasisNotAllowed)
	if _, stop := lawful.Undeclared(rules, ask("newsletter", "email")); stop {
		t.Error("a declared question is stopped at its head")
	}
}
