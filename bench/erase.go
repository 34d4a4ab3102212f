// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func eraseLines() []Line {
	return []Line{
		{
			Name: "erase", What: "erase one: the slowest of a hundred (p99)", Against: "durable append of 4 KiB, p99",
			Target: "<= 5 appends", Unit: "ms", Goal: Goal{AtMost: 5}, Prepare: eraseOne,
		},
		{
			Name: "erase-many", What: "erase 10 000", Against: "one by one", Target: ">= 20 x", Unit: "people/s",
			Goal: Goal{AtLeast: 20}, Prepare: eraseMany,
		},
	}
}

// eraser erases people of a copy of the store, one a request; each person once.
type eraser struct {
	server *server
	people []string
	size   int // people in a measurement
	stride int // of them, the first so many are those of erasers
}

// erasers there are, each with people of its own; the others are erased together.
const erasers = 2

func (e *Env) eraser(ctx context.Context, p *Pair, which int) (*eraser, error) {
	data, err := e.scratch(ctx, e.Size)
	if err != nil {
		return nil, err
	}
	r := &eraser{size: min(300, e.Size/(2*erasers*(pairs+1)))}
	r.stride = data.size / (r.size * (pairs + 1))
	for n := range r.size * (pairs + 1) {
		r.people = append(r.people, address(n*r.stride+which))
	}
	r.server, err = e.serve(ctx, p, data.dir, 1)
	return r, err
}

func (r *eraser) next(ctx context.Context) (loaded, error) {
	if len(r.people) < r.size {
		return loaded{}, errors.New("everybody is erased")
	}
	now := r.people[:r.size]
	r.people = r.people[r.size:]
	return together(1, func(int) ([]time.Duration, error) {
		conn, err := dial(ctx, r.server.addr)
		if err != nil {
			return nil, err
		}
		defer func() { _ = conn.Close() }() // nothing more is sent
		var took []time.Duration
		for _, email := range now {
			begin := time.Now()
			if err := conn.send(post("/v1/erasures", r.server.keys[0], fmt.Appendf(nil, `{"subject":{"email":%q}}`, email))); err != nil {
				return nil, err
			}
			took = append(took, time.Since(begin))
		}
		return took, nil
	})
}

func eraseOne(ctx context.Context, e *Env, p *Pair) error {
	r, err := e.eraser(ctx, p, 0)
	if err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) {
		l, err := r.next(ctx)
		return slowest(l), err
	}
	dir, err := e.temporary(p)
	if err != nil {
		return err
	}
	p.Peer = func(context.Context) (float64, error) {
		took, err := appends(filepath.Join(dir, "append"), r.size)
		return slowest(loaded{latencies: took}), err
	}
	return nil
}

// appends adds 4 KiB to a file and waits for the disk, so many times.
func appends(name string, count int) ([]time.Duration, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var took []time.Duration
	block := random(4096)
	for range count {
		begin := time.Now()
		if _, err := file.Write(block); err != nil {
			return nil, err
		}
		if err := file.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	return took, nil
}

// eraseMany has the command line erase many through the server that the others
// are erased from one by one. Nobody is in both parts, and each begins on a server
// at rest: what it still does after many is not counted against the single ones.
func eraseMany(ctx context.Context, e *Env, p *Pair) error {
	r, err := e.eraser(ctx, p, 1)
	if err != nil {
		return err
	}
	p.Peer = func(ctx context.Context) (float64, error) {
		if err := r.server.rest(ctx); err != nil {
			return 0, err
		}
		l, err := r.next(ctx)
		return l.rate(), err
	}
	size, next := min(10_000, e.Size/(2*(pairs+1))), 0
	p.Product = func(ctx context.Context) (float64, error) {
		if err := r.server.rest(ctx); err != nil {
			return 0, err
		}
		var list strings.Builder
		for count := 0; count < size; next++ {
			if next%r.stride >= erasers {
				fmt.Fprintln(&list, address(next))
				count++
			}
		}
		cmd := exec.CommandContext(ctx, e.program("lecito"), "erase", "-", "--yes", "--server", "http://"+r.server.addr, "--api-key", r.server.keys[0])
		cmd.Stdin = strings.NewReader(list.String())
		begin := time.Now()
		_, err := output(cmd)
		return float64(size) / time.Since(begin).Seconds(), err
	}
	return nil
}
