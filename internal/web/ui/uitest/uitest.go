// SPDX-License-Identifier: Apache-2.0

// Package uitest opens pages in a real browser and holds them to what every
// page promises: nothing wider than the window, no barrier axe-core can find
// (WCAG 2.2 AA), a title, a language and one heading, a quiet console, no
// request to anybody else, everything within reach of the keyboard. Only tests
// import it.
//
//	browser := uitest.Open(t)
//	browser.Check(t, "why", server.URL+"/subjects/…", uitest.Cookies(session))
//
// Check opens the page in each language at 360 and 1280 pixels, one of them
// light and the other dark, or with LECITO_SOAK=1 both. With LECITO_SCREENSHOTS=DIR it leaves a picture of each there: look
// at them. For a flow of your own, Tab gives a tab to drive with chromedp.
//
// Without Chromium or axe-core a test is skipped; under "make test" and in
// continuous integration it fails. LECITO_CHROMIUM names another browser.
package uitest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Browser is a running Chromium.
type Browser struct {
	ctx context.Context // chromedp keeps the browser in a context
	axe string          // the source of axe-core
}

// View is how one visitor sees a page.
type View struct {
	Width    int64
	Dark     bool
	Language string
	NoScript bool
}

// Option changes how a page is opened.
type Option func(*settings)

type settings struct {
	cookies []*http.Cookie
	then    func(t *testing.T, tab *Tab)
}

// Cookies sends these with every request.
func Cookies(c ...*http.Cookie) Option { return func(s *settings) { s.cookies = c } }

// Then is what a visitor does on the page before it is looked at: what is looked
// at is the page that it leads to.
func Then(do func(t *testing.T, tab *Tab)) Option { return func(s *settings) { s.then = do } }

// Open starts a browser that ends with the test.
func Open(t *testing.T) *Browser {
	t.Helper()
	path := chromium()
	axe, err := os.ReadFile(filepath.Join(root(t), "scripts/axe/node_modules/axe-core/axe.min.js"))
	if path == "" || err != nil {
		const need = "pages are tested with Chromium and axe-core: run make prepare"
		if os.Getenv("CI") != "" || os.Getenv("LECITO_TEST") != "" {
			t.Fatal(need)
		}
		t.Skip(need)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		end()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &Browser{ctx: ctx, axe: string(axe)}
}

// chromium returns where the browser is, or nothing.
func chromium() string {
	for _, name := range []string{os.Getenv("LECITO_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// root returns the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
}

// Tab is one open page and what it complained of.
type Tab struct {
	context.Context

	mu     sync.Mutex
	faults []string
}

// Tab opens an address as one visitor sees it. The tab closes with the test.
func (b *Browser) Tab(t *testing.T, address string, v View, options ...Option) *Tab {
	t.Helper()
	var s settings
	for _, o := range options {
		o(&s)
	}
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(stop)
	tab := &Tab{Context: ctx}
	if err := tab.listen(address); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, prepare(address, v, s.cookies), chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	if s.then != nil {
		s.then(t, tab)
	}
	return tab
}

func prepare(address string, v View, cookies []*http.Cookie) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		scheme := "light"
		if v.Dark {
			scheme = "dark"
		}
		var errs []error
		try := func(_ cdp.Empty, err error) { errs = append(errs, err) }
		try(cdp.Call(ctx, t, network.Enable, network.EnableParams{}))
		try(cdp.Call(ctx, t, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": v.Language}}))
		try(cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: v.Width, Height: 800, DeviceScaleFactor: 1, Mobile: v.Width < 600,
		}))
		try(cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}}))
		try(cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript}))
		for _, c := range cookies {
			_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: address})
			errs = append(errs, err)
		}
		for _, err := range errs {
			if err != nil {
				return fmt.Errorf("prepare tab: %w", err)
			}
		}
		return nil
	})
}

// Faults returns what the page complained of so far: errors of its console and
// requests to somebody else.
func (tab *Tab) Faults() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.faults...)
}

func (tab *Tab) fault(format string, args ...any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.faults = append(tab.faults, fmt.Sprintf(format, args...))
}

// Text returns the text of the first element the selector finds.
func (tab *Tab) Text(t *testing.T, selector string) string {
	t.Helper()
	text, err := chromedp.Run(tab.Context, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatalf("read %s: %v", selector, err)
	}
	return strings.TrimSpace(text)
}

// Eval evaluates an expression; where it is a promise, what comes of it.
func Eval[T any](t *testing.T, tab *Tab, expression string) T {
	t.Helper()
	got, err := chromedp.Run(tab.Context, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return got
}

// Ask evaluates an expression that gives a list of texts.
func (tab *Tab) Ask(t *testing.T, expression string) []string {
	t.Helper()
	return Eval[[]string](t, tab, expression)
}

// Until waits for an expression to be so, frame by frame.
func (tab *Tab) Until(t *testing.T, expression string) {
	t.Helper()
	Eval[bool](t, tab, `new Promise(done => { const look = () => (`+expression+`) ? done(true) : requestAnimationFrame(look); look(); })`)
}

// Eventually waits for something to be so on the server, frame by frame of the browser's.
func (tab *Tab) Eventually(t *testing.T, so func() bool) {
	t.Helper()
	for range 2000 {
		if so() {
			return
		}
		Eval[bool](t, tab, `new Promise(done => requestAnimationFrame(() => done(true)))`)
	}
	t.Error("it never came to be so")
}

// Type writes into the field that the selector finds.
func (tab *Tab) Type(t *testing.T, selector, text string) {
	t.Helper()
	if err := chromedp.Do(tab.Context, chromedp.SendKeys(chromedp.CSS(selector), text)); err != nil {
		t.Fatalf("type into %s: %v", selector, err)
	}
}

// Click presses what the selector finds, and waits for the page it leads to.
func (tab *Tab) Click(t *testing.T, selector string) {
	t.Helper()
	if _, err := chromedp.RunResponse(tab.Context, chromedp.Click(chromedp.CSS(selector))); err != nil {
		t.Fatalf("click %s: %v", selector, err)
	}
}
