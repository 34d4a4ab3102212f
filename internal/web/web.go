// SPDX-License-Identifier: Apache-2.0

// Package web is the one door to everything: it knows who calls, holds each
// call to its limits, and turns what goes wrong into an answer. What is behind
// the door comes as a table of routes; a test walks the same table.
//
// What it promises: a route is reached only by an actor that holds one of its
// scopes; a missing, wrong or revoked credential gets the same answer for the
// same work; an error shows a sentence or a reference number, never a value of
// the input; logs and metrics name routes, statuses and keys, never people,
// addresses or queries; a call that was answered before a stop is kept.
//
// Where it is weak: limits are per process, so several nodes allow as many
// times the rate; it does not speak TLS, which is a proxy's; probes and metrics
// are open to whoever reaches the port, so a proxy keeps /metrics to itself.
package web

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/problem"
)

// Route is one thing that can be asked of the server.
type Route struct {
	Pattern string   // as http.ServeMux takes it: "POST /v1/choices"
	Scopes  []string // the actor holds one of these; none: any actor but a public key
	Public  bool     // needs no actor
	AnyOrg  bool     // the local actor need not say for which organisation
	Body    int64    // most bytes of the body; 0: MaxBody
	Stream  bool     // body and answer go on for as long as both sides move, at the same time
	Quiet   bool     // logged only where it fails: probes, and what is asked thousands of times a second
	Do      func(w http.ResponseWriter, r *http.Request) error
}

// Bounds of bodies.
const (
	MaxBody   = 1 << 20
	MaxUpload = 4 << 30
)

// Config says what the server is made of.
type Config struct {
	Routes []Route
	Access *access.Service
	// Organisations lists the ids of those there are, for the local actor.
	Organisations func(ctx context.Context) ([]string, error)
	// Page writes an error for a browser; nil: every error is JSON.
	Page func(w http.ResponseWriter, r *http.Request, f Failure)

	Clock   clock.Clock          // nil: the machine's
	Log     *slog.Logger         // nil: nothing is logged
	Metrics *prometheus.Registry // nil: one of its own
	Limits  Limits
	Proxies []netip.Prefix // whose X-Forwarded-For is believed
	Secure  bool           // people reach it by https: cookies and headers say so
}

// Server is the handler.
type Server struct {
	config  Config
	mux     *http.ServeMux
	exact   map[target]Route // routes of one address each: what the mux would find
	limits  *limiters
	metrics *metrics
	cross   *http.CrossOriginProtection
	secure  http.Header
}

// target is what a route without placeholders is reached by.
type target struct{ method, path string }

// New returns the handler of a configuration. Two routes that clash are an
// error of the program, and a panic.
func New(c Config) *Server {
	c.Clock = cmp.Or(c.Clock, clock.Clock(clock.System{}))
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	c.Metrics = cmp.Or(c.Metrics, prometheus.NewRegistry())
	s := &Server{
		config: c, mux: http.NewServeMux(), exact: map[target]Route{}, limits: newLimiters(c.Limits, c.Clock),
		metrics: newMetrics(c.Metrics), cross: http.NewCrossOriginProtection(), secure: headers(c.Secure),
	}
	s.config.Routes = append(slices.Clone(c.Routes), s.own()...)
	for _, route := range s.config.Routes {
		s.mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, route) })
		method, path, _ := strings.Cut(route.Pattern, " ")
		if !strings.Contains(path, "{") && !strings.HasSuffix(path, "/") {
			s.exact[target{method, path}] = route
		}
		if slices.Contains(route.Scopes, access.ScopeCollect) {
			s.mux.HandleFunc("OPTIONS "+path, s.preflight)
		}
	}
	return s
}

// Routes is the whole table, with the server's own.
func (s *Server) Routes() []Route { return s.config.Routes }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{id: newReference(), began: s.config.Clock.Now(), log: s.config.Log}
	out := &response{ResponseWriter: w}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	defer s.observe(out, c)
	defer s.recover(out, r)
	header := out.Header()
	for name, values := range s.secure {
		header[name] = values
	}
	header["X-Request-Id"] = []string{c.id}
	deadlines(w, r)
	if route, ok := s.exact[target{r.Method, r.URL.Path}]; ok && r.URL.RawPath == "" {
		s.serve(out, r, route)
		return
	}
	if handler, pattern := s.mux.Handler(r); pattern == "" {
		s.fail(out, r, unrouted(handler, out, r))
		return
	}
	s.mux.ServeHTTP(out, r)
}

// serve takes a call through the checks to its route.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, route Route) {
	c := callOf(r.Context())
	c.route, c.quiet = route.Pattern, route.Quiet
	if err := s.admit(w, r, route); err != nil {
		s.fail(w, r, err)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(route.Body, MaxBody))
	if route.Stream {
		w, r.Body = stream(w, r.Body)
	}
	if err := route.Do(w, r); err != nil {
		if route.Stream {
			w.Header().Set("Connection", "close") // what is left of the body is not worth reading
		}
		s.fail(w, r, err)
		return
	}
	if route.Stream {
		// net/http takes what is left of the body for the next call, where both go on at once.
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// admit finds who calls and whether they may.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, route Route) error {
	c := callOf(r.Context())
	if route.Public {
		c.from = s.address(r)
		return s.limits.address(c.from)
	}
	var err error
	if c.actor, err = s.authenticate(w, r, route); err != nil {
		return err
	}
	switch {
	case len(route.Scopes) > 0:
		return c.actor.Require(route.Scopes...)
	case c.actor.May(access.ScopeCollect):
		return c.actor.Require(access.ScopeChoices)
	}
	return nil
}

// unrouted tells what is wrong with a call that no route takes. The mux's own
// handler knows which methods the path has.
func unrouted(handler http.Handler, w http.ResponseWriter, r *http.Request) error {
	probe := &discard{header: http.Header{}}
	handler.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		return problem.Newf(kindMethod, "method_not_allowed", "This address takes %s.", probe.header.Get("Allow"))
	}
	return problem.New(problem.NotFound, "no_such_address", "There is nothing at this address. What there is, is in /openapi.json.")
}

// headers are on every answer; a page widens what it needs.
func headers(secure bool) http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}
