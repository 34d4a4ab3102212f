// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the head of a log: C2SP tlog-checkpoint. Whoever holds one can
// tell later whether anything under it was changed.
type Checkpoint struct {
	Origin     string    `json:"origin"` // names the log
	Size       int64     `json:"size"`   // entries in it
	Root       tlog.Hash `json:"root"`   // RFC 6962 root, base64
	Extensions string    `json:"extensions,omitempty"`
}

// Text is the note text of the checkpoint, without signatures.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s", c.Origin, c.Size, c.Root, c.Extensions)
}

// Sign gives the signed note. The signer's name must be the origin, so that a
// log key cannot be taken for another's.
func (c Checkpoint) Sign(signer note.Signer) (string, error) {
	if signer.Name() != c.Origin {
		return "", errors.New("sign checkpoint: the key's name is not the log's origin")
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return string(signed), nil
}

// ParseCheckpoint reads the text of a checkpoint, without signatures.
func ParseCheckpoint(text string) (Checkpoint, error) {
	if len(text) > maxNote {
		return Checkpoint{}, fmt.Errorf("parse checkpoint: %d bytes, more than the %d allowed", len(text), maxNote)
	}
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, errors.New("parse checkpoint: not origin, size and root, a line each")
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("parse checkpoint: size: %w", err)
	}
	root, err := decodeBase64(lines[2], tlog.HashSize)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("parse checkpoint: root: %w", err)
	}
	rest := lines[3]
	if rest != "" && (!strings.HasSuffix(rest, "\n") || rest[0] == '\n' || strings.Contains(rest, "\n\n")) {
		return Checkpoint{}, errors.New("parse checkpoint: an extension line is empty or unfinished")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root), Extensions: rest}, nil
}

// OpenCheckpoint verifies a signed checkpoint against the log's verifier key
// and reads it. Signatures of others, witnesses for instance, are left alone.
func OpenCheckpoint(signed, vkey string) (Checkpoint, error) {
	verifier, err := parseKey(vkey)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	if len(signed) > maxNote {
		return Checkpoint{}, errors.New("open checkpoint: too long")
	}
	n, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	return ParseCheckpoint(n.Text)
}

// openAlone verifies a note that must carry exactly one signature, of this
// key, in its one spelling: nothing in a file of ours is left uncovered.
func openAlone(signed string, verifier note.Verifier) (string, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(verifier))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &invalid):
		return "", errors.New("the signature does not fit the text: one of the two was changed")
	case errors.As(err, &unverified):
		return "", errors.New("not signed by this key")
	case err != nil:
		return "", errors.New("not a signed note")
	case len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0:
		return "", errors.New("not exactly one signature")
	}
	sig := n.Sigs[0]
	if _, err := decodeBase64(sig.Base64, -1); err != nil {
		return "", fmt.Errorf("signature: %w", err)
	}
	if n.Text+"\n— "+sig.Name+" "+sig.Base64+"\n" != signed {
		return "", errors.New("not in its one canonical spelling")
	}
	return n.Text, nil
}

// parseKey reads a verifier key (name+id+base64, Ed25519) in its one spelling.
func parseKey(vkey string) (note.Verifier, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, errors.New("not a verifier key (name+id+base64, Ed25519)")
	}
	_, rest, _ := strings.Cut(vkey, "+") // not the last plus: base64 has its own
	_, public, _ := strings.Cut(rest, "+")
	if _, err := decodeBase64(public, 33); err != nil {
		return nil, fmt.Errorf("verifier key: %w", err)
	}
	if fmt.Sprintf("%s+%08x+%s", verifier.Name(), verifier.KeyHash(), public) != vkey {
		return nil, errors.New("verifier key: not in its one canonical spelling")
	}
	return verifier, nil
}

// Fingerprint is a short name for a verifier key that people compare: the
// SHA-256 of the key's line, as `printf %s "$KEY" | sha256sum` gives it.
func Fingerprint(vkey string) string {
	sum := sha256.Sum256([]byte(vkey))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ParseKeys reads a file of verifier keys, one a line; empty lines and lines
// that begin with # say nothing.
func ParseKeys(file []byte) ([]string, error) {
	var keys []string
	for i, line := range bytes.Split(file, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if _, err := parseKey(text); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		keys = append(keys, text)
	}
	if len(keys) == 0 {
		return nil, errors.New("no verifier key in it")
	}
	return keys, nil
}
