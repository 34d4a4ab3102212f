// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/lawful"
)

// TestAYesHasAMessageLeave in the program as it runs: from the commit of the yes
// to a file in the outbox, whose link opens a page; and an erasure takes the file.
func TestAYesHasAMessageLeave(t *testing.T) {
	a, err := app.New(t.Context(), app.Config{Dir: t.TempDir(), PublicURL: "https://bottega.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, a)
	shop(t, a)
	handler, work, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); work(ctx) }()
	defer func() { end(); <-ended }()
	_, err = a.Choices.Take(t.Context(), access.Local(org), choice.Request{
		Subject: choice.Subject{Email: "anna@posta.example"}, Source: "footer-form", Notice: &lawful.NoticeRef{ID: "partner", Version: 1, Language: "it"},
		Evidence: &lawful.Evidence{Method: "checkbox", Default: "unticked", Text: "Sì"},
		Choices:  []choice.Choice{{Purpose: "partner", Channel: "email", Choice: lawful.Given}},
	})
	if err != nil {
		t.Fatal(err)
	}
	sent(t, a)
	files, err := filepath.Glob(filepath.Join(a.Config.Dir, "outbox", "*.eml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("=\r\n", "", "=\n", "").Replace(string(raw)) // quoted-printable
	path := regexp.MustCompile(`https://bottega\.example(/c/[\w-]+)`).FindStringSubmatch(text)
	if path == nil {
		t.Fatalf("no link in\n%s", text)
	}
	if got := visit(t, handler, path[1]); got != http.StatusOK {
		t.Errorf("the link answers %d", got)
	}
	if _, err := a.Rights.Erase(t.Context(), access.Local(org), rights.Request{Subject: choice.Subject{Email: "anna@posta.example"}}); err != nil {
		t.Fatal(err)
	}
	if got := visit(t, handler, path[1]); got != http.StatusNotFound {
		t.Errorf("the link of somebody erased answers %d", got)
	}
	if files, err := os.ReadDir(filepath.Join(a.Config.Dir, "outbox")); err != nil || len(files) != 0 {
		t.Errorf("in the outbox stay %v, %v", files, err)
	}
}

// sent waits until the only message has left: what the program does by itself can
// only be asked for.
func sent(t *testing.T, a *app.App) {
	t.Helper()
	for range 100_000 {
		page, _, err := a.Messages.List(t.Context(), access.Local(org), message.StateSent, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 1 {
			return
		}
	}
	t.Fatal("no message leaves")
}

func visit(t *testing.T, h http.Handler, path string) int {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code
}
