// SPDX-License-Identifier: Apache-2.0

// Package plain reads questions and writes answers of the API as nearly all of them
// are, without reflection: it would cost several times what a decision from memory
// does. What is not plain goes the long way, and tests of package api hold both
// ways to the same.
package plain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/lawful"
)

// Reader reads questions: one body, or the lines of one.
type Reader struct {
	rest  []byte            // what is left of the question
	words map[string]string // texts that many questions share; nil: none are kept
}

// Lines returns a reader of many questions.
func Lines() Reader { return Reader{words: map[string]string{}} }

// mostWords is how many texts are kept for the questions that follow.
const mostWords = 64

// Forget lets go of all that was read.
func (a *Reader) Forget() {
	clear(a.words)
	a.rest = nil
}

// Question reads a question of texts in plain ASCII, each given once. False says
// nothing of the question but that it has to be read the long way.
func (a *Reader) Question(body []byte) (q standing.Question, ok bool) {
	a.rest = body
	ok = a.object(func(name []byte) bool {
		switch string(name) {
		case "subject":
			n := &q.Subject
			return *n == choice.Subject{} && a.object(func(name []byte) bool {
				switch string(name) {
				case "email":
					return a.own(&n.Email)
				case "phone":
					return a.own(&n.Phone)
				case "id":
					return a.own(&n.ID)
				case "device":
					return a.own(&n.Device)
				}
				return false
			})
		case "source":
			return a.shared(&q.Source)
		case "purpose":
			return a.shared(&q.Purpose)
		case "channel":
			return a.shared(&q.Channel)
		case "language":
			return a.shared(&q.Language)
		}
		return false
	})
	a.space()
	return q, ok && len(a.rest) == 0
}

// object reads an object of at least one member; what reads a member's value says
// whether it could.
func (a *Reader) object(member func(name []byte) bool) bool {
	if !a.is('{') {
		return false
	}
	for {
		name, ok := a.string()
		if !ok || !a.is(':') || !member(name) {
			return false
		}
		if a.is('}') {
			return true
		}
		if !a.is(',') {
			return false
		}
	}
}

// is takes a character, if it comes next.
func (a *Reader) is(c byte) bool {
	a.space()
	if len(a.rest) == 0 || a.rest[0] != c {
		return false
	}
	a.rest = a.rest[1:]
	return true
}

func (a *Reader) space() {
	for len(a.rest) > 0 && (a.rest[0] == ' ' || a.rest[0] == '\t' || a.rest[0] == '\n' || a.rest[0] == '\r') {
		a.rest = a.rest[1:]
	}
}

// string takes a text that stands for itself.
func (a *Reader) string() ([]byte, bool) {
	if !a.is('"') {
		return nil, false
	}
	for i, c := range a.rest {
		switch {
		case c == '"':
			found := a.rest[:i]
			a.rest = a.rest[i+1:]
			return found, true
		case c < ' ' || c > '~' || c == '\\':
			return nil, false
		}
	}
	return nil, false
}

// own takes a text of this question alone. An empty one might be a second one of
// the same name, which is for the long way to tell, as is one that is there already.
func (a *Reader) own(to *string) bool {
	text, ok := a.string()
	if !ok || *to != "" || len(text) == 0 {
		return false
	}
	*to = string(text)
	return true
}

// shared is own for a text that many questions share.
func (a *Reader) shared(to *string) bool {
	text, ok := a.string()
	if !ok || *to != "" || len(text) == 0 {
		return false
	}
	word, known := a.words[string(text)]
	if !known {
		word = string(text)
		if a.words != nil && len(a.words) < mostWords {
			a.words[word] = word
		}
	}
	*to = word
	return true
}

// Writer writes decisions as JSON, each on a line.
type Writer struct {
	Out  []byte
	HTML bool // escaped for HTML too

	as   time.Time
	asOf []byte // of as
}

// Decision writes a decision and ends the line. One that is explained goes the long way.
func (a *Writer) Decision(d *lawful.Decision) error {
	if d.Since != nil || d.Until != nil || d.Also != nil || d.Facts != nil || d.Trace != nil {
		return a.Long(d)
	}
	if len(a.asOf) == 0 || a.as != d.AsOf {
		text, err := d.AsOf.MarshalJSON()
		if err != nil {
			return fmt.Errorf("encode an answer: %w", err)
		}
		a.as, a.asOf = d.AsOf, text
	}
	a.Out = strconv.AppendBool(append(a.Out, `{"permitted":`...), d.Permitted)
	a.text(`,"reason":`, string(d.Reason))
	a.text(`,"explanation":`, d.Explanation)
	if d.Basis != "" {
		a.text(`,"basis":`, d.Basis)
	}
	a.text(`,"rule":`, d.Rule)
	a.Out = append(append(append(a.Out, `,"as_of":`...), a.asOf...), "}\n"...)
	return nil
}

// text writes a member of an object: a text.
func (a *Writer) text(name, value string) {
	a.Out = append(a.Out, name...)
	if a.means(value) {
		a.Out = append(append(append(a.Out, '"'), value...), '"')
		return
	}
	if err := a.Long(value); err != nil {
		panic(err) // of a text
	}
	a.Out = a.Out[:len(a.Out)-1] // the line goes on
}

// means says that a text within quotes stands for itself.
func (a *Writer) means(text string) bool {
	wide := false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			wide = true
		case c < ' ' || c == '"' || c == '\\' || a.HTML && (c == '<' || c == '>' || c == '&'):
			return false
		}
	}
	return !wide || utf8.ValidString(text) && !strings.Contains(text, "\u2028") && !strings.Contains(text, "\u2029")
}

// Long writes what is not plain, and ends the line.
func (a *Writer) Long(v any) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(a.HTML)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	a.Out = append(a.Out, out.Bytes()...)
	return nil
}
