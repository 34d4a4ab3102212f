// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-msgauth/dkim"

	"github.com/lecito/lecito/internal/choice"
	ours "github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/testkit/mta"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

func TestConfirmingInABrowser(t *testing.T) {
	s := forABrowser(t)
	browser := uitest.Open(t)
	address, refused, left := s.asked(t, carla), s.asked(t, "dario@posta.example"), s.asked(t, "elsa@posta.example")
	to := s.to(t, carla)
	to.Identifier = lawful.Identifier{}
	browser.Check(t, "confirm", address)
	browser.Check(t, "centre-waiting", s.link(t, to))
	p := s.see(t, address)
	s.press(t, p, saying(t, p, "yes"))
	browser.Check(t, "confirm-done", address)
	p = s.see(t, refused)
	p = s.press(t, p, saying(t, p, "no"))
	browser.Check(t, "confirm-no", p.Request.URL.String())
	browser.Check(t, "confirm-over", refused)
	s.Clock.Advance(message.LinkLife)
	browser.Check(t, "confirm-late", left)
	browser.Check(t, "confirm-again", left+"?did=again")
}

// TestConfirmingByKeyboardAlone, with scripts and without.
func TestConfirmingByKeyboardAlone(t *testing.T) {
	s := forABrowser(t)
	browser := uitest.Open(t)
	for who, noScript := range map[string]bool{carla: false, "dario@posta.example": true} {
		tab := browser.Tab(t, s.asked(t, who), uitest.View{Width: 360, Language: "it", NoScript: noScript})
		typeKeys(t, tab, "\t\t\r") // past the link to the content: the first button
		if got := tab.Text(t, "h1"); got != "Confermato" {
			t.Errorf("after the button the page is %q", got)
		}
		if got := s.stand(t, choice.Subject{Email: who}, "partner", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("after the button it is %s", got)
		}
		for _, fault := range tab.Faults() {
			t.Error(fault)
		}
	}
}

// TestAConfirmationTravelsThroughARealMailServer, signed, and its link is followed
// in a browser: from the form to a yes that counts.
func TestAConfirmationTravelsThroughARealMailServer(t *testing.T) {
	server := mta.Start(t)
	s := forABrowser(t)
	browser := uitest.Open(t)
	key, record := signingKey(t)
	out, err := ours.ParseServer(server.Plain, "", key)
	if err != nil {
		t.Fatal(err)
	}
	s.mail.Mailer = out
	s.signUp(t, carla)
	raw := server.Next(t)
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{record}, nil }})
	if err != nil || len(found) != 1 || found[0].Err != nil || found[0].Domain != "bottega.example" {
		t.Errorf("%d signatures: %v", len(found), err)
	}
	m, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	to, _ := m.Header.AddressList("To")
	subject, _ := m.Header.Subject()
	if len(to) != 1 || to[0].Address != carla || subject != "È stato lei a dirci di sì?" || m.Header.Get("List-Unsubscribe") != "" {
		t.Errorf("%q to %v", subject, to)
	}
	text := ""
	for _, kind := range []string{"text/plain", "text/html"} {
		part, err := m.NextPart()
		if err != nil || !strings.HasPrefix(part.Header.Get("Content-Type"), kind) {
			t.Fatalf("%v, want %s", err, kind)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatal(err)
		}
		if kind == "text/plain" {
			text = string(body)
		} else if !strings.Contains(string(body), confirmation.FindString(text)) {
			t.Error("the HTML has another link, or none")
		}
	}
	tab := browser.Tab(t, confirmation.FindString(text), uitest.View{Width: 360, Language: "it"})
	tab.Click(t, `button[value="yes"]`)
	if got := tab.Text(t, "h1"); got != "Confermato" {
		t.Errorf("the link leads to %q", got)
	}
	if got := s.stand(t, choice.Subject{Email: carla}, "partner", "email"); got != lawful.ReasonConsentGiven {
		t.Errorf("after it all it is %s", got)
	}
}

// signingKey makes a key, and the DNS record that publishes it.
func signingKey(t *testing.T) (*ours.Key, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := ours.ReadKey("bottega.example:lecito:" + file)
	if err != nil {
		t.Fatal(err)
	}
	return key, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
}
