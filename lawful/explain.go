// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// saying is what an explanation is made of. It never holds an identifier.
type saying struct {
	key       string // a reason, or one of the say constants; empty: the finding's reason
	per       string // period that ends the key
	why       string // of the grade
	system    string
	law       string
	decidedBy string
	number    int
	confirmed bool
	on        time.Time // when there is no fact to take it from
	end       time.Time
}

// Sentences for a reason that has several.
const (
	sayNotCarried        = "basis_not_carried"
	sayMarketingBasis    = "basis_marketing"
	sayProfilingBasis    = "profiling_basis"
	sayLawUnnamed        = "basis_law_unnamed"
	sayNoRelation        = "no_relation"
	sayNotReached        = "not_reached"
	sayDeclaredMinimum   = "declared_minimum"
	sayConfirmed         = "consent_confirmed"
	sayDataTooOld        = "data_too_old"
	sayDataSeparate      = "data_separate"
	sayParentsConsent    = "parents_consent"
	sayPassages          = "passages"
	sayRecipientNotNamed = "recipient_not_named"
	sayNeverChecked      = "never_checked"
	saySoft              = "soft."      // and the condition that fails
	sayFrequency         = "frequency." // and the period
	sayOverride          = "override"
)

// language picks the language of an explanation: the question's, the
// organisation's, English.
func language(rules *Rules, q *Question) string {
	for _, tag := range []string{q.Language, rules.Organisation.Language} {
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if slices.Contains(Languages(), base) {
			return base
		}
	}
	return "en"
}

// step puts a rule that was tried on the trace, with what it says and where it
// comes from: the law of the place where there is one.
func (j *judge) step(s Step, law *Law) {
	if law != nil && law.Override != nil && !slices.Contains(j.overridden, law.Key) {
		j.overridden = append(j.overridden, law.Key)
	}
	if !j.q.Explain {
		return
	}
	lang := language(j.rules, &j.q)
	if rule := j.law(s.Rule); rule != nil {
		s.Text, s.Source, s.Assurance = rule.in(lang), rule.Source, rule.Assurance
	}
	if law != nil {
		s.Law, s.Source, s.Assurance, s.Override = law.Key, law.Source, law.Assurance, law.Override
	}
	j.trace = append(j.trace, s)
}

// in is the text of a rule in a language, else in English.
func (l *Law) in(lang string) string { return cmp.Or(l.Text[lang], l.Text["en"]) }

// telling gathers what the explanation of a finding is made of.
func (j *judge) telling(f finding, since *time.Time) Telling {
	t := Telling{
		Key: cmp.Or(f.say.key, string(f.reason)) + f.say.per, Why: f.say.why, System: f.say.system, Law: f.say.law,
		DecidedBy: f.say.decidedBy, Number: f.say.number,
	}
	if t.Key == string(ReasonConsentGiven) && f.say.confirmed {
		t.Key = sayConfirmed
	}
	on := f.say.on
	if since != nil {
		on = *since
		for _, fact := range append([]*Recorded{f.fact}, f.more...) {
			if fact != nil && fact.Happened.Equal(on) {
				t.Undated, t.Source = fact.Undated, fact.Source
				t.Version = j.rules.sourceVersion(&fact.Fact)
				break
			}
		}
	}
	zone := j.rules.Organisation.Zone()
	t.On, t.End, t.Last = dayIn(on, zone), dayIn(f.say.end, zone), dayIn(f.say.end.Add(-time.Second), zone)
	t.Overrides = strings.Join(j.overridden, " ")
	return t
}

// inWords puts the unit of a value, as "24 months", into the words of a language.
func inWords(value, lang string) string {
	number, unit, _ := strings.Cut(value, " ")
	key := "unit." + strings.ReplaceAll(unit, " ", "_")
	if number == "1" {
		key = strings.TrimSuffix(key, "s")
	}
	if word, ok := sentences()[lang][key]; ok {
		return number + " " + word
	}
	return value
}
