// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// growth is a cost that is drawn over the number of subjects: that of the first line
// of its name, whose figure the run has for its own number of them.
type growth struct {
	name, title, unit string
	cost              func(figure float64) float64 // of what the product side returns
	prepare           func(ctx context.Context, e *Env, p *Pair) error
}

// growths are the four costs that are drawn. What is prepared needs a product
// side only.
func growths() []growth {
	each := func(perSecond float64) float64 { return 1e6 / perSecond }
	return []growth{
		{"filter", "lecito filter: time a row", "µs", each, func(ctx context.Context, e *Env, p *Pair) error {
			f, err := e.filterStage(ctx, p, e.Rows)
			p.Product = func(ctx context.Context) (float64, error) { return e.filter(ctx, f.store.dir, f.list) }
			return err
		}},
		{"check", "POST /v1/check, 16 connections: time a decision", "µs", each, func(ctx context.Context, e *Env, p *Pair) error {
			_, _, err := e.checkServer(ctx, p)
			return err
		}},
		{"choices", "POST /v1/choices, 256 connections, SQLite: time a choice", "µs", each, func(ctx context.Context, e *Env, p *Pair) error {
			data, err := e.scratch(ctx, e.Size)
			if err != nil {
				return err
			}
			s, err := e.serve(ctx, p, data.dir, choiceKeys)
			if err == nil {
				p.Product = e.choices(s, loaded.rate)
			}
			return err
		}},
		{"count", "Count of who may be contacted: time", "µs", func(v float64) float64 { return v }, countRoaring},
	}
}

// repeats is how often a point of a chart is measured, after once for warmth.
const repeats = 3

// grow measures each cost at each size and returns the charts of what there is.
func (e *Env) grow(ctx context.Context, sizes []int, done *progress, results []Result) ([]Chart, error) {
	var charts []Chart
	var failed error
	if len(sizes) == 0 {
		return nil, nil
	}
	for _, g := range growths() {
		c := Chart{Name: "growth-" + g.name, Title: g.title, Unit: g.unit}
		for _, size := range sizes {
			v, err := e.costAt(ctx, g, size, done, results)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("grow %s at %d: %w", g.name, size, err))
				continue
			}
			e.say("  %s at %d subjects: %.4g %s", g.name, size, v, g.unit)
			c.Points = append(c.Points, Point{float64(size), v})
		}
		if len(c.Points) > 0 {
			charts = append(charts, c)
		}
	}
	return charts, failed
}

// costAt is a cost at a size: as the run has found it, or found it before it was cut
// off, or measured now.
func (e *Env) costAt(ctx context.Context, g growth, size int, done *progress, results []Result) (float64, error) {
	if i := slices.IndexFunc(results, func(r Result) bool { return r.Name == g.name }); size == e.Size && i >= 0 && results[i].Failed == "" {
		return g.cost(median(results[i].Product)), nil
	}
	if v, before := done.Points[pointOf(g, size)]; before {
		return v, nil
	}
	at := *e
	at.Size = size
	v, err := at.point(ctx, g)
	if err == nil {
		done.Points[pointOf(g, size)] = v
		err = done.keep()
	}
	return v, err
}

func (e *Env) point(ctx context.Context, g growth) (v float64, err error) {
	p := &Pair{}
	defer func() { err = errors.Join(err, p.Close(), e.close()) }()
	if err := g.prepare(ctx, e, p); err != nil {
		return 0, err
	}
	var all []float64
	for n := range repeats + 1 {
		figure, err := p.Product(ctx)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			all = append(all, g.cost(figure))
		}
	}
	return median(all), nil
}
