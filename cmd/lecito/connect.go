// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/internal/app"
)

// connect gives a verb a client of the API: of a server elsewhere, of the server
// that runs on the data folder, or of the program itself on the store.
func (g *globals) connect(ctx context.Context, f func(ctx context.Context, c *client.Client) error) error {
	if g.server != "" {
		key := g.key
		if key == "" {
			key = os.Getenv("LECITO_API_KEY")
		}
		if key == "" {
			return usage("--server needs an API key: give --api-key or set LECITO_API_KEY")
		}
		return g.call(ctx, client.Options{Server: g.server, APIKey: key}, f)
	}
	if g.db == "" {
		if h := socketClient(ctx, filepath.Join(g.dir, app.SocketName)); h != nil {
			return g.call(ctx, client.Options{Server: here, HTTPClient: h}, f)
		}
	}
	a, err := g.open(ctx)
	if err != nil {
		return err
	}
	err = a.Within(ctx, g.org, func(h *http.Client) error {
		return g.call(ctx, client.Options{Server: here, HTTPClient: h}, f)
	})
	return errors.Join(err, a.Close())
}

// hasStore says whether there is a store for this process to open.
func (g *globals) hasStore() bool {
	if g.db != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(g.dir, "lecito.db"))
	return err == nil
}

// here is the address of a server that is reached without a network.
const here = "http://lecito"

func (g *globals) call(ctx context.Context, o client.Options, f func(ctx context.Context, c *client.Client) error) error {
	o.Organisation = g.org
	c, err := client.New(o)
	if err != nil {
		return usage(err.Error())
	}
	return f(ctx, c)
}

// open opens the store for this process.
func (g *globals) open(ctx context.Context) (*app.App, error) {
	if !g.begins && !g.hasStore() {
		return nil, usage("there is no store in " + g.dir + ": begin one with lecito apply FILE, or name another folder with --data")
	}
	a, err := app.New(ctx, app.Config{Dir: g.dir, URL: g.db, Index: true, PublicURL: g.publicURL})
	if errors.Is(err, app.ErrInUse) {
		return nil, fmt.Errorf("%w, and it does not answer on its socket: stop it and try again", err)
	}
	return a, err
}

// socketClient speaks to the server that runs on a data folder, if one answers there.
func socketClient(ctx context.Context, path string) *http.Client {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	probe, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := dial(probe, "", "")
	if err != nil {
		return nil // a socket left by a process that was killed
	}
	_ = conn.Close()
	return &http.Client{Transport: &http.Transport{DialContext: dial}}
}
