// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// post asks as a mail program does: no cookie, no redirect followed.
func post(t *testing.T, address, kind, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response
}

const multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"

func TestOneClickUnsubscribe(t *testing.T) {
	for name, c := range map[string]struct{ kind, body string }{
		"urlencoded": {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"multipart":  {"multipart/form-data; boundary=b", multipart},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				s := open(t, env)
				to := s.to(t, sample.Giulia)
				phone := choice.Subject{Phone: "+393330009001"}
				p := s.see(t, s.link(t, to))
				p = s.press(t, p, button(t, p, "newsletter", "sms", "yes"))
				address := s.unsubscribe(t, to, "email")
				before := len(uitest.Find(p.doc, "#newsletter", "ol.timeline", "li"))
				for range 3 { // mail programs repeat themselves
					s.Clock.Advance(1)
					got := post(t, address+"?lang=fr", c.kind, c.body)
					if got.StatusCode != http.StatusOK || len(got.Cookies()) != 0 {
						t.Fatalf("answers %d with cookies %v", got.StatusCode, got.Cookies())
					}
				}
				if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
					t.Errorf("after unsubscribing e-mail is %s", got)
				}
				if got := s.stand(t, giulia(), "events", "email"); got != lawful.ReasonWithdrawn {
					t.Errorf("after unsubscribing another purpose is %s", got)
				}
				if got := s.stand(t, phone, "newsletter", "sms"); got != lawful.ReasonConsentGiven {
					t.Errorf("after unsubscribing from e-mail text messages are %s", got)
				}
				after := s.see(t, s.link(t, to))
				if n := len(uitest.Find(after.doc, "#newsletter", "ol.timeline", "li")); n != before+1 {
					t.Errorf("three repetitions left %d entries", n-before)
				}
				s.press(t, after, button(t, after, "newsletter", "email", "yes"))
				post(t, address, c.kind, c.body)
				if got := s.stand(t, giulia(), "newsletter", "email"); got == lawful.ReasonConsentGiven {
					t.Error("unsubscribing after a new yes did nothing")
				}
			})
		})
	}
}

func TestFollowingAnUnsubscribeLinkDoesNothingByItself(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.unsubscribe(t, s.to(t, sample.Giulia), "email")
		p := s.see(t, address)
		if got := post(t, address, "application/x-www-form-urlencoded", "x=y"); got.StatusCode != http.StatusBadRequest {
			t.Errorf("a form without the pair of RFC 8058 answers %d", got.StatusCode)
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("looking at the page made it %s", got)
		}
		p = s.press(t, p, uitest.Find(p.doc, "form.halt", "button")[0])
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn || !strings.Contains(uitest.All(p.doc, ".stopped"), "sends you no more advertising") {
			t.Errorf("after the button it is %s, and the page says %s", got, uitest.All(p.doc, "main"))
		}
	})
}

func TestACopyOfOnesData(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.link(t, s.to(t, sample.Giulia))
		file := browse(t, http.MethodGet, address+"/data.json", nil)
		var copied struct {
			Identifiers []struct{ Kind, Value string }
			Facts       []struct {
				Entry  string
				Choice *lawful.Choice
			}
		}
		if err := json.Unmarshal([]byte(file.text), &copied); err != nil {
			t.Fatal(err)
		}
		if len(copied.Identifiers) != 3 || len(copied.Facts) != 4 {
			t.Errorf("the copy has %d identifiers and %d facts, want 3 and 4", len(copied.Identifiers), len(copied.Facts))
		}
		if got := file.Header.Get("Content-Disposition"); got != `attachment; filename="bottega-data.json"` {
			t.Errorf("it downloads as %s", got)
		}
		text := browse(t, http.MethodGet, address+"/data.txt", nil, "Accept-Language", "it").text
		for _, want := range []string{sample.Giulia, "18 gennaio 2024", "Ha detto di no a tutta la pubblicità su questo canale", "Modulo a piè di pagina"} {
			if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
				t.Errorf("the copy to read does not say %q:\n%s", want, text)
			}
		}
	})
}

func TestTheRightBodyOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.link(t, s.to(t, sample.Giulia))
		got := browse(t, http.MethodPost, address, url.Values{"act": {strings.Repeat("x", 1<<20)}})
		if got.StatusCode < 400 || got.StatusCode >= 500 {
			t.Errorf("an endless form answers %d", got.StatusCode)
		}
	})
}
