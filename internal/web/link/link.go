// SPDX-License-Identifier: Apache-2.0

// Package link makes and reads the addresses people are sent: of their
// preference centre (/p/…), of one-click unsubscribe (/u/…, RFC 8058) with the
// headers of a message, of what a message asked to confirm (/c/…, double opt-in),
// of a request they follow (/r/…). The pages behind them are of the packages beside.
//
// What it promises: nobody makes a link up, or turns one into a link of another
// kind, person or organisation; what a link says is signed, and has one spelling;
// it names the person by pseudonym, and whom it was sent to by a keyed tag alone;
// whatever is wrong with a token, the answer is the same: it leads nowhere. Links
// made under a secret that the organisation has not destroyed go on working.
//
// Where it is weak: who holds a link can do what it opens until it expires, as
// with the mailbox it was sent to, and an unsubscribe link never expires. No link
// can be taken back alone. Whether the person is still on record is not known
// here: who opens a link looks.
package link

import (
	"context"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Life is how long a link to the preference centre works unless told otherwise.
// A product default, not law.
const Life = 30 * 24 * time.Hour

// Links makes and reads the addresses people are sent. A link says whose it is
// by pseudonym, until when, and, by a keyed tag, to which of their identifiers it
// was sent; a tag of 128 bits under the organisation's secret keeps it from being
// made up. Who holds a link can act for the person: it is never logged.
type Links struct {
	secrets *seal.Secrets
	base    string

	declared Declared // nil: every link leads to base
}

// New returns the links of a server that people reach at the address base.
func New(secrets *seal.Secrets, base string) *Links {
	return &Links{secrets: secrets, base: strings.TrimSuffix(base, "/")}
}

// Declared tells what an organisation declares: the host its links lead to, for one.
type Declared interface {
	Catalogue(ctx context.Context, r db.Reader, org string) (*register.Catalogue, error)
}

// At makes links lead to the host that each organisation declares for itself.
func (l *Links) At(declared Declared) *Links {
	l.declared = declared
	return l
}

// To says whom a link is for.
type To struct {
	Org        string
	Subject    string            // pseudonym
	Identifier lawful.Identifier // it is sent to this; zero where it is handed over otherwise
	Expires    time.Time
	Scope      string // of a link to the preference centre: ScopeChoices; "": all of it
}

// ScopeChoices opens the choices alone: the person's data are neither shown
// below them nor handed out.
const ScopeChoices = "choices"

// Stop says what message an unsubscribe link stands in.
type Stop struct {
	Channel string // that it came on
	Purpose string // that it was sent for; "": not said
	Message string // its id with who sends it; "": not said
}

// Centre makes the address of a person's preference centre.
func (l *Links) Centre(ctx context.Context, r db.Reader, to To) (string, error) {
	written, err := l.sign(ctx, r, token{
		kind: kindCentre, org: to.Org, subject: to.Subject, expires: to.Expires.Unix(), scope: to.Scope,
	}, to.Identifier)
	return l.home(ctx, r, to.Org) + "/p/" + written, err
}

// Unsubscribe makes the address that a List-Unsubscribe header carries (RFC
// 8058), signed for one message to one person. It never expires, because it can
// only say no, and take back what it said for an hour.
func (l *Links) Unsubscribe(ctx context.Context, r db.Reader, to To, of Stop) (string, error) {
	written, err := l.sign(ctx, r, token{
		kind: kindUnsubscribe, org: to.Org, subject: to.Subject, channel: of.Channel, purpose: of.Purpose, message: of.Message,
	}, to.Identifier)
	return l.home(ctx, r, to.Org) + "/u/" + written, err
}

// Confirmation makes the address that a message asking to confirm carries: it
// leads to what that message asked, and to nothing else.
func (l *Links) Confirmation(ctx context.Context, r db.Reader, to message.Link) (string, error) {
	written, err := l.sign(ctx, r, token{
		kind: kindConfirmation, org: to.Org, subject: to.Subject, channel: to.Message, expires: to.Expires.Unix(),
	}, to.Address)
	return l.home(ctx, r, to.Org) + "/c/" + written, err
}

// Request makes the address where a request is followed: to.Subject is its id.
// With an identifier it shows who opens it to be who reads what is sent there.
func (l *Links) Request(ctx context.Context, r db.Reader, to To) (string, error) {
	written, err := l.sign(ctx, r, token{
		kind: kindRequest, org: to.Org, subject: to.Subject, expires: to.Expires.Unix(),
	}, to.Identifier)
	return l.home(ctx, r, to.Org) + "/r/" + to.Org + "/" + written, err
}

// home is where the pages of an organisation are reached: the host of its own
// passes calls on to this server, so where none can be read ours does as well.
func (l *Links) home(ctx context.Context, r db.Reader, org string) string {
	if l.declared == nil {
		return l.base
	}
	c, err := l.declared.Catalogue(ctx, r, org)
	if err != nil || c.Look.Domain == "" {
		return l.base
	}
	return "https://" + c.Look.Domain
}

// Path is the path of an address of ours: who is at a page stays on its host.
func Path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// Opened is what a link says.
type Opened struct {
	Org     string
	Subject string    // pseudonym, or the id of a request
	Sent    bool      // to an identifier, which so is shown to be the reader's
	Scope   string    // ScopeChoices: it opens nothing but choices
	Expires time.Time // zero: never
	Expired bool
	Stop    Stop   // what an unsubscribe link stands in
	Asked   string // the message that asked, of a link to confirm

	sentTo [refSize]byte
	key    seal.Key // that it was made with
}

// SentTo says whether the link was sent to an identifier.
func (o Opened) SentTo(id lawful.Identifier) bool {
	return o.Sent && o.sentTo == reference(o.key, id)
}

// Reference names an identifier of the person without saying it, in a form of
// the page that the link opens.
func (o Opened) Reference(id lawful.Identifier) string {
	ref := reference(o.key, id)
	return hex.EncodeToString(ref[:])
}

// ErrNowhere says that a link leads nowhere, whatever is wrong with it.
var ErrNowhere = errors.New("link leads nowhere")

// OpenCentre reads the token of a link to a preference centre.
func (l *Links) OpenCentre(ctx context.Context, r db.Reader, token string, now time.Time) (Opened, error) {
	return l.open(ctx, r, token, kindCentre, now)
}

// OpenUnsubscribe reads the token of an unsubscribe link.
func (l *Links) OpenUnsubscribe(ctx context.Context, r db.Reader, token string, now time.Time) (Opened, error) {
	return l.open(ctx, r, token, kindUnsubscribe, now)
}

// OpenConfirmation reads the token of a link to what a message asked to confirm.
func (l *Links) OpenConfirmation(ctx context.Context, r db.Reader, token string, now time.Time) (Opened, error) {
	return l.open(ctx, r, token, kindConfirmation, now)
}

// OpenRequest reads the token of a link to a request.
func (l *Links) OpenRequest(ctx context.Context, r db.Reader, token string, now time.Time) (Opened, error) {
	return l.open(ctx, r, token, kindRequest, now)
}

// open reads a token, of one kind alone. One that has expired is read as well:
// what to tell of it is for the page to say.
func (l *Links) open(ctx context.Context, r db.Reader, written string, kind byte, now time.Time) (Opened, error) {
	k, key, err := l.read(ctx, r, written)
	if err != nil {
		return Opened{}, err
	}
	if k.kind != kind {
		return Opened{}, ErrNowhere
	}
	o := Opened{
		Org: k.org, Subject: k.subject, Sent: k.sentTo != [refSize]byte{}, Scope: k.scope, Expired: k.expired(now),
		sentTo: k.sentTo, key: key,
	}
	if k.expires != 0 {
		o.Expires = time.Unix(k.expires, 0)
	}
	switch kind {
	case kindUnsubscribe:
		o.Stop = Stop{Channel: k.channel, Purpose: k.purpose, Message: k.message}
	case kindConfirmation:
		o.Asked = k.channel
	}
	return o, nil
}
