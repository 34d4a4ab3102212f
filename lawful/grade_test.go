// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/lawful"
)

func TestGrade(t *testing.T) {
	covers := func(purposes ...string) change {
		return func(f *lawful.Recorded) { f.Choice.Evidence.Covers = purposes }
	}
	ticked := func(f *lawful.Recorded) { f.Choice.Evidence.Default = "ticked" }
	nothing := func(f *lawful.Recorded) { f.Choice.Evidence = nil }
	cases := []struct {
		name       string
		changes    []change
		grade, why string
	}{
		{"a box on a form", nil, lawful.GradeRecorded, lawful.WhyDatedAct},
		{"came ticked", []change{ticked}, lawful.GradeInvalid, lawful.WhyTicked},
		{"source comes ticked", []change{through("ticked")}, lawful.GradeInvalid, lawful.WhyTicked},
		{"condition", []change{through("contest")}, lawful.GradeInvalid, lawful.WhyCondition},
		{"covers two", []change{covers("newsletter", "events")}, lawful.GradeInvalid, lawful.WhyBundled},
		{"covers one", []change{covers("newsletter")}, lawful.GradeRecorded, lawful.WhyDatedAct},
		{"invalid notice", []change{on("broken", 1)}, lawful.GradeInvalid, lawful.WhyNotice},
		{"operator sets a box", []change{by(lawful.ActorOperator)}, lawful.GradeInvalid, lawful.WhyOperator},
		{"operator follows a link", []change{by(lawful.ActorOperator), method("link")}, lawful.GradeInvalid, lawful.WhyOperator},
		{"operator copies a form", []change{by(lawful.ActorOperator), method("paper_form")}, lawful.GradeRecorded, lawful.WhyDatedAct},
		{"operator copies a call", []change{by(lawful.ActorOperator), method("phone_recording")}, lawful.GradeRecorded, lawful.WhyDatedAct},
		{"spoken", []change{method("verbal")}, lawful.GradeDeclared, lawful.WhyWeakMethod},
		{"badge", []change{method("badge_scan")}, lawful.GradeDeclared, lawful.WhyWeakMethod},
		{"card", []change{method("business_card")}, lawful.GradeDeclared, lawful.WhyWeakMethod},
		{"nothing", []change{nothing}, lawful.GradeDeclared, lawful.WhyNoEvidence},
		{"a method unheard of", []change{method("telepathy")}, lawful.GradeDeclared, lawful.WhyNoEvidence},
		{"a flag in a file", []change{by(lawful.ActorImport), method("import")}, lawful.GradeDeclared, lawful.WhyUndated},
		{"a dated row of a file", []change{by(lawful.ActorImport), method("import"), dated}, lawful.GradeRecorded, lawful.WhyDatedAct},
		{"a dated row, by voice", []change{by(lawful.ActorImport), method("verbal"), dated}, lawful.GradeDeclared, lawful.WhyWeakMethod},
		{"no date of its own", []change{undated}, lawful.GradeDeclared, lawful.WhyUndated},
		{"nobody", []change{by("")}, lawful.GradeDeclared, lawful.WhyActorUnknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := give("newsletter", "email", "2026-03-01", c.changes...)
			if grade, why := lawful.Grade(shopRules(), f.Fact); grade != c.grade || why != c.why {
				t.Errorf("got %s because %s, want %s because %s", grade, why, c.grade, c.why)
			}
		})
	}
}

func TestSourceCountsAsItWasThen(t *testing.T) {
	rules := shopRules()
	then := rules.Sources["ticked"][0]
	clean := then
	clean.From, clean.Default = dayp("2026-06-01"), "unticked"
	rules.Sources["ticked"] = []lawful.Source{then, clean}
	for on, want := range map[string]string{"2026-05-31": lawful.GradeInvalid, "2026-06-01": lawful.GradeRecorded} {
		f := give("newsletter", "email", on, through("ticked"))
		if got, _ := lawful.Grade(rules, f.Fact); got != want {
			t.Errorf("a yes of %s has grade %s, want %s", on, got, want)
		}
	}
}

func TestBoughtListMustNameUs(t *testing.T) {
	for named, want := range map[string]lawful.Reason{
		"Bottega Esempio Srl":    lawful.ReasonConsentGiven,
		" bottega  esempio SRL ": lawful.ReasonConsentGiven,
		"BOTTEGA":                lawful.ReasonConsentGiven,
		"Bottega Verde Srl":      lawful.ReasonConsentNotForUs,
		"":                       lawful.ReasonConsentNotForUs,
	} {
		f := give("newsletter", "email", "2026-03-01", through("bought"))
		f.Choice.Evidence.Named = []string{"Altri SpA", named}
		if got := decide(ask("newsletter", "email"), f); got.Reason != want {
			t.Errorf("naming %q: got %s, want %s", named, got.Reason, want)
		}
	}
	weak := give("newsletter", "email", "2026-03-01", through("bought"), method("verbal"))
	weak.Choice.Evidence.Named = []string{"bottega"}
	wantReason(t, decide(ask("newsletter", "email"), weak), lawful.ReasonEvidenceInsufficient)
	wantReason(t, decide(ask("lax", "email"), give("lax", "email", "2026-03-01", through("bought"), method("verbal"))),
		lawful.ReasonConsentNotForUs, lawful.ReasonEvidenceInsufficient)
}

func TestBestYesIsNamed(t *testing.T) {
	weak := give("newsletter", "email", "2026-04-01", through("accepted"), by(lawful.ActorImport))
	good := give("newsletter", "email", "2026-03-01")
	if d := decide(ask("newsletter", "email"), good, weak); d.Reason != lawful.ReasonConsentGiven || d.Until != nil {
		t.Errorf("got %s until %v, want the good proof", d.Reason, d.Until)
	}
	latest := give("newsletter", "email", "2026-05-01", through("ticked"))
	wantReason(t, decide(ask("newsletter", "email"), weak, latest), lawful.ReasonConsentDeclared)
	older := give("newsletter", "email", "2026-03-01", through("bare"))
	wantReason(t, decide(ask("newsletter", "email"), older, latest), lawful.ReasonConsentInvalid)
}

func TestVersionInForce(t *testing.T) {
	rules := shopRules()
	first := rules.Purposes["newsletter"][0]
	second, third := first, first
	second.From, second.Channels = dayp("2026-04-01"), []string{"sms"}
	third.From, third.Channels = dayp("2026-04-01"), []string{"post"}
	rules.Purposes["newsletter"] = []lawful.Purpose{first, second, third}
	person := lawful.Person{Known: true, History: history(give("newsletter", "email", "2026-03-01"))}
	q := ask("newsletter", "email")
	q.At = day("2026-04-01").Add(-time.Second)
	wantReason(t, lawful.Decide(rules, person, q), lawful.ReasonConsentGiven)
	q.At = day("2026-04-01")
	wantReason(t, lawful.Decide(rules, person, q), lawful.ReasonChannelNotDeclared)
	q.Channel = "sms"
	if d := lawful.Decide(rules, person, q); d.Reason != lawful.ReasonChannelNotDeclared {
		t.Errorf("of two versions with one beginning the earlier listed won: %s", d.Reason)
	}
}

func TestEndsAreExclusive(t *testing.T) {
	q := ask("retired", "email")
	q.At = day("2026-06-01").Add(-time.Microsecond)
	wantReason(t, decide(q, give("retired", "email", "2026-03-01")), lawful.ReasonConsentGiven)
	q.At = day("2026-06-01")
	wantReason(t, decide(q, give("retired", "email", "2026-03-01")), lawful.ReasonPurposeRetired)
	q = ask("newsletter", "email")
	q.Recipient, q.At = "mailer", day("2027-01-01")
	wantReason(t, decide(q, give("newsletter", "email", "2026-03-01")), lawful.ReasonContractMissing)
	q.At = day("2025-01-01")
	wantReason(t, decide(q, give("newsletter", "email", "2024-03-01")), lawful.ReasonConsentGiven)
}
