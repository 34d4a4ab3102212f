// SPDX-License-Identifier: Apache-2.0

package lawbook

import (
	"strings"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Sure is how sure a rule is, in words.
type Sure struct {
	ui.Badge

	Icon string
	Weak bool // not verified in the text of the law
}

// SureOf puts an assurance into words.
func SureOf(assurance string) Sure {
	switch assurance {
	case lawful.AssuranceVerified:
		return Sure{Badge: ui.Badge{Tone: ui.Yes, Text: ui.Say("law.sure.verified")}, Icon: "yes"}
	case lawful.AssuranceComputed:
		return Sure{Badge: ui.Badge{Tone: ui.Plain, Text: ui.Say("law.sure.computed")}, Icon: "plain"}
	case lawful.AssuranceSecondary:
		return Sure{Badge: ui.Badge{Tone: ui.Due, Text: ui.Say("law.sure.not"), Reason: ui.Say("law.sure.secondary")}, Icon: "doubt", Weak: true}
	}
	return Sure{Badge: ui.Badge{Tone: ui.No, Text: ui.Say("law.sure.not"), Reason: ui.Say("law.sure.memory")}, Icon: "doubt", Weak: true}
}

// Value puts what a rule holds into words; empty where it holds nothing.
func (r Reader) Value(topic string, v law.Value) string {
	var parts []string
	for _, w := range v.Words {
		parts = append(parts, r.word(topic, w))
	}
	words := strings.Join(parts, ", ")
	amount := ""
	switch {
	case v.Number > 0 && v.Unit != "":
		amount = r.Period(law.Period{Number: v.Number, Unit: v.Unit})
	case v.Number > 0:
		amount = r.Locale.Number(int64(v.Number))
	}
	first, _, _ := strings.Cut(topic, ".")
	switch {
	case amount == "":
		return words
	case words == "":
		return amount
	case first == "register" || first == "directory":
		return r.Locale.T("law.value.register", words, amount)
	}
	return amount + ", " + words
}

// Period writes a length of time.
func (r Reader) Period(p law.Period) string { return r.Locale.T("law.unit."+p.Unit, p.Number) }

// word puts one word of a value into those of the language.
func (r Reader) word(topic, w string) string {
	first, _, _ := strings.Cut(topic, ".")
	switch {
	case first == "register" || first == "directory":
		return Register(w)
	case first == "bases":
		return r.Locale.T("basis." + w)
	case topic == lawful.TopicWeakProofChannels:
		return r.Locale.T("channel." + w)
	}
	return r.Locale.T("law.word." + w)
}

func valueOf(rule *lawful.Law) law.Value {
	return law.Value{Words: rule.Words, Number: rule.Number, Unit: rule.Unit}
}

// Register is how people call an opposition register.
func Register(name string) string { return strings.ToUpper(name) }
