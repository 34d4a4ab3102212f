// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Payload is what one ledger entry says. Its marshalled bytes are what the
// commitment covers; they are stored and shown as they are, never written anew.
type Payload struct {
	V            int             // version of this format: 1
	Organisation string          // whose log it is
	Chain        string          // pseudonym of the subject; empty for what concerns nobody in particular
	Seq          int64           // place in the chain, from 1 without gaps
	Prev         string          // standard base64 of the leaf hash of Seq-1; empty for the first
	Kind         string          // one of the Kind constants
	Recorded     time.Time       // by the server's clock, UTC, to the microsecond
	By           string          // who recorded it, as a pseudonym
	Body         json.RawMessage // an object: lawful.Fact, KeyBody, Cleared, or whatever the kind says
}

// Kinds of payload.
const (
	KindFact        = "fact"        // lawful.Fact
	KindDeclaration = "declaration" // a purpose, notice, source, recipient or other part of the register
	KindKey         = "key"         // KeyBody
	KindClearance   = "clearance"   // Cleared
	KindErasure     = "erasure"     // what was destroyed, by count and ground
	KindImport      = "import"      // a file taken in, by salted hash and sums
	KindGeneration  = "generation"  // a log that follows another after a restore
	KindRequest     = "request"     // what was done about a person's request, by its number
)

// kinds is a function so that nobody can change the list.
func kinds() []string {
	return []string{KindFact, KindDeclaration, KindKey, KindClearance, KindErasure, KindImport, KindGeneration, KindRequest}
}

// payloadVersion is the only version of the payload format there is.
const payloadVersion = 1

// timeLayout is RFC 3339 in UTC with exactly six digits of second.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// wirePayload is Payload as it is written.
type wirePayload struct {
	V            int             `json:"v"`
	Organisation string          `json:"organisation"`
	Chain        string          `json:"chain"`
	Seq          int64           `json:"seq"`
	Prev         string          `json:"prev"`
	Kind         string          `json:"kind"`
	Recorded     string          `json:"recorded"`
	By           string          `json:"by"`
	Body         json.RawMessage `json:"body"`
}

// Marshal gives the bytes a commitment is made over, or says what is missing.
// It writes Recorded in UTC, cut to the microsecond.
func (p Payload) Marshal() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("marshal payload: %w", err)
	}
	wire := wirePayload{
		V: p.V, Organisation: p.Organisation, Chain: p.Chain, Seq: p.Seq, Prev: p.Prev, Kind: p.Kind,
		Recorded: p.Recorded.UTC().Format(timeLayout), By: p.By, Body: p.Body,
	}
	data, err := encode(wire)
	if err != nil {
		return nil, fmt.Errorf("marshal payload: %w", err)
	}
	if len(data) > maxPayload {
		return nil, fmt.Errorf("marshal payload: %d bytes, more than the %d allowed", len(data), maxPayload)
	}
	return data, nil
}

// ParsePayload reads what Marshal wrote, and nothing else: no unknown,
// repeated or differently cased key, nothing after the end, and not one byte
// that Marshal would write differently.
func ParsePayload(data []byte) (Payload, error) {
	var wire wirePayload
	if err := decodeStrict(data, maxPayload, &wire); err != nil {
		return Payload{}, fmt.Errorf("parse payload: %w", err)
	}
	recorded, err := time.Parse(timeLayout, wire.Recorded)
	if err != nil || recorded.Format(timeLayout) != wire.Recorded {
		return Payload{}, errors.New("parse payload: recorded is not a time in UTC with six digits of second")
	}
	p := Payload{
		V: wire.V, Organisation: wire.Organisation, Chain: wire.Chain, Seq: wire.Seq, Prev: wire.Prev, Kind: wire.Kind,
		Recorded: recorded, By: wire.By, Body: wire.Body,
	}
	if err := p.check(); err != nil {
		return Payload{}, fmt.Errorf("parse payload: %w", err)
	}
	return p, nil
}

func (p Payload) check() error {
	if err := p.checkHead(); err != nil {
		return err
	}
	if !bytes.HasPrefix(p.Body, []byte("{")) {
		return errors.New("body must be an object")
	}
	if err := scan(p.Body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// checkHead looks at all but the body.
func (p Payload) checkHead() error {
	switch {
	case p.V != payloadVersion:
		return fmt.Errorf("version %d is not known", p.V)
	case p.Organisation == "" || p.By == "":
		return errors.New("organisation and by must be given")
	case p.Seq < 1:
		return errors.New("seq counts from 1")
	case p.Seq == 1 && p.Prev != "":
		return errors.New("the first entry of a chain has no prev")
	case !slices.Contains(kinds(), p.Kind):
		return errors.New("kind is not known")
	case p.Recorded.UTC().Year() < 1970 || p.Recorded.UTC().Year() > 9999:
		return errors.New("recorded must be given")
	}
	if p.Seq > 1 && !isHash(p.Prev) {
		return errors.New("prev: not a hash in strict base64")
	}
	return nil
}

// commitmentLabel keeps a commitment from meaning anything in another format.
const commitmentLabel = "lecito/commitment/v1\x00"

// entryVersion is the first byte of every entry.
const entryVersion = 0x01

// SaltSize is the length of the random salt of a commitment.
const SaltSize = 32

// Commitment is SHA-256 over the label, the salt and the exact payload bytes.
// Without the salt it tells nothing, not even to who can guess the payload; the
// salt has a fixed length, so that salt and payload cannot trade bytes.
func Commitment(salt [SaltSize]byte, payload []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(commitmentLabel))
	h.Write(salt[:])
	h.Write(payload)
	return [sha256.Size]byte(h.Sum(nil))
}

// Entry is what the log holds of a payload: 33 bytes, 0x01 and the
// commitment. No kind, no time, no name.
func Entry(commitment [sha256.Size]byte) []byte {
	return append([]byte{entryVersion}, commitment[:]...)
}

// LeafHash is the RFC 6962 hash of an entry, SHA-256(0x00 || entry).
func LeafHash(entry []byte) tlog.Hash { return tlog.RecordHash(entry) }

// LeafOf is the leaf hash of a payload under its salt.
func LeafOf(salt [SaltSize]byte, payload []byte) tlog.Hash {
	return LeafHash(Entry(Commitment(salt, payload)))
}
