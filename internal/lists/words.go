// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lecito/lecito/internal/problem"
)

// in picks the text of a language, English otherwise.
func in(lang, it, en, fr string) string {
	switch primary(lang) {
	case "it":
		return it
	case "fr":
		return fr
	}
	return en
}

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
	format := in(lang,
		"La riga %d non si può leggere o non dice di chi parla, quindi non è stata decisa.",
		"Line %d can't be read, or does not say whom it is about, so nothing was decided.",
		"La ligne %d est illisible ou ne dit pas de qui elle parle : rien n’a été décidé.")
	switch primary(lang) {
	case "de":
		format = "Zeile %d ist nicht lesbar oder sagt nicht, um wen es geht: Es wurde nichts entschieden."
	case "es":
		format = "La línea %d no se puede leer o no dice de quién habla: no se decidió nada."
	}
	return fmt.Sprintf(format, line)
}

func unknownSource() error {
	return problem.New(problem.Invalid, "unknown_source", "This source is not declared: add it to the file that lecito apply reads.").
		At(problem.Place{Field: "source", Detail: "is not declared"})
}
