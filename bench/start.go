// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"
)

func startLines() []Line {
	return []Line{
		{
			Name: "start", What: "start to first answer, snapshot present", Target: "<= 3 s", Unit: "s",
			Goal: Goal{AtMost: 3}, Prepare: starting(firstAnswer),
		},
		{
			Name: "start", What: "start until everybody is in memory, snapshot present", Target: "<= 3 s", Unit: "s",
			Goal: Goal{AtMost: 3}, Prepare: starting(func(ctx context.Context, s *server, _ string, _ store) error { return s.warm(ctx) }),
		},
	}
}

// starting begins a server on a store it was stopped on when it had everybody in
// memory, until something is reached.
func starting(reached func(ctx context.Context, s *server, key string, data store) error) func(ctx context.Context, e *Env, p *Pair) error {
	return func(ctx context.Context, e *Env, p *Pair) error {
		data, err := e.store(ctx, e.Size)
		if err != nil {
			return err
		}
		key, err := e.apiKey(ctx, data.dir, 0)
		if err != nil {
			return err
		}
		before, err := e.startServer(ctx, data.dir)
		if err != nil {
			return err
		}
		if err := errors.Join(before.warm(ctx), before.stop()); err != nil {
			return err
		}
		p.Product = func(ctx context.Context) (float64, error) {
			begin := time.Now()
			s, err := e.startServer(ctx, data.dir)
			if err != nil {
				return 0, err
			}
			err = reached(ctx, s, key, data)
			took := time.Since(begin).Seconds()
			return took, errors.Join(err, s.stop())
		}
		return nil
	}
}

func firstAnswer(ctx context.Context, s *server, key string, data store) error {
	conn, err := dial(ctx, s.addr)
	if err != nil {
		return err
	}
	err = conn.send(post("/v1/check", key, asked{whole(1, data.asOf), purposes[0], channels[0]}.body("")))
	return errors.Join(err, conn.Close())
}
