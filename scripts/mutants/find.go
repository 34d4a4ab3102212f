// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// mutant is one change of the code.
type mutant struct {
	id     int
	file   string // base name
	line   int
	source string // the line it is on, without the space around it
	what   string // "a < b -> a <= b"
	again  int    // how many before it are called the same
}

// key names a mutant wherever its line has moved to.
func (m *mutant) key() string {
	key := m.file + ": " + m.source + " | " + m.what
	if m.again > 0 {
		key += " (" + strconv.Itoa(m.again+1) + ")"
	}
	return key
}

// finder finds what can be changed in one file.
type finder struct {
	*writer
	info    *types.Info
	results []*types.Signature // of the functions around, innermost last
}

// declarations looks into the bodies of functions: what is declared outside is names and data.
func (f *finder) declarations(file *ast.File) {
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		if signature, ok := f.info.Defs[fn.Name].Type().(*types.Signature); ok {
			f.function(signature, fn.Body)
		}
	}
}

func (f *finder) function(signature *types.Signature, body *ast.BlockStmt) {
	f.results = append(f.results, signature)
	ast.Inspect(body, f.node)
	f.results = f.results[:len(f.results)-1]
}

func (f *finder) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit:
		if signature, ok := f.info.TypeOf(n).(*types.Signature); ok {
			f.function(signature, n.Body)
		}
		return false
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.ArrayType:
		return false
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.clause(n)
		f.statements(n.Body)
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.ReturnStmt:
		f.returned(n)
	case *ast.BinaryExpr:
		if f.info.Types[n].Value != nil { // a constant, changed as one
			if basic(f.info.TypeOf(n), types.IsInteger) {
				f.instead(n, f.text(n)+" + 1")
			}
			return false
		}
		f.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT || n.Op == token.SUB {
			f.instead(n, f.text(n.X))
		}
	case *ast.BasicLit:
		if n.Kind == token.INT {
			f.instead(n, n.Value+" + 1")
		}
	case *ast.CompositeLit:
		f.elements(n)
	case *ast.CallExpr:
		for _, arg := range n.Args {
			f.word(arg)
		}
	}
	return true
}

// statements leaves out one statement at a time.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.IncDecStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.BranchStmt:
			if s.Label != nil {
				continue
			}
		case *ast.ReturnStmt:
			if len(s.Results) > 0 {
				continue
			}
		default:
			continue
		}
		f.leaveOut(s)
	}
}

// clause makes one case of a switch never match, or a condition of one false.
func (f *finder) clause(c *ast.CaseClause) {
	for _, e := range c.List {
		if basic(f.info.TypeOf(e), types.IsBoolean) {
			f.condition(e)
			continue
		}
		f.word(e)
	}
}

// word changes a string constant where it is used.
func (f *finder) word(e ast.Expr) {
	if tv := f.info.Types[e]; tv.Value != nil && basic(tv.Type, types.IsString) && tv.Value.ExactString() != `""` {
		f.change(e)
	}
}

func (f *finder) elements(c *ast.CompositeLit) {
	for _, e := range c.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		f.word(e)
	}
}

// condition negates what decides a branch, where its operator does not already do so.
func (f *finder) condition(e ast.Expr) {
	switch x := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		f.instead(e, "false")
	case *ast.UnaryExpr:
	default:
		f.instead(e, "!"+f.text(x))
	}
}

func (f *finder) binary(b *ast.BinaryExpr) {
	x, y := "("+f.text(b.X)+")", "("+f.text(b.Y)+")"
	switch b.Op {
	case token.LAND:
		f.instead(b, x+" || "+y, x, y)
	case token.LOR:
		f.instead(b, x+" && "+y, x, y)
	default:
		t := f.info.TypeOf(b.X)
		for _, op := range opposites(b.Op) {
			if basic(t, types.IsString) && b.Op == token.ADD {
				continue
			}
			f.instead(b, x+" "+op+" "+y)
		}
	}
}

func opposites(op token.Token) []string {
	switch op {
	case token.EQL:
		return []string{"!="}
	case token.NEQ:
		return []string{"=="}
	case token.LSS:
		return []string{"<=", ">="}
	case token.LEQ:
		return []string{"<", ">"}
	case token.GTR:
		return []string{">=", "<="}
	case token.GEQ:
		return []string{">", "<"}
	case token.ADD:
		return []string{"-"}
	case token.SUB:
		return []string{"+"}
	case token.MUL:
		return []string{"+"}
	case token.QUO:
		return []string{"*"}
	case token.AND:
		return []string{"|"}
	}
	return nil
}

// returned returns something else in the place of each result.
func (f *finder) returned(r *ast.ReturnStmt) {
	results := f.results[len(f.results)-1].Results()
	if len(r.Results) == 0 {
		return
	}
	if len(r.Results) != results.Len() { // one call gives them all
		zeros := ""
		for i := range results.Len() {
			zeros += separator(i) + f.zero(results.At(i).Type())
		}
		f.before(r, "return "+zeros)
		return
	}
	for i, e := range r.Results {
		t := results.At(i).Type()
		for _, other := range f.others(e, t) {
			text := "return "
			for k, kept := range r.Results {
				if k == i {
					text += separator(k) + other
				} else {
					text += separator(k) + f.text(kept)
				}
			}
			f.before(r, text)
		}
		f.word(e)
	}
}

func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

// others are values in the place of one that is returned.
func (f *finder) others(e ast.Expr, t types.Type) []string {
	text := f.text(e)
	switch {
	case basic(t, types.IsBoolean) && text == "true":
		return []string{"false"}
	case basic(t, types.IsBoolean) && text == "false":
		return []string{"true"}
	case basic(t, types.IsBoolean):
		return []string{"true", "false"}
	case basic(t, types.IsInteger) && text == "0", text == `""`, text == "nil", text == f.zero(t):
		return nil
	case basic(t, types.IsInteger):
		return []string{"0"}
	case f.info.Types[e].Value != nil: // a string constant is changed as a word
		return nil
	}
	return []string{f.zero(t)}
}

func (f *finder) zero(t types.Type) string {
	switch {
	case basic(t, types.IsBoolean):
		return "false"
	case basic(t, types.IsInteger):
		return "0"
	case basic(t, types.IsString):
		return `""`
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Signature, *types.Interface:
		return "nil"
	}
	return f.typeText(t) + "{}"
}

func (f *finder) typeText(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == f.pkg {
			return ""
		}
		return p.Name()
	})
}

func basic(t types.Type, flag types.BasicInfo) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&flag != 0
}

// instead puts other expressions in the place of one.
func (f *finder) instead(e ast.Expr, texts ...string) {
	t := f.info.TypeOf(e)
	if b, ok := t.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		t = types.Default(t)
	}
	w := wrap{start: f.offset(e.Pos()), end: f.offset(e.End()), of: f.typeText(t)}
	for _, text := range texts {
		w.others = append(w.others, other{f.note(e, text), text})
	}
	f.wraps = append(f.wraps, w)
}

func (f *finder) leaveOut(s ast.Stmt) {
	id := f.note(s, "nothing")
	f.wraps = append(f.wraps, wrap{start: f.offset(s.Pos()), end: f.offset(s.End()), open: "if mutant != " + strconv.Itoa(id) + " { ", shut: " }"})
}

func (f *finder) before(s ast.Stmt, text string) {
	id := f.note(s, text)
	f.wraps = append(f.wraps, wrap{start: f.offset(s.Pos()), end: f.offset(s.End()), open: "if mutant == " + strconv.Itoa(id) + " { " + text + " }; "})
}

func (f *finder) change(e ast.Expr) {
	id := f.note(e, "another word")
	f.wraps = append(f.wraps, wrap{start: f.offset(e.Pos()), end: f.offset(e.End()), open: "mutantWord(" + strconv.Itoa(id) + ", ", shut: ")"})
}
