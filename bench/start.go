// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"
)

func memoryLines() []Line {
	const missing = "an index in memory"
	return []Line{
		{
			Name: "memory", What: "resident memory of the index, one identifier a subject", Target: "<= 80 bytes a subject",
			Unit: "bytes", Goal: Goal{AtMost: 80}, Missing: missing,
		},
		{
			Name: "memory", What: "resident memory of the index, each further identifier", Target: "<= 36 bytes",
			Unit: "bytes", Goal: Goal{AtMost: 36}, Missing: missing,
		},
		{
			Name: "memory", What: "resident memory of the index with ten times the past events", Against: "with as many as there are",
			Target: "flat: <= 1.05 x", Unit: "bytes", Goal: Goal{AtMost: 1.05}, Missing: missing,
		},
	}
}

func startLines() []Line {
	return []Line{{
		Name: "start", What: "start to first answer, snapshot present", Target: "<= 3 s", Unit: "s",
		Goal: Goal{AtMost: 3}, Missing: "a snapshot of the index", Prepare: starting,
	}}
}

// starting begins a server on the store and asks about somebody: what it
// measures is right as soon as there is a snapshot to start from.
func starting(ctx context.Context, e *Env, p *Pair) error {
	data, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	key, err := e.apiKey(ctx, data.dir, 0)
	if err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) {
		begin := time.Now()
		s, err := e.startServer(ctx, data.dir)
		if err != nil {
			return 0, err
		}
		conn, err := dial(ctx, s.addr)
		if err == nil {
			err = conn.send(post("/v1/check", key, asked{whole(1, data.asOf), purposes[0], channels[0]}.body("")))
			_ = conn.Close()
		}
		took := time.Since(begin).Seconds()
		return took, errors.Join(err, s.stop())
	}
	return nil
}
