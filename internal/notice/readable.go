// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"strings"
	"unicode"
)

// Measure is how easy a text is to read, from 0 to 100, the higher the easier,
// by the formula that was made for its language.
type Measure struct {
	Score   int
	Formula string // whose
}

// Bounds of a score. Flesch calls 60 plain; Gulpease puts 60 at what somebody
// with eight years of school reads alone, 40 at thirteen.
const (
	Plain = 60 // and more
	Hard  = 40 // and less
)

// enough is how many words a text needs to be measured: shorter ones say
// nothing on average.
const enough = 8

// Readable measures a text. ok is false where the text is too short or no
// formula is known for the language.
//
// The formulas: Gulpease for Italian (Lucisano and Piemontese 1988), Flesch
// reading ease for English (Flesch 1948), and those fitted to it: Kandel and
// Moles for French (1958), Amstad for German (1978), Fernández Huerta for
// Spanish (1959). Syllables are counted by their vowels, which is near enough
// for an average.
func Readable(text, language string) (m Measure, ok bool) {
	c := count(text, base(language))
	if c.words < enough {
		return m, false
	}
	perSentence := float64(c.words) / float64(max(c.sentences, 1))
	perWord := float64(c.syllables) / float64(c.words)
	var score float64
	switch base(language) {
	case "it":
		m.Formula, score = "Gulpease", 89+(300*float64(c.sentences)-10*float64(c.letters))/float64(c.words)
	case "en":
		m.Formula, score = "Flesch", 206.835-1.015*perSentence-84.6*perWord
	case "fr":
		m.Formula, score = "Kandel-Moles", 207-1.015*perSentence-73.6*perWord
	case "de":
		m.Formula, score = "Amstad", 180-perSentence-58.5*perWord
	case "es":
		m.Formula, score = "Fernández Huerta", 206.84-1.02*perSentence-60*perWord
	default:
		return m, false
	}
	m.Score = int(min(max(score, 0), 100))
	return m, true
}

// counts are of what a text consists.
type counts struct{ sentences, words, letters, syllables int }

func count(text, language string) counts {
	var c counts
	open := false // a sentence has begun
	fields := strings.Fields(text)
	for i, field := range fields {
		if strings.IndexFunc(field, unicode.IsLetter) >= 0 {
			c.words++
			open = true
			for _, r := range field {
				if unicode.IsLetter(r) {
					c.letters++
				}
			}
			c.syllables += syllables(strings.ToLower(field), language)
		}
		last := i == len(fields)-1
		if open && (last || ends(field) && begins(fields[i+1])) {
			c.sentences, open = c.sentences+1, false
		}
	}
	return c
}

// ends says whether a mark that can end a sentence stands behind a word.
func ends(word string) bool {
	word = strings.TrimRight(word, `"'»”’)]`)
	return strings.TrimRight(word, ".!?:;…") != word
}

// begins says whether a word can begin a sentence: in "art. 6" and "lett. a"
// the stop ends nothing.
func begins(word string) bool {
	word = strings.TrimLeft(word, `"'«“‘([¿¡-–—`)
	return word != "" && unicode.IsUpper([]rune(word)[0])
}

// syllables counts groups of vowels; in English and French an e at the end is
// silent.
func syllables(word, language string) int {
	const vowels = "aeiouyàáâäãåæèéêëìíîïòóôöõœùúûüÿ"
	word = strings.TrimRightFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
	if len(word) > 2 && (language == "en" || language == "fr") {
		word = strings.TrimSuffix(word, "e")
		if language == "fr" {
			word = strings.TrimSuffix(word, "es")
		}
	}
	n, inside := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune(vowels, r)
		if vowel && !inside {
			n++
		}
		inside = vowel
	}
	return max(n, 1)
}
