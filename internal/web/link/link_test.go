// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/lawful"
)

const (
	org     = "bottega"
	person  = "sub_0190163d-8694-739b-aea5-966c26f8ad91"
	request = "req_0190163d-8694-739b-aea5-966c26f8ad92"
	asked   = "msg_0190163d-8694-739b-aea5-966c26f8ad93"
)

func giulia() lawful.Identifier {
	return lawful.Identifier{Kind: lawful.IDEmail, Value: "giulia.ferri@posta.example"}
}

// What stands in mailboxes goes on working: each of these was made by the code
// as it was before it had a package of its own.
func TestTokensAreWrittenAsEver(t *testing.T) {
	key := seal.Key([]byte("a key of thirty-two letters, yes"))
	number := lawful.Identifier{Kind: lawful.IDSource, Value: "42", Source: "shop"}
	until := time.Unix(1797933600, 0)
	for _, c := range []struct {
		want string
		kind byte
		says link.Opened
		to   lawful.Identifier
	}{
		{"AXAAAAAAaypKIAGQFj2GlHObrqWWbCb4rZFWQ8_I5XFpewAHYm90dGVnYfjRDXVjhTpDFYvvKa9jgPk", 'p', link.Opened{Subject: person, Expires: until}, giulia()},
		{"AXAAAAAAaypKIAGQFj2GlHObrqWWbCb4rZEAAAAAAAAAAAAHYm90dGVnYQAAB2Nob2ljZXOdUyYEBlCadFvYJzPAKGWW", 'p', link.Opened{Subject: person, Expires: until, Scope: link.ScopeChoices}, lawful.Identifier{}},
		{"AXUAAAAAAAAAAAGQFj2GlHObrqWWbCb4rZFWQ8_I5XFpewVlbWFpbAdib3R0ZWdhz17hT45PBzSV7Frnfq4wmw", 'u', link.Opened{Subject: person, Stop: link.Stop{Channel: "email"}}, giulia()},
		{"AXUAAAAAAAAAAAGQFj2GlHObrqWWbCb4rZFmauXMYT0EpgVlbWFpbAdib3R0ZWdhCm5ld3NsZXR0ZXIOYXV0dW1uLTIwMjYuMTd2k4eMF1kZOOaaAXBSA2rK", 'u', link.Opened{Subject: person, Stop: link.Stop{Channel: "email", Purpose: "newsletter", Message: "autumn-2026.17"}}, number},
		{"AXUAAAAAAAAAAAGQFj2GlHObrqWWbCb4rZFWQ8_I5XFpewVlbWFpbAdib3R0ZWdhAA5hdXR1bW4tMjAyNi4xNz_kNqSO_RxjbybAWGIHXX0", 'u', link.Opened{Subject: person, Stop: link.Stop{Channel: "email", Message: "autumn-2026.17"}}, giulia()},
		{"AWMAAAAAaypKIAGQFj2GlHObrqWWbCb4rZFWQ8_I5XFpeyhtc2dfMDE5MDE2M2QtODY5NC03MzliLWFlYTUtOTY2YzI2ZjhhZDkzB2JvdHRlZ2HU-9ycXA33CnS94QzM7Pcj", 'c', link.Opened{Subject: person, Expires: until, Asked: asked}, giulia()},
		{"AXIAAAAAaypKIAGQFj2GlHObrqWWbCb4rZJWQ8_I5XFpewAHYm90dGVnYbhWGzQ9tfmyZx15PTFkPvc", 'r', link.Opened{Subject: request, Expires: until}, giulia()},
	} {
		c.says.Org = org
		got, err := link.Write(key, c.kind, c.says, c.to)
		if err != nil || got != c.want {
			t.Errorf("%c %+v is written %s, %v; want %s", c.kind, c.says, got, err, c.want)
		}
	}
}

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
	f.Add(shape()[:len(shape())-1] + "B") // bits after the last byte
	f.Add(narrow("newsletter"))
	f.Add(narrow(""))
	f.Fuzz(func(t *testing.T, token string) {
		if again, ok := link.Parse(token); ok && again != token {
			t.Errorf("%q is read as %q: one link has two spellings", token, again)
		}
	})
}

// post makes and reads the links of one organisation.
type post struct {
	testkit.Env

	secrets *seal.Secrets
	ledger  *ledger.Ledger
	links   *link.Links
}

func open(t *testing.T, env testkit.Env) *post {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := &post{Env: env, secrets: seal.NewSecrets(keys)}
	p.links = link.New(p.secrets, "https://lecito.example/")
	p.ledger = ledger.New(env.DB, keys, p.secrets, env.Clock)
	if err := env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return p.ledger.Create(ctx, tx, org) }); err != nil {
		t.Fatal(err)
	}
	return p
}

// secret gives the organisation a new one.
func (p *post) secret(t *testing.T) {
	t.Helper()
	err := p.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := p.secrets.Make(ctx, tx, org, seal.Tokens)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// way is a kind of link: where it leads, how it is made and read, what it says.
type way struct {
	path string
	make func(ctx context.Context, r db.Reader) (string, error)
	open func(ctx context.Context, r db.Reader, token string, now time.Time) (link.Opened, error)
	says link.Opened
}

// ways lists every kind of link, made for Giulia until an hour from now.
func (p *post) ways() []way {
	until := p.Clock.Now().Add(time.Hour)
	to := link.To{Org: org, Subject: person, Identifier: giulia(), Expires: until, Scope: link.ScopeChoices}
	of := link.Stop{Channel: "email", Purpose: "newsletter", Message: "autumn-2026.17"}
	l := p.links
	return []way{
		{"/p/", func(ctx context.Context, r db.Reader) (string, error) { return l.Centre(ctx, r, to) }, l.OpenCentre,
			link.Opened{Subject: person, Expires: until, Scope: link.ScopeChoices}},
		{"/u/", func(ctx context.Context, r db.Reader) (string, error) { return l.Unsubscribe(ctx, r, to, of) }, l.OpenUnsubscribe,
			link.Opened{Subject: person, Stop: of}},
		{"/c/", func(ctx context.Context, r db.Reader) (string, error) {
			return l.Confirmation(ctx, r, message.Link{Org: org, Subject: person, Message: asked, Address: giulia(), Expires: until})
		}, l.OpenConfirmation, link.Opened{Subject: person, Expires: until, Asked: asked}},
		{"/r/" + org + "/", func(ctx context.Context, r db.Reader) (string, error) {
			return l.Request(ctx, r, link.To{Org: org, Subject: request, Identifier: giulia(), Expires: until})
		}, l.OpenRequest, link.Opened{Subject: request, Expires: until}},
	}
}

// made makes a link, and returns its token with the key that it was made with.
func (p *post) made(t *testing.T, w way) (string, seal.Key) {
	t.Helper()
	var address string
	var secret seal.Secret
	err := p.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		if address, err = w.make(ctx, tx); err == nil {
			secret, err = p.secrets.Current(ctx, tx, org, seal.Tokens)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	token, ours := strings.CutPrefix(address, "https://lecito.example"+w.path)
	if !ours || link.Path(address) != w.path+token {
		t.Fatalf("it leads to %s, want %s", address, w.path)
	}
	return token, secret.Key
}

func (p *post) read(t *testing.T, w way, token string) (link.Opened, error) {
	t.Helper()
	var o link.Opened
	err := p.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		o, err = w.open(ctx, tx, token, tx.Now())
		return err
	})
	return o, err
}

func TestALinkSaysWhatItWasMadeFor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		for _, w := range p.ways() {
			token, key := p.made(t, w)
			w.says.Org = org
			if want, err := link.Write(key, w.path[1], w.says, giulia()); err != nil || token != want {
				t.Errorf("%s is written %s, want %s: %v", w.path, token, want, err)
			}
			p.secret(t) // links of the one before go on working
			o, err := p.read(t, w, token)
			if err != nil {
				t.Fatalf("%s: %v", w.path, err)
			}
			if o.Org != org || o.Subject != w.says.Subject || o.Scope != w.says.Scope || o.Stop != w.says.Stop || o.Asked != w.says.Asked || !o.Expires.Equal(w.says.Expires) || o.Expired {
				t.Errorf("%s says %+v, want %+v", w.path, o, w.says)
			}
			other := lawful.Identifier{Kind: lawful.IDEmail, Value: "g@posta.example"}
			if !o.Sent || !o.SentTo(giulia()) || o.SentTo(other) || len(o.Reference(giulia())) != 16 || o.Reference(giulia()) == o.Reference(other) {
				t.Errorf("%s does not know to whom it was sent", w.path)
			}
		}
		env.Clock.Advance(time.Hour)
		for _, w := range p.ways() {
			w.says.Org, w.says.Expires = org, p.Clock.Now()
			_, key := p.made(t, w)
			late, err := link.Write(key, w.path[1], w.says, lawful.Identifier{})
			if err != nil {
				t.Fatal(err)
			}
			if o, err := p.read(t, w, late); err != nil || !o.Expired || o.Sent || o.SentTo(giulia()) {
				t.Errorf("%s at its end says %+v, %v", w.path, o, err)
			}
		}
	})
}

// A link of one kind is none of another, and one that was changed is none at all.
func TestALinkOpensNothingElse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		for _, made := range p.ways() {
			token, _ := p.made(t, made)
			for _, w := range p.ways() {
				o, err := p.read(t, w, token)
				if w.path != made.path && (!errors.Is(err, link.ErrNowhere) || o != link.Opened{}) {
					t.Errorf("%s opens what is of %s: %v", made.path, w.path, err)
				}
			}
			raw, err := base64.RawURLEncoding.DecodeString(token)
			if err != nil {
				t.Fatal(err)
			}
			for i := range raw {
				raw[i] ^= 1
				if _, err := p.read(t, made, base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, link.ErrNowhere) {
					t.Errorf("%s with byte %d changed: %v", made.path, i, err)
				}
				raw[i] ^= 1
			}
		}
	})
}

func TestALinkSaysNothingOfThePerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		for _, w := range p.ways() {
			token, _ := p.made(t, w)
			raw, err := base64.RawURLEncoding.DecodeString(token)
			if err != nil || bytes.Contains(raw, []byte("giulia")) || len(token) > 140 {
				t.Errorf("%s is %d long, or says who it is for: %v", w.path, len(token), err)
			}
		}
	})
}
