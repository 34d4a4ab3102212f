// SPDX-License-Identifier: Apache-2.0

package link

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
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Kinds of link. One never opens what the other does.
const (
	kindCentre       = 'p'
	kindUnsubscribe  = 'u'
	kindConfirmation = 'c'
	kindRequest      = 'r'
)

// prefix is what the id of a link of a kind begins with.
func prefix(kind byte) string {
	if kind == kindRequest {
		return "req_"
	}
	return "sub_"
}

// token is what the last part of an address says.
type token struct {
	kind    byte
	org     string
	subject string        // or the id of a request
	expires int64         // Unix seconds; 0: never
	channel string        // of kindConfirmation: the message
	sentTo  [refSize]byte // all zero where it was not sent to an identifier

	purpose, message string // of an unsubscribe link
	scope            string // of a link to the preference centre
}

// narrows lists what is written at the end of a token where there is any.
func (k *token) narrows() []*string { return []*string{&k.purpose, &k.message, &k.scope} }

// Sizes of a token's parts.
const (
	version = 1
	macSize = 16
	refSize = 8
)

func (l *Links) sign(ctx context.Context, r db.Reader, k token, sentTo lawful.Identifier) (string, error) {
	secret, err := l.secrets.Current(ctx, r, k.org, seal.Tokens)
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	written, err := k.write(secret.Key, sentTo)
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return written, nil
}

// write is the token as it stands in an address, under a key.
func (k token) write(key seal.Key, sentTo lawful.Identifier) (string, error) {
	if sentTo.Kind != "" {
		k.sentTo = reference(key, sentTo)
	}
	said, err := k.encode()
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(said, macOf(key, said)...)), nil
}

// read checks a token and tells what it says, and the secret it was made with.
// Whether it has expired is for the caller to see.
func (l *Links) read(ctx context.Context, r db.Reader, written string) (token, seal.Key, error) {
	k, said, mac, err := parse(written)
	if err != nil {
		return token{}, seal.Key{}, err
	}
	secrets, err := l.secrets.All(ctx, r, k.org, seal.Tokens)
	if err != nil {
		return token{}, seal.Key{}, err
	}
	for _, s := range secrets {
		if hmac.Equal(mac, macOf(s.Key, said)) {
			return k, s.Key, nil
		}
	}
	return token{}, seal.Key{}, ErrNowhere
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
func (k token) encode() ([]byte, error) {
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
func parse(written string) (k token, said, mac []byte, err error) {
	if len(written) > maxToken || strings.ContainsAny(written, "\r\n") { // which the decoder would pass over
		return k, nil, nil, ErrNowhere
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(written)
	const fixed = 2 + 8 + 16 + refSize
	if err != nil || len(raw) < fixed+2+macSize || raw[0] != version {
		return k, nil, nil, ErrNowhere
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
			return k, nil, nil, ErrNowhere // or the last of them says nothing
		}
		*into = string(rest[1 : 1+rest[0]])
		rest = rest[1+rest[0]:]
	}
	if len(rest) > 0 || !slices.Contains([]byte{kindCentre, kindUnsubscribe, kindConfirmation, kindRequest}, k.kind) {
		return k, nil, nil, ErrNowhere
	}
	return k, said, mac, nil
}

// expired says whether the link's time is over.
func (k token) expired(now time.Time) bool { return k.expires != 0 && now.Unix() >= k.expires }
