// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"bytes"
	_ "embed"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

//go:embed testdata/bottega.yaml
var declared []byte

const org = "bottega"

// kit is Lecito with a shop's declarations, and a key that is known to everybody.
type kit struct {
	*app.App

	clock  *clock.Manual
	server *httptest.Server
	key    string
	admin  string // a key of the shop's own server
	file   []byte // what is declared
}

// open starts Lecito on a store of a test, for a shop whose site is at the address.
func open(t *testing.T, env testkit.Env, site string) *kit {
	t.Helper()
	k := &kit{clock: env.Clock, server: httptest.NewUnstartedServer(nil), file: bytes.ReplaceAll(declared, []byte("SHOP"), []byte(site))}
	var err error
	k.App, err = app.New(t.Context(), app.Config{
		Dir: env.Dir, URL: env.Options.URL, Schema: env.Options.Schema, Clock: env.Clock,
		PublicURL: "http://" + k.server.Listener.Addr().String(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.server.Close()
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	if k.server.Config.Handler, _, err = k.Handler(); err != nil {
		t.Fatal(err)
	}
	k.server.Start()
	k.declare(t, "", "")
	_, k.key, err = k.Access.CreateKey(t.Context(), access.Local(org), access.NewKey{
		Name: "the site", Scopes: []string{access.ScopeCollect}, Origins: []string{site},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, k.admin, err = k.Access.CreateKey(t.Context(), access.Local(org), access.NewKey{Name: "server", Scopes: []string{access.ScopeAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// declare applies the file with something in it changed.
func (k *kit) declare(t *testing.T, old, changed string) {
	t.Helper()
	if !bytes.Contains(k.file, []byte(old)) {
		t.Fatalf("the file does not hold %q", old)
	}
	k.file = bytes.Replace(k.file, []byte(old), []byte(changed), 1)
	doc, err := register.Parse(k.file, "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Register.Apply(t.Context(), "local:test", "", doc, false); err != nil {
		t.Fatal(err)
	}
}

// reason is why something may or may not be done.
func (k *kit) reason(t *testing.T, who choice.Subject, purpose, channel string) lawful.Reason {
	t.Helper()
	d, err := k.Standing.Check(t.Context(), access.Local(org), standing.Question{Subject: who, Purpose: purpose, Channel: channel})
	if err != nil {
		t.Fatal(err)
	}
	return d.Reason
}

// answer is what was answered.
type answer struct {
	*http.Response

	body string
}

// call asks Lecito. Headers come in pairs; redirects are not followed.
func (k *kit) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, k.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, string(b)}
}

// send sends a form as a browser without scripts does.
func (k *kit) send(t *testing.T, form url.Values, headers ...string) answer {
	t.Helper()
	headers = append(headers, "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html", "Accept-Language", "it")
	return k.call(t, http.MethodPost, "/widget/form?key="+k.key, form.Encode(), headers...)
}

// stranger is a server of somebody else's, and what it was asked for.
type stranger struct {
	*httptest.Server

	mu    sync.Mutex
	asked []string
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	s := &stranger{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = append(s.asked, r.URL.Path)
		http.SetCookie(w, &http.Cookie{Name: "tracked", Value: "1"})
		if strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, "window.counted = (window.counted || 0) + 1;")
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// forget tells what it was asked for, each once, and forgets it.
func (s *stranger) forget() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.asked)
	asked := slices.Compact(s.asked)
	s.asked = nil
	return asked
}
