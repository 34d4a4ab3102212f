// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// shape is a token as long as a short one can be, with nothing true in it.
func shape() string {
	raw := append([]byte{1, 'p'}, make([]byte, 32)...)
	raw = append(raw, 0, 1, 'o')
	return base64.RawURLEncoding.EncodeToString(append(raw, make([]byte, 16)...))
}

// narrow is one that says more at its end.
func narrow(word string) string {
	raw := append([]byte{1, 'u'}, make([]byte, 32)...)
	raw = append(raw, 5)
	raw = append(append(raw, "email"...), 1, 'o', byte(len(word)))
	return base64.RawURLEncoding.EncodeToString(append(append(raw, word...), make([]byte, 16)...))
}

func FuzzLink(f *testing.F) {
	f.Add(shape())
	f.Add("")
	f.Add("AXA")
	f.Add(strings.Repeat("A", 801))
	f.Add(shape() + "=")
	f.Add(narrow("newsletter"))
	f.Add(narrow(""))
	f.Fuzz(func(t *testing.T, token string) {
		if again, ok := centre.Parse(token); ok && again != token {
			t.Errorf("%q is read as %q: one link has two spellings", token, again)
		}
	})
}

func TestALinkSaysNothingOfThePerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		for _, address := range []string{s.link(t, to), s.unsubscribe(t, to, "email")} {
			token := address[strings.LastIndex(address, "/")+1:]
			raw, err := base64.RawURLEncoding.DecodeString(token)
			if err != nil || bytes.Contains(raw, []byte("giulia")) || len(token) > 120 {
				t.Errorf("the link is %d long, or says who it is for: %v", len(token), err)
			}
		}
	})
}

func TestNoLinkInTheLog(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		var log bytes.Buffer
		drawn, err := ui.New()
		if err != nil {
			t.Fatal(err)
		}
		broken := env.Reopen(t)
		pages, err := centre.New(centre.Config{
			DB: broken, Ledger: s.ledger, Subjects: s.subjects, Register: s.register, Choices: s.choices, Standing: s.standing,
			Links: s.links, UI: drawn, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		address := s.link(t, s.to(t, sample.Giulia))
		token := address[strings.LastIndex(address, "/")+1:]
		if err := broken.Close(); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/p/"+token, nil))
		if w.Code < 500 || !strings.Contains(log.String(), "reference=") {
			t.Errorf("a broken store answers %d and logs %q", w.Code, log.String())
		}
		if strings.Contains(log.String(), token) || strings.Contains(log.String(), sample.Giulia) {
			t.Error("the log holds the link")
		}
	})
}

// Two people share a phone: each acts for themselves.
func TestASharedPhoneIsTwoPeople(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		const shared = "+393331234567"
		for _, address := range []string{"anna@posta.example", "bruno@posta.example"} {
			request := choice.Request{
				Subject: choice.Subject{Email: address, Phone: shared}, Source: "footer-form",
				Choices: []choice.Choice{{Purpose: "newsletter", Channel: "email", Choice: lawful.Refused}},
			}
			if _, err := s.choices.Take(t.Context(), access.Local(sample.Organisation), request); err != nil {
				t.Fatal(err)
			}
		}
		s.seal(t)
		bruno := s.see(t, s.link(t, s.to(t, "bruno@posta.example")))
		s.press(t, bruno, button(t, bruno, "newsletter", "sms", "yes"))
		anna := s.see(t, s.link(t, s.to(t, "anna@posta.example")))
		if got := all(anna.doc, "#newsletter"); !strings.Contains(got, "somebody who uses the same contact") || strings.Contains(anna.text, "bruno@") {
			t.Errorf("Anna's page says %q", got)
		}
		before := len(uitest.Find(anna.doc, "#newsletter", "ol.timeline", "li"))
		anna = s.press(t, anna, button(t, anna, "newsletter", "sms", "yes"))
		if got := len(uitest.Find(anna.doc, "#newsletter", "ol.timeline", "li")); got != before+1 {
			t.Errorf("Anna's own yes left %d lines in her history", got-before)
		}
		s.press(t, anna, button(t, anna, "newsletter", "sms", "no"))
		if got := s.stand(t, choice.Subject{Phone: shared}, "newsletter", "sms"); got != lawful.ReasonWithdrawn {
			t.Errorf("after Anna's no the phone is %s", got)
		}
	})
}
