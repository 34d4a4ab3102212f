// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

func decisionLines() []Line {
	return []Line{
		{
			Name: "decision", What: "one decision in process, reason included", Against: "a sharded Go map look-up on the same keys",
			Target: "<= 4 x the map", Unit: "ns", Goal: Goal{AtMost: 4}, Inside: true, Prepare: decisionMap,
		},
		{
			Name: "decision", What: "one decision in process, reason included", Against: "OPA prepared query, data in memory",
			Target: "35 x faster", Unit: "decisions/s", Goal: Goal{AtLeast: 35}, Inside: true, Prepare: decisionOPA,
		},
		{
			Name: "decision", What: "one decision in process, reason included: allocations", Target: "0",
			Unit: "allocations", Goal: Goal{AtMost: 0.001}, Inside: true, Prepare: decisionAllocations,
		},
	}
}

// sharded is what a builder would write: maps behind locks, parted by a hash of
// the address, which is what both sides are asked with.
type sharded struct {
	seed  maphash.Seed
	parts [64]struct {
		mu sync.RWMutex
		m  map[string]uint64 // a bit for each purpose and channel, and one for a no
	}
}

func (s *sharded) put(email string, bits uint64) {
	s.parts[maphash.String(s.seed, email)%64].m[email] = bits
}

func (s *sharded) look(email []byte) (uint64, bool) {
	part := &s.parts[maphash.Bytes(s.seed, email)%64]
	part.mu.RLock()
	v, ok := part.m[string(email)]
	part.mu.RUnlock()
	return v, ok
}

// decisionMap fills the map; Product is one decision of the index, about the same
// people in the same order, as nanoseconds. Both are asked by address.
func decisionMap(ctx context.Context, e *Env, p *Pair) error {
	s, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	held := &sharded{seed: maphash.MakeSeed()}
	for i := range held.parts {
		held.parts[i].m = make(map[string]uint64, s.size/64)
	}
	err = s.everybody(func(p person) error {
		var bits uint64
		for i, purpose := range purposes {
			for j, channel := range channels {
				if p.standing(purpose, channel, s.zone).permitted(time.Now()) {
					bits |= 1 << (i*len(channels) + j)
				}
			}
		}
		held.put(p.email, bits)
		return nil
	})
	all := questions(s.size, drawn(s.size))
	keys := make([][]byte, len(all))
	for i, q := range all {
		keys[i] = []byte(q.who.email)
	}
	if err != nil {
		return err
	}
	product, err := e.inside(ctx, s.dir)
	if err != nil {
		return err
	}
	p.Product = func(context.Context) (float64, error) {
		took, _, err := product.decisions(e.Load, all)
		return took, err
	}
	p.Peer = func(context.Context) (float64, error) {
		known := 0
		took := perCall(e.Load, func(n int) {
			if _, ok := held.look(keys[n%len(keys)]); ok {
				known++
			}
		})
		if known == 0 {
			return 0, errors.New("the map knows nobody")
		}
		return took, nil
	}
	return nil
}

// decisionAllocations counts what a decision allocates.
func decisionAllocations(ctx context.Context, e *Env, p *Pair) error {
	s, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	product, err := e.inside(ctx, s.dir)
	if err != nil {
		return err
	}
	all := questions(s.size, min(10_000, drawn(s.size)))
	p.Product = func(context.Context) (float64, error) {
		_, allocations, err := product.decisions(min(e.Load, time.Second), all)
		return allocations, err
	}
	return nil
}

// perCall runs f for a while and returns nanoseconds a call.
func perCall(length time.Duration, f func(n int)) float64 {
	calls := 0
	begin := time.Now()
	for time.Since(begin) < length {
		for range 10_000 {
			f(calls)
			calls++
		}
	}
	return float64(time.Since(begin).Nanoseconds()) / float64(calls)
}

// decisionOPA fills OPA with everybody; Product is decisions a second of the index
// on one core, which is what OPA gets.
func decisionOPA(ctx context.Context, e *Env, p *Pair) error {
	s, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	dir, err := e.temporary(p)
	if err != nil {
		return err
	}
	subjects, asks := filepath.Join(dir, "subjects"), filepath.Join(dir, "questions")
	if err := jsonLines(subjects, func(add func(any) error) error {
		return s.everybody(func(p person) error {
			line := struct {
				Key      string           `json:"key"`
				Objected bool             `json:"objected"`
				Until    map[string]int64 `json:"until"`
			}{Key: p.email, Until: map[string]int64{}}
			for use, where := range p.uses(s.zone) {
				line.Objected = line.Objected || where.objected
				if where.consented && !where.stopped {
					line.Until[use] = where.until.Unix()
				}
			}
			return add(line)
		})
	}); err != nil {
		return err
	}
	now := json.Number(strconv.FormatInt(time.Now().Unix(), 10))
	if err := jsonLines(asks, func(add func(any) error) error {
		for _, q := range questions(s.size, drawn(s.size)) {
			if err := add(map[string]any{"subject": q.who.email, "use": q.purpose + "/" + q.channel, "now": now}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	opa, err := e.engine(ctx, "opa", subjects, asks)
	if err != nil {
		return err
	}
	p.after(opa.stop)
	p.Notes = append(p.Notes, opa.name)
	product, err := e.inside(ctx, s.dir)
	if err != nil {
		return err
	}
	all := questions(s.size, drawn(s.size))
	p.Product = func(context.Context) (float64, error) {
		took, _, err := product.decisions(e.Load, all)
		return 1e9 / took, err
	}
	p.Peer = func(context.Context) (float64, error) {
		r, err := opa.run(fmt.Sprint(e.Load.Seconds()))
		return float64(r.Count) / r.Seconds, err
	}
	return nil
}

// jsonLines writes values, one a line.
func jsonLines(name string, fill func(add func(any) error) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	encode := json.NewEncoder(out)
	return errors.Join(fill(encode.Encode), out.Flush(), file.Close())
}
