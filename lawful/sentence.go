// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"embed"
	"strings"
	"sync"
	"time"
)

// texts holds one file a language: a key, " = ", and the sentence, for the
// people who read it: plain, exact, complete; who did what and when; no word of
// the trade, no identifier. {on} is a date with its preposition, {from} a source
// in brackets or nothing.
//
//go:embed texts/*.txt
var texts embed.FS

// Languages lists those that explanations are written in.
func Languages() []string { return []string{"it", "en", "fr", "de", "es"} }

// sentences are the texts by language and key, read once.
var sentences = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range Languages() {
		file, err := texts.ReadFile("texts/" + lang + ".txt")
		if err != nil { // embedded
			panic(err)
		}
		all[lang] = map[string]string{}
		for line := range strings.Lines(string(file)) {
			if key, text, found := strings.Cut(strings.TrimRight(line, "\n"), " = "); found {
				all[lang][key] = text
			}
		}
	}
	return all
})

// sentence is the text of a key; one that there is none for never stays silent.
func sentence(lang, key string) string {
	if text, ok := sentences()[lang][key]; ok {
		return text
	}
	return sentences()[lang]["not_permitted"]
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

// onDate writes "on" a day as the language does.
func onDate(lang string, t time.Time, undated bool) string {
	key := "date.on"
	if undated {
		key = "date.on_undated"
	}
	return withDay(lang, key, t)
}

// sinceDate writes "since" a day.
func sinceDate(lang string, t time.Time) string { return withDay(lang, "date.since", t) }

// withDay fills a day into a phrase; where the language elides before eight and
// eleven (Italian) it has a phrase for that.
func withDay(lang, key string, t time.Time) string {
	if elided, ok := sentences()[lang][key+"_vowel"]; ok && (t.Day() == 8 || t.Day() == 11) {
		return fill(elided, func(string) string { return dayOf(lang, t) })
	}
	return fill(sentences()[lang][key], func(string) string { return dayOf(lang, t) })
}

func dayOf(lang string, t time.Time) string {
	words := sentences()[lang]
	return fill(words["date.date"], func(name string) string {
		switch {
		case name == "month":
			return strings.Fields(words["date.months"])[t.Month()-1]
		case name == "year":
			return t.Format("2006")
		case t.Day() == 1:
			return words["date.first"]
		}
		return t.Format("2")
	})
}
