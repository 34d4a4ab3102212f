// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"net"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/sample/site"
	"github.com/lecito/lecito/internal/web"
)

// siteKey is the name of the public key that the sample shop's site records with.
const siteKey = "sample shop's site"

// openSite has the sample shop's site answer on an address of its own, another
// origin as every shop's is, and returns what runs it. It gets a key for that
// origin, and the one of the last start ends.
func (a *App) openSite(ctx context.Context) (func(context.Context), error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", a.Config.Site)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a.Config.Site, err)
	}
	origin := "http://" + l.Addr().String()
	key, err := a.newSiteKey(ctx, origin)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	shop, err := site.New(a.url, sample.Organisation, key)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	a.Site = origin
	return func(ctx context.Context) {
		if err := web.Serve(ctx, shop, l); err != nil {
			a.Config.Log.Error("the sample shop's site ended", "error", err)
		}
	}, nil
}

func (a *App) newSiteKey(ctx context.Context, origin string) (string, error) {
	actor := access.Local(sample.Organisation)
	keys, err := a.Access.Keys(ctx, actor)
	if err != nil {
		return "", err
	}
	for _, k := range keys {
		if k.Name != siteKey || k.Revoked != nil {
			continue
		}
		if err := a.Access.RevokeKey(ctx, actor, k.ID); err != nil {
			return "", err
		}
	}
	_, token, err := a.Access.CreateKey(ctx, actor, access.NewKey{Name: siteKey, Scopes: []string{access.ScopeCollect}, Origins: []string{origin}})
	return token, err
}

// url is how a browser reaches this server: as is said, or where it came to listen.
func (a *App) url() string {
	if a.Config.PublicURL == "http://"+a.Config.Addr {
		return "http://" + a.addr
	}
	return a.Config.PublicURL
}
