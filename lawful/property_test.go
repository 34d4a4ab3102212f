// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/lawful"
)

var (
	somePurposes = []string{"newsletter", "events", "double", "yearly", "lax", "survey", "kept", "rare", "profiling", "soft"}
	someChannels = []string{"email", "sms", "push", "phone"}
	noChoices    = []string{lawful.Refused, lawful.Withdrawn, lawful.Objected}
)

// days are few, so that facts often happen at the same instant.
func drawDay(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{
		"2025-03-30T02:30", "2025-10-01", "2025-10-02", "2025-12-31T23:59", "2026-02-28", "2026-03-01",
		"2026-03-02", "2026-05-01", "2026-10-01", "2026-10-02", "2026-11-21",
	}).Draw(t, label)
}

func drawIdentifiers(t *rapid.T) []lawful.Identifier {
	return rapid.SampledFrom([][]lawful.Identifier{
		{anna}, {bruno}, {mobile}, {laptop}, {tablet}, {number}, {anna, mobile}, {laptop, anna}, {number, anna}, {anna, mobile, laptop, number}, {},
	}).Draw(t, "identifiers")
}

func drawGiven(t *rapid.T) lawful.Recorded {
	f := give(rapid.SampledFrom(somePurposes).Draw(t, "purpose"), rapid.SampledFrom(someChannels).Draw(t, "channel"), drawDay(t, "happened"))
	f.Source = rapid.SampledFrom([]string{"form", "form", "form", "shop", "ticked", "bare", "list", "accepted", "bought", "crm"}).Draw(t, "source")
	f.Actor = rapid.SampledFrom([]string{"person", "person", "person", "import", "operator", "system"}).Draw(t, "actor")
	f.Choice.Evidence.Method = rapid.SampledFrom([]string{"checkbox", "checkbox", "verbal", "paper_form"}).Draw(t, "method")
	f.Choice.Evidence.Dated = rapid.Bool().Draw(t, "dated")
	f.Undated = rapid.IntRange(0, 5).Draw(t, "undated") == 0
	f.Choice.Unproven = rapid.IntRange(0, 5).Draw(t, "unproven") == 0
	f.Identifiers = drawIdentifiers(t)
	return f
}

func drawNo(t *rapid.T) lawful.Recorded {
	if rapid.IntRange(0, 5).Draw(t, "block") == 0 {
		f := happen(lawful.KindBlocked, drawDay(t, "happened"), with(drawIdentifiers(t)...))
		f.Channel = rapid.SampledFrom(append(someChannels, "")).Draw(t, "channel")
		return f
	}
	f := choose(rapid.SampledFrom(noChoices).Draw(t, "no"), rapid.SampledFrom(append(somePurposes, "")).Draw(t, "purpose"),
		rapid.SampledFrom(append(someChannels, "")).Draw(t, "channel"), drawDay(t, "happened"), with(drawIdentifiers(t)...))
	f.Source = rapid.SampledFrom([]string{"form", "crm", "list"}).Draw(t, "source")
	return f
}

func drawOther(t *rapid.T) lawful.Recorded {
	kind := rapid.SampledFrom([]string{
		lawful.KindRestriction, lawful.KindRestrictionLift, lawful.KindUndeliverable, lawful.KindDeliverable,
		lawful.KindIdentified, lawful.KindIdentified, lawful.KindDeceased, lawful.KindActivity,
	}).Draw(t, "kind")
	f := happen(kind, drawDay(t, "happened"), through("crm"), with(drawIdentifiers(t)...))
	f.Channel = rapid.SampledFrom(append(someChannels, "")).Draw(t, "channel")
	return f
}

// drawLegal draws what the law asks about.
func drawLegal(t *rapid.T) lawful.Recorded {
	kind := rapid.SampledFrom([]string{
		lawful.KindSale, lawful.KindSale, lawful.KindBirthDate, lawful.KindDeclaredAge, lawful.KindParentalConsent, lawful.KindResidence,
		lawful.KindRegisterChecked, lawful.KindRegisterChecked, lawful.KindRegisterListed, lawful.KindActivity, lawful.KindContacted,
		lawful.KindSignal, lawful.KindRelationOpened, lawful.KindRelationClosed,
	}).Draw(t, "legal kind")
	f := happen(kind, drawDay(t, "happened"), through("shop"), with(drawIdentifiers(t)...))
	f.Register, f.Signal = "rpo", "gpc"
	f.Channel, f.Purpose = rapid.SampledFrom(someChannels).Draw(t, "channel"), rapid.SampledFrom([]string{"rare", "newsletter"}).Draw(t, "contacted for")
	f.AddressGiven, f.Informed, f.RefusalOffered = rapid.IntRange(0, 5).Draw(t, "given") > 0, rapid.IntRange(0, 5).Draw(t, "informed") > 0, rapid.IntRange(0, 5).Draw(t, "offered") > 0
	f.SimilarTo = rapid.SampledFrom([][]string{{"soft"}, {"soft"}, {"events"}, nil}).Draw(t, "similar")
	f.Date = rapid.SampledFrom([]string{"1980-01-01", "2012-03-01", "2010-03-01", "2012-02-29"}).Draw(t, "born")
	f.Age = rapid.SampledFrom([]int{13, 14, 15, 40}).Draw(t, "age")
	f.Country = rapid.SampledFrom([]string{"IT", "DE", "ZW"}).Draw(t, "country")
	f.Act = rapid.SampledFrom([]string{"click", "open"}).Draw(t, "act")
	return f
}

func drawHistory(t *rapid.T) []lawful.Recorded {
	var facts []lawful.Recorded
	for range rapid.IntRange(0, 10).Draw(t, "facts") {
		var f lawful.Recorded
		switch rapid.IntRange(0, 9).Draw(t, "sort") {
		case 0, 1, 2, 3:
			f = drawGiven(t)
		case 4:
			f = drawGiven(t)
			f.Choice.Choice, f.Choice.Evidence, f.Choice.Unproven = lawful.Confirmed, nil, false
		case 5, 6:
			f = drawNo(t)
		case 7, 8:
			f = drawLegal(t)
		default:
			f = drawOther(t)
		}
		f.Recorded = day(drawDay(t, "recorded"))
		f.Chain = rapid.SampledFrom([]string{"s1", "s1", "s2"}).Draw(t, "chain")
		facts = append(facts, f)
	}
	return history(facts...)
}

// drawQuestion asks about an identifier that the channel reaches.
func drawQuestion(t *rapid.T) lawful.Question {
	channel := rapid.SampledFrom(someChannels).Draw(t, "asked channel")
	id := map[string][]lawful.Identifier{"email": {anna, bruno}, "sms": {mobile}, "phone": {mobile}, "push": {laptop, tablet}}[channel]
	q := ask(rapid.SampledFrom(somePurposes).Draw(t, "asked purpose"), channel, rapid.SampledFrom(id).Draw(t, "asked"))
	q.At = day(drawDay(t, "at"))
	if rapid.Bool().Draw(t, "known") {
		q.KnownAt = day(drawDay(t, "known at"))
	}
	return q
}

func settle(q lawful.Question, facts []lawful.Recorded) lawful.Decision {
	return lawful.Decide(shopRules(), lawful.Person{Known: true, History: facts}, q)
}

func TestDecideAgreesWithANaiveReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, q := drawHistory(t), drawQuestion(t)
		got := settle(q, facts)
		reason, since := naive(q, facts)
		if got.Reason != reason || got.Permitted != reason.Permits() {
			t.Fatalf("got %s, a naive reading says %s\n%s", got.Reason, reason, got.Explanation)
		}
		if reason == lawful.ReasonSoftOptInUnmet {
			return // which sale came closest is for the cases to say
		}
		if got.Since == nil != since.IsZero() || got.Since != nil && !got.Permitted && !got.Since.Equal(since) {
			t.Fatalf("%s since %v, a naive reading says %v", got.Reason, got.Since, since)
		}
	})
}

func TestOrderOfFactsIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, q := drawHistory(t), drawQuestion(t)
		if rapid.Bool().Draw(t, "by number") {
			q.Identifier = []lawful.Identifier{number}
		}
		want := settle(q, facts)
		if got := settle(q, rapid.Permutation(facts).Draw(t, "order")); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v in another order, want %+v", got, want)
		}
	})
}

func TestANoNeverPermits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, q := drawHistory(t), drawQuestion(t)
		if rapid.Bool().Draw(t, "by number") {
			q.Identifier = []lawful.Identifier{number}
		}
		before := settle(q, facts)
		no := drawNo(t)
		no.Recorded, no.Chain = day(drawDay(t, "recorded")), rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "chain")
		if after := settle(q, history(append(facts, no)...)); after.Permitted && !before.Permitted {
			t.Fatalf("%s became %s by a no", before.Reason, after.Reason)
		}
	})
}

func TestAYesPermitsNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, q := drawHistory(t), drawQuestion(t)
		yes := drawGiven(t)
		yes.Identifiers = []lawful.Identifier{rapid.SampledFrom([]lawful.Identifier{anna, bruno, mobile, laptop, tablet}).Draw(t, "one")}
		if yes.Choice.Purpose == q.Purpose && yes.Choice.Channel == q.Channel && yes.Identifiers[0] == q.Identifier[0] {
			return
		}
		before := settle(q, facts)
		if after := settle(q, history(append(facts, yes)...)); after.Reason != before.Reason {
			t.Fatalf("%s became %s by a yes to something else", before.Reason, after.Reason)
		}
	})
}

func TestMergingNeverPermits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, q := drawHistory(t), drawQuestion(t)
		if rapid.Bool().Draw(t, "by number") {
			q.Identifier = []lawful.Identifier{number}
		}
		var one, two []lawful.Recorded
		for _, f := range facts {
			if f.Chain == "s1" {
				one = append(one, f)
			} else {
				two = append(two, f)
			}
		}
		merged := settle(q, facts)
		if merged.Permitted && !settle(q, one).Permitted && !settle(q, two).Permitted {
			t.Fatalf("merging permits %s", merged.Reason)
		}
	})
}

func TestRulesForAQuestionDecideTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, q := drawHistory(t), drawQuestion(t)
		q.Purpose = rapid.SampledFrom(append([]string{"unheard", "future", "orders", "reworded", "retired"}, somePurposes...)).Draw(t, "any purpose")
		q.Recipient = rapid.SampledFrom([]string{"", "mailer", "unsigned", "nobody", "stranger"}).Draw(t, "recipient")
		person := lawful.Person{Known: true, History: facts}
		part := shopRules().For(q, person)
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		var read lawful.Rules
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		want := lawful.Decide(shopRules(), person, q)
		if got := lawful.Decide(&read, person, q); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v on the part, want %+v", got, want)
		}
		again, err := json.Marshal(shopRules().For(q, person))
		if err != nil || string(again) != string(text) {
			t.Fatal("the part has two texts")
		}
	})
}
