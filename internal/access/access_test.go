// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/testkit"
)

const org = "bottega"

type door struct {
	*access.Service
	env    testkit.Env
	keys   *seal.Keys
	ledger *ledger.Ledger
	owner  access.Actor
}

func open(t *testing.T, env testkit.Env) door {
	t.Helper()
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	d := door{env: env, keys: keys, ledger: ledger.New(env.DB, keys, seal.NewSecrets(keys), env.Clock), owner: access.Local(org)}
	err = env.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error { return d.ledger.Create(ctx, tx, org) })
	if err != nil {
		t.Fatal(err)
	}
	d.Service = d.over(env.DB)
	return d
}

// over is the service on the store as another process opens it.
func (d door) over(store *db.DB) *access.Service {
	secrets := seal.NewSecrets(d.keys)
	return access.New(store, ledger.New(store, d.keys, secrets, d.env.Clock), secrets)
}

func each(t *testing.T, f func(t *testing.T, d door)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) { f(t, open(t, env)) })
}

func wantKind(t *testing.T, err error, kind problem.Kind) {
	t.Helper()
	if !problem.Is(err, kind) {
		t.Errorf("got %v, want a problem of kind %s", err, kind)
	}
}

func TestKeyOpensUntilItIsRevoked(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		key, token, err := d.CreateKey(t.Context(), d.owner, access.NewKey{Name: "shop", Scopes: []string{"choices", "check"}})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(token, "lecito_") || len(token) != len("lecito_")+43 {
			t.Errorf("got a token of %d characters, want lecito_ and 43", len(token))
		}
		actor, _, err := d.ByKey(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if actor.Org != org || actor.ID != key.ID || !slices.Equal(actor.Scopes, []string{"choices", "check"}) {
			t.Errorf("got actor %+v", actor)
		}
		for _, wrong := range []string{"", "lecito_", token + "x", token[:len(token)-1], strings.ToUpper(token)} {
			_, _, err := d.ByKey(t.Context(), wrong)
			wantKind(t, err, problem.Unauthorised)
		}
		if err := d.RevokeKey(t.Context(), d.owner, key.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err = d.ByKey(t.Context(), token)
		wantKind(t, err, problem.Unauthorised)
		wantKind(t, d.RevokeKey(t.Context(), d.owner, key.ID), problem.NotFound)
	})
}

func TestWhatAKeyMayBe(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		for name, want := range map[string]access.NewKey{
			"no name":           {Scopes: []string{"check"}},
			"no scope":          {Name: "a"},
			"unknown scope":     {Name: "a", Scopes: []string{"root"}},
			"collect and more":  {Name: "a", Scopes: []string{"collect", "check"}},
			"origins elsewhere": {Name: "a", Scopes: []string{"check"}, Origins: []string{"https://shop.example"}},
			"a path as origin":  {Name: "a", Scopes: []string{"collect"}, Origins: []string{"https://shop.example/x"}},
		} {
			_, _, err := d.CreateKey(t.Context(), d.owner, want)
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: got %v, want it refused", name, err)
			}
		}
		keys, err := d.Keys(t.Context(), d.owner)
		if err != nil || len(keys) != 0 {
			t.Errorf("got %d keys and %v, want none stored", len(keys), err)
		}
		_, _, err = d.CreateKey(t.Context(), access.Actor{Org: org, Scopes: []string{"check"}}, access.NewKey{Name: "a", Scopes: []string{"admin"}})
		wantKind(t, err, problem.Forbidden)
		_, _, err = d.CreateKey(t.Context(), access.Local("nobody"), access.NewKey{Name: "a", Scopes: []string{"admin"}})
		wantKind(t, err, problem.NotFound)
	})
}

func TestLinkSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		_, link, err := d.Invite(t.Context(), d.owner, "Rita@Example.com", access.RoleDPO)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		var in []access.Session
		for range 8 {
			wg.Go(func() {
				s, _, err := d.SignIn(context.WithoutCancel(t.Context()), link.Token)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					in = append(in, s)
				}
			})
		}
		wg.Wait()
		if len(in) != 1 {
			t.Fatalf("got %d sign-ins by one link, want 1", len(in))
		}
		actor, err := d.BySession(t.Context(), in[0].Token)
		if err != nil || actor.Org != org || actor.May(access.ScopeAdmin) || !actor.May(access.ScopeRequests) {
			t.Errorf("got %+v and %v, want the DPO", actor, err)
		}
		if _, err := d.BySession(t.Context(), link.Token); err == nil {
			t.Error("the link's token is no session")
		}
		if err := d.SignOut(t.Context(), actor, in[0].Token); err != nil {
			t.Fatal(err)
		}
		_, err = d.BySession(t.Context(), in[0].Token)
		wantKind(t, err, problem.Unauthorised)
	})
}

func TestLinksAndSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		_, link, err := d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleOwner)
		if err != nil {
			t.Fatal(err)
		}
		d.env.Clock.Advance(access.LinkLife)
		_, _, err = d.SignIn(t.Context(), link.Token)
		wantKind(t, err, problem.Unauthorised)
		_, link, err = d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleOwner)
		if err != nil {
			t.Fatal(err)
		}
		session, _, err := d.SignIn(t.Context(), link.Token)
		if err != nil {
			t.Fatal(err)
		}
		for range 7 { // at work: 11 hours and 40 minutes
			d.env.Clock.Advance(100 * time.Minute)
			if _, err := d.BySession(t.Context(), session.Token); err != nil {
				t.Fatalf("a session in use must last: %v", err)
			}
		}
		d.env.Clock.Advance(20 * time.Minute)
		_, err = d.BySession(t.Context(), session.Token)
		wantKind(t, err, problem.Unauthorised)
	})
}

func TestIdleSessionEnds(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		_, link, err := d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleViewer)
		if err != nil {
			t.Fatal(err)
		}
		session, _, err := d.SignIn(t.Context(), link.Token)
		if err != nil {
			t.Fatal(err)
		}
		d.env.Clock.Advance(access.SessionIdle)
		_, err = d.BySession(t.Context(), session.Token)
		wantKind(t, err, problem.Unauthorised)
	})
}

func TestRemovedOperatorIsOutAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		first, link, err := d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleOwner)
		if err != nil {
			t.Fatal(err)
		}
		session, _, err := d.SignIn(t.Context(), link.Token)
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, d.RemoveOperator(t.Context(), d.owner, first.ID), problem.Conflict)
		_, _, err = d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleViewer)
		wantKind(t, err, problem.Conflict)
		again, _, err := d.Invite(t.Context(), d.owner, " RITA@example.com", access.RoleOwner)
		if err != nil || again.ID != first.ID {
			t.Errorf("got operator %s and %v, want the same again", again.ID, err)
		}
		if _, _, err := d.Invite(t.Context(), d.owner, "nino@example.com", access.RoleOwner); err != nil {
			t.Fatal(err)
		}
		if err := d.RemoveOperator(t.Context(), d.owner, first.ID); err != nil {
			t.Fatal(err)
		}
		_, err = d.BySession(t.Context(), session.Token)
		wantKind(t, err, problem.Unauthorised)
		all, err := d.Operators(t.Context(), d.owner)
		if err != nil || len(all) != 2 || all[0].Email != "rita@example.com" || all[0].Removed == nil || all[1].Removed != nil {
			t.Errorf("got %+v and %v", all, err)
		}
	})
}

// Two owners who remove each other, in two processes: one of them stays.
func TestOneOwnerStaysWhateverHappensAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		other := d.over(d.env.Reopen(t))
		for n := range 5 {
			var owners []string
			for _, name := range []string{"rita", "nino"} {
				o, _, err := d.Invite(t.Context(), d.owner, fmt.Sprintf("%s%d@example.com", name, n), access.RoleOwner)
				if err != nil {
					t.Fatal(err)
				}
				owners = append(owners, o.ID)
			}
			all, err := d.Operators(t.Context(), d.owner)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range all { // whoever is left of the round before
				if o.Removed == nil && !slices.Contains(owners, o.ID) {
					if err := d.RemoveOperator(t.Context(), d.owner, o.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
			var errs [2]error
			var wg sync.WaitGroup
			for i, s := range []*access.Service{d.Service, other} {
				wg.Go(func() { errs[i] = s.RemoveOperator(t.Context(), d.owner, owners[i]) })
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("got %v and %v, want one of them refused", errs[0], errs[1])
			}
		}
	})
}

// Who is invited twice at once is one operator.
func TestInvitedTwiceAtOnceIsOneOperator(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		other := d.over(d.env.Reopen(t))
		for n := range 5 {
			var ids [2]string
			var wg sync.WaitGroup
			for i, s := range []*access.Service{d.Service, other} {
				wg.Go(func() {
					o, _, err := s.Invite(t.Context(), d.owner, fmt.Sprintf("rita%d@example.com", n), access.RoleViewer)
					if err != nil {
						t.Error(err)
					}
					ids[i] = o.ID
				})
			}
			wg.Wait()
			if ids[0] != ids[1] {
				t.Fatalf("got operators %s and %s, want one", ids[0], ids[1])
			}
		}
	})
}

// Of those who signed in nothing is kept but that somebody did.
func TestUsedLinksDoNotPileUp(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		for range 5 {
			_, link, err := d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleOwner)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := d.SignIn(t.Context(), link.Token); err != nil {
				t.Fatal(err)
			}
			d.env.Clock.Advance(24 * time.Hour)
		}
		if _, ok, err := d.FirstOwner(t.Context(), org, "privacy@bottega.example"); err != nil || ok {
			t.Errorf("got %t and %v, want no more links", ok, err)
		}
		err := d.env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			n, err := db.One(ctx, tx, db.Value[int64], `SELECT count(*) FROM sign_in WHERE org = $1 AND used IS NOT NULL`, org)
			if n > 2 { // the last, and the one before it that was the last when it was made
				t.Errorf("got %d used links kept, want the last", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestFirstOwnerGetsLinksUntilSomebodySignedIn(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		var link access.Link
		for range 2 {
			var ok bool
			var err error
			if link, ok, err = d.FirstOwner(t.Context(), org, "privacy@bottega.example"); err != nil || !ok {
				t.Fatalf("got %t and %v, want a link", ok, err)
			}
		}
		if _, _, err := d.SignIn(t.Context(), link.Token); err != nil {
			t.Fatal(err)
		}
		d.env.Clock.Advance(48 * time.Hour)
		if _, ok, err := d.FirstOwner(t.Context(), org, "privacy@bottega.example"); err != nil || ok {
			t.Errorf("got %t and %v, want no more links", ok, err)
		}
	})
}

func TestGrantsAreOnRecordWithoutNames(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		_, token, err := d.CreateKey(t.Context(), d.owner, access.NewKey{Name: "the shop's form", Scopes: []string{"collect"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleOwner); err != nil {
			t.Fatal(err)
		}
		err = d.env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			entries, err := d.ledger.Recent(ctx, tx, org, evidence.KindDeclaration, 0, 10)
			if err != nil {
				return err
			}
			if len(entries) != 2 {
				t.Errorf("got %d entries, want 2", len(entries))
			}
			for _, e := range entries {
				if bytes.Contains(e.Body, []byte("rita")) || bytes.Contains(e.Body, []byte("shop")) {
					t.Errorf("the entry names somebody: %s", e.Body)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range d.env.RawFiles(t) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(raw, []byte("rita")) || bytes.Contains(raw, []byte(token)) {
				t.Errorf("%s holds an address or a token in the clear", filepath.Base(file))
			}
		}
	})
}
