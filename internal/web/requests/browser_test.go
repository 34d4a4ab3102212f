// SPDX-License-Identifier: Apache-2.0

package requests_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// cookies are those of somebody signed in.
func (s *shop) cookies(t *testing.T, c *http.Client) uitest.Option {
	t.Helper()
	base, err := url.Parse(s.server.URL)
	must(t, err)
	for _, cookie := range c.Jar.Cookies(base) {
		if cookie.Name == "lecito" {
			return uitest.Cookies(cookie)
		}
	}
	t.Fatal("nobody is signed in")
	return nil
}

func TestPagesInABrowser(t *testing.T) {
	s := forABrowser(t)
	browser := uitest.Open(t)
	known := form + "/for/" + s.centre(t, sample.Giulia)
	asked := s.ask(t, s.browser(t), form, fill(request.Access, sample.Giulia, "")).Request.URL.String()
	s.work(t)
	sent := linkIn(t, s.mailed()[0])
	problem := s.ask(t, s.browser(t), form, fill(request.Problem, "nessuno@posta.example", "Mi scrivete anche di notte.\nNon mi sembra giusto.")).Request.URL.String()
	s.work(t)
	browser.Check(t, "request-form", s.server.URL+form)
	browser.Check(t, "request-form-wrong", s.server.URL+form, uitest.Then(func(t *testing.T, tab *uitest.Tab) {
		tab.Type(t, "#email", "nessuno@posta.example")
		tab.Ask(t, `document.querySelector("form.asking").noValidate = true, []`)
		tab.Click(t, "form.asking button")
	}))
	browser.Check(t, "request-form-known", s.server.URL+known)
	browser.Check(t, "request-asked", asked)
	browser.Check(t, "request-confirm", sent)
	browser.Check(t, "request-problem", problem)
	browser.Check(t, "request-nowhere", s.server.URL+form+"/x")

	desk := s.office(t, access.RoleDPO)
	in := s.cookies(t, desk)
	queue := s.ask(t, desk, "/requests", nil)
	lines := uitest.Find(queue.doc, ".queue", "a")
	browser.Check(t, "queue", s.server.URL+"/requests", in)
	browser.Check(t, "desk-search", s.server.URL+uitest.Attr(lines[1], "href"), in)
	s.Clock.Advance(9 * 24 * time.Hour)
	desk = s.office(t, access.RoleOwner)
	in = s.cookies(t, desk)
	s.ask(t, s.browser(t), sent, url.Values{"do": {"mine"}})
	one := uitest.Attr(lines[0], "href")
	s.ask(t, desk, one, url.Values{"do": {"reply"}, "reply": {"Ci stiamo lavorando."}})
	browser.Check(t, "desk", s.server.URL+one, in)
	browser.Check(t, "request-going-on", sent)
	browser.Check(t, "desk-preview", s.server.URL+one, in, uitest.Then(func(t *testing.T, tab *uitest.Tab) {
		tab.Ask(t, `document.querySelector("#outcome").value = "done", []`)
		tab.Type(t, "#answer", "Ecco i suoi dati.")
		tab.Click(t, `button[value="preview"]`)
	}))
	s.ask(t, desk, one, url.Values{"do": {"answer"}, "outcome": {request.OutcomePartly}, "answer": {"Ecco i suoi dati.\n\nUna parte riguarda altre persone, e non possiamo darla."}})
	s.work(t)
	browser.Check(t, "request-answered", sent)
	s.ask(t, s.browser(t), problem, url.Values{"do": {"withdraw"}})
	browser.Check(t, "request-withdrawn", problem)
	browser.Check(t, "desk-answered", s.server.URL+one, in)
	browser.Check(t, "today-requests", s.server.URL+"/", in)
}

// TestByKeyboardWithoutScripts asks, confirms and reads, on a telephone.
func TestByKeyboardWithoutScripts(t *testing.T) {
	s := forABrowser(t)
	for _, noScript := range []bool{false, true} {
		tab := uitest.Open(t).Tab(t, s.server.URL+form, uitest.View{Width: 360, Language: "it", NoScript: noScript})
		focus(t, tab, "#kind-access", " ")
		focus(t, tab, "#email", sample.Giulia)
		enter(t, tab, "form.asking button")
		if got := tab.Text(t, ".sentence"); !strings.HasPrefix(got, "L’abbiamo ricevuta.") {
			t.Fatalf("after the form the page says %q", got)
		}
		s.work(t)
		tab = uitest.Open(t).Tab(t, linkIn(t, s.mailed()[0]), uitest.View{Width: 360, Language: "it", NoScript: noScript})
		enter(t, tab, `button[value="mine"]`)
		if got := tab.Text(t, ".sentence"); got != "Sappiamo che è lei e ce ne stiamo occupando." {
			t.Errorf("after confirming the page says %q", got)
		}
		for _, fault := range tab.Faults() {
			t.Error(fault)
		}
	}
}

func focus(t *testing.T, tab *uitest.Tab, selector, keys string) {
	t.Helper()
	must(t, chromedp.Do(tab.Context, chromedp.Focus(chromedp.CSS(selector))))
	must(t, chromedp.Do(tab.Context, chromedp.KeyEvent(keys)))
}

// enter presses a button that leads to a new page.
func enter(t *testing.T, tab *uitest.Tab, selector string) {
	t.Helper()
	must(t, chromedp.Do(tab.Context, chromedp.Focus(chromedp.CSS(selector))))
	if _, err := chromedp.RunResponse(tab.Context, chromedp.KeyEvent("\r")); err != nil {
		t.Fatal(err)
	}
}
