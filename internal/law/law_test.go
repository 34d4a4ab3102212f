// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryRuleOfDecisionHasItsText finds the rules in the source of lawful, so
// that a new one without a text fails.
func TestEveryRuleOfDecisionHasItsText(t *testing.T) {
	rules := constants(t, "Rule")
	if len(rules) < 31 {
		t.Fatalf("found %d rules of decision only", len(rules))
	}
	base := law.Packs()[lawful.Base]
	for name, id := range rules {
		i := slices.IndexFunc(base.Rules, func(r law.Rule) bool { return r.Decision && r.Topic == id })
		if i < 0 {
			t.Errorf("%s: the base pack has no decision %q", name, id)
			continue
		}
		for _, language := range law.Languages() {
			if base.Rules[i].Text[language] == "" {
				t.Errorf("%s: no text in %s", id, language)
			}
		}
	}
	for _, r := range base.Rules {
		known := false
		for _, id := range rules {
			known = known || id == r.Topic
		}
		if r.Decision && !known {
			t.Errorf("the base pack has a decision %q that lawful does not know", r.Topic)
		}
	}
}

// constants are the string constants of package lawful whose names begin with
// prefix and an upper-case letter.
func constants(t *testing.T, prefix string) map[string]string {
	t.Helper()
	noTests := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	pkgs, err := parser.ParseDir(token.NewFileSet(), "../../lawful", noTests, 0) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	ast.Inspect(pkgs["lawful"], func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			rest, found := strings.CutPrefix(name.Name, prefix)
			if !found || rest == "" || strings.ToUpper(rest[:1]) != rest[:1] || i >= len(spec.Values) {
				continue
			}
			if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				out[name.Name], _ = strconv.Unquote(lit.Value)
			}
		}
		return true
	})
	return out
}

// TestTopicsOfDecisionsAreInThePacks: what a decision asks for, some pack says.
func TestTopicsOfDecisionsAreInThePacks(t *testing.T) {
	said := map[string]bool{}
	for _, p := range law.Packs() {
		for _, r := range p.Rules {
			said[r.Topic] = true
		}
	}
	for name, topic := range constants(t, "Topic") {
		ok := said[topic]
		for s := range said {
			ok = ok || strings.HasSuffix(topic, ".") && strings.HasPrefix(s, topic) ||
				strings.HasPrefix(topic, ".") && strings.HasSuffix(s, topic)
		}
		if !ok {
			t.Errorf("%s: no pack says anything on %q", name, topic)
		}
	}
	for _, channel := range lawful.Channels() {
		if !said[lawful.TopicBases+channel] {
			t.Errorf("no pack says which bases %s has", channel)
		}
	}
}

// TestWhatDecisionsReadIsTranslated: these rules are part of explanations.
func TestWhatDecisionsReadIsTranslated(t *testing.T) {
	read := []string{"bases.", "soft_opt_in", "age.consent", "retention.", "register.", "signal.", "separate.data", "consent.passages", "weak_proof."}
	for _, id := range law.IDs() {
		p := law.Packs()[id]
		for _, r := range p.Rules {
			if !slices.ContainsFunc(read, func(s string) bool { return strings.HasPrefix(r.Topic, s) }) {
				continue
			}
			for _, language := range law.Languages() {
				if r.Text[language] == "" {
					t.Errorf("%s: no text in %s", p.Key(&r), language)
				}
			}
		}
	}
}

// TestPacksReadAsWritten holds every rule of every pack against a file that a
// person has read: whoever changes a rule changes it twice.
func TestPacksReadAsWritten(t *testing.T) {
	written := map[string]bool{}
	for _, id := range law.IDs() {
		p := law.Packs()[id]
		name := filepath.Join("testdata", strings.ToLower(id)+".golden")
		written[name] = true
		if *update {
			if err := os.WriteFile(name, []byte(listing(p)), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := listing(p); got != string(want) {
			t.Errorf("%s is not as in %s (go test ./internal/law -run PacksReadAsWritten -update): %s", id, name, firstDifference(got, string(want)))
		}
	}
	found, _ := filepath.Glob("testdata/*.golden")
	for _, name := range found {
		if !written[name] {
			t.Errorf("%s is of no pack", name)
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: got %q, want %q", i+1, g[i], w[i])
		}
	}
	return "one is longer"
}

func listing(p *law.Pack) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q base %q on %v %s checked %s\n", p.ID, p.Title["en"], p.Base, p.On, p.Why, p.Checked)
	for _, r := range p.Rules {
		fmt.Fprintf(&b, "\n%s = %s", p.Key(&r), r.Value)
		if r.From != "" || r.To != "" {
			fmt.Fprintf(&b, " [%s, %s)", r.From, r.To)
		}
		if r.Pending {
			b.WriteString(" PENDING")
		}
		fmt.Fprintf(&b, "\n%s; %s\n", r.Source, r.Assurance)
		for _, language := range law.Languages() {
			if r.Text[language] != "" {
				fmt.Fprintf(&b, "%s: %s\n", language, r.Text[language])
			}
		}
	}
	return b.String()
}

func TestFind(t *testing.T) {
	for asked, want := range map[string]string{
		"it": "IT", "IT": "IT", "us-ca": "US-CA", "UK": "GB", "el": "GR", "BASE": "base", "base": "base", "eu": "EU", "se": "SE", "no": "NO",
	} {
		p, err := law.Find(asked)
		if err != nil || p.ID != want {
			t.Errorf("%q: got %v, %v, want %s", asked, p, err, want)
		}
	}
	if p, err := law.Find(" us-ca\n"); err != nil || p.ID != "US-CA" {
		t.Errorf("with spaces around: got %v, %v", p, err)
	}
	for _, asked := range []string{"", "XX", "Italia", "US-ZZ", "IT-MI"} {
		_, err := law.Find(asked)
		p := problem.As(err)
		if p == nil || p.Kind != problem.NotFound || p.Code != "unknown_jurisdiction" || !strings.Contains(p.Detail, "IT") {
			t.Errorf("%q: got %v", asked, err)
		}
	}
}

// TestUnionCountries: all of the Union and the EEA are there.
func TestUnionCountries(t *testing.T) {
	for _, id := range strings.Fields("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO") {
		p, err := law.Find(id)
		if err != nil || p.Base != "EU" || !p.On || p.Title["it"] == "" {
			t.Errorf("%s: got %v, %v", id, p, err)
		}
	}
}
