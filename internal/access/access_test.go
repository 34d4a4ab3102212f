// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"bytes"
	"context"
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
	ledger *ledger.Ledger
	owner  access.Actor
}

func open(t *testing.T, env testkit.Env) door {
	t.Helper()
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	secrets := seal.NewSecrets(keys)
	l := ledger.New(env.DB, keys, secrets, env.Clock)
	err = env.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error { return l.Create(ctx, tx, org) })
	if err != nil {
		t.Fatal(err)
	}
	return door{access.New(env.DB, l, secrets), env, l, access.Local(org)}
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
		if _, err := access.ParseScopes("check, choices,check"); err != nil {
			t.Error(err)
		}
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
		o, link, err := d.Invite(t.Context(), d.owner, "rita@example.com", access.RoleOwner)
		if err != nil {
			t.Fatal(err)
		}
		d.env.Clock.Advance(access.LinkLife)
		_, _, err = d.SignIn(t.Context(), link.Token)
		wantKind(t, err, problem.Unauthorised)
		link, err = d.SignInLink(t.Context(), d.owner, o.ID)
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
