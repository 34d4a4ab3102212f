// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Formats of a file. The statement repeats it, so that one kind of file cannot
// be dressed as another.
const (
	FormatCertificate = "lecito/certificate@v1"
	FormatReceipt     = "lecito/receipt@v1"
	FormatClearance   = "lecito/clearance@v1"
)

// envelope is the one outer form of certificates, receipts and clearances.
type envelope struct {
	Format    string   `json:"format"`
	Statement string   `json:"statement"`        // signed note: one line of JSON, by the statement key
	LogKey    string   `json:"log_key"`          // verifier key that signs checkpoints
	Key       Opened   `json:"key"`              // the entry that publishes the statement key
	Entries   []Opened `json:"entries"`          // what a certificate or clearance opens
	Sealed    *Sealed  `json:"sealed,omitempty"` // what a receipt points at without opening it
}

// Opened is a log entry with what opens its commitment, and its proof.
type Opened struct {
	Payload string `json:"payload"` // base64 of the exact bytes
	Salt    string `json:"salt"`    // base64 of 32 bytes
	Proof   string `json:"proof"`   // tlog-proof
}

// Open shows an entry: its payload, its salt and its proof.
func Open(payload []byte, salt [SaltSize]byte, proof Proof) Opened {
	return Opened{Payload: encodeBase64(payload), Salt: encodeBase64(salt[:]), Proof: proof.Format()}
}

// Sealed is a log entry that stays closed: its commitment and its proof.
type Sealed struct {
	Commitment string `json:"commitment"` // base64 of 32 bytes
	Proof      string `json:"proof"`      // tlog-proof
}

// Seal points at an entry without opening it.
func Seal(commitment [32]byte, proof Proof) Sealed {
	return Sealed{Commitment: encodeBase64(commitment[:]), Proof: proof.Format()}
}

// Head is what every statement begins with. Those who make one fill in
// Organisation and Issued; the rest is set from the proofs.
type Head struct {
	Format       string     `json:"format"`       // one of the Format constants
	Organisation string     `json:"organisation"` // whose statement it is
	Issued       time.Time  `json:"issued"`       // when it was signed, by the organisation's clock
	Checkpoint   Checkpoint `json:"checkpoint"`   // the state of the log it speaks of; every proof in the file is under it
}

// Signing is what the organisation brings to sign a file.
type Signing struct {
	Signer note.Signer // statement key
	LogKey string      // verifier key of the log
	Key    Opened      // the entry that publishes the statement key, under the same checkpoint as the rest
}

// NewCertificate makes a certificate file. The entries are the chains of
// c.Chains, whole, one chain after the other in that order, each from 1 on.
func NewCertificate(c Certificate, s Signing, entries []Opened) ([]byte, error) {
	if err := s.head(&c.Head, FormatCertificate); err != nil {
		return nil, err
	}
	return s.seal(c.Format, c, entries, nil)
}

// NewReceipt makes a receipt file. It carries the commitment of the entry, not
// its opening, which would show who recorded it and the full network address.
func NewReceipt(r Receipt, s Signing, sealed Sealed) ([]byte, error) {
	if err := s.head(&r.Head, FormatReceipt); err != nil {
		return nil, err
	}
	r.Commitment = sealed.Commitment
	proof, err := ParseProof(sealed.Proof)
	if err != nil {
		return nil, err
	}
	r.Index = proof.Index
	return s.seal(r.Format, r, nil, &sealed)
}

// NewClearance makes a clearance file around the opened entry of kind
// clearance, whose body is c.Cleared.
func NewClearance(c Clearance, s Signing, entry Opened) ([]byte, error) {
	if err := s.head(&c.Head, FormatClearance); err != nil {
		return nil, err
	}
	return s.seal(c.Format, c, []Opened{entry}, nil)
}

// head fills in what the proofs decide.
func (s Signing) head(h *Head, format string) error {
	proof, err := ParseProof(s.Key.Proof)
	if err != nil {
		return fmt.Errorf("make %s: %w", format, err)
	}
	checkpoint, err := OpenCheckpoint(proof.Checkpoint, s.LogKey)
	if err != nil {
		return fmt.Errorf("make %s: %w", format, err)
	}
	h.Format, h.Checkpoint = format, checkpoint
	h.Issued = h.Issued.UTC().Truncate(time.Microsecond)
	return nil
}

// seal signs the statement and puts the file together. It checks its own work:
// a file that would not verify is never given out.
func (s Signing) seal(format string, statement any, entries []Opened, sealed *Sealed) ([]byte, error) {
	line, err := encode(statement)
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", format, err)
	}
	signed, err := note.Sign(&note.Note{Text: string(line) + "\n"}, s.Signer)
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", format, err)
	}
	if entries == nil {
		entries = []Opened{}
	}
	file, err := envelope{
		Format: format, Statement: string(signed), LogKey: s.LogKey, Key: s.Key, Entries: entries, Sealed: sealed,
	}.marshal()
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", format, err)
	}
	verdict, err := Verify(file, Options{})
	if err == nil && !verdict.OK() {
		err = errors.New(verdict.Problems[0])
	}
	if err != nil {
		return nil, fmt.Errorf("make %s: it would not verify: %w", format, err)
	}
	return file, nil
}

// marshal writes the file: two spaces of indent and one newline at the end.
func (e envelope) marshal() ([]byte, error) {
	file, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(file, '\n'), nil
}

// parseEnvelope reads a file and demands that writing it again gives the same bytes.
func parseEnvelope(file []byte) (envelope, error) {
	var e envelope
	if err := decodeLoose(file, maxFile, &e); err != nil {
		return envelope{}, err
	}
	again, err := e.marshal()
	if err != nil {
		return envelope{}, err
	}
	if err := sameBytes(file, again); err != nil {
		return envelope{}, err
	}
	if e.Entries == nil {
		return envelope{}, errors.New("entries must be a list")
	}
	return e, nil
}
