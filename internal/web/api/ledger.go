// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
)

// logOf names the organisation whose log is asked for.
func (a *API) logOf(r *http.Request) (string, error) {
	org := r.PathValue("org")
	if org == "" {
		return web.Actor(r.Context()).Org, nil
	}
	orgs, err := a.Ledger.Organisations(r.Context())
	if err != nil {
		return "", err
	}
	if !slices.Contains(orgs, org) {
		return "", problem.New(problem.NotFound, "organisation_unknown", "There is no such organisation here.")
	}
	return org, nil
}

// checkpoint gives the signed head of the log.
func (a *API) checkpoint(w http.ResponseWriter, r *http.Request) error {
	org, err := a.logOf(r)
	if err != nil {
		return err
	}
	head, err := a.Ledger.Checkpoint(r.Context(), org)
	if err != nil {
		return err
	}
	return web.SendFile(w, text, "", []byte(head))
}

// tile gives a tile of hashes or of entries.
func (a *API) tile(w http.ResponseWriter, r *http.Request) error {
	org, err := a.logOf(r)
	if err != nil {
		return err
	}
	t, ok := tileAt(r.PathValue("path"))
	if !ok {
		return noTile()
	}
	data, err := a.tileData(r.Context(), org, t)
	if err != nil {
		return err
	}
	// A tile never changes within one generation of the log, but another
	// generation has other tiles at the same addresses: so a minute, not for ever.
	scope := "public"
	if r.PathValue("org") == "" {
		scope = "private"
	}
	w.Header().Set("Cache-Control", scope+", max-age=60")
	return web.SendFile(w, octets, "", data)
}

func (a *API) tileData(ctx context.Context, org string, t tlog.Tile) ([]byte, error) {
	data, err := a.Ledger.Tile(ctx, org, int64(t.L), t.N, t.W)
	if err == nil && len(data) == 0 {
		err = noTile()
	}
	return data, err
}

// tileAt reads the address of a tile as C2SP tlog-tiles writes it. x/mod knows
// the same under other words: it names the height, and entries are data.
func tileAt(path string) (tlog.Tile, bool) {
	level, rest, _ := strings.Cut(path, "/")
	if level == "data" {
		return tlog.Tile{}, false
	}
	if level == "entries" {
		level = "data"
	}
	t, err := tlog.ParseTilePath("tile/8/" + level + "/" + rest)
	return t, err == nil
}

func noTile() error {
	return problem.New(problem.NotFound, "no_such_tile", "The log has no such tile, or not of that width.")
}
