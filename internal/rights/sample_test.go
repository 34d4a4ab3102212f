// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// TestNoFileNamesAnybodyOfTheSample fills a store with the sample and looks for
// everybody in it, as they are and under plain hashes, in everything stored.
func TestNoFileNamesAnybodyOfTheSample(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		people := 2000
		if env.Options.URL != "" || testing.Short() {
			people = 200
		}
		var logged bytes.Buffer
		env.DB = env.OpenWith(t, func(o *db.Options) {
			o.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		s := shop.Over(t, env, env.DB)
		told := sample.Store{DB: s.DB, Clock: env.Clock, Register: s.Register, Choices: s.Choices, Rights: s.Rights}
		if err := told.Fill(t.Context(), people, func(int, int) {}); err != nil {
			t.Fatal(err)
		}
		if err := s.Ledger.Sequence(t.Context(), shop.Org); err != nil {
			t.Fatal(err)
		}
		search := newSearch()
		named := 0
		for _, value := range append(everybody(t, s), sample.Erased) {
			named++
			for what, form := range forms(value) {
				search.look(form, what)
			}
		}
		if named < people {
			t.Fatalf("only %d identifiers were found to look for", named)
		}
		if len(search.in([]byte("x"+sample.Erased))) == 0 {
			t.Fatal("the search finds nothing at all")
		}
		stored := 0
		for name, where := range everything(t, s, env, logged.Bytes()) {
			for _, what := range search.in(where) {
				t.Errorf("%s holds %s of somebody", name, what)
			}
			stored += bytes.Count(where, []byte(shop.Org))
		}
		if stored < named {
			t.Errorf("the files name the shop %d times: they are not the store", stored)
		}
	})
}

// everybody lists the identifiers of all subjects, as stored and as given.
func everybody(t *testing.T, s *shop.Shop) []string {
	t.Helper()
	var values []string
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		chains, err := db.All(ctx, tx, db.Value[string], `SELECT DISTINCT chain FROM identifier WHERE org = $1`, shop.Org)
		if err != nil {
			return err
		}
		held, err := s.Subjects.Identifiers(ctx, tx, shop.Org, chains)
		for _, h := range held {
			if h.Kind != lawful.IDSource { // c-10001 may be anything
				values = append(values, h.Value)
			}
			if h.Given != h.Value {
				values = append(values, h.Given)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// search finds any of many strings by a rolling look at their first eight bytes.
type search struct{ by map[[8]byte][]needle }

type needle struct {
	form []byte
	what string
}

func newSearch() *search { return &search{by: map[[8]byte][]needle{}} }

func (s *search) look(form []byte, what string) {
	key := [8]byte(form[:8])
	s.by[key] = append(s.by[key], needle{form, what})
}

func (s *search) in(where []byte) []string {
	var found []string
	for i := 0; i+8 <= len(where); i++ {
		for _, n := range s.by[[8]byte(where[i:i+8])] {
			if bytes.HasPrefix(where[i:], n.form) {
				found = append(found, n.what)
			}
		}
	}
	return found
}
