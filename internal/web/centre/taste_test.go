// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// uses tells whether Giulia's purchases may be used for the newsletter.
func (s *shop) uses(t *testing.T, data string) lawful.Reason {
	t.Helper()
	d, err := s.standing.Check(t.Context(), access.Local(sample.Organisation), standing.Question{
		Subject: giulia(), Purpose: "newsletter", Channel: "email", Data: []standing.Used{{Name: data}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.Reason
}

// partButton finds the yes (use) or no (omit) of a kind of data.
func partButton(t *testing.T, p page, act string) *html.Node {
	t.Helper()
	found := uitest.Find(p.doc, "#newsletter", "button[value="+act+"]")
	if len(found) != 1 {
		t.Fatalf("there are %d buttons to %s", len(found), act)
	}
	return found[0]
}

func TestAKindOfDataIsLeftOutAndAllowedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.link(t, s.to(t, sample.Giulia))
		p := s.see(t, address)
		if got := uitest.Attr(partButton(t, p, "use"), "aria-pressed"); got != "true" {
			t.Errorf("before, the page shows %s", got)
		}
		p = s.press(t, p, partButton(t, p, "omit"))
		if got := s.uses(t, "purchases"); got != lawful.ReasonDataRefused {
			t.Errorf("after no it is %s", got)
		}
		if got := s.uses(t, "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("other data is %s", got)
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("the newsletter is %s", got)
		}
		if uitest.Attr(partButton(t, p, "omit"), "aria-pressed") != "true" || pressed(t, p, "newsletter", "email") != "yes" {
			t.Error("the page does not show what was left out, or shows more")
		}
		if got := uitest.All(p.doc, "#newsletter", "ol.timeline"); !strings.HasPrefix(got, "You said no to the use of this data Choose the offers by what you bought") {
			t.Errorf("the history begins with %q", got)
		}
		p = s.press(t, p, uitest.Find(p.doc, "#newsletter", ".flash", "button")[0])
		if got := s.uses(t, "purchases"); got != lawful.ReasonConsentGiven {
			t.Errorf("after undoing it is %s", got)
		}
		p = s.press(t, p, partButton(t, p, "omit"))
		p = s.press(t, p, partButton(t, p, "use"))
		if got := s.uses(t, "purchases"); got != lawful.ReasonConsentGiven {
			t.Errorf("after yes it is %s", got)
		}
		before := len(uitest.Find(p.doc, "#newsletter", "ol.timeline", "li"))
		p = s.press(t, p, partButton(t, p, "use"))
		if after := len(uitest.Find(p.doc, "#newsletter", "ol.timeline", "li")); after != before {
			t.Error("what stands already is said again")
		}
		seal := uitest.Find(p.doc, "#newsletter", "ol.timeline", "a.seal")[0]
		file := browse(t, http.MethodGet, s.server.URL+uitest.Attr(seal, "href")+"/receipt.json", nil)
		v, err := evidence.Verify([]byte(file.text), evidence.Options{})
		if err != nil || !v.OK() || v.Receipt == nil {
			t.Fatalf("the receipt does not verify: %v, %v", v.Problems, err)
		}
		event, about := v.Receipt.Event, v.Receipt.Processing.Data
		if event.Data != "purchases" || event.Choice != lawful.Given || event.Text != "Choose the offers by what you bought" || len(about) != 1 || !about[0].Optional {
			t.Errorf("the receipt says %+v about %+v", event, about)
		}
		p = s.press(t, p, partButton(t, p, "omit"))
		p = s.press(t, p, button(t, p, "newsletter", "email", "no"))
		s.press(t, p, button(t, p, "newsletter", "email", "yes"))
		if got := s.uses(t, "purchases"); got != lawful.ReasonDataRefused {
			t.Errorf("a yes to the whole allowed what was left out: %s", got)
		}
	})
}

// likes sends the form of preferences with these boxes ticked.
func likes(t *testing.T, s *shop, p page, rhythm string, topics ...string) page {
	t.Helper()
	s.Clock.Advance(20 * time.Second)
	got := browse(t, http.MethodPost, strings.SplitN(p.Request.URL.String(), "?", 2)[0], url.Values{
		"act": {"like"}, "purpose": {"newsletter"}, "rhythm": {rhythm}, "topic": topics,
	})
	s.seal(t)
	return got
}

// ticked lists the boxes of the newsletter's preferences that are.
func ticked(p page) string {
	var out []string
	for _, box := range uitest.Find(p.doc, "#newsletter", "form.taste", "input") {
		for _, a := range box.Attr {
			if a.Key == "checked" {
				out = append(out, uitest.Attr(box, "value"))
			}
		}
	}
	return strings.Join(out, " ")
}

func TestTopicsAndRhythmArePreferences(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		if got := ticked(p); got != "bags workshop care all" {
			t.Errorf("where nobody chose, ticked are %q, want every topic and the first rhythm", got)
		}
		p = likes(t, s, p, "monthly", "bags", "care")
		if p.StatusCode != http.StatusOK || !strings.Contains(uitest.All(p.doc, "#newsletter", ".flash"), "your preferences are saved") {
			t.Fatalf("answers %d: %s", p.StatusCode, uitest.All(p.doc, ".flash"))
		}
		if got := ticked(p); got != "bags care monthly" {
			t.Errorf("ticked are %q", got)
		}
		if got := uitest.All(p.doc, "#newsletter", "ol.timeline"); !strings.HasPrefix(got, "You chose your preferences Bags and accessories, Caring for leather, Once a month") {
			t.Errorf("the history begins with %q", got)
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("a preference made it %s", got)
		}
		none := likes(t, s, p, "monthly")
		if !strings.Contains(uitest.All(none.doc, "#newsletter", ".flash"), "choose at least one topic") {
			t.Errorf("without a topic the card says %q", uitest.All(none.doc, "#newsletter", ".flash"))
		}
		for name, wrong := range map[string]page{"an unknown topic": likes(t, s, p, "monthly", "hats"), "one twice": likes(t, s, p, "all", "bags", "bags"), "an unknown rhythm": likes(t, s, p, "hourly", "bags")} {
			if wrong.StatusCode != http.StatusBadRequest {
				t.Errorf("%s answers %d", name, wrong.StatusCode)
			}
		}
		s.press(t, p, button(t, p, "newsletter", "email", "no"))
		p = s.see(t, s.link(t, s.to(t, sample.Giulia)))
		if got := len(uitest.Find(p.doc, "form.taste")); got != 0 {
			t.Error("preferences are asked for what is not received")
		}
	})
}
