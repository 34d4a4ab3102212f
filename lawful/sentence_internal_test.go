// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// unsaid are reasons that Decide does not give yet and so has no words for.
func unsaid() []Reason { return []Reason{ReasonListNotCleared, ReasonNotAuthorised} }

// saidOtherwise are reasons that never speak for themselves: each finding of
// theirs names the sentence that says which of several things is the matter.
func saidOtherwise() []Reason {
	return []Reason{ReasonBasisNotAllowed, ReasonSoftOptInUnmet, ReasonFrequencyExceeded}
}

// endings completes the say constants that are the beginning of a key. The
// periods of a frequency are those that back knows.
func endings(consts map[string]string) map[string][]string {
	soft := []string{}
	for name, value := range consts {
		if strings.HasPrefix(name, "Soft") {
			soft = append(soft, value)
		}
	}
	return map[string][]string{saySoft: soft, sayFrequency: {"day", "week", "month", "year"}}
}

// putIn are the places that explain, filler and the dates know words for.
func putIn(key string) []string {
	switch {
	case key == "from":
		return []string{"title"}
	case key == sayOverride:
		return []string{"rule", "was", "value", "who", "reason"}
	case key == "date.date":
		return []string{"d", "month", "year"}
	case strings.HasPrefix(key, "date."):
		return []string{"day"}
	}
	return []string{"on", "since", "day", "end", "last", "last_day", "from", "number", "system", "law", "who", "why"}
}

// sources parses the package's own files, without its tests.
func sources(t *testing.T) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// constants finds the text constants of the package by name, so that none that
// comes later goes without its words.
func constants(t *testing.T, files []*ast.File) map[string]string {
	t.Helper()
	consts := map[string]string{}
	for _, file := range files {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok || d.Tok != token.CONST {
				continue
			}
			for _, spec := range d.Specs {
				s, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, v := range s.Values {
					lit, ok := v.(*ast.BasicLit)
					if !ok || lit.Kind != token.STRING {
						continue
					}
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					consts[s.Names[i].Name] = text
				}
			}
		}
	}
	return consts
}

// wanted lists every key that an explanation can ask for; true: a whole sentence.
func wanted(t *testing.T) map[string]bool {
	t.Helper()
	consts := constants(t, sources(t))
	if consts["ReasonErased"] != string(ReasonErased) || consts["sayOverride"] != sayOverride || consts["WhyTicked"] != WhyTicked {
		t.Fatal("the constants were not found")
	}
	keys := map[string]bool{"not_permitted": true, "tool": false, "from": false}
	ends := endings(consts)
	for name, value := range consts {
		switch {
		case strings.HasPrefix(name, "Reason"):
			if !slices.Contains(Reasons(), Reason(value)) {
				t.Errorf("%s is not among Reasons", name)
			}
			if !slices.Contains(unsaid(), Reason(value)) && !slices.Contains(saidOtherwise(), Reason(value)) {
				keys[value] = true
			}
		case strings.HasPrefix(name, "Why"):
			keys["why."+value] = false
		case strings.HasPrefix(name, "say") && strings.HasSuffix(value, "."):
			if len(ends[value]) == 0 {
				t.Errorf("nothing is known to complete %s", name)
			}
			for _, end := range ends[value] {
				keys[value+end] = true
			}
		case strings.HasPrefix(name, "say"):
			keys[value] = true
		}
	}
	for _, date := range []string{"months", "date", "first", "on", "on_undated", "since"} {
		keys["date."+date] = false
	}
	for _, unit := range []string{UnitHours, UnitDays, UnitWorkingDays, UnitWeeks, UnitMonths, UnitYears} {
		keys["unit."+unit], keys["unit."+strings.TrimSuffix(unit, "s")] = false, false
	}
	return keys
}

func TestEveryLanguageHasEverySentence(t *testing.T) {
	keys := wanted(t)
	for _, lang := range Languages() {
		words, saidBy := sentences()[lang], map[string]string{}
		for key := range keys {
			if words[key] == "" {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
		for key, text := range words {
			base, vowel := strings.CutSuffix(key, "_vowel")
			whole, known := keys[base]
			if !known || vowel && (whole || base == "date.date") {
				t.Errorf("%s: nothing asks for %s", lang, key)
			}
			if whole && !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s does not end with a full stop: %q", lang, key, text)
			}
			if !whole && strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s stands within a sentence: %q", lang, key, text)
			}
			if saidBy[text] != "" && !strings.HasPrefix(key, "unit.") { // a French month is one of several
				t.Errorf("%s: %s and %s say the same: %q", lang, key, saidBy[text], text)
			}
			saidBy[text] = key
		}
		if months := strings.Fields(words["date.months"]); len(months) != 12 {
			t.Errorf("%s: %d months", lang, len(months))
		}
	}
}

// places lists the places of a sentence in alphabetical order.
func places(text string) []string {
	found := []string{}
	fill(text, func(name string) string {
		found = append(found, name)
		return ""
	})
	slices.Sort(found)
	return found
}

func TestEveryLanguageHasTheSamePlaces(t *testing.T) {
	english := sentences()["en"]
	for _, lang := range Languages() {
		for key, text := range sentences()[lang] {
			base := strings.TrimSuffix(key, "_vowel")
			if got, want := places(text), places(english[base]); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the places %q, in English %q", lang, key, got, want)
			}
			for _, place := range places(text) {
				if !slices.Contains(putIn(base), place) {
					t.Errorf("%s: nothing is put into {%s} of %s", lang, place, key)
				}
			}
			if strings.Count(text, "{") != strings.Count(text, "}") || strings.Count(text, "{") != len(places(text)) {
				t.Errorf("%s: a brace of %s is left over: %q", lang, key, text)
			}
		}
	}
}

func TestTheFilesOfSentencesAreWellFormed(t *testing.T) {
	files, err := fs.Glob(texts, "texts/*")
	if err != nil || len(files) != len(Languages()) {
		t.Fatalf("got %q, %v, want one file a language", files, err)
	}
	for _, name := range files {
		file, err := texts.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i, line := range strings.Split(strings.TrimSuffix(string(file), "\n"), "\n") {
			key, text, found := strings.Cut(line, " = ")
			switch {
			case i == 0 && line == "# SPDX-License-Identifier: Apache-2.0":
			case !found || key == "" || strings.TrimSpace(text) == "" || strings.TrimSpace(line) != line:
				t.Errorf("%s:%d: not a key and its sentence: %q", name, i+1, line)
			case seen[key]:
				t.Errorf("%s:%d: %s stands here again", name, i+1, key)
			}
			seen[key] = true
		}
	}
}

// A reason without a sentence of its own may only be given with one named.
func TestAReasonSaidOtherwiseNamesItsSentence(t *testing.T) {
	names := map[string]bool{}
	files := sources(t)
	for name, value := range constants(t, files) {
		if strings.HasPrefix(name, "Reason") && slices.Contains(saidOtherwise(), Reason(value)) {
			names[name] = true
		}
	}
	given, named := 0, 0
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				return n.Name.Name != "Reasons"
			case *ast.ValueSpec:
				return !names[n.Names[0].Name]
			case *ast.Ident:
				if names[n.Name] {
					given++
				}
			case *ast.CompositeLit:
				reason, ok := field(n, "reason").(*ast.Ident)
				say, spoken := field(n, "say").(*ast.CompositeLit)
				if ok && names[reason.Name] && spoken && field(say, "key") != nil {
					named++
				}
			}
			return true
		})
	}
	if given == 0 || given != named {
		t.Errorf("of %d findings with such a reason %d name their sentence", given, named)
	}
}

// field is the value of a field in a composite literal, nil when it is not set.
func field(lit *ast.CompositeLit, name string) ast.Expr {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == name {
				return kv.Value
			}
		}
	}
	return nil
}

func TestDatesReadRight(t *testing.T) {
	for _, c := range []struct {
		lang               string
		day                int
		on, undated, since string
	}{
		{"it", 1, "il 1º marzo 2026", "in data ignota, prima del 1º marzo 2026", "dal 1º marzo 2026"},
		{"it", 8, "l’8 marzo 2026", "in data ignota, prima dell’8 marzo 2026", "dall’8 marzo 2026"},
		{"it", 11, "l’11 marzo 2026", "in data ignota, prima dell’11 marzo 2026", "dall’11 marzo 2026"},
		{"it", 21, "il 21 marzo 2026", "in data ignota, prima del 21 marzo 2026", "dal 21 marzo 2026"},
		{"en", 1, "on 1 March 2026", "on an unknown date before 1 March 2026", "since 1 March 2026"},
		{"en", 8, "on 8 March 2026", "on an unknown date before 8 March 2026", "since 8 March 2026"},
		{"en", 11, "on 11 March 2026", "on an unknown date before 11 March 2026", "since 11 March 2026"},
		{"en", 21, "on 21 March 2026", "on an unknown date before 21 March 2026", "since 21 March 2026"},
		{"fr", 1, "le 1er mars 2026", "à une date inconnue antérieure au 1er mars 2026", "depuis le 1er mars 2026"},
		{"fr", 8, "le 8 mars 2026", "à une date inconnue antérieure au 8 mars 2026", "depuis le 8 mars 2026"},
		{"fr", 11, "le 11 mars 2026", "à une date inconnue antérieure au 11 mars 2026", "depuis le 11 mars 2026"},
		{"fr", 21, "le 21 mars 2026", "à une date inconnue antérieure au 21 mars 2026", "depuis le 21 mars 2026"},
		{"de", 1, "am 1. März 2026", "an einem unbekannten Tag vor dem 1. März 2026", "seit dem 1. März 2026"},
		{"de", 8, "am 8. März 2026", "an einem unbekannten Tag vor dem 8. März 2026", "seit dem 8. März 2026"},
		{"de", 11, "am 11. März 2026", "an einem unbekannten Tag vor dem 11. März 2026", "seit dem 11. März 2026"},
		{"de", 21, "am 21. März 2026", "an einem unbekannten Tag vor dem 21. März 2026", "seit dem 21. März 2026"},
		{"es", 1, "el 1 de marzo de 2026", "en fecha desconocida anterior al 1 de marzo de 2026", "desde el 1 de marzo de 2026"},
		{"es", 8, "el 8 de marzo de 2026", "en fecha desconocida anterior al 8 de marzo de 2026", "desde el 8 de marzo de 2026"},
		{"es", 11, "el 11 de marzo de 2026", "en fecha desconocida anterior al 11 de marzo de 2026", "desde el 11 de marzo de 2026"},
		{"es", 21, "el 21 de marzo de 2026", "en fecha desconocida anterior al 21 de marzo de 2026", "desde el 21 de marzo de 2026"},
	} {
		day := time.Date(2026, time.March, c.day, 12, 0, 0, 0, time.UTC)
		for want, got := range map[string]string{
			c.on: onDate(c.lang, day, false), c.undated: onDate(c.lang, day, true), c.since: sinceDate(c.lang, day),
		} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

// misread finds what no sentence with a date in it may say: a preposition
// twice, or one that should have been joined or elided.
func misread(lang string) *regexp.Regexp {
	return regexp.MustCompile(map[string]string{
		"it": `(?i)\b(il|del|al|dal|nel|sul) (8|11)\b|\b(il|del|al|dal|giorno) (il|l’|dal)|\b(il|al|del|dal|giorno) in data`,
		"en": `(?i)\b(on|of|until|since|in) (on|since)\b`,
		"fr": `(?i)\b(le|du|au|de) (le|depuis)\b|\bdepuis depuis\b|l’(8|11)\b|\b(le|du|au) à `,
		"de": `(?i)\b(am|vom|zum|bis|seit) (am|seit|an)\b`,
		"es": `(?i)\b(el|al|del|de|a) el\b|\bdesde el desde\b|\b(el|al|del) en\b`,
	}[lang])
}

func TestDatesReadRightWithinSentences(t *testing.T) {
	for _, lang := range Languages() {
		wrong := misread(lang)
		for key, text := range sentences()[lang] {
			if strings.HasPrefix(key, "date.") {
				continue
			}
			for i := range 8 {
				day := time.Date(2026, time.March, []int{1, 8, 11, 21}[i/2], 12, 0, 0, 0, time.UTC)
				got := fill(text, func(name string) string { return example(lang, name, day, i%2 == 1) })
				if bad := wrong.FindString(got); bad != "" || strings.Contains(strings.TrimSpace(got), "  ") {
					t.Errorf("%s: %s reads %q (%q)", lang, key, got, bad)
				}
			}
		}
	}
}

// example puts into a place what an explanation would.
func example(lang, name string, day time.Time, undated bool) string {
	switch name {
	case "on":
		return onDate(lang, day, undated)
	case "end", "last":
		return onDate(lang, day, false)
	case "since":
		return sinceDate(lang, day)
	case "day", "last_day":
		return dayOf(lang, day)
	case "from":
		return fill(sentence(lang, "from"), func(string) string { return "X" })
	case "why":
		return sentence(lang, "why."+WhyTicked)
	case "system":
		return sentence(lang, "tool")
	}
	return "14"
}

func TestAKeyWithoutASentenceIsNeverSilent(t *testing.T) {
	for _, lang := range Languages() {
		if got := sentence(lang, "something else"); got == "" || got != sentence(lang, "not_permitted") {
			t.Errorf("%s: %q", lang, got)
		}
	}
}
