// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// LinkLife is how long a link to the preference centre works unless told
// otherwise. A product default, not law.
const LinkLife = 30 * 24 * time.Hour

// Links makes and reads the addresses people are sent. A link says whose it is
// by pseudonym, until when, and, by a keyed tag, to which of their identifiers it
// was sent; a tag of 128 bits under the organisation's secret keeps it from being
// made up. Who holds a link can act for the person: it is never logged.
type Links struct {
	secrets *seal.Secrets
	base    string

	declared Declared // nil: every link leads to base
}

// NewLinks returns the links of a server that people reach at the address base.
func NewLinks(secrets *seal.Secrets, base string) *Links {
	return &Links{secrets: secrets, base: strings.TrimSuffix(base, "/")}
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
	token, err := l.sign(ctx, r, link{
		kind: kindCentre, org: to.Org, subject: to.Subject, expires: to.Expires.Unix(), scope: to.Scope,
	}, to.Identifier)
	return l.home(ctx, r, to.Org) + "/p/" + token, err
}

// Unsubscribe makes the address that a List-Unsubscribe header carries (RFC
// 8058), signed for one message to one person. It never expires, because it can
// only say no, and take back what it said for an hour.
func (l *Links) Unsubscribe(ctx context.Context, r db.Reader, to To, of Stop) (string, error) {
	token, err := l.sign(ctx, r, link{
		kind: kindStop, org: to.Org, subject: to.Subject, channel: of.Channel, purpose: of.Purpose, message: of.Message,
	}, to.Identifier)
	return l.home(ctx, r, to.Org) + "/u/" + token, err
}

// Confirmation makes the address that a message asking to confirm carries: it
// leads to what that message asked, and to nothing else.
func (l *Links) Confirmation(ctx context.Context, r db.Reader, to message.Link) (string, error) {
	token, err := l.sign(ctx, r, link{
		kind: kindConfirm, org: to.Org, subject: to.Subject, channel: to.Message, expires: to.Expires.Unix(),
	}, to.Address)
	return l.home(ctx, r, to.Org) + "/c/" + token, err
}

// Request makes the address where a request is followed: to.Subject is its id.
// With an identifier it shows who opens it to be who reads what is sent there.
func (l *Links) Request(ctx context.Context, r db.Reader, to To) (string, error) {
	token, err := l.sign(ctx, r, link{
		kind: kindRequest, org: to.Org, subject: to.Subject, expires: to.Expires.Unix(),
	}, to.Identifier)
	return l.home(ctx, r, to.Org) + "/r/" + to.Org + "/" + token, err
}

// Opened is what a link says, for pages of other packages.
type Opened struct {
	Org     string
	Subject string // pseudonym, or the id of a request
	Sent    bool   // to an identifier, which so is shown to be the reader's
	Scope   string // ScopeChoices: it opens nothing but choices
	Expired bool

	link link
	key  seal.Key
}

// SentTo says whether the link was sent to an identifier.
func (o Opened) SentTo(id lawful.Identifier) bool {
	return o.Sent && o.link.sentTo == reference(o.key, id)
}

// ErrLink says that a link leads nowhere.
var ErrLink = errLink

// OpenCentre reads a link to a preference centre.
func (l *Links) OpenCentre(ctx context.Context, r db.Reader, token string, now time.Time) (Opened, error) {
	return l.open(ctx, r, token, kindCentre, now)
}

// OpenRequest reads a link to a request.
func (l *Links) OpenRequest(ctx context.Context, r db.Reader, token string, now time.Time) (Opened, error) {
	return l.open(ctx, r, token, kindRequest, now)
}

func (l *Links) open(ctx context.Context, r db.Reader, token string, kind byte, now time.Time) (Opened, error) {
	k, key, err := l.read(ctx, r, token)
	if err == nil && k.kind != kind {
		err = errLink
	}
	return Opened{k.org, k.subject, k.sentTo != [refSize]byte{}, k.scope, k.expired(now), k, key}, err
}

// Kinds of link. One never opens what the other does.
const (
	kindCentre  = 'p'
	kindStop    = 'u'
	kindConfirm = 'c'
	kindRequest = 'r'
)

// prefix is what the id of a link of a kind begins with.
func prefix(kind byte) string {
	if kind == kindRequest {
		return "req_"
	}
	return "sub_"
}

// link is what a token says.
type link struct {
	kind    byte
	org     string
	subject string        // or the id of a request
	expires int64         // Unix seconds; 0: never
	channel string        // of kindConfirm: the message
	sentTo  [refSize]byte // all zero where it was not sent to an identifier

	purpose, message string // of an unsubscribe link
	scope            string // of a link to the preference centre
}

// narrows lists what is written at the end of a token where there is any.
func (k *link) narrows() []*string { return []*string{&k.purpose, &k.message, &k.scope} }

// Sizes of a token's parts.
const (
	version = 1
	macSize = 16
	refSize = 8
)

// errLink says that a token leads nowhere, whatever is wrong with it.
var errLink = errors.New("link leads nowhere")

func (l *Links) sign(ctx context.Context, r db.Reader, k link, sentTo lawful.Identifier) (string, error) {
	secret, err := l.secrets.Current(ctx, r, k.org, seal.Tokens)
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	if sentTo.Kind != "" {
		k.sentTo = reference(secret.Key, sentTo)
	}
	said, err := k.encode()
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(said, macOf(secret.Key, said)...)), nil
}

// read checks a token and tells what it says, and the secret it was made with.
// Whether it has expired is for the caller to see.
func (l *Links) read(ctx context.Context, r db.Reader, token string) (link, seal.Key, error) {
	k, said, mac, err := parse(token)
	if err != nil {
		return link{}, seal.Key{}, err
	}
	secrets, err := l.secrets.All(ctx, r, k.org, seal.Tokens)
	if err != nil {
		return link{}, seal.Key{}, err
	}
	for _, s := range secrets {
		if hmac.Equal(mac, macOf(s.Key, said)) {
			return k, s.Key, nil
		}
	}
	return link{}, seal.Key{}, errLink
}

func macOf(key seal.Key, said []byte) []byte {
	return key.Tag(append([]byte("lecito/link/v1\x00"), said...))[:macSize]
}

// reference names an identifier of a person without saying it.
func reference(key seal.Key, id lawful.Identifier) [refSize]byte {
	return [refSize]byte(key.Blind("link\x00"+id.Kind+"\x00"+id.Source, id.Value))
}

// encode writes: version, kind, expiry, subject, reference, and, each after its
// length, channel, organisation and what narrows the link, up to the last that
// is said: a link has one spelling.
func (k link) encode() ([]byte, error) {
	id, err := uuid.Parse(strings.TrimPrefix(k.subject, prefix(k.kind)))
	if err != nil {
		return nil, errors.New("this is no subject of an organisation")
	}
	out := []byte{version, k.kind}
	out = binary.BigEndian.AppendUint64(out, uint64(k.expires))
	out = append(out, id[:]...)
	out = append(out, k.sentTo[:]...)
	words := []string{k.channel, k.org}
	for _, w := range k.narrows() {
		words = append(words, *w)
	}
	for len(words) > 2 && words[len(words)-1] == "" {
		words = words[:len(words)-1]
	}
	for _, w := range words {
		if len(w) > maxWord {
			return nil, errors.New("a link says too much")
		}
		out = append(append(out, byte(len(w))), w...)
	}
	return out, nil
}

// maxWord is the longest of what a token says in letters; names of declarations
// are shorter. maxToken is longer than any token.
const (
	maxWord  = 100
	maxToken = 800
)

// parse reads a token whose tag is not checked yet.
func parse(token string) (k link, said, mac []byte, err error) {
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") { // which the decoder would pass over
		return k, nil, nil, errLink
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	const fixed = 2 + 8 + 16 + refSize
	if err != nil || len(raw) < fixed+2+macSize || raw[0] != version {
		return k, nil, nil, errLink
	}
	said, mac = raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	k.kind, k.expires = said[1], int64(binary.BigEndian.Uint64(said[2:]))
	k.subject = prefix(k.kind) + uuid.UUID(said[10:26]).String()
	k.sentTo = [refSize]byte(said[26:])
	rest := said[fixed:]
	for i, into := range append([]*string{&k.channel, &k.org}, k.narrows()...) {
		if i >= 2 && len(rest) == 0 {
			break
		}
		if len(rest) == 0 || rest[0] > maxWord || len(rest)-1 < int(rest[0]) || i >= 2 && len(rest) == 1 {
			return k, nil, nil, errLink // or the last of them says nothing
		}
		*into = string(rest[1 : 1+rest[0]])
		rest = rest[1+rest[0]:]
	}
	if len(rest) > 0 || !slices.Contains([]byte{kindCentre, kindStop, kindConfirm, kindRequest}, k.kind) {
		return k, nil, nil, errLink
	}
	return k, said, mac, nil
}

// expired says whether the link's time is over.
func (k link) expired(now time.Time) bool { return k.expires != 0 && now.Unix() >= k.expires }
