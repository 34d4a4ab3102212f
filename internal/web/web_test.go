// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
)

// serve answers one call of a server with the routes.
func serve(t *testing.T, c web.Config, method, path string, change func(r *http.Request)) (*httptest.ResponseRecorder, web.Failure) {
	t.Helper()
	if c.Organisations == nil {
		c.Organisations = func(context.Context) ([]string, error) { return []string{"bottega"}, nil }
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	web.New(c).ServeHTTP(w, r)
	var f web.Failure
	if w.Code >= http.StatusBadRequest && json.Unmarshal(w.Body.Bytes(), &f) != nil {
		t.Errorf("no problem details: %s", w.Body)
	}
	return w, f
}

func route(do func(w http.ResponseWriter, r *http.Request) error) web.Config {
	return web.Config{Routes: []web.Route{{Pattern: "GET /x", Public: true, Do: do}}}
}

func TestWhatNobodyCanActOnIsAReferenceAndOneLineInTheLog(t *testing.T) {
	for name, do := range map[string]func(w http.ResponseWriter, r *http.Request) error{
		"an error": func(http.ResponseWriter, *http.Request) error { return errors.New("the disk is on fire") },
		"a panic":  func(http.ResponseWriter, *http.Request) error { panic("the disk is on fire") },
	} {
		var log bytes.Buffer
		c := route(do)
		c.Log = slog.New(slog.NewJSONHandler(&log, nil))
		w, f := serve(t, c, http.MethodGet, "/x", nil)
		reference := strings.TrimPrefix(f.Instance, "urn:uuid:")
		if w.Code != http.StatusInternalServerError || f.Code != "internal" || strings.Contains(w.Body.String(), "fire") {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if n := strings.Count(log.String(), `"level":"ERROR"`); n != 1 || len(reference) != 36 || !strings.Contains(log.String(), reference) {
			t.Errorf("%s: got %d lines about %q:\n%s", name, n, reference, log.String())
		}
	}
}

func TestEveryKindHasItsStatus(t *testing.T) {
	for kind, want := range map[problem.Kind]int{
		problem.Invalid: 400, problem.Unauthorised: 401, problem.Forbidden: 403, problem.NotFound: 404, problem.Conflict: 409,
		problem.TooLarge: 413, problem.TooMany: 429, problem.Unavailable: 503, problem.OutcomeUnknown: 503,
	} {
		w, f := serve(t, route(func(http.ResponseWriter, *http.Request) error {
			return problem.New(kind, "a_code", "A sentence.").At(problem.Place{Field: "f", Detail: "d"})
		}), http.MethodGet, "/x", nil)
		if w.Code != want || f.Status != want || f.Code != "a_code" || f.Detail != "A sentence." || len(f.Places) != 1 {
			t.Errorf("%s: got %d and %+v, want %d", kind, w.Code, f, want)
		}
	}
}

// TestACallerBehindATrustedProxyHasALimitOfTheirOwn: each call is by its
// connection and header; the first two of one caller are taken, no more.
func TestACallerBehindATrustedProxyHasALimitOfTheirOwn(t *testing.T) {
	const proxy, inner, stranger, anna, bruno = "10.0.0.1:1", "10.0.0.2", "192.0.2.9:1", "198.51.100.1", "2001:db8:1:2::7"
	type from struct{ remote, forwarded string }
	for name, c := range map[string]struct {
		calls []from
		last  int
	}{
		"another caller":               {[]from{{proxy, anna}, {proxy, anna}, {proxy, bruno}}, 200},
		"the same caller":              {[]from{{proxy, anna}, {proxy, anna}, {proxy, anna}}, 429},
		"a neighbour in one /64":       {[]from{{proxy, bruno}, {proxy, bruno}, {proxy, "2001:db8:1:2::8"}}, 429},
		"what the caller wrote":        {[]from{{proxy, "1.1.1.1, " + anna}, {proxy, "2.2.2.2, " + anna}, {proxy, "3.3.3.3," + anna}}, 429},
		"two proxies":                  {[]from{{proxy, anna + ", " + inner}, {proxy, anna + ", " + inner}, {proxy, bruno + ", " + inner}}, 200},
		"a header of somebody else":    {[]from{{stranger, "1.1.1.1"}, {stranger, "2.2.2.2"}, {stranger, "3.3.3.3"}}, 429},
		"a proxy that says nothing":    {[]from{{proxy, ""}, {proxy, ""}, {proxy, anna}}, 200},
		"a proxy that says no address": {[]from{{proxy, "unknown"}, {proxy, "_x"}, {proxy, ""}}, 429},
	} {
		config := route(func(http.ResponseWriter, *http.Request) error { return nil })
		config.Clock = clock.NewManual(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC))
		config.Limits = web.Limits{Address: 0.1}
		config.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		server, got := web.New(config), 0
		for _, call := range c.calls {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil)
			r.RemoteAddr = call.remote
			if call.forwarded != "" {
				r.Header.Set("X-Forwarded-For", call.forwarded)
			}
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			got = w.Code
		}
		if got != c.last {
			t.Errorf("%s: the last call got %d, want %d", name, got, c.last)
		}
	}
}

func TestABrokenAnswerIsCutOff(t *testing.T) {
	server := httptest.NewServer(web.New(route(func(w http.ResponseWriter, _ *http.Request) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return errors.Join(http.NewResponseController(w).Flush(), errors.New("no more"))
	})))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("half an answer looks like a whole one")
	}
}

func TestWhoHasGoneIsNoFaultOfOurs(t *testing.T) {
	var log bytes.Buffer
	ctx, leave := context.WithCancel(t.Context())
	c := route(func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		leave()
		return errors.New("write: broken pipe")
	})
	c.Log = slog.New(slog.NewJSONHandler(&log, nil))
	defer func() {
		if v := recover(); v != any(http.ErrAbortHandler) || strings.Contains(log.String(), `"level":"ERROR"`) {
			t.Errorf("the answer ends with %v, and the log says %s", v, log.String())
		}
	}()
	serve(t, c, http.MethodGet, "/x", func(r *http.Request) { *r = *r.WithContext(ctx) })
}

func TestTheLocalActorActsForAnOrganisationThatIsThere(t *testing.T) {
	c := web.Config{Routes: []web.Route{
		{Pattern: "GET /x", Do: func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, web.Actor(r.Context()).Org)
			return err
		}},
		{Pattern: "GET /any", AnyOrg: true, Do: func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, web.Actor(r.Context()).Org)
			return err
		}},
	}}
	for name, try := range map[string]struct {
		orgs           []string
		path, standing string
		header         string
		status         int
		want           string
	}{
		"the only one":               {[]string{"a"}, "/x", "", "", 200, "a"},
		"the connection's":           {[]string{"a", "b"}, "/x", "b", "", 200, "b"},
		"the header's":               {[]string{"a", "b"}, "/x", "b", "a", 200, "a"},
		"the address's":              {[]string{"a", "b"}, "/x?org=b", "", "", 200, "b"},
		"none of several":            {[]string{"a", "b"}, "/x", "", "", 400, "organisation_needed"},
		"none at all":                {nil, "/x", "", "", 404, "no_organisation"},
		"one that is not there":      {[]string{"a"}, "/x", "", "c", 404, "organisation_unknown"},
		"any, where none is said":    {[]string{"a", "b"}, "/any", "", "", 200, ""},
		"any, where a new one is":    {[]string{"a"}, "/any", "", "new", 200, "new"},
		"any, where the only one is": {nil, "/any", "", "", 200, ""},
	} {
		c.Organisations = func(context.Context) ([]string, error) { return try.orgs, nil }
		w, f := serve(t, c, http.MethodGet, try.path, func(r *http.Request) {
			r.Header.Set("X-Lecito-Org", try.header)
			*r = *r.WithContext(web.WithLocal(r.Context(), try.standing))
		})
		got := w.Body.String()
		if w.Code >= http.StatusBadRequest {
			got = f.Code
		}
		if w.Code != try.status || got != try.want {
			t.Errorf("%s: got %d %s, want %d %s", name, w.Code, got, try.status, try.want)
		}
	}
}

func TestOnlyAMarkedConnectionIsLocal(t *testing.T) {
	handler := web.New(web.Config{
		Organisations: func(context.Context) ([]string, error) { return []string{"a"}, nil },
		Routes: []web.Route{{Pattern: "GET /x", Do: func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, web.Actor(r.Context()).By())
			return err
		}}},
	})
	memory := web.NewMemory()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, handler, web.Local(memory, "")) }()
	client := &http.Client{Transport: &http.Transport{DialContext: memory.Dial}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://lecito/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "local:folder" {
		t.Errorf("got %s and %v, want the folder's holder", body, err)
	}
	resp.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := memory.Dial(t.Context(), "", ""); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want it closed", err)
	}
}

func TestABrowserGetsAPage(t *testing.T) {
	c := route(func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.NotFound, "a_code", "A sentence.")
	})
	c.Page = func(w http.ResponseWriter, _ *http.Request, f web.Failure) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, "<h1>"+f.Detail+"</h1>")
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil)
	r.Header.Set("Accept", "text/html,*/*")
	w := httptest.NewRecorder()
	c.Organisations = func(context.Context) ([]string, error) { return nil, nil }
	web.New(c).ServeHTTP(w, r)
	if w.Code != http.StatusNotFound || w.Body.String() != "<h1>A sentence.</h1>" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestReadinessIsTheStores(t *testing.T) {
	down := web.Config{Organisations: func(context.Context) ([]string, error) { return nil, errors.New("gone") }}
	if w, _ := serve(t, down, http.MethodGet, "/readyz", nil); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d, want 503 with Retry-After", w.Code)
	}
	if w, _ := serve(t, down, http.MethodGet, "/healthz", nil); w.Code != http.StatusOK {
		t.Errorf("got %d, want alive all the same", w.Code)
	}
}
