// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
)

func verifyLines() []Line {
	return []Line{
		{
			Name: "verify", What: "verify one certificate, whole process", Target: "<= 25 ms", Unit: "ms",
			Goal: Goal{AtMost: 25}, Prepare: verifyOne,
		},
		{
			Name: "verify-many", What: "verify a certificate with 10 000 entries under one checkpoint", Against: "tlog.CheckRecord alone",
			Target: ">= 0.8 x", Unit: "entries/s", Goal: Goal{AtLeast: 0.8}, Prepare: verifyMany,
		},
	}
}

// verifyOne runs the command on a certificate of somebody in the store.
func verifyOne(ctx context.Context, e *Env, p *Pair) error {
	data, err := e.store(ctx, e.Size)
	if err != nil {
		return err
	}
	dir, err := e.temporary(p)
	if err != nil {
		return err
	}
	certificate, keys := filepath.Join(dir, "certificate"), filepath.Join(dir, "keys")
	if _, err := e.prove(ctx, data.dir, address(0), certificate); err != nil {
		return err
	}
	key, err := e.lecito(ctx, "keys", "--data", data.dir)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keys, key, 0o600); err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) {
		var took []float64
		for range 15 {
			begin := time.Now()
			if _, err := e.lecito(ctx, "verify", certificate, "--key", keys); err != nil {
				return 0, err
			}
			took = append(took, float64(time.Since(begin).Microseconds())/1000)
		}
		return median(took), nil
	}
	return nil
}

// prove writes the certificate of one answer.
func (e *Env) prove(ctx context.Context, data, email, name string) ([]byte, error) {
	raw, err := e.lecito(ctx, "prove", email, "--purpose", purposes[0], "--channel", channels[0], "--data", data)
	if err != nil {
		return nil, err
	}
	return raw, os.WriteFile(name, raw, 0o600)
}

// manyEntries is how many entries one person of the large certificate has.
func manyEntries(size int) int { return min(10_000, size) }

// verifyMany has one person act ten thousand times, and verifies their
// certificate: openings, proofs, the chain and the decision. The peer checks
// the proofs alone, already parsed.
func verifyMany(ctx context.Context, e *Env, p *Pair) error {
	dir, err := e.empty(ctx, p)
	if err != nil {
		return err
	}
	count := manyEntries(e.Size)
	file, err := oneActor(dir, count)
	if err != nil {
		return err
	}
	if _, err := e.lecito(ctx, "import", file, "--source", sources[0].id, "--map", columns, "--data", dir); err != nil {
		return err
	}
	raw, err := e.prove(ctx, dir, address(1), filepath.Join(dir, "certificate"))
	if err != nil {
		return err
	}
	records, err := recordsOf(raw)
	if err != nil {
		return err
	}
	if len(records) < count {
		return fmt.Errorf("the certificate has %d entries, not %d", len(records), count)
	}
	p.Product = func(context.Context) (float64, error) {
		begin := time.Now()
		verdict, err := evidence.Verify(raw, evidence.Options{})
		if err == nil && !verdict.OK() {
			err = fmt.Errorf("the certificate does not verify: %v", verdict.Problems)
		}
		return float64(len(records)) / time.Since(begin).Seconds(), err
	}
	p.Peer = func(context.Context) (float64, error) {
		begin := time.Now()
		for _, r := range records {
			if err := tlog.CheckRecord(r.proof.Hashes, r.head.Size, r.head.Root, r.proof.Index, r.leaf); err != nil {
				return 0, err
			}
		}
		return float64(len(records)) / time.Since(begin).Seconds(), nil
	}
	p.Notes = append(p.Notes, fmt.Sprintf("%d entries, a file of %d KiB", len(records), len(raw)>>10))
	return nil
}

// oneActor writes a file in which one person says yes again and again.
func oneActor(dir string, rows int) (string, error) {
	name := filepath.Join(dir, "actor.csv")
	file, err := os.Create(name)
	if err != nil {
		return "", err
	}
	out, day := bufio.NewWriter(file), time.Now().AddDate(0, -20, 0)
	fmt.Fprint(out, header)
	p := person{n: 1, email: address(1)}
	for n := range rows {
		fmt.Fprint(out, p.row(act{at: day.Add(time.Duration(n) * time.Minute), channels: channels[:1]}))
	}
	return name, errors.Join(out.Flush(), file.Close())
}

// record is an entry as the checking of proofs alone takes it.
type record struct {
	proof evidence.Proof
	head  evidence.Checkpoint
	leaf  tlog.Hash
}

func recordsOf(certificate []byte) ([]record, error) {
	var file struct {
		LogKey  string            `json:"log_key"`
		Entries []evidence.Opened `json:"entries"`
	}
	if err := json.Unmarshal(certificate, &file); err != nil {
		return nil, err
	}
	records := make([]record, 0, len(file.Entries))
	for _, e := range file.Entries {
		proof, err := evidence.ParseProof(e.Proof)
		if err != nil {
			return nil, err
		}
		head, err := evidence.OpenCheckpoint(proof.Checkpoint, file.LogKey)
		if err != nil {
			return nil, err
		}
		payload, err := base64.StdEncoding.DecodeString(e.Payload)
		if err != nil {
			return nil, err
		}
		salt, err := base64.StdEncoding.DecodeString(e.Salt)
		if err != nil {
			return nil, err
		}
		records = append(records, record{proof, head, evidence.LeafOf([evidence.SaltSize]byte(salt), payload)})
	}
	return slices.Clip(records), nil
}
