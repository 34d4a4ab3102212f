// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"slices"
	"testing"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// walk is somebody on the page who wants one thing, and counts what they do.
type walk struct {
	*shop

	page  page
	steps int
}

// most is more steps than anything on the page may take.
const most = 5

// until presses what the page offers for an act, until it is so, and counts. On
// a page where the way is longer than one tap, the next thing pressed is whatever
// main button the page that came up shows.
func (w *walk) until(t *testing.T, offered func(page) *html.Node, so func() bool) int {
	t.Helper()
	w.steps = 0
	for !so() {
		if w.steps++; w.steps > most {
			t.Fatalf("not done after %d steps", most)
		}
		next := offered(w.page)
		if next == nil { // another page came up: a question, a form
			next = uitest.Find(w.page.doc, "main", "button")[0]
		}
		w.page = w.press(t, w.page, next)
	}
	return w.steps
}

// permitted asks whether something is, now.
func (s *shop) permitted(t *testing.T, q standing.Question) bool {
	t.Helper()
	d, err := s.standing.Check(t.Context(), access.Local(sample.Organisation), q)
	if err != nil {
		t.Fatal(err)
	}
	return d.Permitted
}

// offer finds a button of a purpose's card by its act and one field of its form.
func offer(purpose, field, value, act string) func(page) *html.Node {
	return func(p page) *html.Node {
		for _, form := range uitest.Find(p.doc, "#"+purpose, "form.ask") {
			named := slices.ContainsFunc(uitest.Find(form, "input[name="+field+"]"), func(n *html.Node) bool { return uitest.Attr(n, "value") == value })
			if found := uitest.Find(form, "button[value="+act+"]"); named && len(found) == 1 {
				return found[0]
			}
		}
		return nil
	}
}

// TestWithdrawingNeverTakesMoreStepsThanGiving (GDPR art. 7(3)): for each thing
// that can be said yes to on the page, it is given and withdrawn, and what that
// took is counted; so is the way to stop everything.
func TestWithdrawingNeverTakesMoreStepsThanGiving(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		w := &walk{shop: s, page: s.see(t, s.link(t, s.to(t, sample.Giulia)))}
		who := map[string]choice.Subject{"email": giulia(), "sms": {Phone: "+393330009001"}}
		for _, use := range []struct{ purpose, channel string }{
			{"newsletter", "email"}, {"newsletter", "sms"}, {"events", "email"}, {"profiling", "email"}, {"partner", "email"},
		} {
			q := standing.Question{Subject: who[use.channel], Purpose: use.purpose, Channel: use.channel}
			yes, no := offer(use.purpose, "channel", use.channel, "yes"), offer(use.purpose, "channel", use.channel, "no")
			w.until(t, no, func() bool { return !s.permitted(t, q) })
			gave := w.until(t, yes, func() bool { return s.permitted(t, q) })
			withdrew := w.until(t, no, func() bool { return !s.permitted(t, q) })
			if gave == 0 || withdrew == 0 || withdrew > gave {
				t.Errorf("%s by %s: given in %d steps, withdrawn in %d", use.purpose, use.channel, gave, withdrew)
			}
		}
		w.until(t, offer("newsletter", "channel", "email", "yes"), func() bool {
			return s.permitted(t, standing.Question{Subject: giulia(), Purpose: "newsletter", Channel: "email"})
		})
		bought := standing.Question{Subject: giulia(), Purpose: "newsletter", Channel: "email", Data: []standing.Used{{Name: "purchases"}}}
		omitted := w.until(t, offer("newsletter", "data", "purchases", "omit"), func() bool { return !s.permitted(t, bought) })
		allowed := w.until(t, offer("newsletter", "data", "purchases", "use"), func() bool { return s.permitted(t, bought) })
		if omitted == 0 || omitted > allowed {
			t.Errorf("data is allowed in %d steps and left out in %d", allowed, omitted)
		}
		halt := func(p page) *html.Node { return uitest.Find(p.doc, "form.halt", "button")[0] }
		if all := w.until(t, halt, func() bool {
			return !s.permitted(t, standing.Question{Subject: giulia(), Purpose: "newsletter", Channel: "email"})
		}); all != 1 {
			t.Errorf("stopping everything takes %d steps", all)
		}
	})
}

// TestYesAndNoLookAlike: a no is as large as the yes beside it, and stands on the
// same line.
func TestYesAndNoLookAlike(t *testing.T) {
	s := forABrowser(t)
	tab := uitest.Open(t).Tab(t, s.link(t, s.to(t, sample.Marco)), uitest.View{Width: 360, Language: "it"})
	const question = `[...document.querySelectorAll("form.ask .two")].flatMap(two => {
		const [yes, no] = [...two.querySelectorAll("button")], a = yes.getBoundingClientRect(), b = no.getBoundingClientRect();
		const look = e => { const s = getComputedStyle(e); return [s.fontSize, s.fontFamily, s.cursor, s.borderTopWidth].join() };
		const alike = Math.abs(a.width - b.width) < 1.5 && a.height === b.height && a.top === b.top && (yes.disabled || look(yes) === look(no));
		return alike ? [] : [two.innerText + ": " + a.width + "x" + a.height + " and " + b.width + "x" + b.height + ", " + look(yes) + " and " + look(no)];
	}).concat(document.querySelector("form.ask .two") ? [] : ["nothing to choose"])`
	for _, unlike := range tab.Ask(t, question) {
		t.Error(unlike)
	}
}
