// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/choice"
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

func TestAFolderIsOpenedOnce(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	defer stop(t, a)
	if _, err := app.New(t.Context(), app.Config{Dir: dir}); !errors.Is(err, app.ErrInUse) {
		t.Errorf("opened twice: %v, want it refused", err)
	}
}
