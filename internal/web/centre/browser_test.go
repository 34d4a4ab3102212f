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
	browser.Check(t, "receipt", s.server.URL+uitest.Attr(seal, "href"))
	browser.Check(t, "centre-stopped", s.link(t, s.to(t, sample.Marco)), uitest.Languages("en"))
	browser.Check(t, "centre-expired", s.link(t, past), uitest.Languages("fr"))
	browser.Check(t, "door", s.server.URL+"/p/bottega/code")
	browser.Check(t, "unsubscribe", s.unsubscribe(t, to, "email"), uitest.Languages("es"))
	browser.Check(t, "notice", s.server.URL+"/n/bottega/signup/2", uitest.Languages("de"))
	browser.Check(t, "notice-changed", s.server.URL+"/n/bottega/signup/3?since=1")
	browser.Check(t, "house", s.server.URL+"/n/bottega")
}

func TestWhatWasJustDoneInABrowser(t *testing.T) {
	s := forABrowser(t)
	browser := uitest.Open(t)
	p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
	p = s.press(t, p, button(t, p, "newsletter", "sms", "yes"))
	browser.Check(t, "centre-done", p.Request.URL.String(), uitest.Languages("it"))
	p = s.press(t, p, uitest.Find(p.doc, "form.halt", "button")[0])
	browser.Check(t, "centre-undo", p.Request.URL.String(), uitest.Languages("fr"))
}

func TestByKeyboardAlone(t *testing.T) {
	s := forABrowser(t)
	address := s.link(t, s.to(t, sample.Giulia))
	for _, noScript := range []bool{false, true} {
		s.Clock.Advance(time.Minute)
		tab := uitest.Open(t).Tab(t, address, uitest.View{Width: 360, Language: "it", NoScript: noScript})
		typeKeys(t, tab, "\t\t\r") // past the link to the content: the first button
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
