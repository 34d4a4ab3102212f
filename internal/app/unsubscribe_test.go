// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/testkit/mta"
	"github.com/lecito/lecito/lawful"
)

// TestAMailIsLeftByOneClick has a real mail server carry a message with the
// headers that the API makes, and does what a mail program does with it.
func TestAMailIsLeftByOneClick(t *testing.T) {
	post := mta.Start(t)
	server := httptest.NewUnstartedServer(nil)
	a, err := app.New(t.Context(), app.Config{Dir: t.TempDir(), PublicURL: "http://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, a)
	shop(t, a)
	if server.Config.Handler, _, err = a.Handler(); err != nil {
		t.Fatal(err)
	}
	server.Start()
	defer server.Close()

	key, record := signingKey(t)
	headers := headersFor(t, a, "anna@posta.example")
	address := strings.Trim(headers["List-Unsubscribe"], "<>")
	sender, err := mail.ParseServer(post.Plain, "", key)
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), mail.Message{
		ID: "autumn.17", At: time.Now(), From: mail.Address{Name: "Bottega", Mailbox: "news@bottega.example"}, To: "anna@posta.example",
		Subject: "Novità", Text: "Le borse d'autunno.\n", Unsubscribe: address,
	})
	if err != nil {
		t.Fatal(err)
	}

	raw := post.Next(t)
	arrived, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range headers {
		if got := arrived.Header.Get(name); got != want {
			t.Errorf("%s arrives as %q, want %q", name, got, want)
		}
		if covered := signedHeaders(t, raw, record); !slices.Contains(covered, strings.ToLower(name)) {
			t.Errorf("the signature does not cover %s: %v", name, covered)
		}
	}
	if got := reason(t, a, "anna@posta.example"); got != lawful.ReasonConsentGiven {
		t.Fatalf("before the click it is %s", got)
	}
	click(t, strings.Trim(arrived.Header.Get("List-Unsubscribe"), "<>"), arrived.Header.Get("List-Unsubscribe-Post"))
	if got := reason(t, a, "anna@posta.example"); got != lawful.ReasonWithdrawn {
		t.Errorf("the very next decision is %s", got)
	}
	if got := reason(t, a, "luca@posta.example"); got != lawful.ReasonConsentGiven {
		t.Errorf("somebody else is %s", got)
	}
}

// headersFor asks the API for the headers of a message.
func headersFor(t *testing.T, a *app.App, address string) map[string]string {
	t.Helper()
	var made client.UnsubscribeHeaders
	err := a.Within(t.Context(), org, func(h *http.Client) error {
		c, err := client.New(client.Options{Server: "http://lecito", HTTPClient: h})
		if err != nil {
			return err
		}
		made, err = c.UnsubscribeHeaders(t.Context(), client.Mailing{
			Subject: client.Subject{Email: address}, Purpose: "newsletter", Message: "autumn.17",
		})
		return err
	})
	if err != nil || len(made.Headers) != 2 {
		t.Fatalf("%v: %v", err, made)
	}
	return made.Headers
}

// click posts as RFC 8058 has it: form data, no cookie, no redirect.
func click(t *testing.T, address, pair string) {
	t.Helper()
	name, value, _ := strings.Cut(pair, "=")
	body := "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n--b--\r\n"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK || len(answer.Cookies()) != 0 {
		t.Errorf("the click is answered %d, with cookies %v", answer.StatusCode, answer.Cookies())
	}
}

// signingKey makes a key, and the record that a domain would publish of it.
func signingKey(t *testing.T) (*mail.Key, string) {
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
	key, err := mail.ReadKey("bottega.example:lecito:" + file)
	if err != nil {
		t.Fatal(err)
	}
	return key, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
}

// signedHeaders lists what the one good signature of a message covers.
func signedHeaders(t *testing.T, raw []byte, record string) []string {
	t.Helper()
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")) // as a maildir has it, and as it travelled
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		LookupTXT: func(string) ([]string, error) { return []string{record}, nil },
	})
	if err != nil || len(found) != 1 || found[0].Err != nil {
		t.Fatalf("signatures: %v, %v", found, err)
	}
	var names []string
	for _, name := range found[0].HeaderKeys {
		names = append(names, strings.ToLower(name))
	}
	return names
}
