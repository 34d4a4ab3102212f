// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
)

type function = func(ctx context.Context, tx *db.Tx) error

// put adds an organisation, the simplest row there is.
func put(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, "INSERT INTO organisation (id, created) VALUES ($1, $2)", id, db.Micros(tx.Now()))
	return err
}

func write(id string) function {
	return func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, id) }
}

// stored returns the ids of all organisations, in order.
func stored(t *testing.T, d *db.DB) []string {
	t.Helper()
	var ids []string
	err := d.Read(context.Background(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		ids, err = db.All(ctx, tx, db.Value[string], "SELECT id FROM organisation")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// counted opens the store so that the commits asked for are counted.
func counted(t *testing.T, env testkit.Env) (*db.DB, *atomic.Int64) {
	t.Helper()
	var commits atomic.Int64
	d := env.OpenWith(t, func(o *db.Options) {
		o.Fault = func(step string) error {
			if step == "commit-lost" {
				commits.Add(1)
			}
			return nil
		}
	})
	commits.Store(0) // migrating commits too
	return d, &commits
}

// hold keeps every worker in a transaction until the function returned is called.
func hold(t *testing.T, d *db.DB) (free func()) {
	t.Helper()
	release, held, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	for range d.Writers() {
		go func() {
			_ = d.Write(context.Background(), func(context.Context, *db.Tx) error {
				held <- struct{}{}
				<-release
				return nil
			}) // a test may have broken this commit too
			done <- struct{}{}
		}()
		<-held
	}
	return func() {
		close(release)
		for range d.Writers() {
			<-done
		}
	}
}

// together has the calls wait at the same time, in order, so that they make one
// batch, and returns the error of each.
func together(t *testing.T, d *db.DB, calls ...func() error) []error {
	t.Helper()
	free := hold(t, d)
	errs := make([]error, len(calls))
	var callers sync.WaitGroup
	for i, call := range calls {
		callers.Go(func() { errs[i] = call() })
		d.AwaitWaiting(i + 1)
	}
	free()
	callers.Wait()
	return errs
}

// batch has the functions written together.
func batch(t *testing.T, d *db.DB, fs ...function) []error {
	t.Helper()
	var calls []func() error
	for _, f := range fs {
		calls = append(calls, func() error { return d.Write(context.Background(), f) })
	}
	return together(t, d, calls...)
}

// expect compares what is stored with what should be, and with how many
// callers were told that it is.
func expect(t *testing.T, d *db.DB, errs []error, want ...string) {
	t.Helper()
	if got := stored(t, d); !slices.Equal(got, want) {
		t.Errorf("got %v stored, want %v", got, want)
	}
	told := 0
	for _, err := range errs {
		if err == nil {
			told++
		}
	}
	if told != len(want) {
		t.Errorf("%d callers were told that all is well, want %d: %v", told, len(want), errs)
	}
}

func TestCallersWhoWaitTogetherShareOneCommit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d, commits := counted(t, env)
		var fs []function
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprintf("org%03d", i))
			fs = append(fs, write(want[i]))
		}
		errs := batch(t, d, fs...)
		expect(t, d, errs, want...)
		if got := commits.Load() - int64(d.Writers()); got != 1 {
			t.Errorf("100 writes took %d commits, want 1", got)
		}
	})
}

func TestConstraintFailureTakesBackItsOwnPartOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d, commits := counted(t, env)
		errs := batch(t, d, write("a"), func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, "half"); err != nil {
				return err
			}
			return put(ctx, tx, "a")
		}, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO log (org, generation, origin, vkey, size, root, term, checkpoint, started) VALUES ($1, 1, '', '', 0, $2, 1, '', 0)", "nobody", []byte{})
			return err
		}, write("b"))
		expect(t, d, errs, "a", "b")
		if !db.IsConstraint(errs[1]) || !db.IsConstraint(errs[2]) {
			t.Errorf("got %v and %v, want constraint failures", errs[1], errs[2])
		}
		if got := commits.Load() - int64(d.Writers()); got != 1 {
			t.Errorf("the batch took %d commits, want 1", got)
		}
	})
}

func TestRefusalTakesBackItsOwnPartOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d, commits := counted(t, env)
		refusal := errors.New("no")
		errs := batch(t, d, write("a"), func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(put(ctx, tx, "half"), refusal)
		}, write("b"))
		expect(t, d, errs, "a", "b")
		if !errors.Is(errs[1], refusal) {
			t.Errorf("got %v, want the refusal", errs[1])
		}
		if got := commits.Load() - int64(d.Writers()); got != 1 {
			t.Errorf("the batch took %d commits, want 1", got)
		}
	})
}

func TestPanicIsItsCallersError(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		errs := batch(t, env.DB, write("a"), func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, "half"); err != nil {
				return err
			}
			panic("Anna Rossi")
		}, func(context.Context, *db.Tx) error {
			runtime.Goexit()
			return nil
		}, write("b"))
		expect(t, env.DB, errs, "a", "b")
		for _, err := range errs[1:3] {
			p, ok := errors.AsType[*db.PanicError](err)
			if !ok {
				t.Fatalf("got %v, want a PanicError", err)
			}
			if got := p.Error(); got != "panic inside a transaction: string" {
				t.Errorf("got %q, which may quote what a person said", got)
			}
		}
	})
}

// A function that fails otherwise spoils the transaction, so the batch is run
// again, each alone, once.
func TestOtherFailuresDropTheBatchAndRunEachAlone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d, commits := counted(t, env)
		var runs atomic.Int64
		errs := batch(t, d, write("a"), func(ctx context.Context, tx *db.Tx) error {
			runs.Add(1)
			_, err := tx.Exec(ctx, "INSERT INTO nowhere (id) VALUES ($1)", "x")
			return err
		}, write("b"))
		expect(t, d, errs, "a", "b")
		if runs.Load() != 2 {
			t.Errorf("the function ran %d times, want once in the batch and once alone", runs.Load())
		}
		if got := commits.Load() - int64(d.Writers()); got != 2 {
			t.Errorf("got %d commits, want one for each that can be kept", got)
		}
	})
}

// What was refused in a batch that was then dropped, and stored alone, was stored.
func TestRefusalOfADroppedBatchIsForgotten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		first := true
		errs := batch(t, env.DB, func(ctx context.Context, tx *db.Tx) error {
			if !first {
				return errors.New("no")
			}
			first = false
			return put(ctx, tx, "a")
		}, write("a"), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO nowhere (id) VALUES ($1)", "x")
			return err
		})
		expect(t, env.DB, errs, "a")
	})
}

func TestSwallowedFailureIsAFailure(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		swallow := func(ctx context.Context, tx *db.Tx) error {
			_ = put(ctx, tx, "c")
			_ = put(ctx, tx, "c")
			_ = put(ctx, tx, "d") // refused too
			return nil
		}
		errs := batch(t, env.DB, write("a"), swallow, write("b"))
		errs = append(errs, env.DB.Write(t.Context(), swallow), env.DB.Alone(t.Context(), swallow))
		expect(t, env.DB, errs, "a", "b")
		for _, err := range []error{errs[1], errs[3], errs[4]} {
			if !db.IsConstraint(err) {
				t.Errorf("got %v, want the constraint failure", err)
			}
		}
	})
}

// TestWhoWasOvertakenRunsAgain, with those of the batch, and keeps nothing of before.
func TestWhoWasOvertakenRunsAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		runs := 0
		late := func(ctx context.Context, tx *db.Tx) error {
			if runs++; runs < 3 {
				if err := put(ctx, tx, "read before"); err != nil {
					return err
				}
				return fmt.Errorf("record: %w", db.ErrOvertaken)
			}
			return put(ctx, tx, "b")
		}
		expect(t, env.DB, batch(t, env.DB, write("a"), late, write("c")), "a", "b", "c")
		runs = 0
		err := env.DB.Write(t.Context(), func(context.Context, *db.Tx) error {
			runs++
			return db.ErrOvertaken
		})
		if !errors.Is(err, db.ErrOvertaken) || runs < 2 {
			t.Errorf("ran %d times and got %v, want to be told in the end", runs, err)
		}
	})
}
