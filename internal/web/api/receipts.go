// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

// tokenPrefix begins the receipt tokens public keys are given.
const tokenPrefix = "rct_"

// receipt gives the signed receipt of a choice, or the first of a token's.
func (a *API) receipt(w http.ResponseWriter, r *http.Request) error {
	actor := web.Actor(r.Context())
	id, err := a.openReceipt(r.Context(), actor.Org, r.PathValue("id"))
	if err != nil {
		return err
	}
	signed, err := a.Choices.Receipt(r.Context(), actor, id)
	if err != nil {
		return err
	}
	if !wantsText(r) {
		return web.SendFile(w, "application/json", "receipt-"+id+".json", signed)
	}
	verdict, err := evidence.Verify(signed, evidence.Options{})
	if err != nil {
		return err
	}
	return web.SendFile(w, text, "", []byte(verdict.Receipt.Text(language(r))))
}

// sealReceipt makes a token of entry ids that says nothing to who holds it.
func (a *API) sealReceipt(ctx context.Context, org string, ids []string) (string, error) {
	key, err := a.tokenKey(ctx, org)
	if err != nil {
		return "", err
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(key.Seal("receipt\x00"+org, []byte(strings.Join(ids, "\n")))), nil
}

// openReceipt finds the entry a token stands for; any other id stands for itself.
func (a *API) openReceipt(ctx context.Context, org, id string) (string, error) {
	coded, ok := strings.CutPrefix(id, tokenPrefix)
	if !ok {
		return id, nil
	}
	key, err := a.tokenKey(ctx, org)
	if err != nil {
		return "", err
	}
	sealed, err := base64.RawURLEncoding.DecodeString(coded)
	if err == nil {
		var ids []byte
		if ids, err = key.Open("receipt\x00"+org, sealed); err == nil {
			first, _, _ := strings.Cut(string(ids), "\n")
			return first, nil
		}
	}
	return "", problem.New(problem.NotFound, "unknown_entry", "There is no such entry in this organisation.")
}

func (a *API) tokenKey(ctx context.Context, org string) (seal.Key, error) {
	var secret seal.Secret
	err := a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		secret, err = a.Secrets.Current(ctx, tx, org, seal.Tokens)
		return err
	})
	return secret.Key, err
}

// language is the first one of ours the caller reads.
func language(r *http.Request) string {
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		if slices.Contains(lawful.Languages(), tag) {
			return tag
		}
	}
	return "en"
}
