// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
)

// endless inserts until it is interrupted.
const endless = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
	INSERT INTO organisation (id, created) SELECT CAST(i AS TEXT), 0 FROM n`

// An interrupted statement makes SQLite roll everything back and makes
// PostgreSQL's connection unusable: neither may cost the others their writes.
func TestInterruptedStatementCostsNobodyElse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := env.OpenWith(t, func(o *db.Options) { o.Deadline = 250 * time.Millisecond })
		errs := batch(t, d, write("a"), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, endless)
			return err
		}, func(ctx context.Context, tx *db.Tx) error {
			_, _ = tx.Exec(ctx, endless) // and says nothing
			_ = put(ctx, tx, "half")
			return nil
		}, write("b"))
		expect(t, d, errs, "a", "b")
		for _, err := range errs[1:3] {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
		}
	})
}

// tardy goes on for a while after it was interrupted, as a busy server does.
const tardy = `DO $$ BEGIN
	PERFORM pg_sleep(60);
EXCEPTION WHEN query_canceled THEN
	PERFORM pg_sleep(0.5);
END $$`

// PostgreSQL holds what a transaction wrote until it knows that its connection
// was closed. Whoever runs again does not spend their own time on that.
func TestServerThatIsSlowToStopCostsNobodyElse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		if env.Options.URL == "" {
			t.Skip("the embedded store stops before it answers")
		}
		d := env.OpenWith(t, func(o *db.Options) { o.Deadline = 250 * time.Millisecond })
		runs := 0
		errs := batch(t, d, write("a"), func(ctx context.Context, tx *db.Tx) error {
			if runs++; runs > 1 {
				return put(ctx, tx, "b")
			}
			_, err := tx.Exec(ctx, tardy)
			return err
		}, write("c"))
		expect(t, d, errs, "a", "b", "c")
	})
}

// The connection of PostgreSQL ends in the middle of a batch; SQLite has none
// to lose, so there the function is like any other.
func TestLostConnectionCostsNobody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		runs := 0
		errs := batch(t, env.DB, write("a"), func(ctx context.Context, tx *db.Tx) error {
			if runs++; runs == 1 && env.Options.URL != "" {
				_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
				return err
			}
			return put(ctx, tx, "b")
		}, write("c"))
		expect(t, env.DB, errs, "a", "b", "c")
	})
}

// PostgreSQL ends the connection after the last statement: nobody can know
// whether the COMMIT arrived.
func TestConnectionLostAtTheCommitIsAnUnknownOutcome(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		if env.Options.URL == "" {
			t.Skip("the embedded store has no connection to lose")
		}
		var end func()
		d := env.OpenWith(t, func(o *db.Options) {
			o.Fault = func(step string) error {
				if step == "commit-lost" && end != nil {
					end()
				}
				return nil
			}
		})
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			pid, err := db.One(ctx, tx, db.Value[int64], "SELECT pg_backend_pid()")
			end = func() {
				end = nil
				err := env.DB.Read(context.Background(), func(ctx context.Context, tx *db.ReadTx) error {
					_, err := db.One(ctx, tx, db.Value[bool], "SELECT pg_terminate_backend($1, 5000)", pid)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
			return errors.Join(err, put(ctx, tx, "a"))
		})
		if !problem.Is(err, problem.OutcomeUnknown) {
			t.Errorf("got %v, want outcome_unknown", err)
		}
		expect(t, d, []error{d.Write(t.Context(), write("b"))}, "b")
	})
}

func TestFunctionThatWaitsForEverMeetsItsDeadline(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := env.OpenWith(t, func(o *db.Options) { o.Deadline = 250 * time.Millisecond })
		errs := batch(t, d, write("a"), func(ctx context.Context, _ *db.Tx) error {
			<-ctx.Done()
			return ctx.Err()
		}, write("b"))
		expect(t, d, errs, "a", "b")
	})
}

func TestCallersContextGovernsTheWaitOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		free := hold(t, env.DB)
		waiting, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { left <- env.DB.Write(waiting, write("left")) }()
		env.DB.AwaitWaiting(1)
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the wait", err)
		}
		free()
		if err := env.DB.Write(waiting, write("late")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want no write after the context's end", err)
		}
		picked, cancel := context.WithCancel(t.Context())
		err := env.DB.Write(picked, func(ctx context.Context, tx *db.Tx) error {
			cancel()
			return errors.Join(ctx.Err(), put(ctx, tx, "picked"))
		})
		expect(t, env.DB, []error{err}, "picked")
	})
}

// Both ways a commit can break: lost, and stored though reported lost.
func TestUnknownOutcomeIsToldToEveryCaller(t *testing.T) {
	for step, want := range map[string][]string{"commit-lost": nil, "commit-stored-reported-lost": {"a", "b"}} {
		t.Run(step, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				broken := false
				d := env.OpenWith(t, func(o *db.Options) {
					o.Fault = func(at string) error {
						if broken && at == step {
							return errors.New("connection lost")
						}
						return nil
					}
				})
				broken = true
				errs := batch(t, d, write("a"), func(context.Context, *db.Tx) error {
					return errors.New("refused, perhaps because of what may be lost")
				}, write("b"))
				alone := d.Alone(t.Context(), func(context.Context, *db.Tx) error { return nil })
				for _, err := range append(errs, alone) {
					if !problem.Is(err, problem.OutcomeUnknown) {
						t.Errorf("got %v, want outcome_unknown", err)
					}
				}
				if got := stored(t, env.Reopen(t)); len(got) != len(want) {
					t.Errorf("got %v stored, want %v", got, want)
				}
			})
		})
	}
}

func TestCloseWaitsForWhatWasAccepted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		free := hold(t, env.DB)
		accepted := make(chan error)
		go func() { accepted <- env.DB.Write(t.Context(), write("accepted")) }()
		env.DB.AwaitWaiting(1)
		closed := make(chan error)
		go func() { closed <- env.DB.Close() }()
		env.DB.AwaitClosing()
		for _, err := range []error{
			env.DB.Read(t.Context(), func(context.Context, *db.ReadTx) error { return nil }),
			env.DB.Write(t.Context(), write("late")),
			env.DB.Alone(t.Context(), write("late")),
			env.DB.Truncate(t.Context()),
			env.DB.Backup(t.Context(), env.Dir+"/late"),
		} {
			if !problem.Is(err, problem.Unavailable) {
				t.Errorf("got %v, want unavailable", err)
			}
		}
		free()
		err := <-accepted
		if err := <-closed; err != nil {
			t.Error(err)
		}
		expect(t, env.Reopen(t), []error{err}, "accepted")
	})
}

func TestTransactionHasOneInstant(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		tick := func(ctx context.Context, tx *db.Tx) error {
			env.Clock.Advance(time.Hour)
			if !tx.Now().Equal(testkit.Start()) {
				t.Errorf("got %v, want the instant of the transaction", tx.Now())
			}
			return nil
		}
		env.Clock.Set(testkit.Start())
		for _, err := range batch(t, env.DB, tick, tick) {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestWriteInsideAWriteIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		group := db.NewGroup(env.DB, func(string) []string { return nil }, nested)
		for _, outer := range []func(context.Context, func(context.Context, *db.Tx) error) error{env.DB.Write, env.DB.Alone} {
			err := outer(t.Context(), func(ctx context.Context, _ *db.Tx) error {
				_, err := group.Do(ctx, "x")
				for _, err := range []error{err, env.DB.Write(ctx, write("x")), env.DB.Alone(ctx, write("x"))} {
					if err == nil {
						t.Error("got a write inside a write, which waits for itself")
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func nested(context.Context, *db.Tx, []string) ([]db.Result[string], error) { return nil, nil }
