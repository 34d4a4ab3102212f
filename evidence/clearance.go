// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/lawful"
)

// Clearance is the signed statement that a list was put through the decision,
// row by row (GDPR art. 5(2)). Salt is here and not in the log entry: with it
// and the list one can tell that this is the list, without it nobody can guess.
type Clearance struct {
	Head
	Cleared Cleared `json:"cleared"`
	Salt    string  `json:"salt"` // base64 of 32 random bytes; of both digests
}

// Cleared is what was done with the list. It is also the body of the log entry
// of kind clearance, byte for byte.
type Cleared struct {
	Purpose    string           `json:"purpose"`             // what the list was cleared for
	Channel    string           `json:"channel"`             // by which channel
	Content    string           `json:"content,omitempty"`   // as in the question, where it was said
	Operation  string           `json:"operation,omitempty"` // likewise
	Data       []lawful.Used    `json:"data,omitempty"`      // likewise
	Recipient  string           `json:"recipient,omitempty"` // likewise
	Who        string           `json:"who"`                 // pseudonym of who asked for it
	At         time.Time        `json:"at"`                  // the instant the question was about
	KnownAt    time.Time        `json:"known_at"`            // what was recorded by then counted
	ValidUntil time.Time        `json:"valid_until"`         // after that the list is to be cleared again
	Rows       int64            `json:"rows"`                // rows of the list, without its head
	Permitted  int64            `json:"permitted"`           // rows given back
	Rejected   int64            `json:"rejected"`            // rows left out
	Reasons    map[string]int64 `json:"reasons"`             // every row under one reason; they sum to Rows
	Input      ListDigest       `json:"input"`               // the list that went in
	Output     ListDigest       `json:"output"`              // the list that came out
}

// ListDigest identifies a list: its length and the SHA-256 of the clearance's
// salt followed by its bytes.
type ListDigest struct {
	SHA256 string `json:"sha256"` // base64 of 32 bytes
	Bytes  int64  `json:"bytes"`
}

// NewListHash begins the salted hash of a list; write the list's bytes to it.
func NewListHash(salt [SaltSize]byte) hash.Hash {
	h := sha256.New()
	h.Write(salt[:])
	return h
}

// DigestOf ends a hash begun with NewListHash, over a list of n bytes.
func DigestOf(h hash.Hash, n int64) ListDigest {
	return ListDigest{SHA256: encodeBase64(h.Sum(nil)), Bytes: n}
}

// What a list turned out to be, for a clearance.
const (
	ListInput   = "input"   // the list that went in
	ListOutput  = "output"  // the list that came out
	ListBoth    = "both"    // all rows came out: the two are the same
	ListNeither = "neither" // some other list, or one that was changed
)

// checkClearance compares statement and log entry, and the list where there is one.
func (v *verification) checkClearance(c *Clearance, list io.Reader) error {
	v.verdict.Clearance = c
	if err := c.check(); err != nil {
		return fail(areaStatement, err.Error())
	}
	if len(v.opened) != 1 {
		return fail(areaFormat, "a clearance opens exactly one entry")
	}
	entry := v.opened[0]
	if entry.payload.Kind != KindClearance || entry.payload.Organisation != c.Organisation {
		return fail(areaClearance, "the entry is not a clearance of this organisation")
	}
	body, err := encode(c.Cleared)
	if err != nil {
		return fail(areaStatement, err.Error())
	}
	if !bytes.Equal(body, entry.payload.Body) {
		return fail(areaClearance, "the log entry and the statement do not say the same")
	}
	v.tellClearance(c, entry)
	if list == nil {
		return nil
	}
	return v.checkList(c, list)
}

// check looks at the statement alone.
func (c *Clearance) check() error {
	d := c.Cleared
	if d.Purpose == "" || d.Channel == "" || d.Who == "" || d.At.IsZero() || d.ValidUntil.IsZero() {
		return errors.New("purpose, channel, who, at and valid_until must be given")
	}
	if _, err := decodeBase64(c.Salt, SaltSize); err != nil {
		return fmt.Errorf("salt: %w", err)
	}
	for _, digest := range []ListDigest{d.Input, d.Output} {
		if _, err := decodeBase64(digest.SHA256, tlog.HashSize); err != nil || digest.Bytes < 0 {
			return errors.New("a digest of a list is not 32 bytes of base64 and a length")
		}
	}
	sum := int64(0)
	for _, n := range d.Reasons {
		if n < 0 || n > d.Rows {
			return errors.New("a count is out of range")
		}
		sum += n
	}
	if d.Permitted < 0 || d.Rejected < 0 || d.Permitted+d.Rejected != d.Rows || sum != d.Rows {
		return errors.New("the counts do not add up to the rows")
	}
	return nil
}

// checkList says which of the two lists this is.
func (v *verification) checkList(c *Clearance, list io.Reader) error {
	salt, err := decodeBase64(c.Salt, SaltSize)
	if err != nil {
		return fail(areaStatement, "salt: "+err.Error())
	}
	h := NewListHash([SaltSize]byte(salt))
	n, err := io.Copy(h, list)
	if err != nil {
		return fmt.Errorf("read the list: %w", err)
	}
	got := DigestOf(h, n)
	in, out := got == c.Cleared.Input, got == c.Cleared.Output
	switch {
	case in && out:
		v.verdict.List = ListBoth
	case in:
		v.verdict.List = ListInput
	case out:
		v.verdict.List = ListOutput
	default:
		v.verdict.List = ListNeither
		v.problem(areaList, fmt.Sprintf("this list has %d bytes; %d went in, %d came out", n, c.Cleared.Input.Bytes, c.Cleared.Output.Bytes))
		return nil
	}
	v.say(proved, "list."+v.verdict.List)
	return nil
}
