// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"path/filepath"
	"runtime"
	"time"
)

func exportLines() []Line {
	return []Line{{
		Name: "export", What: "export of permitted addresses, decrypted", Against: "unwrap one subject key and open one record with standard AES-GCM, alone, on the same cores",
		Target: ">= 0.5 x", Unit: "addresses/s", Goal: Goal{AtLeast: 0.5}, Prepare: exporting,
	}}
}

// exporting is lecito export through the running server, against opening one
// wrapped key and, with it, one record, again and again on every core.
func exporting(ctx context.Context, e *Env, p *Pair) error {
	s, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	dir, err := e.temporary(p)
	if err != nil {
		return err
	}
	if _, err := e.serve(ctx, p, s.dir, 0); err != nil {
		return err
	}
	l := list{path: filepath.Join(dir, "export")}
	now := time.Now()
	err = s.everybody(func(n person) error {
		if n.standing(purposes[0], channels[0], s.zone).permitted(now) {
			l.permitted++
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.rows = int(l.permitted)
	p.Product = func(ctx context.Context) (float64, error) {
		return e.write(ctx, l, "export", "--purpose", purposes[0], "--channel", channels[0], "--data", s.dir)
	}
	return opening(e, p)
}

// opening is the peer's side.
func opening(e *Env, p *Pair) error {
	epoch, err := newGCM(random(32))
	if err != nil {
		return err
	}
	const kept = 4096 // more than the caches nearest to the cores hold
	wrapped, records := make([][]byte, kept), make([][]byte, kept)
	for i := range wrapped {
		key := random(32)
		subject, err := newGCM(key)
		if err != nil {
			return err
		}
		wrapped[i], records[i] = sealed(epoch, key), sealed(subject, []byte(address(i)))
	}
	p.Peer = func(context.Context) (float64, error) {
		end := time.Now().Add(e.Load)
		counts := make([]int, runtime.NumCPU())
		l, err := together(len(counts), func(w int) ([]time.Duration, error) {
			begin := time.Now()
			for n := w; time.Now().Before(end); n++ {
				for range 100 {
					if err := openOne(epoch, wrapped[n%kept], records[n%kept]); err != nil {
						return nil, err
					}
					counts[w]++
				}
			}
			return []time.Duration{time.Since(begin)}, nil
		})
		total := 0
		for _, n := range counts {
			total += n
		}
		return float64(total) / l.seconds, err
	}
	return nil
}

func openOne(epoch cipher.AEAD, wrapped, record []byte) error {
	var key, plain [64]byte
	n := epoch.NonceSize()
	opened, err := epoch.Open(key[:0], wrapped[:n], wrapped[n:], nil)
	if err != nil {
		return err
	}
	subject, err := newGCM(opened)
	if err != nil {
		return err
	}
	address, err := subject.Open(plain[:0], record[:n], record[n:], nil)
	if err == nil && len(address) == 0 {
		err = errors.New("an empty record")
	}
	return err
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

func sealed(aead cipher.AEAD, plain []byte) []byte {
	nonce := random(aead.NonceSize())
	return aead.Seal(nonce, nonce, plain, nil)
}
