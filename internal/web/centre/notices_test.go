// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

func TestNotices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.server.URL+"/n/bottega/signup")
		if got := all(p.doc, ".brief"); !strings.HasPrefix(got, "You choose, one box for one thing") {
			t.Errorf("the short text is %q", got)
		}
		if got := len(uitest.Find(p.doc, "ol.versions", "li")); got != 3 {
			t.Errorf("%d versions are listed, want 3", got)
		}
		if !strings.Contains(all(p.doc, "main"), "to read") || len(uitest.Find(p.doc, ".letter", "p")) < 4 {
			t.Error("there is no reading time, or not the whole text")
		}
		old := s.see(t, s.server.URL+"/n/bottega/signup/1?lang=fr")
		if !strings.Contains(all(old.doc, ".flash"), "n’est plus en vigueur") || uitest.Attr(uitest.Find(old.doc, ".brief")[0], "lang") != "fr" {
			t.Error("an old version does not say so")
		}
		for _, path := range []string{"/n/bottega/nothing", "/n/bottega/signup/9", "/n/bottega/signup/x", "/n/nobody/signup", "/n/"} {
			if got := browse(t, http.MethodGet, s.server.URL+path, nil); got.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers %d", path, got.StatusCode)
			}
		}
	})
}

// What changed is said from the version a reader knows, as it was declared, and
// word for word.
func TestWhatANoticeChangedSinceAVersion(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		now := s.see(t, s.server.URL+"/n/bottega/signup")
		if got := len(uitest.Find(now.doc, ".changed")); got != 0 {
			t.Error("who asks nothing is told of changes")
		}
		if len(uitest.Find(now.doc, "a[href=/n/bottega/signup/3?since=1#changed]")) == 0 {
			t.Fatal("there is no way to what changed since the first version")
		}
		since := s.see(t, s.server.URL+"/n/bottega/signup/3?since=1")
		said := told(since.doc)
		for _, want := range []string{"Corriere Digitale SpA", "più chiaro quanto spesso scriviamo", "we ask you again", "your choice stands"} {
			if !strings.Contains(said, want) {
				t.Errorf("what changed since the first version does not say %q: %s", want, said)
			}
		}
		if len(uitest.Find(since.doc, ".changed", "ins")) == 0 || len(uitest.Find(since.doc, ".changed", "del")) == 0 {
			t.Error("the words that came and went are not marked")
		}
		second := s.see(t, s.server.URL+"/n/bottega/signup/3?since=2")
		if got := told(second.doc); strings.Contains(got, "Corriere Digitale") {
			t.Errorf("what changed since the second version tells what changed before it: %s", got)
		}
		for _, bad := range []string{"3", "4", "0", "-1", "x"} {
			if got := browse(t, http.MethodGet, s.server.URL+"/n/bottega/signup/3?since="+bad, nil); got.StatusCode != http.StatusNotFound {
				t.Errorf("since=%s answers %d", bad, got.StatusCode)
			}
		}
	})
}

func TestWhatAnOrganisationTellsEverybody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.server.URL+"/n/bottega")
		said := all(p.doc, "main")
		for _, want := range []string{"two machines in Italy", "72 hours", "GDPR art. 33(1)", "privacy@bottega.example", "Corriere Digitale SpA"} {
			if !strings.Contains(said, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		for _, link := range uitest.Find(p.doc, "main", "a") {
			if !strings.HasPrefix(uitest.Attr(link, "href"), "/n/") {
				continue
			}
			if got := browse(t, http.MethodGet, s.server.URL+uitest.Attr(link, "href"), nil); got.StatusCode != http.StatusOK {
				t.Errorf("%s answers %d", uitest.Attr(link, "href"), got.StatusCode)
			}
		}
		if got := browse(t, http.MethodGet, s.server.URL+"/n/nobody", nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("a stranger's house answers %d", got.StatusCode)
		}
	})
}

// told is what a page says has changed, as the organisation declared it.
func told(doc *html.Node) string {
	var b strings.Builder
	for _, line := range uitest.Find(doc, ".changed", "ul", "li") {
		b.WriteString(words(line) + "\n")
	}
	return b.String()
}
