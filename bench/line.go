// SPDX-License-Identifier: Apache-2.0

// Command bench measures the figures Lecito is held to, each against what a
// builder would otherwise pick, in the same run on the same machine, and writes
// them down with everything needed to measure them again.
//
// What it promises: every pair is measured A B A B, five times, and the medians
// are shown, reached or not; the product is measured through the doors people
// use (its server over HTTP with API keys, its command line), everything durable;
// a figure nobody has measured is shown as such.
//
// Where it is weak: load comes from the same machine, so it takes its share of
// the cores on both sides of a pair; a policy in the policy engine, a query in a
// database is ours, written as well as we know how.
package main

import (
	"context"
	"fmt"
	"slices"
)

// Line is one line of the table of figures: one thing against one other.
type Line struct {
	Name    string // what ONLY names; lines of one subject share it
	What    string
	Against string // "" where the goal is a figure
	Target  string // in words
	Unit    string // of both figures
	Goal    Goal
	Missing string // what of the product is not there yet; then only the peer is there
	Inside  bool   // the product is measured in this process, which holds the store meanwhile
	Prepare func(ctx context.Context, e *Env, p *Pair) error
}

// Goal bounds the ratio of product to peer or, without a peer, the figure. The
// zero value of a bound is none.
type Goal struct{ AtLeast, AtMost float64 }

// Holds says whether the goal is reached.
func (g Goal) Holds(v float64) bool {
	return v >= g.AtLeast && (g.AtMost == 0 || v <= g.AtMost)
}

// Side measures once and returns the figure.
type Side func(ctx context.Context) (float64, error)

// Pair is a line made ready to be measured.
type Pair struct {
	Product Side
	Peer    Side
	Notes   []string // versions and settings, for the report
	close   []func() error
}

// after has something closed when the pair has been measured, last first.
func (p *Pair) after(f func() error) { p.close = append(p.close, f) }

// Close ends what was started for the pair.
func (p *Pair) Close() error {
	var first error
	for _, f := range slices.Backward(p.close) {
		if err := f(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// lines is the table, in the order of the report. A line whose product side is
// not there yet says so in Missing; when it is, give Pair.Product in its file
// and take Missing away.
func lines() []Line {
	return slices.Concat(
		decisionLines(), countLines(), checkLines(), filterLines(), exportLines(), choicesLines(),
		importLines(), evidenceLines(),
		hourLines(), eraseLines(), // in this order: the list that the hour clears is of people who are there
		verifyLines(), memoryLines(), startLines(),
	)
}

// Result is what a line came to.
type Result struct {
	Line
	Product []float64
	Peer    []float64
	Notes   []string
	Failed  string // why it could not be measured
}

// pairs is how often each side is measured.
const pairs = 5

// measure prepares a line, runs each side once for warmth, and then both in turn.
func measure(ctx context.Context, e *Env, l Line) (r Result, err error) {
	r = Result{Line: l}
	if l.Missing != "" {
		return r, nil
	}
	p := &Pair{}
	defer func() {
		if closed := p.Close(); err == nil {
			err = closed
		}
	}()
	if !l.Inside {
		if err := e.release(); err != nil {
			return r, err
		}
	}
	if err := l.Prepare(ctx, e, p); err != nil {
		return r, fmt.Errorf("prepare %s: %w", l.Name, err)
	}
	r.Notes = p.Notes
	for n := range e.Pairs + 1 {
		for side, f := range []Side{p.Product, p.Peer} {
			if f == nil {
				continue
			}
			figure, err := f(ctx)
			if err != nil {
				return r, fmt.Errorf("measure %s: %w", l.Name, err)
			}
			e.say("  %-20s %d/%d %-8s %12.4g %s", l.Name, n, e.Pairs, []string{"product", "peer"}[side], figure, l.Unit)
			if n == 0 {
				continue // for warmth
			}
			if side == 0 {
				r.Product = append(r.Product, figure)
			} else {
				r.Peer = append(r.Peer, figure)
			}
		}
	}
	return r, nil
}

// Figures are the medians of both sides, and what the goal is held against.
func (r Result) Figures() (product, peer, value float64) {
	product, value = median(r.Product), median(r.Product)
	if len(r.Peer) > 0 {
		peer = median(r.Peer)
		value = product / peer
	}
	return product, peer, value
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
