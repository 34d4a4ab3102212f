// SPDX-License-Identifier: Apache-2.0

package law

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Value is what a rule holds: words, a number, or both.
type Value struct {
	Words  []string `json:"words,omitempty"`
	Number int      `json:"number,omitempty"`
	Unit   string   `json:"unit,omitempty"`
}

// String writes a value as it is written in a pack or an override.
func (v Value) String() string {
	l := lawful.Law{Words: v.Words, Number: v.Number, Unit: v.Unit}
	return l.Value()
}

// form is what the value of a topic may be.
type form struct {
	topic string // a dot at the end stands before each of rest
	rest  []string
	words []string // known words
	names bool     // words are names of our own choice: registers
	units []string // units its number may have; "" is a bare number
	needs string   // both, number, words or any
}

const (
	needsAny    = "any"
	needsBoth   = "both"
	needsNumber = "number"
	needsWords  = "words"
)

// marketing lists the bases that marketing may have in some jurisdiction.
func marketing() []string {
	return []string{lawful.BasisConsent, lawful.BasisSoftOptIn, lawful.BasisLegitimateInterests}
}

func bases() []string {
	return append(marketing(), lawful.BasisContract, lawful.BasisLegalObligation, lawful.BasisVitalInterests, lawful.BasisPublicTask)
}

// decided are the topics that decisions read.
func decided() []form {
	channels := lawful.Channels()
	business := make([]string, len(channels))
	for i, c := range channels {
		business[i] = c + lawful.TopicBusiness
	}
	return []form{
		{topic: lawful.TopicServiceBases, words: bases(), needs: needsWords},
		{topic: lawful.TopicProfilingBases, words: bases(), needs: needsWords},
		{topic: lawful.TopicBases, rest: append(channels, business...), words: marketing(), needs: needsWords},
		{topic: lawful.TopicSoftOptIn, words: []string{
			lawful.SoftSale, lawful.SoftAddressGiven, lawful.SoftSimilar, lawful.SoftInformed,
			lawful.SoftRefusalOffered, lawful.SoftNotRefused,
		}, needs: needsWords},
		{topic: lawful.TopicAge, units: []string{lawful.UnitYears}, needs: needsNumber},
		{topic: lawful.TopicRetention, rest: []string{"marketing", "profiling"}, units: calendar(), needs: needsNumber},
		{topic: lawful.TopicActivity, words: []string{"purchase", "click", "login", "profile", "contact"}, needs: needsWords},
		{topic: lawful.TopicRegisterContract, units: []string{lawful.UnitDays}, needs: needsNumber},
		{topic: lawful.TopicRegisterSpares, names: true, needs: needsWords},
		{topic: lawful.TopicRegister, rest: channels, names: true, units: []string{lawful.UnitDays}, needs: needsBoth},
		{topic: lawful.TopicSignal, rest: []string{"gpc"}, words: []string{lawful.BindsProfiling, lawful.BindsDisclosure}, needs: needsWords},
		{topic: lawful.TopicPassages, units: []string{""}, needs: needsNumber},
		{topic: lawful.TopicSeparateData, words: []string{"email_open", "email_opens", "opens", "location", "geolocation"}, needs: needsWords},
		{topic: lawful.TopicWeakProofChannels, words: channels, needs: needsWords},
		{topic: lawful.TopicWeakProofSources, words: []string{
			lawful.SourceBought, lawful.SourcePartner, lawful.SourceAcquired, lawful.SourceImport,
		}, needs: needsWords},
	}
}

// calendar are the units of periods that run by the calendar, and clock those of any period.
func calendar() []string {
	return []string{lawful.UnitDays, lawful.UnitWeeks, lawful.UnitMonths, lawful.UnitYears}
}

func clock() []string { return append(calendar(), lawful.UnitHours, lawful.UnitWorkingDays) }

// others are the topics of deadlines, breaches, devices and what else people look up.
func others() []form {
	return []form{
		{topic: "act", words: []string{"comprehensive"}, needs: needsWords},
		{topic: "response.pause", words: []string{"identity_days", "identity_restarts"}, needs: needsWords},
		{topic: "response", words: []string{"at_once"}, units: clock(), needs: needsAny},
		{topic: "response.", rest: []string{
			"access", "rectification", "erasure", "restriction", "portability", "objection", "human_review", "withdrawal", "opt_out",
			"confirmation", "extension", "acknowledge", "appeal", "appeal_extension", "silence",
		}, words: []string{"at_once", "refusal", "announced"}, units: clock(), needs: needsAny},
		{topic: "complaint.acknowledge", units: clock(), needs: needsNumber},
		{topic: "breach.", rest: []string{"authority", "people", "record", "authority_copy"}, words: []string{
			"without_delay", "high_risk", "if_needed", "many_people", "every_breach",
		}, units: clock(), needs: needsAny},
		{topic: "consultation", units: clock(), needs: needsNumber},
		{topic: "consultation.extension", units: clock(), needs: needsNumber},
		{topic: "notice.", rest: []string{"collected", "obtained"}, words: []string{
			"at_collection", "first_contact", "first_disclosure",
		}, units: calendar(), needs: needsAny},
		{topic: "access.recipients", words: []string{"named", "categories"}, needs: needsWords},
		{topic: "access.lookback", words: []string{"beyond_12_months"}, needs: needsWords},
		{topic: "opt_out.confirmation", words: []string{"shown"}, needs: needsWords},
		{topic: "reask.", rest: []string{"cookies", "tcf"}, units: calendar(), needs: needsNumber},
		{topic: "cookies", words: []string{"consent", "opt_out"}, needs: needsWords},
		{topic: "cookies.", rest: []string{"choice", "audience", "audience_data"}, units: calendar(), needs: needsNumber},
		{topic: "pixels", words: []string{"consent"}, needs: needsWords},
		{topic: "pixels.exempt", words: []string{
			"aggregate", "security", "deliverability", "requested_service", "essential_proof",
		}, needs: needsWords},
		{topic: TopicTombstone, words: []string{"keyed_hash", TombstoneObjectors}, units: calendar(), needs: needsBoth},
		{topic: "evidence.", rest: []string{"keep", "phone"}, words: []string{
			"while_relied_on", "from_consent", "from_last_use",
		}, units: calendar(), needs: needsAny},
		{topic: "unsubscribe.scope", words: []string{"revoke_all"}, needs: needsWords},
		{topic: "unsubscribe.", rest: append(lawful.Channels(), "mechanism"), units: clock(), needs: needsNumber},
		{topic: "implied.", rest: []string{"purchase", "inquiry"}, units: calendar(), needs: needsNumber},
		{topic: "directory.", rest: lawful.Channels(), names: true, units: []string{lawful.UnitDays}, needs: needsBoth},
		{topic: "sensitive", words: []string{"opt_in", "opt_out", "limit", "strictly_necessary", "no_sale"}, needs: needsWords},
		{topic: "age.sale", words: []string{"opt_in", "prohibited"}, units: []string{lawful.UnitYears}, needs: needsBoth},
		{topic: "brokers.deletion", units: calendar(), needs: needsNumber},
		{topic: "hours.", rest: lawful.Channels(), words: []string{"local_8_to_21"}, needs: needsWords},
	}
}

// formOf is the form of a topic's values, nil when nothing reads that topic.
func formOf(topic string) *form { return index()[topic] }

// index has the form of every topic by its name.
var index = sync.OnceValue(func() map[string]*form {
	out := map[string]*form{}
	add := func(topic string, f *form) {
		if out[topic] == nil {
			out[topic] = f
		}
	}
	for _, f := range append(decided(), others()...) {
		if !strings.HasSuffix(f.topic, ".") {
			add(f.topic, &f)
		}
		for _, rest := range f.rest {
			add(f.topic+rest, &f)
		}
	}
	return out
})

var (
	amount = regexp.MustCompile(`^([0-9]{1,5})(?: ([a-z_ ]+))?$`)
	word   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// ParseValue reads the value of a rule: a period ("36 months"), a number, or a
// comma list of the words its topic knows. The rule may be a key or a topic.
func ParseValue(rule, text string) (Value, error) {
	topic := rule
	if _, after, ok := splitKey(rule); ok {
		topic = after
	}
	f := formOf(topic)
	if f == nil {
		return Value{}, problem.Newf(problem.Invalid, "unknown_rule", "%s is no rule that has a value", rule)
	}
	v, err := f.parse(text)
	if err != nil {
		return Value{}, problem.Newf(problem.Invalid, "invalid_value", "the value of %s is not right: %v; it takes %s", rule, err, f.takes())
	}
	return v, nil
}

func (f *form) parse(text string) (Value, error) {
	var v Value
	counted := false
	for _, part := range strings.Split(text, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		m := amount.FindStringSubmatch(part)
		switch {
		case m != nil && counted:
			return v, fmt.Errorf("it has two numbers")
		case m != nil:
			counted = true
			v.Number, _ = strconv.Atoi(m[1])
			v.Unit = unit(m[2])
			if !slices.Contains(f.units, v.Unit) {
				return v, fmt.Errorf("it takes no number of %q", m[2])
			}
			if v.Number == 0 {
				return v, fmt.Errorf("nothing is not a value")
			}
		case !word.MatchString(part) || !f.names && !slices.Contains(f.words, part):
			return v, fmt.Errorf("it knows no word %q", part)
		case slices.Contains(v.Words, part):
			return v, fmt.Errorf("%q is there twice", part)
		default:
			v.Words = append(v.Words, part)
		}
	}
	return v, f.whole(v)
}

// whole checks that a value has all that its topic needs.
func (f *form) whole(v Value) error {
	number, words := v.Number > 0, len(v.Words) > 0
	switch {
	case f.needs != needsWords && f.needs != needsAny && !number:
		return fmt.Errorf("the number is missing")
	case f.needs != needsNumber && f.needs != needsAny && !words:
		return fmt.Errorf("the words are missing")
	}
	return nil
}

// unit is the constant for a unit as people write it: month, working days.
func unit(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), " ", "_")
	if text != "" && !strings.HasSuffix(text, "s") {
		text += "s"
	}
	return text
}

// takes says what a topic's value may be, for people.
func (f *form) takes() string {
	var parts []string
	if f.names {
		parts = append(parts, "names")
	}
	if len(f.words) > 0 {
		parts = append(parts, "words of "+strings.Join(f.words, ", "))
	}
	if slices.Equal(f.units, []string{""}) {
		parts = append(parts, "a number")
	} else if len(f.units) > 0 {
		parts = append(parts, "a number of "+strings.ReplaceAll(strings.Join(f.units, ", "), "_", " "))
	}
	joint := " or "
	if f.needs == needsBoth {
		joint = " and "
	}
	return strings.Join(parts, joint)
}

// splitKey cuts a key into the pack and the topic: us-ca.signal.gpc. It needs
// the pack to be one of the program's.
func splitKey(key string) (*Pack, string, bool) {
	id, topic, ok := strings.Cut(key, ".")
	if !ok {
		return nil, "", false
	}
	p := Packs()[canonical(id)]
	return p, topic, p != nil
}
