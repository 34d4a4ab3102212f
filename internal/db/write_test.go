// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
)

// put adds an organisation, the simplest row there is.
func put(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, "INSERT INTO organisation (id, created) VALUES ($1, $2)", id, db.Micros(tx.Now()))
	return err
}

// stored returns the ids of all organisations, in order.
func stored(t *testing.T, d *db.DB) []string {
	t.Helper()
	var ids []string
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		ids, err = db.All(ctx, tx, db.Value[string], "SELECT id FROM organisation ORDER BY id")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestWritesOfManyCallersAreAllStored(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var callers sync.WaitGroup
		for i := range 200 {
			callers.Go(func() {
				err := env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					return put(ctx, tx, fmt.Sprint(i))
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if got := len(stored(t, env.DB)); got != 200 {
			t.Errorf("got %d rows, want 200", got)
		}
	})
}
