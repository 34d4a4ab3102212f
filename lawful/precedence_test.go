// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lecito/lecito/lawful"
)

var updateDocs = flag.Bool("update-docs", false, "write the order of precedence as it is into the documentation")

// place is one line of the order of precedence.
type place struct {
	reason lawful.Reason
	rule   string
	spoil  func(*spoiled) // makes it true of a use that is otherwise permitted
}

// spoiled is a call to somebody who consented to everything, before somebody spoils it.
type spoiled struct {
	rules   *lawful.Rules
	purpose lawful.Purpose
	source  lawful.Source
	q       lawful.Question
	yes     lawful.Recorded
	no      bool // there is no yes
	more    []lawful.Recorded
	check   bool
}

func (s *spoiled) add(f lawful.Recorded) { s.more = append(s.more, f) }

func unspoiled() *spoiled {
	s := &spoiled{rules: shopRules(), q: ask("calls", "phone", mobile), check: true}
	s.purpose = lawful.Purpose{
		ID: "calls", Marketing: true, Profiling: true, Basis: lawful.BasisConsent, Channels: []string{"phone"}, Minimum: lawful.GradeDeclared,
		Retention: &lawful.Retention{From: lawful.FromLastActivity, For: lawful.Period{Number: 12, Unit: lawful.UnitMonths}},
		Frequency: &lawful.Frequency{Max: 1, Per: "month"}, Confirmation: map[string]string{},
	}
	s.source = lawful.Source{ID: "campaign", Kind: lawful.SourceForm, Notice: "signup", Title: map[string]string{"it": "Campagna"}}
	s.yes = give("calls", "phone", "2026-03-01", with(mobile), through("campaign"))
	return s
}

func (s *spoiled) decide() lawful.Decision {
	s.rules.Purposes["calls"] = []lawful.Purpose{s.purpose}
	s.rules.Sources["campaign"] = []lawful.Source{s.source}
	facts := s.more
	if !s.no {
		facts = append(facts, s.yes)
	}
	if s.check {
		facts = append(facts, listed(lawful.KindRegisterChecked, "2026-11-20"))
	}
	return under(s.rules, s.q, facts...)
}

// order is the order of precedence of what concerns the person, as documented.
func order() []place {
	on := "2026-06-01"
	fact := func(kind string, changes ...change) func(*spoiled) {
		return func(s *spoiled) { s.add(happen(kind, on, append([]change{with(mobile)}, changes...)...)) }
	}
	no := func(choice string) func(*spoiled) {
		return func(s *spoiled) {
			s.add(choose(choice, "calls", "phone", "2026-02-01", with(mobile), chain("s2")))
			s.yes.Actor = lawful.ActorSystem
		}
	}
	return []place{
		{lawful.ReasonSuppressed, lawful.RuleNoBlock, fact(lawful.KindBlocked)},
		{lawful.ReasonObjected, lawful.RuleNoObjection, no(lawful.Objected)},
		{lawful.ReasonWithdrawn, lawful.RuleNoWithdrawal, no(lawful.Withdrawn)},
		{lawful.ReasonRefused, lawful.RuleNoRefusal, no(lawful.Refused)},
		{lawful.ReasonDataRefused, lawful.RuleDataWanted, func(s *spoiled) {
			s.purpose.Data, s.q.Data = []lawful.Data{{Name: "phone"}}, used("phone")
			s.add(choose(lawful.Withdrawn, "calls", "", on, with(mobile), ofData("phone")))
		}},
		{lawful.ReasonRestricted, lawful.RulePersonRestricted, fact(lawful.KindRestriction)},
		{lawful.ReasonDeceased, lawful.RulePersonDeceased, fact(lawful.KindDeceased)},
		{lawful.ReasonMinor, lawful.RulePersonMinor, fact(lawful.KindDeclaredAge, func(f *lawful.Recorded) { f.Age = 12 })},
		{lawful.ReasonBasisNotAllowed, lawful.RuleBasisResidence, func(s *spoiled) {
			s.add(happen(lawful.KindResidence, on, func(f *lawful.Recorded) { f.Country = "XX" }))
			s.rules.Law = withPack(s.rules.Law, "XX", "bases.phone", lawful.BasisSoftOptIn)
		}},
		{lawful.ReasonNoChoice, lawful.RuleConsentGiven, func(s *spoiled) { s.no = true }},
		{lawful.ReasonConfirmationPending, lawful.RuleConsentConfirmed, func(s *spoiled) { s.purpose.Confirmation["phone"] = "required" }},
		{lawful.ReasonConsentInvalid, lawful.RuleConsentValid, func(s *spoiled) { s.source.Default = "ticked" }},
		{lawful.ReasonConsentNotForUs, lawful.RuleConsentNamed, func(s *spoiled) { s.source.Kind = lawful.SourcePartner }},
		{lawful.ReasonEvidenceInsufficient, lawful.RuleConsentProven, func(s *spoiled) { s.purpose.Minimum = lawful.GradeConfirmed }},
		{lawful.ReasonNoticeMissing, lawful.RuleConsentNotice, func(s *spoiled) { s.yes.Choice.Notice = &lawful.NoticeRef{ID: "signup", Version: 7} }},
		{lawful.ReasonNoticeSuperseded, lawful.RuleConsentCurrent, func(s *spoiled) {
			s.rules.Notices["signup"] = append(s.rules.Notices["signup"], lawful.Notice{
				ID: "signup", Version: 8, Published: day("2026-05-01"), Changes: []lawful.Change{{Purpose: "calls", Effect: "reconsent"}},
			})
		}},
		{lawful.ReasonExpired, lawful.RuleConsentPeriod, func(s *spoiled) { s.purpose.ExpiresMonth = 6 }},
		{lawful.ReasonRetentionEnded, lawful.RuleRetentionPeriod, func(s *spoiled) { s.purpose.Retention.For.Number = 6 }},
		{lawful.ReasonLicenceEnded, lawful.RuleLicencePeriod, func(s *spoiled) { s.source.Licensed = dayp("2026-10-01") }},
		{lawful.ReasonOppositionRegisterStale, lawful.RuleRegisterFresh, func(s *spoiled) { s.check = false }},
		{lawful.ReasonOppositionRegister, lawful.RuleRegisterListed, func(s *spoiled) { s.add(listed(lawful.KindRegisterListed, on)) }},
		{lawful.ReasonSignal, lawful.RuleSignalBound, fact(lawful.KindSignal, func(f *lawful.Recorded) { f.Signal = "gpc" })},
		{lawful.ReasonFrequencyExceeded, lawful.RuleFrequencyMax, func(s *spoiled) {
			s.add(happen(lawful.KindContacted, "2026-11-10", with(mobile), about("calls", "phone")))
		}},
		{lawful.ReasonUndeliverable, lawful.RuleContactWorks, fact(lawful.KindUndeliverable, about("", "phone"))},
	}
}

// withPack adds a country whose only own rule is that one.
func withPack(packs map[string]lawful.Pack, country, topic string, words ...string) map[string]lawful.Pack {
	out := map[string]lawful.Pack{}
	for id, p := range packs {
		out[id] = p
	}
	rules := map[string][]lawful.Law{}
	for t, versions := range packs["EU"].Rules {
		rules[t] = versions
	}
	rules[topic] = []lawful.Law{{Key: strings.ToLower(country) + "." + topic, Words: words, Text: map[string]string{"en": "a test"}, Source: "a test", Assurance: lawful.AssuranceMemory}}
	out[country] = lawful.Pack{Base: "EU", Rules: rules}
	return out
}

func TestEachReasonAlone(t *testing.T) {
	wantReason(t, unspoiled().decide(), lawful.ReasonConsentGiven)
	for _, p := range order() {
		t.Run(string(p.reason), func(t *testing.T) {
			s := unspoiled()
			p.spoil(s)
			d := s.decide()
			if d.Reason != p.reason || d.Rule != p.rule {
				t.Errorf("got %s by %s, want %s by %s", d.Reason, d.Rule, p.reason, p.rule)
			}
		})
	}
}

// apart are neighbours that cannot both be true.
var apart = map[lawful.Reason]lawful.Reason{
	lawful.ReasonNoChoice: lawful.ReasonConfirmationPending, // there is a yes or there is none
}

// TestEachReasonBeforeTheNext spoils a use twice, by neighbours in the order:
// the first is the reason and the second stands in Also.
func TestEachReasonBeforeTheNext(t *testing.T) {
	all := order()
	for i := 1; i < len(all); i++ {
		first, second := all[i-1], all[i]
		if apart[first.reason] == second.reason {
			continue
		}
		t.Run(string(first.reason)+" before "+string(second.reason), func(t *testing.T) {
			s := unspoiled()
			second.spoil(s)
			first.spoil(s)
			d := s.decide()
			found := false
			for _, also := range d.Also {
				found = found || also == second.reason
			}
			if d.Reason != first.reason || !found {
				t.Errorf("got %s also %v, want %s also %s", d.Reason, d.Also, first.reason, second.reason)
			}
		})
	}
}

// TestTheOrderIsDocumented holds docs/how-lecito-decides.md and its picture to the order.
func TestTheOrderIsDocumented(t *testing.T) {
	lines := append([]place{
		{lawful.ReasonPurposeUnknown, lawful.RulePurposeDeclared, nil},
		{lawful.ReasonPurposeRetired, lawful.RulePurposeInForce, nil},
		{lawful.ReasonChannelNotDeclared, lawful.RuleChannelDeclared, nil},
		{lawful.ReasonOperationNotDeclared, lawful.RuleOperationDeclared, nil},
		{lawful.ReasonDataNotDeclared, lawful.RuleDataDeclared, nil},
		{lawful.ReasonDataNotDeclared, lawful.RuleDataSeparate, nil},
		{lawful.ReasonDataNotDeclared, lawful.RuleDataAge, nil},
		{lawful.ReasonContentNotDeclared, lawful.RuleContentDeclared, nil},
		{lawful.ReasonRecipientNotDeclared, lawful.RuleRecipientDeclared, nil},
		{lawful.ReasonContractMissing, lawful.RuleRecipientContract, nil},
		{lawful.ReasonBasisNotAllowed, lawful.RuleBasisCarried, nil},
		{lawful.ReasonBasisNotAllowed, lawful.RuleBasisProfiling, nil},
		{lawful.ReasonBasisNotAllowed, lawful.RuleBasisLawNamed, nil},
		{lawful.ReasonBalancingMissing, lawful.RuleBasisBalancing, nil},
		{lawful.ReasonErased, lawful.RulePersonErased, nil},
		{lawful.ReasonUnknownSubject, lawful.RulePersonKnown, nil},
	}, order()...)
	for i := len(lines) - 1; i >= 0; i-- { // what stands beside a line of the order: other rules of the same place
		for _, beside := range []place{
			{lawful.ReasonRefused, lawful.RuleInterestRefused, nil},
			{lawful.ReasonBasisNotAllowed, lawful.RuleContractRelation, nil},
			{lawful.ReasonSoftOptInUnmet, lawful.RuleSoftConditions, nil},
			{lawful.ReasonConsentInvalid, lawful.RuleConsentAge, nil},
			{lawful.ReasonConsentNotForUs, lawful.RuleConsentPassages, nil},
			{lawful.ReasonConsentNotForUs, lawful.RuleConsentRecipient, nil},
		} {
			after := map[string]string{
				lawful.RuleInterestRefused: lawful.RuleNoRefusal, lawful.RuleContractRelation: lawful.RuleBasisResidence, lawful.RuleSoftConditions: lawful.RuleConsentGiven,
				lawful.RuleConsentAge: lawful.RuleConsentValid, lawful.RuleConsentPassages: lawful.RuleConsentNamed,
				lawful.RuleConsentRecipient: lawful.RuleConsentNamed,
			}
			if after[beside.rule] == lines[i].rule {
				lines = append(lines[:i+1], append([]place{beside}, lines[i+1:]...)...)
			}
		}
	}
	document(t, "../docs/how-lecito-decides.md", "order", orderTable(lines))
	picture(t, "../docs/how-lecito-decides.svg", lines)
}

// asks puts each rule as the question that it is.
func asks() map[string]string {
	return map[string]string{
		"purpose.declared":     "Is the purpose declared?",
		"purpose.in_force":     "Is it still in force?",
		"channel.declared":     "Is the channel one of its channels?",
		"operation.declared":   "Is the operation one of its operations?",
		"data.declared":        "Is the data declared for it?",
		"data.separate":        "May that data be used beside other data?",
		"data.age":             "Is the data young enough?",
		"content.declared":     "Does the content fit the purpose?",
		"recipient.declared":   "Is the recipient declared?",
		"recipient.contract":   "Is there a contract in force with them?",
		"basis.carried":        "Does the law admit the basis on this channel?",
		"basis.profiling":      "And for profiling, where that is meant?",
		"basis.law_named":      "Is the law named that is said to require it?",
		"basis.balancing":      "Did a balancing test pass?",
		"person.erased":        "Was the person not erased?",
		"person.known":         "Is anything on record about them?",
		"no.blocked":           "Is the contact free of unexplained blocks?",
		"no.objected":          "Has the person not objected?",
		"no.withdrawn":         "Has the person not withdrawn?",
		"no.refused":           "Has the person not refused?",
		"data.wanted":          "Nor the use of this data for it?",
		"interest.not_refused": "Nor the same thing as a consent, when it rests on an interest?",
		"person.restricted":    "Is the data free of restriction?",
		"person.deceased":      "Is the person alive, as far as is known?",
		"person.minor":         "Are they old enough, or did a parent consent?",
		"basis.residence":      "Does the law where they live admit it too?",
		"contract.relation":    "Is a contract open with them?",
		"consent.given":        "Is there a yes, for this and on this channel?",
		"soft.conditions":      "Did a sale meet every condition?",
		"consent.confirmed":    "Was the yes confirmed, where it has to be?",
		"consent.valid":        "Was it free and specific?",
		"consent.age":          "Was it given by somebody who could?",
		"consent.named":        "Did it name us?",
		"consent.recipient":    "Did it name the recipient?",
		"consent.through":      "Did it come through few enough hands?",
		"consent.proven":       "Is it proven well enough?",
		"consent.notice":       "Can it be shown what they were told?",
		"consent.current":      "Has nothing changed that asks again?",
		"consent.period":       "Does its period still run?",
		"retention.period":     "May the data still be kept?",
		"licence.period":       "Does the licence of the list still run?",
		"register.fresh":       "Was the register asked lately?",
		"register.listed":      "Is the number off it, or the yes later?",
		"signal.bound":         "Has their browser not signalled no?",
		"frequency.max":        "Were they contacted rarely enough?",
		"contact.works":        "Does the contact work?",
	}
}

func orderTable(lines []place) string {
	var out strings.Builder
	out.WriteString("| | asked | if not, denied because | the rule | its source | how sure |\n|---|---|---|---|---|---|\n")
	for i, p := range lines {
		law := shopRules().LawAt(lawful.Base, p.rule, day("2026-11-21"))
		fmt.Fprintf(&out, "| %d | %s | `%s` | %s | %s | %s |\n", i+1, asks()[p.rule], p.reason, law.Text["en"], law.Source, law.Assurance)
	}
	return out.String()
}

// document holds the part of a page between two marks to a text.
func document(t *testing.T, path, mark, want string) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+mark+" begins -->\n", "<!-- "+mark+" ends -->"
	head, rest, found := strings.Cut(string(page), begin)
	got, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no part %q", path, mark)
	}
	if got == want {
		return
	}
	if !*updateDocs {
		t.Fatalf("%s: the part %q is not what the program does; go test ./lawful -run Documented -update-docs writes it", path, mark)
	}
	if err := os.WriteFile(path, []byte(head+begin+want+end+tail), 0o600); err != nil {
		t.Fatal(err)
	}
}

// picture draws the order as a ladder of questions: down as long as nothing denies.
func picture(t *testing.T, path string, lines []place) {
	t.Helper()
	groups := []struct{ title, until string }{
		{"What is asked, before anybody is looked up", lawful.RuleBasisBalancing},
		{"Who it is", lawful.RulePersonKnown},
		{"What the person said no to", lawful.RuleDataWanted},
		{"What stands about the person", lawful.RulePersonMinor},
		{"The basis, and what is wrong with a yes", lawful.RuleLicencePeriod},
		{"The law of the channel, signals, frequency, the contact", lawful.RuleContactWorks},
	}
	const width, row = 760, 26
	var body strings.Builder
	y, group, first := 20, 0, true
	for _, p := range lines {
		if first {
			fmt.Fprintf(&body, "<text x=\"20\" y=\"%d\" class=\"g\">%s</text>\n", y+18, groups[group].title)
			y, first = y+30, false
		}
		fmt.Fprintf(&body, "<rect x=\"20\" y=\"%d\" width=\"330\" height=\"20\" rx=\"4\"/><text x=\"30\" y=\"%d\">%s</text>\n", y, y+14, asks()[p.rule])
		fmt.Fprintf(&body, "<path d=\"M350 %d h70\" class=\"a\"/><text x=\"360\" y=\"%d\" class=\"s\">if not</text><text x=\"440\" y=\"%d\" class=\"d\">denied: %s</text>\n", y+10, y+7, y+14, p.reason)
		y += row
		if p.rule == groups[min(group, len(groups)-1)].until {
			group, first, y = group+1, true, y+8
		}
	}
	fmt.Fprintf(&body, "<rect x=\"20\" y=\"%d\" width=\"330\" height=\"24\" rx=\"4\" class=\"p\"/><text x=\"30\" y=\"%d\" class=\"w\">permitted, by the basis that holds</text>\n", y+6, y+22)
	want := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="The order in which Lecito asks: each rule that fails denies, and the first one is the reason">
<style>text{font:13px sans-serif;fill:#1c2733}rect{fill:#eef3f7;stroke:#8aa0b4}.g{font-weight:bold;font-size:15px}.a{stroke:#8aa0b4;fill:none}.s{font-size:10px;fill:#5b6b7a}.d{fill:#9c1f1f}.p{fill:#1e6b3a;stroke:#1e6b3a}.w{fill:#fff;font-weight:bold}</style>
<rect x="0" y="0" width="%d" height="%d" style="fill:#fff;stroke:none"/>
%s</svg>
`, width, y+50, width, y+50, body.String())
	got, err := os.ReadFile(path)
	if err == nil && string(got) == want {
		return
	}
	if !*updateDocs {
		t.Fatalf("%s is not the order that the program follows: %v", path, cmp.Or(err, fmt.Errorf("it differs")))
	}
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}
