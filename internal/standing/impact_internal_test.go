// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"testing"
	"time"

	"github.com/lecito/lecito/lawful"
)

// small is rules with two purposes on two channels each.
func small() *lawful.Rules {
	law := func(word string) []lawful.Law { return []lawful.Law{{Words: []string{word}}} }
	return &lawful.Rules{
		Organisation: lawful.Organisation{ID: "o", Name: "O", Country: "IT", TimeZone: "Europe/Rome", Contact: "o@example.org"},
		Purposes: map[string][]lawful.Purpose{
			"news":  {{ID: "news", Marketing: true, Title: map[string]string{"en": "News"}, Channels: []string{"email", "phone"}}},
			"offer": {{ID: "offer", Marketing: true, Channels: []string{"email", "phone"}}},
		},
		Sources: map[string][]lawful.Source{"form": {{ID: "form", Kind: lawful.SourceForm}}},
		Notices: map[string][]lawful.Notice{"n": {{ID: "n", Version: 1}}},
		Law: map[string]lawful.Pack{"IT": {Rules: map[string][]lawful.Law{
			"bases.email": law("consent"), "bases.phone.business": law("consent"), "register.phone": law("rpo"), "register.contract": law("x"), "soft_opt_in": law("sale"),
		}}},
	}
}

func TestOnlyUsesWhoseRulesDifferAreAskedAbout(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	purpose := func(r *lawful.Rules) *lawful.Purpose { return &r.Purposes["news"][0] }
	law := func(r *lawful.Rules, topic string) {
		r.Law["IT"].Rules[topic] = []lawful.Law{{Words: []string{"else"}}}
	}
	for _, c := range []struct {
		what   string
		change func(r *lawful.Rules)
		asked  int // of 4, or more where there are
		same   int
	}{
		{"nothing", func(*lawful.Rules) {}, 0, 4},
		{"a title", func(r *lawful.Rules) { purpose(r).Title = nil }, 0, 4},
		{"the contact", func(r *lawful.Rules) { r.Organisation.Contact = "" }, 0, 4},
		{"the name", func(r *lawful.Rules) { r.Organisation.Name = "P" }, 4, 0},
		{"the country", func(r *lawful.Rules) { r.Organisation.Country = "FR" }, 4, 0},
		{"the time zone", func(r *lawful.Rules) { r.Organisation.TimeZone = "UTC" }, 4, 0},
		{"how long a consent lasts", func(r *lawful.Rules) { purpose(r).ExpiresMonth = 3 }, 2, 2},
		{"a channel less", func(r *lawful.Rules) { purpose(r).Channels = []string{"email"} }, 2, 2},
		{"no marketing any more", func(r *lawful.Rules) { purpose(r).Marketing = false }, 4, 0},
		{"profiling", func(r *lawful.Rules) { purpose(r).Profiling = true }, 4, 0},
		{"retired", func(r *lawful.Rules) { purpose(r).Retired = &at }, 2, 2},
		{"one more", func(r *lawful.Rules) {
			r.Purposes["post"] = []lawful.Purpose{{ID: "post", Marketing: true, Channels: []string{"post"}}}
		}, 1, 4},
		{"a source", func(r *lawful.Rules) { r.Sources["form"][0].Default = "ticked" }, 4, 0},
		{"a notice", func(r *lawful.Rules) { r.Notices["n"] = append(r.Notices["n"], lawful.Notice{ID: "n", Version: 2}) }, 4, 0},
		{"the bases of a channel", func(r *lawful.Rules) { law(r, "bases.email") }, 2, 2},
		{"the bases of a channel for business", func(r *lawful.Rules) { law(r, "bases.phone.business") }, 2, 2},
		{"the registers of a channel", func(r *lawful.Rules) { law(r, "register.phone") }, 2, 2},
		{"what a contract is to a register", func(r *lawful.Rules) { law(r, "register.contract") }, 4, 0},
		{"the soft opt-in", func(r *lawful.Rules) { law(r, "soft_opt_in") }, 4, 0},
		{"a rule of no channel more", func(r *lawful.Rules) { law(r, "age.consent") }, 4, 0},
		{"a pack more", func(r *lawful.Rules) { r.Law["CH"] = lawful.Pack{} }, 4, 0},
		{"a text of the law", func(r *lawful.Rules) { r.Law["IT"].Rules["soft_opt_in"][0].Text = map[string]string{"en": "x"} }, 0, 4},
	} {
		t.Run(c.what, func(t *testing.T) {
			after := small()
			c.change(after)
			if uses, same := touched(small(), after, at); len(uses) != c.asked || same != c.same {
				t.Errorf("asked about %v and not about %d, want %d and %d", uses, same, c.asked, c.same)
			}
		})
	}
}
