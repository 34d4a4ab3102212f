// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Check opens a page every way it promises to work and reports what is wrong.
func (b *Browser) Check(t *testing.T, name, address string, options ...Option) {
	t.Helper()
	for _, v := range views(name, every()) {
		t.Run(v.name(name), func(t *testing.T) { b.check(t, name, address, v, options) })
	}
}

// every says that nothing is left out, however long it takes.
func every() bool { return os.Getenv("LECITO_SOAK") != "" }

// languages are those of the pages.
func languages() []string { return []string{"it", "en", "fr", "de", "es"} }

// walked is the language in which a page is walked by keyboard: what it reaches
// is the same in all, and walking takes longest.
func walked(page string) string { return languages()[len(page)%len(languages())] }

// views are those a page is opened in: each language at both widths, light and
// dark. Short of every one, each language has one scheme a width; which one
// changes from language to language and from page to page, so that over the
// pages every language meets all four.
func views(page string, all bool) []View {
	var out []View
	for i, language := range languages() {
		dark := (i+len(page))%2 == 1
		out = append(out, View{Width: 360, Dark: dark, Language: language}, View{Width: 1280, Dark: !dark, Language: language})
		if all {
			out = append(out, View{Width: 360, Dark: !dark, Language: language}, View{Width: 1280, Dark: dark, Language: language})
		}
	}
	return out
}

func (v View) name(page string) string {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	return fmt.Sprintf("%s-%s-%d-%s", page, v.Language, v.Width, scheme)
}

func (b *Browser) check(t *testing.T, name, address string, v View, options []Option) {
	t.Helper()
	tab := b.Tab(t, address, v, options...)
	tab.shape(t, v)
	tab.barriers(t, b.axe)
	if v.Dark && (v.Language == walked(name) || every()) {
		tab.keyboard(t)
	}
	for _, fault := range tab.Faults() {
		t.Error(fault)
	}
	tab.Picture(t, v.name(name))
}

// all finds elements also where a page's own styles do not reach: in shadow trees.
const all = `window.lecitoAll = (root, selector) => [...root.querySelectorAll(selector)].concat(
	...[...root.querySelectorAll("*")].filter(e => e.shadowRoot).map(e => lecitoAll(e.shadowRoot, selector)));
`

// shape asks the page about its size, title, language and headings.
func (tab *Tab) shape(t *testing.T, v View) {
	t.Helper()
	const question = all + `({
		title: document.title, lang: document.documentElement.lang, h1: document.querySelectorAll("h1").length,
		over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
		wide: lecitoAll(document.body, "*").filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll, .hidden"))
			.slice(0, 3).map(e => e.tagName + "." + (e.getAttribute("class") || "")).join(", "),
		untold: (document.body.innerText.match(/\[[a-z]+\.[a-z0-9_.]+\]/g) || []).join(", "),
	})`
	page, err := chromedp.Run(tab.Context, chromedp.Evaluate[struct {
		Title, Lang, Wide, Untold string
		H1, Over                  int
	}](question))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case strings.TrimSpace(page.Title) == "":
		t.Error("the page has no title")
	case page.Lang != v.Language:
		t.Errorf("the page says its language is %q, asked for %q", page.Lang, v.Language)
	case page.H1 != 1:
		t.Errorf("the page has %d main headings, not one", page.H1)
	}
	if page.Over > 0 {
		t.Errorf("the page is %d pixels wider than the window: %s", page.Over, page.Wide)
	}
	if page.Untold != "" {
		t.Errorf("texts that nobody wrote: %s", page.Untold)
	}
}

// barriers runs axe-core over the page.
func (tab *Tab) barriers(t *testing.T, axe string) {
	t.Helper()
	const question = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(r =>
		r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.html.slice(0, 200) + ": " + (n.any[0] || n.all[0] || n.none[0] || {}).message)))`
	if _, err := chromedp.Run(tab.Context, chromedp.Evaluate[bool](axe+"; true")); err != nil {
		t.Fatalf("load axe-core: %v", err)
	}
	found, err := chromedp.Run(tab.Context, chromedp.Evaluate[[]string](question, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("run axe-core: %v", err)
	}
	for _, violation := range found {
		t.Error(violation)
	}
}

// keyboard walks the page with the tabulator and reports what it cannot reach
// or what does not show that it is reached.
func (tab *Tab) keyboard(t *testing.T) {
	t.Helper()
	const mark = all + `(() => {
		window.lecitoReach = new Set(lecitoAll(lecitoAll(document, "dialog:modal")[0] || document, "a[href], button, input, select, textarea, summary").filter(e =>
			!e.disabled && e.type !== "hidden" && e.checkVisibility({visibilityProperty: true})));
		window.lecitoMet = new Set();
		window.lecitoSeen = new Set();
		window.lecitoLook = e => {
			const shown = getComputedStyle(e).outlineStyle !== "none";
			if (shown) lecitoSeen.add(e);
			return shown;
		};
		const met = event => {
			const e = event.composedPath()[0];
			lecitoReach.delete(e);
			if (e.type === "radio") { // the arrows reach the others of its group
				for (const o of lecitoReach) if (o.type === "radio" && o.name === e.name && o.form === e.form) lecitoReach.delete(o);
			}
			lecitoMet.add(e);
			lecitoLook(e);
		};
		for (const tree of [document, ...lecitoAll(document, "*").map(e => e.shadowRoot).filter(t => t)]) tree.addEventListener("focusin", met);
		return lecitoReach.size;
	})()`
	// The browser may tell of the focus before it has drawn it: two frames later it has.
	const again = `(() => {
		let e = document.activeElement;
		while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
		if (e === document.body || lecitoSeen.has(e)) return true;
		return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(lecitoLook(e)))));
	})()`
	const rest = `[...lecitoReach].map(e => "out of the keyboard's reach: " + e.outerHTML.slice(0, 120)).concat(
		[...lecitoMet].filter(e => !lecitoSeen.has(e)).map(e => "focus does not show: " + e.outerHTML.slice(0, 120)))`
	n, err := chromedp.Run(tab.Context, chromedp.Evaluate[int](mark))
	if err != nil {
		t.Fatal(err)
	}
	for range n + 12 { // dates and times take several steps
		if err := chromedp.Do(tab.Context, chromedp.KeyEvent("\t")); err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Run(tab.Context, chromedp.Evaluate[bool](again, chromedp.EvalAwaitPromise)); err != nil {
			t.Fatal(err)
		}
	}
	left, err := chromedp.Run(tab.Context, chromedp.Evaluate[[]string](rest))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range left {
		t.Error(fault)
	}
}

// Picture saves what the page looks like, where LECITO_SCREENSHOTS asks for it.
func (tab *Tab) Picture(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("LECITO_SCREENSHOTS")
	if dir == "" {
		return
	}
	if _, err := chromedp.Run(tab.Context, chromedp.Evaluate[bool](`document.activeElement.blur(); scrollTo(0, 0); true`)); err != nil {
		t.Fatal(err)
	}
	picture, err := chromedp.Run(tab.Context, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// listen notes what the page complains of and whom it asks.
func (tab *Tab) listen(address string) error {
	home, err := url.Parse(address)
	if err != nil {
		return err
	}
	page := address
	return chromedp.Listen(tab.Context, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			tab.fault("script failed: %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if e.Type == "error" || e.Type == "warning" {
				tab.fault("console: %s %s", e.Type, e.Args[0].Value)
			}
		case *log.EventEntryAdded:
			if e.Entry.Source == "network" && e.Entry.URL == page {
				return // a page that tells of a problem has the status of one
			}
			if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
				tab.fault("browser: %s %s", e.Entry.Text, e.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			to, err := url.Parse(e.Request.URL)
			if err != nil || to.Host != home.Host && to.Scheme != "data" {
				tab.fault("request to somebody else: %s", e.Request.URL)
			}
			if e.Type == network.ResourceTypeDocument {
				page = e.Request.URL
			}
		}
	})
}
