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

// Telling is what an explanation is made of, in no language: words of the
// product, of the organisation, and days in its time zone. It names no person,
// no entry and no instant, so most people share one with many others.
type Telling struct {
	Key       string `json:"key"`               // of the sentence
	Why       string `json:"why,omitempty"`     // of the grade
	System    string `json:"system,omitempty"`  // that blocked
	Law       string `json:"law,omitempty"`     // that obliges
	DecidedBy string `json:"decided,omitempty"` // who accepted weak proof
	Number    int    `json:"number,omitempty"`  // of times, or years
	On        Day    `json:"on,omitempty"`
	End       Day    `json:"end,omitempty"`  // the day in which something ended or begins
	Last      Day    `json:"last,omitempty"` // the last day before that
	Undated   bool   `json:"undated,omitempty"`
	Source    string `json:"source,omitempty"`    // through which the deciding fact came,
	Version   int    `json:"version,omitempty"`   // and which of its versions, from 0
	Overrides string `json:"overrides,omitempty"` // keys of the rules used that the organisation changed, with a space between
}

// Day is a calendar day as a number: 20261122 is 22 November 2026.
type Day int32

func dayIn(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(y*10000 + int(m)*100 + d)
}

// noon is an instant of the day, for those who write days.
func (d Day) noon() time.Time {
	return time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 12, 0, 0, 0, time.UTC)
}

// in says in one plain sentence why, and adds each rule that the organisation
// changed and this decision used.
func (t *Telling) in(rules *Rules, q *Question) string {
	lang := language(rules, q)
	text := fill(sentence(lang, t.Key), func(name string) string { return t.word(name, lang, rules) })
	for key := range strings.FieldsSeq(t.Overrides) {
		if law := rules.overridden(key, q.At); law != nil {
			text += " " + fill(sentence(lang, sayOverride), func(name string) string { return law.overrideWord(name, lang) })
		}
	}
	return text
}

// word is what stands in a place of the sentence.
func (t *Telling) word(name, lang string, rules *Rules) string {
	switch name {
	case "on":
		return onDate(lang, t.On.noon(), t.Undated)
	case "since":
		return sinceDate(lang, t.On.noon())
	case "day":
		return dayOf(lang, t.On.noon())
	case "end":
		return onDate(lang, t.End.noon(), false)
	case "last":
		return onDate(lang, t.Last.noon(), false)
	case "last_day":
		return dayOf(lang, t.Last.noon())
	case "from":
		return t.through(rules, lang)
	case "number":
		return strconv.Itoa(t.Number)
	case "system":
		return cmp.Or(t.System, sentence(lang, "tool"))
	case "law":
		return strings.TrimRight(t.Law, ". ")
	case "who":
		return cmp.Or(t.DecidedBy, rules.Organisation.Name)
	}
	return sentence(lang, "why."+t.Why)
}

// through names the source by its title.
func (t *Telling) through(rules *Rules, lang string) string {
	versions := rules.Sources[t.Source]
	if t.Version >= len(versions) {
		return ""
	}
	titles := versions[t.Version].Title
	title := cmp.Or(titles[lang], titles[rules.Organisation.Language])
	if title == "" && len(titles) > 0 { // any, but always the same
		title = titles[slices.Min(slices.Collect(maps.Keys(titles)))]
	}
	if title == "" {
		return ""
	}
	return fill(sentence(lang, "from"), func(string) string { return title })
}

// overridden finds the rule of a key that an organisation changed, as in force at an instant.
func (r *Rules) overridden(key string, at time.Time) *Law {
	for _, place := range slices.Sorted(maps.Keys(r.Law)) {
		for _, versions := range r.Law[place].Rules {
			for i := range versions {
				if l := &versions[i]; l.Key == key && l.Override != nil && l.inForce(at) {
					return l
				}
			}
		}
	}
	return nil
}

func (l *Law) overrideWord(name, lang string) string {
	switch name {
	case "rule":
		return l.Key
	case "was":
		return inWords(l.Override.Was, lang)
	case "value":
		return inWords(l.Value(), lang)
	case "who":
		return l.Override.DecidedBy
	}
	return strings.TrimRight(l.Override.Reason, ". ")
}
