// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxFile    = 64 << 20 // a certificate, receipt or clearance
	maxPayload = 1 << 20  // one payload
	maxDepth   = 32       // of nested JSON
)

// encode is the one JSON form of this package: what encoding/json writes, with
// no space between tokens and <, > and & escaped. Reading demands the same form
// back, so that a thing has one spelling and a signature covers all of it.
func encode(v any) ([]byte, error) { return json.Marshal(v) }

// decodeStrict reads one JSON value into v and refuses whatever encoding/json
// would forgive: keys that are unknown, repeated or differently cased, invalid
// UTF-8, deep nesting, data after the value, and any spelling but encode's.
func decodeStrict(data []byte, limit int, v any) error {
	if err := decodeLoose(data, limit, v); err != nil {
		return err
	}
	again, err := encode(v)
	if err != nil {
		return err
	}
	return sameBytes(data, again)
}

// decodeLoose is decodeStrict without the demand for one spelling.
func decodeLoose(data []byte, limit int, v any) error {
	if len(data) > limit {
		return fmt.Errorf("%d bytes, more than the %d allowed", len(data), limit)
	}
	if err := scan(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// sameBytes says where got leaves the only spelling that want allows.
func sameBytes(got, want []byte) error {
	if bytes.Equal(got, want) {
		return nil
	}
	n := 0
	for n < len(got) && n < len(want) && got[n] == want[n] {
		n++
	}
	return fmt.Errorf("not in its one canonical spelling, from byte %d on", n)
}

// scan walks the tokens of exactly one JSON value and refuses repeated keys,
// deep nesting and anything after the value.
func scan(data []byte) error {
	if !utf8.Valid(data) {
		return errUTF8
	}
	if ordinary(data) {
		return nil
	}
	return tokens(data)
}

var errUTF8 = errors.New("not valid UTF-8")

// tokens is scan without a shorter way.
func tokens(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var s scanner
	for {
		token, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		if err := s.take(token); err != nil {
			return err
		}
		if len(s.open) == 0 {
			break
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the end")
	}
	return nil
}

// scanner keeps, for every open object, the keys seen so far.
type scanner struct{ open []level }

type level struct {
	keys  map[string]bool // nil for an array
	value bool            // the next token is a value, not a key
}

func (s *scanner) take(token json.Token) error {
	if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
		s.open = s.open[:len(s.open)-1]
		return nil
	}
	if len(s.open) > 0 {
		if top := &s.open[len(s.open)-1]; top.keys != nil {
			if !top.value {
				key, _ := token.(string)
				if top.keys[key] {
					return errors.New("the same key twice in one object")
				}
				top.keys[key], top.value = true, true
				return nil
			}
			top.value = false
		}
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if len(s.open) == maxDepth {
		return fmt.Errorf("nested more than %d deep", maxDepth)
	}
	next := level{}
	if delim == '{' {
		next.keys = map[string]bool{}
	}
	s.open = append(s.open, next)
	return nil
}

var (
	strict64  = base64.StdEncoding.Strict()
	errBase64 = errors.New("not strict base64")
)

// decodeBase64 accepts standard base64 in its one spelling: padded, no line
// breaks, unused bits zero. A size of -1 accepts any length.
func decodeBase64(s string, size int) ([]byte, error) {
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
	n, err := decodeInto(raw, []byte(s))
	if err != nil {
		return nil, err
	}
	if size >= 0 && n != size {
		return nil, fmt.Errorf("%d bytes where %d are due", n, size)
	}
	return raw[:n], nil
}

// decodeInto is the same into a buffer with room for whole groups of three bytes.
func decodeInto(dst, s []byte) (int, error) {
	n, err := strict64.Decode(dst, s)
	if err != nil || base64.StdEncoding.EncodedLen(n) != len(s) { // it lets line breaks pass
		return 0, errBase64
	}
	return n, nil
}

// spelledHash is the length of a hash in base64.
const spelledHash = 44

// isHash says whether this is a hash in strict base64.
func isHash(spelt string) bool {
	var given [spelledHash]byte
	var raw [tlog.HashSize + 1]byte // room for whole groups
	n, err := decodeInto(raw[:], append(given[:0], spelt[:min(len(spelt), spelledHash)]...))
	return err == nil && n == tlog.HashSize && len(spelt) == spelledHash
}

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
