// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net/http"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/web"
)

type restrictedRequest struct {
	Subject choice.Subject `json:"subject"`
	Source  string         `json:"source,omitempty"`
	Reason  string         `json:"reason"` // goes on record, whatever is found
}

// openRestricted opens what an erasure left as restricted evidence.
func (a *API) openRestricted(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[restrictedRequest](r)
	if err != nil {
		return err
	}
	ask := rights.Request{Subject: req.Subject, Source: req.Source}
	opened, err := a.Rights.OpenRestricted(r.Context(), web.Actor(r.Context()), ask, req.Reason)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, opened)
}
