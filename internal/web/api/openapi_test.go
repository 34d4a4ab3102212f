// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// contract is the served document, as far as tests read it.
type contract struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type schema = map[string]any

type operation struct {
	RequestBody *struct {
		Content map[string]struct{ Schema schema }
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

func (s *shop) contract(t *testing.T) contract {
	t.Helper()
	_, body := s.call(t, "", http.MethodGet, "/openapi.json", "")
	var c contract
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c contract) validate(t *testing.T, what string, s schema, body string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, wrong := range c.wrong(s, v, "body") {
		t.Errorf("%s does not fit the document: %s\n%s", what, wrong, body)
	}
}

// wrong lists where a value does not fit a schema: the part of JSON Schema that
// the document uses.
func (c contract) wrong(s schema, v any, at string) []string {
	if ref, ok := s["$ref"].(string); ok {
		s = c.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
	}
	if either, ok := s["oneOf"].([]any); ok {
		var fitting int
		for _, one := range either {
			if one, ok := one.(schema); ok && len(c.wrong(one, v, at)) == 0 {
				fitting++
			}
		}
		if fitting != 1 {
			return []string{fmt.Sprintf("%s: %T fits %d of what it may be", at, v, fitting)}
		}
		return nil
	}
	var out []string
	types, _ := s["type"].([]any)
	if one, ok := s["type"].(string); ok {
		types = []any{one}
	}
	if len(types) > 0 && !slices.ContainsFunc(types, func(t any) bool { return fits(t, v) }) {
		return []string{fmt.Sprintf("%s: %T is not %v", at, v, types)}
	}
	if words, ok := s["enum"].([]any); ok && !slices.Contains(words, v) {
		out = append(out, fmt.Sprintf("%s: %v is not one of its words", at, v))
	}
	switch v := v.(type) {
	case []any:
		items, _ := s["items"].(map[string]any)
		for i, item := range v {
			out = append(out, c.wrong(items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		out = append(out, c.wrongObject(s, v, at)...)
	}
	return out
}

func (c contract) wrongObject(s schema, v map[string]any, at string) []string {
	var out []string
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := v[fmt.Sprint(name)]; !ok {
			out = append(out, fmt.Sprintf("%s.%s is missing", at, name))
		}
	}
	properties, _ := s["properties"].(map[string]any)
	for name, value := range v {
		if field, ok := properties[name].(map[string]any); ok {
			out = append(out, c.wrong(field, value, at+"."+name)...)
		} else if s["additionalProperties"] == false {
			out = append(out, at+"."+name+" is not in the document")
		}
	}
	return out
}

func fits(kind, v any) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

func TestTheDocumentHasEveryRoute(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		c := s.contract(t)
		if c.OpenAPI != "3.1.0" {
			t.Errorf("got version %q, want 3.1.0", c.OpenAPI)
		}
		dots := strings.NewReplacer("...}", "}")
		n := 0
		for _, route := range s.routes {
			method, path, _ := strings.Cut(route.Pattern, " ")
			op, ok := c.Paths[dots.Replace(path)][strings.ToLower(method)]
			if !ok || len(op.Responses) != 2 {
				t.Errorf("%s is not in the document", route.Pattern)
			}
			n++
		}
		for path, item := range c.Paths {
			n -= len(item)
			if strings.Contains(path, "...") {
				t.Errorf("%s is no OpenAPI path", path)
			}
		}
		if n != 0 {
			t.Errorf("the document has %d operations that the server has not", -n)
		}
	})
}

// TestTheDocumentNamesTheKindsOfFact asks the server of each whether it is one.
func TestTheDocumentNamesTheKindsOfFact(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		properties, ok := s.contract(t).Components.Schemas["ChoiceFact"]["properties"].(schema)
		if !ok {
			t.Fatal("no schema of facts")
		}
		known, ok := properties["kind"].(schema)["enum"].([]any)
		if !ok {
			t.Fatal("no kinds of fact")
		}
		for _, kind := range []string{
			"sale", "relation_opened", "relation_closed", "activity", "birth_date", "declared_age", "residence", "parental_consent",
			"deceased", "register_checked", "register_listed", "restriction", "restriction_lifted", "signal", "undeliverable",
			"deliverable", "contacted", "balancing_test", "choice", "blocked", "identified", "linked", "unlinked", "holder",
		} {
			_, body := s.call(t, "choices", http.MethodPost, "/v1/facts", `{"subject":{"email":"?"},"facts":[{"kind":"`+kind+`"}]}`)
			if takes := !strings.Contains(body, "facts[0].kind"); takes != slices.Contains(known, any(kind)) {
				t.Errorf("%s: the server takes it: %v, the document says otherwise", kind, takes)
			}
		}
	})
}

// TestScriptsFitTheDocument sends every request of the scripts and holds it and
// its answer to the schemas of the document.
func TestScriptsFitTheDocument(t *testing.T) {
	files, err := filepath.Glob("testdata/*.http.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".http.txt"), func(t *testing.T) {
			once(t, func(t *testing.T, s *shop) {
				c := s.contract(t)
				run := script{shop: s, kept: map[string]string{}}
				run.seen = func(method, path, body string, resp *http.Response, answer string) {
					c.hold(t, method+" "+path, exchange{method, path, body, resp, answer})
				}
				_, steps, _ := strings.Cut(string(raw), "\n-- ")
				for step := range strings.SplitSeq(steps, "\n-- ") {
					run.step(t, step)
				}
			})
		})
	}
}

// exchange is a request with its answer.
type exchange struct {
	method, path, body string
	resp               *http.Response
	answer             string
}

func (c contract) hold(t *testing.T, what string, e exchange) {
	t.Helper()
	op, ok := c.find(e)
	if !ok {
		return
	}
	media, _, _ := strings.Cut(e.resp.Header.Get("Content-Type"), ";")
	if e.resp.StatusCode >= 400 {
		c.validate(t, what+": the problem", op.Responses["default"].Content["application/problem+json"].Schema, e.answer)
		return
	}
	answer, ok := op.Responses[fmt.Sprint(e.resp.StatusCode)]
	if !ok {
		t.Errorf("%s: status %d is not in the document", what, e.resp.StatusCode)
	}
	if schema := answer.Content["application/json"].Schema; media == "application/json" && schema != nil {
		c.validate(t, what+": the answer", schema, e.answer)
	}
	if op.RequestBody != nil && op.RequestBody.Content["application/json"].Schema != nil {
		c.validate(t, what+": the request", op.RequestBody.Content["application/json"].Schema, e.body)
	}
}

// find finds the operation whose path fits best: the one with the fewest parameters.
func (c contract) find(e exchange) (operation, bool) {
	address, _, _ := strings.Cut(e.path, "?")
	var fits []string
	for path, item := range c.Paths {
		if _, has := item[strings.ToLower(e.method)]; !has {
			continue
		}
		pattern := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`)
		if regexp.MustCompile("^" + pattern + "$").MatchString(address) {
			fits = append(fits, path)
		}
	}
	if len(fits) == 0 {
		return operation{}, false
	}
	slices.SortFunc(fits, func(a, b string) int { return strings.Count(a, "{") - strings.Count(b, "{") })
	return c.Paths[fits[0]][strings.ToLower(e.method)], true
}
