// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// saying is what an explanation is made of. It never holds an identifier.
type saying struct {
	key       string // a reason, or one of the say constants
	why       string // of the grade
	system    string
	law       string
	decidedBy string
	on        time.Time // when there is no fact to take it from
	end       time.Time
}

// Sentences for a reason that has several.
const (
	sayNotCarried      = "basis_not_carried"
	sayMarketingBasis  = "basis_marketing"
	sayLawUnnamed      = "basis_law_unnamed"
	sayNoRelation      = "no_relation"
	sayNotReached      = "not_reached"
	sayDeclaredMinimum = "declared_minimum"
	sayConfirmed       = "consent_confirmed"
)

// Languages lists those that explanations are written in.
func Languages() []string { return []string{"it", "en", "fr"} }

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

// explain says in one plain sentence why.
func (j *judge) explain(f finding, since *time.Time) string {
	lang := j.language()
	say := f.say
	if say.key == "" {
		say.key = string(f.reason)
	}
	if say.key == string(ReasonConsentGiven) && say.why == WhyConfirmed {
		say.key = sayConfirmed
	}
	undated, from := false, ""
	if since != nil {
		say.on = *since
		for _, fact := range f.facts {
			if fact.Happened.Equal(*since) {
				undated, from = fact.Undated, j.through(fact, lang)
				break
			}
		}
	}
	zone := j.rules.Organisation.zone()
	return fill(sentence(say.key).in(lang), func(name string) string {
		switch name {
		case "on":
			return onDate(lang, say.on.In(zone), undated)
		case "since":
			return sinceDate(lang, say.on.In(zone))
		case "end":
			return onDate(lang, say.end.In(zone), false)
		case "last":
			return onDate(lang, say.end.Add(-time.Second).In(zone), false)
		case "from":
			return from
		case "system":
			return cmp.Or(say.system, words{"uno strumento", "a tool", "un outil"}.in(lang))
		case "law":
			return strings.TrimRight(say.law, ". ")
		case "who":
			return cmp.Or(say.decidedBy, j.rules.Organisation.Name)
		}
		return whySentence(say.why).in(lang)
	})
}

// fill puts words in the places of a sentence. What is put in is never read
// again, so a title with braces stays a title.
func fill(text string, put func(name string) string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		out.WriteString(put(name))
		text = after
	}
}

// through names the source of a fact by its title.
func (j *judge) through(f *Recorded, lang string) string {
	source := j.rules.sourceThen(f.Fact)
	if source == nil {
		return ""
	}
	title := source.Title[lang]
	if title == "" {
		title = source.Title[j.rules.Organisation.Language]
	}
	if title == "" && len(source.Title) > 0 { // any, but always the same
		title = source.Title[slices.Min(slices.Collect(maps.Keys(source.Title)))]
	}
	if title == "" {
		return ""
	}
	return fmt.Sprintf(words{" (fonte: «%s»)", " (source: “%s”)", " (source : « %s »)"}.in(lang), title)
}

// onDate writes "on" a day as the language does.
func onDate(lang string, t time.Time, undated bool) string {
	day := dayOf(lang, t)
	switch {
	case lang == "it" && undated:
		return "in data ignota, prima " + elided("dell’", "del ", t) + day
	case lang == "it":
		return elided("l’", "il ", t) + day
	case lang == "fr" && undated:
		return "à une date inconnue, avant le " + day
	case lang == "fr":
		return "le " + day
	case undated:
		return "on an unknown date before " + day
	}
	return "on " + day
}

// sinceDate writes "since" a day.
func sinceDate(lang string, t time.Time) string {
	switch lang {
	case "it":
		return elided("dall’", "dal ", t) + dayOf(lang, t)
	case "fr":
		return "depuis le " + dayOf(lang, t)
	}
	return "since " + dayOf(lang, t)
}

// elided picks the Italian article: l'8 and l'11, but il 9.
func elided(vowel, consonant string, t time.Time) string {
	if t.Day() == 8 || t.Day() == 11 {
		return vowel
	}
	return consonant
}

func dayOf(lang string, t time.Time) string {
	day := fmt.Sprint(t.Day())
	var months string
	switch lang {
	case "it":
		months = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
		if t.Day() == 1 {
			day = "1º"
		}
	case "fr":
		months = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
		if t.Day() == 1 {
			day = "1er"
		}
	default:
		return t.Format("2 January 2006")
	}
	return day + " " + strings.Fields(months)[t.Month()-1] + " " + fmt.Sprint(t.Year())
}
