// SPDX-License-Identifier: Apache-2.0

package mail_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	ours "github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit/mta"
)

func message(to string) ours.Message {
	return ours.Message{
		ID: "msg-1", At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Language: "it",
		From: ours.Address{Name: "Bottega “Esempio”, Lucca", Mailbox: "ciao@bottega.example"}, To: to,
		Subject: "È tuo questo indirizzo?", Text: "Ciao,\nconferma.\n", HTML: "<p>Ciao, <b>conferma</b>.</p>",
		Unsubscribe: "https://bottega.example/u/abc",
	}
}

// parts reads a message as a mail program does.
func parts(t *testing.T, raw []byte) (header mail.Header, text, html string) {
	t.Helper()
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return r.Header, text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			html = string(body)
		} else {
			text = string(body)
		}
	}
}

// TestAMessageArrives through a real server, each way there is.
func TestAMessageArrives(t *testing.T) {
	server := mta.Start(t)
	for name, address := range map[string]string{"on this machine": server.Plain, "TLS": server.TLS} {
		s, err := ours.ParseServer(address, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Trust(server.Roots)
		if err := s.Send(t.Context(), message("anna@"+mta.Domain)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		header, text, html := parts(t, server.Next(t))
		subject, _ := header.Subject()
		from, _ := header.AddressList("From")
		id, _ := header.MessageID()
		if subject != "È tuo questo indirizzo?" || from[0].Name != "Bottega “Esempio”, Lucca" || id != "msg-1@bottega.example" {
			t.Errorf("%s: %q from %v, %s", name, subject, from, id)
		}
		if text != "Ciao,\nconferma.\n" || !strings.Contains(html, "<b>conferma</b>") {
			t.Errorf("%s: text %q, HTML %q", name, text, html)
		}
		if header.Get("List-Unsubscribe") != "<https://bottega.example/u/abc>" || header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("%s: the headers of one click are %q, %q", name, header.Get("List-Unsubscribe"), header.Get("List-Unsubscribe-Post"))
		}
	}
}

// TestWhatAServerDoesNotTake: for good, for now, and never without TLS; no error quotes the address.
func TestWhatAServerDoesNotTake(t *testing.T) {
	server := mta.Start(t)
	for name, c := range map[string]struct {
		address, to string
		trusted     bool
		want        problem.Kind
	}{
		"another domain":     {server.Plain, "anna@elsewhere.example", true, problem.Invalid},
		"a stranger's TLS":   {server.TLS, "anna@" + mta.Domain, false, problem.Unavailable},
		"STARTTLS not known": {strings.Replace(server.Plain, "smtp://", "smtp://shop@", 1), "anna@" + mta.Domain, true, problem.Unavailable},
		"nobody there":       {"smtp://127.0.0.1:1", "anna@" + mta.Domain, true, problem.Unavailable},
	} {
		s, err := ours.ParseServer(c.address, "secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.trusted {
			s.Trust(server.Roots)
		}
		err = s.Send(t.Context(), message(c.to))
		if !problem.Is(err, c.want) || strings.Contains(err.Error(), "anna") {
			t.Errorf("%s: got %v, want a problem of kind %s", name, err, c.want)
		}
	}
	s, err := ours.ParseServer(server.Plain, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Send(over, message("anna@"+mta.Domain)); !problem.Is(err, problem.Unavailable) {
		t.Errorf("given up: %v", err)
	}
}

// TestAPasswordGoesOverTLSOnly: a server that asks for one, by the same
// library's own server, because Postfix has none to ask here.
func TestAPasswordGoesOverTLSOnly(t *testing.T) {
	certificate, roots := mta.Certificate(t)
	for _, password := range []string{"right", "wrong"} {
		for _, scheme := range []string{"smtp", "smtps"} {
			asking := &asking{}
			address := asking.serve(t, scheme == "smtps", certificate)
			s, err := ours.ParseServer(scheme+"://shop@"+address, password, nil)
			if err != nil {
				t.Fatal(err)
			}
			s.Trust(roots)
			err = s.Send(t.Context(), message("anna@"+mta.Domain))
			if password == "wrong" {
				if !problem.Is(err, problem.Invalid) || asking.taken != "" {
					t.Errorf("%s, a wrong password: %v", scheme, err)
				}
				continue
			}
			if err != nil || !strings.Contains(asking.taken, "Message-Id: <msg-1@bottega.example>") || !asking.secret {
				t.Errorf("%s: %v, over TLS %t: %q", scheme, err, asking.secret, asking.taken)
			}
		}
	}
}

// asking is a server that takes messages from who knows its password.
type asking struct {
	secret bool
	taken  string
}

func (a *asking) serve(t *testing.T, direct bool, certificate tls.Certificate) string {
	t.Helper()
	s := smtp.NewServer(a)
	s.Domain, s.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if direct {
		listener = tls.NewListener(listener, s.TLSConfig)
	}
	done := make(chan struct{})
	go func() { _ = s.Serve(listener); close(done) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return "localhost:" + port
}

func (a *asking) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{asking: a, conn: c}, nil
}

type session struct {
	*asking
	conn *smtp.Conn
	in   bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		_, s.secret = s.conn.TLSConnectionState()
		if user != "shop" || password != "right" {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.taken = string(raw)
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func TestServersAreNamedWithoutTheirPassword(t *testing.T) {
	for _, address := range []string{"", "mail.example", "http://mail.example", "smtp://", "smtp://u:p@mail.example", "smtp://mail.example/x", "smtps://mail.example?x=1"} {
		if _, err := ours.ParseServer(address, "", nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: got %v", address, err)
		}
	}
	for _, address := range []string{"smtp://mail.example", "smtps://u@mail.example:465", "smtp://[::1]:25"} {
		if _, err := ours.ParseServer(address, "secret", nil); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestASignatureCoversTheHeadersOfOneClick, with both kinds of key, and breaks when one is changed.
func TestASignatureCoversTheHeadersOfOneClick(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(nil, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(large.Public())
	if err != nil {
		t.Fatal(err)
	}
	for record, block := range map[string]*pem.Block{
		"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public): {Type: "PRIVATE KEY", Bytes: pkcs8},
		"v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(spki):       {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(large)},
	} {
		file := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := ours.ReadKey("bottega.example:lecito:" + file)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := ours.NewFolder(dir, key).Send(t.Context(), message("anna@posta.example")); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "msg-1.eml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(raw, record); err != nil {
			t.Errorf("%s: %v", block.Type, err)
		}
		for _, change := range []string{"/u/abc", "One-Click", "conferma"} {
			if verify(bytes.Replace(raw, []byte(change), []byte("x"), 1), record) == nil {
				t.Errorf("%s: changing %q is not noticed", block.Type, change)
			}
		}
		added := bytes.Replace(raw, []byte("\r\nSubject:"), []byte("\r\nList-Unsubscribe: <https://elsewhere.example>\r\nSubject:"), 1)
		if verify(added, record) == nil {
			t.Errorf("%s: a second address to leave by is not noticed", block.Type)
		}
	}
}

func verify(raw []byte, record string) error {
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) {
			if name != "lecito._domainkey.bottega.example" {
				return nil, os.ErrNotExist
			}
			return []string{record}, nil
		},
	})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return os.ErrNotExist
	}
	return found[0].Err
}

func TestKeysThatAreNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"", "shop.example", "shop.example:one", "::" + file, "shop.example:one:" + file} {
		if _, err := ours.ReadKey(setting); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: got %v", setting, err)
		}
	}
}

// TestNoHeaderIsMadeOfWhatSomebodyTyped: line breaks in names, subjects and addresses go nowhere.
func TestNoHeaderIsMadeOfWhatSomebodyTyped(t *testing.T) {
	dir := t.TempDir()
	f := ours.NewFolder(dir, nil)
	m := message("anna@posta.example")
	m.From.Name, m.Subject = "Shop\r\nBcc: all@posta.example", "Hello\r\nBcc: all@posta.example"
	if err := f.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "msg-1.eml"))
	if err != nil {
		t.Fatal(err)
	}
	read, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil || read.Header.Get("Bcc") != "" {
		t.Errorf("%v, a copy goes to %q", err, read.Header.Get("Bcc"))
	}
	for _, to := range []string{"", "anna", "anna@posta.example\r\nBcc: all@posta.example", "Anna <anna@posta.example>", "a@posta.example, b@posta.example"} {
		m := message(to)
		m.ID = "msg-2"
		if err := f.Send(t.Context(), m); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: got %v", to, err)
		}
	}
	for _, id := range []string{"", "../x", "a/b"} {
		m := message("anna@posta.example")
		m.ID = id
		if err := f.Send(t.Context(), m); err == nil {
			t.Errorf("%q is the name of a file", id)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v: a refused message leaves nothing", len(files), err)
	}
}

// TestTheSameMessageHasTheSameBytes: a second attempt hands over what the first did.
func TestTheSameMessageHasTheSameBytes(t *testing.T) {
	one, two := message("anna@posta.example"), message("anna@posta.example")
	other := message("bruno@posta.example")
	var raw [3][]byte
	for i, m := range []*ours.Message{&one, &two, &other} {
		var err error
		if raw[i], err = m.Bytes(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(raw[0], raw[1]) || bytes.Equal(raw[0], raw[2]) {
		t.Error("a message is not known again by its bytes")
	}
}

// TestNothingStaysOfSomebodysMessages: those addressed to them go, however the
// address is written; those of others stay.
func TestNothingStaysOfSomebodysMessages(t *testing.T) {
	dir := t.TempDir()
	f := ours.NewFolder(dir, nil)
	if err := f.DropTo([]string{"anna@posta.example"}); err != nil {
		t.Fatal(err) // there is no folder yet, or nothing in it
	}
	for id, to := range map[string]string{"one": "anna@posta.example", "two": "bruno@posta.example", "three": "Anna@posta.example"} {
		m := message(to)
		m.ID = id
		if err := f.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"four.new": "half a mess", "junk.eml": "no message"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.DropTo([]string{"anna@posta.example"}); err != nil {
		t.Fatal(err)
	}
	kept, err := f.Kept()
	if err != nil || len(kept) != 3 || kept["two"].IsZero() || kept["four"].IsZero() {
		t.Errorf("%v stay, %v", kept, err)
	}
	if err := f.Drop("four", "two", "two", "../two"); err != nil {
		t.Fatal(err)
	}
	if kept, err = f.Kept(); err != nil || len(kept) != 1 {
		t.Errorf("%v stay, %v", kept, err)
	}
}
