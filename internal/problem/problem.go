// SPDX-License-Identifier: Apache-2.0

// Package problem is the closed list of what can go wrong in a way that
// somebody can act on. Domain code returns problems; the web turns a kind into
// a status and the command line into an exit code; every other error is shown
// to people as a reference number only. A problem never holds personal data:
// what was wrong is named by its place (a field, a line, a column), not quoted.
package problem

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what the caller can do about a problem.
type Kind string

// The closed list of kinds.
const (
	Invalid        Kind = "invalid"         // the input is wrong: correct it
	Unauthorised   Kind = "unauthorised"    // no or a wrong credential
	Forbidden      Kind = "forbidden"       // a good credential that may not do this
	NotFound       Kind = "not_found"       // no such thing in this organisation
	Conflict       Kind = "conflict"        // it contradicts what is recorded
	TooLarge       Kind = "too_large"       // over a stated limit
	TooMany        Kind = "too_many"        // slow down, and try again
	Unavailable    Kind = "unavailable"     // try again later
	OutcomeUnknown Kind = "outcome_unknown" // it may or may not be stored: ask by id or idempotency key
)

// Place is one spot of the input that is wrong. Line and Column count from 1; 0 is unknown.
type Place struct {
	Field  string `json:"field,omitempty"` // JSON path or column name
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Detail string `json:"detail"`
}

// String says where and what, as "line 3, column 7 (field): detail".
func (p Place) String() string {
	var where []string
	if p.Line > 0 {
		where = append(where, fmt.Sprintf("line %d", p.Line))
	}
	if p.Column > 0 {
		where = append(where, fmt.Sprintf("column %d", p.Column))
	}
	if p.Field != "" {
		where = append(where, p.Field)
	}
	if len(where) == 0 {
		return p.Detail
	}
	return strings.Join(where, ", ") + ": " + p.Detail
}

// Problem is an error somebody can act on. Code is a stable word for programs
// (unknown_purpose); Detail is a sentence for people: what, where, what to do.
type Problem struct {
	Kind   Kind
	Code   string
	Detail string
	Places []Place
	Err    error // for the log, never for people
}

// New returns a problem.
func New(kind Kind, code, detail string) *Problem {
	return &Problem{Kind: kind, Code: code, Detail: detail}
}

// Newf is New with a formatted detail. What is formatted must not be personal data.
func Newf(kind Kind, code, format string, args ...any) *Problem {
	return New(kind, code, fmt.Sprintf(format, args...))
}

// At returns the problem with one more place.
func (p *Problem) At(place Place) *Problem {
	q := *p
	q.Places = append(append([]Place(nil), p.Places...), place)
	return &q
}

// Because returns the problem with the error that caused it.
func (p *Problem) Because(err error) *Problem {
	q := *p
	q.Err = err
	return &q
}

// Error gives the sentence and the places.
func (p *Problem) Error() string {
	parts := []string{p.Detail}
	for _, place := range p.Places {
		parts = append(parts, place.String())
	}
	return strings.Join(parts, "\n  ")
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// As finds the problem in an error, or nil.
func As(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	return nil
}

// Is says whether an error is a problem of the kind.
func Is(err error, kind Kind) bool {
	p := As(err)
	return p != nil && p.Kind == kind
}
