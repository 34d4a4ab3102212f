// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
)

// pattern compiles each pattern of the schema once.
func pattern(text string) *regexp.Regexp {
	re, ok := patterns.Load(text)
	if !ok {
		re, _ = patterns.LoadOrStore(text, regexp.MustCompile(text))
	}
	return re.(*regexp.Regexp)
}

var patterns sync.Map

// accepts is JSON Schema as far as our schema uses it; an unknown word fails the test.
func accepts(t *testing.T, schema map[string]any, v any) bool {
	t.Helper()
	for word, want := range schema {
		if !holds(t, schema, word, want, v) {
			return false
		}
	}
	return true
}

func holds(t *testing.T, schema map[string]any, word string, want, v any) bool {
	t.Helper()
	text, isText := v.(string)
	group, isGroup := v.(map[string]any)
	items, isList := v.([]any)
	number, isNumber := v.(float64)
	switch word {
	case "$schema", "$id", "title", "description":
		return true
	case "type":
		return typed(want, v)
	case "enum":
		return slices.Contains(want.([]any), v)
	case "pattern":
		return !isText || pattern(want.(string)).MatchString(text)
	case "maxLength":
		return !isText || utf8.RuneCountInString(text) <= int(want.(float64))
	case "minimum":
		return !isNumber || number >= want.(float64)
	case "maximum":
		return !isNumber || number <= want.(float64)
	case "required":
		return !isGroup || !slices.ContainsFunc(want.([]any), func(name any) bool { _, ok := group[name.(string)]; return !ok })
	case "minProperties":
		return !isGroup || len(group) >= int(want.(float64))
	case "properties", "additionalProperties", "propertyNames":
		return !isGroup || propertiesHold(t, schema, group)
	case "items":
		return !isList || !slices.ContainsFunc(items, func(item any) bool { return !accepts(t, want.(map[string]any), item) })
	case "uniqueItems":
		for i := range items {
			if slices.ContainsFunc(items[:i], func(other any) bool { return reflect.DeepEqual(items[i], other) }) {
				return false
			}
		}
		return true
	case "oneOf":
		n := 0
		for _, one := range want.([]any) {
			if accepts(t, one.(map[string]any), v) {
				n++
			}
		}
		return n == 1
	}
	t.Fatalf("the schema says %q, which this test does not know", word)
	return false
}

func propertiesHold(t *testing.T, schema, group map[string]any) bool {
	t.Helper()
	known, _ := schema["properties"].(map[string]any)
	for name, v := range group {
		one, ok := known[name].(map[string]any)
		if !ok {
			if one, ok = schema["additionalProperties"].(map[string]any); !ok {
				return false
			}
		}
		if names, ok := schema["propertyNames"].(map[string]any); ok && !accepts(t, names, name) {
			return false
		}
		if !accepts(t, one, v) {
			return false
		}
	}
	return true
}

func typed(want, v any) bool {
	if several, ok := want.([]any); ok {
		return slices.ContainsFunc(several, func(one any) bool { return typed(one, v) })
	}
	got := map[reflect.Kind]string{
		reflect.Map: "object", reflect.Slice: "array", reflect.String: "string", reflect.Bool: "boolean", reflect.Float64: "number", reflect.Invalid: "null",
	}[reflect.ValueOf(v).Kind()]
	number, _ := v.(float64)
	return got == want || want == "integer" && got == "number" && number == float64(int(number))
}

// TestSchemaAndParserSayTheSame breaks a file that has every key in every
// place, one at a time, and holds both to the same answer. What only the parser can see
// (references, the calendar, countries, languages, zones, the law) is left whole.
func TestSchemaAndParserSayTheSame(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(register.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	if !accepts(t, schema, tree(t, sample.Bottega)) {
		t.Error("the schema refuses the sample")
	}
	options, err := txtar.ParseFile("testdata/parse/options.txtar")
	if err != nil {
		t.Fatal(err)
	}
	whole := tree(t, options.Files[0].Data)
	if !accepts(t, schema, whole) {
		t.Fatal("the schema refuses a file with every key")
	}
	broken := 0
	breakEach(whole, "", func(where string) {
		broken++
		file, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		_, err = register.Parse(file, where)
		if taken := accepts(t, schema, tree(t, file)); taken && err != nil && !onlyParser(where) {
			t.Errorf("%s: the schema takes what the parser refuses: %v", where, err)
		} else if !taken && err == nil {
			t.Errorf("%s: the schema refuses what the parser takes", where)
		}
	})
	if broken < 500 {
		t.Errorf("only %d places were broken", broken)
	}
}

// onlyParser are the ways of breaking a file that no schema can see.
func onlyParser(where string) bool {
	return regexp.MustCompile(`(id|purposes|recipients|notices|notice|channels|law|purpose|version)(\[\d+\])? (left out|null|emptied)$|(channels|law)(\[\d+\])? |value text$|(short|long) (left out|emptied)$`).MatchString(where)
}

// breakEach changes one place at a time, calls f and puts it back.
func breakEach(v any, path string, f func(where string)) {
	switch t := v.(type) {
	case map[string]any:
		t["unheard of"] = "x"
		f(path + " with an unknown key")
		delete(t, "unheard of")
		for name, was := range t {
			delete(t, name)
			f(path + "." + name + " left out")
			for kind, wrong := range map[string]any{"null": nil, "emptied": "", "number": 12.5, "text": "not this!", "list": []any{true}, "object": map[string]any{"?": true}} {
				t[name] = wrong
				f(path + "." + name + " " + kind)
			}
			t[name] = was
			breakEach(was, path+"."+name, f)
		}
	case []any:
		for i, was := range t {
			for kind, wrong := range map[string]any{"number": 12.5, "text": "not this!"} {
				t[i] = wrong
				f(fmt.Sprintf("%s[%d] %s", path, i, kind))
			}
			t[i] = was
			breakEach(was, fmt.Sprintf("%s[%d]", path, i), f)
		}
	}
}

// tree reads YAML as JSON would be read; days stay text.
func tree(t *testing.T, file []byte) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(file, &n); err != nil {
		t.Fatal(err)
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.ShortTag() == "!!timestamp" {
			n.Tag = "!!str"
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&n)
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
