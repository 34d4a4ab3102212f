// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/db"
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
}

// Centre makes the address of a person's preference centre.
func (l *Links) Centre(ctx context.Context, r db.Reader, to To) (string, error) {
	token, err := l.sign(ctx, r, link{
		kind: kindCentre, org: to.Org, subject: to.Subject, expires: to.Expires.Unix(),
	}, to.Identifier)
	return l.base + "/p/" + token, err
}

// Unsubscribe makes the address that a List-Unsubscribe header carries (RFC
// 8058): it stops all marketing on the channel. It never expires, because it
// can only say no.
func (l *Links) Unsubscribe(ctx context.Context, r db.Reader, to To, channel string) (string, error) {
	token, err := l.sign(ctx, r, link{
		kind: kindStop, org: to.Org, subject: to.Subject, channel: channel,
	}, to.Identifier)
	return l.base + "/u/" + token, err
}

// Request makes the address where a request is followed: to.Subject is its id.
// With an identifier it shows who opens it to be who reads what is sent there.
func (l *Links) Request(ctx context.Context, r db.Reader, to To) (string, error) {
	token, err := l.sign(ctx, r, link{
		kind: kindRequest, org: to.Org, subject: to.Subject, expires: to.Expires.Unix(),
	}, to.Identifier)
	return l.base + "/r/" + to.Org + "/" + token, err
}

// Opened is what a link says, for pages of other packages.
type Opened struct {
	Org     string
	Subject string // pseudonym, or the id of a request
	Sent    bool   // to an identifier, which so is shown to be the reader's
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
	return Opened{k.org, k.subject, k.sentTo != [refSize]byte{}, k.expired(now), k, key}, err
}

// Kinds of link. One never opens what the other does.
const (
	kindCentre  = 'p'
	kindStop    = 'u'
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
	subject string // or the id of a request
	expires int64  // Unix seconds; 0: never
	channel string
	sentTo  [refSize]byte // all zero where it was not sent to an identifier
}

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
// length, channel and organisation.
func (k link) encode() ([]byte, error) {
	id, err := uuid.Parse(strings.TrimPrefix(k.subject, prefix(k.kind)))
	if err != nil || len(k.org) > 255 || len(k.channel) > 255 {
		return nil, errors.New("this is no subject of an organisation")
	}
	out := []byte{version, k.kind}
	out = binary.BigEndian.AppendUint64(out, uint64(k.expires))
	out = append(out, id[:]...)
	out = append(out, k.sentTo[:]...)
	out = append(append(out, byte(len(k.channel))), k.channel...)
	return append(append(out, byte(len(k.org))), k.org...), nil
}

// maxToken is longer than any token: an organisation and a channel of 255 bytes.
const maxToken = 800

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
	for _, into := range []*string{&k.channel, &k.org} {
		if len(rest) == 0 || len(rest)-1 < int(rest[0]) {
			return k, nil, nil, errLink
		}
		*into = string(rest[1 : 1+rest[0]])
		rest = rest[1+rest[0]:]
	}
	if len(rest) > 0 || k.kind != kindCentre && k.kind != kindStop && k.kind != kindRequest {
		return k, nil, nil, errLink
	}
	return k, said, mac, nil
}

// expired says whether the link's time is over.
func (k link) expired(now time.Time) bool { return k.expires != 0 && now.Unix() >= k.expires }
