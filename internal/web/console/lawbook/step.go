// SPDX-License-Identifier: Apache-2.0

package lawbook

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Step is one step of a decision in words.
type Step struct {
	Tone    ui.Tone
	Outcome ui.Text
	Text    string // what the rule says
	Law     string // what the law of the place says to it; empty: nothing of its own, or said at an earlier step
	Speaks  string // the language of Law
	Holds   string // the value it has there
	Key     string
	Where   string // the rule on the page of the law
	Fact    string // the entry it was decided by
	Source  string
	Sure    Sure
	Changed *Changed
}

// Steps puts the trace of a decision into words, with the law it rests on.
func (r Reader) Steps(d lawful.Decision, packs map[string]lawful.Pack) []Step {
	var out []Step
	said := map[string]bool{}
	for _, s := range d.Trace {
		step := Step{
			Tone: ui.Yes, Outcome: ui.Say("law.step." + s.Outcome), Text: s.Text, Key: cmp.Or(s.Law, lawful.Base+"."+s.Rule),
			Source: Cited(s.Source, r.Language), Sure: SureOf(s.Assurance),
		}
		if s.Outcome == "denied" {
			step.Tone = ui.No
			if s.Detail != "" {
				step.Outcome = ui.Say("law.step.because", ui.Say("reason."+s.Detail))
			}
		}
		if s.Entry != "" {
			step.Fact = "/ledger/" + url.PathEscape(s.Entry)
		}
		if rule := find(packs, s.Law, d.AsOf); rule != nil && !said[s.Law] {
			said[s.Law] = true
			step.Law, step.Speaks = r.in(rule.Text)
			_, topic, _ := strings.Cut(rule.Key, ".")
			step.Holds = r.Value(topic, valueOf(rule))
		}
		if s.Override != nil {
			step.Changed = r.changed(s.Law, s.Override)
		}
		step.Where = r.Where(step.Key, d.AsOf)
		out = append(out, step)
	}
	return out
}

// Where is the address of a rule on the page of the law, as of a day.
func (r Reader) Where(key string, at time.Time) string {
	id, _, _ := strings.Cut(key, ".")
	q := url.Values{"jurisdiction": {id}, "at": {at.In(r.Zone).Format(time.DateOnly)}}
	return "/law?" + q.Encode() + "#" + Anchor(key)
}

// find is the version of a rule of law, named by its key, that holds at an instant.
func find(packs map[string]lawful.Pack, key string, at time.Time) *lawful.Law {
	_, topic, _ := strings.Cut(key, ".")
	for _, pack := range packs {
		versions := pack.Rules[topic]
		for i := range versions {
			v := &versions[i]
			if v.Key == key && (v.From == nil || !v.From.After(at)) && (v.To == nil || v.To.After(at)) {
				return v
			}
		}
	}
	return nil
}
