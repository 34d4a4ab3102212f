// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// wrap is something put around a piece of the source. Pieces nest or are
// apart; of two with the same ends the one found first is the outer.
type wrap struct {
	start, end int
	open, shut string
	of         string  // type of an expression that others take the place of
	others     []other // each is plain source: one mutant is active at a time
}

type other struct {
	id   int
	text string
}

// writer writes one file with all its mutants in it, each asleep until the
// variable mutant has its number.
type writer struct {
	fset    *token.FileSet
	pkg     *types.Package
	name    string
	src     string
	wraps   []wrap
	mutants *[]mutant
}

func (w *writer) offset(p token.Pos) int { return w.fset.Position(p).Offset }

func (w *writer) text(n ast.Node) string { return w.src[w.offset(n.Pos()):w.offset(n.End())] }

// note gives a mutant its number.
func (w *writer) note(n ast.Node, becomes string) int {
	at := w.fset.Position(n.Pos())
	line := strings.Split(w.src, "\n")[at.Line-1]
	m := mutant{
		id: len(*w.mutants) + 1, file: w.name, line: at.Line, source: strings.TrimSpace(line),
		what: oneLine(w.text(n)) + " -> " + oneLine(becomes),
	}
	same := 0
	for _, o := range *w.mutants {
		if o.file == m.file && o.source == m.source && o.what == m.what {
			same++
		}
	}
	m.again = same
	*w.mutants = append(*w.mutants, m)
	return m.id
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// rendered is the file with its wraps.
func (w *writer) rendered() string {
	order := slices.Clone(w.wraps)
	slices.SortStableFunc(order, func(a, b wrap) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	text, _ := w.piece(0, len(w.src), order)
	return text
}

// piece writes a part of the source with the wraps that lie in it, and returns the others.
func (w *writer) piece(start, end int, wraps []wrap) (string, []wrap) {
	var out strings.Builder
	at := start
	for len(wraps) > 0 && wraps[0].end <= end {
		outer := wraps[0]
		out.WriteString(w.src[at:outer.start])
		inner, rest := w.piece(outer.start, outer.end, wraps[1:])
		out.WriteString(outer.around(inner))
		at, wraps = outer.end, rest
	}
	out.WriteString(w.src[at:end])
	return out.String(), wraps
}

func (w wrap) around(inner string) string {
	if w.of == "" {
		return w.open + inner + w.shut
	}
	var out strings.Builder
	fmt.Fprintf(&out, "func() %s { switch mutant { ", w.of)
	for _, o := range w.others {
		fmt.Fprintf(&out, "case %d: return %s; ", o.id, o.text)
	}
	fmt.Fprintf(&out, "}; return %s }()", inner)
	return out.String()
}

// asleep is the file added to the package: it reads which mutant is awake.
const asleep = `package %s

import (
	mutantos "os"
	mutantstrconv "strconv"
)

var mutant, _ = mutantstrconv.Atoi(mutantos.Getenv("LECITO_MUTANT"))

func mutantWord[T ~string](id int, word T) T {
	if mutant == id {
		return word + "\x00"
	}
	return word
}
`
