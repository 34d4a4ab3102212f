// SPDX-License-Identifier: Apache-2.0

// Package lecito_test holds the repository to its own rules: who may import
// whom, who may talk to the database, the environment and HTTP, how long a
// file may be. The tables at the head of this file are the rule; to change the
// architecture, change them in a commit of their own, with ARCHITECTURE.md.
package lecito_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/lecito/lecito/"

// layers lists the packages from the bottom up; a trailing slash means "and
// everything below". A package imports lower layers freely, its own layer only
// as sideways says (within a family freely), and higher layers never.
var layers = [][]string{
	{"lawful"},
	{"evidence/", "client"},
	{
		"internal/problem", "internal/clock", "internal/db", "internal/seal", "internal/ledger",
		"internal/access", "internal/mail",
	},
	{"internal/law"},
	{
		"internal/register/", "internal/notice", "internal/subject", "internal/choice",
		"internal/standing/", "internal/lists/", "internal/message", "internal/request", "internal/rights",
	},
	{"internal/web/", "internal/sample/"},
	{"internal/app/"},
	{"cmd/"},
}

// sideways lists what a package may import of its own layer.
var sideways = map[string][]string{
	"client":             {"evidence"},
	"internal/db":        {"internal/problem", "internal/clock"},
	"internal/seal":      {"internal/problem", "internal/clock", "internal/db"},
	"internal/ledger":    {"internal/problem", "internal/clock", "internal/db", "internal/seal"},
	"internal/access":    {"internal/problem", "internal/clock", "internal/db", "internal/seal", "internal/ledger"},
	"internal/mail":      {"internal/problem"},
	"internal/register/": {"internal/notice"},
	"internal/choice":    {"internal/register", "internal/notice", "internal/subject"},
	"internal/standing/": {"internal/register", "internal/notice", "internal/subject", "internal/choice"},
	"internal/lists/":    {"internal/register", "internal/notice", "internal/subject", "internal/choice", "internal/standing/"},
	"internal/message":   {"internal/register", "internal/subject", "internal/choice"},
	"internal/request":   {"internal/register", "internal/subject", "internal/choice"},
	"internal/rights": {
		"internal/register", "internal/subject", "internal/choice", "internal/standing/", "internal/message", "internal/request",
	},
}

// outside lists all that some packages may import beyond the standard library
// and the layers below: what a stranger verifies with stays small.
var outside = map[string][]string{
	"lawful":   {},
	"evidence": {"golang.org/x/mod/sumdb/"},

	"evidence/internal/spelling": {},
}

// testsOnly may import anything, and only tests import it.
var testsOnly = []string{"internal/testkit/", "internal/web/ui/uitest"}

// reserved says which packages alone may import a package from outside, or use
// a name of one ("os.Getenv"). A trailing slash on either side means "and
// everything below". Tests are held to it only where it says so.
var reserved = []struct {
	what  []string
	by    []string
	tests bool
}{
	{[]string{"database/sql", "github.com/jackc/pgx/", "modernc.org/sqlite/", "github.com/mattn/go-sqlite3"}, []string{"internal/db", "internal/testkit/"}, true},
	{[]string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv"}, []string{"cmd/"}, false},
	{[]string{"net/http.Status*"}, []string{"internal/web/", "client"}, false},
	{[]string{"time.Now", "time.Since", "time.Until"}, []string{"internal/clock", "cmd/"}, false},
	{[]string{"github.com/chromedp/"}, []string{"internal/web/ui/uitest", "internal/testkit/"}, false},
}

func TestDependencyRule(t *testing.T) {
	for _, s := range sources(t) {
		for _, imp := range s.imports() {
			if !allowed(s, imp) {
				t.Errorf("%s must not import %s", s.path, imp)
			}
			for _, r := range reserved {
				if matches(r.what, imp) && !matches(r.by, s.pkg) && (r.tests || !s.test) {
					t.Errorf("%s must not import %s: only %s may", s.path, imp, strings.Join(r.by, ", "))
				}
			}
		}
	}
}

func TestReservedNames(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || matches(testsOnly, s.pkg) {
			continue
		}
		for name, at := range s.qualified() {
			for _, r := range reserved {
				if !namedIn(r.what, name) || matches(r.by, s.pkg) || excused("name", s.path+":"+name) {
					continue
				}
				t.Errorf("%s: only %s may use %s", at, strings.Join(r.by, ", "), name)
			}
		}
	}
}

// allowed says whether the file may import the package, as layers, sideways
// and testsOnly have it.
func allowed(s source, imp string) bool {
	if s.test || matches(testsOnly, s.pkg) {
		return true
	}
	imp, ours := strings.CutPrefix(imp, module)
	if !ours {
		few, held := outside[s.pkg]
		standard := !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".")
		return standard || !held || matches(few, imp)
	}
	if matches(testsOnly, imp) {
		return false
	}
	from, to := layerOf(s.pkg), layerOf(imp)
	if from < 0 || to < 0 { // every package has a layer
		return false
	}
	if from != to {
		return to < from
	}
	family := familyOf(s.pkg)
	return family != "" && matches([]string{family}, imp) || matches(sidewaysOf(s.pkg), imp)
}

func layerOf(pkg string) int {
	return slices.IndexFunc(layers, func(layer []string) bool { return matches(layer, pkg) })
}

// familyOf returns the pattern with a trailing slash that pkg belongs to, or "".
func familyOf(pkg string) string {
	for _, p := range layers[layerOf(pkg)] {
		if strings.HasSuffix(p, "/") && matches([]string{p}, pkg) {
			return p
		}
	}
	return ""
}

func sidewaysOf(pkg string) []string {
	if family := familyOf(pkg); family != "" {
		return sideways[family]
	}
	return sideways[pkg]
}

// matches says whether one of the patterns is the name, or ends in a slash and
// stands above it.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		above, family := strings.CutSuffix(p, "/")
		return name == above || family && strings.HasPrefix(name, p)
	})
}

// namedIn says whether a qualified name is one of the patterns; a star at the
// end stands for any rest.
func namedIn(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		stem, open := strings.CutSuffix(p, "*")
		return name == stem || open && strings.HasPrefix(name, stem)
	})
}

// source is one parsed Go file of the module.
type source struct {
	path  string // from the root, with slashes
	pkg   string // the folder
	test  bool
	lines int
	text  string
	set   *token.FileSet
	file  *ast.File
}

// sources reads every Go file of the module. They are read here rather than
// through "go list", because the test cache sees the files this process opens
// and not those a subprocess opens.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	walk(t, ".go", func(path, text string) {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, source{
			path: path, pkg: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"),
			lines: strings.Count(text, "\n"), text: text, set: set, file: file,
		})
	})
	if len(out) == 0 {
		t.Fatal("no sources found")
	}
	return out
}

// walk reads every file of the module with one of the extensions.
func walk(t *testing.T, ext string, f func(path, text string)) {
	t.Helper()
	elsewhere := []string{".git", ".build", "tools", "bench", "node_modules", "testdata"}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains(elsewhere, d.Name()) {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ext {
			return nil
		}
		f(filepath.ToSlash(path), read(t, path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s source) imports() []string {
	var out []string
	for _, spec := range s.file.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			out = append(out, imp)
		}
	}
	return out
}

// qualified returns every name the file takes from an import, as
// "net/http.StatusOK", with the place of its first use.
func (s source) qualified() map[string]string {
	local := map[string]string{}
	for _, spec := range s.file.Imports {
		imp, _ := strconv.Unquote(spec.Path.Value)
		name := imp[strings.LastIndex(imp, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		local[name] = imp
	}
	out := map[string]string{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if ok && local[x.Name] != "" {
			name := local[x.Name] + "." + sel.Sel.Name
			if out[name] == "" {
				out[name] = s.at(sel)
			}
		}
		return true
	})
	return out
}

// at says where a node stands, as "path:line".
func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.set.Position(n.Pos()).Line)
}
