// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// fetched is what one address costs a browser that has nothing yet.
func fetched(t *testing.T, address string) (content []byte, size int, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	r.Header.Set("Accept-Language", "it")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d: %v", address, response.StatusCode, err)
	}
	for name, values := range response.Header {
		size += len(name) + len(strings.Join(values, ", ")) + 4
	}
	size += len(raw)
	if response.Header.Get("Content-Encoding") != "gzip" {
		return raw, size, response.Header
	}
	z, err := gzip.NewReader(strings.NewReader(string(raw)))
	if err == nil {
		raw, err = io.ReadAll(z)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw, size, response.Header
}

// loads lists what a page makes a browser fetch, without the parts after #.
func loads(doc *html.Node) []string {
	seen := map[string]bool{}
	var out []string
	for tag, attribute := range map[string]string{"link": "href", "script": "src", "img": "src", "use": "href"} {
		for _, n := range uitest.Find(doc, tag) {
			address, _, _ := strings.Cut(uitest.Attr(n, attribute), "#")
			if address != "" && !seen[address] {
				seen[address] = true
				out = append(out, address)
			}
		}
	}
	return out
}

// TestTheFirstPageIsLight: with all it loads, in a browser that kept nothing.
func TestTheFirstPageIsLight(t *testing.T) {
	const most = 50 << 10
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		for name, address := range map[string]string{
			"the preference centre": s.link(t, to), "the notice": s.server.URL + "/n/bottega/signup", "the way in": s.server.URL + "/p/bottega/code",
		} {
			page, sum, _ := fetched(t, address)
			doc, err := html.Parse(strings.NewReader(string(page)))
			if err != nil {
				t.Fatal(err)
			}
			files := loads(doc)
			if len(files) < 5 {
				t.Errorf("%s loads %v only: its sheets, icons, script and logo are not all counted", name, files)
			}
			for _, file := range files {
				if !strings.HasPrefix(file, "/assets/") && !strings.HasPrefix(file, "/b/") {
					t.Errorf("%s loads %s", name, file)
					continue
				}
				_, size, header := fetched(t, s.server.URL+file)
				sum += size
				if !strings.Contains(header.Get("Cache-Control"), "immutable") {
					t.Errorf("%s is fetched again each time", file)
				}
			}
			t.Logf("%s with all it loads: %d bytes", name, sum)
			if sum >= most {
				t.Errorf("%s with all it loads is %d bytes, at most %d", name, sum, most)
			}
		}
	})
}
