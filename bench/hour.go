// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

func hourLines() []Line {
	return []Line{{
		Name: "load", What: "heap while an hour's traffic is squeezed into minutes (check, batch, choices, filter, erase at once), without error, no goroutine left",
		Against: "the same server after the first sixth of it", Target: "flat: <= 1.1 x", Unit: "MiB", Goal: Goal{AtMost: 1.1}, Prepare: hourLoad,
	}}
}

// hour is the traffic of one hour, for 300 000 people: 100 questions and 10
// choices a second, a batch of 1 000 every four seconds, a list of a thousand
// every minute, a person erased every six seconds.
var hour = struct{ checks, choices, batches, lists, erasures int }{360_000, 36_000, 900, 60, 600}

// traffic sends parts of an hour to a server.
type traffic struct {
	env    *Env
	server *server
	data   store
	list   list
	part   float64 // of an hour, in each round
	round  int
}

func hourLoad(ctx context.Context, e *Env, p *Pair) error {
	data, err := e.scratch(ctx, e.Size)
	if err != nil {
		return err
	}
	t := &traffic{env: e, data: data, part: min(1, float64(e.Size)/300_000) / (pairs + 1)}
	dir, err := e.temporary(p)
	if err != nil {
		return err
	}
	if t.list, err = e.list(data, dir, 1000); err != nil {
		return err
	}
	if t.server, err = e.serve(ctx, p, data.dir, checkConnections); err != nil {
		return err
	}
	first := 0.0
	p.Product = func(ctx context.Context) (float64, error) {
		before, err := t.gauge(ctx, goroutines)
		if err != nil {
			return 0, err
		}
		heap, err := t.pass(ctx)
		if first == 0 {
			first = heap
		}
		return heap, errors.Join(err, t.settled(ctx, before))
	}
	p.Peer = func(context.Context) (float64, error) { return first, nil }
	return nil
}

// pass sends one part and returns how far the server's heap may grow before it is
// collected, in MiB: what it holds, and as much again. It is the median of what it was
// meanwhile: any one of them has the requests in it that were under way just then.
func (t *traffic) pass(ctx context.Context) (float64, error) {
	t.round++
	all := questions(t.env.Size, drawn(t.env.Size))
	ask := func(n int) []byte { return all[n%len(all)].body("") }
	checks := t.caller(checkConnections, t.share(hour.checks), func(key string, n int) []byte { return post("/v1/check", key, ask(n)) })
	batches := t.caller(2, t.share(hour.batches), func(key string, n int) []byte {
		var lines bytes.Buffer
		for i := range batched {
			lines.Write(append(ask(n*batched+i), '\n'))
		}
		return post("/v1/check/batch", key, lines.Bytes())
	})
	choices := t.caller(checkConnections, t.share(hour.choices), func(key string, n int) []byte { return t.choice(key, "visitor", n) })
	erasures := t.caller(1, 2*t.share(hour.erasures), func(key string, n int) []byte { // over one connection: who is erased has come before
		if n%2 == 0 {
			return t.choice(key, "leaver", n)
		}
		return post("/v1/erasures", key, fmt.Appendf(nil, `{"subject":{"email":%q}}`, t.address("leaver", n-1)))
	})
	work := []func(context.Context) error{checks, batches, choices, erasures, t.lists}
	heap := t.watch(ctx, "go_memstats_next_gc_bytes")
	if _, err := together(len(work), func(w int) ([]time.Duration, error) {
		begin := time.Now()
		err := work[w](ctx)
		return []time.Duration{time.Since(begin)}, err
	}); err != nil {
		_, _ = heap() // the error is about the traffic
		return 0, err
	}
	seen, err := heap()
	return median(seen) / (1 << 20), err
}

// watch reads a gauge ten times a second until what it returns is called.
func (t *traffic) watch(ctx context.Context, name string) (end func() ([]float64, error)) {
	stop, ended := make(chan struct{}), make(chan struct{})
	var seen []float64
	var failed error
	go func() {
		defer close(ended)
		for failed == nil {
			var v float64
			if v, failed = t.gauge(ctx, name); failed == nil {
				seen = append(seen, v)
			}
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() ([]float64, error) {
		close(stop)
		<-ended
		return seen, failed
	}
}

// caller sends so many requests over connections of its own.
func (t *traffic) caller(connections, count int, request func(key string, n int) []byte) func(context.Context) error {
	return func(ctx context.Context) error {
		var sent atomic.Int64
		_, err := together(connections, func(c int) ([]time.Duration, error) {
			conn, err := dial(ctx, t.server.addr)
			if err != nil {
				return nil, err
			}
			defer func() { _ = conn.Close() }() // nothing more is sent
			took := []time.Duration{0}
			for ctx.Err() == nil {
				n := int(sent.Add(1)) - 1
				if n >= count {
					break
				}
				if err := conn.send(request(t.server.keys[c], n)); err != nil {
					return nil, err
				}
			}
			return took, ctx.Err()
		})
		return err
	}
}

// lists clears short lists through the command line, as a marketing tool would.
func (t *traffic) lists(ctx context.Context) error {
	for range t.share(hour.lists) {
		if _, err := t.env.filter(ctx, t.data.dir, t.list); err != nil {
			return err
		}
	}
	return nil
}

// share is how many of an hour's are in one part: one at least.
func (t *traffic) share(anHour int) int { return max(1, int(float64(anHour)*t.part)) }

// address is that of one of those who choose: the same few again and again, so
// that there are hardly more people at the end than at the beginning.
func (t *traffic) address(who string, n int) string {
	return fmt.Sprintf("%s.%d@posta.example", who, n%(2*t.share(hour.erasures)))
}

// choice is a yes, and in its turn its withdrawal.
func (t *traffic) choice(key, who string, n int) []byte {
	word := [...]string{"given", "withdrawn"}[n/7%2]
	return post("/v1/choices", key, fmt.Appendf(nil, `{"subject":{"email":%q},"choices":[{"purpose":"newsletter","channel":"email","choice":%q}],"source":"footer",`+
		`"notice":{"id":"signup","version":1,"language":"en"},"evidence":{"method":"checkbox","default":"unticked","text":"Yes, write to me."},"idempotency_key":"%s.%d.%d"}`,
		t.address(who, n), word, who, t.round, n))
}

// gauge reads a figure out of the server's metrics.
func (t *traffic) gauge(ctx context.Context, name string) (float64, error) {
	text, err := t.server.metrics(ctx)
	if err != nil {
		return 0, err
	}
	return gauge(text, name)
}

func gauge(metrics, name string) (float64, error) {
	_, rest, _ := strings.Cut(metrics, "\n"+name+" ")
	line, _, _ := strings.Cut(rest, "\n")
	return strconv.ParseFloat(line, 64)
}

// goroutines is the gauge of those the server has.
const goroutines = "go_goroutines"

// settled waits until the server has no more goroutines than before its callers came.
func (t *traffic) settled(ctx context.Context, before float64) error {
	now := 0.0
	for range 100 {
		var err error
		if now, err = t.gauge(ctx, goroutines); err != nil || now <= before {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("the server has %.0f goroutines, and had %.0f before its callers came", now, before)
}
