// SPDX-License-Identifier: Apache-2.0

// Package notice is what people were told: a text in numbered versions, short
// and long, in several languages (GDPR arts 13, 14). A version once published
// never changes; its digest binds every choice made on it to the words shown.
//
// What it promises: the digest depends on the texts alone, so it can be made
// again with any JSON and SHA-256 tool; a text is always found, in the language
// asked for or the nearest one there is.
//
// Where it is weak: texts are written by hand, and nothing here checks that
// they say what the register says.
package notice

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Notice is one version of a text shown to people.
type Notice struct {
	ID      string          `json:"id"`
	Version int             `json:"version"`
	From    string          `json:"from,omitempty"` // the day it was first shown, as 2006-01-02
	Changes []Change        `json:"changes,omitempty"`
	Texts   map[string]Text `json:"texts"` // by language
}

// Text is a notice in one language.
type Text struct {
	Short string `json:"short,omitempty"` // beside the box or button
	Long  string `json:"long,omitempty"`  // the whole of it
}

// Change says what a version means for the choices made on an earlier one.
type Change struct {
	Purpose string `json:"purpose"`
	Effect  string `json:"effect,omitempty"` // Inform unless declared otherwise
	Why     string `json:"why,omitempty"`
}

// Effects of a change.
const (
	Inform    = "inform"    // people are told; their choices stand
	Reconsent = "reconsent" // a new controller, data, profiling or third party: they are asked again
)

// Digest is the SHA-256, in base64, of the texts as JSON: languages in order
// of their codes, short before long, no spaces, nothing escaped that need not be.
func (n Notice) Digest() string {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(n.Texts); err != nil { // a map of strings always encodes
		panic(err)
	}
	sum := sha256.Sum256(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Languages lists the languages the notice is written in, in order of their codes.
func (n Notice) Languages() []string { return slices.Sorted(maps.Keys(n.Texts)) }

// In gives the text in the nearest language there is, and which one that is.
// The organisation's own language is the fallback.
func (n Notice) In(language, fallback string) (Text, string) {
	found := Nearest(n.Languages(), language, fallback)
	return n.Texts[found], found
}

// Nearest picks, of the languages there are, the one asked for, else the same
// language of another place (de for de-AT, de-AT for de), else the fallback by
// the same rule, else English, else the first. It gives "" only when there is none.
func Nearest(have []string, want, fallback string) string {
	for _, language := range []string{want, fallback, "en"} {
		if language == "" {
			continue
		}
		if i := slices.IndexFunc(have, func(h string) bool { return strings.EqualFold(h, language) }); i >= 0 {
			return have[i]
		}
		if i := slices.Index(have, base(language)); i >= 0 {
			return have[i]
		}
		if i := slices.IndexFunc(have, func(h string) bool { return base(h) == base(language) }); i >= 0 {
			return have[i]
		}
	}
	if len(have) == 0 {
		return ""
	}
	return have[0]
}

func base(language string) string {
	b, _, _ := strings.Cut(strings.ToLower(language), "-")
	return b
}

// wordsPerMinute is how fast an adult reads plain prose on a screen, on the slow side.
const wordsPerMinute = 200

// ReadingTime is how long the text takes to read, to the next ten seconds: a
// notice nobody could have read before ticking the box is a weak proof.
func (t Text) ReadingTime() time.Duration {
	words := len(strings.FieldsFunc(t.Short+" "+t.Long, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’'
	}))
	const step = 10 * time.Second
	exact := time.Duration(words) * time.Minute / wordsPerMinute
	return (exact + step - 1) / step * step
}
