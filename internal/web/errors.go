// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/lecito/lecito/internal/problem"
)

// Failure is an error as the caller sees it: problem details of RFC 9457, with
// a stable code, the places of the input that are wrong, and as instance the
// reference under which the log knows it.
type Failure struct {
	Type     string          `json:"type"` // about:blank: the status and the code say it all
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail"`
	Code     string          `json:"code"`
	Places   []problem.Place `json:"places,omitempty"`
	Instance string          `json:"instance"`

	Kind problem.Kind `json:"-"` // for a page, which has its own words for it; "": a fault of ours
}

// kindMethod is the one kind that only HTTP knows.
const kindMethod problem.Kind = "method_not_allowed"

// Status is the table of kinds and statuses.
func Status(kind problem.Kind) int {
	switch kind {
	case problem.Invalid:
		return http.StatusBadRequest
	case problem.Unauthorised:
		return http.StatusUnauthorized
	case problem.Forbidden:
		return http.StatusForbidden
	case problem.NotFound:
		return http.StatusNotFound
	case kindMethod:
		return http.StatusMethodNotAllowed
	case problem.Conflict:
		return http.StatusConflict
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge
	case problem.TooMany:
		return http.StatusTooManyRequests
	case problem.Unavailable, problem.OutcomeUnknown:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail answers a call with an error. It is the only way an error gets out.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && problem.As(err) == nil {
		panic(http.ErrAbortHandler) // the caller has gone: there is nobody to tell
	}
	f := Explain(r.Context(), err)
	if begun(w) {
		panic(http.ErrAbortHandler) // a cut answer must not look like a whole one
	}
	s.answer(w, r, f)
}

// Explain turns an error into what the caller may see of it, for answers that
// are under way and carry their errors within. What nobody can act on is
// logged here, once, under the reference the caller gets.
func Explain(ctx context.Context, err error) Failure {
	p := problem.As(err)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p = problem.Newf(problem.TooLarge, "body_too_large", "The body is larger than %d bytes, which is the most this address takes.", tooLarge.Limit)
	}
	if p == nil {
		p = problem.New("", "internal", "Something went wrong on our side. Nothing you sent was at fault. The log knows it by the reference given as instance.")
	}
	c := callOf(ctx)
	status := Status(p.Kind)
	if status >= http.StatusInternalServerError && c.log != nil && !errors.Is(err, errPanic) {
		c.log.Error("request failed", "reference", c.id, "route", c.route, "code", p.Code, "error", cmp.Or(p.Err, err))
	}
	return Failure{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: p.Detail, Code: p.Code, Places: p.Places, Instance: "urn:uuid:" + c.id, Kind: p.Kind,
	}
}

// errPanic stands for a panic, which logs itself.
var errPanic = errors.New("panic")

// answer writes a failure: as a page where a browser asks for one, as problem
// details otherwise.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, f Failure) {
	switch f.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	if s.config.Page != nil && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.config.Page(w, r, f)
		return
	}
	body, err := json.Marshal(f)
	if err != nil {
		panic(err) // a struct of strings
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Del("Content-Disposition")
	w.WriteHeader(f.Status)
	_, _ = w.Write(append(body, '\n')) // the caller has gone if this fails
}
