// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net/http"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/web"
)

type erasureRequest struct {
	Subject choice.Subject `json:"subject"`
	Source  string         `json:"source,omitempty"`
	Request string         `json:"request,omitempty"` // the request it answers
	Forget  bool           `json:"forget,omitempty"`  // leave no tombstone
	Plan    bool           `json:"plan,omitempty"`    // tell, and do nothing
}

type erasure = rights.Erasure

// erase tells what erasing would do, or does it.
func (a *API) erase(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[erasureRequest](r)
	if err != nil {
		return err
	}
	ask := rights.Request{Subject: req.Subject, Source: req.Source, Request: req.Request, Forget: req.Forget}
	if req.Plan {
		plan, err := a.Rights.Plan(r.Context(), web.Actor(r.Context()), ask)
		if err != nil {
			return err
		}
		return reply(w, http.StatusOK, plan)
	}
	done, err := a.Rights.Erase(r.Context(), web.Actor(r.Context()), ask)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, done)
}
