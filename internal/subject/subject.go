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
	Holder string // person, shared or organisation
}

// Who an identifier's holder is.
const (
	HolderPerson       = "person"
	HolderShared       = "shared" // a family, an office
	HolderOrganisation = "organisation"
)

// Subjects finds, makes and links subjects.
type Subjects struct {
	ledger  *ledger.Ledger
	secrets *seal.Secrets
}

// New returns the subjects kept with the ledger.
func New(l *ledger.Ledger, secrets *seal.Secrets) *Subjects {
	return &Subjects{ledger: l, secrets: secrets}
}
