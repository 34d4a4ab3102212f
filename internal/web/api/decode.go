// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
)

// decode reads a JSON body strictly.
func decode[T any](r *http.Request) (T, error) {
	var v T
	body, err := slurp(r)
	if err != nil {
		return v, err
	}
	return parse[T](body)
}

// parse reads one JSON value and nothing else. What is wrong is told by its
// place; a value is never quoted, and a name only where it looks like one.
func parse[T any](body []byte) (T, error) {
	var v, none T
	if len(bytes.TrimSpace(body)) == 0 {
		return none, invalidJSON(problem.Place{Detail: "is empty: send a JSON object"})
	}
	err := json.Unmarshal(body, &v, json.RejectUnknownMembers(true))
	if err == nil {
		return v, nil
	}
	wrong := problem.Place{Detail: "is not JSON"}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		wrong = semantic(e)
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		wrong = syntactic(e, body)
	}
	return none, invalidJSON(wrong)
}

func semantic(e *json.SemanticError) problem.Place {
	if errors.Is(e.Err, json.ErrUnknownName) {
		return problem.Place{Field: place(e.JSONPointer), Detail: "is not a field known here"}
	}
	return problem.Place{Field: place(e.JSONPointer), Detail: "has the wrong type: " + expected(e.GoType) + " is expected"}
}

func syntactic(e *jsontext.SyntacticError, body []byte) problem.Place {
	wrong := problem.Place{Field: place(e.JSONPointer), Detail: "is not JSON"}
	if errors.Is(e.Err, jsontext.ErrDuplicateName) {
		wrong.Detail = "is given twice"
	}
	if at := int(e.ByteOffset); at >= 0 && at <= len(body) {
		wrong.Line = 1 + bytes.Count(body[:at], []byte("\n"))
		wrong.Column = at - bytes.LastIndexByte(body[:at], '\n')
	}
	return wrong
}

func invalidJSON(wrong problem.Place) error {
	return problem.New(problem.Invalid, "invalid_json", "The body can't be read. Nothing was stored.").At(wrong)
}

// readError is what is wrong with a body that ended before it should.
func readError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return problem.New(problem.Invalid, "body_cut_short", "The body ended before it was whole. Nothing was stored.").Because(err)
	}
	return fmt.Errorf("read the body: %w", err)
}

// namelike is what a field name looks like. Anything else might be data.
var namelike = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// place writes a JSON pointer as fields are named here: choices[0].at.
func place(pointer jsontext.Pointer) string {
	var b strings.Builder
	for token := range pointer.Tokens() {
		_, err := strconv.Atoi(token)
		switch {
		case err == nil && b.Len() > 0:
			b.WriteString("[" + token + "]")
			continue
		case !namelike.MatchString(token):
			token = "?"
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(token)
	}
	return b.String()
}

func expected(t reflect.Type) string {
	if t == nil {
		return "another"
	}
	if t == reflect.TypeFor[time.Time]() {
		return "a time with its zone, as 2026-11-21T10:00:00Z,"
	}
	if t == reflect.TypeFor[standing.Used]() {
		return "a name, or an object of name and age or since,"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "another"
	}
}

// query reads parameters of the address; what is wrong with any is told at once.
type query struct {
	values map[string][]string
	places []problem.Place
}

func queryOf(r *http.Request, known ...string) *query {
	q := &query{values: r.URL.Query()}
	for name, values := range q.values {
		switch {
		case name == "org":
		case !slices.Contains(known, name):
			if !namelike.MatchString(name) {
				name = "?"
			}
			q.wrong(name, "is not a parameter known here")
		case len(values) > 1:
			q.wrong(name, "is given twice")
		}
	}
	return q
}

func (q *query) wrong(field, detail string) {
	q.places = append(q.places, problem.Place{Field: field, Detail: detail})
}

func (q *query) text(name string) string {
	if v := q.values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (q *query) flag(name string) bool {
	switch q.text(name) {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	}
	q.wrong(name, "is 1 or 0")
	return false
}

func (q *query) time(name string) *time.Time {
	given := q.text(name)
	if given == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, given)
	if err != nil {
		q.wrong(name, "is a time with its zone, as 2026-11-21T10:00:00Z")
		return nil
	}
	return &t
}

func (q *query) duration(name string) time.Duration {
	given := q.text(name)
	if given == "" {
		return 0
	}
	d, err := time.ParseDuration(given)
	if err != nil || d <= 0 {
		q.wrong(name, "is a length of time, as 48h")
	}
	return d
}

func (q *query) words(name string) []string {
	if q.text(name) == "" {
		return nil
	}
	return strings.Split(q.text(name), ",")
}

// problem tells what was wrong with any of them.
func (q *query) problem() error {
	if len(q.places) == 0 {
		return nil
	}
	p := problem.New(problem.Invalid, "invalid_parameters", "The parameters of the address are not right. Nothing was done.")
	p.Places = q.places
	return p
}
