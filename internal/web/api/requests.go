// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/lawful"
)

// requestOpening is what POST /v1/requests takes.
type requestOpening struct {
	Right    string         `json:"right"` // access, portability, rectification, erasure, restriction, objection, human_review, problem
	Subject  choice.Subject `json:"subject"`
	Source   string         `json:"source,omitempty"`  // whose number subject.id is
	Message  string         `json:"message,omitempty"` // what they said
	Language string         `json:"language,omitempty"`
	// Received is when it arrived, on any channel, read or not; now where left out.
	Received *time.Time `json:"received,omitempty"`
	// IdentityProven says that whoever sends this has made sure who asks.
	IdentityProven bool   `json:"identity_proven,omitempty"`
	Idempotency    string `json:"idempotency_key,omitempty"`
}

// requestView is a request as it stands.
type requestView struct {
	ID       string     `json:"id"`
	Number   string     `json:"number"` // what people call it by
	Right    string     `json:"right"`
	State    string     `json:"state"`
	Via      string     `json:"via"`
	Language string     `json:"language"`
	Subject  string     `json:"subject,omitempty"` // pseudonym; none where nobody is known
	Identity string     `json:"identity"`          // none, wanted, asked, given
	Received time.Time  `json:"received"`
	Due      *time.Time `json:"due,omitempty"` // the last instant to answer in
	Asked    *time.Time `json:"identity_asked,omitempty"`
	Given    *time.Time `json:"identity_given,omitempty"`
	Extended *time.Time `json:"extended,omitempty"`
	Closed   *time.Time `json:"closed,omitempty"`
	Erased   *time.Time `json:"erased,omitempty"`
	Outcome  string     `json:"outcome,omitempty"`

	Link string `json:"link,omitempty"` // of one just opened: the page where the person follows it, for them alone

	// Of GET /v1/requests/{id} alone.
	Email   string        `json:"email,omitempty"` // where the person is answered
	Phone   string        `json:"phone,omitempty"`
	Steps   []requestStep `json:"steps,omitempty"`
	Counted *law.Due      `json:"counted,omitempty"` // as lecito due counts; none where no law known here sets a time
}

type requestStep struct {
	At    time.Time  `json:"at"`
	Act   string     `json:"act"`
	By    string     `json:"by"` // person, office, system
	Text  string     `json:"text,omitempty"`
	Entry string     `json:"entry,omitempty"`
	Sent  *time.Time `json:"sent,omitempty"` // the person was written to about it
}

type requestList struct {
	Requests []requestView `json:"requests"`
	Next     string        `json:"next,omitempty"` // give it as after
}

func viewOf(q request.Request) requestView {
	v := requestView{
		ID: q.ID, Number: q.Number(), Right: q.Kind, State: q.State, Via: q.Via, Language: q.Language, Subject: q.Subject,
		Identity: q.Identity, Received: q.Received, Asked: q.Asked, Given: q.Given, Extended: q.Extended, Closed: q.Closed,
		Erased: q.Erased, Outcome: q.Outcome,
	}
	if !q.Due.IsZero() {
		v.Due = &q.Due
	}
	return v
}

// openRequest opens a request for somebody who asked elsewhere.
func (a *API) openRequest(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[requestOpening](r)
	if err != nil {
		return err
	}
	actor := web.Actor(r.Context())
	o := request.Opening{
		Kind: req.Right, Via: request.ViaAPI, Language: req.Language, Message: req.Message,
		Proven: req.IdentityProven, Once: req.Idempotency,
	}
	if req.Received != nil {
		o.Received = *req.Received
	}
	if err := a.nameRequest(r.Context(), actor.Org, req, &o); err != nil {
		return err
	}
	opened, err := a.Requests.Open(r.Context(), actor, o)
	if err != nil {
		return err
	}
	out := viewOf(opened)
	err = a.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		out.Link, err = a.Links.Request(ctx, tx, link.To{
			Org: actor.Org, Subject: opened.ID, Identifier: sentTo(o), Expires: tx.Now().Add(request.LinkLife),
		})
		return err
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, out)
}

// nameRequest reads who asks, and where they are answered.
func (a *API) nameRequest(ctx context.Context, org string, req requestOpening, o *request.Opening) error {
	return a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := a.Register.Rules(ctx, tx, org)
		if err != nil {
			return err
		}
		ids, places := req.Subject.Identifiers(req.Source, rules.Organisation.Country)
		if len(places) > 0 {
			p := problem.New(problem.Invalid, "invalid_request", "The request can't be taken in. Nothing was stored.")
			p.Places = places
			return p
		}
		for _, id := range ids {
			switch id.Kind {
			case lawful.IDEmail:
				o.Contact.Email = id.Value
			case lawful.IDPhone:
				o.Contact.Phone = id.Value
			default:
				o.Subject = append(o.Subject, id)
			}
		}
		return nil
	})
}

// sentTo is what a link given to the caller is sent to: only where they have
// made sure who asks does it open more than the state of the request.
func sentTo(o request.Opening) lawful.Identifier {
	switch {
	case !o.Proven:
		return lawful.Identifier{}
	case o.Contact.Email != "":
		return lawful.Identifier{Kind: lawful.IDEmail, Value: o.Contact.Email}
	case o.Contact.Phone != "":
		return lawful.Identifier{Kind: lawful.IDPhone, Value: o.Contact.Phone}
	}
	return o.Subject[0].Identifier
}

// requestList lists requests in a state.
func (a *API) requestList(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "state", "limit", "after")
	ask := request.ListQuery{State: q.text("state"), After: q.text("after")}
	if given := q.text("limit"); given != "" {
		var err error
		if ask.Limit, err = strconv.Atoi(given); err != nil || ask.Limit < 1 || ask.Limit > request.MaxList {
			q.wrong("limit", "is from 1 to "+strconv.Itoa(request.MaxList))
		}
	}
	if err := q.problem(); err != nil {
		return err
	}
	all, next, err := a.Requests.List(r.Context(), web.Actor(r.Context()), ask)
	if err != nil {
		return err
	}
	out := requestList{Requests: []requestView{}, Next: next}
	for _, one := range all {
		out.Requests = append(out.Requests, viewOf(one))
	}
	return reply(w, http.StatusOK, out)
}

// requestOf gives one request, with its date explained.
func (a *API) requestOf(w http.ResponseWriter, r *http.Request) error {
	var found request.Request
	var declared *register.Catalogue
	err := a.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		org := web.Actor(r.Context()).Org
		if found, err = a.Requests.Find(ctx, tx, org, r.PathValue("id")); err != nil {
			return err
		}
		declared, err = a.Register.Catalogue(ctx, tx, org)
		return err
	})
	if err != nil {
		return err
	}
	out := viewOf(found)
	out.Email, out.Phone = found.Contact.Email, found.Contact.Phone
	for _, s := range found.Steps {
		out.Steps = append(out.Steps, requestStep{s.At, s.Act, s.Who, s.Text, s.Entry, s.Sent})
	}
	counted, err := a.Requests.Due(declared, found)
	switch {
	case err == nil:
		out.Counted = &counted.Due
	case problem.As(err) == nil:
		return err
	}
	return reply(w, http.StatusOK, out)
}
