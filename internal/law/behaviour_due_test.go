// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// due says when requests, breaches and notices are due.
func due(t *testing.T, packs map[string]lawful.Pack, place, topic, received string) string {
	t.Helper()
	cal := calendars(t)[place]
	if cal == nil {
		t.Fatalf("no calendar of %s", place)
	}
	rules, base := &lawful.Rules{Law: packs}, day(t, received)
	said := func(d law.Due, err error) string {
		if p := problem.As(err); p != nil {
			return p.Code
		}
		text := fmt.Sprintf("%s, %s", d.Period, d.Due)
		if d.Period == "" {
			text = "no number"
		}
		if d.AtOnce != "" {
			text = "at once, " + text
		}
		for _, m := range d.Milestones {
			text += fmt.Sprintf(", %s %s", m.What, m.Due)
		}
		if len(d.Rules) > 0 {
			text += " (" + d.Rules[0].Key + ")"
		}
		return text
	}
	switch topic {
	case law.TopicBreachAuthority, law.TopicBreachPeople:
		return said(cal.Breach(rules, topic, base.End(cal.Zone).Add(-12*time.Hour)))
	case law.TopicNoticeObtained:
		first, second := base+3, base+2
		return said(cal.Notice(rules, law.Obtained{On: base})) + "; with a contact " + said(cal.Notice(rules, law.Obtained{On: base, Contact: &first})) +
			"; with a disclosure " + said(cal.Notice(rules, law.Obtained{On: base, Disclosure: &second}))
	}
	groups := map[string][]string{} // rights by what is said of them
	for _, right := range law.Rights() {
		q := law.Request{Right: right, Received: base}
		text := said(cal.Response(rules, q))
		q.Extended = true
		text += "; extended " + said(cal.Response(rules, q))
		q.Extended = false
		given := base + 8
		q.Asked = []law.Asked{{What: law.AskIdentity, On: base + 1, Given: &given}}
		text += "; identity asked " + said(cal.Response(rules, q))
		groups[text] = append(groups[text], right)
	}
	var all []string
	for text, rights := range groups {
		all = append(all, strings.Join(rights, ", ")+" "+text)
	}
	slices.Sort(all)
	return strings.Join(all, " | ")
}

// told says how a rule of decision is told in an explanation, and that
// somewhere it is: these questions come by all of them.
func (p *prober) told(rule string) string {
	for _, c := range p.scenes() {
		d := p.asking(c.q, c.facts...)
		for _, s := range d.Trace {
			if s.Rule != rule {
				continue
			}
			words := strings.Fields(s.Text)
			return strings.Join(words[:min(6, len(words))], " ") + "... [" + s.Source + "]"
		}
	}
	return "never comes up"
}

// scene is a question with what is known.
type scene struct {
	q     lawful.Question
	facts []lawful.Recorded
}

func (p *prober) scenes() []scene {
	const email = "email"
	ago := func(days int) time.Time { return p.at.AddDate(0, 0, -days) }
	since := ago(1)
	p.rules.Recipients = map[string]lawful.Recipient{"partner": {ID: "partner", Kind: "controller", Name: "Partner", Signed: &since}}
	p.rules.Sources["bought"][0].Licensed = &p.at
	p.purpose("rich", lawful.Purpose{
		Marketing: true, Operations: []string{"use"}, ExpiresMonth: 12, Frequency: &lawful.Frequency{Max: 1, Per: "week"},
		Data:      []lawful.Data{{Name: email, MaxAge: &lawful.Period{Number: 1, Unit: lawful.UnitYears}}},
		Retention: &lawful.Retention{From: lawful.FromCollection, For: lawful.Period{Number: 1, Unit: lawful.UnitYears}},
	})
	yes := func(purpose, channel, source string) lawful.Recorded {
		f := given(purpose, channel, ago(9))
		f.Source, f.Choice.Evidence.Named = source, []string{"Org", "Partner"}
		return f
	}
	weak := yes("weak", email, "form")
	weak.Choice.Evidence.Method = "verbal"
	lives := fact(lawful.KindResidence, ago(9), func(f *lawful.Recorded) { f.Country = "DE" })
	return []scene{
		{
			lawful.Question{Purpose: "rich", Channel: email, Operation: "use", Content: "promotional", Recipient: "partner", Data: []lawful.Used{{Name: email, Since: &since}}},
			[]lawful.Recorded{yes("rich", email, "form"), fact(lawful.KindBirthDate, ago(9), func(f *lawful.Recorded) { f.Date = "1980-01-01" })},
		},
		{lawful.Question{Purpose: "marketing consent", Channel: email}, []lawful.Recorded{yes("marketing consent", email, "bought"), lives}},
		{lawful.Question{Purpose: "marketing soft_opt_in", Channel: email}, nil},
		{lawful.Question{Purpose: "marketing legitimate_interests", Channel: "post"}, nil},
		{lawful.Question{Purpose: "marketing consent", Channel: "phone"}, []lawful.Recorded{yes("marketing consent", "phone", "form")}},
		{lawful.Question{Purpose: "data location", Channel: email, Data: []lawful.Used{{Name: "location"}}}, nil},
		{lawful.Question{Purpose: "profiling consent", Channel: email}, []lawful.Recorded{fact(lawful.KindSignal, ago(1), func(f *lawful.Recorded) { f.Signal = "gpc" })}},
		{lawful.Question{Purpose: "service legal_obligation", Channel: email}, nil},
		{lawful.Question{Purpose: "service contract", Channel: email}, nil},
		{lawful.Question{Purpose: "weak", Channel: email}, []lawful.Recorded{weak}},
	}
}
