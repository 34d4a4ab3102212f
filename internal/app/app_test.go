// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/lawful"
)

const org = "bottega"

func open(t *testing.T, dir string) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func stop(t *testing.T, a *app.App) {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

func reason(t *testing.T, a *app.App, email string) lawful.Reason {
	t.Helper()
	d, err := a.Standing.Check(t.Context(), access.Local(org), standing.Question{
		Subject: choice.Subject{Email: email}, Purpose: "newsletter", Channel: "email",
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.Reason
}

// shop declares the sample's purposes and has two people sign up.
func shop(t *testing.T, a *app.App) {
	t.Helper()
	doc, err := register.Parse(declared.Bottega, "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Register.Apply(t.Context(), "test", "", doc, false); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"anna@posta.example", "luca@posta.example"} {
		_, err := a.Choices.Take(t.Context(), access.Local(org), choice.Request{
			Subject: choice.Subject{Email: email}, Source: "footer-form",
			Notice:   &lawful.NoticeRef{ID: "signup", Version: 3, Language: "it"},
			Evidence: &lawful.Evidence{Method: "checkbox", Default: "unticked", Text: "Sì"},
			Choices:  []choice.Choice{{Purpose: "newsletter", Channel: "email", Choice: lawful.Given}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Ledger.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAnErasureOutlivesARestore(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	shop(t, a)
	backup := filepath.Join(t.TempDir(), "backup")
	if err := a.DB.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	_, err := a.Rights.Erase(t.Context(), access.Local(org), rights.Request{Subject: choice.Subject{Email: "anna@posta.example"}})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, a)

	other := t.TempDir()
	if err := os.CopyFS(filepath.Join(other, "keys"), os.DirFS(filepath.Join(dir, "keys"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(other, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	renewed, err := app.Restore(t.Context(), app.Config{Dir: other}, backup)
	if err != nil || len(renewed) != 1 {
		t.Fatalf("restore: %v, %v, want one new generation", renewed, err)
	}
	b := open(t, other)
	defer stop(t, b)
	if got := reason(t, b, "anna@posta.example"); got != lawful.ReasonErased {
		t.Errorf("erased after the backup: %s, want erased", got)
	}
	if got := reason(t, b, "luca@posta.example"); got != lawful.ReasonConsentGiven {
		t.Errorf("never erased: %s, want consent_given", got)
	}
	generations, err := b.Ledger.Generations(t.Context(), org)
	if err != nil || len(generations) != 2 {
		t.Errorf("generations: %d, %v, want 2", len(generations), err)
	}
}

// TestCallersBehindATrustedProxyDoNotShareALimit: 400 calls at one instant are
// what one address may make.
func TestCallersBehindATrustedProxyDoNotShareALimit(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC))
	a, err := app.New(t.Context(), app.Config{Dir: t.TempDir(), Clock: now, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, a)
	handler, _, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for remote, want := range map[string]int{"10.0.0.1:1": http.StatusOK, "192.0.2.9:1": http.StatusTooManyRequests} {
		got := 0
		for i := range 401 {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.json", nil)
			r.RemoteAddr = remote
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i%200+1))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			got = w.Code
		}
		if got != want {
			t.Errorf("call 401 by %s, for others as it says: got %d, want %d", remote, got, want)
		}
	}
}

func TestAFolderIsOpenedOnce(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	defer stop(t, a)
	if _, err := app.New(t.Context(), app.Config{Dir: dir}); !errors.Is(err, app.ErrInUse) {
		t.Errorf("opened twice: %v, want it refused", err)
	}
}
