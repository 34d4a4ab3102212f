// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/lecito/lecito/internal/web"
)

// Serve answers on the configured address and on the data folder's socket, and
// runs what runs in the background, until the context ends; then it takes no
// new calls, finishes those under way and stops. ready is called with the
// address when it answers.
func (a *App) Serve(ctx context.Context, ready func(addr string)) error {
	handler, work, err := a.Handler()
	if err != nil {
		return err
	}
	var config net.ListenConfig
	public, err := config.Listen(ctx, "tcp", a.Config.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", a.Config.Addr, err)
	}
	listeners := []net.Listener{public}
	if a.Config.URL == "" {
		socket, err := listenSocket(ctx, a.Config.Dir)
		if err != nil {
			return errors.Join(err, public.Close())
		}
		listeners = append(listeners, web.Local(socket, ""))
	}
	a.addr = public.Addr().String()
	if a.Config.Site != "" {
		shop, err := a.openSite(ctx)
		if err != nil { // another sample may be there
			a.Config.Log.Warn("the sample shop's site is not shown", "error", err)
		}
		work = also(work, shop)
	}
	ready(a.addr)
	return a.background(ctx, work, func() error { return web.Serve(ctx, handler, listeners...) })
}

// Within answers calls of this process only, through the client it is given,
// while f runs: a verb without a server goes through the same handlers. What f
// recorded is in the signed log when it returns.
func (a *App) Within(ctx context.Context, org string, f func(*http.Client) error) error {
	handler, _, err := a.Handler() // nobody opens the console in here
	if err != nil {
		return err
	}
	memory := web.NewMemory()
	inner, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- web.Serve(inner, handler, web.Local(memory, org)) }()
	err = f(&http.Client{Transport: &http.Transport{DialContext: memory.Dial}})
	stop() // the server closes its listener
	return errors.Join(err, <-served, a.Ledger.Settle(ctx))
}

// also has another thing done beside work; nil: nothing.
func also(work, other func(context.Context)) func(context.Context) {
	if other == nil {
		return work
	}
	return func(ctx context.Context) {
		var both sync.WaitGroup
		both.Go(func() { other(ctx) })
		work(ctx)
		both.Wait()
	}
}

// background runs the sequencer, what comes due and other work while f runs, and waits for them.
func (a *App) background(ctx context.Context, work func(context.Context), f func() error) error {
	inner, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { a.Run(inner) })
	wg.Go(func() { work(inner) })
	err := f()
	stop()
	wg.Wait()
	return err
}
