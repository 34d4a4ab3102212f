// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// everyPack is all the law that the program carries, in use.
var everyPack = sync.OnceValue(func() map[string]lawful.Pack {
	used, err := law.Use(shopRules().Organisation.Zone(), law.IDs(), nil)
	if err != nil {
		panic(err)
	}
	return used
})

// TestEveryStepRestsOnAPack: whatever is asked, anywhere, each step of the
// answer names a rule of the base and, where it rests on a rule of law, one that
// a pack of the place holds on that day, with its source and how sure it is.
func TestEveryStepRestsOnAPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, facts, q := shopRules(), drawHistory(t), drawQuestion(t)
		rules.Law = everyPack()
		rules.Organisation.Country = rapid.SampledFrom(append(law.IDs(), "ZW")).Draw(t, "country")
		q.Purpose = rapid.SampledFrom(append([]string{"unheard", "orders", "invoices", "interest", "retired"}, somePurposes...)).Draw(t, "any purpose")
		q.Language = rapid.SampledFrom(append(lawful.Languages(), "pt")).Draw(t, "language")
		person := lawful.Person{Known: true, History: facts}
		for place, pack := range rules.For(q, person).Law { // all that it asked for, told or not
			for _, versions := range pack.Rules {
				if l := versions[0]; held(rules, l.Key, q) == nil || l.Source == "" || l.Assurance == "" || l.Text["en"] == "" {
					t.Fatalf("%s asks for %+v, which no pack holds", place, l)
				}
			}
		}
		d := lawful.Decide(rules, person, q)
		if len(d.Trace) == 0 {
			t.Fatalf("%s is not explained", d.Reason)
		}
		for _, s := range d.Trace {
			if s.Text == "" || s.Source == "" || s.Assurance == "" {
				t.Fatalf("the step says nothing of itself: %+v", s)
			}
			rule := rules.LawAt(lawful.Base, s.Rule, q.At)
			if rule == nil || rule.Key != "base."+s.Rule {
				t.Fatalf("no rule of the base is called %s", s.Rule)
			}
			if s.Law != "" {
				rule = held(rules, s.Law, q)
				if rule == nil {
					t.Fatalf("%s is in no pack on that day", s.Law)
				}
			}
			if s.Source != rule.Source || s.Assurance != rule.Assurance {
				t.Fatalf("%+v is not what %s says", s, rule.Key)
			}
		}
	})
}

// held finds a rule of law by its key among the packs.
func held(rules *lawful.Rules, key string, q lawful.Question) *lawful.Law {
	for _, pack := range rules.Law {
		for topic, versions := range pack.Rules {
			if !strings.HasSuffix(key, "."+topic) {
				continue
			}
			for i := range versions {
				v := &versions[i]
				if v.Key == key && (v.From == nil || !v.From.After(q.At)) && (v.To == nil || v.To.After(q.At)) {
					return v
				}
			}
		}
	}
	return nil
}
