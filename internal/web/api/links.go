// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/lawful"
)

type linksRequest struct {
	Subject choice.Subject `json:"subject"`           // one identifier: the one the links will be sent to
	Source  string         `json:"source,omitempty"`  // whose number subject.id is
	Channel string         `json:"channel,omitempty"` // that the unsubscribe link stops; default email
}

type links struct {
	Subject     string    `json:"subject"`
	Centre      string    `json:"centre"`      // opens the person's preference centre
	Unsubscribe string    `json:"unsubscribe"` // for List-Unsubscribe (RFC 8058); never expires
	Expires     time.Time `json:"expires"`     // of the first
}

// links makes the addresses to put into a message to one person. Who holds one
// can act for the person, so they go to that person and nowhere else.
func (a *API) links(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[linksRequest](r)
	if err != nil {
		return err
	}
	if req.Channel == "" {
		req.Channel = lawful.ChannelEmail
	}
	made, err := a.linksOf(r.Context(), web.Actor(r.Context()).Org, req)
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, made)
}

func (a *API) linksOf(ctx context.Context, org string, req linksRequest) (links, error) {
	var made links
	err := a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		to, err := a.addressee(ctx, tx, org, req.Subject, req.Source)
		if err != nil {
			return err
		}
		to.Expires = tx.Now().Add(link.Life)
		made = links{Subject: to.Subject, Expires: to.Expires}
		if made.Centre, err = a.Links.Centre(ctx, tx, to); err != nil {
			return err
		}
		made.Unsubscribe, err = a.Links.Unsubscribe(ctx, tx, to, link.Stop{Channel: req.Channel})
		return err
	})
	return made, err
}

// addressee finds whom a link is for, by the identifier it goes to.
func (a *API) addressee(ctx context.Context, tx *db.ReadTx, org string, who choice.Subject, source string) (link.To, error) {
	on, err := a.Register.Catalogue(ctx, tx, org)
	if err != nil {
		return link.To{}, err
	}
	id, err := oneOf(on, who, source)
	if err != nil {
		return link.To{}, err
	}
	matches, err := a.Subjects.Match(ctx, tx, org, []lawful.Identifier{id})
	if err != nil {
		return link.To{}, err
	}
	return held(org, matches, id)
}

// oneOf reads the one identifier that a link goes to.
func oneOf(on *register.Catalogue, who choice.Subject, source string) (lawful.Identifier, error) {
	ids, places := who.Identifiers(source, on.Organisation.Country)
	if len(places) > 0 || len(ids) != 1 {
		p := problem.New(problem.Invalid, "invalid_subject", "Name the person by the one identifier that the link is for.")
		p.Places = places
		return lawful.Identifier{}, p
	}
	return ids[0].Identifier, nil
}

// held says whom a link goes to: the holder of the identifier.
func held(org string, matches subject.Matches, id lawful.Identifier) (link.To, error) {
	holders := matches.Of(id)
	if len(holders) == 0 {
		return link.To{}, problem.New(problem.NotFound, "unknown_subject", "Nobody is on record under this identifier.")
	}
	return link.To{Org: org, Subject: holders[0], Identifier: id}, nil
}

// Bounds of a link for a signed-in customer.
const (
	visitMinutes = 15 // unless told otherwise
	maxMinutes   = 60
)

type centreLinkRequest struct {
	Subject choice.Subject `json:"subject"`           // one identifier of the customer who is signed in
	Source  string         `json:"source,omitempty"`  // whose number subject.id is
	Minutes int            `json:"minutes,omitempty"` // that the link works: 1 to 60; default 15
	Scope   string         `json:"scope,omitempty"`   // choices (the default), or all: the person's data too
}

type centreLink struct {
	Subject string    `json:"subject"`
	Centre  string    `json:"centre"` // opens the person's preference centre: send the browser there
	Scope   string    `json:"scope"`
	Expires time.Time `json:"expires"`
}

// What a link for a signed-in customer opens.
const scopeAll = "all"

// centreLink makes the address for somebody who has signed in elsewhere, with
// the company. It proves no address: a yes that has to be confirmed waits.
func (a *API) centreLink(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[centreLinkRequest](r)
	if err != nil {
		return err
	}
	var places []problem.Place
	if req.Minutes < 0 || req.Minutes > maxMinutes {
		places = append(places, problem.Place{Field: "minutes", Detail: "is from 1 to 60"})
	}
	if req.Minutes == 0 {
		req.Minutes = visitMinutes
	}
	made := centreLink{Scope: link.ScopeChoices}
	switch req.Scope {
	case "", link.ScopeChoices:
	case scopeAll:
		made.Scope = scopeAll
	default:
		places = append(places, problem.Place{Field: "scope", Detail: "is choices or all"})
	}
	if len(places) > 0 {
		p := problem.New(problem.Invalid, "invalid_link", "The link can't be made.")
		p.Places = places
		return p
	}
	err = a.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		to, err := a.addressee(ctx, tx, web.Actor(ctx).Org, req.Subject, req.Source)
		if err != nil {
			return err
		}
		to.Identifier = lawful.Identifier{} // it is sent to none
		to.Expires = tx.Now().Add(time.Duration(req.Minutes) * time.Minute).Truncate(time.Second)
		if made.Scope == link.ScopeChoices {
			to.Scope = link.ScopeChoices
		}
		made.Subject, made.Expires = to.Subject, to.Expires
		made.Centre, err = a.Links.Centre(ctx, tx, to)
		return err
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, made)
}
