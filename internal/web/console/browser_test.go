// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

func TestPagesInABrowser(t *testing.T) {
	o := onSQLite(t, 200)
	browser := uitest.Open(t)
	v := o.enter(t, access.RoleOwner)
	v.counted()
	giulia := o.subject(t, sample.Giulia)
	run := v.finished(v.upload("/lists", "list", "primavera.csv", list(), "kind", "clear", "use", "newsletter email")).Request.URL.Path
	sums := v.finished(v.upload("/lists", "export", "vecchia-lista.csv", "Email Address,OPTIN_TIME,LAST_CHANGED,LEID,EUID\nuno@posta.example,2025-01-02 10:00:00,2025-01-02 10:00:00,1,a\nsbagliato,,,2,b\n", "kind", "import", "source", "old-list")).Request.URL.Path
	failed := v.finished(v.upload("/lists", "list", "nomi.csv", "Name\nAnna\n", "kind", "clear", "use", "newsletter email")).Request.URL.Path
	entry := uitest.Attr(v.get(giulia).find("ol.timeline a.seal")[0], "href")
	own := uitest.Attr(v.get("/ledger").find("ul.entries .what a")[0], "href")
	in := uitest.Cookies(v.cookie())
	for _, c := range []struct{ name, path string }{
		{"today", "/"}, {"people", "/subjects"}, {"why", giulia}, {"why-past", giulia + "?at=2025-03-01&known=2025-03-05"},
		{"why-objected", o.subject(t, sample.Marco)}, {"erase", o.subject(t, sample.Elena) + "/erase"}, {"lists", "/lists"},
		{"run", run}, {"sums", sums}, {"failed", failed}, {"ledger", "/ledger"}, {"entry", entry}, {"entry-own", own},
		{"purposes", "/purposes"}, {"law", "/law"}, {"law-off", "/law?jurisdiction=US-CA"}, {"due", "/law/due?what=objection&on=2026-11-25"},
		{"notice", "/notices/signup/3"}, {"verify", "/verify"}, {"nothing", "/lists/nothing"},
	} {
		browser.Check(t, c.name, o.server.URL+c.path, in)
	}
}

func TestTheDoorInABrowser(t *testing.T) {
	o := onSQLite(t, 0)
	browser := uitest.Open(t)
	browser.Check(t, "signin", o.server.URL+o.invite(t, access.RoleViewer))
	browser.Check(t, "signed-out", o.server.URL+"/")
}

// TestTheWholeWayByKeyboard signs in, finds somebody and asks about a day, with
// no pointer; once without scripts.
func TestTheWholeWayByKeyboard(t *testing.T) {
	o := onSQLite(t, 0)
	browser := uitest.Open(t)
	for _, noScript := range []bool{false, true} {
		tab := browser.Tab(t, o.server.URL+o.invite(t, access.RoleOwner), uitest.View{Width: 1280, Language: "en", NoScript: noScript})
		press(t, tab, "main button", "\r")
		if got := tab.Text(t, "h1"); got != "Today" {
			t.Fatalf("after signing in the page is %q", got)
		}
		press(t, tab, `a[href="/subjects"]`, "\r")
		press(t, tab, "#who", sample.Giulia+"\r")
		if got := tab.Text(t, ".lead"); !strings.HasPrefix(got, sample.Giulia) {
			t.Fatalf("the search leads to %q", got)
		}
		press(t, tab, ".asof button", "\r")
		press(t, tab, "header.site form button", "\r")
		if got := tab.Text(t, "h1"); got != "You are signed out" {
			t.Errorf("after signing out the page is %q", got)
		}
		for _, fault := range tab.Faults() {
			t.Error(fault)
		}
	}
}

// press puts the focus somewhere and types keys, the last of which leads to a new page.
func press(t *testing.T, tab *uitest.Tab, selector, keys string) {
	t.Helper()
	if err := chromedp.Do(tab.Context, chromedp.Focus(chromedp.CSS(selector))); err != nil {
		t.Fatalf("focus %s: %v", selector, err)
	}
	if _, err := chromedp.RunResponse(tab.Context, chromedp.KeyEvent(keys)); err != nil {
		t.Fatalf("press %s: %v", selector, err)
	}
}

// TestProgressIsFollowedToTheResult watches a run in a browser with scripts.
func TestProgressIsFollowedToTheResult(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleMarketing)
	var long strings.Builder
	long.WriteString("Email\n")
	for range 20_000 {
		long.WriteString("somebody@posta.example\n")
	}
	run := v.upload("/lists", "list", "long.csv", long.String(), "kind", "clear", "use", "newsletter email").Request.URL.Path
	tab := uitest.Open(t).Tab(t, o.server.URL+run, uitest.View{Width: 360, Language: "it"}, uitest.Cookies(v.cookie()))
	const sentence = `document.querySelector(".bar .sentence") && document.querySelector(".bar .sentence").textContent`
	var said string
	var err error
	for range 20 { // the page moves on by itself, and takes with it whoever asks at that moment
		if said, err = chromedp.Run(tab.Context, chromedp.Poll[string](sentence)); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if want := "Si può scrivere a 0 persone su 20.000."; said != want {
		t.Errorf("the page comes to say %q, want %q", said, want)
	}
}
