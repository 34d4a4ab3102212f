// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

const (
	anna  = "anna.delle.prove@posta.example"
	bruno = "bruno.delle.prove@posta.example"
	cell  = "+393331234567"
)

func each(t *testing.T, f func(t *testing.T, s *shop.Shop)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) { f(t, shop.Open(t, env)) })
}

func erase(t *testing.T, s *shop.Shop, who choice.Subject) rights.Erasure {
	t.Helper()
	done, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: who, Request: "REQ-1"})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func certificate(t *testing.T, s *shop.Shop, who choice.Subject) (evidence.Verdict, []byte) {
	t.Helper()
	file, err := s.Standing.Certificate(t.Context(), shop.Key(), standing.Question{Subject: who, Purpose: "newsletter", Channel: "email"})
	if err != nil {
		t.Fatal(err)
	}
	v, err := evidence.Verify(file, evidence.Options{})
	if err != nil || !v.OK() {
		t.Fatalf("the certificate does not verify: %v, %v", v.Problems, err)
	}
	return v, file
}

func TestThePlanIsWhatIsDone(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		who := choice.Subject{Email: anna, Phone: cell}
		s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		s.Record(t, shop.Key(), shop.No(who, lawful.Withdrawn, "newsletter", "sms"))
		_, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{
			Subject: shop.Email(anna), Facts: []choice.Fact{{Kind: lawful.KindUndeliverable, At: s.Env.Clock.Now(), Channel: "email"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := s.Rights.Plan(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(anna)})
		if err != nil {
			t.Fatal(err)
		}
		want := rights.Destroyed{Identifiers: map[string]int{"email": 1, "phone": 1}, Choices: 2, Facts: 1}
		if !reflect.DeepEqual(plan.Destroyed, want) || plan.Suppressed.Tombstones != 2 {
			t.Errorf("the plan: %+v, %+v", plan.Destroyed, plan.Suppressed)
		}
		s.Want(t, shop.Email(anna), "newsletter", "sms", lawful.ReasonWithdrawn) // a plan changes nothing
		done := erase(t, s, shop.Email(anna))
		if !reflect.DeepEqual(done.Plan, plan) || done.Stage != rights.StageShredded {
			t.Errorf("done at stage %s: %+v, want %+v", done.Stage, done.Plan, plan)
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonErased)
		s.Want(t, shop.Phone(cell), "newsletter", "sms", lawful.ReasonErased)
		if _, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(anna)}); !problem.Is(err, problem.NotFound) {
			t.Errorf("erased again: %v, want nobody found", err)
		}
	})
}

func TestTheLogStaysWholeAndProvesTheOthers(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		other := s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email"))
		_, before := certificate(t, s, shop.Email(bruno))
		_, gone := certificate(t, s, shop.Email(anna))
		old, err := s.Ledger.Prove(t.Context(), shop.Org, other.Entries)
		if err != nil {
			t.Fatal(err)
		}
		s.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Objected, "", "")) // on PostgreSQL not in the log yet
		erase(t, s, shop.Email(anna))
		if err := s.Ledger.Sequence(t.Context(), shop.Org); err != nil {
			t.Fatal(err)
		}
		now, err := s.Ledger.Prove(t.Context(), shop.Org, other.Entries)
		if err != nil {
			t.Fatal(err)
		}
		if now.Tree.N <= old.Tree.N {
			t.Errorf("the log went from %d to %d entries", old.Tree.N, now.Tree.N)
		}
		consistency, err := tlog.ProveTree(now.Tree.N, old.Tree.N, tlog.TileHashReader(now.Tree, tiles{t, s}))
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckTree(consistency, now.Tree.N, now.Tree.Hash, old.Tree.N, old.Tree.Hash); err != nil {
			t.Errorf("the log is not the one before: %v", err)
		}
		for name, file := range map[string][]byte{"another's": before, "the erased person's own": gone} {
			if v, err := evidence.Verify(file, evidence.Options{}); err != nil || !v.OK() {
				t.Errorf("%s certificate from before: %v, %v", name, v.Problems, err)
			}
		}
		v, _ := certificate(t, s, shop.Email(anna))
		if v.Decision.Reason != lawful.ReasonErased || len(v.Certificate.Chains) != 0 {
			t.Errorf("a certificate of the erased person: %s, %d chains", v.Decision.Reason, len(v.Certificate.Chains))
		}
		if v, _ := certificate(t, s, shop.Email(bruno)); v.Decision.Reason != lawful.ReasonConsentGiven {
			t.Errorf("another person: %s", v.Decision.Reason)
		}
	})
}

// tiles reads the log as an outside client does.
type tiles struct {
	t *testing.T
	s *shop.Shop
}

func (tiles) Height() int { return 8 }

func (r tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(want))
	for i, tile := range want {
		data, err := r.s.Ledger.Tile(r.t.Context(), shop.Org, int64(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func TestListsAndOperatorsCantBringThePersonBack(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		erase(t, s, shop.Email(anna))
		listed := shop.Yes(shop.Email(anna), "newsletter", "email")
		listed.Source, listed.Evidence = "list", nil
		_, err := s.Send(t.Context(), shop.Key(), listed)
		if p := problem.As(err); p == nil || p.Kind != problem.Forbidden || p.Code != "erased" {
			t.Errorf("a list: %v, want it refused with its reason", err)
		}
		if _, err := s.Send(t.Context(), shop.Operator(), shop.Yes(shop.Email(anna), "newsletter", "email")); !problem.Is(err, problem.Forbidden) {
			t.Errorf("an operator: %v, want it refused", err)
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonErased)
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")) // they sign up themselves
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonConsentGiven)
		if v, _ := certificate(t, s, shop.Email(anna)); len(v.Certificate.Chains) != 1 || v.Certificate.Chains[0].LastSeq != 1 {
			t.Errorf("who came back is not somebody new: %+v", v.Certificate.Chains)
		}
	})
}

func TestForgettingLeavesNoTombstone(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		if _, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(anna), Forget: true}); err != nil {
			t.Fatal(err)
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonUnknownSubject)
	})
}

func TestErasingOneErasesWhoeverIsLinked(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		a := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")).Subject
		b := s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email")).Subject
		err := s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return s.Subjects.Link(ctx, tx, shop.Operator(), a, b, "")
		})
		if err != nil {
			t.Fatal(err)
		}
		done := erase(t, s, shop.Email(anna))
		want := []string{a, b}
		slices.Sort(want)
		if !slices.Equal(done.Subjects, want) {
			t.Errorf("erased %v, want %v", done.Subjects, want)
		}
		s.Want(t, shop.Email(bruno), "newsletter", "email", lawful.ReasonErased)
	})
}

func TestAReferenceSaysNothingAboutThePerson(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: anna}, "newsletter", "email"))
		for _, reference := range []string{anna, "for Anna Verdi", strings.Repeat("1", 65)} {
			_, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(anna), Request: reference})
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%q: %v, want it refused", reference, err)
			}
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonConsentGiven)
	})
}

func TestASharedPhoneAloneErasesNobody(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "sms"))
		s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: bruno, Phone: cell}, "newsletter", "sms"))
		_, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Phone(cell)})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v, want it refused", err)
		}
		erase(t, s, shop.Email(anna))
		s.Want(t, shop.Phone(cell), "newsletter", "sms", lawful.ReasonConsentGiven) // bruno's
	})
}

// TestAnErasureMeetsWritersOfTheSamePerson races them and then looks for what
// neither may leave: an identifier, or an opening, of a subject without key.
func TestAnErasureMeetsWritersOfTheSamePerson(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		who := choice.Subject{Email: anna, Phone: cell}
		for range 8 {
			s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if _, err := s.Send(t.Context(), shop.Key(), shop.Yes(who, "newsletter", "email")); err != nil {
						t.Errorf("record: %v", err)
					}
				})
			}
			erase(t, s, shop.Email(anna))
			wg.Wait()
			for name, query := range map[string]string{
				"identifiers": `SELECT count(*) FROM identifier AS i WHERE i.org = $1 AND NOT EXISTS (SELECT 1 FROM chain AS c WHERE c.org = i.org AND c.id = i.chain)`,
				"openings":    `SELECT count(*) FROM entry AS e WHERE e.org = $1 AND length(e.sealed) > 0 AND NOT EXISTS (SELECT 1 FROM chain AS c WHERE c.org = e.org AND c.id = e.chain)`,
			} {
				if n := count(t, s.DB, query); n != 0 {
					t.Errorf("%d %s of nobody", n, name)
				}
			}
		}
		s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		s.Want(t, who, "newsletter", "email", lawful.ReasonConsentGiven)
	})
}

func count(t *testing.T, d *db.DB, query string) int64 {
	t.Helper()
	var n int64
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		n, err = db.One(ctx, tx, db.Value[int64], query, shop.Org)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOldEpochsAndTombstonesEnd(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email"))
		backup := s.Env.Dir + "/before.backup"
		if err := s.DB.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		done := erase(t, s, shop.Email(anna))
		old := shop.Over(t, s.Env, restore(t, s.Env, backup))
		if old.Reason(t, shop.Email(anna), "newsletter", "email") != lawful.ReasonConsentGiven {
			t.Fatal("the backup does not hold the person")
		}
		for s.Env.Clock.Now().Before(done.Everywhere) {
			due(t, s)
			s.Env.Clock.Advance(24 * time.Hour)
		}
		due(t, s)
		if epochs, _ := s.Keys.Epochs(); epochs[0] == 1 || len(epochs) < 3 || len(epochs) > 5 {
			t.Errorf("epochs left: %v", epochs)
		}
		s.Want(t, shop.Email(bruno), "newsletter", "email", lawful.ReasonConsentGiven)
		_, _ = certificate(t, s, shop.Email(bruno))
		late := shop.Over(t, s.Env, restore(t, s.Env, backup))
		if d, err := late.Standing.Check(t.Context(), shop.Key(), standing.Question{Subject: shop.Email(anna), Purpose: "newsletter", Channel: "email"}); err == nil {
			t.Errorf("the old backup still opens the erased person: %s", d.Reason)
		}
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonErased)
		s.At(*done.Suppressed.Until)
		due(t, s)
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonUnknownSubject)
		if n := count(t, s.DB, `SELECT count(*) FROM tombstone WHERE org = $1`) + count(t, s.DB, `SELECT count(*) FROM secret WHERE org = $1 AND substr(name, 1, 9) = 'tombstone'`); n != 0 {
			t.Errorf("%d rows of tombstones are left", n)
		}
	})
}

func due(t *testing.T, s *shop.Shop) {
	t.Helper()
	if err := s.Rights.Due(t.Context(), s.Env.Clock.Now()); err != nil {
		t.Fatal(err)
	}
}

// restore opens a backup as a store of its own.
func restore(t *testing.T, env testkit.Env, backup string) *db.DB {
	t.Helper()
	o := env.Empty(t)
	if err := db.Restore(t.Context(), o, backup); err != nil {
		t.Fatal(err)
	}
	return env.OpenWith(t, func(other *db.Options) { *other = o })
}

func history(t *testing.T, s *shop.Shop, chain string) ([]ledger.Entry, []subject.Held) {
	t.Helper()
	var entries []ledger.Entry
	var held []subject.Held
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		all, err := s.Ledger.History(ctx, tx, shop.Org, []string{chain})
		if err != nil {
			return err
		}
		entries = all[chain]
		held, err = s.Subjects.Identifiers(ctx, tx, shop.Org, []string{chain})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries, held
}
