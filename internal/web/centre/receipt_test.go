// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

func TestReceiptSaysWhatWasChosenOnWhichWordsAndHowToChangeIt(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		p = s.press(t, p, button(t, p, "newsletter", "sms", "yes"))
		shown := uitest.Words(uitest.Find(p.doc, "#newsletter", "figure.words", "blockquote")[0])
		s.seal(t)
		p = s.see(t, s.link(t, s.to(t, sample.Giulia)))
		seal := uitest.Find(p.doc, "#newsletter", "a.seal")[0] // the latest
		to, err := p.Request.URL.Parse(uitest.Attr(seal, "href"))
		if err != nil {
			t.Fatal(err)
		}
		receipt := browse(t, http.MethodGet, to.String(), nil)
		if receipt.StatusCode != http.StatusOK {
			t.Fatalf("the receipt answers %d", receipt.StatusCode)
		}
		for _, want := range []string{"You said yes", shown, "Text message", "Bottega Esempio Srl", "Until you change your mind"} {
			if !strings.Contains(uitest.Words(receipt.doc), want) {
				t.Errorf("the receipt does not say %q", want)
			}
		}
		back, err := to.Parse(uitest.Attr(uitest.Find(receipt.doc, ".ways", "a")[0], "href"))
		if err != nil {
			t.Fatal(err)
		}
		if got := browse(t, http.MethodGet, back.String(), nil); got.StatusCode != http.StatusOK || len(uitest.Find(got.doc, "#newsletter")) == 0 {
			t.Error("the way to change the choice leads elsewhere")
		}
		paper := browse(t, http.MethodGet, to.String()+"/receipt.pdf", nil)
		if got := paper.Header.Get("Content-Type"); got != "application/pdf" || !strings.HasPrefix(paper.text, "%PDF-") {
			t.Errorf("the PDF is %s, %.8q", got, paper.text)
		}
		again := browse(t, http.MethodGet, to.String()+"/receipt.pdf", nil)
		if !bytes.Equal([]byte(again.text), []byte(paper.text)) {
			t.Error("the same receipt is another PDF")
		}
	})
}

func TestReceiptByMailGoesToThePersonsOwnAddress(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		p := s.see(t, s.link(t, to))
		receipt := s.see(t, s.server.URL+uitest.Attr(uitest.Find(p.doc, "#newsletter", "a.seal")[0], "href"))
		sent := s.press(t, receipt, uitest.Find(receipt.doc, "form.post", "button")[0])
		if got := uitest.All(sent.doc, ".flash"); !strings.Contains(got, "on its way") {
			t.Errorf("after asking the page says %q", got)
		}
		if err := s.sender.Send(t.Context(), sample.Organisation); err != nil {
			t.Fatal(err)
		}
		m := <-s.mail.messages
		if m.To != sample.Giulia || !strings.Contains(m.Text, "You said yes") || !strings.Contains(m.Text, "Bottega Esempio Srl") {
			t.Errorf("the message to %s says %s", m.To, m.Text)
		}
		_, token, found := strings.Cut(m.Text, s.server.URL+"/p/")
		if !found {
			t.Fatalf("no link is in %s", m.Text)
		}
		if got := browse(t, http.MethodGet, s.server.URL+"/p/"+strings.TrimSpace(token), nil); got.StatusCode != http.StatusOK || len(uitest.Find(got.doc, "#newsletter")) == 0 {
			t.Errorf("its link answers %d", got.StatusCode)
		}
		for range 25 {
			sent = s.press(t, receipt, uitest.Find(receipt.doc, "form.post", "button")[0])
		}
		if got := uitest.All(sent.doc, ".flash"); strings.Contains(got, "on its way") {
			t.Error("a mailbox can be flooded with receipts")
		}
		if got := browse(t, http.MethodPost, receipt.Request.URL.String(), nil, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); got.StatusCode != http.StatusForbidden {
			t.Errorf("another site's form answers %d", got.StatusCode)
		}
	})
}
