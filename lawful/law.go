// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pack is the law of one jurisdiction, as rules with dates. What the pack does
// not say for itself it has from its base, already written in: a rule's key
// tells whose it is.
type Pack struct {
	Base    string           `json:"base,omitempty"` // id of the pack that fills its gaps
	Version string           `json:"version"`        // day on which it was last compared with its sources, as 2026-11-21
	Rules   map[string][]Law `json:"rules"`          // by topic; of several the first in force holds
}

// Base is the pack that every chain of packs ends in: the floor that holds
// everywhere, and the text and source of every rule of decision.
const Base = "base"

// Law is one rule, in force for a time. Which of Words and Number it has
// depends on its topic.
type Law struct {
	Key       string            `json:"key"`              // jurisdiction and topic: it.retention.marketing
	Words     []string          `json:"words,omitempty"`  // what it lists
	Number    int               `json:"number,omitempty"` // how many of Unit
	Unit      string            `json:"unit,omitempty"`   // one of the Unit constants
	From      *time.Time        `json:"from,omitempty"`   // nil: for every past instant
	To        *time.Time        `json:"to,omitempty"`     // exclusive; nil: until further notice
	Text      map[string]string `json:"text"`             // what it says, by language; English always
	Source    string            `json:"source"`           // act, article, document number
	Assurance string            `json:"assurance"`        // one of the Assurance constants
	Override  *Override         `json:"override,omitempty"`
}

// Override is the written decision of an organisation to hold another value.
type Override struct {
	Was       string `json:"was"` // the value of the pack
	Reason    string `json:"reason"`
	DecidedBy string `json:"decided_by"`
}

// How sure a rule is.
const (
	AssuranceVerified  = "verified"  // read in the text of the law or of the authority
	AssuranceSecondary = "secondary" // read in what others write about it
	AssuranceComputed  = "computed"  // follows from other rules by calculation
	AssuranceMemory    = "memory"    // not checked against any text
)

// Units of periods.
const (
	UnitHours       = "hours"
	UnitDays        = "days"
	UnitWorkingDays = "working_days"
	UnitWeeks       = "weeks"
	UnitMonths      = "months"
	UnitYears       = "years"
)

// Topics of law that a decision reads besides the rules of decision
// themselves (the Rule constants are topics too, of the base pack).
const (
	TopicBases             = "bases."            // and a channel: bases that marketing there may have
	TopicBusiness          = ".business"         // after a channel: the same for people addressed in their profession
	TopicServiceBases      = "bases.service"     // bases of what is not marketing
	TopicProfilingBases    = "bases.profiling"   // bases of profiling, besides those of the channel
	TopicSoftOptIn         = "soft_opt_in"       // Words: conditions, of the Soft constants
	TopicAge               = "age.consent"       // Number of years from which a child consents alone
	TopicRetention         = "retention."        // and marketing or profiling: the longest without a written reason
	TopicActivity          = "activity"          // Words: acts that show interest
	TopicRegister          = "register."         // and a channel: Words are its registers, Number how long a check is good
	TopicRegisterContract  = "register.contract" // Number: how long after its end a contract still carries a consent over a listing
	TopicRegisterSpares    = "register.spares"   // Words: registers that nobody has to ask where the person consented
	TopicSignal            = "signal."           // and a signal: Words are what it binds, of the Binds constants
	TopicPassages          = "consent.passages"  // Number of hands through which a yes may come to us
	TopicSeparateData      = "separate.data"     // Words: data that needs a purpose of its own
	TopicWeakProofChannels = "weak_proof.never.channels"
	TopicWeakProofSources  = "weak_proof.never.sources"
)

// Conditions of the soft opt-in (Directive 2002/58/EC art. 13(2)).
const (
	SoftSale           = "sale"            // the contact was obtained in a sale
	SoftAddressGiven   = "address_given"   // by the person themselves
	SoftSimilar        = "similar"         // and what is offered is similar to what was sold
	SoftInformed       = "informed"        // they were told of this use
	SoftRefusalOffered = "refusal_offered" // and could refuse at once, free of charge
	SoftNotRefused     = "not_refused"     // and never did, in any box for the same content
)

// What a signal may bind.
const (
	BindsProfiling  = "profiling"
	BindsDisclosure = "disclosure"
)

// Value writes what the rule says, as an override does: "24 months" or "consent, soft_opt_in".
func (l *Law) Value() string {
	value := strings.Join(l.Words, ", ")
	if l.Number == 0 && l.Unit == "" {
		return value
	}
	if value != "" {
		value += ", "
	}
	return value + strings.TrimSpace(strconv.Itoa(l.Number)+" "+strings.ReplaceAll(l.Unit, "_", " "))
}

// Period is the number of the rule, as a length of calendar time.
func (l *Law) Period() Period { return Period{l.Number, l.Unit} }

// LawAt is the rule of a jurisdiction on a topic at an instant, nil when there is
// none. A jurisdiction without a pack has the base.
func (r *Rules) LawAt(jurisdiction, topic string, at time.Time) *Law {
	return lawIn(r.pack(jurisdiction), topic, at)
}

// pack is the law of a jurisdiction; one without a pack has the base.
func (r *Rules) pack(jurisdiction string) map[string][]Law {
	pack, ok := r.Law[jurisdiction]
	if !ok {
		pack = r.Law[Base]
	}
	return pack.Rules
}

// lawIn is the version of a rule of a pack in force at an instant, nil when there is none.
func lawIn(pack map[string][]Law, topic string, at time.Time) *Law {
	versions := pack[topic]
	for i := range versions {
		v := &versions[i]
		if v.inForce(at) {
			return v
		}
	}
	return nil
}

func (l *Law) inForce(at time.Time) bool {
	return (l.From == nil || !l.From.After(at)) && (l.To == nil || l.To.After(at))
}

// lists tells whether a rule names a word.
func (l *Law) lists(word string) bool { return l != nil && slices.Contains(l.Words, word) }
