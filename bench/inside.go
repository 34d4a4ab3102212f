// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/app"
	lecito "github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/lawful"
)

// inside is the product in this process, with everybody in memory.
type inside struct {
	*app.App

	actor access.Actor
}

// It stays open for the next line that asks for it, since reading millions takes
// minutes, and is closed before a line that does not.
func (e *Env) inside(ctx context.Context, dir string) (*inside, error) {
	if e.held != nil && e.heldDir == dir {
		return e.held, nil
	}
	if err := e.release(); err != nil {
		return nil, err
	}
	held, err := open(ctx, dir)
	if err == nil {
		e.held, e.heldDir = held, dir
	}
	return held, err
}

// release closes what inside has open.
func (e *Env) release() error {
	if e.held == nil {
		return nil
	}
	held := e.held
	e.held = nil
	return held.Close()
}

func open(ctx context.Context, dir string) (*inside, error) {
	a, err := app.New(ctx, app.Config{Dir: dir, Index: true})
	if err != nil {
		return nil, err
	}
	orgs, err := a.Ledger.Organisations(ctx)
	if err != nil || len(orgs) != 1 {
		return nil, errors.Join(err, errors.New("the store has one organisation"), a.Close())
	}
	if err := a.Memory.Settle(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &inside{a, access.Local(orgs[0])}, nil
}

// decisions asks about the people named, one after the other, and returns
// nanoseconds and allocations a decision; the reason is read of each.
func (i *inside) decisions(length time.Duration, all []asked) (nanoseconds, allocations float64, err error) {
	runs := map[[2]string]*lecito.Run{}
	now := time.Now().UTC().Truncate(time.Microsecond)
	type one struct {
		run  *lecito.Run
		name []byte
	}
	ready := make([]one, len(all))
	for n, q := range all {
		use := [2]string{q.purpose, channels[0]}
		if runs[use] == nil {
			run, ok := i.Standing.Run(i.actor.Org, lecito.Question{Purpose: q.purpose, Channel: channels[0]}, lawful.IDEmail, now, now.Add(time.Hour))
			if !ok {
				return 0, 0, errors.New("memory can't tell")
			}
			defer run.Close()
			runs[use] = run
		}
		ready[n] = one{runs[use], []byte(q.who.email)}
	}
	left, calls := 0, 0.0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took := perCall(length, func(n int) {
		q := &ready[n%len(ready)]
		if a := q.run.Look(q.name); a == nil || a.Reason == "" {
			left++
		}
		calls++
	})
	runtime.ReadMemStats(&after)
	if left > 0 {
		return 0, 0, errors.New("memory left questions to the store")
	}
	return took, float64(after.Mallocs-before.Mallocs) / calls, nil
}
