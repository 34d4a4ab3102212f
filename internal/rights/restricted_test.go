// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

const (
	ground = "defence of legal claims, GDPR art. 17(3)(e)"
	reason = "claim 12/2026 before the court of Florence"
)

// declareKeeping declares that choices are kept for 24 months after an erasure.
func declareKeeping(t *testing.T, s *shop.Shop) {
	t.Helper()
	file, err := os.ReadFile("../testkit/shop/bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	key := []byte("organisation: {")
	if !bytes.Contains(file, key) {
		t.Fatal("the shop's file is not as expected")
	}
	s.Declare(t, bytes.Replace(file, key, []byte(`organisation: {evidence_after_erasure: {for: 24 months, ground: "`+ground+`", decided_by: the board}, `), 1))
}

func keeping(t *testing.T, f func(t *testing.T, s *shop.Shop)) {
	t.Helper()
	each(t, func(t *testing.T, s *shop.Shop) {
		declareKeeping(t, s)
		f(t, s)
	})
}

func opened(t *testing.T, s *shop.Shop, who choice.Subject) []rights.Evidence {
	t.Helper()
	got, err := s.Rights.OpenRestricted(t.Context(), shop.Operator(), rights.Request{Subject: who}, reason)
	if err != nil {
		t.Fatal(err)
	}
	return got.Evidence
}

// openings reads the bodies of the organisation's entries of openings, the newest first.
func openings(t *testing.T, s *shop.Shop) []string {
	t.Helper()
	var bodies []string
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		entries, err := s.Ledger.Recent(ctx, tx, shop.Org, evidence.KindErasure, 0, 50)
		for _, e := range entries {
			if strings.Contains(string(e.Body), `"opened"`) {
				bodies = append(bodies, string(e.Body))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bodies
}

func secretsLeft(t *testing.T, s *shop.Shop) []string {
	t.Helper()
	var names []string
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		names, err = seal.NewSecrets(s.Keys).Names(ctx, tx, shop.Org, "restricted-")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// lastDay is the midnight that ends the day two years from now, in Rome.
func lastDay(t *testing.T, s *shop.Shop) time.Time {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	y, m, d := s.Env.Clock.Now().In(rome).Date()
	return time.Date(y+2, m, d+1, 0, 0, 0, 0, rome).UTC()
}

func TestThePlanIsWhatIsDoneInAllThreeGroups(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		who := choice.Subject{Email: anna, Phone: cell}
		a := s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		s.Record(t, shop.Key(), shop.No(who, lawful.Withdrawn, "newsletter", "sms"))
		_, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{
			Subject: shop.Email(anna), Facts: []choice.Fact{{Kind: lawful.KindUndeliverable, At: s.Env.Clock.Now(), Channel: "email"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		before, _ := history(t, s, a.Subject)
		plan, err := s.Rights.Plan(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(anna)})
		if err != nil {
			t.Fatal(err)
		}
		until := lastDay(t, s)
		gone := rights.Destroyed{Identifiers: map[string]int{"email": 1, "phone": 1}, Facts: 1}
		if len(plan.Kept) != 1 || plan.Kept[0].Ground != ground || plan.Kept[0].Count != 2 || !plan.Kept[0].Until.Equal(until) ||
			!reflect.DeepEqual(plan.Destroyed, gone) || plan.Suppressed.Tombstones != 2 {
			t.Errorf("the plan: %+v", plan)
		}
		day := until.Add(-time.Second).Format(time.DateOnly)
		sentence := "Kept as restricted evidence until " + day + ": 2 choices, on the ground: " + ground + ". It answers no question and is opened only with a reason on record."
		if !slices.Contains(plan.Explanation, sentence) {
			t.Errorf("the plan says %q, want %q", plan.Explanation, sentence)
		}
		done := erase(t, s, shop.Email(anna))
		if !reflect.DeepEqual(done.Plan, plan) {
			t.Errorf("done %+v, want %+v", done.Plan, plan)
		}
		for _, by := range []choice.Subject{shop.Email(anna), shop.Phone(cell)} {
			sameEntries(t, opened(t, s, by), before[:2])
		}
	})
}

// sameEntries compares evidence with the entries it was made of, byte for byte.
func sameEntries(t *testing.T, got []rights.Evidence, want []ledger.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries were kept, want %d", len(got), len(want))
	}
	for i, e := range want {
		k := got[i]
		if k.Entry != e.ID || k.Chain != e.Chain || k.Seq != e.Seq || !k.Recorded.Equal(e.Recorded) || k.Position == nil || k.Happened.IsZero() ||
			!bytes.Equal(k.Payload, e.Payload) || !bytes.Equal(k.Salt, e.Salt[:]) {
			t.Errorf("kept %+v, want %+v", k, e)
		}
	}
}

func TestWithoutADeclarationNothingIsKept(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		done := erase(t, s, shop.Email(anna))
		if len(done.Kept) != 0 || done.Destroyed.Choices != 1 || len(opened(t, s, shop.Email(anna))) != 0 || len(secretsLeft(t, s)) != 0 {
			t.Errorf("something was kept: %+v", done.Plan)
		}
		if !slices.Contains(done.Explanation, "Kept as restricted evidence: nothing. No period and ground are declared for it.") {
			t.Errorf("it says %q", done.Explanation)
		}
	})
}

func TestRestrictedEvidenceAnswersNothing(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		erase(t, s, shop.Email(anna))
		s.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonErased)
		if v, _ := certificate(t, s, shop.Email(anna)); v.Decision.Reason != lawful.ReasonErased || len(v.Certificate.Chains) != 0 {
			t.Errorf("a certificate: %s, %d chains", v.Decision.Reason, len(v.Certificate.Chains))
		}
		listed := shop.Yes(shop.Email(anna), "newsletter", "email")
		listed.Source, listed.Evidence = "list", nil
		if _, err := s.Send(t.Context(), shop.Key(), listed); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a list: %v, want it refused", err)
		}
		if _, err := s.Rights.Plan(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(anna)}); !problem.Is(err, problem.NotFound) {
			t.Errorf("a plan: %v, want nobody found", err)
		}
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")) // they come back themselves
		if v, _ := certificate(t, s, shop.Email(anna)); len(v.Certificate.Chains) != 1 || v.Certificate.Chains[0].LastSeq != 1 {
			t.Errorf("who came back is not somebody new: %+v", v.Certificate.Chains)
		}
		erase(t, s, shop.Email(anna)) // and go again: another erasure, another batch
		if got := opened(t, s, shop.Email(anna)); len(got) != 2 || got[0].Chain == got[1].Chain {
			t.Errorf("after two erasures: %+v", got)
		}
	})
}

func TestEveryOpeningIsOnRecord(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		erase(t, s, shop.Email(anna))
		if got, err := s.Rights.OpenRestricted(t.Context(), access.Local(shop.Org), rights.Request{Subject: shop.Email(anna)}, reason); err != nil || len(got.Evidence) != 1 || got.Entry == "" {
			t.Errorf("found %+v, %v", got, err)
		}
		if got := opened(t, s, shop.Email(bruno)); len(got) != 0 {
			t.Errorf("found %+v of somebody who was not erased", got)
		}
		bodies := openings(t, s)
		for i, want := range []int{0, 1} {
			var body struct {
				Opened bool
				Reason string
				Found  int
			}
			if len(bodies) != 2 || json.Unmarshal([]byte(bodies[i]), &body) != nil || !body.Opened || body.Reason != reason || body.Found != want {
				t.Errorf("on record: %q, want two, number %d with %d found", bodies, i, want)
			}
		}
	})
}

func TestWhoMayNotOpen(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		erase(t, s, shop.Email(anna))
		dpo := shop.Operator()
		weak := access.Actor{Org: shop.Org, Kind: access.KindOperator, ID: "op_2", Scopes: []string{access.ScopeSubjects}}
		for name, c := range map[string]struct {
			actor  access.Actor
			who    choice.Subject
			reason string
			want   problem.Kind
		}{
			"an API key":       {shop.Key(), shop.Email(anna), reason, problem.Forbidden},
			"a public key":     {shop.Collect(), shop.Email(anna), reason, problem.Forbidden},
			"the person":       {shop.Person(), shop.Email(anna), reason, problem.Forbidden},
			"another role":     {weak, shop.Email(anna), reason, problem.Forbidden},
			"no reason":        {dpo, shop.Email(anna), "", problem.Invalid},
			"blanks":           {dpo, shop.Email(anna), strings.Repeat(" ", 20), problem.Invalid},
			"a short reason":   {dpo, shop.Email(anna), "because", problem.Invalid},
			"a long reason":    {dpo, shop.Email(anna), strings.Repeat("x", 501), problem.Invalid},
			"two lines":        {dpo, shop.Email(anna), "claim 12/2026\nbefore the court", problem.Invalid},
			"naming them":      {dpo, shop.Email(anna), "complaint of " + strings.ToUpper(anna), problem.Invalid},
			"nobody named":     {dpo, choice.Subject{}, reason, problem.Invalid},
			"a broken address": {dpo, shop.Email("anna"), reason, problem.Invalid},
		} {
			got, err := s.Rights.OpenRestricted(t.Context(), c.actor, rights.Request{Subject: c.who}, c.reason)
			if !problem.Is(err, c.want) || len(got.Evidence) != 0 {
				t.Errorf("%s: %v and %d entries, want a problem of kind %s", name, err, len(got.Evidence), c.want)
			}
		}
		if bodies := openings(t, s); len(bodies) != 0 {
			t.Errorf("what was refused is on record as opened: %q", bodies)
		}
	})
}

func TestRestrictedEvidenceEndsOnItsDay(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email"))
		first := erase(t, s, shop.Email(anna)).Kept[0].Until
		s.Env.Clock.Advance(24 * time.Hour)
		second := erase(t, s, shop.Email(bruno)).Kept[0].Until
		month := "restricted-" + first.Add(-time.Second).Format("2006-01")
		if names := secretsLeft(t, s); !slices.Equal(names, []string{month}) {
			t.Fatalf("secrets %v, want %s: the test needs both in one month", names, month)
		}
		s.At(first.Add(-time.Microsecond))
		due(t, s) // the keys are wrapped anew: evidence survives
		if len(opened(t, s, shop.Email(anna))) != 1 {
			t.Error("gone before its day was over")
		}
		s.At(first)
		if len(opened(t, s, shop.Email(anna))) != 0 {
			t.Error("opened after its day, where nothing swept yet")
		}
		due(t, s)
		if n := count(t, s.DB, `SELECT count(*) FROM restricted WHERE org = $1`); n != 1 || len(secretsLeft(t, s)) != 1 || len(opened(t, s, shop.Email(bruno))) != 1 {
			t.Errorf("%d batches after the first ended: the other one must stay", n)
		}
		s.At(second)
		due(t, s)
		n := count(t, s.DB, `SELECT count(*) FROM restricted WHERE org = $1`) + count(t, s.DB, `SELECT count(*) FROM restricted_identifier WHERE org = $1`)
		if n != 0 || len(secretsLeft(t, s)) != 0 {
			t.Errorf("%d rows and secrets %v are left", n, secretsLeft(t, s))
		}
		for _, who := range []string{anna, bruno} {
			if len(opened(t, s, shop.Email(who))) != 0 {
				t.Error("opened after its end")
			}
		}
	})
}

func TestEvidenceOfLinkedSubjectsIsOneBatch(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		a := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email")).Subject
		b := s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email")).Subject
		err := s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return s.Subjects.Link(ctx, tx, shop.Operator(), a, b, "")
		})
		if err != nil {
			t.Fatal(err)
		}
		if done := erase(t, s, shop.Email(anna)); done.Kept[0].Count != 2 {
			t.Errorf("kept %+v, want both choices", done.Kept)
		}
		for _, who := range []string{anna, bruno} {
			got := opened(t, s, shop.Email(who))
			if len(got) != 2 || got[0].Chain != a || got[1].Chain != b {
				t.Errorf("by %s: %+v", who, got)
			}
		}
	})
}

func TestErasuresAtOnceShareTheSecretOfAMonth(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		const people = 6
		address := func(i int) choice.Subject { return shop.Email(fmt.Sprintf("p%d@posta.example", i)) }
		for i := range people {
			s.Record(t, shop.Key(), shop.Yes(address(i), "newsletter", "email"))
		}
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() {
				if _, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: address(i)}); err != nil {
					t.Errorf("erase: %v", err)
				}
			})
		}
		wg.Wait()
		if n := count(t, s.DB, `SELECT count(*) FROM secret WHERE org = $1 AND substr(name, 1, 10) = 'restricted'`); n != 1 {
			t.Errorf("%d secrets, want one", n)
		}
		for i := range people {
			if len(opened(t, s, address(i))) != 1 {
				t.Errorf("person %d: the evidence does not open", i)
			}
		}
	})
}

func TestASharedPhoneAloneOpensNothing(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		for _, who := range []string{anna, bruno} {
			s.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: who, Phone: cell}, "newsletter", "sms"))
			erase(t, s, shop.Email(who))
		}
		_, err := s.Rights.OpenRestricted(t.Context(), shop.Operator(), rights.Request{Subject: shop.Phone(cell)}, reason)
		if !problem.Is(err, problem.Conflict) || len(openings(t, s)) != 1 {
			t.Errorf("got %v and %d on record, want it refused and the try on record", err, len(openings(t, s)))
		}
		if len(opened(t, s, shop.Email(anna))) != 1 {
			t.Error("by address it opens")
		}
	})
}

func TestARestoreKeepsNothingAgain(t *testing.T) {
	keeping(t, func(t *testing.T, s *shop.Shop) {
		s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		backup := s.Env.Dir + "/before.backup"
		if err := s.DB.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		erase(t, s, shop.Email(anna))
		old := shop.Over(t, s.Env, restore(t, s.Env, backup))
		if n, err := old.Rights.Reapply(t.Context()); err != nil || n != 1 {
			t.Fatalf("erased %d again: %v", n, err)
		}
		old.Want(t, shop.Email(anna), "newsletter", "email", lawful.ReasonErased)
		if n := count(t, old.DB, `SELECT count(*) FROM restricted WHERE org = $1`); n != 0 {
			t.Errorf("%d batches were made by a restore", n)
		}
	})
}
