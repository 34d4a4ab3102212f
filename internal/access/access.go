// SPDX-License-Identifier: Apache-2.0

// Package access knows who is calling: operators who sign in by a one-time
// link, API keys, and what each may do. Tokens are random 256-bit values shown
// once; only their SHA-256 is kept, so the store cannot be used to sign in.
//
// What it promises: a token is compared by the hash of the whole of it; a
// one-time link works once; a revoked key and a removed operator are refused at
// the next call, a key that another process revoked within a second; who was let in, and who no longer is, are entries of the ledger
// that name neither a person nor an address.
//
// Where it is weak: there is no second factor yet, and an operator's mailbox is
// as good as the operator.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
)

// Service keeps API keys, operators and their sessions.
type Service struct {
	db      *db.DB
	ledger  *ledger.Ledger
	secrets *seal.Secrets
	keys    remembered
}

// New returns the service.
func New(d *db.DB, l *ledger.Ledger, secrets *seal.Secrets) *Service {
	return &Service{db: d, ledger: l, secrets: secrets}
}

// Prefixes of tokens: they say what a found string is, to people and to scanners.
const (
	prefixKey     = "lecito_"
	prefixLink    = "link_"
	prefixSession = "session_"
)

// newToken makes a token of 256 random bits and what is kept of it.
func newToken(prefix string) (token string, hash []byte) {
	var raw [32]byte
	rand.Read(raw[:]) // never fails
	token = prefix + base64.RawURLEncoding.EncodeToString(raw[:])
	return token, hashOf(token)
}

// hashOf is what is kept of a token. A token has 256 bits of its own, so a plain
// hash says nothing; finding it by the hash compares nothing byte by byte.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Kinds and effects of the entries that record who is let in.
const (
	entryKey      = "api_key"
	entryOperator = "operator"

	effectAdded   = "added"
	effectChanged = "changed"
	effectRetired = "retired"
)

// grant is the body of such an entry. It holds ids and scopes only.
type grant struct {
	Kind   string   `json:"kind"`
	ID     string   `json:"id"`
	Effect string   `json:"effect"`
	Role   string   `json:"role,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, actor Actor, g grant) error {
	body, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("encode a grant: %w", err)
	}
	_, err = s.ledger.Add(ctx, tx, actor.Org, []ledger.Draft{{
		Chain: ledger.Own, Kind: evidence.KindDeclaration, Body: body, By: actor.By(),
	}})
	if problem.Is(err, problem.NotFound) {
		return noOrganisation()
	}
	return err
}

func noOrganisation() error {
	return problem.New(problem.NotFound, "organisation_unknown",
		"There is no such organisation here yet. Declare it with lecito apply first.")
}

// list and unlist keep several words in one column.
func list(words []string, separator string) string { return strings.Join(words, separator) }

func unlist(column, separator string) []string {
	if column == "" {
		return nil
	}
	return strings.Split(column, separator)
}
