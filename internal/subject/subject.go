// SPDX-License-Identifier: Apache-2.0

// Package subject knows the person behind identifiers (GDPR art. 4(1)): it
// normalises and matches e-mail addresses, phones, customer numbers, postal
// addresses and devices, and links and splits subjects.
//
// What it promises: an identifier is found by a keyed index only, and kept
// sealed under its subject's key; what cannot be told apart is never merged, so
// two people who share a phone stay two; a link adds a row and moves nothing, and
// can be undone.
//
// Where it is weak: an identifier passed on to another person (a recycled phone
// number) is still the old subject's until somebody says otherwise.
package subject

import (
	"sync"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Identifier is an identifier with the form it was given in. Value is
// normalised and decides what is equal; Given is for people's eyes.
type Identifier struct {
	lawful.Identifier
	Given string
}

// Held is an identifier on record.
type Held struct {
	Identifier
	Chain  string // pseudonym of the subject
	Holder string // one of the Holder constants
	Nth    int64  // of the identifier's holders, as Matches.Next tells; to attach it
	Told   bool   // the subject is a Newcomer whom the caller tells of
}

// Newcomer is a subject that a transaction began, with identifiers nobody held and
// all there is on record about it.
type Newcomer struct {
	Chain       string
	Identifiers []lawful.Identifier
	History     []lawful.Recorded
}

// Who an identifier's holder is.
const (
	HolderPerson       = "person"
	HolderShared       = "shared" // a family, an office
	HolderOrganisation = "organisation"
	HolderBrowser      = "browser" // nobody known: the number that the script on a site gave a browser
)

// Subjects finds, makes and links subjects.
type Subjects struct {
	ledger  *ledger.Ledger
	secrets *seal.Secrets
	watcher Watcher // nil: nobody

	mu    sync.Mutex
	tombs map[string]*Tombs // guarded by mu; by organisation
}

// Watcher is told what transactions of this process changed: see Watch.
type Watcher interface {
	// Attached names identifiers of an organisation that subjects got. It is called after the transaction, before whoever asked for it is answered. With
	// unknown, the store did not say whether it took the change, and may take it yet.
	// Who holds them now is in the store.
	Attached(org string, ids []lawful.Identifier, unknown bool)

	// Newcomers is asked before a transaction looks for whom it may begin. It returns
	// what is to be called with whom it began, in the same way, in place of Attached
	// and of what the ledger tells; nil: nothing is.
	Newcomers(org string) func(all []Newcomer, unknown bool)

	// Released names subjects that were erased, and the identifiers they held, in the same way.
	Released(org string, chains []string, ids []lawful.Identifier, unknown bool)
}

// Watch has the watcher told of every change from now on. It is called once,
// before anything is attached.
func (s *Subjects) Watch(w Watcher) { s.watcher = w }

// attached tells the watcher, once the transaction has ended.
func (s *Subjects) attached(tx *db.Tx, org string, ids []lawful.Identifier) {
	if s.watcher == nil || len(ids) == 0 {
		return
	}
	tx.AfterCommit(func(unknown bool) { s.watcher.Attached(org, ids, unknown) })
}

// Newcomers is the watcher's; nil where there is none.
func (s *Subjects) Newcomers(org string) func(all []Newcomer, unknown bool) {
	if s.watcher == nil {
		return nil
	}
	return s.watcher.Newcomers(org)
}

// New returns the subjects kept with the ledger.
func New(l *ledger.Ledger, secrets *seal.Secrets) *Subjects {
	return &Subjects{ledger: l, secrets: secrets, tombs: map[string]*Tombs{}}
}
