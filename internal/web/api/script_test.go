// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A script is a conversation as text. Each step begins with a line "-- what it
// shows", then the request (line, headers, empty line, body), a line
// "=> STATUS", and the answer (headers that must be there, empty line, body).
// "as: NAME" is the key of that name. "{name}" stands for what was kept under
// the name. In an expected JSON body "{*}" takes anything, "{name=}" keeps it,
// and a field "...": true, or a last item "...", lets others be there too; the
// items before it may then stand in any order.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.http.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scripts: %v", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".http.txt"), func(t *testing.T) {
			each(t, func(t *testing.T, s *shop) {
				run := script{shop: s, kept: map[string]string{}}
				_, steps, _ := strings.Cut(string(raw), "\n-- ")
				for step := range strings.SplitSeq(steps, "\n-- ") {
					run.step(t, step)
				}
			})
		})
	}
}

type script struct {
	*shop
	kept map[string]string
	seen func(method, path, body string, resp *http.Response, answer string) // nil: nobody looks on
}

var (
	isKept = regexp.MustCompile(`\{([a-z_]+)\}`)
	keeps  = regexp.MustCompile(`^\{([a-z_]+)=\}$`)
)

func (s script) step(t *testing.T, step string) {
	t.Helper()
	title, rest, _ := strings.Cut(step, "\n")
	send, want, ok := strings.Cut(rest, "\n=> ")
	if !ok {
		t.Fatalf("%s: no expected answer", title)
	}
	send = isKept.ReplaceAllStringFunc(send, func(name string) string {
		if v, ok := s.kept[strings.Trim(name, "{}")]; ok {
			return v
		}
		return name
	})
	head, body, _ := strings.Cut(send, "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	key := ""
	var headers []string
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ": ")
		if name == "as" {
			key = value
			continue
		}
		headers = append(headers, name, value)
	}
	resp, got := s.call(t, key, method, path, strings.TrimSpace(body), headers...)
	if s.seen != nil {
		s.seen(method, path, strings.TrimSpace(body), resp, got)
	}
	s.compare(t, title, want, resp, got)
}

func (s script) compare(t *testing.T, title, want string, resp *http.Response, got string) {
	t.Helper()
	head, body, _ := strings.Cut(want, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	if lines[0] != fmt.Sprint(resp.StatusCode) {
		t.Fatalf("%s: got status %d, want %s\n%s", title, resp.StatusCode, lines[0], got)
	}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ": ")
		if resp.Header.Get(name) != value {
			t.Errorf("%s: got %s: %q, want %q", title, name, resp.Header.Get(name), value)
		}
	}
	body = strings.TrimSpace(body)
	switch {
	case body == "":
	case !strings.HasPrefix(body, "{"):
		if strings.TrimSpace(got) != body {
			t.Errorf("%s: got\n%s\nwant\n%s", title, got, body)
		}
	default:
		s.compareJSON(t, title, got, body)
	}
}

func (s script) compareJSON(t *testing.T, title, got, want string) {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: the expected body: %v", title, err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%s: got no JSON: %v\n%s", title, err, got)
	}
	if why := s.differs(g, w, "body"); why != "" {
		t.Errorf("%s: %s\n%s", title, why, got)
	}
}

func (s script) differs(got, want any, at string) string {
	switch w := want.(type) {
	case string:
		if w == "{*}" {
			return ""
		}
		if m := keeps.FindStringSubmatch(w); m != nil {
			s.kept[m[1]] = fmt.Sprint(got)
			return ""
		}
		if kept, ok := s.kept[strings.Trim(w, "{}")]; ok && strings.HasPrefix(w, "{") {
			want = kept
		}
	case map[string]any:
		return s.objectDiffers(got, w, at)
	case []any:
		return s.listDiffers(got, w, at)
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Sprintf("%s: got %v, want %v", at, got, want)
	}
	return ""
}

func (s script) listDiffers(got any, want []any, at string) string {
	g, ok := got.([]any)
	if ok && len(want) > 0 && want[len(want)-1] == "..." {
		for _, w := range want[:len(want)-1] {
			if !slices.ContainsFunc(g, func(item any) bool { return s.differs(item, w, at) == "" }) {
				return fmt.Sprintf("%s: no item is %v", at, w)
			}
		}
		return ""
	}
	if !ok || len(g) != len(want) {
		return fmt.Sprintf("%s: got %v, want %d items", at, got, len(want))
	}
	for i := range want {
		if why := s.differs(g[i], want[i], fmt.Sprintf("%s[%d]", at, i)); why != "" {
			return why
		}
	}
	return ""
}

func (s script) objectDiffers(got any, want map[string]any, at string) string {
	g, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s: got %v, want an object", at, got)
	}
	_, open := want["..."]
	var names []string
	for name := range g {
		if _, known := want[name]; !known && !open {
			return fmt.Sprintf("%s.%s: not expected", at, name)
		}
	}
	for name := range want {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if name == "..." {
			continue
		}
		value, there := g[name]
		if !there {
			return fmt.Sprintf("%s.%s: missing", at, name)
		}
		if why := s.differs(value, want[name], at+"."+name); why != "" {
			return why
		}
	}
	return ""
}
