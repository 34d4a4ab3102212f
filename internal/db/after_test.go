// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
)

// heard keeps what was told after the end of transactions.
type heard struct {
	mu    sync.Mutex
	words []string
}

func (h *heard) tell(tx *db.Tx, word string) {
	tx.AfterCommit(func(unknown bool) {
		if unknown {
			word += "?"
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.words = append(h.words, word)
	})
}

func (h *heard) want(t *testing.T, words ...string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.words, words) {
		t.Errorf("told %v, want %v", h.words, words)
	}
}

// telling writes an organisation and says its id afterwards, unless it is refused.
func (h *heard) telling(id string, refusal error) function {
	return func(ctx context.Context, tx *db.Tx) error {
		h.tell(tx, id)
		return errors.Join(put(ctx, tx, id), refusal)
	}
}

func TestWhatWasStoredIsToldBeforeItsCallerIsAnswered(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var h heard
		if err := env.DB.Write(t.Context(), h.telling("a", nil)); err != nil {
			t.Fatal(err)
		}
		h.want(t, "a")
		err := env.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(h.telling("b", nil)(ctx, tx), h.telling("c", nil)(ctx, tx))
		})
		if err != nil {
			t.Fatal(err)
		}
		h.want(t, "a", "b", "c")
		g := db.NewGroup(env.DB, own, func(ctx context.Context, tx *db.Tx, ids []string) ([]db.Result[int], error) {
			h.tell(tx, "group")
			return insert(ctx, tx, ids)
		})
		if _, err := g.Do(t.Context(), "d"); err != nil {
			t.Fatal(err)
		}
		h.want(t, "a", "b", "c", "group")
	})
}

func TestWhatWasTakenBackIsNotTold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var h heard
		refusal := errors.New("no")
		if err := env.DB.Write(t.Context(), h.telling("a", refusal)); !errors.Is(err, refusal) {
			t.Fatalf("got %v, want the refusal", err)
		}
		if err := env.DB.Alone(t.Context(), h.telling("a", refusal)); !errors.Is(err, refusal) {
			t.Fatalf("got %v, want the refusal", err)
		}
		h.want(t)
		batch(t, env.DB, h.telling("b", nil), h.telling("c", refusal), h.telling("b", nil), h.telling("d", nil))
		h.want(t, "b", "d")
	})
}

// A batch that is dropped runs again, each alone: what it would have told is
// forgotten, and what each stores is told once.
func TestWhatRunsAgainIsToldOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var h heard
		g := db.NewGroup(env.DB, own, func(ctx context.Context, tx *db.Tx, ids []string) ([]db.Result[int], error) {
			for _, id := range ids {
				h.tell(tx, id)
			}
			if len(ids) > 1 || ids[0] == "b" {
				return nil, errors.New("not like this")
			}
			return insert(ctx, tx, ids)
		})
		errs := together(t, env.DB, do(g, "a", "b", "c")...)
		expect(t, env.DB, errs, "a", "c")
		h.want(t, "a", "c")
	})
}

func TestWhatMayHaveBeenStoredIsTold(t *testing.T) {
	for _, lost := range []string{"commit-lost", "commit-stored-reported-lost"} {
		t.Run(lost, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				armed := false
				d := env.OpenWith(t, func(o *db.Options) {
					o.Fault = func(step string) error {
						if step == lost && armed {
							return errors.New("the connection is gone")
						}
						return nil
					}
				})
				armed = true
				var h heard
				if err := d.Write(t.Context(), h.telling("a", nil)); !problem.Is(err, problem.OutcomeUnknown) {
					t.Fatalf("got %v, want an unknown outcome", err)
				}
				h.want(t, "a?")
			})
		})
	}
}

// Who writes next waits for a commit, not for what is told after it.
func TestTheNextWriteIsKeptWhileTheOneBeforeIsBeingTold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		telling, kept := make(chan struct{}), make(chan struct{})
		first := make(chan error, 1)
		go func() {
			first <- env.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				tx.AfterCommit(func(bool) {
					close(telling)
					<-kept
				})
				return put(ctx, tx, "a")
			})
		}()
		<-telling
		if err := env.DB.Write(t.Context(), write("b")); err != nil { // it never returns where one waits for the other
			t.Fatal(err)
		}
		select {
		case err := <-first:
			t.Errorf("the first caller was answered (%v) before it was told of", err)
		default:
		}
		close(kept)
		if err := <-first; err != nil {
			t.Fatal(err)
		}
	})
}
