// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web"
)

func TestLargeBodiesAreRefusedAndNothingIsStored(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		before := s.count(t)
		for path, size := range map[string]int{"/v1/choices": 256<<10 + 1, "/v1/facts": 256<<10 + 1, "/v1/check": 1<<20 + 1, "/v1/apply": 4<<20 + 2} {
			resp, body := s.call(t, "admin", http.MethodPost, path, strings.Repeat(" ", size))
			if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "body_too_large") {
				t.Errorf("%s: got %d, want 413\n%s", path, resp.StatusCode, body)
			}
		}
		if after := s.count(t); after != before {
			t.Errorf("%d entries were added", after-before)
		}
	})
}

func TestNothingPersonalIsLoggedOrEchoed(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		const secret = "pietrosegreto"
		for _, ask := range [][3]string{
			{http.MethodPost, "/v1/choices", `{"subject":{"email":"` + secret + `"},"choices":[{"purpose":"` + secret + `","choice":"` + secret + `"}]}`},
			{http.MethodPost, "/v1/choices", `{"subject":{"email":"` + secret + `@example.com"},"choices":[{"choice":"objected"}],"at":"` + secret + `"}`},
			{http.MethodPost, "/v1/choices", `{"` + secret + `@example.com":1}`},
			{http.MethodPost, "/v1/check", `{"subject":{"phone":"` + secret + `"},"purpose":"x","channel":"y"}`},
			{http.MethodPost, "/v1/choices", `{"subject":"` + secret},
			{http.MethodGet, "/v1/subjects?email=" + secret + "@example.com", ""},
			{http.MethodGet, "/v1/subjects?" + secret + "@example.com=1", ""},
			{http.MethodGet, "/v1/" + secret, ""},
			{http.MethodGet, "/v1/receipts/" + secret, ""},
			{http.MethodPost, "/v1/apply?name=x", "organisation: {id: " + secret + "@, name: [}"},
			{http.MethodPost, "/v1/imports?source=" + secret, secret},
		} {
			_, body := s.call(t, "admin", ask[0], ask[1], ask[2])
			if strings.Contains(body, secret) {
				t.Errorf("%s %s: the answer quotes what was sent: %s", ask[0], ask[1], body)
			}
		}
		_, metrics := s.call(t, "", http.MethodGet, "/metrics", "")
		if strings.Contains(s.log.String(), secret) || strings.Contains(metrics, secret) {
			t.Errorf("the log or the metrics name somebody:\n%s", s.log.String())
		}
		if !strings.Contains(s.log.String(), `"route":"POST /v1/choices"`) || !strings.Contains(metrics, `lecito_http_requests_total{route="POST /v1/choices",status="400"} 4`) {
			t.Errorf("calls are not counted:\n%s", metrics)
		}
	})
}

func TestRatesAreLimited(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		limited := web.New(web.Config{
			Routes: s.routes, Access: s.parts.Access, Organisations: s.parts.Ledger.Organisations, Clock: s.env.Clock,
			Limits: web.Limits{Key: 0.1, Address: 0.1, Wrong: 0.1},
		})
		server := httptest.NewServer(limited)
		defer server.Close()
		s.url = server.URL
		for name, ask := range map[string][2]string{
			"a key": {"check", "/v1/keys"}, "a public page": {"", "/openapi.json"}, "wrong keys": {"lecito_wrong", "/v1/keys"},
		} {
			for i, want := range []bool{false, false, true} {
				resp, body := s.call(t, ask[0], http.MethodGet, ask[1], "")
				if limited := resp.StatusCode == http.StatusTooManyRequests; limited != want {
					t.Errorf("%s, call %d: got %d\n%.200s", name, i+1, resp.StatusCode, body)
				}
			}
		}
		s.env.Clock.Advance(10 * time.Second)
		if resp, _ := s.call(t, "check", http.MethodGet, "/v1/keys", ""); resp.StatusCode != http.StatusOK {
			t.Errorf("after a while: got %d, want it taken again", resp.StatusCode)
		}
	})
}

func TestSessionsWorkAndAnotherSiteCannotUseThem(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		_, link, err := s.parts.Access.Invite(t.Context(), access.Local("bottega"), "rita@example.com", access.RoleOwner)
		if err != nil {
			t.Fatal(err)
		}
		session, _, err := s.parts.Access.SignIn(t.Context(), link.Token)
		if err != nil {
			t.Fatal(err)
		}
		cookie := httptest.NewRecorder()
		web.SetSession(cookie, session, false)
		set := cookie.Header().Get("Set-Cookie")
		value, _, _ := strings.Cut(set, ";")
		if !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") {
			t.Errorf("the cookie is open to others: %s", set)
		}
		if resp, _ := s.call(t, "", http.MethodGet, "/v1/apikeys", "", "Cookie", value); resp.StatusCode != http.StatusOK {
			t.Errorf("signed in: got %d", resp.StatusCode)
		}
		key := `{"name":"a","scopes":["check"]}`
		if resp, _ := s.call(t, "", http.MethodPost, "/v1/apikeys", key, "Cookie", value, "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusForbidden {
			t.Errorf("from another site: got %d, want 403", resp.StatusCode)
		}
		if resp, _ := s.call(t, "", http.MethodPost, "/v1/apikeys", key, "Cookie", value, "Sec-Fetch-Site", "same-origin"); resp.StatusCode != http.StatusCreated {
			t.Errorf("from our own page: got %d, want 201", resp.StatusCode)
		}
	})
}

// tileReader reads the tiles of a served log as x/mod's client does.
type tileReader struct {
	t *testing.T
	s *shop
}

// Height implements tlog.TileReader.
func (r tileReader) Height() int { return 8 }

// ReadTiles implements tlog.TileReader.
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		resp, body := r.s.call(r.t, "", http.MethodGet, "/v1/o/bottega/ledger/tile/"+path, "")
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("tile %s: %d", path, resp.StatusCode)
		}
		out = append(out, []byte(body))
	}
	return out, nil
}

// SaveTiles implements tlog.TileReader.
func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func TestServedLogIsReadByTheGoToolchainsClient(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		for i := range 3 {
			who := strings.Replace(yes, "anna@", fmt.Sprintf("p%d@", i), 1)
			if resp, body := s.call(t, "choices", http.MethodPost, "/v1/choices", who); resp.StatusCode != http.StatusCreated {
				t.Fatal(body)
			}
		}
		if err := s.parts.Ledger.Sequence(t.Context(), "bottega"); err != nil {
			t.Fatal(err)
		}
		_, head := s.call(t, "", http.MethodGet, "/v1/o/bottega/ledger/checkpoint", "")
		generations, err := s.parts.Ledger.Generations(t.Context(), "bottega")
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(generations[0].VKey)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Open([]byte(head), note.VerifierList(verifier))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(signed.Text, "\n")
		var tree tlog.Tree
		if _, err := fmt.Sscan(lines[1], &tree.N); err != nil {
			t.Fatal(err)
		}
		if tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
			t.Fatal(err)
		}
		hashes := tlog.TileHashReader(tree, tileReader{t, s})
		bundle := fmt.Sprintf("/v1/o/bottega/ledger/tile/entries/000.p/%d", tree.N)
		resp, entries := s.call(t, "", http.MethodGet, bundle, "")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/octet-stream" || int64(len(entries)) != tree.N*35 {
			t.Fatalf("entries: got %d and %d bytes", resp.StatusCode, len(entries))
		}
		for i := range tree.N {
			proof, err := tlog.ProveRecord(tree.N, i, hashes)
			if err != nil {
				t.Fatal(err)
			}
			leaf := tlog.RecordHash([]byte(entries[i*35+2 : i*35+35]))
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaf); err != nil {
				t.Errorf("entry %d: %v", i, err)
			}
		}
		for _, path := range []string{"0/000", "1/000.p/1", "0/001", "entries/000", "data/000.p/1", "0/000.p/0", "0/000.p/257", "-1/000", "0/0", "entries/../000.p/1"} {
			if resp, _ := s.call(t, "", http.MethodGet, "/v1/o/bottega/ledger/tile/"+path, ""); resp.StatusCode != http.StatusNotFound {
				t.Errorf("tile %s: got %d, want 404", path, resp.StatusCode)
			}
		}
	})
}

// TestAGracefulStopKeepsWhatItAcknowledged stops the server under writers.
func TestAGracefulStopKeepsWhatItAcknowledged(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		var config net.ListenConfig
		l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		ended := make(chan error, 1)
		go func() { ended <- web.Serve(ctx, s.server, l) }()
		before := s.count(t)
		var mu sync.Mutex
		ids := map[string]bool{}
		var wg sync.WaitGroup
		for writer := range 8 {
			wg.Go(func() {
				for i := range 1000 {
					body := strings.Replace(yes, "anna@", fmt.Sprintf("w%d-%d@", writer, i), 1)
					id, ok := post(t.Context(), "http://"+l.Addr().String()+"/v1/choices", s.keys["choices"], body)
					if !ok {
						return
					}
					mu.Lock()
					ids[id] = true
					if len(ids) == 40 {
						stop()
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if added := s.count(t) - before; added < int64(len(ids)) || len(ids) < 40 {
			t.Errorf("acknowledged %d choices, %d are on record", len(ids), added)
		}
		for id := range ids {
			if _, err := s.parts.Choices.Receipt(t.Context(), access.Local("bottega"), id); err != nil {
				t.Fatalf("an acknowledged choice has no receipt: %v", err)
			}
			break
		}
	})
}

func post(ctx context.Context, url, key, body string) (string, bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", false
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	var done struct{ Choices []struct{ ID string } }
	if resp.StatusCode != http.StatusCreated || json.NewDecoder(resp.Body).Decode(&done) != nil {
		return "", false
	}
	return done.Choices[0].ID, true
}

// TestARefusedListLeavesTheConnectionWhole refuses lists before and while they
// are read, and asks on.
func TestARefusedListLeavesTheConnectionWhole(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		rows := strings.Repeat("anna@example.com\n", 2000)
		for i := range 20 {
			for path, body := range map[string]string{
				"/v1/lists?purpose=lottery&channel=email":    "email\n" + rows,
				"/v1/lists?purpose=newsletter&channel=email": "\x7fELF\x02\x01\x01\x00\x00\x00" + rows,
				"/v1/imports?source=nowhere":                 "email\n" + rows,
			} {
				resp, answer := s.call(t, "admin", http.MethodPost, path, body)
				if resp.StatusCode != http.StatusBadRequest {
					t.Fatalf("%d: %s: got %d\n%.300s", i, path, resp.StatusCode, answer)
				}
				if resp, answer := s.call(t, "admin", http.MethodPost, "/v1/check", `{"subject":{"email":"a@example.com"},"purpose":"newsletter","channel":"email"}`); resp.StatusCode != http.StatusOK {
					t.Fatalf("%d: after %s: got %d\n%s", i, path, resp.StatusCode, answer)
				}
			}
		}
	})
}
