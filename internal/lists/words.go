// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/lecito/lecito/internal/problem"
)

// in picks the text of a language, English otherwise. German and Spanish stand
// by their English, in words.json: five texts beside each other read badly.
func in(lang, it, en, fr string) string {
	switch lang := primary(lang); lang {
	case "it":
		return it
	case "fr":
		return fr
	case "de", "es":
		return cmp.Or(further()[en][lang], en)
	}
	return en
}

//go:embed words.json
var wordsJSON []byte

// further holds the texts of more languages, by their English.
var further = sync.OnceValue(func() map[string]map[string]string {
	var texts map[string]map[string]string
	if err := json.Unmarshal(wordsJSON, &texts); err != nil {
		panic(err) // embedded, and read by every test
	}
	return texts
})

// primary is the language of a tag: de of de-AT.
func primary(lang string) string {
	lang, _, _ = strings.Cut(lang, "-")
	return strings.ToLower(lang)
}

// grouped writes a number with a space every three digits: 1 212.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// counted writes a number with its words, which hold the form for one and the
// form for more in brackets: "contact[|s]". French counts nought as one.
func counted(lang string, n int64, words string) string {
	one := n == 1 || n == 0 && lang == "fr"
	var b strings.Builder
	for rest := words; rest != ""; {
		before, forms, _ := strings.Cut(rest, "[")
		forms, after, _ := strings.Cut(forms, "]")
		form, more, _ := strings.Cut(forms, "|")
		if !one {
			form = more
		}
		b.WriteString(before + form)
		rest = after
	}
	return grouped(n) + " " + b.String()
}

func unreadableRow(lang string, line int) string {
	return fmt.Sprintf(in(lang,
		"La riga %d non si può leggere o non dice di chi parla, quindi non è stata decisa.",
		"Line %d can't be read, or does not say whom it is about, so nothing was decided.",
		"La ligne %d est illisible ou ne dit pas de qui elle parle : rien n’a été décidé."), line)
}

func unknownSource() error {
	return problem.New(problem.Invalid, "unknown_source", "This source is not declared: add it to the file that lecito apply reads.").
		At(problem.Place{Field: "source", Detail: "is not declared"})
}
