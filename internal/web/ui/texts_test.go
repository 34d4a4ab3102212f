// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// catalogue reads the texts of one language as they are written: every form of
// every key.
func catalogue(t *testing.T, language string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("texts/*." + language + ".json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no texts in %s: %v", language, err)
	}
	out := map[string][]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var found map[string]any
		if err := json.Unmarshal(b, &found); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		part, _, _ := strings.Cut(filepath.Base(file), ".")
		for key, v := range found {
			if part != "words" && !strings.HasPrefix(key, part+".") {
				t.Errorf("%s: the key %s does not begin with %s.", file, key, part)
			}
			out[key] = forms(v)
		}
	}
	return out
}

func forms(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]any:
		one, _ := v["one"].(string)
		other, _ := v["other"].(string)
		return []string{one, other}
	}
	return nil
}

var slot = regexp.MustCompile(`\{\d+\}`)

func TestPagesSpeakWhatDecisionsSpeak(t *testing.T) {
	if got, want := slices.Sorted(slices.Values(ui.Languages)), slices.Sorted(slices.Values(lawful.Languages())); !slices.Equal(got, want) {
		t.Errorf("pages speak %v, decisions %v", got, want)
	}
}

func TestEveryTextIsThereInEveryLanguage(t *testing.T) {
	first := catalogue(t, ui.Languages[0])
	for _, language := range ui.Languages {
		texts := catalogue(t, language)
		for key := range first {
			if _, ok := texts[key]; !ok {
				t.Errorf("%s has no text %s", language, key)
			}
		}
		for key, written := range texts {
			if len(first[key]) != len(written) {
				t.Errorf("%s: %s counts in one language and not in the other, or is missing in %s", language, key, ui.Languages[0])
				continue
			}
			if slices.Contains(written, "") {
				t.Errorf("%s: %s is empty", language, key)
			}
			last := len(written) - 1
			if got, want := slots(written[last]), slots(first[key][last]); !slices.Equal(got, want) {
				t.Errorf("%s: %s uses %v, %s uses %v", language, key, got, ui.Languages[0], want)
			}
		}
	}
}

func slots(text string) []string {
	found := slot.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// What a page or a handler says is a literal beside t or Say; a family is
// chosen at run time by joining a prefix and a word.
var (
	inTemplate = regexp.MustCompile(`[({ |]t "([a-z0-9_.]+)"`)
	inCode     = regexp.MustCompile(`\b(?:Say|T)\("([a-z0-9_.]+)"`)
	family     = regexp.MustCompile(`(?:printf |Say\(|T\()"([a-z0-9_.]+\.)(?:%s|" ?\+)`)
	quoted     = regexp.MustCompile(`"([a-z0-9_]+(?:\.[a-z0-9_]+)+)"`)
)

func TestEveryTextAskedForExistsAndEveryTextIsAskedFor(t *testing.T) {
	texts := catalogue(t, ui.Languages[0])
	asked, families := map[string]bool{}, []string{"channel.", "choice.", "grade.", "basis.", "reason.", "problem."}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || d.IsDir() || ext != ".go" && ext != ".tmpl" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := withoutComments(ext, string(b))
		pattern := inCode
		if ext == ".tmpl" {
			pattern = inTemplate
		}
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			if _, ok := texts[m[1]]; !ok && !strings.HasSuffix(m[1], ".") {
				t.Errorf("%s asks for the text %s, which nobody wrote", path, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			asked[m[1]] = true
		}
		for _, m := range family.FindAllStringSubmatch(text, -1) {
			families = append(families, m[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range texts {
		if !asked[key] && !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) }) {
			t.Errorf("nobody asks for the text %s", key)
		}
	}
}

// withoutComments drops the lines of a source that are comments: the package
// comment has examples.
func withoutComments(ext, text string) string {
	if ext != ".go" {
		return text
	}
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
