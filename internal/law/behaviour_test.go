// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/lawful"
)

// prober finds out what the law says by what decisions do: it asks about made-up
// people until the answer changes. It never looks into a rule.
type prober struct {
	rules lawful.Rules
	at    time.Time
}

var marketingBases = []string{lawful.BasisConsent, lawful.BasisSoftOptIn, lawful.BasisLegitimateInterests}

func newProber(packs map[string]lawful.Pack, place string, at time.Time) *prober {
	p := &prober{at: at, rules: lawful.Rules{
		Organisation: lawful.Organisation{ID: "org", Name: "Org", Country: place, Language: "en", TimeZone: "Europe/Rome"},
		Purposes:     map[string][]lawful.Purpose{},
		Balancing:    map[string][]lawful.Balancing{},
		Sources:      map[string][]lawful.Source{},
		Notices:      map[string][]lawful.Notice{"n": {{ID: "n", Version: 1, Published: at.AddDate(-50, 0, 0)}}},
		Law:          packs,
	}}
	for _, kind := range []string{"form", "bought", "partner", "acquired", "import"} {
		p.rules.Sources[kind] = []lawful.Source{{ID: kind, Kind: kind, Notice: "n"}}
	}
	for _, basis := range append(marketingBases, lawful.BasisContract, lawful.BasisLegalObligation, lawful.BasisVitalInterests, lawful.BasisPublicTask) {
		p.purpose("marketing "+basis, lawful.Purpose{Basis: basis, Marketing: true})
		p.purpose("business "+basis, lawful.Purpose{Basis: basis, Marketing: true, Audience: lawful.AudienceBusiness})
		p.purpose("service "+basis, lawful.Purpose{Basis: basis, Law: "an act"})
		p.purpose("profiling "+basis, lawful.Purpose{Basis: basis, Law: "an act", Profiling: true})
	}
	kept := func(n int, unit string) *lawful.Retention {
		return &lawful.Retention{From: lawful.FromLastActivity, For: lawful.Period{Number: n, Unit: unit}}
	}
	p.purpose("kept for marketing", lawful.Purpose{Marketing: true, Retention: kept(90, lawful.UnitYears)})
	p.purpose("kept for profiling", lawful.Purpose{Profiling: true, Retention: kept(90, lawful.UnitYears)})
	p.purpose("kept a month", lawful.Purpose{Marketing: true, Retention: kept(1, lawful.UnitMonths)})
	p.purpose("sharing", lawful.Purpose{Marketing: true, Operations: []string{"dissemination"}})
	p.purpose("weak", lawful.Purpose{Marketing: true, Minimum: lawful.GradeDeclared})
	for _, name := range separable {
		p.purpose("data "+name, lawful.Purpose{Marketing: true, Data: []lawful.Data{{Name: "email"}, {Name: "purchases"}, {Name: name}}})
	}
	return p
}

func (p *prober) purpose(id string, purpose lawful.Purpose) {
	purpose.ID, purpose.Channels = id, lawful.Channels()
	if purpose.Basis == "" {
		purpose.Basis = lawful.BasisConsent
	}
	p.rules.Purposes[id] = []lawful.Purpose{purpose}
	p.rules.Balancing[id] = []lawful.Balancing{{Happened: p.at.AddDate(-50, 0, 0), Outcome: "passed"}}
}

// ways has an identifier of every kind.
var ways = []lawful.Identifier{
	{Kind: lawful.IDEmail, Value: "anna@example.com"}, {Kind: lawful.IDPhone, Value: "+393331112222"},
	{Kind: lawful.IDAddress, Value: "Via Roma 1"}, {Kind: lawful.IDDevice, Value: "d-1"},
}

func (p *prober) ask(purpose, channel string, facts ...lawful.Recorded) lawful.Decision {
	return p.asking(lawful.Question{Purpose: purpose, Channel: channel}, facts...)
}

func (p *prober) asking(q lawful.Question, facts ...lawful.Recorded) lawful.Decision {
	q.At, q.Identifier, q.Explain, q.Language = p.at, ways, true, "en"
	return lawful.Decide(&p.rules, lawful.Person{Known: true, History: facts}, q)
}

// outcome is what became of a rule, and the law it cites; empty where it was not tried.
func outcome(d lawful.Decision, rule string) (outcome, key string) {
	for _, s := range d.Trace {
		if s.Rule == rule && (outcome == "" || s.Outcome == "denied") {
			outcome, key = s.Outcome, s.Law
		}
	}
	return outcome, key
}

func fact(kind string, happened time.Time, change func(*lawful.Recorded)) lawful.Recorded {
	f := lawful.Recorded{Chain: "s1", Recorded: happened}
	f.Kind, f.Happened, f.Actor, f.Source, f.Identifiers = kind, happened, lawful.ActorPerson, "form", ways
	if change != nil {
		change(&f)
	}
	return f
}

func given(purpose, channel string, happened time.Time) lawful.Recorded {
	return fact(lawful.KindChoice, happened, func(f *lawful.Recorded) {
		f.Choice = &lawful.Choice{Purpose: purpose, Channel: channel, Choice: lawful.Given, Evidence: &lawful.Evidence{Method: "checkbox", Named: []string{"Org"}}}
	})
}

// found puts together what was found and whose law said so.
func found(what []string, key string) string {
	text := strings.Join(what, ", ")
	if text == "" {
		text = "nothing"
	}
	if key != "" {
		text += " (" + key + ")"
	}
	return text
}

// longest is the last of 1, 2, 3... that holds, 0 where none does.
func longest(most int, holds func(n int) bool) int {
	for n := 1; n <= most; n++ {
		if !holds(n) {
			return n - 1
		}
	}
	return most
}

func counted(n, most int, unit string) string {
	if n == most {
		return "no end"
	}
	return strings.TrimSpace(fmt.Sprint(n, " ", unit))
}

// read says what decisions do about a topic.
func (p *prober) read(topic string) string {
	switch {
	case topic == lawful.TopicServiceBases:
		return p.bases("service ", "email", lawful.RuleBasisCarried)
	case topic == lawful.TopicProfilingBases:
		return p.bases("profiling ", "email", lawful.RuleBasisProfiling)
	case strings.HasSuffix(topic, lawful.TopicBusiness):
		return p.bases("business ", strings.TrimSuffix(strings.TrimPrefix(topic, lawful.TopicBases), lawful.TopicBusiness), lawful.RuleBasisCarried)
	case strings.HasPrefix(topic, lawful.TopicBases):
		return p.bases("marketing ", strings.TrimPrefix(topic, lawful.TopicBases), lawful.RuleBasisCarried)
	case topic == lawful.TopicRegisterContract:
		return p.registerContract()
	case topic == lawful.TopicRegisterSpares:
		return p.register("phone")
	case strings.HasPrefix(topic, lawful.TopicRegister):
		return p.register(strings.TrimPrefix(topic, lawful.TopicRegister))
	case strings.HasPrefix(topic, lawful.TopicRetention):
		return p.retention("kept for " + strings.TrimPrefix(topic, lawful.TopicRetention))
	}
	switch topic {
	case lawful.TopicSoftOptIn:
		return p.softOptIn()
	case lawful.TopicAge:
		return p.age()
	case lawful.TopicActivity:
		return p.activity()
	case lawful.TopicSignal + "gpc":
		return p.signal()
	case lawful.TopicPassages:
		return p.passages()
	case lawful.TopicSeparateData:
		return p.separate()
	case lawful.TopicWeakProofChannels:
		return p.weakChannels()
	case lawful.TopicWeakProofSources:
		return p.weakSources()
	}
	return ""
}

func (p *prober) bases(prefix, channel, rule string) string {
	var admitted []string
	key := ""
	for id, versions := range p.rules.Purposes {
		if !strings.HasPrefix(id, prefix) {
			continue
		}
		said, cited := outcome(p.ask(id, channel), rule)
		if said == "passed" {
			admitted = append(admitted, versions[0].Basis)
		}
		key = cited
	}
	slices.Sort(admitted)
	return found(admitted, key)
}

func (p *prober) softOptIn() string {
	const purpose = "marketing " + lawful.BasisSoftOptIn
	sale := func(change func(*lawful.Recorded)) lawful.Recorded {
		f := fact(lawful.KindSale, p.at.AddDate(0, -1, 0), func(f *lawful.Recorded) {
			f.AddressGiven, f.Informed, f.RefusalOffered, f.SimilarTo = true, true, true, []string{purpose}
		})
		change(&f)
		return f
	}
	whole := sale(func(*lawful.Recorded) {})
	refused := given("marketing consent", "email", p.at.AddDate(0, -1, 0))
	refused.Choice.Choice = lawful.Refused
	if said, key := outcome(p.ask(purpose, "email", whole), lawful.RuleSoftConditions); said != "permitted" {
		return found([]string{"never"}, key)
	}
	var asks []string
	_, key := outcome(p.ask(purpose, "email"), lawful.RuleSoftConditions)
	for _, c := range []struct {
		condition string
		facts     []lawful.Recorded
	}{
		{lawful.SoftSale, nil},
		{lawful.SoftAddressGiven, []lawful.Recorded{sale(func(f *lawful.Recorded) { f.AddressGiven = false })}},
		{lawful.SoftSimilar, []lawful.Recorded{sale(func(f *lawful.Recorded) { f.SimilarTo = nil })}},
		{lawful.SoftInformed, []lawful.Recorded{sale(func(f *lawful.Recorded) { f.Informed = false })}},
		{lawful.SoftRefusalOffered, []lawful.Recorded{sale(func(f *lawful.Recorded) { f.RefusalOffered = false })}},
		{lawful.SoftNotRefused, []lawful.Recorded{whole, refused}},
	} {
		if said, _ := outcome(p.ask(purpose, "email", c.facts...), lawful.RuleSoftConditions); said == "denied" {
			asks = append(asks, c.condition)
		}
	}
	return found(asks, key)
}

func (p *prober) age() string {
	key := ""
	below := longest(30, func(years int) bool {
		born := p.at.AddDate(-years, 0, 0).Format(time.DateOnly)
		said, cited := outcome(p.ask("marketing consent", "email", fact(lawful.KindBirthDate, p.at, func(f *lawful.Recorded) { f.Date = born })), lawful.RulePersonMinor)
		if said == "denied" {
			key = cited
		}
		return said == "denied"
	})
	return found([]string{"from " + counted(below+1, 31, "years")}, key)
}

func (p *prober) retention(purpose string) string {
	key := ""
	n := longest(120, func(n int) bool {
		since := lawful.Period{Number: n, Unit: lawful.UnitMonths}.Back(p.at, p.rules.Organisation.Zone())
		said, cited := outcome(p.ask(purpose, "email", given(purpose, "email", since)), lawful.RuleRetentionPeriod)
		key = cited
		return said == "passed"
	})
	return found([]string{counted(n, 120, "months")}, key)
}

func (p *prober) activity() string {
	var acts []string
	for _, act := range []string{"click", "contact", "login", "open", "profile", "purchase"} {
		d := p.ask("kept a month", "email", given("kept a month", "email", p.at.AddDate(0, -3, 0)),
			fact(lawful.KindActivity, p.at.AddDate(0, 0, -1), func(f *lawful.Recorded) { f.Act = act }))
		if said, _ := outcome(d, lawful.RuleRetentionPeriod); said == "passed" {
			acts = append(acts, act)
		}
	}
	return found(acts, "")
}

// registersKnown are names that a register may have.
var registersKnown = []string{"ctps", "dnc", "robinson", "rpo", "tps"}

func registered(kind string, happened time.Time, but string) []lawful.Recorded {
	var facts []lawful.Recorded
	for _, name := range registersKnown {
		if name != but {
			facts = append(facts, fact(kind, happened, func(f *lawful.Recorded) { f.Register = name }))
		}
	}
	return facts
}

// register says which registers are asked, and how long their answer is good.
func (p *prober) register(channel string) string {
	var parts []string
	for _, basis := range []string{lawful.BasisConsent, lawful.BasisLegitimateInterests} {
		purpose := "marketing " + basis
		yes := given(purpose, channel, p.at.AddDate(-1, 0, 0))
		var names []string
		key := ""
		for _, name := range registersKnown {
			said, cited := outcome(p.ask(purpose, channel, append(registered(lawful.KindRegisterChecked, p.at.Add(-time.Hour), name), yes)...), lawful.RuleRegisterFresh)
			if said == "denied" {
				names, key = append(names, name), cited
			}
		}
		if len(names) > 0 {
			good := longest(90, func(n int) bool {
				said, _ := outcome(p.ask(purpose, channel, append(registered(lawful.KindRegisterChecked, p.at.AddDate(0, 0, -n), ""), yes)...), lawful.RuleRegisterFresh)
				return said != "denied"
			})
			names = append(names, counted(good, 90, "days"))
		}
		parts = append(parts, basis+": "+found(names, key))
	}
	return strings.Join(parts, "; ")
}

func (p *prober) registerContract() string {
	const purpose = "marketing consent"
	facts := append(registered(lawful.KindRegisterChecked, p.at.Add(-time.Hour), ""), registered(lawful.KindRegisterListed, p.at.AddDate(0, -6, 0), "")...)
	facts = append(facts, given(purpose, "phone", p.at.AddDate(-1, 0, 0)),
		fact(lawful.KindRelationOpened, p.at.AddDate(-2, 0, 0), func(f *lawful.Recorded) { f.EasyRevocation = true }))
	n := longest(90, func(n int) bool {
		closed := fact(lawful.KindRelationClosed, p.at.AddDate(0, 0, -n), nil)
		said, _ := outcome(p.ask(purpose, "phone", append(slices.Clone(facts), closed)...), lawful.RuleRegisterListed)
		return said != "denied"
	})
	return counted(n, 90, "days")
}

func (p *prober) signal() string {
	var bound []string
	key := ""
	gpc := fact(lawful.KindSignal, p.at.Add(-time.Hour), func(f *lawful.Recorded) { f.Signal = "gpc" })
	for _, purpose := range []string{"profiling consent", "sharing"} {
		if said, cited := outcome(p.ask(purpose, "email", gpc), lawful.RuleSignalBound); said == "denied" {
			bound, key = append(bound, purpose), cited
		}
	}
	return found(bound, key)
}

func (p *prober) passages() string {
	key := ""
	n := longest(9, func(n int) bool {
		yes := given("marketing consent", "email", p.at.AddDate(0, -1, 0))
		yes.Source, yes.Choice.Evidence.Passages = "bought", slices.Repeat([]lawful.Passage{{From: "a", To: "b"}}, n)
		said, cited := outcome(p.ask("marketing consent", "email", yes), lawful.RuleConsentPassages)
		key = cited
		return said != "denied"
	})
	return found([]string{counted(n, 9, "")}, key)
}

// separable are the data that some law sets apart.
var separable = []string{"email_open", "email_opens", "geolocation", "location", "opens"}

func (p *prober) separate() string {
	var apart []string
	key := ""
	for _, name := range separable {
		said, cited := outcome(p.asking(lawful.Question{Purpose: "data " + name, Channel: "email", Data: []lawful.Used{{Name: name}}}), lawful.RuleDataSeparate)
		if said == "denied" {
			apart, key = append(apart, name), cited
		}
	}
	return found(apart, key)
}

// weak tells whether weak proof is refused, from a source, on a channel.
func (p *prober) weak(source, channel string) bool {
	yes := given("weak", channel, p.at.AddDate(0, -1, 0))
	yes.Source, yes.Choice.Evidence.Method = source, "verbal"
	said, _ := outcome(p.ask("weak", channel, yes), lawful.RuleConsentProven)
	return said == "denied"
}

func (p *prober) weakChannels() string {
	return found(slices.DeleteFunc(lawful.Channels(), func(c string) bool { return !p.weak("form", c) }), "")
}

func (p *prober) weakSources() string {
	return found(slices.DeleteFunc([]string{"acquired", "bought", "import", "partner"}, func(s string) bool { return !p.weak(s, "email") }), "")
}
