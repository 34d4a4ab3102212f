// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/lawful"
)

// Options say what a file is held against.
type Options struct {
	Keys []string  // verifier keys of the organisation, pinned by the reader: of the log or of statements
	List io.Reader // for a clearance: a list, to be told which of the two it is
}

// Verdict is what verifying a file showed.
type Verdict struct {
	Kind         string `json:"kind"` // certificate, receipt, clearance; empty where it cannot be told
	Organisation string `json:"organisation,omitempty"`
	Intact       bool   `json:"intact"`      // nothing in it was changed, and it says nothing its evidence contradicts
	Signed       bool   `json:"signed"`      // by the statement key the log publishes
	KeyPinned    bool   `json:"key_pinned"`  // and that key, its log or its predecessor is one of Options.Keys
	LogKey       string `json:"log_key"`     // verifier key of the log
	Fingerprint  string `json:"fingerprint"` // of LogKey

	Certificate *Certificate     `json:"certificate,omitempty"`
	Receipt     *Receipt         `json:"receipt,omitempty"`
	Clearance   *Clearance       `json:"clearance,omitempty"`
	Decision    *lawful.Decision `json:"decision,omitempty"` // of a certificate, once it was decided again with the same answer
	List        string           `json:"list,omitempty"`     // one of the List constants, where a list was given

	Proved   []string `json:"proved,omitempty"`   // by hashes, proofs and signatures
	Attested []string `json:"attested,omitempty"` // the organisation's signed word
	Stated   []string `json:"stated,omitempty"`   // whose statement each time is
	Problems []string `json:"problems,omitempty"` // what is wrong; empty when nothing is

	said []said // the same, before it was put into a language
}

// OK says that the file is whole, signed and (where keys were given) signed by
// one of them, and that a list that was given is one of its two.
func (v Verdict) OK() bool { return v.Intact && v.Signed && len(v.Problems) == 0 }

// Verify checks a certificate, receipt or clearance, offline and without a
// clock. What is wrong with the file is in the verdict; an error means that the
// question could not be put (a key that is none, a list that cannot be read).
func Verify(file []byte, opts Options) (Verdict, error) {
	for _, key := range opts.Keys {
		if _, err := parseKey(key); err != nil {
			return Verdict{}, fmt.Errorf("pinned key: %w", err)
		}
	}
	v := &verification{english: readBook(english)}
	err := v.run(file, opts)
	if errors.Is(err, errSpelling) {
		*v, err = verification{english: v.english}, fail(areaFormat, err.Error())
	}
	var failure *failure
	switch {
	case errors.As(err, &failure):
		v.problem(failure.area, failure.detail)
	case err != nil:
		return Verdict{}, err
	default:
		v.verdict.Intact = true
	}
	v.verdict.tell(v.english)
	return v.verdict, nil
}

// verification is one run of Verify.
type verification struct {
	verdict    Verdict
	english    book
	checkpoint Checkpoint
	signed     string // the one checkpoint, as a signed note
	opened     []openedEntry
	facts      []lawful.Recorded // room for the fact of each of opened
}

// openedEntry is an entry whose opening and proof are right.
type openedEntry struct {
	payload Payload
	fact    *lawful.Recorded // room for it
	read    bool             // the fact was read already; the payload is without its body
	leaf    tlog.Hash
	index   int64
}

// failure is what is wrong with a file, and where.
type failure struct{ area, detail string }

func (f *failure) Error() string { return f.area + ": " + f.detail }

func fail(area, detail string) error { return &failure{area, detail} }

func (v *verification) run(file []byte, opts Options) error {
	e, entries, err := takeApart(file)
	if err != nil {
		return fail(areaFormat, err.Error())
	}
	kind := map[string]string{FormatCertificate: "certificate", FormatReceipt: "receipt", FormatClearance: "clearance"}[e.Format]
	if kind == "" {
		return fail(areaFormat, "format is none of "+strings.Join([]string{FormatCertificate, FormatReceipt, FormatClearance}, ", "))
	}
	v.verdict.Kind = kind
	if err := v.openLog(e); err != nil {
		return err
	}
	key, verifier, err := v.openKey(e)
	if err != nil {
		return err
	}
	text, err := openAlone(e.Statement, verifier)
	if err != nil {
		return fail(areaSignature, err.Error())
	}
	v.verdict.Signed = true
	v.pin(e.LogKey, key, opts.Keys)
	if err := v.openAll(e.Entries, entries); err != nil {
		return err
	}
	return v.statement(e, text, opts.List)
}

// openLog verifies the checkpoint all proofs must share.
func (v *verification) openLog(e envelope) error {
	verifier, err := parseKey(e.LogKey)
	if err != nil {
		return fail(areaLog, "log_key: "+err.Error())
	}
	proof, err := ParseProof(e.Key.Proof)
	if err != nil {
		return fail(areaLog, "the statement key's entry: "+err.Error())
	}
	text, err := openAlone(proof.Checkpoint, verifier)
	if err != nil {
		return fail(areaLog, "checkpoint: "+err.Error())
	}
	if v.checkpoint, err = ParseCheckpoint(text); err != nil {
		return fail(areaLog, err.Error())
	}
	if v.checkpoint.Origin != verifier.Name() {
		return fail(areaLog, "the log key's name is not the log's origin")
	}
	v.signed = proof.Checkpoint
	v.verdict.LogKey, v.verdict.Fingerprint = e.LogKey, Fingerprint(e.LogKey)
	return nil
}

// openKey opens the entry that publishes the statement key.
func (v *verification) openKey(e envelope) (KeyBody, note.Verifier, error) {
	entry, err := v.open(e.Key)
	if err != nil {
		return KeyBody{}, nil, fail(areaLog, "the statement key's entry: "+err.Error())
	}
	var key KeyBody
	if entry.payload.Kind != KindKey {
		return key, nil, fail(areaSignature, "the statement key's entry is of another kind")
	}
	if err := decodeStrict(entry.payload.Body, maxPayload, &key); err != nil {
		return key, nil, fail(areaSignature, "the statement key's entry: "+err.Error())
	}
	verifier, err := key.check()
	if err != nil {
		return key, nil, fail(areaSignature, err.Error())
	}
	if key.Role != RoleStatement {
		return key, nil, fail(areaSignature, "the published key does not sign statements")
	}
	v.verdict.Organisation = entry.payload.Organisation
	v.say(proved, "key", entry.index)
	return key, verifier, nil
}

// pin compares the keys with those the reader trusts. A pinned log key vouches
// for the statement key it publishes; a pinned statement key for the root it
// signs and for its successor.
func (v *verification) pin(logKey string, key KeyBody, pinned []string) {
	v.verdict.KeyPinned = slices.ContainsFunc(pinned, func(p string) bool {
		return p == logKey || p == key.VKey || p == key.Replaces
	})
	if len(pinned) > 0 && !v.verdict.KeyPinned {
		v.problem(areaPin, "the file's log key has fingerprint "+v.verdict.Fingerprint)
	}
}

// open checks one opened entry: its bytes against its commitment against its proof.
func (v *verification) open(o Opened) (openedEntry, error) {
	raw, err := decodeBase64(o.Payload, -1)
	if err != nil {
		return openedEntry{}, fmt.Errorf("payload: %w", err)
	}
	salt, err := decodeBase64(o.Salt, SaltSize)
	if err != nil {
		return openedEntry{}, fmt.Errorf("salt: %w", err)
	}
	leaf := LeafOf([SaltSize]byte(salt), raw)
	index, err := v.include(o.Proof, leaf)
	if err != nil {
		return openedEntry{}, err
	}
	payload, err := ParsePayload(raw)
	return openedEntry{payload: payload, leaf: leaf, index: index}, err
}

// include checks that the leaf is in the log of the one checkpoint.
func (v *verification) include(text string, leaf tlog.Hash) (int64, error) {
	proof, err := ParseProof(text)
	switch {
	case err != nil:
		return 0, err
	case proof.Extra != nil:
		return 0, errors.New("the proof carries extra data that nothing covers")
	case proof.Checkpoint != v.signed:
		return 0, errors.New("the proof is under another checkpoint than the rest of the file")
	}
	return proof.Index, proof.Check(v.checkpoint, leaf)
}

// statement reads what was signed and hands it to the check of its kind.
func (v *verification) statement(e envelope, text string, list io.Reader) error {
	line, found := strings.CutSuffix(text, "\n")
	if !found || strings.Contains(line, "\n") {
		return fail(areaStatement, "not one line of JSON")
	}
	if e.Sealed != nil && e.Format != FormatReceipt {
		return fail(areaFormat, "only a receipt points at a sealed entry")
	}
	var err error
	switch e.Format {
	case FormatCertificate:
		var c Certificate
		if err = v.read(line, &c, &c.Head, e.Format); err == nil {
			err = v.checkCertificate(&c)
		}
	case FormatReceipt:
		var r Receipt
		if err = v.read(line, &r, &r.Head, e.Format); err == nil {
			err = v.checkReceipt(&r, e)
		}
	default:
		var c Clearance
		if err = v.read(line, &c, &c.Head, e.Format); err == nil {
			err = v.checkClearance(&c, list)
		}
	}
	return err
}

// read decodes the statement and checks its head against the rest of the file.
func (v *verification) read(line string, statement any, head *Head, format string) error {
	if err := decodeStrict([]byte(line), maxFile, statement); err != nil {
		return fail(areaStatement, err.Error())
	}
	switch {
	case head.Format != format:
		return fail(areaStatement, "it was signed as another kind of file")
	case head.Organisation != v.verdict.Organisation:
		return fail(areaStatement, "the key that signed it belongs to another organisation")
	case head.Checkpoint != v.checkpoint:
		return fail(areaStatement, "it speaks of another checkpoint than the proofs")
	case head.Issued.IsZero():
		return fail(areaStatement, "issued must be given")
	}
	v.tellHead(head)
	return nil
}
