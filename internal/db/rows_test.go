// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
)

// Sets of every size mean the same on both, however they are cut.
func TestSetsOfRowsAreWrittenReadAndChangedWhole(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		for _, n := range []int{0, 1, 2, 7, 128, 129, 1000} {
			err := env.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error { return roundTrip(ctx, tx, n) })
			if err != nil {
				t.Errorf("%d rows: %v", n, err)
			}
		}
	})
}

func roundTrip(ctx context.Context, tx *db.Tx, n int) error {
	year := int64(2000 + n)
	made, changed := db.NewRows("BYTEA", "TEXT"), db.NewRows("BYTEA", "BIGINT")
	var blinds [][]byte
	for i := range n {
		blinds = append(blinds, fmt.Appendf(nil, "%06d", i))
		made.Add(blinds[i], fmt.Sprint("month ", i))
		changed.Add(blinds[i], int64(i))
	}
	touched, err := tx.ExecRows(ctx, `
		WITH given (blind, month) AS ({rows})
		INSERT INTO tombstone (org, year, blind, month, expires)
		SELECT $1, CAST($2 AS BIGINT), blind, month, CAST($2 AS BIGINT)
		FROM given`, made, "org", year)
	if err != nil || touched != int64(n) {
		return fmt.Errorf("%d were written: %w", touched, err)
	}
	touched, err = tx.ExecRows(ctx, `
		WITH given (blind, expires) AS ({rows})
		UPDATE tombstone SET expires = given.expires
		FROM given
		WHERE tombstone.org = $1 AND tombstone.year = $2 AND tombstone.blind = given.blind`, changed, "org", year)
	if err != nil || touched != int64(n) {
		return fmt.Errorf("%d were changed: %w", touched, err)
	}
	found, err := db.AllRows(ctx, tx, func(s db.Scanner) (string, error) {
		var blind []byte
		var expires int64
		err := s.Scan(&blind, &expires)
		return fmt.Sprintf("%s %d", blind, expires), err
	}, `
		SELECT blind, expires
		FROM tombstone
		WHERE year = $2 AND blind IN ({rows}) AND org = $1`, db.Column("BYTEA", blinds), "org", year)
	slices.Sort(found)
	for i := range n {
		if want := fmt.Sprintf("%06d %d", i, i); len(found) != n || found[i] != want {
			return fmt.Errorf("%d found, %w", len(found), err)
		}
	}
	return err
}

// A []byte that is nil is NULL, an empty one is not; what fails in a set fails
// as any statement does, and the connection goes on.
func TestNothingAndEmptyAreToldApart(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		set := db.NewRows("TEXT", "BYTEA")
		set.Add("a", nothing())
		set.Add("b", []byte{})
		insert := func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecRows(ctx, `
				WITH given (id, idempotency) AS ({rows})
				INSERT INTO entry (org, id, chain, seq, kind, recorded, commitment, sealed, idempotency)
				SELECT $1, id, 'chain ' || id, 1, 'fact', 0, $2, $2, idempotency
				FROM given`, set, "org", []byte{1})
			return err
		}
		if err := env.DB.Write(t.Context(), insert); err != nil {
			t.Fatal(err)
		}
		if err := env.DB.Write(t.Context(), insert); !db.IsConstraint(err) {
			t.Errorf("got %v, want the constraint", err)
		}
		err := env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			null, err := db.One(ctx, tx, db.Value[string], `SELECT id FROM entry WHERE idempotency IS NULL`)
			if null != "a" {
				t.Errorf("%q holds NULL, want a", null)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func nothing() []byte { return bytes.Clone(nil) }

// Who has gone away while rows are being looked up is not read on for, and nothing of
// it is taken for a whole answer.
func TestALookUpEndsWithItsCaller(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		ids := make([]int64, 2000)
		for i := range ids {
			ids[i] = int64(i)
		}
		look := func(ctx context.Context, gone func(read int)) error {
			read := 0
			return env.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
				return db.EachRows(ctx, tx, func(s db.Scanner) error {
					read++
					gone(read)
					return s.Scan(new(int64))
				}, `WITH given (id) AS ({rows}) SELECT id FROM given`, db.Column("BIGINT", ids))
			})
		}
		ctx, leave := context.WithCancel(t.Context())
		if err := look(ctx, func(read int) {
			if read == 3 {
				leave()
			}
			if read > 3 {
				t.Errorf("row %d is read for somebody who has gone", read)
			}
		}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that the caller has gone", err)
		}
		if err := look(ctx, func(int) { t.Error("a row is read for somebody who was never there") }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that the caller has gone", err)
		}
		read := 0
		if err := look(t.Context(), func(n int) { read = n }); err != nil || read != len(ids) {
			t.Errorf("%d of %d rows are read afterwards: %v", read, len(ids), err)
		}
	})
}
