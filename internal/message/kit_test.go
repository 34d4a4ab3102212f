// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	reader "github.com/emersion/go-message/mail"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

const anna, bruno = "anna@posta.example", "bruno@posta.example"

// post is the shop with its messages, which lie in a folder.
type post struct {
	*shop.Shop

	messages *message.Service
	sender   *message.Sender
	mail     *carrier
	box      string
}

// carrier hands messages over as it is told to.
type carrier struct {
	message.Mailer
	before  func(m mail.Message) error // nil: nothing
	after   func(m mail.Message) error
	carried int
}

func (c *carrier) Send(ctx context.Context, m mail.Message) error {
	c.carried++
	if c.before != nil {
		if err := c.before(m); err != nil {
			return err
		}
	}
	if err := c.Mailer.Send(ctx, m); err != nil || c.after == nil {
		return err
	}
	return c.after(m)
}

func open(t *testing.T, env testkit.Env) *post {
	t.Helper()
	return over(t, shop.Open(t, env))
}

func over(t *testing.T, s *shop.Shop) *post {
	t.Helper()
	p, err := assemble(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// assemble puts messages on a shop, without a test: a child process does too.
func assemble(s *shop.Shop) (*post, error) {
	p := &post{Shop: s, box: filepath.Join(s.Env.Dir, "outbox")}
	folder := mail.NewFolder(p.box, nil)
	p.mail = &carrier{Mailer: folder}
	p.messages = message.New(message.Parts{DB: s.DB, Ledger: s.Ledger, Subjects: s.Subjects, Register: s.Register, Choices: s.Choices})
	s.Choices.Follow(p.messages)
	s.Rights.Clears(folder)
	pages, err := ui.New()
	if err != nil {
		return nil, err
	}
	links := link.New(s.Secrets, "https://bottega.example")
	people, err := centre.New(centre.Config{
		DB: s.DB, Ledger: s.Ledger, Subjects: s.Subjects, Register: s.Register, Choices: s.Choices, Standing: s.Standing,
		Links: links, Messages: p.messages, UI: pages,
	})
	p.sender = p.messages.Sender(message.Outlet{Links: links, Writer: people, Mail: p.mail, From: "ciao@bottega.example", Folder: folder})
	return p, err
}

// send hands over what is due.
func (p *post) send(t *testing.T) {
	t.Helper()
	if err := p.sender.Send(t.Context(), shop.Org); err != nil {
		t.Fatal(err)
	}
}

// yes says yes to what has to be confirmed.
func (p *post) yes(t *testing.T, address string) choice.Recorded {
	t.Helper()
	return p.Record(t, shop.Key(), shop.Yes(shop.Email(address), "partner", "email"))
}

// files lists what lies in the folder.
func (p *post) files(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(p.box, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// only reads the one message in the folder.
func (p *post) only(t *testing.T) (id string, raw []byte) {
	t.Helper()
	files := p.files(t)
	if len(files) != 1 {
		t.Fatalf("%d messages in the folder, want one", len(files))
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(files[0])
	return name[:len(name)-len(filepath.Ext(name))], raw
}

// parts are the words of a message as a mail program shows them.
func parts(t *testing.T, raw []byte) (header reader.Header, text, html string) {
	t.Helper()
	r, err := reader.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for _, into := range []*string{&text, &html} {
		part, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatal(err)
		}
		*into = string(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")))
	}
	return r.Header, text, html
}

var clickable = regexp.MustCompile(`https://bottega\.example/c/[\w-]+`)

// facts are what is on record about whoever holds an address.
func (p *post) facts(t *testing.T, address, kind string) []lawful.Recorded {
	t.Helper()
	id := lawful.Identifier{Kind: lawful.IDEmail, Value: address}
	var found []lawful.Recorded
	p.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		matches, err := p.Subjects.Match(ctx, tx, shop.Org, []lawful.Identifier{id})
		if err != nil {
			return err
		}
		for _, chain := range matches.Of(id) {
			persons, err := p.Subjects.Persons(ctx, tx, shop.Org, []string{chain}, p.Env.Clock.Now())
			if err != nil {
				return err
			}
			found = append(found, persons[chain].History...)
		}
		return nil
	})
	return slices.DeleteFunc(found, func(f lawful.Recorded) bool { return f.Kind != kind })
}

func (p *post) read(t *testing.T, f func(context.Context, *db.ReadTx) error) {
	t.Helper()
	if err := p.DB.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// listed is what the organisation sees of its messages.
func (p *post) listed(t *testing.T) []message.Listed {
	t.Helper()
	page, _, err := p.messages.List(t.Context(), shop.Key(), "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// answer says yes or no to a message.
func (p *post) answer(t *testing.T, id string, yes bool) []message.Asked {
	t.Helper()
	asked, err := p.messages.Answer(t.Context(), message.Answer{Org: shop.Org, Message: id, Yes: yes, Text: "Lo conferma?"})
	if err != nil {
		t.Fatal(err)
	}
	return asked
}
