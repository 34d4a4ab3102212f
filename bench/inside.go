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

func (e *Env) inside(ctx context.Context, p *Pair, dir string) (*inside, error) {
	a, err := app.New(ctx, app.Config{Dir: dir, Index: true})
	if err != nil {
		return nil, err
	}
	p.after(a.Close)
	orgs, err := a.Ledger.Organisations(ctx)
	if err != nil || len(orgs) != 1 {
		return nil, errors.Join(err, errors.New("the store has one organisation"))
	}
	return &inside{a, access.Local(orgs[0])}, a.Memory.Settle(ctx)
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
