// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"context"
	_ "embed"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

//go:embed testdata/shop.html
var shopPage string

//go:embed testdata/plain.html
var plainPage string

// shopScript is the shop's own: it notes what its policy stops, and says when the
// page may count as loaded.
const shopScript = `
addEventListener("securitypolicyviolation", e => (window.violations ||= []).push(e.violatedDirective + " " + e.blockedURI));
document.addEventListener("lecito:ready", () => {
	if (location.hash === "#preferences") lecito.open();
	new Image().src = "/release?" + document.querySelector("img[src^='/hold']").src.split("?")[1];
});`

// strict is a policy that allows nothing but what a page needs of Lecito and of its own.
const strict = "default-src 'none'; script-src 'nonce-n0nce' 'strict-dynamic'; connect-src LECITO; style-src 'none'; form-action 'self' LECITO; " +
	"img-src 'self' ADS; frame-src ADS; base-uri 'none'; require-trusted-types-for 'script'; trusted-types lecito"

// web is a shop's site, with Lecito and two strangers at other addresses.
type web struct {
	*kit

	site       *httptest.Server
	statistics *stranger
	ads        *stranger
	within     bool // Lecito is at the site's own address too
	plain      bool // the page is one whose form goes to Lecito itself
	mu         sync.Mutex
	held       map[string]chan struct{}
	sent       []string // forms that reached the shop itself
	holds      int
}

func newWeb(t *testing.T) *web {
	t.Helper()
	w := &web{statistics: newStranger(t), ads: newStranger(t), held: map[string]chan struct{}{}}
	w.site = httptest.NewServer(w)
	t.Cleanup(w.site.Close)
	env := testkit.Env{Dir: t.TempDir(), Clock: clock.NewManual(testkit.Start())}
	env.Options = db.Options{Dir: env.Dir, Clock: env.Clock}
	w.kit = open(t, env, w.site.URL)
	return w
}

// ServeHTTP is the shop.
func (s *web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		s.page(w, r)
	case "/shop.js":
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, shopScript)
	case "/hold":
		select {
		case <-s.hold(r.URL.RawQuery):
		case <-r.Context().Done():
		}
	case "/release":
		close(s.hold(r.URL.RawQuery))
	case "/sent":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sent = append(s.sent, r.FormValue("email"))
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><html lang=it><title>Grazie</title><h1>Grazie</h1>")
	case "/empty":
		w.Header().Set("Content-Type", "text/html")
	case "/cart.png", "/favicon.ico":
	default:
		s.server.Config.Handler.ServeHTTP(w, r)
	}
}

func (s *web) hold(id string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[id] == nil {
		s.held[id] = make(chan struct{})
	}
	return s.held[id]
}

func (s *web) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.holds++
	id := strings.Repeat("h", s.holds)
	s.mu.Unlock()
	lecito := s.server.URL
	if s.within {
		lecito = s.site.URL
	}
	language, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	fill := strings.NewReplacer("LANG", language, "NONCE", "n0nce", "LECITO", lecito, "KEY", s.key, "STATISTICS", s.statistics.URL, "ADS", s.ads.URL, "HOLD", id, "SITE", s.site.URL)
	if r.URL.Query().Has("strict") {
		w.Header().Set("Content-Security-Policy", fill.Replace(strict))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if s.plain {
		_, _ = io.WriteString(w, fill.Replace(plainPage))
		return
	}
	_, _ = io.WriteString(w, fill.Replace(shopPage))
}

// visitor is a browser on the site.
type visitor struct {
	*uitest.Tab

	t     *testing.T
	web   *web
	mu    sync.Mutex
	asked []string // every address its browser asked for, from the network log
}

// visit opens a browser that is nowhere yet. Scripts run in each page before its own.
func (s *web) visit(t *testing.T, browser *uitest.Browser, view uitest.View, scripts ...string) *visitor {
	t.Helper()
	if view.Language == "" {
		view.Language = "it"
	}
	v := &visitor{Tab: browser.Tab(t, s.site.URL+"/empty", view), t: t, web: s}
	err := chromedp.Listen(v.Context, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.asked = append(v.asked, e.Request.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		v.before(script)
	}
	// The next visitor of the same browser is somebody else.
	t.Cleanup(func() {
		if !view.NoScript {
			v.do("localStorage.clear(); document.cookie = 'tracked=; max-age=0'")
		}
	})
	return v
}

// before has a script run in each page from now on, before those of the page.
func (v *visitor) before(script string) {
	v.t.Helper()
	v.try(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

func (v *visitor) try(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.Context, actions...); err != nil {
		v.t.Fatal(err)
	}
}

// eventually waits for something to be so on the server.
func (v *visitor) eventually(so func() bool) {
	v.t.Helper()
	v.Eventually(v.t, so)
}

// goTo opens a page of the site and waits until it is all there.
func (v *visitor) goTo(path string) {
	v.t.Helper()
	v.try(chromedp.Navigate(v.web.site.URL + path))
}

// ask evaluates an expression.
func ask[T any](v *visitor, expression string) T {
	v.t.Helper()
	return uitest.Eval[T](v.t, v.Tab, expression)
}

func (v *visitor) do(script string) {
	v.t.Helper()
	ask[bool](v, script+"; true")
}

// until waits for an expression to be so.
func (v *visitor) until(expression string) {
	v.t.Helper()
	v.Until(v.t, expression)
}

// ours finds something of the script's by its id, in the dialog before the banner.
func ours(id string) string {
	return `[...document.querySelectorAll("lecito-ask")].reverse().map(h => h.shadowRoot.getElementById(` + "`" + id + "`" + `)).find(e => e)`
}

// press presses one of the script's buttons, and waits until what it says is on record.
func (v *visitor) press(id string) {
	v.t.Helper()
	v.do(ours(id) + ".click()")
	v.recorded()
}

// leads does what leads to a new page, and waits for it.
func (v *visitor) leads(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if _, err := chromedp.RunResponse(v.Context, steps...); err != nil {
		v.t.Fatal(err)
	}
}

// script is a step that evaluates something.
func script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](text+"; true"))
		return err
	})
}

func (v *visitor) recorded() {
	v.t.Helper()
	v.until(`localStorage["lecito:bottega"] && !JSON.parse(localStorage["lecito:bottega"]).unsent.length`)
}

func (v *visitor) banner() bool {
	v.t.Helper()
	return ask[bool](v, `!!document.querySelector("body > lecito-ask:first-child")`)
}

func (v *visitor) device() string {
	v.t.Helper()
	return ask[string](v, `lecito.state.device`)
}

// requests lists the addresses asked of a server since the last call, by the browser's own log.
func (v *visitor) requests(of string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var paths []string
	for _, address := range v.asked {
		if path, ok := strings.CutPrefix(address, of); ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
