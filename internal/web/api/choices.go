// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
)

// maxChoices is the most bytes a form's choices may take.
const maxChoices = 256 << 10

type recordedChoices struct {
	Subject  string           `json:"subject,omitempty"`
	Choices  []recordedChoice `json:"choices,omitempty"`
	Existing bool             `json:"existing,omitempty"` // recorded before, under the same idempotency key
	Receipt  string           `json:"receipt,omitempty"`  // to a public key: a token, and nothing else
}

type recordedChoice struct {
	ID      string `json:"id"`
	Receipt string `json:"receipt"` // address
}

// choices records choices. A public key learns nothing by it: whoever the
// form was about, it gets a token of the same length.
func (a *API) choices(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[choice.Request](r)
	if err != nil {
		return err
	}
	if req.Idempotency, err = idempotency(r, req.Idempotency); err != nil {
		return err
	}
	actor := web.Actor(r.Context())
	if actor.May(access.ScopeCollect) && req.Subject.IsBrowser() && globalPrivacyControl(r.Header) {
		req.Signal = signalGPC
	}
	done, err := a.Choices.Take(r.Context(), actor, req)
	if err != nil {
		return err
	}
	if actor.May(access.ScopeCollect) {
		token, err := a.sealReceipt(r.Context(), actor.Org, done.Entries)
		if err != nil {
			return err
		}
		return reply(w, http.StatusCreated, recordedChoices{Receipt: token})
	}
	out := recordedChoices{Subject: done.Subject, Existing: done.Existing}
	for _, id := range done.Entries {
		out.Choices = append(out.Choices, recordedChoice{ID: id, Receipt: "/v1/receipts/" + id})
	}
	return reply(w, http.StatusCreated, out)
}

const signalGPC = "gpc"

// globalPrivacyControl reads the header Sec-GPC (W3C Global Privacy Control): one
// that is 1 is enough, and anything else says nothing.
func globalPrivacyControl(h http.Header) bool { return slices.Contains(h.Values("Sec-Gpc"), "1") }

// idempotency takes the key from the header or from the body.
func idempotency(r *http.Request, body string) (string, error) {
	header := r.Header.Get("Idempotency-Key")
	if header != "" && body != "" && header != body || len(header) > 255 || len(body) > 255 {
		return "", problem.New(problem.Invalid, "invalid_idempotency_key",
			"The idempotency key has at most 255 bytes and is given once, in the header Idempotency-Key or in the body.")
	}
	return cmp.Or(body, header), nil
}

type recordedFacts struct {
	Subject  string   `json:"subject"`
	Facts    []string `json:"facts"` // ids of the entries
	Existing bool     `json:"existing,omitempty"`
}

// facts records facts.
func (a *API) facts(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[choice.FactsRequest](r)
	if err != nil {
		return err
	}
	if req.Idempotency, err = idempotency(r, req.Idempotency); err != nil {
		return err
	}
	done, err := a.Choices.TakeFacts(r.Context(), web.Actor(r.Context()), req)
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, recordedFacts{Subject: done.Subject, Facts: done.Entries, Existing: done.Existing})
}
