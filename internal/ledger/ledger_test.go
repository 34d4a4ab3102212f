// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/testkit"
)

const org = "bottega"

// book is an open ledger with one organisation.
type book struct {
	*ledger.Ledger
	env     testkit.Env
	db      *db.DB
	keys    *seal.Keys
	secrets *seal.Secrets
}

func open(t *testing.T, env testkit.Env, d *db.DB) book {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	secrets := seal.NewSecrets(keys)
	b := book{ledger.New(d, keys, secrets, env.Clock), env, d, keys, secrets}
	err = d.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error { return b.Create(ctx, tx, org) })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// record adds one entry to a subject's chain and returns it.
func (b book) record(t *testing.T, chain, idempotency string, body any) ledger.Added {
	t.Helper()
	added, err := b.tryRecord(t.Context(), chain, idempotency, body)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func (b book) tryRecord(ctx context.Context, chain, idempotency string, body any) (ledger.Added, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return ledger.Added{}, err
	}
	var added []ledger.Added
	err = b.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		added, err = b.Add(ctx, tx, org, []ledger.Draft{{
			Chain: chain, New: true, Kind: evidence.KindFact, Body: raw, By: "key:test", Idempotency: idempotency,
		}})
		return err
	})
	if err != nil {
		return ledger.Added{}, err
	}
	return added[0], nil
}

func (b book) history(t *testing.T, chain string) []ledger.Entry {
	t.Helper()
	var out []ledger.Entry
	err := b.db.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		all, err := b.History(ctx, tx, org, []string{chain})
		out = all[chain]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEntriesAreProvenUnderOneCheckpoint(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		b := open(t, env, env.DB)
		chain := ledger.NewSubject()
		var ids []string
		for i := range 600 {
			c := chain
			if i%3 == 0 {
				c = ledger.NewSubject()
			}
			ids = append(ids, b.record(t, c, "", map[string]int{"n": i}).ID)
		}
		proofs, err := b.Prove(t.Context(), org, ids)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		err = b.db.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			for _, id := range ids {
				e, err := b.Entry(ctx, tx, org, id)
				if err != nil {
					return err
				}
				p := proofs.ByEntry[id]
				seen[p.Index] = true
				leaf := evidence.LeafOf(e.Salt, e.Payload)
				if err := tlog.CheckRecord(tlog.RecordProof(p.Hashes), proofs.Tree.N, proofs.Tree.Hash, p.Index, leaf); err != nil {
					return fmt.Errorf("entry at %d: %w", p.Index, err)
				}
				if err := outsideProof(p, proofs.Tree, leaf); err != nil {
					return fmt.Errorf("entry at %d, by another implementation: %w", p.Index, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != len(ids) {
			t.Fatalf("%d entries have %d positions", len(ids), len(seen))
		}
	})
}

// outsideProof checks an inclusion proof with transparency-dev/merkle.
func outsideProof(p evidence.Proof, tree tlog.Tree, leaf tlog.Hash) error {
	hashes := make([][]byte, len(p.Hashes))
	for i := range p.Hashes {
		hashes[i] = p.Hashes[i][:]
	}
	return proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(p.Index), uint64(tree.N), leaf[:], hashes, tree.Hash[:])
}

func TestEachSubjectsEntriesAreAnUnbrokenChain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		b := open(t, env, env.DB)
		chain := ledger.NewSubject()
		b.record(t, chain, "", map[string]int{"n": 0}) // one writer makes a chain, many add to it
		var wg sync.WaitGroup
		for i := range 39 {
			wg.Go(func() {
				if _, err := b.tryRecord(t.Context(), chain, "", map[string]int{"n": i}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		prev := ""
		entries := b.history(t, chain)
		for i, e := range entries {
			p, err := evidence.ParsePayload(e.Payload)
			if err != nil {
				t.Fatal(err)
			}
			if p.Seq != int64(i+1) || p.Prev != prev {
				t.Fatalf("entry %d: seq %d, prev %q, want %d, %q", i, p.Seq, p.Prev, i+1, prev)
			}
			leaf := evidence.LeafOf(e.Salt, e.Payload)
			prev = leaf.String()
		}
		if len(entries) != 40 {
			t.Fatalf("%d entries, want 40", len(entries))
		}
	})
}

func TestTheSameIdempotencyKeyIsTheSameEntry(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		b := open(t, env, env.DB)
		chain := ledger.NewSubject()
		first := b.record(t, chain, "order-1", map[string]int{"n": 1})
		again := b.record(t, chain, "order-1", map[string]int{"n": 1})
		if !again.Existing || again.ID != first.ID {
			t.Errorf("repeated: %+v, want the entry %s", again, first.ID)
		}
		_, err := b.tryRecord(t.Context(), chain, "order-1", map[string]int{"n": 2})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("another request under the same key: %v, want a conflict", err)
		}
		if n := len(b.history(t, chain)); n != 1 {
			t.Errorf("%d entries, want 1", n)
		}
	})
}

func TestTwoSequencersGiveEachPositionOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		one := open(t, env, env.DB)
		two := open(t, env, env.Reopen(t))
		var wg sync.WaitGroup
		for i := range 30 {
			one.record(t, ledger.NewSubject(), "", map[string]int{"n": i})
			for _, b := range []book{one, two} {
				wg.Go(func() {
					if err := b.Sequence(t.Context(), org); err != nil && !errors.Is(err, ledger.ErrFenced) {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if err := one.Sequence(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		checkpoint, err := two.Checkpoint(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		generations, err := two.Generations(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		c, err := evidence.OpenCheckpoint(checkpoint, generations[0].VKey)
		if err != nil {
			t.Fatal(err)
		}
		if c.Size != 31 { // the statement key and thirty entries
			t.Errorf("the log has %d entries, want 31", c.Size)
		}
	})
}
