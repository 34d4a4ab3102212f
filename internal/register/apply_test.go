// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

const org = "bottega"

// shop is a register with its ledger on a store.
type shop struct {
	*register.Service

	t      *testing.T
	db     *db.DB
	ledger *ledger.Ledger
}

func open(t *testing.T, env testkit.Env, d *db.DB) shop {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.New(d, keys, seal.NewSecrets(keys), env.Clock)
	return shop{register.New(d, l, l.Create), t, d, l}
}

func (s shop) apply(file []byte) register.Changes {
	s.t.Helper()
	changes, err := s.Apply(s.t.Context(), "operator", "", parse(s.t, file), false)
	if err != nil {
		s.t.Fatal(err)
	}
	return changes
}

func (s shop) catalogue() *register.Catalogue {
	s.t.Helper()
	var c *register.Catalogue
	err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		c, err = s.Catalogue(ctx, tx, org)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// changed is the sample with one text replaced by another.
func changed(t *testing.T, was, is string) []byte {
	t.Helper()
	if bytes.Count(sample.Bottega, []byte(was)) != 1 {
		t.Fatalf("the sample does not hold %q once", was)
	}
	return bytes.Replace(sample.Bottega, []byte(was), []byte(is), 1)
}

// without is the sample with one item of a list left out.
func without(t *testing.T, begins, ends string) []byte {
	t.Helper()
	before, rest, ok := strings.Cut(string(sample.Bottega), begins)
	_, after, also := strings.Cut(rest, ends)
	if !ok || !also {
		t.Fatalf("the sample has no %q", begins)
	}
	return []byte(before + ends + after)
}

func TestEveryChangeIsAnEntryOfTheLedger(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		if changes := s.apply(sample.Bottega); len(changes) != 41 {
			t.Errorf("%d changes, want 41", len(changes))
		}
		n, ok := s.catalogue().Notice("signup", 3)
		if !ok {
			t.Fatal("no notice")
		}
		err := env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			e, err := s.ledger.Entry(ctx, tx, org, n.Entry)
			if err != nil {
				return err
			}
			var body struct{ Kind, ID, Effect string }
			if err := json.Unmarshal(e.Body, &body); err != nil {
				return err
			}
			if e.Kind != evidence.KindDeclaration || body.Kind != "notice" || body.ID != "signup" || body.Effect != "added" {
				t.Errorf("the entry is a %s: %+v", e.Kind, body)
			}
			if !bytes.Contains(e.Body, []byte("Scegliete voi")) {
				t.Error("the entry lacks the text")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestApplyingTwiceChangesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(sample.Bottega)
		if changes := s.apply(sample.Bottega); len(changes) != 0 {
			t.Errorf("the second time: %+v", changes)
		}
	})
}

func TestDryRunStoresNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		for range 2 {
			changes, err := s.Apply(t.Context(), "operator", org, parse(t, sample.Bottega), true)
			if err != nil || len(changes) != 41 {
				t.Errorf("%d changes, %v", len(changes), err)
			}
		}
		err := env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			_, err := s.Rules(ctx, tx, org)
			return err
		})
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("the rules of nobody: %v", err)
		}
	})
}

func TestPurposeThatLeavesTheFileIsRetiredAndMayReturn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(sample.Bottega)
		env.Clock.Advance(time.Hour)
		s.apply(without(t, "  - id: tax-records\n    marketing", "  - id: customers\n    marketing"))
		c := s.catalogue()
		if _, ok := c.Purpose("tax-records"); ok {
			t.Error("it is still listed")
		}
		versions := c.Rules.Purposes["tax-records"]
		if len(versions) != 1 || versions[0].Retired == nil || !versions[0].Retired.Equal(env.Clock.Now()) {
			t.Fatalf("versions: %+v", versions)
		}
		env.Clock.Advance(time.Hour)
		s.apply(sample.Bottega)
		versions = s.catalogue().Rules.Purposes["tax-records"]
		if len(versions) != 2 || versions[0].Retired == nil || versions[1].Retired != nil {
			t.Errorf("after its return: %+v", versions)
		}
	})
}

// TestADayTakenOutOfTheFileIsTakenBack corrects a purpose and a source that were
// to hold from a day on: what the file says now holds on that day too.
func TestADayTakenOutOfTheFileIsTakenBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		planned := changed(t, "  - id: newsletter\n    marketing: true", "  - id: newsletter\n    from: 2026-12-01\n    marketing: true")
		planned = bytes.Replace(planned, []byte("{id: contest,"), []byte("{id: contest, from: 2026-12-01,"), 1)
		s.apply(planned)
		s.apply(sample.Bottega)
		rules := s.catalogue().Rules
		if p, c := rules.Purposes["newsletter"], rules.Sources["contest"]; len(p) != 1 || p[0].From != nil || len(c) != 1 || c[0].From != nil {
			t.Errorf("the plan stands: %+v, %+v", p, c)
		}
		s.apply(planned)
		rules = s.catalogue().Rules
		if p, c := rules.Purposes["newsletter"], rules.Sources["contest"]; len(p) != 2 || p[1].From == nil || len(c) != 2 || c[1].From == nil {
			t.Errorf("the new plan does not: %+v, %+v", p, c)
		}
	})
}

func TestRetiredRecipientHadItsContractUntilThen(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(sample.Bottega)
		file := bytes.Replace(changed(t, ", printer]", "]"), []byte("  - {id: printer, kind: processor, name: Tipografia del Prato, country: IT, contract: {signed: 2024-02-01}}\n"), nil, 1)
		s.apply(file)
		r := s.catalogue().Rules.Recipients["printer"]
		if r.Signed == nil || r.Expires == nil || !r.Expires.Equal(env.Clock.Now()) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestPublishedNoticeCannotBeChanged(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(sample.Bottega)
		file := changed(t, "Scegliete voi, una casella", "Scegliete, una casella")
		_, err := s.Apply(t.Context(), "operator", org, parse(t, file), false)
		p := problem.As(err)
		if p == nil || p.Kind != problem.Invalid || len(p.Places) != 1 || p.Places[0].Line == 0 {
			t.Fatalf("got %v", err)
		}
		if changes := s.apply(sample.Bottega); len(changes) != 0 {
			t.Errorf("something was stored: %+v", changes)
		}
	})
}

func TestNoticeDeclaredInvalidStaysSo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(changed(t, "invalid: []", "invalid: [{notice: signup, version: 1, reason: no controller, decided_by: DPO}]"))
		s.apply(sample.Bottega)
		notices := s.catalogue().Rules.Notices["signup"]
		if len(notices) != 3 || notices[0].Invalid == nil || notices[1].Invalid != nil {
			t.Errorf("got %+v", notices)
		}
	})
}

func TestAnotherOrganisationsFileIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		_, err := s.Apply(t.Context(), "operator", "other", parse(t, sample.Bottega), false)
		if p := problem.As(err); p == nil || p.Code != "other_organisation" || p.Places[0].Line == 0 {
			t.Errorf("got %v", err)
		}
	})
}

func TestRulesAreAsDeclared(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(sample.Bottega)
		c := s.catalogue()
		if c.Rules.Organisation.TimeZone != "Europe/Rome" {
			t.Errorf("organisation: %+v", c.Rules.Organisation)
		}
		mailer := c.Rules.Recipients["mailer"] // days of summer time: two hours before UTC
		if mailer.Signed.Format(time.RFC3339) != "2023-09-14T22:00:00Z" || mailer.Expires.Format(time.RFC3339) != "2028-09-14T22:00:00Z" {
			t.Errorf("contract from %s to %s", mailer.Signed, mailer.Expires)
		}
		newsletter := c.Rules.Purposes["newsletter"][0]
		if newsletter.Minimum != "recorded" || len(newsletter.Data) != 4 || newsletter.From != nil || newsletter.ExpiresMonth != 0 {
			t.Errorf("newsletter: %+v", newsletter)
		}
		if orders := c.Rules.Purposes["orders"][0]; orders.Basis != lawful.BasisContract || orders.Minimum != "recorded" {
			t.Errorf("orders: %+v", orders)
		}
		signup := c.Rules.Notices["signup"]
		if signup[1].Changes[0].Effect != "inform" || !signup[2].Published.Equal(env.Clock.Now()) || signup[0].Digest == signup[1].Digest {
			t.Errorf("signup: %+v", signup)
		}
		if latest, ok := c.Notice("signup", 0); !ok || latest.Version != 3 {
			t.Errorf("the latest signup: %+v", latest)
		}
		if _, ok := c.Notice("signup", 9); ok {
			t.Error("there is a version 9")
		}
	})
}

func TestTheVeryNextQuestionSeesAChangeAndOtherProcessesSoon(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		here, there := open(t, env, env.DB), open(t, env, env.Reopen(t))
		there.GoBy(env.Clock.Now)
		here.apply(sample.Bottega)
		if first, second := here.catalogue(), here.catalogue(); first != second {
			t.Error("the register is read again each time")
		}
		before := there.catalogue()
		here.apply(changed(t, "max: 4, per: month", "max: 2, per: month"))
		if p, _ := here.catalogue().Purpose("newsletter"); p.Frequency.Max != 2 {
			t.Error("this process does not see its own change")
		}
		if there.catalogue() != before {
			t.Error("the other process asks each time")
		}
		env.Clock.Advance(time.Second)
		if p, _ := there.catalogue().Purpose("newsletter"); p.Frequency.Max != 2 {
			t.Error("the other process does not see the change a second later")
		}
	})
}

func TestFilesAppliedAtTheSameMomentDoNotMix(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(sample.Bottega)
		var wg sync.WaitGroup
		var taken atomic.Int64
		for _, most := range []string{"1", "2", "3", "5"} {
			doc := parse(t, changed(t, "max: 4, per: month", "max: "+most+", per: month"))
			wg.Go(func() {
				_, err := s.Apply(t.Context(), "operator", org, doc, false)
				if err == nil {
					taken.Add(1)
				} else if !problem.Is(err, problem.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		versions := s.catalogue().Rules.Purposes["newsletter"]
		if n := taken.Load(); n == 0 || int64(len(versions)) != 1+n {
			t.Errorf("%d versions after %d files were taken", len(versions), n)
		}
	})
}
