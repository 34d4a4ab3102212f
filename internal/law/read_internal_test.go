// SPDX-License-Identifier: Apache-2.0

package law

import (
	"strings"
	"testing"
	"time"
)

const good = `id: XX
title: {en: Nowhere}
base: base
on: true
checked: 2026-01-01
rules:
  - topic: retention.marketing
    value: 24 months
    to: 2020-01-01
    text: {en: "Two years.", it: "Due anni."}
    source: Act 1, article 2
    assurance: verified
  - topic: retention.marketing
    value: 12 months
    from: 2020-01-01
    text: {en: "One year."}
    source: Act 1, article 2
    assurance: memory
countries:
  - id: YY
    title: {en: Elsewhere}
`

// TestReaderIsStrict breaks a good file in every way, one at a time.
func TestReaderIsStrict(t *testing.T) {
	if _, err := parse("xx.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"no yaml":            {"id: XX", "id: [", "xx.yaml"},
		"second document":    {"countries:", "---\ncountries:", "one document"},
		"unknown key":        {"on: true", "on: true\ncolour: red", `xx.yaml:5: unknown key "colour"`},
		"unknown rule key":   {"    to: 2020-01-01\n", "    until: 2020-01-01\n", `xx.yaml:9: unknown key "until"`},
		"key twice":          {"on: true", "on: true\non: true", "there twice"},
		"unknown id":         {"id: XX", "id: xx", `id "xx" is no jurisdiction`},
		"no title":           {"title: {en: Nowhere}\n", "", "words are missing"},
		"language":           {"{en: Nowhere}", "{en: Nowhere, pt: Nada}", `unknown key "pt"`},
		"no English":         {`{en: "One year."}`, `{it: "Un anno."}`, "words in en are missing"},
		"empty words":        {`it: "Due anni."`, `it: " "`, "words in it are missing"},
		"no base":            {"base: base\n", "", "base is missing"},
		"on or off":          {"on: true", "on: maybe", "on is true or false"},
		"off without why":    {"on: true", "on: false", "why is missing"},
		"not checked":        {"checked: 2026-01-01\n", "", "checked is missing"},
		"no day":             {"checked: 2026-01-01", "checked: 2026-13-01", "is no day"},
		"no rules":           {"rules:", "decisions:", "unknown key"},
		"rules are a list":   {"countries:\n  - id: YY\n    title: {en: Elsewhere}", "countries: YY", "should be a list"},
		"a rule is a map":    {"countries:\n  - id: YY\n    title: {en: Elsewhere}", "countries: [YY]", "should be a mapping"},
		"no source":          {"    source: Act 1, article 2\n    assurance: verified\n", "    assurance: verified\n", "source is missing"},
		"empty source":       {"source: Act 1, article 2\n    assurance: verified", "source: ''\n    assurance: verified", "source is missing"},
		"bad assurance":      {"assurance: verified", "assurance: certain", `xx.yaml:7: assurance "certain"`},
		"no assurance":       {"    assurance: verified\n", "", "assurance is missing"},
		"bad topic":          {"topic: retention.marketing\n    value: 24", "topic: Retention\n    value: 24", "is no topic"},
		"unknown topic":      {"topic: retention.marketing\n    value: 24", "topic: retention.fun\n    value: 24", `no topic "retention.fun"`},
		"no value":           {"    value: 24 months\n", "", "value is missing"},
		"unknown unit":       {"24 months", "24 moons", `takes no number of "moons"`},
		"wrong unit":         {"24 months", "24 hours", `takes no number of "hours"`},
		"no unit":            {"24 months", "24", `takes no number of ""`},
		"unknown word":       {"24 months", "forever", `knows no word "forever"`},
		"nought":             {"24 months", "0 months", "nothing is not a value"},
		"two numbers":        {"24 months", "24 months, 2 days", "two numbers"},
		"overlap":            {"from: 2020-01-01", "from: 2019-01-01", "two versions of retention.marketing are in force on 2019-01-01"},
		"overlap from ever":  {"    from: 2020-01-01\n", "", "two versions"},
		"ends before begin":  {"    from: 2020-01-01\n", "    from: 2020-01-01\n    to: 2020-01-01\n", "ends before it begins"},
		"pending or not":     {"    from: 2020-01-01\n", "    pending: false\n", "pending is true, or left out"},
		"country without id": {"  - id: YY\n", "  - {}\n  - id: YY\n", "id is missing"},
		"country id":         {"  - id: YY\n", "  - id: yy\n", `id "yy" is no jurisdiction`},
	} {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(good, c.old, c.new, 1)
			if broken == good {
				t.Fatal("the case changes nothing")
			}
			_, err := parse("xx.yaml", []byte(broken))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "xx.yaml") {
				t.Errorf("got %v, want xx.yaml and %q", err, c.want)
			}
		})
	}
}

// TestPendingMayOverlap: what is not law yet stands beside what is.
func TestPendingMayOverlap(t *testing.T) {
	text := strings.Replace(good, "    from: 2020-01-01\n", "    from: 2019-01-01\n    pending: true\n", 1)
	packs, err := parse("xx.yaml", []byte(text))
	if err != nil || !packs[0].Rules[1].Pending || packs[0].Rules[1].On("2021-01-01") {
		t.Errorf("got %v, %v", packs, err)
	}
}

// TestFilesFitTogether: each pack once, and each on a chain that ends in the base.
func TestFilesFitTogether(t *testing.T) {
	base := strings.Replace(strings.Replace(good, "id: XX", "id: base", 1), "base: base\n", "", 1)
	base, _, _ = strings.Cut(base, "countries:")
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"good":          {map[string]string{"base.yaml": base, "xx.yaml": good}, ""},
		"twice":         {map[string]string{"base.yaml": base, "a.yaml": good, "b.yaml": good}, "b.yaml: pack XX is in another file too"},
		"no such base":  {map[string]string{"base.yaml": base, "xx.yaml": strings.Replace(good, "base: base", "base: ZZ", 1)}, "is no pack"},
		"its own base":  {map[string]string{"base.yaml": base, "xx.yaml": strings.Replace(good, "base: base", "base: XX", 1)}, "its own base"},
		"base is there": {map[string]string{"xx.yaml": good}, "is no pack"},
	} {
		t.Run(name, func(t *testing.T) {
			texts := map[string][]byte{}
			for file, text := range c.files {
				texts[file] = []byte(text)
			}
			_, err := read(texts)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestDaysBeginAtMidnight, also where clocks jump over it.
func TestDaysBeginAtMidnight(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"Europe/Rome", "2026-10-17", "2026-10-16T22:00:00Z"},
		{"Europe/Rome", "2026-01-01", "2025-12-31T23:00:00Z"},
		{"UTC", "2026-08-11", "2026-08-11T00:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // no 00:00 that day
		{"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"},    // nor that
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := midnight(c.day, zone)
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s in %s: got %v, %v, want %s", c.day, c.zone, got, err, c.want)
		}
	}
	if _, err := midnight("soon", time.UTC); err == nil {
		t.Error("a day that is none was taken")
	}
}
