// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	formats "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
)

// published is the folder of logs and proofs that others made.
const published = "testdata/published"

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	return string(must(t, data, err))
}

func TestPublishedCheckpointsOpen(t *testing.T) {
	key := strings.TrimSpace(read(t, published, "sumdb.vkey"))
	c, err := evidence.OpenCheckpoint(read(t, published, "sumdb-checkpoint.note"), key)
	if err != nil || c.Origin != "go.sum database tree" || c.Size != 35225469 {
		t.Errorf("got %+v, %v", c, err)
	}
	key = strings.TrimSpace(read(t, published, "tessera-log", "log.vkey"))
	for n := range 16 {
		signed := read(t, published, "tessera-log", fmt.Sprintf("checkpoint.%d", n))
		c, err := evidence.OpenCheckpoint(signed, key)
		if err != nil || c.Size != int64(n) {
			t.Errorf("checkpoint %d: got %+v, %v", n, c, err)
		}
		bad := strings.Replace(signed, fmt.Sprintf("\n%d\n", n), fmt.Sprintf("\n%d\n", n+1), 1)
		if _, err := evidence.OpenCheckpoint(bad, key); err == nil {
			t.Errorf("checkpoint %d with another size opens", n)
		}
	}
}

// TestPublishedLogIsConsistent proves every later state of a log made by
// Tessera against every earlier one, from its words.
func TestPublishedLogIsConsistent(t *testing.T) {
	key := strings.TrimSpace(read(t, published, "tessera-log", "log.vkey"))
	l := &sampleLog{}
	var heads []evidence.Checkpoint
	words := strings.Fields("one two three four five six seven eit nain ten ileven twelf threeten fourten fivten")
	for n := range 16 {
		c, err := evidence.OpenCheckpoint(read(t, published, "tessera-log", fmt.Sprintf("checkpoint.%d", n)), key)
		heads = append(heads, must(t, c, err))
		if n < 15 {
			hashes, err := tlog.StoredHashes(int64(n), []byte(words[n]), l)
			l.hashes = append(l.hashes, must(t, hashes, err)...)
		}
	}
	for newer := range 16 {
		for older := range newer + 1 {
			var hashes []tlog.Hash
			if older > 0 {
				p, err := tlog.ProveTree(int64(newer), int64(older), l)
				hashes = must(t, p, err)
			}
			if err := evidence.VerifyConsistency(heads[older], heads[newer], hashes); err != nil {
				t.Errorf("%d to %d: %v", older, newer, err)
			}
			if older < newer && evidence.VerifyConsistency(heads[newer], heads[older], hashes) == nil {
				t.Errorf("%d to %d: a log that shrank is consistent", newer, older)
			}
		}
	}
}

// proofCase is one published case; the hashes are of any length there.
type proofCase struct {
	Case struct {
		Size1, Size2, LeafIdx, TreeSize uint64
		Root1, Root2, Root, LeafHash    []byte
		Proof                           [][]byte
		Desc                            string
		WantErr                         bool
	} `json:"case"`
}

func TestPublishedProofs(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(read(t, published, "merkle_proof_cases.S.jsonl")), "\n")
	for _, line := range lines {
		var c proofCase
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		if err := ours(c); (err != nil) != c.Case.WantErr {
			t.Errorf("%s: got %v, want an error: %t", c.Case.Desc, err, c.Case.WantErr)
		}
	}
	if len(lines) != 98 {
		t.Errorf("got %d cases, want 98", len(lines))
	}
}

// ours puts a case through this package, proofs by way of their text.
func ours(c proofCase) error {
	p := evidence.Proof{Index: int64(c.Case.LeafIdx), Checkpoint: "x\n"}
	var text strings.Builder
	for _, h := range c.Case.Proof {
		text.WriteString(base64.StdEncoding.EncodeToString(h) + "\n")
	}
	p, err := evidence.ParseProof(strings.Replace(p.Format(), "\n\n", "\n"+text.String()+"\n", 1))
	if err != nil {
		return err
	}
	root := func(size uint64, root []byte) (evidence.Checkpoint, error) {
		return evidence.ParseCheckpoint(fmt.Sprintf("x\n%d\n%s\n", int64(size), base64.StdEncoding.EncodeToString(root)))
	}
	if c.Case.LeafHash != nil {
		head, err := root(c.Case.TreeSize, c.Case.Root)
		if err != nil {
			return err
		}
		if len(c.Case.LeafHash) != tlog.HashSize {
			return fmt.Errorf("leaf hash of %d bytes", len(c.Case.LeafHash))
		}
		return p.Check(head, tlog.Hash(c.Case.LeafHash))
	}
	older, err := root(c.Case.Size1, c.Case.Root1)
	if err != nil {
		return err
	}
	newer, err := root(c.Case.Size2, c.Case.Root2)
	if err != nil {
		return err
	}
	return evidence.VerifyConsistency(older, newer, p.Hashes)
}

// TestProofsAgreeWithTransparencyDev checks our proofs with their code, and our
// text of a proof with their parser.
func TestProofsAgreeWithTransparencyDev(t *testing.T) {
	l := newLog(t)
	for i := range 20 {
		l.addRaw(fmt.Appendf(nil, "payload %d", i), "x")
	}
	head, _ := l.checkpoint()
	for i, e := range l.entries {
		p := l.proof(i)
		leaf := rfc6962.DefaultHasher.HashLeaf(evidence.Entry(evidence.Commitment(e.salt, e.payload)))
		var theirs formats.TLogProof
		if err := theirs.Unmarshal([]byte(p.Format())); err != nil {
			t.Fatal(err)
		}
		var hashes [][]byte
		for _, h := range theirs.Hashes {
			hashes = append(hashes, h[:])
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, theirs.Index, uint64(head.Size), leaf, hashes, head.Root[:]); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
		if string(theirs.Checkpoint) != p.Checkpoint || !bytes.Equal(theirs.Marshal(), []byte(p.Format())) {
			t.Errorf("entry %d: their text is not ours", i)
		}
	}
}

// TestRootVectors are the RFC 6962 roots over the well-known eight leaves.
func TestRootVectors(t *testing.T) {
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	want := map[int]string{
		1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	l := &sampleLog{}
	for i, leaf := range leaves {
		raw, err := hex.DecodeString(leaf)
		hashes, err2 := tlog.StoredHashesForRecordHash(int64(i), evidence.LeafHash(must(t, raw, err)), l)
		l.hashes = append(l.hashes, must(t, hashes, err2)...)
		root, err := tlog.TreeHash(int64(i+1), l)
		if got := must(t, root, err); want[i+1] != "" && hex.EncodeToString(got[:]) != want[i+1] {
			t.Errorf("%d leaves: got %x, want %s", i+1, got, want[i+1])
		}
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(nil)); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("empty: got %s", got)
	}
}

// TestSignedNoteVector is the example of the C2SP signed-note specification: a
// valid note whose text is no checkpoint.
func TestSignedNoteVector(t *testing.T) {
	const vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
	const signed = "This is an example message.\n\n— example.com/foo " +
		"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
	verifier, err := note.NewVerifier(vkey)
	if _, err := note.Open([]byte(signed), note.VerifierList(must(t, verifier, err))); err != nil {
		t.Error(err)
	}
	_, err = evidence.OpenCheckpoint(signed, vkey)
	if err == nil || !strings.Contains(err.Error(), "origin, size and root") {
		t.Errorf("got %v; want the signature accepted and the text refused", err)
	}
	_, err = evidence.OpenCheckpoint(strings.Replace(signed, "example message", "Example message", 1), vkey)
	if err == nil || strings.Contains(err.Error(), "origin") {
		t.Errorf("got %v; want the signature refused", err)
	}
}

func TestProofIsReadStrictly(t *testing.T) {
	l := newLog(t)
	l.addRaw([]byte("x"), "x")
	good := l.proof(1).Format()
	if p, err := evidence.ParseProof(good); err != nil || p.Format() != good {
		t.Fatalf("got %v", err)
	}
	_, checkpoint, _ := strings.Cut(good, "\n\n")
	for name, edit := range map[string][2]string{
		"header":        {"@v1", "@v2"},
		"index sign":    {"index 1", "index +1"},
		"index zero":    {"index 1", "index 01"},
		"negative":      {"index 1", "index -1"},
		"hash cut":      {"=\n\n", "\n\n"},
		"unused bits":   {good[strings.Index(good, "=\n")-1:][:2], "/="},
		"no checkpoint": {checkpoint, ""},
		"carriage":      {"index 1\n", "index 1\r\n"},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if _, err := evidence.ParseProof(bad); err == nil || bad == good {
			t.Errorf("%s: got no error", name)
		}
	}
	extra := evidence.Proof{Extra: []byte("more"), Checkpoint: "x\n"}
	if p, err := evidence.ParseProof(extra.Format()); err != nil || string(p.Extra) != "more" {
		t.Errorf("got %+v, %v", p, err)
	}
}

func FuzzParseProof(f *testing.F) {
	l := newLog(f)
	f.Add(l.proof(0).Format())
	f.Add(evidence.Proof{Extra: []byte("more"), Index: 7, Hashes: []tlog.Hash{{1}}, Checkpoint: "x\n"}.Format())
	f.Add("c2sp.org/tlog-proof@v1\nindex 0\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := evidence.ParseProof(text); err == nil && p.Format() != text {
			t.Errorf("got %q, want %q", p.Format(), text)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	l := newLog(f)
	c, signed := l.checkpoint()
	f.Add(c.Text(), signed)
	f.Add("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n", "x\n\n— x AAAAAAA=\n")
	f.Fuzz(func(t *testing.T, text, note string) {
		if c, err := evidence.ParseCheckpoint(text); err == nil && c.Text() != text {
			t.Errorf("got %q, want %q", c.Text(), text)
		}
		if got, err := evidence.OpenCheckpoint(note, l.log.vkey); err == nil && !strings.HasPrefix(note, got.Text()) {
			t.Errorf("opened %+v, which the note does not say", got)
		}
	})
}
