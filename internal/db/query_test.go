// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
)

func TestOneTextMeansTheSameOnBoth(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		err := env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, "org"); err != nil {
				return err
			}
			rows, err := tx.Exec(ctx, "INSERT INTO secret (org, name, version, epoch, wrapped, created) VALUES "+
				"($1, '$2 costs', $2, 0, $3, 0), ($1, 'second', $2, 0, $4, 0)", "org", 7, []byte{}, []byte{0, 0xff})
			if rows != 2 {
				t.Errorf("got %d rows, want 2", rows)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			empty, err := db.One(ctx, tx, db.Value[[]byte], "SELECT wrapped FROM secret WHERE org = $2 AND name = $1 AND wrapped IS NOT NULL", "$2 costs", "org")
			if err != nil || len(empty) != 0 {
				t.Errorf("got %v, %v, want no bytes, which is not NULL", empty, err)
			}
			names, err := db.AllRows(ctx, tx, db.Value[string], "SELECT name FROM secret WHERE org = $1 AND name IN ({rows}) ORDER BY name",
				db.Column("TEXT", []string{"second", "third"}), "org")
			if !slices.Equal(names, []string{"second"}) {
				t.Errorf("got %v, want the second", names)
			}
			none, err2 := db.AllRows(ctx, tx, db.Value[string], "SELECT name FROM secret WHERE org = $1 AND name IN ({rows})",
				db.Column("TEXT", []string{}), "org")
			if len(none) != 0 {
				t.Errorf("got %v in nothing", none)
			}
			_, err3 := db.One(ctx, tx, db.Value[string], "SELECT name FROM secret WHERE org = $1", "other")
			if !errors.Is(err3, db.ErrNone) {
				t.Errorf("got %v, want ErrNone", err3)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestValuesKeepTheirTypes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		err := env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, "007"); err != nil {
				return err
			}
			type row struct {
				name  string
				n     *int64
				bytes []byte
			}
			set := db.NewRows("TEXT", "BIGINT", "BYTEA")
			set.Add("007", int64(5), []byte("12"))
			set.Add("7", int64(6), []byte{1})
			set.Add("007", int64(12), []byte{0})
			got, err := db.AllRows(ctx, tx, func(s db.Scanner) (r row, err error) {
				return r, s.Scan(&r.name, &r.n, &r.bytes)
			}, "WITH v (name, n, b) AS ({rows}) SELECT v.name, v.n, v.b FROM v JOIN organisation o ON o.id = v.name", set)
			slices.SortFunc(got, func(a, b row) int { return int(*a.n - *b.n) }) // the set may be asked in parts
			if err != nil {
				return err
			}
			if len(got) != 2 || *got[0].n != 5 || *got[1].n != 12 || !bytes.Equal(got[0].bytes, []byte("12")) {
				t.Errorf("got %v, want 007 twice, text as text and bytes as bytes", got)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A set of any size must pass, also with a parameter used by every row.
func TestALargeSetPasses(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		const count = 20000
		set := db.NewRows("TEXT", "BIGINT")
		for n := range count {
			set.Add(fmt.Sprint("o", n), int64(n))
		}
		err := env.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			rows, err := tx.ExecRows(ctx, "WITH v (id, at) AS ({rows}) -- Anna's $1\n /* it's $2 */ "+
				"INSERT INTO organisation (id, created) SELECT id || $1 || '$1' || $1, at FROM v", set, "a")
			if rows != count {
				t.Errorf("%d rows, want %d", rows, count)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestReadersSeeOneSnapshotAndCannotWrite(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		err := env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			count := func() int64 {
				n, err := db.One(ctx, tx, db.Value[int64], "SELECT count(*) FROM organisation")
				if err != nil {
					t.Error(err)
				}
				return n
			}
			before := count()
			if err := env.DB.Write(ctx, write("a")); err != nil {
				t.Error(err)
			}
			if got := count(); got != before {
				t.Errorf("got %d rows in a snapshot of %d", got, before)
			}
			_, err := db.One(ctx, tx, db.Value[string], "INSERT INTO organisation (id, created) VALUES ('b', 0) RETURNING id")
			if err == nil {
				t.Error("a reader wrote")
			}
			return nil
		})
		if err == nil {
			t.Error("got no error from a reader whose statement failed")
		}
		expect(t, env.DB, []error{nil}, "a")
	})
}

func TestStatementsOutOfPlaceAreRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var kept *db.Tx
		err := env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			kept = tx
			if err := put(ctx, tx, "a"); err != nil {
				return err
			}
			err := db.Each(ctx, tx, func(db.Scanner) error { return put(ctx, tx, "inside") }, "SELECT id FROM organisation")
			if err == nil {
				t.Error("got a statement inside Each")
			}
			return put(ctx, tx, "after")
		})
		if put(t.Context(), kept, "late") == nil {
			t.Error("got a statement after the end")
		}
		expect(t, env.DB, []error{err, nil}, "a", "after")
	})
}

func TestInstantsAreStoredToTheMicrosecond(t *testing.T) {
	at := time.Date(2026, 11, 21, 11, 0, 0, 123456000, time.FixedZone("Rome", 3600))
	if got := db.Time(db.Micros(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("got %v, want %v in UTC", got, at)
	}
	micros := db.Micros(at)
	if got := db.NullTime(&micros); got == nil || !got.Equal(at) {
		t.Errorf("got %v, want %v", got, at)
	}
	if db.NullTime(nil) != nil {
		t.Error("a missing instant is not missing any more")
	}
}
