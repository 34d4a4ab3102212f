// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// forABrowser opens the shop on SQLite: to a browser both stores are one.
func forABrowser(t *testing.T) *shop {
	t.Helper()
	env := testkit.Env{Dir: t.TempDir(), Clock: clock.NewManual(testkit.Start())}
	var err error
	if env.DB, err = db.Open(t.Context(), db.Options{Dir: env.Dir, Clock: env.Clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = env.DB.Close() })
	return open(t, env)
}

func TestPagesInABrowser(t *testing.T) {
	s := forABrowser(t)
	browser := uitest.Open(t)
	to := s.to(t, sample.Giulia)
	past := to
	past.Expires = s.Clock.Now().Add(-time.Minute)
	browser.Check(t, "centre", s.link(t, to))
	seal := uitest.Find(s.see(t, s.link(t, to)).doc, "#newsletter", "a.seal")[0]
	receipt := s.server.URL + uitest.Attr(seal, "href")
	browser.Check(t, "receipt", receipt)
	browser.Check(t, "receipt-mailed", receipt+"?did=sent")
	browser.Check(t, "centre-stopped", s.link(t, s.to(t, sample.Marco)))
	browser.Check(t, "centre-expired", s.link(t, past))
	browser.Check(t, "centre-nowhere", s.server.URL+"/p/nowhere")
	door := s.server.URL + "/p/bottega/code"
	knock := func(t *testing.T, tab *uitest.Tab) {
		tab.Type(t, "#email", "nessuno@posta.example")
		tab.Click(t, "form.door button")
	}
	browser.Check(t, "door", door)
	browser.Check(t, "door-code", door, uitest.Then(knock))
	browser.Check(t, "door-wrong", door, uitest.Then(func(t *testing.T, tab *uitest.Tab) {
		knock(t, tab)
		tab.Type(t, "#code", "000000")
		tab.Click(t, "form.door button")
	}))
	browser.Check(t, "centre-own-site", s.link(t, link.To{
		Org: to.Org, Subject: to.Subject, Expires: s.Clock.Now().Add(15 * time.Minute), Scope: link.ScopeChoices,
	}))
	browser.Check(t, "notice", s.server.URL+"/n/bottega/signup/2")
	browser.Check(t, "notice-latest", s.server.URL+"/n/bottega/orders")
	browser.Check(t, "notice-changed", s.server.URL+"/n/bottega/signup/3?since=1")
	browser.Check(t, "house", s.server.URL+"/n/bottega")
	browser.Check(t, "house-nowhere", s.server.URL+"/n/nobody")
}

func TestWhatWasJustDoneInABrowser(t *testing.T) {
	s := forABrowser(t)
	browser := uitest.Open(t)
	p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
	p = s.press(t, p, button(t, p, "newsletter", "sms", "yes"))
	browser.Check(t, "centre-done", p.Request.URL.String())
	p = s.press(t, p, uitest.Find(p.doc, "form.halt", "button")[0])
	browser.Check(t, "centre-undo", p.Request.URL.String())
}

func TestUnsubscribingInABrowser(t *testing.T) {
	s := forABrowser(t)
	s.redeclare(t, "  - id: events", narrowEvents)
	browser := uitest.Open(t)
	to := s.to(t, sample.Anna)
	p := s.see(t, s.link(t, to))
	p = s.press(t, p, button(t, p, "events", "email", "yes"))
	s.press(t, p, button(t, p, "newsletter", "email", "yes"))
	address, one := s.unsubscribe(t, to, "email"), s.message(t, to, link.Stop{Channel: "email", Purpose: "events"})
	browser.Check(t, "unsubscribe", address)
	browser.Check(t, "unsubscribe-nowhere", address+"x")
	browser.Check(t, "unsubscribe-one", one)
	oneClick(t, one)
	browser.Check(t, "unsubscribed-one", one)
	press := func(t *testing.T, tab *uitest.Tab, selector string) {
		t.Helper()
		s.Clock.Advance(time.Second)
		tab.Click(t, selector)
	}
	browser.Check(t, "unsubscribed-undone", one, uitest.Then(func(t *testing.T, tab *uitest.Tab) {
		if len(tab.Ask(t, `[...document.querySelectorAll("form.halt")].map(f => f.className)`)) > 0 { // as the view before left it
			press(t, tab, "form.halt button")
		}
		press(t, tab, "form.post button")
	}))
	s.Clock.Advance(time.Minute)
	oneClick(t, address)
	browser.Check(t, "unsubscribed", address)
	s.Clock.Advance(2 * time.Hour)
	browser.Check(t, "unsubscribed-for-good", address)
}

func TestUnsubscribingByKeyboardAlone(t *testing.T) {
	s := forABrowser(t)
	address := s.unsubscribe(t, s.to(t, sample.Giulia), "email")
	for _, noScript := range []bool{false, true} {
		s.Clock.Advance(time.Minute)
		tab := uitest.Open(t).Tab(t, address, uitest.View{Width: 360, Language: "it", NoScript: noScript})
		typeKeys(t, tab, "\t\t\r") // past the link to the content: the button
		if got := tab.Text(t, "h1"); got != "Fatto: la sua disiscrizione è registrata" {
			t.Errorf("after the button the page is headed %q", got)
		}
		s.Clock.Advance(time.Minute)
		typeKeys(t, tab, "\t\t\r") // undo stands first
		if got := tab.Text(t, ".flash"); !strings.HasPrefix(got, "Fatto: è tutto come prima") {
			t.Errorf("after undoing the page says %q", got)
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("after undoing it is %s", got)
		}
	}
}

func TestByKeyboardAlone(t *testing.T) {
	s := forABrowser(t)
	address := s.link(t, s.to(t, sample.Giulia))
	for _, noScript := range []bool{false, true} {
		s.Clock.Advance(time.Minute)
		tab := uitest.Open(t).Tab(t, address, uitest.View{Width: 360, Language: "it", NoScript: noScript})
		typeKeys(t, tab, "\t\t\t\r") // past the link to the content and the one thing received: the first button
		if got := tab.Text(t, ".stopped"); !strings.HasPrefix(got, "Non riceve più comunicazioni promozionali") {
			t.Errorf("after the button the page says %q", got)
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonObjected {
			t.Errorf("after the button it is %s", got)
		}
		s.Clock.Advance(time.Minute)
		typeKeys(t, tab, "\t\t\r") // undo stands first
		if got := tab.Text(t, ".flash"); !strings.HasPrefix(got, "Fatto: è tutto come prima") {
			t.Errorf("after undoing the page says %q", got)
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("after undoing it is %s", got)
		}
	}
}

// typeKeys presses keys, the last of which leads to a new page.
func typeKeys(t *testing.T, tab *uitest.Tab, keys string) {
	t.Helper()
	if _, err := chromedp.RunResponse(tab.Context, chromedp.KeyEvent(keys)); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutScripts(t *testing.T) {
	s := forABrowser(t)
	tab := uitest.Open(t).Tab(t, s.link(t, s.to(t, sample.Giulia)), uitest.View{Width: 360, Language: "fr", NoScript: true})
	s.Clock.Advance(time.Minute)
	tab.Click(t, `#newsletter form.ask button[value="no"]`)
	if got := tab.Text(t, "#newsletter .flash p"); !strings.Contains(got, "votre non est enregistré") {
		t.Errorf("after no the card says %q", got)
	}
	s.Clock.Advance(time.Minute)
	tab.Click(t, `footer a[hreflang="it"]`)
	tab.Click(t, `#newsletter form.ask button[value="yes"]`)
	if got := tab.Text(t, "#newsletter .flash p"); !strings.Contains(got, "il suo sì è registrato") {
		t.Errorf("after yes the card says %q", got)
	}
	if got := s.stand(t, choice.Subject{Email: sample.Giulia}, "newsletter", "email"); got != lawful.ReasonConsentGiven {
		t.Errorf("after yes it is %s", got)
	}
	if faults := tab.Faults(); len(faults) > 0 {
		t.Error(faults)
	}
}
