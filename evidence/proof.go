// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	maxHashes   = 63      // an inclusion proof of any tree there can be
	maxNote     = 1 << 20 // the text of a checkpoint or a proof
)

// Proof shows offline that one entry is in a log, in the form of C2SP
// tlog-proof: its place, the hashes from its leaf to the root, and the signed
// checkpoint that holds the root.
type Proof struct {
	Extra      []byte      // of the application, covered by nothing; nil in Lecito's files
	Index      int64       // of the entry, from 0
	Hashes     []tlog.Hash // from the leaf up
	Checkpoint string      // signed note
}

// Format writes the proof as tlog-proof says.
func (p Proof) Format() string {
	var b strings.Builder
	b.WriteString(proofHeader + "\n")
	if p.Extra != nil {
		b.WriteString("extra " + encodeBase64(p.Extra) + "\n")
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n" + p.Checkpoint)
	return b.String()
}

// ParseProof reads what Format writes, strictly. It does not look into the
// checkpoint; OpenCheckpoint and Check do.
func ParseProof(text string) (Proof, error) {
	if len(text) > maxNote {
		return Proof{}, fmt.Errorf("parse proof: %d bytes, more than the %d allowed", len(text), maxNote)
	}
	head, checkpoint, found := strings.Cut(text, "\n\n")
	if !found || checkpoint == "" || checkpoint[0] == '\n' {
		return Proof{}, errors.New("parse proof: no blank line and checkpoint at the end")
	}
	lines := strings.Split(head, "\n")
	if lines[0] != proofHeader {
		return Proof{}, errors.New("parse proof: the first line is not " + proofHeader)
	}
	p, lines := Proof{Checkpoint: checkpoint}, lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra, err := decodeBase64(strings.TrimPrefix(lines[0], "extra "), -1)
		if err != nil {
			return Proof{}, fmt.Errorf("parse proof: extra: %w", err)
		}
		p.Extra, lines = extra, lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return Proof{}, errors.New("parse proof: no index line")
	}
	var err error
	if p.Index, err = parseDecimal(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return Proof{}, fmt.Errorf("parse proof: index: %w", err)
	}
	if len(lines)-1 > maxHashes {
		return Proof{}, fmt.Errorf("parse proof: more than %d hashes", maxHashes)
	}
	for i, line := range lines[1:] {
		raw, err := decodeBase64(line, tlog.HashSize)
		if err != nil {
			return Proof{}, fmt.Errorf("parse proof: hash %d: %w", i+1, err)
		}
		p.Hashes = append(p.Hashes, tlog.Hash(raw))
	}
	return p, nil
}

// Check says whether the leaf is in the tree of the checkpoint at the place
// the proof names (RFC 6962, 2.1.1). The checkpoint is the opened form of
// p.Checkpoint; Check trusts the caller for that.
func (p Proof) Check(c Checkpoint, leaf tlog.Hash) error {
	if p.Index < 0 || p.Index >= c.Size {
		return fmt.Errorf("index %d is outside the log's %d entries", p.Index, c.Size)
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, leaf); err != nil {
		return errors.New("the hashes do not lead from this entry to the root of the checkpoint")
	}
	return nil
}

// VerifyConsistency says whether the log of the newer checkpoint begins with
// the whole log of the older one, unchanged (RFC 6962, 2.1.2). Both must have
// been opened with the log's key.
func VerifyConsistency(older, newer Checkpoint, proof []tlog.Hash) error {
	switch {
	case older.Origin != newer.Origin:
		return errors.New("the checkpoints are of two different logs")
	case older.Size < 0 || older.Size > newer.Size:
		return fmt.Errorf("the log has shrunk from %d to %d entries", older.Size, newer.Size)
	case older.Size == 0:
		if older.Root != sha256.Sum256(nil) || len(proof) != 0 || newer.Size == 0 && newer.Root != older.Root {
			return errors.New("an empty log has the empty root and needs no hashes")
		}
		return nil
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("the log of %d entries does not begin with the log of %d", newer.Size, older.Size)
	}
	return nil
}

// parseDecimal accepts a count in its one spelling: digits, no leading zero.
func parseDecimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, errors.New("not a decimal number")
	}
	return n, nil
}
