// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/api"
	"github.com/lecito/lecito/internal/web/link"
)

// shop is a whole server with the sample's organisation, and another one.
type shop struct {
	env    testkit.Env
	parts  api.Parts
	routes []web.Route
	server *web.Server
	url    string
	log    *logBuffer
	keys   map[string]string // tokens by scope, and "other": an admin key of the other organisation
}

// logBuffer is a log that tests read.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func open(t *testing.T, env testkit.Env) *shop {
	t.Helper()
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{env: env, log: &logBuffer{}, keys: map[string]string{}}
	secrets := seal.NewSecrets(keys)
	p := api.Parts{
		DB: env.DB, Keys: keys, Secrets: secrets, Clock: env.Clock, PublicURL: "https://lecito.example", PublicLedger: true,
		Doctor: func(context.Context, access.Actor) ([]api.Finding, error) {
			return []api.Finding{{Name: "store", OK: true, Detail: "answers"}}, nil
		},
	}
	p.Ledger = ledger.New(p.DB, keys, secrets, env.Clock)
	p.Subjects = subject.New(p.Ledger, secrets)
	p.Register = register.New(p.DB, p.Ledger, p.Ledger.Create)
	p.Choices = choice.New(p.DB, p.Ledger, p.Subjects, p.Register)
	p.Standing = standing.New(p.DB, p.Ledger, p.Subjects, p.Register)
	p.Rights = rights.New(p.DB, p.Ledger, p.Subjects, p.Register, keys)
	p.Links = link.New(secrets, p.PublicURL)
	p.Access = access.New(p.DB, p.Ledger, secrets)
	p.Messages = message.New(message.Parts{DB: p.DB, Ledger: p.Ledger, Subjects: p.Subjects, Register: p.Register, Choices: p.Choices})
	p.Choices.Follow(p.Messages)
	p.Requests, err = request.New(request.Parts{
		DB: p.DB, Ledger: p.Ledger, Subjects: p.Subjects, Choices: p.Choices, Register: p.Register, Keys: keys, Secrets: secrets,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Lists = lists.New(lists.Parts{
		DB: p.DB, Ledger: p.Ledger, Choices: p.Choices, Standing: p.Standing, Rules: p.Register, Secrets: secrets, Clock: env.Clock, Dir: t.TempDir(),
	})
	s.parts, s.routes = p, api.Routes(p)
	s.server = web.New(web.Config{
		Routes: s.routes, Access: p.Access, Organisations: p.Ledger.Organisations, Clock: env.Clock,
		Log: slog.New(slog.NewJSONHandler(s.log, nil)), Limits: web.Limits{Key: 1e6, Address: 1e6, Wrong: 1e6},
	})
	s.declare(t)
	s.serve(t)
	return s
}

// declare applies the sample's file, and the same for another organisation, and makes keys.
func (s *shop) declare(t *testing.T) {
	t.Helper()
	for _, org := range []string{"bottega", "altra"} {
		file := bytes.Replace(sample.Bottega, []byte("id: bottega\n"), []byte("id: "+org+"\n"), 1)
		doc, err := register.Parse(file, "bottega.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.parts.Register.Apply(t.Context(), "test", org, doc, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, scope := range access.Scopes() {
		s.key(t, "bottega", scope, scope)
	}
	s.key(t, "altra", "other", access.ScopeAdmin)
}

func (s *shop) key(t *testing.T, org, name, scope string) {
	t.Helper()
	want := access.NewKey{Name: name, Scopes: []string{scope}}
	if scope == access.ScopeCollect {
		want.Origins = []string{"https://shop.example"}
	}
	_, token, err := s.parts.Access.CreateKey(t.Context(), access.Local(org), want)
	if err != nil {
		t.Fatal(err)
	}
	s.keys[name] = token
}

func (s *shop) serve(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(s.server)
	t.Cleanup(server.Close)
	s.url = server.URL
}

// call sends a request with the key of a name ("" for none) and returns the answer.
func (s *shop) call(t *testing.T, key, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		token := s.keys[key]
		if token == "" {
			token = key
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(answer)
}

func each(t *testing.T, f func(t *testing.T, s *shop)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) { f(t, open(t, env)) })
}

// once runs on SQLite only: for what the database has no part in.
func once(t *testing.T, f func(t *testing.T, s *shop)) {
	t.Helper()
	t.Setenv("LECITO_TEST_POSTGRES", "")
	t.Setenv("CI", "")
	t.Setenv("LECITO_TEST", "")
	each(t, f)
}

func (s *shop) count(t *testing.T) int64 {
	t.Helper()
	var n int64
	err := s.env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		n, err = db.One(ctx, tx, db.Value[int64], `SELECT count(*) FROM entry WHERE org IN ('bottega', 'altra')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const yes = `{"subject":{"email":"anna@example.com"},"choices":[{"purpose":"newsletter","channel":"email","choice":"given"}],
 "source":"footer-form","notice":{"id":"signup","version":1,"language":"it"},"evidence":{"method":"checkbox","default":"unticked","text":"Sì"}}`
