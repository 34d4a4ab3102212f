// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/internal/web/verify"
)

var update = flag.Bool("update", false, "build the module of the page anew")

const (
	module = "pages/verify.wasm.gz"
	sum    = "testdata/module.sum" // of the sources the module was built from
)

// The module is built from package evidence, what that stands on, and the little
// that carries it: their sum is kept beside it, so that who changes them and
// forgets the module hears of it on any machine, with any compiler.
func TestTheModuleIsOfTheseSources(t *testing.T) {
	if *update {
		build(t)
	}
	want, err := os.ReadFile(sum)
	if err != nil {
		t.Fatal(err)
	}
	if got := sources(t); got != strings.TrimSpace(string(want)) {
		t.Errorf("the sources are %s, the module was built from %s: go test ./internal/web/verify -run Module -update", got, want)
	}
}

// sources sums up every file the module is built from.
func sources(t *testing.T) string {
	t.Helper()
	h := sha256.New()
	const root = "../../.."
	for _, folder := range []string{"lawful", "evidence", "internal/web/verify/verdict", "internal/web/verify/browser"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return fs.SkipDir
			case d.IsDir() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			b, err := os.ReadFile(path)
			h.Write(fmt.Appendf(nil, "%s %x\n", filepath.ToSlash(path), sha256.Sum256(b)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		if strings.Contains(line, "golang.org/x/mod ") {
			h.Write([]byte(line))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func build(t *testing.T) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "verify.wasm")
	c := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-buildmode=c-shared", "-o", out, "./browser")
	c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	built, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(built); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{module: packed.Bytes(), sum: []byte(sources(t) + "\n")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// site serves the page, and remembers what it was asked for.
type site struct {
	*httptest.Server

	mu    sync.Mutex
	asked []string
}

func (s *site) since() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func open(t *testing.T) *site {
	t.Helper()
	u, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	page, err := verify.New(u)
	if err != nil {
		t.Fatal(err)
	}
	s, mux := &site{}, http.NewServeMux()
	for _, route := range page.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := route.Do(w, r); err != nil {
				t.Error(err)
			}
		})
	}
	mux.Handle("/assets/", u.Assets())
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// The file never leaves the browser, and the verdict is word for word the one
// that the server gives where scripts don't run.
func TestTheBrowserChecksByItselfAndSaysTheSame(t *testing.T) {
	s := open(t)
	browser := uitest.Open(t)
	for _, c := range []struct{ file, list string }{
		{"certificate.json", ""}, {"certificate-changed.json", ""}, {"receipt.json", ""}, {"clearance.json", "list-in.csv"}, {"clearance.json", "list-other.csv"},
	} {
		here := browser.Tab(t, s.URL+"/verify", uitest.View{Width: 1280, Language: "it"})
		wait(t, here, "form.here")
		s.since()
		give(t, here, c.file, c.list)
		run(t, here, chromedp.Click(chromedp.CSS("form.card button.yes")))
		wait(t, here, "#said .card")
		got := here.Text(t, "#said .card")
		if asked := s.since(); len(asked) > 0 {
			t.Errorf("%s: checking it asked the server: %v", c.file, asked)
		}
		there := browser.Tab(t, s.URL+"/verify", uitest.View{Width: 1280, Language: "it", NoScript: true})
		give(t, there, c.file, c.list)
		there.Click(t, "form.card button.yes")
		if want := there.Text(t, "#said .card"); got != want {
			t.Errorf("%s: the browser says\n%s\nthe server\n%s", c.file, got, want)
		}
		if asked := s.since(); !slices.Contains(asked, "POST /verify") {
			t.Errorf("%s: without scripts the server was asked %v", c.file, asked)
		}
		if faults := here.Faults(); len(faults) > 0 {
			t.Error(faults)
		}
	}
}

func TestVerdictsInABrowser(t *testing.T) {
	s := open(t)
	browser := uitest.Open(t)
	for name, file := range map[string]string{"verify-certificate": "certificate.json", "verify-changed": "certificate-changed.json", "verify-receipt": "receipt.json"} {
		browser.Check(t, name, s.URL+"/verify", uitest.Then(func(t *testing.T, tab *uitest.Tab) {
			wait(t, tab, "form.here")
			give(t, tab, file, "")
			run(t, tab, chromedp.Click(chromedp.CSS("form.card button.yes")))
			wait(t, tab, "#said .card")
		}))
	}
}

func TestWhatCantBeReadIsSaid(t *testing.T) {
	s := open(t)
	tab := uitest.Open(t).Tab(t, s.URL+"/verify", uitest.View{Width: 360, Language: "en"})
	wait(t, tab, "form.here")
	give(t, tab, "receipt.json", "")
	run(t, tab, chromedp.SendKeys(chromedp.ID("key"), "nonsense"))
	run(t, tab, chromedp.Click(chromedp.CSS("form.card button.yes")))
	wait(t, tab, "#said .wrong")
	if got := tab.Text(t, "#said"); !strings.Contains(got, "This is no key") {
		t.Errorf("nonsense for a key: %s", got)
	}
}

// give puts files of package evidence into the form.
func give(t *testing.T, tab *uitest.Tab, file, list string) {
	t.Helper()
	run(t, tab, chromedp.SetUploadFiles(chromedp.ID("file"), []string{vector(t, file)}))
	if list != "" {
		run(t, tab, chromedp.SetUploadFiles(chromedp.ID("list"), []string{vector(t, list)}))
	}
}

func wait(t *testing.T, tab *uitest.Tab, selector string) {
	t.Helper()
	run(t, tab, chromedp.WaitVisible(chromedp.CSS(selector)))
}

func run[T any](t *testing.T, tab *uitest.Tab, do chromedp.Action[T]) {
	t.Helper()
	if _, err := chromedp.Run(tab.Context, do); err != nil {
		t.Fatal(err)
	}
}

func vector(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../../evidence/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
