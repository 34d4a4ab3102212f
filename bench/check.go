// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

func checkLines() []Line {
	return []Line{
		{
			Name: "check", What: "`POST /v1/check`, 16 connections", Against: "a constant-JSON net/http handler",
			Target: ">= 0.6 x the handler", Unit: "decisions/s", Goal: Goal{AtLeast: 0.6}, Prepare: checkHandler,
		},
		{
			Name: "check", What: "`POST /v1/check`, 16 connections", Against: "OpenFGA HTTP Check on PostgreSQL",
			Target: ">= 6 x OpenFGA", Unit: "decisions/s", Goal: Goal{AtLeast: 6}, Prepare: checkFGA,
		},
		{
			Name: "batch", What: "`POST /v1/check/batch`, 1 000 a request", Against: "the same, one a request",
			Target: ">= 15 x", Unit: "decisions/s", Goal: Goal{AtLeast: 15}, Prepare: checkBatch,
		},
		{
			Name: "past", What: "`POST /v1/check` as of a past instant, one connection", Against: "the same request for now",
			Target: "<= 4 x in time", Unit: "µs", Goal: Goal{AtMost: 4}, Prepare: checkPast,
		},
	}
}

// checkConnections is how many callers there are at once.
const checkConnections = 16

// asked is a question about somebody, perhaps nobody knows.
type asked struct {
	who              person
	purpose, channel string
}

// questions draws questions about the people of a store; of ten, one is about
// somebody unknown.
func questions(size, count int) []asked {
	r := rand.New(rand.NewPCG(7, uint64(size)))
	out := make([]asked, count)
	for i := range out {
		who := whole(r.IntN(size+size/9+1), time.Time{})
		who.acts = nil // when somebody acted is not asked
		out[i] = asked{who, purposes[r.IntN(len(purposes))], channels[r.IntN(len(channels))]}
	}
	return out
}

// body is the question as the API takes it, with more fields at its end: about
// the number on a channel that reaches numbers, where there is one.
func (a asked) body(more string) []byte {
	if a.channel != channels[0] && a.who.phone != "" {
		return fmt.Appendf(nil, `{"subject":{"phone":%q},"purpose":%q,"channel":%q%s}`, a.who.phone, a.purpose, a.channel, more)
	}
	return fmt.Appendf(nil, `{"subject":{"email":%q},"purpose":%q,"channel":%q%s}`, a.who.email, a.purpose, a.channel, more)
}

// drawn is how many different questions a measurement goes through: enough that
// no cache of answers would do.
func drawn(size int) int { return min(200_000, 4*size) }

// ready makes requests of questions, so that making them costs nothing later.
// Each connection goes through its own part of them.
func ready(connections int, all []asked, request func(connection int, q asked) []byte) requests {
	parts := parted(connections, all, request)
	return func(c, n int) []byte { return parts[c][n%len(parts[c])] }
}

func parted(connections int, all []asked, request func(connection int, q asked) []byte) [][][]byte {
	var parts [][][]byte
	for c := range connections {
		var part [][]byte
		for i := c; i < len(all); i += connections {
			part = append(part, request(c, all[i]))
		}
		parts = append(parts, part)
	}
	return parts
}

// checkRate measures decisions a second, one a request.
func (e *Env) checkRate(s *server, size int) Side {
	next := ready(checkConnections, questions(size, drawn(size)), func(c int, q asked) []byte {
		return post("/v1/check", s.keys[c], q.body(""))
	})
	return func(ctx context.Context) (float64, error) {
		l, err := drive(ctx, s.addr, checkConnections, e.Load, next)
		return l.rate(), err
	}
}

// checkServer serves the store of the run.
func (e *Env) checkServer(ctx context.Context, p *Pair) (*server, store, error) {
	data, err := e.store(ctx, e.Size)
	if err != nil {
		return nil, data, err
	}
	s, err := e.serve(ctx, p, data.dir, checkConnections)
	if err != nil {
		return nil, data, err
	}
	p.Product = e.checkRate(s, e.Size)
	return s, data, nil
}

func checkHandler(ctx context.Context, e *Env, p *Pair) error {
	s, _, err := e.checkServer(ctx, p)
	if err != nil {
		return err
	}
	addr, err := e.handler(ctx, p)
	if err != nil {
		return err
	}
	p.Peer = e.checkRate(&server{addr: addr, keys: s.keys}, e.Size)
	return nil
}

func checkFGA(ctx context.Context, e *Env, p *Pair) error {
	_, data, err := e.checkServer(ctx, p)
	if err != nil {
		return err
	}
	f, err := e.openFGA(ctx, p, data)
	if err != nil {
		return err
	}
	all := questions(e.Size, drawn(e.Size))
	if err := f.agrees(ctx, data, all[:100]); err != nil {
		return err
	}
	next := ready(checkConnections, all, func(_ int, q asked) []byte {
		return post(f.path(), "", f.question(q.who.email, q.purpose, q.channel))
	})
	p.Peer = func(ctx context.Context) (float64, error) {
		l, err := drive(ctx, f.addr, checkConnections, e.Load, next)
		return l.rate(), err
	}
	return nil
}

// batched is how many questions go in one request.
const batched = 1000

func checkBatch(ctx context.Context, e *Env, p *Pair) error {
	s, _, err := e.checkServer(ctx, p)
	if err != nil {
		return err
	}
	p.Peer = p.Product
	all := questions(e.Size, batched*checkConnections*4)
	var sent [][]byte
	for i := 0; i < len(all); i += batched {
		var lines bytes.Buffer
		for _, q := range all[i : i+batched] {
			lines.Write(append(q.body(""), '\n'))
		}
		sent = append(sent, lines.Bytes())
	}
	next := func(c, n int) []byte {
		return post("/v1/check/batch", s.keys[c], sent[(c*4+n)%len(sent)])
	}
	p.Product = func(ctx context.Context) (float64, error) {
		l, err := drive(ctx, s.addr, checkConnections, e.Load, next)
		return l.rate() * batched, err
	}
	return nil
}

// checkPast measures one connection: the median of its times.
func checkPast(ctx context.Context, e *Env, p *Pair) error {
	s, data, err := e.checkServer(ctx, p)
	if err != nil {
		return err
	}
	all := questions(e.Size, min(2000, drawn(e.Size))) // few, so that the page cache has them
	side := func(more string) Side {
		turn := 0 // of the keys, so that no key's limit is met
		next := ready(1, all, func(_ int, q asked) []byte {
			turn++
			return post("/v1/check", s.keys[turn%len(s.keys)], q.body(more))
		})
		return func(ctx context.Context) (float64, error) {
			l, err := drive(ctx, s.addr, 1, e.Load, next)
			return l.quantile(0.5) * 1000, err
		}
	}
	p.Product = side(`,"at":"` + data.asOf.AddDate(0, -7, 0).Format(time.RFC3339) + `"`)
	p.Peer = side("")
	return nil
}
