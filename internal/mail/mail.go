// SPDX-License-Identifier: Apache-2.0

// Package mail writes messages and hands them over: to a mail server (SMTP, RFC
// 5321, with TLS), or, where none is set, as files into a folder. It knows
// nothing of why a message is sent.
//
// What it promises: a message is handed over whole or not; nothing of it stands
// in an error or a log; over a network nothing goes without TLS; no header is
// made of what a customer typed without being encoded; the same message has the
// same bytes each time it is written.
//
// Where it is weak: that a server took a message does not mean that it arrived,
// and a hand-over that broke off after the last byte may have been one: who
// tries again uses the same ID, so that mail programs can tell.
package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"

	"github.com/lecito/lecito/internal/problem"
)

// Message is one message to one person.
type Message struct {
	ID       string // the same for every attempt; with the sender's domain it makes the Message-ID
	At       time.Time
	From     Address
	ReplyTo  string // "": From
	To       string
	Language string // as "it"
	Subject  string
	Text     string
	HTML     string // the same in HTML; "": text alone
	// Unsubscribe is the address that stops such messages by one click (RFC 8058); "": none.
	Unsubscribe string
}

// Address is a mailbox with the name that people read.
type Address struct {
	Name    string
	Mailbox string
}

// ParseMailbox reads a bare address, as "news@shop.example".
func ParseMailbox(s string) (string, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || strings.ContainsAny(s, "\r\n") {
		return "", problem.New(problem.Invalid, "mail_address", "This is no e-mail address: write it as news@shop.example.")
	}
	return s, nil
}

// domain is what follows the last @.
func domain(mailbox string) string { return mailbox[strings.LastIndexByte(mailbox, '@')+1:] }

// write composes the message (RFC 5322, 2045).
func (m *Message) write(w io.Writer) error {
	for _, mailbox := range []string{m.From.Mailbox, m.To} {
		if _, err := ParseMailbox(mailbox); err != nil {
			return err
		}
	}
	var h mail.Header
	h.SetDate(m.At)
	h.SetAddressList("From", []*mail.Address{{Name: m.From.Name, Address: m.From.Mailbox}})
	h.SetAddressList("To", []*mail.Address{{Address: m.To}})
	if m.ReplyTo != "" {
		h.SetAddressList("Reply-To", []*mail.Address{{Address: m.ReplyTo}})
	}
	h.SetSubject(m.Subject)
	h.SetMessageID(m.ID + "@" + domain(m.From.Mailbox))
	h.Set("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	if m.Language != "" {
		h.Set("Content-Language", m.Language)
	}
	if m.Unsubscribe != "" {
		h.Set("List-Unsubscribe", "<"+m.Unsubscribe+">")
		h.Set("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	// The same message has the same bytes whenever it is written, so that a
	// second attempt hands over what the first did.
	h.SetContentType("multipart/alternative", map[string]string{"boundary": m.boundary()})
	body, err := message.CreateWriter(w, h.Header)
	if err != nil {
		return fmt.Errorf("compose a message: %w", err)
	}
	for _, part := range []struct{ kind, text string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		if part.text == "" {
			continue
		}
		if err := add(body, part.kind, part.text); err != nil {
			return fmt.Errorf("compose a message: %w", err)
		}
	}
	return body.Close()
}

// boundary parts what a message is made of: its hash, which so can't stand in it.
func (m *Message) boundary() string {
	h := sha256.New()
	for _, s := range []string{m.ID, m.To, m.Subject, m.Text, m.HTML} {
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func add(body *message.Writer, kind, text string) error {
	var h message.Header
	h.SetContentType(kind, map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	part, err := body.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(part, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		return err
	}
	return part.Close()
}

// Bytes gives the message as it is handed over, before it is signed: the same
// bytes each time.
func (m *Message) Bytes() ([]byte, error) {
	var out bytes.Buffer
	err := m.write(&out)
	return out.Bytes(), err
}

// compose gives the message as it is sent, signed where there is a key.
func compose(m *Message, key *Key) ([]byte, error) {
	raw, err := m.Bytes()
	if err != nil {
		return nil, err
	}
	return key.sign(raw)
}
