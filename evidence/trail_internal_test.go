// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is a tree of so many leaves.
type tree struct {
	hashes []tlog.Hash
	leaves []tlog.Hash
	root   tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = t.hashes[index]
	}
	return out, nil
}

func grow(tb testing.TB, size int64) *tree {
	tb.Helper()
	t := &tree{}
	for n := range size {
		t.leaves = append(t.leaves, tlog.RecordHash(fmt.Appendf(nil, "entry %d", n)))
		more, err := tlog.StoredHashesForRecordHash(n, t.leaves[n], t)
		if err != nil {
			tb.Fatal(err)
		}
		t.hashes = append(t.hashes, more...)
	}
	var err error
	if t.root, err = tlog.TreeHash(size, t); err != nil {
		tb.Fatal(err)
	}
	return t
}

// proof is the inclusion proof of a leaf, and how a file spells it.
func (t *tree) proof(tb testing.TB, index int64) (p Proof, spelt string) {
	tb.Helper()
	hashes, err := tlog.ProveRecord(int64(len(t.leaves)), index, t)
	if err != nil {
		tb.Fatal(err)
	}
	p = Proof{Index: index, Hashes: hashes, Checkpoint: "log\n1\nroot\n\nsignature\n"}
	return p, strings.ReplaceAll(p.Format(), "\n", `\n`)
}

// TestTrailsLeadWhereProofsDo follows, in trees of every shape, from every leaf to
// every other one: what is proved is taken, what tlog refuses is refused.
func TestTrailsLeadWhereProofsDo(t *testing.T) {
	for _, size := range []int64{2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 21, 31, 32, 33} {
		tree := grow(t, size)
		for from := range size {
			for to := range size {
				if from != to {
					followed(t, tree, from, to)
				}
			}
		}
	}
}

func followed(t *testing.T, tree *tree, from, to int64) {
	t.Helper()
	size := int64(len(tree.leaves))
	first, spelt := tree.proof(t, from)
	next, good := tree.proof(t, to)
	begun := func() *trail {
		trail := &trail{index: -1}
		trail.begin(first, size, tree.leaves[from], []byte(spelt))
		return trail
	}
	walker := begun()
	if index, fine := walker.follow(tree.leaves[to], []byte(good)); !fine || index != to {
		t.Fatalf("of %d, from %d to %d: got %d, %t", size, from, to, index, fine)
	}
	if _, fine := walker.follow(tree.leaves[from], []byte(spelt)); !fine { // and back again
		t.Fatalf("of %d, from %d back to %d: not followed", size, to, from)
	}
	bad := map[string]string{
		"another index": strings.Replace(good, fmt.Sprintf("index %d", to), fmt.Sprintf("index %d", (to+1)%size), 1),
		"a zero before": strings.Replace(good, "index ", "index 0", 1),
		"no index":      strings.Replace(good, fmt.Sprintf("index %d", to), "index ", 1),
		"outside":       strings.Replace(good, fmt.Sprintf("index %d", to), fmt.Sprintf("index %d", to+size), 1),
		"a line more":   strings.Replace(good, `\n\nlog`, `\n`+next.Hashes[0].String()+`\n\nlog`, 1),
		"other head":    strings.Replace(good, "root", "tree", 1),
		"cut":           good[:len(good)-1],
	}
	for i, h := range next.Hashes {
		other := h
		other[i%len(h)] ^= 1
		bad[fmt.Sprintf("hash %d", i)] = strings.Replace(good, h.String(), other.String(), 1)
		bad[fmt.Sprintf("no hash %d", i)] = strings.Replace(good, h.String()+`\n`, "", 1)
		bad[fmt.Sprintf("loose hash %d", i)] = strings.Replace(good, h.String(), h.String()[:42]+loose(h.String()[42])+"=", 1)
	}
	for name, spelt := range bad {
		if _, fine := begun().follow(tree.leaves[to], []byte(spelt)); fine {
			t.Fatalf("of %d, from %d to %d: %s is followed", size, from, to, name)
		}
	}
	if _, fine := begun().follow(tree.leaves[from], []byte(good)); fine {
		t.Fatalf("of %d, from %d to %d: another leaf is followed", size, from, to)
	}
}

// loose is the last letter of a hash with an unused bit set: base64 of the same bytes, not strict.
func loose(letter byte) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return string(letters[strings.IndexByte(letters, letter)|1])
}

func BenchmarkTrail(b *testing.B) {
	tree := grow(b, 10_000)
	spelt := make([]string, len(tree.leaves))
	var first Proof
	for i := range tree.leaves {
		p, s := tree.proof(b, int64(i))
		if spelt[i] = s; i == 0 {
			first = p
		}
	}
	for b.Loop() {
		trail := trail{index: -1}
		trail.begin(first, int64(len(spelt)), tree.leaves[0], []byte(spelt[0]))
		for i := 1; i < len(spelt); i++ {
			if _, fine := trail.follow(tree.leaves[i], []byte(spelt[i])); !fine {
				b.Fatal(i)
			}
		}
	}
}
