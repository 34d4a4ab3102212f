// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
)

// Names of the session cookie. A __Host- cookie can't be set by a neighbour.
const (
	cookieSecure = "__Host-lecito"
	cookiePlain  = "lecito" // over http on the same machine
)

// authenticate finds who calls: the holder of the data folder, an API key, or a
// signed-in operator.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request, route Route) (access.Actor, error) {
	if org, ok := r.Context().Value(localKey{}).(*string); ok {
		return s.local(r, *org, route)
	}
	var actor access.Actor
	var err error
	if token := pageKey(r, route); token != "" {
		actor, err = s.byPageKey(w, r, token)
	} else if token, ok := bearer(r); ok || SessionToken(r) == "" {
		actor, err = s.byKey(w, r, token)
	} else {
		actor, err = s.bySession(r)
	}
	if err != nil {
		if problem.Is(err, problem.Unauthorised) {
			err = cmp.Or(s.limits.blame(s.address(r)), err)
		}
		return access.Actor{}, err
	}
	if actor.Kind != access.KindKey || actor.May(access.ScopeCollect) {
		if err := s.limits.address(s.address(r)); err != nil {
			return access.Actor{}, err
		}
	}
	if err := s.limits.key(actor.ID); err != nil {
		return access.Actor{}, err
	}
	if org := wantedOrg(r); org != "" && org != actor.Org {
		return access.Actor{}, unknownOrganisation()
	}
	return actor, nil
}

func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// pageKey is the public key in the address (?key=), for what can set no header:
// a form without scripts, and a page that is being left.
func pageKey(r *http.Request, route Route) string {
	if r.URL.RawQuery == "" || r.Header.Get("Authorization") != "" || !slices.Contains(route.Scopes, access.ScopeCollect) {
		return ""
	}
	return r.URL.Query().Get("key")
}

// byPageKey takes a public key only: addresses are written down by everybody on the way.
func (s *Server) byPageKey(w http.ResponseWriter, r *http.Request, token string) (access.Actor, error) {
	actor, err := s.byKey(w, r, token)
	if err == nil && !actor.May(access.ScopeCollect) {
		return access.Actor{}, problem.New(problem.Forbidden, "key_in_address",
			"Only a public key, with the scope collect, may stand in an address. This one is known to everybody on the way now: revoke it.")
	}
	return actor, err
}

// byKey finds the holder of an API key. A missing one costs what a wrong one costs.
func (s *Server) byKey(w http.ResponseWriter, r *http.Request, token string) (access.Actor, error) {
	actor, key, err := s.config.Access.ByKey(r.Context(), token)
	if err != nil || !actor.May(access.ScopeCollect) {
		return actor, err
	}
	return actor, origin(w, r, key)
}

// origin holds a public key to the pages it is meant for. It filters honest
// browsers; it authenticates nobody.
func origin(w http.ResponseWriter, r *http.Request, key access.Key) error {
	from := r.Header.Get("Origin")
	if from == "" {
		return nil
	}
	if len(key.Origins) > 0 && !slices.Contains(key.Origins, from) {
		return problem.New(problem.Forbidden, "origin_not_allowed", "This key is not meant for pages of this origin. Add the origin to the key.")
	}
	w.Header().Set("Access-Control-Allow-Origin", from)
	w.Header().Add("Vary", "Origin")
	return nil
}

// preflight answers a browser that asks before a public form sends. It can't
// say which key will come, so it lets every origin ask; the call itself is checked.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request) {
	callOf(r.Context()).route = "OPTIONS"
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// bySession finds who is signed in. Another site's page can't act in their name.
func (s *Server) bySession(r *http.Request) (access.Actor, error) {
	if err := s.cross.Check(r); err != nil {
		return access.Actor{}, crossOrigin()
	}
	return s.config.Access.BySession(r.Context(), SessionToken(r))
}

// SameSite refuses a form of a public page that another site sent. A page that
// tells no Referer tells no origin either ("null"): browsers that also say where
// the form came from are believed, older ones let pass.
func SameSite(r *http.Request) error {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		return nil
	}
	if http.NewCrossOriginProtection().Check(r) != nil {
		return crossOrigin()
	}
	return nil
}

func crossOrigin() error {
	return problem.New(problem.Forbidden, "cross_origin", "This was sent from another site's page, and nothing was done.")
}

// local is who holds the data folder, for the organisation the call names, the
// connection stands for, or the only one there is.
func (s *Server) local(r *http.Request, standing string, route Route) (access.Actor, error) {
	want := wantedOrg(r)
	if want == "" {
		want = standing
	}
	if want == "" && route.AnyOrg {
		return access.Local(""), nil
	}
	orgs, err := s.config.Organisations(r.Context())
	if err != nil {
		return access.Actor{}, err
	}
	switch {
	case want != "" && (slices.Contains(orgs, want) || route.AnyOrg):
		return access.Local(want), nil
	case want != "":
		return access.Actor{}, unknownOrganisation()
	case len(orgs) == 0:
		return access.Actor{}, problem.New(problem.NotFound, "no_organisation",
			"There is no organisation here yet. Declare it with lecito apply FILE first.")
	case len(orgs) > 1:
		return access.Actor{}, problem.New(problem.Invalid, "organisation_needed",
			"There are several organisations here: say which with --org ID. They are "+strings.Join(orgs, ", ")+".")
	}
	return access.Local(orgs[0]), nil
}

func wantedOrg(r *http.Request) string {
	if org := r.Header.Get("X-Lecito-Org"); org != "" {
		return org
	}
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get("org")
}

func unknownOrganisation() error {
	return problem.New(problem.NotFound, "organisation_unknown", "There is no such organisation here.")
}

// SessionToken is the session a browser holds, "" for none.
func SessionToken(r *http.Request) string {
	for _, name := range []string{cookieSecure, cookiePlain} {
		if c, err := r.Cookie(name); err == nil {
			return c.Value
		}
	}
	return ""
}

// SetSession gives a browser its session; a zero one takes it away. It is gone
// when the browser closes.
func SetSession(w http.ResponseWriter, session access.Session, secure bool) {
	c := &http.Cookie{ //nolint:gosec // Secure wherever people come by https; on the machine itself there is none
		Name: cookiePlain, Value: session.Token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	if secure {
		c.Name = cookieSecure
	}
	if session.Token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// SignInURL is the address of a one-time link.
func SignInURL(base string, link access.Link) string {
	return strings.TrimSuffix(base, "/") + "/sign-in/" + link.Token
}
