// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
)

// A stranger at the door learns nothing of who is known, not from how much work
// it makes either: for somebody known, for nobody and for somebody erased the
// store is asked the same number of things.
func TestTheDoorAsksTheStoreTheSameForEverybody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		if env.Options.URL == "" {
			return // statements can be counted where they travel
		}
		s := open(t, env)
		const stranger = "nessuno@posta.example"
		for _, address := range []string{stranger, sample.Erased, sample.Giulia} {
			s.knock(t, address)
		}
		s.code(t) // the last of them was dealt with
		wire := testkit.Tap(t, env.Options.URL)
		pages := s.through(t, env.OpenWith(t, func(o *db.Options) { o.URL = wire.URL }))
		asked := func(form url.Values) int64 {
			t.Helper()
			before := wire.Statements()
			r := httptest.NewRequest(http.MethodPost, "/p/bottega/code", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			pages.ServeHTTP(httptest.NewRecorder(), r)
			return wire.Statements() - before
		}
		for _, code := range [][]string{nil, {"1"}} {
			form := func(address string) url.Values {
				f := url.Values{"email": {address}}
				if code != nil {
					f["code"] = code
				}
				return f
			}
			for _, address := range []string{stranger, sample.Giulia} {
				asked(form(address)) // what is read once and kept is read now
			}
			want := asked(form(sample.Giulia))
			for _, address := range []string{stranger, sample.Erased, sample.Marco} {
				if got := asked(form(address)); got != want || code != nil && got == 0 {
					t.Errorf("with the code %v: %d statements, and %d for somebody known", code, got, want)
				}
			}
		}
	})
}

// through makes pages that work on another connection to the same store.
func (s *shop) through(t *testing.T, store *db.DB) http.Handler {
	t.Helper()
	drawn, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := centre.New(centre.Config{
		DB: store, Ledger: s.ledger, Subjects: s.subjects, Register: s.register, Choices: s.choices, Standing: s.standing,
		Links: s.links, UI: drawn, Codes: access.New(store, s.ledger, s.secrets), Mail: s.mail,
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// A link opens what it was made for and nothing beside: not what is of somebody
// else, of another kind, or over.
func TestLinksAreNoKeysToAnythingElse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		giulias, marcos := s.to(t, sample.Giulia), s.to(t, sample.Marco)
		mine, leave := s.link(t, giulias), s.message(t, giulias, link.Stop{Channel: "email", Purpose: "newsletter", Message: "m1"})
		his := s.history(t, sample.Marco)[0].Entry
		if got := browse(t, http.MethodGet, mine+"/receipts/"+his, nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("somebody else's receipt answers %d", got.StatusCode)
		}
		own := s.history(t, sample.Giulia)[0].Entry
		if got := browse(t, http.MethodGet, mine+"/receipts/"+own, nil); got.StatusCode != http.StatusOK {
			t.Errorf("her own receipt answers %d", got.StatusCode)
		}
		// The unsubscribe link, which is in every message, opens no choices and no data.
		token := lastOf(leave)
		for _, path := range []string{"/p/" + token, "/p/" + token + "/data.json", "/p/" + token + "/data.csv", "/p/" + token + "/receipts/" + own} {
			if got := browse(t, http.MethodGet, s.server.URL+path, nil); got.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers %d", path[strings.LastIndex(path, "/"):], got.StatusCode)
			}
		}
		// Undoing names an entry: neither somebody else's nor an old one of one's own can be.
		for _, entry := range []string{his, own, "", "x"} {
			if got := browse(t, http.MethodPost, mine, url.Values{"act": {"undo"}, "entry": {entry}}); got.StatusCode != http.StatusConflict {
				t.Errorf("undoing %q answers %d", entry, got.StatusCode)
			}
		}
		// Nor can a yes be said with a reference to an identifier of somebody else.
		p := s.see(t, s.link(t, marcos))
		form := url.Values{"act": {"yes"}, "purpose": {"newsletter"}, "channel": {"email"}}
		for _, ask := range strings.Split(p.text, `name="to" value="`)[1:] {
			to, _, _ := strings.Cut(ask, `"`)
			form.Set("to", to)
			if got := browse(t, http.MethodPost, mine, form); got.StatusCode != http.StatusBadRequest {
				t.Errorf("a yes with somebody else's identifier answers %d", got.StatusCode)
			}
		}
		s.Clock.Advance(link.Life)
		for _, path := range []string{"", "/data.json", "/data.csv", "/data.txt", "/receipts/" + own} {
			if got := browse(t, http.MethodGet, mine+path, nil); got.StatusCode != http.StatusGone {
				t.Errorf("a month later %s answers %d", path, got.StatusCode)
			}
		}
		if got := browse(t, http.MethodPost, mine, url.Values{"act": {"stop"}}); got.StatusCode != http.StatusGone {
			t.Errorf("a month later a form answers %d", got.StatusCode)
		}
		if got := oneClick(t, leave); got != http.StatusOK {
			t.Errorf("years later the way out answers %d", got)
		}
	})
}

// Six digits are guessed one time in 200 000 by five tries, however they are made.
func TestGuessingCodes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		s.knock(t, sample.Giulia)
		code := s.code(t)
		for i, guess := range []string{"", "0", code + "0", code[:5], strings.Repeat(code, 1000), "' OR 1=1 --"} {
			if got := s.try(t, sample.Giulia, guess); got.StatusCode == http.StatusOK {
				t.Errorf("guess %d opens the page", i)
			}
		}
		if got := s.try(t, strings.ToUpper(sample.Giulia), code); got.StatusCode != http.StatusBadRequest {
			t.Error("another spelling of the address has tries of its own")
		}
		// Asking again gives a new code, ten times a day and no more.
		for range 9 {
			s.knock(t, sample.Giulia)
			s.code(t)
		}
		s.Clock.Advance(time.Minute)
		s.knock(t, sample.Giulia)
		s.knock(t, sample.Marco) // whose message comes after hers would have
		if m := <-s.mail.messages; m.To != sample.Marco {
			t.Error("an eleventh code was sent")
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
