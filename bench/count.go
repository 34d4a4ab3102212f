// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/jackc/pgx/v5/pgxpool"

	lecito "github.com/lecito/lecito/internal/standing"
)

func countLines() []Line {
	const what = "count of who may be contacted (purpose, channel, not suppressed, not expired)"
	return []Line{
		{
			Name: "count", What: what, Against: "bare roaring AndCardinality", Target: "<= 10 x", Unit: "µs",
			Goal: Goal{AtMost: 10}, Inside: true, Prepare: countRoaring,
		},
		{
			Name: "count", What: what, Against: "PostgreSQL intersect with covering indexes", Target: ">= 500 x", Unit: "counts/s",
			Goal: Goal{AtLeast: 500}, Inside: true, Prepare: countPostgres,
		},
	}
}

// counts asks the product in process how many may be contacted, and returns
// microseconds a count.
func (i *inside) counts(ctx context.Context, e *Env) (float64, error) {
	calls, begin := 0, time.Now()
	for time.Since(begin) < e.Load {
		n, err := i.Standing.Reachable(ctx, i.actor, lecito.Use{Purpose: purposes[0], Channel: channels[0]})
		if err != nil || n.People == 0 {
			return 0, errors.Join(err, errors.New("nobody may be contacted"))
		}
		calls++
	}
	return float64(time.Since(begin).Nanoseconds()) / 1000 / float64(calls), nil
}

// countRoaring intersects who consented, unexpired, with who said no nowhere.
// Product is the same count of the index, as microseconds.
func countRoaring(ctx context.Context, e *Env, p *Pair) error {
	s, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	consented, reachable, now := roaring.New(), roaring.New(), time.Now()
	err = s.everybody(func(p person) error {
		where := p.standing(purposes[0], channels[0], s.zone)
		if where.consented && now.Before(where.until) {
			consented.Add(uint32(p.n))
		}
		if !where.stopped {
			reachable.Add(uint32(p.n))
		}
		return nil
	})
	consented.RunOptimize()
	reachable.RunOptimize()
	if err != nil {
		return err
	}
	product, err := e.inside(ctx, s.dir)
	if err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) { return product.counts(ctx, e) }
	p.Peer = func(context.Context) (float64, error) {
		calls, begin := 0, time.Now()
		for time.Since(begin) < e.Load {
			if consented.AndCardinality(reachable) == 0 {
				return 0, errors.New("nobody may be contacted")
			}
			calls++
		}
		return float64(time.Since(begin).Nanoseconds()) / 1000 / float64(calls), nil
	}
	return err
}

// countTables fills two tables, and makes indexes that hold all that is asked for.
func countTables(ctx context.Context, pool *pgxpool.Pool, s store) error {
	if _, err := pool.Exec(ctx, `CREATE TABLE consented (subject BIGINT, purpose TEXT, channel TEXT, until BIGINT);
		CREATE TABLE reachable (subject BIGINT, channel TEXT)`); err != nil {
		return err
	}
	err := copyIn(ctx, pool, "consented", []string{"subject", "purpose", "channel", "until"}, func(add func(...any) error) error {
		return s.everybody(func(p person) error {
			for _, purpose := range purposes {
				if where := p.standing(purpose, channels[0], s.zone); where.consented {
					if err := add(int64(p.n), purpose, channels[0], where.until.Unix()); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	err = copyIn(ctx, pool, "reachable", []string{"subject", "channel"}, func(add func(...any) error) error {
		return s.everybody(func(p person) error {
			if p.standing(purposes[0], channels[0], s.zone).stopped {
				return nil
			}
			return add(int64(p.n), channels[0])
		})
	})
	if err != nil {
		return err
	}
	for _, sql := range []string{
		"CREATE INDEX ON consented (purpose, channel, subject) INCLUDE (until)", "CREATE INDEX ON reachable (channel, subject)",
		"VACUUM ANALYZE consented", "VACUUM ANALYZE reachable",
	} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// countPostgres does the same with two tables whose indexes hold all that is
// asked for. Product is counts a second of the index.
func countPostgres(ctx context.Context, e *Env, p *Pair) error {
	s, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	pool, err := e.pool(ctx, p, "count", 2)
	if err != nil {
		return err
	}
	if err := countTables(ctx, pool, s); err != nil {
		return err
	}
	product, err := e.inside(ctx, s.dir)
	if err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) {
		took, err := product.counts(ctx, e)
		return 1e6 / took, err
	}
	p.Peer = func(ctx context.Context) (float64, error) {
		calls, begin := 0, time.Now()
		for time.Since(begin) < e.Load {
			var n int64
			err := pool.QueryRow(ctx, `SELECT count(*) FROM (
				SELECT subject FROM consented WHERE purpose = $1 AND channel = $2 AND until > $3
				INTERSECT SELECT subject FROM reachable WHERE channel = $2) AS both_hold`,
				purposes[0], channels[0], time.Now().Unix()).Scan(&n)
			if err == nil && n == 0 {
				err = errors.New("nobody may be contacted")
			}
			if err != nil {
				return 0, err
			}
			calls++
		}
		return float64(calls) / time.Since(begin).Seconds(), nil
	}
	return nil
}
