// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
)

// before are the embedded migrations up to one.
func before(t *testing.T, last string) fstest.MapFS {
	t.Helper()
	files, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	some := fstest.MapFS{}
	for _, f := range files {
		raw, err := os.ReadFile("migrations/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() < last {
			some[f.Name()] = &fstest.MapFile{Data: raw}
		}
	}
	return some
}

// TestHoldersAreNumberedInAStoreFromBefore: each identifier's in the order they came
// in, from 1 on, and nothing of them is lost.
func TestHoldersAreNumberedInAStoreFromBefore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := env.Empty(t)
		o.Migrations = before(t, "0010_identifier_nth.sql")
		old, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		err = old.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO identifier (org, blind, chain, version, kind, holder, sealed, added) VALUES
				('shop', $1, 'c', 1, 'phone', 'shared', $3, 30),
				('shop', $1, 'a', 1, 'phone', 'shared', $3, 20),
				('shop', $1, 'b', 1, 'phone', 'shared', $3, 20),
				('shop', $2, 'b', 1, 'email', 'person', $3, 20),
				('bank', $1, 'z', 2, 'phone', 'person', $3, 40)`, []byte{1}, []byte{2}, []byte{9})
			return err
		})
		if err := errors.Join(err, old.Close()); err != nil {
			t.Fatal(err)
		}
		o.Migrations = nil
		d, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		type row struct {
			org, chain, kind, holder string
			blind, sealed            string
			nth, version, added      int64
		}
		var got []row
		err = d.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			got, err = db.All(ctx, tx, func(s db.Scanner) (row, error) {
				var r row
				var blind, sealed []byte
				err := s.Scan(&r.org, &blind, &r.nth, &r.chain, &r.version, &r.kind, &r.holder, &sealed, &r.added)
				r.blind, r.sealed = string(blind), string(sealed)
				return r, err
			}, `SELECT org, blind, nth, chain, version, kind, holder, sealed, added FROM identifier ORDER BY org, blind, nth`)
			return err
		})
		want := []row{
			{"bank", "z", "phone", "person", "\x01", "\x09", 1, 2, 40},
			{"shop", "a", "phone", "shared", "\x01", "\x09", 1, 1, 20},
			{"shop", "b", "phone", "shared", "\x01", "\x09", 2, 1, 20},
			{"shop", "c", "phone", "shared", "\x01", "\x09", 3, 1, 30},
			{"shop", "b", "email", "person", "\x02", "\x09", 1, 1, 20},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	})
}
