// SPDX-License-Identifier: Apache-2.0

// Package ledger is the spine: an append-only Merkle log per organisation, to
// which every fact that matters is added in the transaction that records it.
//
// An entry of the log is a salted commitment and nothing else (RFC 6962 leaf
// hashing, served as C2SP tlog-tiles); its payload and salt are kept sealed
// under the key of the subject whose chain it belongs to. Each subject's entries
// form a chain: gap-free sequence numbers, each payload holding the leaf hash of
// the one before.
//
// What it promises: an entry is in the log exactly once, within a second of its
// commit while a sequencer runs; positions have no gaps; no checkpoint is signed
// that is not an extension of the last one signed with the same key folder, even
// after a crash, a second sequencer or a restored database (docs/life-of-a-choice.md).
//
// Where it is weak: until somebody else holds a checkpoint, an operator with the
// keys and the database can rebuild a whole log; outside anchors close that.
package ledger

import (
	"errors"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
)

// Ledger adds entries, sequences them and proves them.
type Ledger struct {
	db      *db.DB
	keys    *seal.Keys
	secrets *seal.Secrets
	clock   clock.Clock
	watcher Watcher // nil: nobody

	mu    sync.Mutex       // guards terms; held while an organisation's log is sequenced or signed
	terms map[string]int64 // by organisation: the term this process holds
}

// New returns a ledger on the store, with the keys that seal and sign.
func New(d *db.DB, keys *seal.Keys, secrets *seal.Secrets, c clock.Clock) *Ledger {
	return &Ledger{db: d, keys: keys, secrets: secrets, clock: c, terms: map[string]int64{}}
}

// Watcher is told what transactions of this process changed: see Watch.
type Watcher interface {
	// Changed names chains of an organisation that got entries, or were emptied
	// or destroyed. It is called after the transaction, before whoever asked for it
	// is answered, and may be called more than once for one. With unknown, the store
	// did not say whether it took the change, and may take it yet. By then a chain
	// may have changed again: what it holds now is in the store.
	Changed(org string, chains []string, unknown bool)
}

// Watch has the watcher told of every change from now on. It is called once,
// before anything is added.
func (l *Ledger) Watch(w Watcher) { l.watcher = w }

// changed tells the watcher, once the transaction has ended.
func (l *Ledger) changed(tx *db.Tx, org string, chains []string) {
	if l.watcher == nil || len(chains) == 0 {
		return
	}
	tx.AfterCommit(func(unknown bool) { l.watcher.Changed(org, chains, unknown) })
}

// Own is the chain of what concerns the organisation and nobody in particular.
const Own = "organisation"

// Draft is an entry to be added.
type Draft struct {
	Chain       string // pseudonym of the subject, or Own
	New         bool   // make the chain where it is not there; two who make the same one at once get an error
	Kind        string // one of evidence's kinds
	Body        []byte // JSON
	By          string // who recorded it, by pseudonym
	Idempotency string // the caller's key: the same key and request is the same entry
	Request     []byte // what was asked, for telling a repeated request from another under the same key; Body when empty
	Unknown     bool   // Known told in this transaction that nothing is on record under the key
	Told        bool   // New, under an id that nobody else can have met, and the caller tells the watcher of it
	Forget      bool   // keep the commitment alone: payload and salt leave with the caller
}

// Added is an entry with its place in its chain. It is a promise of inclusion.
type Added struct {
	ID       string
	Chain    string
	Seq      int64
	Existing bool     // it had been added before under the same idempotency key
	Payload  []byte   // the exact bytes committed to; empty when Existing
	Salt     [32]byte // and their salt
	Key      seal.Key // of the chain, for what is sealed beside it; zero when Existing
}

// Entry is an opened entry.
type Entry struct {
	ID       string
	Chain    string
	Seq      int64
	Kind     string
	Recorded time.Time
	Body     []byte
	Payload  []byte // the exact bytes committed to
	Salt     [32]byte
}

// ErrFenced says that another process sequences this log: nothing was written.
var ErrFenced = errors.New("another process holds the log")

// ErrBehind says that the store is behind the last signed head kept beside the
// keys: it was restored, or is a standby that was promoted. A new generation must begin.
var ErrBehind = errors.New("the store is behind the last signed head")
