// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lecito/lecito/internal/web/ui"
)

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheReaderChoosesTheLanguage(t *testing.T) {
	for _, c := range []struct {
		path, accept, cookie, fallback, want string
	}{
		{"/", "", "", "", "en"},
		{"/", "", "", "it", "it"},
		{"/", "fr-CA,fr;q=0.9,en;q=0.8", "", "it", "fr"},
		{"/", "nl, sv;q=0.9", "", "it", "it"},
		{"/", "de-AT, fr;q=0.9", "", "it", "de"},
		{"/", "es-419", "", "", "es"},
		{"/", "en;q=0.2, it;q=0.9", "", "", "it"},
		{"/", "fr", "it", "", "it"},
		{"/?lang=en", "fr", "it", "fr", "en"},
		{"/?lang=xx", "fr", "", "", "fr"},
		{"/", ";;;,,", "", "it", "it"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: "lecito_lang", Value: c.cookie})
		}
		if got := ui.Language(r, c.fallback); got != c.want {
			t.Errorf("%+v: answered in %s", c, got)
		}
	}
}

func TestALanguageOnceChosenIsKept(t *testing.T) {
	server := serveDemo(t)
	w := get(t, server.Config.Handler, "/?lang=fr&x=1")
	if !strings.Contains(w.Header().Get("Set-Cookie"), "lecito_lang=fr") {
		t.Errorf("the cookie is %q", w.Header().Get("Set-Cookie"))
	}
	if !strings.Contains(w.Body.String(), `<html lang="fr">`) || !strings.Contains(w.Body.String(), `href="/?lang=it&amp;x=1"`) {
		t.Error("the page is not French, or its links lose the rest of the address")
	}
}

func TestPagesKeepToThemselves(t *testing.T) {
	w := get(t, serveDemo(t).Config.Handler, "/")
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'",
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "same-origin",
		"Cache-Control":           "no-store",
		"Content-Language":        "en",
	} {
		if got := w.Header().Get(name); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", name, got, want)
		}
	}
	for _, inline := range []string{"<style", " style=", " onclick=", "<script>", "http://", "https://"} {
		if strings.Contains(w.Body.String(), inline) {
			t.Errorf("the page contains %s", inline)
		}
	}
}

func TestAssetsMayBeKeptForEver(t *testing.T) {
	h := serveDemo(t).Config.Handler
	_, rest, _ := strings.Cut(get(t, h, "/").Body.String(), `<link rel="stylesheet" href="`)
	address, _, _ := strings.Cut(rest, `"`)
	w := get(t, h, address)
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%s: %d %v", address, w.Code, w.Header())
	}
	if w := get(t, h, "/assets/ui.000000000000.css"); w.Code != http.StatusNotFound {
		t.Errorf("another version answers %d", w.Code)
	}
}

func TestWordsOfOthersAreEscaped(t *testing.T) {
	u, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	u.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusNotFound, "problem", ui.Page{
		Title: ui.Verbatim("<b>x</b>"), Site: `"><script>`, Body: ui.Problem{Text: ui.Verbatim("<img src=x>"), Way: &ui.Link{Href: "javascript:alert(1)", Text: ui.Say("ui.menu")}},
	})
	body := w.Body.String()
	for _, bad := range []string{"<b>", "<script>", "<img", "javascript:"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
	if w.Code != http.StatusNotFound {
		t.Errorf("the status is %d", w.Code)
	}
}

func TestAPageThatIsNoneIsRefusedAtStart(t *testing.T) {
	u, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"no-content.tmpl": {Data: []byte(`{{define "other"}}x{{end}}`)},
		"broken.tmpl":     {Data: []byte(`{{define "content"}}{{if}}`)},
	}
	for _, pattern := range []string{"no-content.tmpl", "broken.tmpl", "missing.tmpl"} {
		if err := u.Add("x", files, pattern); err == nil {
			t.Errorf("%s was taken for a page", pattern)
		}
	}
}

func TestABarShowsEveryPart(t *testing.T) {
	b := ui.Bar{Parts: []ui.Part{{Count: 1_000_000}, {Count: 1}, {Count: 0}, {Count: 3}}}
	end := 0.0
	for i, s := range b.Segments() {
		if s.X < end-0.001 || (s.Count > 0) != (s.Width > 1) {
			t.Errorf("part %d is drawn at %.1f, %.1f wide", i, s.X, s.Width)
		}
		end = s.X + s.Width
	}
	if end > 1000 {
		t.Errorf("the bar ends at %.1f", end)
	}
	if (ui.Bar{}).Segments() != nil {
		t.Error("nothing is drawn as something")
	}
}
