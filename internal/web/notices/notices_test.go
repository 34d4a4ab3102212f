// SPDX-License-Identifier: Apache-2.0

package notices_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// open serves what the sample shop declares. The pages are reached where
// customers reach them, beside those of the preference centre.
func open(t *testing.T, env testkit.Env) *httptest.Server {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.New(env.DB, keys, seal.NewSecrets(keys), env.Clock)
	rules := register.New(env.DB, l, l.Create)
	file, err := register.Parse(declared.Bottega, "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Apply(t.Context(), "test", "", file, false); err != nil {
		t.Fatal(err)
	}
	drawn, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := centre.New(centre.Config{DB: env.DB, Ledger: l, Register: rules, UI: drawn})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	return server
}

// page is an answer, read.
type page struct {
	status int
	doc    *html.Node
}

func get(t *testing.T, address string) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	doc, err := html.Parse(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{answer.StatusCode, doc}
}

func see(t *testing.T, address string) page {
	t.Helper()
	p := get(t, address)
	if p.status != http.StatusOK {
		t.Fatalf("the page answers %d: %s", p.status, uitest.All(p.doc, "h1"))
	}
	return p
}

func TestANoticeInEveryVersion(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		server := open(t, env)
		p := see(t, server.URL+"/n/bottega/signup")
		if got := uitest.All(p.doc, ".brief"); !strings.HasPrefix(got, "You choose, one box for one thing") {
			t.Errorf("the short text is %q", got)
		}
		if got := len(uitest.Find(p.doc, "ol.versions", "li")); got != 3 {
			t.Errorf("%d versions are listed, want 3", got)
		}
		if !strings.Contains(uitest.All(p.doc, "main"), "to read") || len(uitest.Find(p.doc, ".letter", "p")) < 4 {
			t.Error("there is no reading time, or not the whole text")
		}
		old := see(t, server.URL+"/n/bottega/signup/1?lang=fr")
		if !strings.Contains(uitest.All(old.doc, ".flash"), "n’est plus en vigueur") || uitest.Attr(uitest.Find(old.doc, ".brief")[0], "lang") != "fr" {
			t.Error("an old version does not say so")
		}
		for _, path := range []string{"/n/bottega/nothing", "/n/bottega/signup/9", "/n/bottega/signup/x", "/n/nobody/signup", "/n/"} {
			if got := get(t, server.URL+path); got.status != http.StatusNotFound {
				t.Errorf("%s answers %d", path, got.status)
			}
		}
	})
}

// What changed is said from the version a reader knows, as it was declared, and
// word for word.
func TestWhatANoticeChangedSinceAVersion(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		server := open(t, env)
		now := see(t, server.URL+"/n/bottega/signup")
		if got := len(uitest.Find(now.doc, ".changed")); got != 0 {
			t.Error("who asks nothing is told of changes")
		}
		if len(uitest.Find(now.doc, "a[href=/n/bottega/signup/3?since=1#changed]")) == 0 {
			t.Fatal("there is no way to what changed since the first version")
		}
		since := see(t, server.URL+"/n/bottega/signup/3?since=1")
		said := uitest.All(since.doc, ".changed", "ul", "li")
		for _, want := range []string{"Corriere Digitale SpA", "più chiaro quanto spesso scriviamo", "we ask you again", "your choice stands"} {
			if !strings.Contains(said, want) {
				t.Errorf("what changed since the first version does not say %q: %s", want, said)
			}
		}
		if len(uitest.Find(since.doc, ".changed", "ins")) == 0 || len(uitest.Find(since.doc, ".changed", "del")) == 0 {
			t.Error("the words that came and went are not marked")
		}
		second := see(t, server.URL+"/n/bottega/signup/3?since=2")
		if got := uitest.All(second.doc, ".changed", "ul", "li"); strings.Contains(got, "Corriere Digitale") {
			t.Errorf("what changed since the second version tells what changed before it: %s", got)
		}
		for _, bad := range []string{"3", "4", "0", "-1", "x"} {
			if got := get(t, server.URL+"/n/bottega/signup/3?since="+bad); got.status != http.StatusNotFound {
				t.Errorf("since=%s answers %d", bad, got.status)
			}
		}
	})
}

func TestWhatAnOrganisationTellsEverybody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		server := open(t, env)
		p := see(t, server.URL+"/n/bottega")
		said := uitest.All(p.doc, "main")
		for _, want := range []string{"two machines in Italy", "72 hours", "GDPR art. 33(1)", "privacy@bottega.example", "Corriere Digitale SpA"} {
			if !strings.Contains(said, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		for _, a := range uitest.Find(p.doc, "main", "a") {
			if !strings.HasPrefix(uitest.Attr(a, "href"), "/n/") {
				continue
			}
			if got := get(t, server.URL+uitest.Attr(a, "href")); got.status != http.StatusOK {
				t.Errorf("%s answers %d", uitest.Attr(a, "href"), got.status)
			}
		}
		if got := get(t, server.URL+"/n/nobody"); got.status != http.StatusNotFound {
			t.Errorf("a stranger's house answers %d", got.status)
		}
	})
}
