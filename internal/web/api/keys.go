// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/web"
)

type verifierKeys struct {
	Keys []verifierKey `json:"keys"`
}

type verifierKey struct {
	Role        string `json:"role"` // log or statement
	Key         string `json:"key"`  // C2SP signed-note verifier key
	Fingerprint string `json:"fingerprint"`
	Current     bool   `json:"current"` // signs now; the others signed before
}

// verifierKeys gives the public keys that files and checkpoints are signed by.
func (a *API) verifierKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := a.publicKeys(r.Context(), web.Actor(r.Context()).Org)
	if err != nil {
		return err
	}
	if !wantsText(r) {
		return reply(w, http.StatusOK, verifierKeys{keys})
	}
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "# %s key, %s\n%s\n", k.Role, k.Fingerprint, k.Key)
	}
	return web.SendFile(w, text, "lecito-keys.txt", []byte(b.String()))
}

// maxStatementKeys is how many past statement keys are told.
const maxStatementKeys = 1000

func (a *API) publicKeys(ctx context.Context, org string) ([]verifierKey, error) {
	generations, err := a.Ledger.Generations(ctx, org)
	if err != nil {
		return nil, err
	}
	var keys []verifierKey
	for i, g := range generations {
		keys = append(keys, verifierKey{evidence.RoleLog, g.VKey, evidence.Fingerprint(g.VKey), i == len(generations)-1})
	}
	var entries []ledger.Entry
	err = a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		entries, err = a.Ledger.Recent(ctx, tx, org, evidence.KindKey, 0, maxStatementKeys)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		var body evidence.KeyBody
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return nil, fmt.Errorf("read key %s: %w", e.ID, err)
		}
		keys = append(keys, verifierKey{body.Role, body.VKey, evidence.Fingerprint(body.VKey), i == 0})
	}
	return keys, nil
}

// rotateKeys replaces the organisation's statement key. The epoch is the whole
// store's, so only who holds the folder begins a new one.
func (a *API) rotateKeys(w http.ResponseWriter, r *http.Request) error {
	actor := web.Actor(r.Context())
	if actor.Kind == access.KindLocal {
		if _, err := a.Keys.Rotate(a.Clock.Now()); err != nil {
			return err
		}
		if err := seal.Rewrap(r.Context(), a.DB, a.Keys); err != nil {
			return err
		}
	}
	if err := a.Ledger.RotateStatementKey(r.Context(), actor.Org); err != nil {
		return err
	}
	return a.verifierKeys(w, r)
}
