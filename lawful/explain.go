// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// saying is what an explanation is made of. It never holds an identifier.
type saying struct {
	key       string // a reason, or one of the say constants; empty: the finding's reason
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

// language picks the language of the explanation: the question's, the
// organisation's, English.
func (j *judge) language() string {
	for _, tag := range []string{j.q.Language, j.rules.Organisation.Language} {
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
	lang := j.language()
	if rule := j.law(s.Rule); rule != nil {
		s.Text, s.Source, s.Assurance = rule.in(lang), rule.Source, rule.Assurance
	}
	if law != nil {
		s.Law, s.Source, s.Assurance, s.Override = law.Key, law.Source, law.Assurance, law.Override
		if law.Override != nil && !slices.Contains(j.overridden, law) {
			j.overridden = append(j.overridden, law)
		}
	}
	j.trace = append(j.trace, s)
}

// in is the text of a rule in a language, else in English.
func (l *Law) in(lang string) string { return cmp.Or(l.Text[lang], l.Text["en"]) }

// explain says in one plain sentence why, and adds each rule that the
// organisation changed and this decision used.
func (j *judge) explain(f finding, since *time.Time) string {
	lang := j.language()
	key := cmp.Or(f.say.key, string(f.reason))
	if key == string(ReasonConsentGiven) && f.say.confirmed {
		key = sayConfirmed
	}
	text := fill(sentence(lang, key), j.filler(f, since, lang))
	for _, law := range j.overridden {
		text += " " + fill(sentence(lang, sayOverride), func(name string) string {
			switch name {
			case "rule":
				return law.Key
			case "was":
				return inWords(law.Override.Was, lang)
			case "value":
				return inWords(law.Value(), lang)
			case "who":
				return law.Override.DecidedBy
			}
			return strings.TrimRight(law.Override.Reason, ". ")
		})
	}
	return text
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

// filler knows the words for the places of a sentence.
func (j *judge) filler(f finding, since *time.Time, lang string) func(string) string {
	zone := j.rules.Organisation.Zone()
	on, undated, from := f.say.on, false, ""
	if since != nil {
		on = *since
		for _, fact := range append([]*Recorded{f.fact}, f.more...) {
			if fact != nil && fact.Happened.Equal(on) {
				undated, from = fact.Undated, j.through(fact, lang)
				break
			}
		}
	}
	last := f.say.end.Add(-time.Second).In(zone)
	return func(name string) string {
		switch name {
		case "on":
			return onDate(lang, on.In(zone), undated)
		case "since":
			return sinceDate(lang, on.In(zone))
		case "day":
			return dayOf(lang, on.In(zone))
		case "end":
			return onDate(lang, f.say.end.In(zone), false)
		case "last":
			return onDate(lang, last, false)
		case "last_day":
			return dayOf(lang, last)
		case "from":
			return from
		case "number":
			return strconv.Itoa(f.say.number)
		case "system":
			return cmp.Or(f.say.system, sentence(lang, "tool"))
		case "law":
			return strings.TrimRight(f.say.law, ". ")
		case "who":
			return cmp.Or(f.say.decidedBy, j.rules.Organisation.Name)
		}
		return sentence(lang, "why."+f.say.why)
	}
}

// through names the source of a fact by its title.
func (j *judge) through(f *Recorded, lang string) string {
	source := j.rules.sourceThen(&f.Fact)
	if source == nil {
		return ""
	}
	title := cmp.Or(source.Title[lang], source.Title[j.rules.Organisation.Language])
	if title == "" && len(source.Title) > 0 { // any, but always the same
		title = source.Title[slices.Min(slices.Collect(maps.Keys(source.Title)))]
	}
	if title == "" {
		return ""
	}
	return fill(sentence(lang, "from"), func(string) string { return title })
}
