// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	ours "github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/mta"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// knock asks for a code as a person does who finds the page, and returns what it shows.
func (s *shop) knock(t *testing.T, address string) page {
	t.Helper()
	p := s.see(t, s.server.URL+"/p/"+sample.Organisation+"/code")
	return browse(t, http.MethodPost, p.Request.URL.String(), url.Values{"email": {address}})
}

func (s *shop) try(t *testing.T, address, code string) page {
	t.Helper()
	return browse(t, http.MethodPost, s.server.URL+"/p/"+sample.Organisation+"/code", url.Values{"email": {address}, "code": {code}})
}

// code is what the next message says.
func (s *shop) code(t *testing.T) string {
	t.Helper()
	m := <-s.mail.messages
	return m.Text[:6]
}

func TestACodeByMailOpensThePage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.knock(t, " Giulia.Ferri@posta.example ")
		if p.StatusCode != http.StatusOK || !strings.Contains(uitest.All(p.doc, "main"), "six digits") || strings.Contains(p.Request.URL.String(), "@") {
			t.Fatalf("%d at %s: %s", p.StatusCode, p.Request.URL, uitest.All(p.doc, "main"))
		}
		code := s.code(t)
		if got := s.try(t, sample.Giulia, "12"); got.StatusCode != http.StatusBadRequest || !strings.Contains(uitest.All(got.doc, ".error"), "does not open anything") {
			t.Errorf("a wrong code: %d, %s", got.StatusCode, uitest.All(got.doc, "main"))
		}
		if got := s.try(t, sample.Marco, code); got.StatusCode != http.StatusBadRequest {
			t.Errorf("for somebody else: %d", got.StatusCode)
		}
		in := s.try(t, sample.Giulia, code[:3]+" "+code[3:]) // as people type it
		if in.StatusCode != http.StatusOK || uitest.All(in.doc, "h1") != "Your choices" || !strings.Contains(in.text, sample.Giulia) {
			t.Fatalf("the right code: %d, %s", in.StatusCode, uitest.All(in.doc, "h1"))
		}
		if got := s.try(t, sample.Giulia, code); got.StatusCode != http.StatusBadRequest {
			t.Errorf("the same code again: %d", got.StatusCode)
		}
		s.Clock.Advance(time.Hour)
		late := browse(t, http.MethodGet, in.Request.URL.String(), nil)
		if late.StatusCode != http.StatusGone {
			t.Fatalf("an hour later: %d", late.StatusCode)
		}
		back := s.see(t, s.server.URL+uitest.Attr(uitest.Find(late.doc, "a.button")[0], "href"))
		if got := uitest.All(back.doc, "h1"); got != "Your choices, by e-mail" {
			t.Errorf("the way back leads to %q", got)
		}
	})
}

// TestTheDoorTellsNobodyWhoIsKnown: neither what it answers nor what it sets tells.
func TestTheDoorTellsNobodyWhoIsKnown(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		stranger := "nessuno@posta.example"
		unknown, known := s.knock(t, stranger), s.knock(t, sample.Giulia)
		same := func(a, b page) {
			t.Helper()
			if a.StatusCode != b.StatusCode || len(a.Header) != len(b.Header) || strings.ReplaceAll(a.text, stranger, sample.Giulia) != b.text {
				t.Errorf("%d and %d:\n%s\n%s", a.StatusCode, b.StatusCode, a.text, b.text)
			}
		}
		same(unknown, known)
		if m := <-s.mail.messages; m.To != sample.Giulia {
			t.Error("somebody unknown was sent a message")
		}
		same(s.try(t, stranger, "000000x"), s.try(t, sample.Giulia, "0"))
	})
}

func TestTheDoorStaysShut(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		door := s.server.URL + "/p/" + sample.Organisation + "/code"
		for name, c := range map[string]struct {
			to   string
			form url.Values
			more []string
			want int
		}{
			"no address":        {door, url.Values{}, nil, http.StatusBadRequest},
			"no e-mail address": {door, url.Values{"email": {"<script>"}}, nil, http.StatusBadRequest},
			"another site":      {door, url.Values{"email": {sample.Giulia}}, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
			"nobody's":          {s.server.URL + "/p/nobody/code", url.Values{"email": {sample.Giulia}}, nil, http.StatusNotFound},
			"too long":          {door, url.Values{"email": {strings.Repeat("a", 20_000) + "@posta.example"}}, nil, http.StatusBadRequest},
		} {
			if got := browse(t, http.MethodPost, c.to, c.form, c.more...); got.StatusCode != c.want {
				t.Errorf("%s: %d, want %d", name, got.StatusCode, c.want)
			}
		}
		s.knock(t, sample.Giulia)
		code := s.code(t)
		for range 5 {
			s.try(t, sample.Giulia, "1")
		}
		if got := s.try(t, sample.Giulia, code); got.StatusCode != http.StatusBadRequest {
			t.Errorf("after five wrong codes the right one answers %d", got.StatusCode)
		}
		s.knock(t, sample.Giulia)
		code = s.code(t)
		s.Clock.Advance(access.CodeLife)
		if got := s.try(t, sample.Giulia, code); got.StatusCode != http.StatusBadRequest {
			t.Errorf("after its time a code answers %d", got.StatusCode)
		}
	})
}

// TestNothingOfACodeOutlivesAnErasure: it opens nothing, and the store no longer
// knows that one was sent.
func TestNothingOfACodeOutlivesAnErasure(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		s.knock(t, sample.Giulia)
		code := s.code(t)
		if _, err := s.rights.Erase(t.Context(), access.Local(sample.Organisation), rights.Request{Subject: giulia()}); err != nil {
			t.Fatal(err)
		}
		if got := s.try(t, sample.Giulia, code); got.StatusCode != http.StatusBadRequest {
			t.Errorf("the code of somebody erased answers %d", got.StatusCode)
		}
		var codes int64
		s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
			var err error
			codes, err = db.One(ctx, tx, db.Value[int64], "SELECT count(*) FROM code WHERE org = $1", sample.Organisation)
			return err
		})
		if codes != 0 {
			t.Errorf("%d codes are kept", codes)
		}
	})
}

// TestACodeTravelsThroughARealMailServer to where a person reads it.
func TestACodeTravelsThroughARealMailServer(t *testing.T) {
	server := mta.Start(t)
	s := forABrowser(t)
	out, err := ours.ParseServer(server.Plain, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.mail.Mailer = out
	s.knock(t, sample.Giulia)
	m, err := mail.CreateReader(bytes.NewReader(server.Next(t)))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := m.Header.Subject()
	from, _ := m.Header.AddressList("From")
	if !strings.HasSuffix(subject, " is your code for Bottega Esempio Srl") || from[0].Address != "ciao@bottega.example" || m.Header.Get("List-Unsubscribe") != "" {
		t.Errorf("%q from %s", subject, from[0])
	}
	if in := s.try(t, sample.Giulia, subject[:6]); uitest.All(in.doc, "h1") != "Your choices" {
		t.Errorf("the code leads to %q", uitest.All(in.doc, "h1"))
	}
}

// TestWithoutAMailServerMessagesAreKept where whoever runs the program finds them.
func TestWithoutAMailServerMessagesAreKept(t *testing.T) {
	s := forABrowser(t)
	s.knock(t, sample.Giulia)
	code := s.code(t)
	files, err := filepath.Glob(filepath.Join(s.Dir, "outbox", "*.eml"))
	if err != nil || len(files) != 1 || strings.Contains(files[0], "giulia") {
		t.Fatalf("%v, %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil || !bytes.Contains(raw, []byte(code)) {
		t.Errorf("%v: the message does not hold the code", err)
	}
}
