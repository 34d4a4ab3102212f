// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryTextIsThereInEveryLanguage reads the calls of in: each English text
// has its German and its Spanish, and none is left over.
func TestEveryTextIsThereInEveryLanguage(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if english := english(n); english != "" {
				said = append(said, english)
			}
			return true
		})
	}
	for _, english := range said {
		for _, language := range []string{"de", "es"} {
			text := further()[english][language]
			if text == "" || strings.Count(text, "%") != strings.Count(english, "%") {
				t.Errorf("%q is %q in %s", english, text, language)
			}
		}
	}
	for english := range further() {
		if !slices.Contains(said, english) {
			t.Errorf("nobody says %q", english)
		}
	}
}

// english is the English text of a call of in.
func english(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 4 {
		return ""
	}
	name, ok := call.Fun.(*ast.Ident)
	literal, isText := call.Args[2].(*ast.BasicLit)
	if !ok || !isText || name.Name != "in" {
		return ""
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return text
}
