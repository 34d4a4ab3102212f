// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
)

// breaker ends the nth commit from now as its step says.
type breaker struct {
	mu   sync.Mutex
	step string
	left int
	hit  bool
}

func (f *breaker) fault(step string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 || step != f.step {
		return nil
	}
	if f.left--; f.left > 0 {
		return nil
	}
	f.hit = true
	return errors.New("the connection is gone")
}

func (f *breaker) arm(step string, commit int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.step, f.left, f.hit = step, commit, false
}

// TestABrokenCommitForksNothing breaks each commit of sequencing and signing,
// both ways, and goes on, in the same process and in one that starts anew.
func TestABrokenCommitForksNothing(t *testing.T) {
	for _, step := range []string{"commit-lost", "commit-stored-reported-lost"} {
		for commit := 1; commit <= 3; commit++ { // taking the term, the block, the checkpoint
			t.Run(fmt.Sprintf("%s %d", step, commit), func(t *testing.T) {
				testkit.EachDB(t, func(t *testing.T, env testkit.Env) { breakAndGoOn(t, env, step, commit) })
			})
		}
	}
}

func breakAndGoOn(t *testing.T, env testkit.Env, step string, commit int) {
	f := &breaker{}
	b := open(t, env, env.OpenWith(t, func(o *db.Options) { o.Fault = f.fault }))
	var heads []tlog.Tree
	sign := func(b book) {
		t.Helper()
		if err := b.Sequence(t.Context(), org); err != nil && !problem.Is(err, problem.OutcomeUnknown) {
			t.Fatal(err)
		}
		heads = append(heads, kept(t, b)...)
	}
	b.bulk(t, 10)
	f.arm(step, commit)
	sign(b)
	if !f.hit {
		t.Fatal("no commit was broken")
	}
	b.bulk(t, 300)
	sign(b)
	restarted := open(t, env, env.Reopen(t))
	sign(restarted)
	b.bulk(t, 5)
	f.arm(step, 1)
	sign(b)
	sign(b)
	final := restarted.tree(t)
	if final.N != 316 {
		t.Errorf("the log has %d entries, want 316", final.N)
	}
	reader := tlog.TileHashReader(final, served{t.Context(), restarted})
	for _, old := range heads {
		p, err := tlog.ProveTree(final.N, old.N, reader)
		if err == nil {
			err = tlog.CheckTree(p, final.N, final.Hash, old.N, old.Hash)
		}
		if err != nil {
			t.Errorf("a head signed at %d is not of this log: %v", old.N, err)
		}
	}
	positionsAreWhole(t, restarted, 316)
	if err := restarted.fsck(t); err != nil {
		t.Error(err)
	}
	if renewed, err := restarted.Recover(t.Context()); err != nil || len(renewed) > 0 {
		t.Errorf("a restart begins %v anew, %v", renewed, err)
	}
}

// TestAHeadThatWasNotSignedIsWork loses the checkpoint of a head: nothing waits
// any more, and still the next pulse signs.
func TestAHeadThatWasNotSignedIsWork(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		f := &breaker{}
		b := open(t, env, env.OpenWith(t, func(o *db.Options) { o.Fault = f.fault }))
		if err := b.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.bulk(t, 10)
		f.arm("commit-lost", 2) // the block, the checkpoint
		if err := b.Settle(t.Context()); !problem.Is(err, problem.OutcomeUnknown) || b.tree(t).N != 1 {
			t.Fatalf("got %v and a head of %d, want the checkpoint lost", err, b.tree(t).N)
		}
		if err := b.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := b.tree(t).N; got != 11 {
			t.Errorf("the signed head is of %d entries, want 11", got)
		}
	})
}

// kept opens the last head signed, from the file beside the key and from the store.
func kept(t *testing.T, b book) []tlog.Tree {
	t.Helper()
	g := b.live(t)
	var trees []tlog.Tree
	file, err := os.ReadFile(headFile(t, b.keys.Dir(), g.Origin))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, text := range []string{string(file), g.Checkpoint} {
		if text == "" {
			continue
		}
		c, err := evidence.OpenCheckpoint(text, g.VKey)
		if err != nil {
			t.Fatal(err)
		}
		if c.Size > 0 {
			trees = append(trees, tlog.Tree{N: c.Size, Hash: c.Root})
		}
	}
	return trees
}

// positionsAreWhole wants each position of the live log exactly once.
func positionsAreWhole(t *testing.T, b book, size int64) {
	t.Helper()
	err := b.db.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		at, err := db.All(ctx, tx, db.Value[int64], `SELECT position FROM entry WHERE org = $1 AND generation = $2 ORDER BY position`, org, b.live(t).Number)
		if err != nil {
			return err
		}
		for i, p := range at {
			if p != int64(i) {
				return fmt.Errorf("position %d is missing or twice", i)
			}
		}
		if int64(len(at)) != size {
			return fmt.Errorf("%d positions, want %d", len(at), size)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestARestoredBackupBeginsANewGeneration loses what came after a backup.
func TestARestoredBackupBeginsANewGeneration(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		b := open(t, env, env.DB)
		var held []string
		for i := range 20 {
			held = append(held, b.record(t, ledger.NewSubject(), "", map[string]int{"n": i}).ID)
		}
		if err := b.Sequence(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		before := b.live(t)
		oldProofs, err := b.Prove(t.Context(), org, held)
		if err != nil {
			t.Fatal(err)
		}
		backup := filepath.Join(env.Dir, "store.backup")
		if err := b.db.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		b.bulk(t, 7)
		if err := b.Sequence(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		last := b.tree(t)
		o := env.Empty(t)
		if err := db.Restore(t.Context(), o, backup); err != nil {
			t.Fatal(err)
		}
		r := open(t, env, env.OpenWith(t, func(other *db.Options) { *other = o }))
		if err := r.Sequence(t.Context(), org); !errors.Is(err, ledger.ErrBehind) {
			t.Errorf("a store behind its signed head is signed: %v", err)
		}
		if renewed, err := r.Recover(t.Context()); err != nil || len(renewed) != 1 {
			t.Fatalf("began %v anew, %v", renewed, err)
		}
		newGeneration(t, r, before, held, last)
		for id, p := range oldProofs.ByEntry {
			if err := tlog.CheckRecord(tlog.RecordProof(p.Hashes), oldProofs.Tree.N, oldProofs.Tree.Hash, p.Index, leafOf(t, r, id)); err != nil {
				t.Errorf("an old proof: %v", err)
			}
		}
		if renewed, err := r.Recover(t.Context()); err != nil || len(renewed) != 0 {
			t.Errorf("began %v anew again, %v", renewed, err)
		}
	})
}

func newGeneration(t *testing.T, r book, before ledger.Generation, held []string, last tlog.Tree) {
	t.Helper()
	proofs, err := r.Prove(t.Context(), org, held)
	if err != nil {
		t.Fatal(err)
	}
	for id, p := range proofs.ByEntry {
		if err := tlog.CheckRecord(tlog.RecordProof(p.Hashes), proofs.Tree.N, proofs.Tree.Hash, p.Index, leafOf(t, r, id)); err != nil {
			t.Errorf("entry %s in the new log: %v", id, err)
		}
	}
	if proofs.VKey == before.VKey || proofs.Tree.N != 22 { // the generation, the statement key, twenty
		t.Errorf("the new log: %d entries, key changed: %v", proofs.Tree.N, proofs.VKey != before.VKey)
	}
	if err := r.fsck(t); err != nil {
		t.Error(err)
	}
	positionsAreWhole(t, r, 22)
	err = r.db.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		first, err := db.One(ctx, tx, db.Value[string], `SELECT id FROM entry WHERE org = $1 AND position = 0`, org)
		if err != nil {
			return err
		}
		e, err := r.Entry(ctx, tx, org, first)
		if err != nil || e.Kind != evidence.KindGeneration {
			return fmt.Errorf("the first entry is of kind %s: %w", e.Kind, err)
		}
		want := fmt.Sprintf(`"origin":%q`, before.Origin)
		if !bytes.Contains(e.Body, []byte(want)) || !bytes.Contains(e.Body, fmt.Appendf(nil, "\\n%d\\n", last.N)) {
			return fmt.Errorf("the first entry does not name the log before and its last head: %s", e.Body)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func leafOf(t *testing.T, b book, id string) tlog.Hash {
	t.Helper()
	var leaf tlog.Hash
	err := b.db.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		e, err := b.Entry(ctx, tx, org, id)
		leaf = evidence.LeafOf(e.Salt, e.Payload)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}
