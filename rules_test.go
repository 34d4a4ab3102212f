// SPDX-License-Identifier: Apache-2.0

package lecito_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The budgets, for code and for tests alike.
const (
	maxFile      = 500
	maxFunction  = 60
	maxPackage   = 3000
	maxInterface = 4
)

// excuses lists the breaches that are wanted, each with its reason. The key is
// "file path", "function path:Name", "package folder", "interface path:Name",
// "name path:qualified.Name" or "org path: first words of the statement".
// An excuse nobody needs any more fails the test.
var excuses = map[string]string{
	"package internal/register": "the file's keys, how it is read, checked, told and laid down stand on the same declarations; what stands alone (brand, notices, the law) is beside it",
	"package lawful":            "a stranger reads the whole decision in one place; half of its tests are a second reading of the law and mutants",

	"name internal/register/apply.go:time.Now": "how old a copy in memory is, not when something happened",

	"org internal/access/sql.go: SELECT org, id, name, scopes, origins,":        "the hash of the key says whose it is",
	"org internal/access/sql.go: UPDATE sign_in SET used = $2":                  "the hash of the link says whose it is",
	"org internal/access/sql.go: SELECT org, operator, created, expires FROM":   "the hash of the session says whose it is",
	"org internal/ledger/sequence_sql.go: SELECT DISTINCT org FROM entry WHERE": "asks which organisations have work",
	"org internal/seal/sql.go: SELECT org, id, 0, epoch, wrapped":               "an epoch is everybody's", // of chains and of requests
	"org internal/seal/sql.go: SELECT org, name, version, epoch, wrapped":       "an epoch is everybody's",
}

// used notes which excuses were needed.
var used = map[string]bool{}

func excused(kind, what string) bool {
	key := kind + " " + what
	if _, ok := excuses[key]; ok {
		used[key] = true
		return true
	}
	return false
}

func TestMain(m *testing.M) {
	code := m.Run()
	for key := range excuses {
		if code == 0 && !filtered() && !used[key] {
			fmt.Fprintf(os.Stderr, "excuse no longer needed: %s\n", key)
			code = 1
		}
	}
	os.Exit(code)
}

// filtered says whether only some tests were asked for.
func filtered() bool {
	for _, arg := range os.Args {
		if strings.HasPrefix(arg, "-test.run=") {
			return true
		}
	}
	return false
}

func TestBudgets(t *testing.T) {
	type sum struct{ code, tests int }
	packages := map[string]sum{}
	for _, s := range sources(t) {
		if s.lines > maxFile && !excused("file", s.path) {
			t.Errorf("%s has %d lines, more than %d", s.path, s.lines, maxFile)
		}
		p := packages[s.pkg]
		if s.test {
			p.tests += s.lines
		} else {
			p.code += s.lines
		}
		packages[s.pkg] = p
		s.declarations(t)
	}
	for pkg, p := range packages {
		if max(p.code, p.tests) > maxPackage && !excused("package", pkg) {
			t.Errorf("%s has %d lines of code and %d of tests, more than %d", pkg, p.code, p.tests, maxPackage)
		}
	}
}

// declarations holds functions and interfaces to their budgets.
func (s source) declarations(t *testing.T) {
	t.Helper()
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			lines := s.set.Position(n.End()).Line - s.set.Position(n.Pos()).Line + 1
			if lines > maxFunction && !excused("function", s.path+":"+n.Name.Name) {
				t.Errorf("%s: %s has %d lines, more than %d", s.at(n), n.Name.Name, lines, maxFunction)
			}
		case *ast.TypeSpec:
			i, ok := n.Type.(*ast.InterfaceType)
			if ok && i.Methods.NumFields() > maxInterface && !excused("interface", s.path+":"+n.Name.Name) {
				t.Errorf("%s: interface %s has %d methods, more than %d", s.at(n), n.Name.Name, i.Methods.NumFields(), maxInterface)
			}
		}
		return true
	})
}

func TestEveryFileNamesItsLicence(t *testing.T) {
	for ext, comment := range map[string]string{".go": "// %s", ".js": "// %s", ".css": "/* %s */", ".sh": "# %s"} {
		want := fmt.Sprintf(comment, "SPDX-License-Identifier: Apache-2.0")
		walk(t, ext, func(path, text string) {
			if strings.HasPrefix(text, "#!") {
				_, text, _ = strings.Cut(text, "\n")
			}
			if first, _, _ := strings.Cut(text, "\n"); first != want {
				t.Errorf("%s must begin with %q", path, want)
			}
		})
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	told := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		told[s.pkg] = told[s.pkg] || s.file.Doc != nil && len(s.file.Doc.Text()) > 40
	}
	for pkg, ok := range told {
		if !ok {
			t.Errorf("package %s has no comment that says what it is for", pkg)
		}
	}
}

// forbidden are the words that mean something else, or nothing, on one of the
// two databases. internal/db may know which one it talks to; nobody else may.
var forbidden = regexp.MustCompile(`(?i)\bnow\(\)|\bcurrent_timestamp\b|\bI?LIKE\b|=\s*ANY\b|->|\bjsonb?_|\bFOR UPDATE\b|\bSKIP LOCKED\b|` +
	`\bAUTOINCREMENT\b|\bIDENTITY\b|\bSERIAL\b|\bBLOB\b|\bOFFSET\b|\bINSERT OR\b|\bSELECT \*|\?\d`)

// statement recognises SQL among the strings: keywords are upper case here.
var statement = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP)\b|\b(FROM|JOIN|INTO|UPDATE)\s+[a-z_]+\b[^']*\b(SET|WHERE|ON|VALUES|SELECT|ORDER)\b`)

func TestOneSQLText(t *testing.T) {
	all := sources(t)
	constants := stringConstants(all)
	for _, s := range all {
		if s.pkg == "internal/db" || s.pkg == "." {
			continue
		}
		for _, l := range s.literals(constants[s.pkg]) {
			if word := forbidden.FindString(l.text); word != "" && statement.MatchString(l.text) {
				t.Errorf("%s: %q means different things on the two databases", l.at, word)
			}
		}
	}
}

var (
	tableOf = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	orgOf   = regexp.MustCompile(`(?m)^\s+org\s`)
	touched = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)\b`)
	// An insert writes the organisation; everything else is held to it by a condition.
	orgNamed = regexp.MustCompile(`\bINSERT INTO\b[^;]*\borg\b|\borg\s*(= \$|IN\b)|\((\w+\.)?org, [^)]*\) (=|IN|>)`)
)

// TestEveryStatementNamesItsOrganisation keeps one client of an agency from
// ever seeing another's rows.
func TestEveryStatementNamesItsOrganisation(t *testing.T) {
	tables := map[string]bool{}
	walk(t, ".sql", func(_, text string) {
		for _, m := range tableOf.FindAllStringSubmatch(text, -1) {
			tables[m[1]] = tables[m[1]] || orgOf.MatchString(m[2])
		}
	})
	if len(tables) == 0 {
		t.Fatal("no tables found in the migrations")
	}
	all := sources(t)
	constants := stringConstants(all)
	for _, s := range all {
		if s.test || s.pkg == "internal/db" || matches(testsOnly, s.pkg) {
			continue
		}
		for _, l := range s.literals(constants[s.pkg]) {
			if !statement.MatchString(l.text) || orgNamed.MatchString(l.text) {
				continue
			}
			for _, m := range touched.FindAllStringSubmatch(l.text, -1) {
				if tables[m[1]] && !excused("org", s.path+": "+firstWords(l.text)) {
					t.Errorf("%s: the statement on %s does not name its organisation: %q", l.at, m[1], firstWords(l.text))
				}
			}
		}
	}
}

// literal is a string of the source, joined where it is written in pieces.
type literal struct{ at, text string }

// literals returns the strings of a file as they are used: a sum of strings is
// one literal, a constant counts where it is used and not where it is declared,
// and a part that is no constant stands as a blank.
func (s source) literals(constants map[string]string) []literal {
	var out []literal
	note := func(e ast.Expr) bool {
		text, ok := joined(e, constants)
		if ok {
			out = append(out, literal{s.at(e), text})
		}
		return ok
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.GenDecl:
			return n.Tok != token.CONST
		case *ast.BinaryExpr:
			return !note(n)
		case *ast.BasicLit:
			note(n)
		case *ast.Ident:
			note(n)
		}
		return true
	})
	return out
}

// joined returns the text of a string, a constant or a sum with strings in it,
// and whether there was any.
func joined(e ast.Expr, constants map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.Ident:
		text, ok := constants[e.Name]
		return text, ok
	case *ast.ParenExpr:
		return joined(e.X, constants)
	case *ast.BinaryExpr:
		left, l := joined(e.X, constants)
		right, r := joined(e.Y, constants)
		return left + " " + right, e.Op == token.ADD && (l || r)
	}
	return "", false
}

// stringConstants returns the string constants of every package.
func stringConstants(all []source) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, s := range all {
		if out[s.pkg] == nil {
			out[s.pkg] = map[string]string{}
		}
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i := range v.Values {
					if text, ok := joined(v.Values[i], nil); ok {
						out[s.pkg][v.Names[i].Name] = text
					}
				}
			}
		}
	}
	return out
}

// citation recognises a piece of law among the strings: an article, an act, a
// country, the key of a rule ("no." is the refusals', not Norway's).
var citation = regexp.MustCompile(`(?i)\barts?\b|§|\bgdpr\b|directive|regulation|\bprovv|\bact\b|\bcode\b` +
	`|^(?-i:[A-Z]{2}(-[A-Z]{2})?)$|^(?-i:[a-z]{2}-[a-z]{2}\.|(base|eu|it|fr|de|es|gb|ch|us|ca|br)\.)`)

// numbers are those in the code of decisions that no law sets, each with what it is.
var numbers = map[string]string{
	"lawful/basis.go 2":       "hours that clocks may be set on or back, and more",
	"lawful/decide.go 32":     "room for the steps of an explanation",
	"lawful/grade.go 2":       "an order of grades",
	"lawful/grade.go 3":       "an order of grades",
	"lawful/period.go 7":      "days of a week",
	"lawful/period.go 12":     "months of a year; noon, which is on no edge of a day",
	"lawful/period.go 24":     "hours of a day",
	"lawful/period.go 28":     "days that every month has",
	"lawful/period.go 365":    "days that every year has",
	"lawful/period.go 2":      "halves",
	"lawful/reason.go 6":      "how many reasons permit",
	"lawful/sentence.go 8":    "a day whose name Italian elides before",
	"lawful/sentence.go 11":   "a day whose name Italian elides before",
	"lawful/telling.go 12":    "noon, which is on no edge of a day",
	"lawful/telling.go 100":   "months and days as digits of a number",
	"lawful/telling.go 10000": "years as digits of a number",
}

// TestNoLawInCode: what the law says is in the packs, with its source and the
// days it holds. Where decisions are made there is none of it: no article, no
// country, no number. That each topic and rule they name is in a pack, and that
// the packs are used, is tested with the packs.
func TestNoLawInCode(t *testing.T) {
	needed := map[string]bool{}
	for _, s := range sources(t) {
		if s.pkg != "lawful" || s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.ArrayType:
				return false
			case *ast.Field:
				return n.Tag == nil
			case *ast.BinaryExpr:
				if n.Op == token.SHL { // a bit of a set
					return false
				}
			case *ast.BasicLit:
				s.lawless(t, n, needed)
			}
			return true
		})
	}
	for key := range numbers {
		if !needed[key] {
			t.Errorf("number no longer there: %s", key)
		}
	}
}

func (s source) lawless(t *testing.T, lit *ast.BasicLit, needed map[string]bool) {
	t.Helper()
	if lit.Kind == token.STRING {
		text, err := strconv.Unquote(lit.Value)
		if cited := citation.FindString(text); err != nil || cited != "" {
			t.Errorf("%s: %q is law: it belongs in a pack", s.at(lit), text)
		}
		return
	}
	key := s.path + " " + lit.Value
	needed[key] = true
	if lit.Value != "0" && lit.Value != "1" && numbers[key] == "" {
		t.Errorf("%s: %s is a rule, or what it is should be said in numbers", s.at(lit), lit.Value)
	}
}

func firstWords(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(len(words), 6)], " ")
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
