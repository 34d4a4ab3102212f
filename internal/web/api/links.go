// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/centre"
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
		rules, err := a.Register.Rules(ctx, tx, org)
		if err != nil {
			return err
		}
		ids, places := req.Subject.Identifiers(req.Source, rules.Organisation.Country)
		if len(places) > 0 || len(ids) != 1 {
			p := problem.New(problem.Invalid, "invalid_subject", "Name the person by the one identifier that the links will be sent to.")
			p.Places = places
			return p
		}
		matches, err := a.Subjects.Match(ctx, tx, org, []lawful.Identifier{ids[0].Identifier})
		if err != nil {
			return err
		}
		holders := matches.Of(ids[0].Identifier)
		if len(holders) == 0 {
			return problem.New(problem.NotFound, "unknown_subject", "Nobody is on record under this identifier.")
		}
		to := centre.To{Org: org, Subject: holders[0], Identifier: ids[0].Identifier, Expires: tx.Now().Add(centre.LinkLife)}
		made = links{Subject: to.Subject, Expires: to.Expires}
		if made.Centre, err = a.Links.Centre(ctx, tx, to); err != nil {
			return err
		}
		made.Unsubscribe, err = a.Links.Unsubscribe(ctx, tx, to, centre.Stop{Channel: req.Channel})
		return err
	})
	return made, err
}
