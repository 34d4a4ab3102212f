// SPDX-License-Identifier: Apache-2.0

package request_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

const org = sample.Organisation

// shop is the sample shop with its named people, and what they ask of it.
type shop struct {
	testkit.Env

	keys     *seal.Keys
	secrets  *seal.Secrets
	ledger   *ledger.Ledger
	subjects *subject.Subjects
	register *register.Service
	standing *standing.Service
	rights   *rights.Service
	requests *request.Service
	post     *post
}

// post keeps letters, or fails while it is down.
type post struct {
	letters []request.Letter
	down    bool
}

func (p *post) Send(_ context.Context, l request.Letter) error {
	if p.down {
		return errors.New("the mail server is down")
	}
	p.letters = append(p.letters, l)
	return nil
}

func open(t *testing.T, env testkit.Env) *shop {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{Env: env, keys: keys, secrets: seal.NewSecrets(keys), post: &post{}}
	s.ledger = ledger.New(env.DB, keys, s.secrets, env.Clock)
	s.subjects = subject.New(s.ledger, s.secrets)
	s.register = register.New(env.DB, s.ledger, s.ledger.Create)
	s.standing = standing.New(env.DB, s.ledger, s.subjects, s.register)
	s.rights = rights.New(env.DB, s.ledger, s.subjects, s.register, keys)
	choices := choice.New(env.DB, s.ledger, s.subjects, s.register)
	told := sample.Store{DB: env.DB, Clock: env.Clock, Register: s.register, Choices: choices, Rights: s.rights}
	if err := told.Fill(t.Context(), 0, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	if s.requests, err = s.service(env.DB); err != nil {
		t.Fatal(err)
	}
	return s
}

// service is the requests on a store, as another start of the program has them.
func (s *shop) service(d *db.DB) (*request.Service, error) {
	l := ledger.New(d, s.keys, s.secrets, s.Clock)
	subjects := subject.New(l, s.secrets)
	rules := register.New(d, l, l.Create)
	return request.New(request.Parts{
		DB: d, Ledger: l, Subjects: subjects, Choices: choice.New(d, l, subjects, rules), Register: rules, Keys: s.keys, Secrets: s.secrets,
	})
}

// person is the actor behind the pages, office one who serves rights.
func person() access.Actor { return access.Actor{Org: org, Kind: access.KindPerson, ID: "requests"} }

func office() access.Actor {
	return access.Actor{Org: org, Kind: access.KindOperator, ID: "opr_rita", Scopes: []string{access.ScopeRequests}}
}

// form opens a request as a stranger does.
func (s *shop) form(t *testing.T, kind, email, message string) string {
	t.Helper()
	r, err := s.requests.Open(t.Context(), person(), request.Opening{
		Kind: kind, Via: request.ViaForm, Language: "it", Message: message, Contact: request.Contact{Email: email},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// work does what the worker does.
func (s *shop) work(t *testing.T) {
	t.Helper()
	if err := s.requests.Work(t.Context(), org, s.post); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) find(t *testing.T, id string) request.Request {
	t.Helper()
	var r request.Request
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		r, err = s.requests.Find(ctx, tx, org, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func acts(r request.Request) string {
	out := ""
	for _, s := range r.Steps {
		out += s.Act + " "
	}
	return out
}

// stand tells why we may or may not write to somebody.
func (s *shop) stand(t *testing.T, email string) lawful.Reason {
	t.Helper()
	d, err := s.standing.Check(t.Context(), access.Local(org), standing.Question{
		Subject: choice.Subject{Email: email}, Purpose: "newsletter", Channel: "email",
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.Reason
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
