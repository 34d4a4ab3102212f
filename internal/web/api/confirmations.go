// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

type confirmationRequest struct {
	Subject choice.Subject `json:"subject"` // by email
}

type confirmation struct {
	Queued int `json:"queued"` // messages on their way
}

// confirmations sends the message again that asks somebody to confirm.
func (a *API) confirmations(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[confirmationRequest](r)
	if err != nil {
		return err
	}
	org := web.Actor(r.Context()).Org
	var address lawful.Identifier
	err = a.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := a.Register.Rules(ctx, tx, org)
		if err != nil {
			return err
		}
		ids, places := req.Subject.Identifiers("", rules.Organisation.Country)
		if len(places) > 0 || len(ids) != 1 || ids[0].Kind != lawful.IDEmail {
			p := problem.New(problem.Invalid, "invalid_subject", "Name the person by the e-mail address that the message goes to.")
			p.Places = places
			return p
		}
		address = ids[0].Identifier
		return nil
	})
	if err != nil {
		return err
	}
	n, err := a.Messages.Again(r.Context(), org, []lawful.Identifier{address})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.NotFound, "nothing_waits", "Nothing waits for a confirmation at this address that Lecito would ask for.")
	}
	return reply(w, http.StatusAccepted, confirmation{Queued: n})
}
