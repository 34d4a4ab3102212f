// SPDX-License-Identifier: Apache-2.0

package api

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

// Questions and answers as nearly all of them are, read and written without
// reflection: it would cost several times what a decision from memory does. What
// is not plain goes the long way, and a test holds both ways to the same.

// asking reads questions: one body, or the lines of one.
type asking struct {
	rest  []byte            // what is left of the question
	words map[string]string // texts that many questions share
}

// mostWords is how many texts are kept for the questions that follow.
const mostWords = 64

// read reads a question.
func (a *asking) read(body []byte) (standing.Question, error) {
	if q, ok := a.plain(body); ok {
		return q, nil
	}
	return parse[standing.Question](body)
}

// plain reads a question of texts in plain ASCII, each given once. False says
// nothing of the question but that parse has to read it.
func (a *asking) plain(body []byte) (q standing.Question, ok bool) {
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
func (a *asking) object(member func(name []byte) bool) bool {
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
func (a *asking) is(c byte) bool {
	a.space()
	if len(a.rest) == 0 || a.rest[0] != c {
		return false
	}
	a.rest = a.rest[1:]
	return true
}

func (a *asking) space() {
	for len(a.rest) > 0 && (a.rest[0] == ' ' || a.rest[0] == '\t' || a.rest[0] == '\n' || a.rest[0] == '\r') {
		a.rest = a.rest[1:]
	}
}

// string takes a text that stands for itself.
func (a *asking) string() ([]byte, bool) {
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
// the same name, which is for parse to tell, as is one that is there already.
func (a *asking) own(to *string) bool {
	text, ok := a.string()
	if !ok || *to != "" || len(text) == 0 {
		return false
	}
	*to = string(text)
	return true
}

// shared is own for a text that many questions share.
func (a *asking) shared(to *string) bool {
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

// answering writes decisions as JSON.
type answering struct {
	out  []byte
	html bool // escaped for HTML too, as reply has it

	as   time.Time
	asOf []byte // of as
}

// decision writes a decision and ends the line. One that is explained goes the long way.
func (a *answering) decision(d *lawful.Decision) error {
	if d.Since != nil || d.Until != nil || d.Also != nil || d.Facts != nil || d.Trace != nil {
		return a.long(d)
	}
	if len(a.asOf) == 0 || a.as != d.AsOf {
		text, err := d.AsOf.MarshalJSON()
		if err != nil {
			return fmt.Errorf("encode an answer: %w", err)
		}
		a.as, a.asOf = d.AsOf, text
	}
	a.out = strconv.AppendBool(append(a.out, `{"permitted":`...), d.Permitted)
	a.text(`,"reason":`, string(d.Reason))
	a.text(`,"explanation":`, d.Explanation)
	if d.Basis != "" {
		a.text(`,"basis":`, d.Basis)
	}
	a.text(`,"rule":`, d.Rule)
	a.out = append(append(append(a.out, `,"as_of":`...), a.asOf...), "}\n"...)
	return nil
}

// text writes a member of an object: a text.
func (a *answering) text(name, value string) {
	a.out = append(a.out, name...)
	if a.means(value) {
		a.out = append(append(append(a.out, '"'), value...), '"')
		return
	}
	if err := a.long(value); err != nil {
		panic(err) // of a text
	}
	a.out = a.out[:len(a.out)-1] // the line goes on
}

// means says that a text within quotes stands for itself.
func (a *answering) means(text string) bool {
	wide := false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			wide = true
		case c < ' ' || c == '"' || c == '\\' || a.html && (c == '<' || c == '>' || c == '&'):
			return false
		}
	}
	return !wide || utf8.ValidString(text) && !strings.Contains(text, "\u2028") && !strings.Contains(text, "\u2029")
}

// long writes what is not plain, and ends the line.
func (a *answering) long(v any) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(a.html)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	a.out = append(a.out, out.Bytes()...)
	return nil
}
