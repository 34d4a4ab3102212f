// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"bytes"
	"math/bits"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// trail is an inclusion proof that was checked, kept for the next one under the
// same checkpoint: from where the two meet to the root they have the same hashes,
// and only what is below is hashed again. Of entries beside each other that is one
// or two nodes of all. A proof that it does not follow may be right all the same:
// Proof.Check says.
type trail struct {
	size   int64                // of the tree
	index  int64                // of the entry; -1: none was checked yet
	deep   int                  // hashes in its proof
	nodes  [maxHashes]tlog.Hash // what each was hashed with, from the leaf up
	hashes [maxHashes]tlog.Hash // those of the proof
	spelt  []byte               // the proof from its first hash on, as the file spells it
}

// How a file spells the beginning of a proof, and its lines.
const (
	spelledHeader = proofHeader + `\nindex `
	spelledLine   = `\n`
	hashLine      = spelledHash + len(spelledLine)
)

// begin takes a proof that Check found right, and its spelling.
func (t *trail) begin(p Proof, size int64, leaf tlog.Hash, spelt []byte) {
	t.index = -1
	index, rest, fine := indexOf(spelt)
	if !fine || index != p.Index || len(p.Hashes) > maxHashes {
		return
	}
	var sides uint64
	t.size, t.deep = size, climb(index, 0, size, &sides)
	if t.deep != len(p.Hashes) {
		return
	}
	copy(t.hashes[:], p.Hashes)
	t.ascend(leaf, sides, t.deep)
	t.index, t.spelt = index, rest
}

// follow checks the proof of another leaf, and goes on from it.
func (t *trail) follow(leaf tlog.Hash, spelt []byte) (index int64, fine bool) {
	index, rest, fine := indexOf(spelt)
	if !fine || t.index < 0 || index == t.index || index >= t.size {
		return 0, false
	}
	low, high, shared := meet(t.index, index, t.size)
	var sides uint64
	own := climb(index, low, high, &sides) // hashes below where the two meet
	met := t.deep - shared - 1             // where that is on the old trail
	if len(rest) < (own+1)*hashLine || !bytes.Equal(rest[(own+1)*hashLine:], t.spelt[(met+1)*hashLine:]) {
		return 0, false
	}
	was, with := t.nodes[met], t.hashes[met]
	t.index = -1 // until it was checked
	if own != met {
		copy(t.nodes[own:], t.nodes[met:t.deep])
		copy(t.hashes[own:], t.hashes[met:t.deep])
	}
	for i := range own + 1 {
		if !hashOf(rest[i*hashLine:], &t.hashes[i]) {
			return 0, false
		}
	}
	if t.ascend(leaf, sides, own) != with || t.hashes[own] != was {
		return 0, false
	}
	t.nodes[own] = with
	t.index, t.deep, t.spelt = index, own+1+shared, rest
	return index, true
}

// ascend hashes a leaf with the first n hashes of the proof.
func (t *trail) ascend(node tlog.Hash, sides uint64, n int) tlog.Hash {
	for i := range n {
		t.nodes[i] = node
		if sides>>i&1 == 0 {
			node = tlog.NodeHash(node, t.hashes[i])
		} else {
			node = tlog.NodeHash(t.hashes[i], node)
		}
	}
	return node
}

// split is the number of leaves in the left half of a tree: the largest power of
// two below its size (RFC 6962, 2.1).
func split(size int64) int64 { return 1 << (bits.Len64(uint64(size-1)) - 1) }

// meet gives the smallest subtree that holds both leaves, and how many larger ones do.
func meet(a, b, size int64) (low, high int64, larger int) {
	high = size
	for ; ; larger++ {
		middle := low + split(high-low)
		switch {
		case a < middle && b < middle:
			high = middle
		case a >= middle && b >= middle:
			low = middle
		default:
			if b < middle {
				return low, middle, larger
			}
			return middle, high, larger
		}
	}
}

// climb counts the hashes that lead from a leaf to the root of its subtree; sides
// gets a bit for each, the lowest for the first: 1 where the leaf is on the right.
func climb(index, low, high int64, sides *uint64) (n int) {
	for ; high-low > 1; n++ {
		*sides <<= 1
		if middle := low + split(high-low); index < middle {
			high = middle
		} else {
			low = middle
			*sides |= 1
		}
	}
	return n
}

// indexOf reads the index of a proof as a file spells it, and gives what follows.
func indexOf(spelt []byte) (index int64, rest []byte, fine bool) {
	rest, fine = bytes.CutPrefix(spelt, []byte(spelledHeader))
	digits, rest, found := bytes.Cut(rest, []byte(spelledLine))
	if !fine || !found || len(digits) > 18 {
		return 0, nil, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, nil, false
		}
		index = 10*index + int64(d-'0')
	}
	return index, rest, len(digits) == len(strconv.AppendInt(make([]byte, 0, 20), index, 10))
}

// hashOf reads the line that begins here.
func hashOf(spelt []byte, h *tlog.Hash) bool {
	line, end := spelt[:spelledHash], spelt[spelledHash:hashLine]
	var raw [tlog.HashSize + 1]byte // room for whole groups
	n, err := decodeInto(raw[:], line)
	copy(h[:], raw[:])
	return err == nil && n == tlog.HashSize && string(end) == spelledLine
}
