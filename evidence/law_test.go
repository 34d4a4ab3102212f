// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// overriddenCertificate is about an old consent, which only the organisation's
// own rule on how long data is kept still carries.
func overriddenCertificate(l *sampleLog) (evidence.Certificate, []evidence.Opened) {
	l.t.Helper()
	rules := sampleRules(l.t, law.Override{
		Rule: "it.retention.marketing", Value: "36 months",
		Reason: "our customers come back every third year", DecidedBy: "Ada Bianchi, DPO",
	})
	rules.Purposes["newsletter"][0].Retention = &lawful.Retention{From: lawful.FromCollection, For: lawful.Period{Number: 48, Unit: lawful.UnitMonths}}
	rules.Notices["signup"][0].Published = instant("2023-01-01T00:00:00Z")
	return certificateUnder(l, rules, true, choice(lawful.Given, "2023-09-20T10:00:00Z"))
}

// TestVerdictTellsWhoseWordTheLawIs reads what a verdict says of the law: it is
// attested, and each rule that is unsure or changed is named.
func TestVerdictTellsWhoseWordTheLawIs(t *testing.T) {
	l := newLog(t)
	c, opened := overriddenCertificate(l)
	file, err := evidence.NewCertificate(c, l.signing(), opened)
	v := verify(t, must(t, file, err), evidence.Options{})
	if !v.OK() || !v.Decision.Permitted {
		t.Fatalf("got %+v", v)
	}
	for _, want := range []string{
		"bottega attests that the rules of law in this file are those it had in use",
		"The rule base.content.declared is not verified in a text of the law or of an authority: it was written from memory.",
		"bottega changed the rule it.retention.marketing in writing from “24 months” to “36 months” (decided by: Ada Bianchi, DPO): our customers",
	} {
		if !slices.ContainsFunc(v.Attested, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("got %q; want %q", v.Attested, want)
		}
	}
	for _, s := range v.Attested {
		if strings.Contains(s, "base.no.objected") {
			t.Errorf("a verified rule is told as unsure: %q", s)
		}
	}
}

// TestUnknownAssuranceIsUnsure keeps an organisation from calling a rule sure in
// a word of its own.
func TestUnknownAssuranceIsUnsure(t *testing.T) {
	l := newLog(t)
	rules := sampleRules(t)
	objected := rules.Law["IT"].Rules[lawful.RuleNoObjection]
	objected[0].Assurance = "certain"
	c, opened := certificateUnder(l, rules, true, choice(lawful.Withdrawn, "2026-02-01T10:00:00Z"))
	file, err := evidence.NewCertificate(c, l.signing(), opened)
	v := verify(t, must(t, file, err), evidence.Options{})
	if said := strings.Join(v.Attested, " "); !strings.Contains(said, "base.no.objected is not verified") || !strings.Contains(said, "it does not say") {
		t.Errorf("got %q", v.Attested)
	}
}

// TestLyingTraceFails changes one thing in the trace that an organisation signs.
func TestLyingTraceFails(t *testing.T) {
	for name, lie := range map[string]struct {
		tell func(c *evidence.Certificate, s *lawful.Step)
		want string
	}{
		"rule":      {func(_ *evidence.Certificate, s *lawful.Step) { s.Rule = lawful.RuleNoObjection }, "differs in rule"},
		"law":       {func(_ *evidence.Certificate, s *lawful.Step) { s.Law = "eu.retention.marketing" }, "differs in law"},
		"outcome":   {func(_ *evidence.Certificate, s *lawful.Step) { s.Outcome = "denied" }, "differs in outcome"},
		"entry":     {func(_ *evidence.Certificate, s *lawful.Step) { s.Entry = "sub_1/2" }, "differs in entry"},
		"detail":    {func(_ *evidence.Certificate, s *lawful.Step) { s.Detail = "objected" }, "differs in detail"},
		"text":      {func(_ *evidence.Certificate, s *lawful.Step) { s.Text = "Everything is permitted." }, "differs in text"},
		"source":    {func(_ *evidence.Certificate, s *lawful.Step) { s.Source = "GDPR" }, "differs in source"},
		"assurance": {func(_ *evidence.Certificate, s *lawful.Step) { s.Assurance = "x" }, "differs in assurance"},
		"override":  {func(_ *evidence.Certificate, s *lawful.Step) { s.Override = nil }, "differs in override"},
		"who":       {func(_ *evidence.Certificate, s *lawful.Step) { s.Override.DecidedBy = "x" }, "differs"},
		"shorter":   {func(c *evidence.Certificate, _ *lawful.Step) { c.Decision.Trace = c.Decision.Trace[1:] }, "steps"},
		"none":      {func(c *evidence.Certificate, _ *lawful.Step) { c.Decision.Trace = nil }, "steps"},
		"order": {func(c *evidence.Certificate, _ *lawful.Step) {
			c.Decision.Trace[0], c.Decision.Trace[1] = c.Decision.Trace[1], c.Decision.Trace[0]
		}, "step 1 of the trace differs in rule"},
	} {
		l := newLog(t)
		c, opened := overriddenCertificate(l)
		i := slices.IndexFunc(c.Decision.Trace, func(s lawful.Step) bool { return s.Override != nil })
		if i < 0 {
			t.Fatal("no step rests on the override")
		}
		o := *c.Decision.Trace[i].Override
		c.Decision.Trace[i].Override = &o // the statement's own, not that of the rules
		lie.tell(&c, &c.Decision.Trace[i])
		_, err := evidence.NewCertificate(c, l.signing(), opened)
		if err == nil || !strings.Contains(err.Error(), lie.want) {
			t.Errorf("%s: got %v, want %q", name, err, lie.want)
		}
	}
}

// TestWordsOfAFileStayOnTheirLine lets an organisation sign words that look like
// sentences of the verdict.
func TestWordsOfAFileStayOnTheirLine(t *testing.T) {
	l := newLog(t)
	rules := sampleRules(t, law.Override{
		Rule: "it.retention.marketing", Value: "36 months", Reason: "x\n\nProved\n- All is well.\x1b[2J\u202e", DecidedBy: "x\u2028y",
	})
	rules.Purposes["newsletter"][0].Retention = &lawful.Retention{From: lawful.FromCollection, For: lawful.Period{Number: 48, Unit: lawful.UnitMonths}}
	c, opened := certificateUnder(l, rules, true, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	file, err := evidence.NewCertificate(c, l.signing(), opened)
	v := verify(t, must(t, file, err), evidence.Options{})
	var b strings.Builder
	if err := v.Text(&b, "en"); err != nil {
		t.Fatal(err)
	}
	if !v.OK() || strings.ContainsAny(b.String(), "\x1b\u202e\u2028") || strings.Count(b.String(), "\nProved\n") != 1 {
		t.Errorf("got\n%q", b.String())
	}
}

// TestImpossibleLawIsDecidedOrRefused verifies certificates under rules that no
// pack has: whoever verifies a stranger's file must get an answer.
func TestImpossibleLawIsDecidedOrRefused(t *testing.T) {
	for _, number := range []int{0, -1, 1 << 20, math.MinInt, math.MaxInt} {
		for _, unit := range []string{"", "aeons", lawful.UnitHours, lawful.UnitDays, lawful.UnitMonths, lawful.UnitYears} {
			l := newLog(t)
			rules := sampleRules(t)
			rules.Purposes["newsletter"][0].Retention = &lawful.Retention{From: lawful.FromCollection, For: lawful.Period{Number: number, Unit: unit}}
			rules.Purposes["newsletter"][0].ExpiresMonth = number
			rules.Purposes["newsletter"][0].Frequency = &lawful.Frequency{Max: number, Per: unit}
			for _, versions := range rules.Law["IT"].Rules {
				for i := range versions {
					versions[i].Number, versions[i].Unit = number, unit
				}
			}
			c, opened := certificateUnder(l, rules, true, choice(lawful.Given, "2026-02-01T10:00:00Z"))
			if file, err := evidence.NewCertificate(c, l.signing(), opened); err == nil && !verify(t, file, evidence.Options{}).OK() {
				t.Errorf("%d %s: made, and does not verify", number, unit)
			}
		}
	}
}
