// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
)

// insert is the set-wise way: one statement for all commands. It refuses "no".
func insert(ctx context.Context, tx *db.Tx, ids []string) ([]db.Result[int], error) {
	results := make([]db.Result[int], len(ids))
	set := db.NewRows("TEXT", "BIGINT")
	for i, id := range ids {
		results[i].Value = len(ids)
		if id == "no" {
			results[i] = db.Result[int]{Err: errors.New("refused")}
			continue
		}
		set.Add(id, db.Micros(tx.Now()))
	}
	_, err := tx.ExecRows(ctx, "INSERT INTO organisation (id, created) {rows}", set)
	return results, err
}

func own(id string) []string { return []string{id} }

// do makes the calls that run commands of the group.
func do(g *db.Group[string, int], ids ...string) []func() error {
	var calls []func() error
	for _, id := range ids {
		calls = append(calls, func() error {
			_, err := g.Do(context.Background(), id)
			return err
		})
	}
	return calls
}

func TestCommandsRunAsOneSlice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var batches [][]string
		g := db.NewGroup(env.DB, own, func(ctx context.Context, tx *db.Tx, ids []string) ([]db.Result[int], error) {
			batches = append(batches, ids)
			return insert(ctx, tx, ids)
		})
		errs := together(t, env.DB, do(g, "a", "no", "b", "c")...)
		expect(t, env.DB, errs, "a", "b", "c")
		if errs[1] == nil || errs[1].Error() != "refused" {
			t.Errorf("got %v, want the refusal", errs[1])
		}
		if len(batches) != 1 || !slices.Equal(batches[0], []string{"a", "no", "b", "c"}) {
			t.Errorf("got %v, want one slice in the order of the callers", batches)
		}
		if n, err := g.Do(t.Context(), "d"); n != 1 || err != nil {
			t.Errorf("got %d, %v, want the answer 1", n, err)
		}
	})
}

func TestCommandsThatTouchTheSameNeverShareABatch(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var mu sync.Mutex
		running := map[string]bool{}
		var order []string
		g := db.NewGroup(env.DB, strings.Fields, func(_ context.Context, _ *db.Tx, cs []string) ([]db.Result[int], error) {
			mu.Lock()
			for _, key := range strings.Fields(strings.Join(cs, " ")) {
				if running[key] {
					t.Errorf("%s is in two hands at once", key)
				}
				running[key] = true
			}
			for _, c := range cs {
				if strings.Contains(c, "anna") {
					order = append(order, c)
				}
			}
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
			defer mu.Unlock()
			for _, key := range strings.Fields(strings.Join(cs, " ")) {
				delete(running, key)
			}
			return make([]db.Result[int], len(cs)), nil
		})
		want := []string{"anna", "anna bea", "dora anna", "anna emma"}
		for _, err := range together(t, env.DB, do(g, "anna", "bea", "anna bea", "dora anna", "bea fay", "dora", "anna emma", "emma")...) {
			if err != nil {
				t.Error(err)
			}
		}
		if !slices.Equal(order, want) {
			t.Errorf("got %v, want %v: what touches anna in the order it came", order, want)
		}
	})
}

func TestFailureInAGroupRunsEachCommandAlone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		if err := env.DB.Write(t.Context(), write("there")); err != nil {
			t.Fatal(err)
		}
		g := db.NewGroup(env.DB, own, func(ctx context.Context, tx *db.Tx, ids []string) ([]db.Result[int], error) {
			if slices.Contains(ids, "panic") {
				panic(ids)
			}
			if slices.Contains(ids, "few") {
				return nil, nil
			}
			return insert(ctx, tx, ids)
		})
		errs := together(t, env.DB, do(g, "a", "there", "panic", "few", "b")...)
		expect(t, env.DB, append(errs, nil), "a", "b", "there")
		if !db.IsConstraint(errs[1]) {
			t.Errorf("got %v, want the constraint failure", errs[1])
		}
		if _, ok := errors.AsType[*db.PanicError](errs[2]); !ok {
			t.Errorf("got %v, want the panic", errs[2])
		}
	})
}

func TestDeadlockRunsTheBatchAgain(t *testing.T) {
	for _, code := range []string{"40001", "40P01"} {
		testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
			var sizes []int
			g := db.NewGroup(env.DB, own, func(ctx context.Context, tx *db.Tx, ids []string) ([]db.Result[int], error) {
				sizes = append(sizes, len(ids))
				if len(sizes) < 3 {
					return nil, fmt.Errorf("lock rows: %w", &pgconn.PgError{Code: code})
				}
				return insert(ctx, tx, ids)
			})
			errs := together(t, env.DB, do(g, "a", "b", "c")...)
			expect(t, env.DB, errs, "a", "b", "c")
			if !slices.Equal(sizes, []int{3, 3, 3}) {
				t.Errorf("got batches of %v, want the same three again", sizes)
			}
		})
	}
}

// Two that lock the same rows the other way round: PostgreSQL ends one of
// them, which then runs again. On SQLite one waits for the other.
func TestRealDeadlockIsNobodysError(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		for _, err := range batch(t, env.DB, write("a"), write("b")) {
			if err != nil {
				t.Fatal(err)
			}
		}
		var met sync.WaitGroup
		met.Add(2)
		first := [2]bool{true, true}
		lock := func(i int, ids ...string) function {
			return func(ctx context.Context, tx *db.Tx) error {
				for n, id := range ids {
					if _, err := tx.Exec(ctx, "UPDATE organisation SET created = created + 1 WHERE id = $1", id); err != nil {
						return err
					}
					if n == 0 && first[i] && env.DB.Writers() > 1 {
						first[i] = false
						met.Done()
						met.Wait()
					}
				}
				return nil
			}
		}
		var callers sync.WaitGroup
		for i, ids := range [][]string{{"a", "b"}, {"b", "a"}} {
			callers.Go(func() {
				if err := env.DB.Alone(t.Context(), lock(i, ids...)); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
	})
}

// However the commits break, who was told that it is stored finds it, and who
// was told that it is not, does not.
func TestNoAcknowledgedWriteIsEverLost(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var mu sync.Mutex
		commits := 0
		d := env.OpenWith(t, func(o *db.Options) {
			o.Fault = func(step string) error {
				mu.Lock()
				defer mu.Unlock()
				commits++
				if commits > 60 || commits%13 == 0 { // now and then, then dead
					return errors.New("broken at " + step)
				}
				return nil
			}
		})
		g := db.NewGroup(d, own, insert)
		outcomes := map[string]error{}
		var callers sync.WaitGroup
		for i := range 64 {
			callers.Go(func() {
				for n := range 20 {
					id := fmt.Sprintf("%02d-%02d", i, n)
					var err error
					if (i+n)%2 == 0 {
						err = d.Write(context.Background(), write(id))
					} else {
						_, err = g.Do(context.Background(), id)
					}
					mu.Lock()
					outcomes[id] = err
					mu.Unlock()
				}
			})
		}
		callers.Wait()
		there := stored(t, env.Reopen(t))
		acknowledged := 0
		for id, err := range outcomes {
			_, found := slices.BinarySearch(there, id)
			if err == nil {
				acknowledged++
			}
			if err == nil && !found {
				t.Errorf("%s was acknowledged and is lost", id)
			}
			if err != nil && found && !problem.Is(err, problem.OutcomeUnknown) {
				t.Errorf("%s is stored, and its caller was told %v", id, err)
			}
		}
		if acknowledged == 0 || acknowledged == len(outcomes) {
			t.Errorf("%d of %d acknowledged: the fault came too early or never", acknowledged, len(outcomes))
		}
	})
}
