// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web"
)

type applied struct {
	Changes  register.Changes `json:"changes"`
	Summary  string           `json:"summary"`
	Text     string           `json:"text"` // the difference, for people
	DryRun   bool             `json:"dry_run"`
	Warnings []problem.Place  `json:"warnings"` // what the law stands against in the file as it is
}

// apply makes the register say what a file says.
func (a *API) apply(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "dry_run", "name")
	dry, name := q.flag("dry_run"), q.text("name")
	if err := q.problem(); err != nil {
		return err
	}
	body, err := slurp(r)
	if err != nil {
		return err
	}
	doc, err := register.Parse(body, name)
	if err != nil {
		return err
	}
	actor := web.Actor(r.Context())
	changes, err := a.Register.Apply(r.Context(), actor.By(), actor.Org, doc, dry)
	if err != nil {
		return err
	}
	var readable strings.Builder
	if err := changes.Text(&readable); err != nil {
		return err
	}
	if changes == nil {
		changes = register.Changes{}
	}
	tests, err := a.Standing.Balancing(r.Context(), doc.Organisation.ID)
	if err != nil {
		return err
	}
	warnings, err := register.Warnings(doc, tests, a.Clock.Now())
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, applied{changes, changes.Summary(), readable.String(), dry, warnings})
}

type keyList struct {
	Keys []access.Key `json:"keys"`
}

type newKey struct {
	access.Key
	Token string `json:"key"` // shown once
}

// keyList lists the API keys.
func (a *API) keyList(w http.ResponseWriter, r *http.Request) error {
	keys, err := a.Access.Keys(r.Context(), web.Actor(r.Context()))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, keyList{keys})
}

// createKey makes an API key.
func (a *API) createKey(w http.ResponseWriter, r *http.Request) error {
	want, err := decode[access.NewKey](r)
	if err != nil {
		return err
	}
	key, token, err := a.Access.CreateKey(r.Context(), web.Actor(r.Context()), want)
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, newKey{key, token})
}

// revokeKey ends an API key.
func (a *API) revokeKey(w http.ResponseWriter, r *http.Request) error {
	return none(w, a.Access.RevokeKey(r.Context(), web.Actor(r.Context()), r.PathValue("id")))
}

type operatorList struct {
	Operators []access.Operator `json:"operators"`
}

type invitation struct {
	Email string `json:"email"`
	Role  string `json:"role"`
}

type invited struct {
	ID      string    `json:"id"`
	Role    string    `json:"role"`
	Link    string    `json:"link"` // signs in once
	Expires time.Time `json:"expires"`
}

// operatorList lists who signs in.
func (a *API) operatorList(w http.ResponseWriter, r *http.Request) error {
	operators, err := a.Access.Operators(r.Context(), web.Actor(r.Context()))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, operatorList{operators})
}

// invite lets somebody in.
func (a *API) invite(w http.ResponseWriter, r *http.Request) error {
	want, err := decode[invitation](r)
	if err != nil {
		return err
	}
	operator, link, err := a.Access.Invite(r.Context(), web.Actor(r.Context()), want.Email, want.Role)
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, invited{operator.ID, operator.Role, web.SignInURL(a.PublicURL, link), link.Expires})
}

// removeOperator ends somebody's access.
func (a *API) removeOperator(w http.ResponseWriter, r *http.Request) error {
	return none(w, a.Access.RemoveOperator(r.Context(), web.Actor(r.Context()), r.PathValue("id")))
}

// Finding is one thing the doctor looked at.
type Finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was found, and what to do about it
}

type findings struct {
	Findings []Finding `json:"findings"`
}

// doctor tells what is wrong with the installation.
func (a *API) doctor(w http.ResponseWriter, r *http.Request) error {
	out := findings{[]Finding{}}
	if a.Doctor != nil {
		var err error
		if out.Findings, err = a.Doctor(r.Context(), web.Actor(r.Context())); err != nil {
			return err
		}
	}
	return reply(w, http.StatusOK, out)
}

// openAPI gives the document of the API.
func (a *API) openAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return reply(w, http.StatusOK, json.RawMessage(a.document))
}
