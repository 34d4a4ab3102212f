// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/testkit"
)

// TestProcessesBesideEachOtherAreNoRestore runs what several processes on one
// store run: none of them may take the others' progress for a restored backup.
func TestProcessesBesideEachOtherAreNoRestore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		one := open(t, env, env.DB)
		two := open(t, env, env.Reopen(t))
		var wg sync.WaitGroup
		for _, b := range []book{one, two} {
			wg.Go(func() {
				for i := range 60 {
					if _, err := b.tryRecord(t.Context(), ledger.NewSubject(), "", map[string]int{"n": i}); err != nil {
						t.Error(err)
					}
					if err := b.Sequence(t.Context(), org); err != nil && !errors.Is(err, ledger.ErrFenced) {
						t.Error(err)
					}
					if renewed, err := b.Recover(t.Context()); err != nil || len(renewed) > 0 {
						t.Errorf("began %v anew, %v", renewed, err)
					}
				}
			})
		}
		wg.Wait()
		if err := two.Sequence(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		generations, err := one.Generations(t.Context(), org)
		if err != nil || len(generations) != 1 {
			t.Fatalf("%d generations, %v, want one", len(generations), err)
		}
		c, err := evidence.OpenCheckpoint(generations[0].Checkpoint, generations[0].VKey)
		if err != nil || c.Size != 121 {
			t.Errorf("the log has %d entries, %v, want 121", c.Size, err)
		}
	})
}

// TestOneOfSeveralBeginsTheNewGeneration starts several processes on a restored store.
func TestOneOfSeveralBeginsTheNewGeneration(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		books := []book{open(t, env, env.DB), open(t, env, env.Reopen(t)), open(t, env, env.Reopen(t))}
		if err := books[0].Sequence(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		signAhead(t, books[0], books[0].live(t))
		waiting := books[0].record(t, ledger.NewSubject(), "", map[string]int{"n": 1})
		var wg sync.WaitGroup
		for _, b := range books {
			wg.Go(func() {
				if _, err := b.Recover(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := books[0].live(t).Number; got != 2 {
			t.Errorf("the live log is generation %d, want 2", got)
		}
		if _, err := books[1].Prove(t.Context(), org, []string{waiting.ID}); err != nil {
			t.Errorf("what waited is not in the new log: %v", err)
		}
	})
}

// TestEntriesPlacedByTwoProcessesAndASequencerAreOneLog: those that have their place
// from the transaction that adds them, and those that wait for the sequencer.
func TestEntriesPlacedByTwoProcessesAndASequencerAreOneLog(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		one, two := open(t, env, env.DB), open(t, env, env.Reopen(t))
		shared := one.record(t, ledger.NewSubject(), "", map[string]int{"n": 0}).Chain
		var wg sync.WaitGroup
		const each = 30
		for _, b := range []book{one, two} {
			wg.Go(func() {
				for i := range each {
					b.inPlace(t, []string{shared, ledger.NewSubject()}[i%2], i)
				}
			})
			wg.Go(func() {
				for i := range each {
					if _, err := b.tryRecord(t.Context(), shared, "", map[string]int{"n": i}); err != nil {
						t.Error(err)
					}
					if err := b.Sequence(t.Context(), org); err != nil && !errors.Is(err, ledger.ErrFenced) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if err := two.Sequence(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		positionsAreWhole(t, one, 2+4*each)
		one.inPlace(t, ledger.NewSubject(), 0)
		positionsAreWhole(t, one, 3+4*each) // nobody sequenced it
		follow(t, one, shared)
	})
}

func (b book) inPlace(t *testing.T, chain string, n int) {
	t.Helper()
	err := b.db.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := b.AddInPlace(ctx, tx, org, []ledger.Draft{{Chain: chain, New: true, Kind: evidence.KindFact, Body: fmt.Appendf(nil, `{"n":%d}`, n), By: "key:test"}})
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// follow holds the entries of a chain to stand in the log in their order.
func follow(t *testing.T, b book, chain string) {
	t.Helper()
	var positions []int64
	err := b.db.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		positions, err = db.All(ctx, tx, db.Value[int64], `SELECT position FROM entry WHERE org = $1 AND chain = $2 ORDER BY seq`, org, chain)
		return err
	})
	if err != nil || !slices.IsSorted(positions) || len(positions) < 2 {
		t.Errorf("the chain's entries stand at %v, %v, want one after the other", positions, err)
	}
}
