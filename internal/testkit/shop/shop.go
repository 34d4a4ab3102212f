// SPDX-License-Identifier: Apache-2.0

// Package shop gives tests a small declared organisation on a store of
// testkit, with every service of the spine on top. Only tests import it.
package shop

import (
	"bytes"
	_ "embed"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
)

//go:embed bottega.yaml
var declared []byte

//go:embed bases.yaml
var bases []byte

// File is what the shop declares; a test changes its own.
func File() []byte { return slices.Clone(declared) }

// Org is the shop's id.
const Org = "bottega"

// Shop is the spine, put together on one store.
type Shop struct {
	Env      testkit.Env
	DB       *db.DB
	Keys     *seal.Keys
	Secrets  *seal.Secrets
	Ledger   *ledger.Ledger
	Subjects *subject.Subjects
	Register *register.Service
	Choices  *choice.Service
	Standing *standing.Service
	Rights   *rights.Service
}

// Open puts the spine on env.DB and declares the shop.
func Open(t *testing.T, env testkit.Env) *Shop {
	t.Helper()
	s := Over(t, env, env.DB)
	s.Declare(t, declared)
	return s
}

// With is the file that the shop declares, with more of its own at the end.
func With(more string) []byte { return append(bytes.Clone(declared), more...) }

// OpenWhole is Open, with a purpose on every basis.
func OpenWhole(t *testing.T, env testkit.Env) *Shop {
	t.Helper()
	s := Over(t, env, env.DB)
	s.Declare(t, bytes.Replace(declared, []byte("sources:\n"), append(bytes.Clone(bases), "sources:\n"...), 1))
	return s
}

// Over puts the spine on a store that the shop is declared in already, with
// keys read anew from the folder: what another process would have.
func Over(t *testing.T, env testkit.Env, d *db.DB) *Shop {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &Shop{Env: env, DB: d, Keys: keys, Secrets: seal.NewSecrets(keys)}
	s.Ledger = ledger.New(d, keys, s.Secrets, env.Clock)
	s.Subjects = subject.New(s.Ledger, s.Secrets)
	s.Register = register.New(d, s.Ledger, s.Ledger.Create)
	s.Choices = choice.New(d, s.Ledger, s.Subjects, s.Register)
	s.Standing = standing.New(d, s.Ledger, s.Subjects, s.Register)
	s.Rights = rights.New(d, s.Ledger, s.Subjects, s.Register, keys)
	return s
}

// Declare applies a file.
func (s *Shop) Declare(t *testing.T, file []byte) {
	t.Helper()
	doc, err := register.Parse(file, "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Register.Apply(t.Context(), "local:test", "", doc, false); err != nil {
		t.Fatal(err)
	}
}

// Key is the shop's own server.
func Key() access.Actor {
	return access.Actor{Org: Org, Kind: access.KindKey, ID: "server", Scopes: []string{access.ScopeAdmin}}
}

// Collect is the public form on the shop's pages.
func Collect() access.Actor {
	return access.Actor{Org: Org, Kind: access.KindKey, ID: "public", Scopes: []string{access.ScopeCollect}}
}

// Person is somebody with a signed link.
func Person() access.Actor {
	return access.Actor{Org: Org, Kind: access.KindPerson, ID: "link", Scopes: []string{access.ScopeChoices}}
}

// Operator is somebody at the console.
func Operator() access.Actor {
	return access.Actor{Org: Org, Kind: access.KindOperator, ID: "op_1", Scopes: []string{access.ScopeAdmin}}
}

// At moves the clock of the store.
func (s *Shop) At(at time.Time) { s.Env.Clock.Set(at) }
