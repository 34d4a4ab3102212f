// SPDX-License-Identifier: Apache-2.0

package requests_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// TestForgedAndForeignLinksLeadNowhere, and change nothing.
func TestForgedAndForeignLinksLeadNowhere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		mine := s.ask(t, s.browser(t), form, fill(request.Access, sample.Marco, "")).Request.URL.Path
		token := mine[strings.LastIndexByte(mine, '/')+1:]
		flipped := []byte(token)
		flipped[20] ^= 1
		for name, path := range map[string]string{
			"one letter": form + "/" + string(flipped), "cut": form + "/" + token[:len(token)-2], "nothing": form + "/x",
			"another organisation": "/r/altra/" + token, "a preference centre's": form + "/" + s.centre(t, sample.Giulia),
			"to be known by": form + "/for/" + token, "no organisation": "/r/altra",
		} {
			if p := s.ask(t, s.browser(t), path, nil); p.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", name, p.StatusCode)
			}
			if p := s.ask(t, s.browser(t), path, url.Values{"do": {"withdraw"}}); p.StatusCode != http.StatusNotFound {
				t.Errorf("%s, posted: %d", name, p.StatusCode)
			}
		}
		s.work(t)
		all, _, err := s.requests.List(t.Context(), access.Local(org), request.ListQuery{})
		if err != nil || len(all) != 1 {
			t.Errorf("%d requests are open: %v", len(all), err)
		}
	})
}

// TestALinkForChoicesAloneAsksForNothing: a company hands such links out for a few
// minutes, and they show no data; a request would lead to a page that does.
func TestALinkForChoicesAloneAsksForNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		token := s.scoped(t, sample.Giulia, link.ScopeChoices)
		for _, filled := range []url.Values{nil, fill(request.Access, "", "")} {
			if p := s.ask(t, s.browser(t), form+"/for/"+token, filled); p.StatusCode != http.StatusNotFound {
				t.Errorf("it answers %d to %v", p.StatusCode, filled)
			}
		}
		all, _, err := s.requests.List(t.Context(), access.Local(org), request.ListQuery{})
		if err != nil || len(all) > 0 {
			t.Errorf("%d requests are open: %v", len(all), err)
		}
	})
}

// TestWhoFilledTheFormInIsNotThePerson: the first link can't confirm, and shows
// and changes nothing once the person has.
func TestWhoFilledTheFormInIsNotThePerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		mine := s.ask(t, s.browser(t), form, fill(request.Access, sample.Giulia, "")).Request.URL.Path
		s.work(t)
		theirs := linkIn(t, s.mailed()[0])
		if p := s.ask(t, s.browser(t), mine, url.Values{"do": {"mine"}}); p.StatusCode != http.StatusBadRequest {
			t.Errorf("the first link confirms: %d", p.StatusCode)
		}
		s.ask(t, s.browser(t), theirs, url.Values{"do": {"mine"}})
		s.ask(t, s.browser(t), theirs, url.Values{"do": {"say"}, "message": {"segreto"}})
		for _, form := range []url.Values{{"do": {"withdraw"}}, {"do": {"say"}, "message": {"x"}}} {
			if p := s.ask(t, s.browser(t), mine, form); p.StatusCode != http.StatusForbidden {
				t.Errorf("%s by the first link: %d", form.Get("do"), p.StatusCode)
			}
		}
		if p := s.ask(t, s.browser(t), mine, nil); strings.Contains(p.text, "segreto") || len(uitest.Find(p.doc, "textarea")) > 0 {
			t.Errorf("the first link shows %s", p.all("main"))
		}
	})
}

// TestAnotherSitesFormDoesNothing.
func TestAnotherSitesFormDoesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		mine := s.ask(t, s.browser(t), form, fill(request.Problem, sample.Giulia, "x")).Request.URL.Path
		for path, values := range map[string]url.Values{
			form: fill(request.Objection, sample.Giulia, ""), mine: {"do": {"withdraw"}},
			form + "/for/" + s.centre(t, sample.Giulia): {"kind": {request.Objection}},
		} {
			if p := s.ask(t, s.browser(t), path, values, "Sec-Fetch-Site", "cross-site"); p.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %d", path, p.StatusCode)
			}
		}
		desk := s.office(t, access.RoleDPO)
		s.work(t)
		one := uitest.Attr(uitest.Find(s.ask(t, desk, "/requests", nil).doc, ".queue", "a")[0], "href")
		if p := s.ask(t, desk, one, url.Values{"do": {"vouch"}}, "Sec-Fetch-Site", "cross-site"); p.StatusCode != http.StatusForbidden {
			t.Errorf("at the desk: %d", p.StatusCode)
		}
	})
}

// TestMarkupStaysText on both sides of the desk.
func TestMarkupStaysText(t *testing.T) {
	s := forABrowser(t)
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>`
	p := s.ask(t, s.browser(t), form, fill(request.Problem, sample.Giulia, evil+"\u202Eabc\x00"))
	s.work(t)
	desk := s.office(t, access.RoleDPO)
	one := uitest.Attr(uitest.Find(s.ask(t, desk, "/requests", nil).doc, ".queue", "a")[0], "href")
	preview := s.ask(t, desk, one, url.Values{"do": {"preview"}, "outcome": {request.OutcomeDone}, "answer": {evil}})
	for name, seen := range map[string]page{"the person": p, "the desk": s.ask(t, desk, one, nil), "the preview": preview} {
		if strings.Contains(seen.text, "<script>alert") || strings.Contains(seen.text, "<img src=x") || strings.ContainsAny(seen.text, "\u202E\x00") || !strings.Contains(seen.text, "&lt;script&gt;") {
			t.Errorf("%s sees markup", name)
		}
	}
	for _, m := range s.mailed() {
		if strings.Contains(m.Text+m.Subject, "script") {
			t.Error("a letter repeats what was written")
		}
	}
}

// TestAFloodIsHeldBack by network; nobody's mailbox is filled before that.
func TestAFloodIsHeldBack(t *testing.T) {
	s := forABrowser(t)
	c, taken := s.browser(t), 0
	for range 40 {
		p := s.ask(t, c, form, fill(request.Access, sample.Giulia, ""))
		switch p.StatusCode {
		case http.StatusOK:
			taken++
		case http.StatusTooManyRequests:
			if p.Header.Get("Retry-After") == "" {
				t.Error("nothing says when to try again")
			}
		default:
			t.Fatal(p.StatusCode)
		}
	}
	s.work(t)
	if letters := s.mailed(); taken != 20 || len(letters) != 3 {
		t.Errorf("%d were taken and %d letters sent, want 20 and 3", taken, len(letters))
	}
}

// TestTheDeskIsForWhoServesRights.
func TestTheDeskIsForWhoServesRights(t *testing.T) {
	s := forABrowser(t)
	s.ask(t, s.browser(t), form, fill(request.Problem, sample.Giulia, "x"))
	s.work(t)
	one := uitest.Attr(uitest.Find(s.ask(t, s.office(t, access.RoleDPO), "/requests", nil).doc, ".queue", "a")[0], "href")
	for _, role := range []string{access.RoleMarketing, access.RoleViewer} {
		c := s.office(t, role)
		for path, values := range map[string]url.Values{"/requests": nil, one: nil, one + "?": {"do": {"vouch"}}} {
			if p := s.ask(t, c, path, values); p.StatusCode != http.StatusForbidden {
				t.Errorf("%s at %s: %d", role, path, p.StatusCode)
			}
		}
		if p := s.ask(t, c, "/", nil); strings.Contains(p.text, "A request waits") || strings.Contains(p.text, `href="/requests"`) {
			t.Errorf("%s is shown requests", role)
		}
	}
}
