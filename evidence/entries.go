// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/lawful"
)

// A certificate may open very many entries, and they are most of its file. They
// are cut out of it where it is spelt as marshal spells it, and opened one by one,
// several at once; what is left is an envelope without entries, and small.

// spelled is an entry as the file spells it: what stands between the quotes.
type spelled struct{ payload, salt, proof []byte }

// What marshal writes around them.
const (
	spelledList  = ",\n  \"entries\": ["
	spelledEntry = "\n    {\n      \"payload\": \""
	spelledSalt  = "\",\n      \"salt\": \""
	spelledProof = "\",\n      \"proof\": \""
	spelledClose = "\"\n    }"
)

// takeApart reads a file. Its entries are in the envelope or, where they are
// spelt as marshal spells them, beside it.
func takeApart(file []byte) (envelope, []spelled, error) {
	if rest, entries, fine := cut(file); fine {
		if e, err := parseEnvelope(rest); err == nil {
			return e, entries, nil
		}
	}
	e, err := parseEnvelope(file)
	return e, nil, err
}

// cut takes the entries out of a file. Whether what is between the quotes is
// spelt as it must be is not looked at; all around it is.
func cut(file []byte) (rest []byte, entries []spelled, fine bool) {
	head, tail, found := bytes.Cut(file, []byte(spelledList+spelledEntry))
	if !found || len(file) > maxFile {
		return nil, nil, false
	}
	at := tail
	for more := true; more; at, more = bytes.CutPrefix(at, []byte(","+spelledEntry)) {
		var e spelled
		if e.payload, at, fine = quoted(at, spelledSalt); !fine {
			return nil, nil, false
		}
		if e.salt, at, fine = quoted(at, spelledProof); !fine {
			return nil, nil, false
		}
		if e.proof, at, fine = quoted(at, spelledClose); !fine {
			return nil, nil, false
		}
		if entries == nil { // the others are about as long
			entries = make([]spelled, 0, 1+len(at)/(len(tail)-len(at)))
		}
		entries = append(entries, e)
	}
	tail, fine = bytes.CutPrefix(at, []byte("\n  ]"))
	return slices.Concat(head, []byte(spelledList+"]"), tail), entries, fine
}

// quoted takes a text up to its quote, and what must follow from there.
func quoted(at []byte, then string) (text, rest []byte, fine bool) {
	end := bytes.IndexByte(at, '"')
	if end < 1 || at[end-1] == '\\' {
		return nil, nil, false
	}
	rest, fine = bytes.CutPrefix(at[end:], []byte(then))
	return at[:end], rest, fine
}

// errSpelling says that an entry is not spelt as marshal spells it.
var errSpelling = errors.New("not in its one canonical spelling")

// opened gives the entry as the envelope has it.
func (s spelled) opened() (o Opened, err error) {
	for _, part := range []struct {
		spelt []byte
		to    *string
	}{{s.payload, &o.Payload}, {s.salt, &o.Salt}, {s.proof, &o.Proof}} {
		token := `"` + string(part.spelt) + `"`
		if err := json.Unmarshal([]byte(token), part.to); err != nil {
			return o, errSpelling
		}
		if again, err := encode(*part.to); err != nil || string(again) != token {
			return o, errSpelling
		}
	}
	return o, nil
}

// openedAtOnce is how many entries are opened in one go; the first of them is
// proved by itself.
const openedAtOnce = 512

// openAll opens the entries of a file, whichever way they are there, on all
// processors where there are many. It gives the first error there is.
func (v *verification) openAll(plain []Opened, entries []spelled) error {
	n := max(len(plain), len(entries)) // one of them is empty
	v.opened, v.facts = make([]openedEntry, n), make([]lawful.Recorded, n)
	for i, entry := range plain {
		if err := v.openAt(i, entry); err != nil {
			return err
		}
	}
	errs := make([]error, (len(entries)+openedAtOnce-1)/openedAtOnce)
	several(len(errs), func(n int) {
		from := n * openedAtOnce
		errs[n] = v.openSome(entries[from:min(from+openedAtOnce, len(entries))], from)
	})
	return cmp.Or(errs...)
}

// openAt opens the entry at a place of the file.
func (v *verification) openAt(place int, entry Opened) (err error) {
	if v.opened[place], err = v.open(entry); err != nil {
		return fail(areaLog, fmt.Sprintf("entry %d of the file: %s", place+1, err))
	}
	v.opened[place].name(&v.facts[place])
	return nil
}

// name gives an entry room for its fact, and says where in its chain it is.
func (e *openedEntry) name(fact *lawful.Recorded) {
	p := &e.payload
	fact.Chain, fact.Seq, fact.Entry, fact.Recorded = p.Chain, p.Seq, EntryName(p.Chain, p.Seq), p.Recorded
	e.fact = fact
}

// openSome opens entries that stand beside each other in the file, from a place on.
func (v *verification) openSome(entries []spelled, place int) error {
	size := 0
	for _, e := range entries {
		size += base64.StdEncoding.DecodedLen(len(e.payload))
	}
	o := opener{trail: trail{index: -1}}
	o.texts.Grow(size)
	for i, e := range entries {
		to, fact := &v.opened[place+i], &v.facts[place+i]
		if o.quick(e, to, &fact.Fact) {
			to.name(fact)
			continue
		}
		*fact = lawful.Recorded{}
		entry, err := e.opened()
		if err != nil {
			return err
		}
		if err := v.openAt(place+i, entry); err != nil {
			return err
		}
		if proof, err := ParseProof(entry.Proof); err == nil {
			o.trail.begin(proof, v.checkpoint.Size, to.leaf, e.proof)
		}
	}
	return nil
}

// opener opens entries one after the other, the quick way.
type opener struct {
	trail trail
	raw   []byte          // label, salt and payload of one
	texts strings.Builder // the payloads, which the facts are read from
}

// quick opens an entry that is spelt as they are every day: open gives the same.
func (o *opener) quick(e spelled, to *openedEntry, fact *lawful.Fact) (fine bool) {
	const head = len(commitmentLabel) + SaltSize
	room := head + max(base64.StdEncoding.DecodedLen(len(e.salt)), base64.StdEncoding.DecodedLen(len(e.payload)))
	if cap(o.raw) < room {
		o.raw = append(make([]byte, 0, room), commitmentLabel...)
	}
	raw := o.raw[:room]
	if n, err := decodeInto(raw[len(commitmentLabel):], e.salt); err != nil || n != SaltSize {
		return false
	}
	n, err := decodeInto(raw[head:], e.payload)
	if err != nil {
		return false
	}
	to.leaf = leafOf(sha256.Sum256(raw[:head+n]))
	if to.index, fine = o.trail.follow(to.leaf, e.proof); !fine {
		return false
	}
	from := o.texts.Len()
	o.texts.Write(raw[head : head+n])
	to.payload, to.read = readFact(o.texts.String()[from:], fact)
	return to.read
}

// leafOf is LeafHash of Entry of a commitment.
func leafOf(commitment [sha256.Size]byte) tlog.Hash {
	leaf := [2 + sha256.Size]byte{0: 0, 1: entryVersion} // what tells a leaf from a node (RFC 6962, 2.1), and the entry
	copy(leaf[2:], commitment[:])
	return sha256.Sum256(leaf[:])
}

// several calls f for each number below n, on all processors.
func several(n int, f func(int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	panics := make([]any, min(runtime.GOMAXPROCS(0), n))
	work := func(worker int) {
		defer func() { panics[worker] = recover() }()
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	for worker := 1; worker < len(panics); worker++ {
		all.Go(func() { work(worker) })
	}
	if n > 0 {
		work(0)
	}
	all.Wait()
	if p := cmp.Or(panics...); p != nil {
		panic(p) // where the caller can meet it
	}
}
