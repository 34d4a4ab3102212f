// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

func choicesLines() []Line {
	const against = "single-row PostgreSQL commits, 64 connections, one bare insert"
	return []Line{
		{
			Name: "choices", What: "`POST /v1/choices`, one a request, 256 connections, SQLite, durable", Against: against,
			Target: ">= 0.6 x", Unit: "choices/s", Goal: Goal{AtLeast: 0.6}, Prepare: choicesSQLite(loaded.rate),
		},
		{
			Name: "choices", What: "the same: the slowest of a hundred (p99)", Against: against,
			Target: "<= 3 x the peer's", Unit: "ms", Goal: Goal{AtMost: 3}, Prepare: choicesSQLite(slowest),
		},
		{
			Name: "choices-postgres", What: "the same on PostgreSQL", Against: against,
			Target: ">= 0.5 x", Unit: "choices/s", Goal: Goal{AtLeast: 0.5}, Prepare: choicesPostgres(loaded.rate),
		},
		{
			Name: "choices-postgres", What: "the same on PostgreSQL: the slowest of a hundred (p99)", Against: against,
			Target: "<= 3 x the peer's", Unit: "ms", Goal: Goal{AtMost: 3}, Prepare: choicesPostgres(slowest),
		},
	}
}

func slowest(l loaded) float64 { return l.quantile(0.99) }

// How many callers there are at once.
const (
	choiceConnections = 256
	insertConnections = 64
	choiceKeys        = 16 // the API keys they share, so that no key's limit is met
)

// choices measures recording a yes of somebody new, one a request.
func (e *Env) choices(s *server, figure func(loaded) float64) Side {
	var run atomic.Int64
	return func(ctx context.Context) (float64, error) {
		round := fmt.Sprintf("%d-%d", run.Add(1), time.Now().UnixNano())
		l, err := drive(ctx, s.addr, choiceConnections, e.Load, func(c, n int) []byte {
			body := fmt.Appendf(nil, `{"subject":{"email":"new.%s.%d.%d@posta.example"},"choices":[{"purpose":"newsletter","channel":"email","choice":"given"}],`+
				`"source":"footer","notice":{"id":"signup","version":1,"language":"en"},`+
				`"evidence":{"method":"checkbox","default":"unticked","text":"Yes, write to me.","ip":"192.0.2.7"},"idempotency_key":"%s.%d.%d"}`,
				round, c, n, round, c, n)
			return post("/v1/choices", s.keys[c%len(s.keys)], body)
		})
		return figure(l), err
	}
}

func choicesSQLite(figure func(loaded) float64) func(context.Context, *Env, *Pair) error {
	return func(ctx context.Context, e *Env, p *Pair) error {
		data, err := e.scratch(ctx, e.Size)
		if err != nil {
			return err
		}
		s, err := e.serve(ctx, p, data.dir, choiceKeys)
		if err != nil {
			return err
		}
		p.Product = e.choices(s, figure)
		return e.bareInserts(ctx, p, figure)
	}
}

func choicesPostgres(figure func(loaded) float64) func(context.Context, *Env, *Pair) error {
	return func(ctx context.Context, e *Env, p *Pair) error {
		address, err := e.database(ctx, p, "choices")
		if err != nil {
			return err
		}
		dir, err := e.empty(ctx, p, "--db", address)
		if err != nil {
			return err
		}
		s := &server{}
		for n := range choiceKeys {
			key, err := e.apiKey(ctx, dir, n, "--db", address)
			if err != nil {
				return err
			}
			s.keys = append(s.keys, key)
		}
		running, err := e.serve(ctx, p, dir, 0, "--db", address)
		if err != nil {
			return err
		}
		s.addr = running.addr
		p.Product = e.choices(s, figure)
		return e.bareInserts(ctx, p, figure)
	}
}

// bareInserts is the peer: a table without an index, a row a transaction.
func (e *Env) bareInserts(ctx context.Context, p *Pair, figure func(loaded) float64) error {
	pool, err := e.pool(ctx, p, "bare", insertConnections)
	if err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, "CREATE TABLE bare (id BIGINT, at BIGINT, who TEXT, what TEXT)"); err != nil {
		return err
	}
	p.Peer = func(ctx context.Context) (float64, error) {
		end := time.Now().Add(e.Load)
		l, err := together(insertConnections, func(c int) ([]time.Duration, error) {
			var took []time.Duration
			for n := 0; n == 0 || time.Now().Before(end); n++ {
				begin := time.Now()
				_, err := pool.Exec(ctx, "INSERT INTO bare (id, at, who, what) VALUES ($1, $2, $3, $4)",
					int64(c)<<32|int64(n), begin.UnixMicro(), "new.person@posta.example", "newsletter email given")
				if err != nil {
					return nil, err
				}
				took = append(took, time.Since(begin))
			}
			return took, nil
		})
		return figure(l), err
	}
	return nil
}
