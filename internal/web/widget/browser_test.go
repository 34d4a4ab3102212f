// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// The strangers' addresses that each purpose of the page stands for.
var (
	counted = []string{"/count.js"}
	shown   = []string{"/frame.html", "/pixel.png"}
)

// said is what a visitor does about the banner, and what it lets strangers have.
type said struct {
	name, press     string
	statistics, ads []string
	now             lawful.Reason // about ads, on record
}

func TestNothingOfTheirsBeforeAYes(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	for _, c := range []said{
		{"no choice", "", nil, nil, ""},
		{"refused", "refuse", nil, nil, lawful.ReasonRefused},
		{"closed", "close", nil, nil, lawful.ReasonRefused},
		{"statistics alone", "statistics", counted, nil, lawful.ReasonRefused},
		{"ads alone", "ads", nil, shown, lawful.ReasonConsentGiven},
		{"accepted", "accept", counted, append([]string{"/both.png"}, shown...), lawful.ReasonConsentGiven},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.statistics.forget()
			w.ads.forget()
			v := w.visit(t, browser, uitest.View{Width: 1280})
			v.goTo("/")
			v.untouched()
			v.answer(c.press)
			v.goTo("/")
			v.has(c)
			if v.banner() != (c.press == "") {
				t.Errorf("there is a banner: %v", v.banner())
			}
			if c.press == "" {
				return
			}
			if got := w.reason(t, choice.Subject{Device: v.device()}, "ads", "web"); got != c.now {
				t.Errorf("on record about ads is %s, want %s", got, c.now)
			}
		})
	}
}

// untouched says that the browser holds nothing and asked strangers for nothing.
func (v *visitor) untouched() {
	v.t.Helper()
	if left := ask[string](v, `document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)`); left != "" {
		v.t.Errorf("before a choice the browser holds %q", left)
	}
	if of := append(v.requests(v.web.statistics.URL), v.requests(v.web.ads.URL)...); len(of) > 0 {
		v.t.Errorf("before a choice the browser asked strangers for %v", of)
	}
	waits := ask[string](v, `document.querySelector("iframe + lecito-ask")?.shadowRoot.textContent || ""`)
	if !strings.Contains(waits, "aspetta il suo sì per: Pubblicità su misura.") {
		v.t.Errorf("where a frame waits stands %q", waits)
	}
}

// answer presses a button of the banner, or ticks one box alone.
func (v *visitor) answer(press string) {
	v.t.Helper()
	switch press {
	case "":
	case "statistics", "ads":
		v.do(ours("choose") + ".click()")
		v.do(ours("p-"+press) + ".click()")
		v.press("save")
	default:
		v.press(press)
	}
}

// has says what strangers were asked for, by the browser's log and by their own.
func (v *visitor) has(c said) {
	v.t.Helper()
	if s, a := v.requests(v.web.statistics.URL), v.requests(v.web.ads.URL); !slices.Equal(s, c.statistics) || !slices.Equal(a, c.ads) {
		v.t.Errorf("the browser asked strangers for %v and %v, want %v and %v", s, a, c.statistics, c.ads)
	}
	if s, a := v.web.statistics.forget(), v.web.ads.forget(); !slices.Equal(s, c.statistics) || !slices.Equal(a, c.ads) {
		v.t.Errorf("the strangers heard %v and %v, want %v and %v", s, a, c.statistics, c.ads)
	}
	if len(v.requests(v.web.site.URL+"/cart")) != 1 {
		v.t.Error("what the site can't do without does not run")
	}
	if waits := ask[bool](v, `!document.querySelector("iframe").offsetHeight`); waits == slices.Contains(c.ads, "/frame.html") {
		v.t.Errorf("the frame waits: %v", waits)
	}
}

// clockAt moves the clock of a browser: so long after it really is.
func (v *visitor) clockAt(after time.Duration) {
	v.t.Helper()
	v.before(fmt.Sprintf(`{ const now = Date.now; Date.now = () => now() + %d; }`, after.Milliseconds()))
}

func TestNobodyIsAskedAgainBeforeItIsTime(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	const day = 24 * time.Hour
	for _, press := range []string{"refuse", "accept"} {
		v := w.visit(t, browser, uitest.View{Width: 1280})
		v.goTo("/")
		v.press(press)
		asked := time.UnixMilli(int64(ask[float64](v, `+lecito.state.at`)))
		half := asked.AddDate(0, 6, 0).Sub(asked) // when it has that day; the months of the tests all do
		v.goTo("/")
		if v.banner() {
			t.Errorf("%s: asked again at once", press)
		}
		v.clockAt(179 * day)
		v.goTo("/")
		if v.banner() {
			t.Errorf("%s: asked again after 179 days", press)
		}
		v.clockAt(half - 179*day - time.Hour)
		v.goTo("/")
		if v.banner() {
			t.Errorf("%s: asked again an hour before six months", press)
		}
		v.clockAt(4*time.Hour + 3*day)
		v.goTo("/")
		if !v.banner() {
			t.Errorf("%s: not asked again after six months", press)
		}
		if ask[bool](v, `lecito.allows("ads")`) {
			t.Errorf("%s: an answer holds beyond its time", press)
		}
		v.do("localStorage.clear()")
	}
}

func TestAskedEarlierOnlyWhenThereIsReason(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280})
	v.goTo("/")
	v.press("accept")
	for _, c := range []struct {
		what, old, changed string
		asked              bool
	}{
		{"other words", "Contiamo quali pagine piacciono.", "Contiamo le pagine che piacciono.", false},
		{"a category less", "channels: [web]\n    data: [pages_seen]\n    operations: [collection, use]\n    notice: cookies\n    recipients: [counter]", "channels: [push]\n    data: [pages_seen]\n    operations: [collection, use]\n    notice: cookies\n    recipients: [counter]", false},
		{"other data", "channels: [web]\n    data: [pages_seen]\n    operations: [collection, use]\n    notice: cookies\n    recipients: [network]", "channels: [web]\n    data: [pages_seen, purchases]\n    operations: [collection, use]\n    notice: cookies\n    recipients: [network]", true},
	} {
		if c.what == "a category less" {
			w.file = []byte(strings.Replace(string(w.file), "analytics_storage: statistics, ", "", 1))
		}
		w.declare(t, c.old, c.changed)
		w.clock.Advance(time.Hour)
		v.goTo("/?" + c.what) // and what the browser kept of the declarations
		v.do("caches && fetch('" + w.server.URL + "/widget/bottega.json?lang=it', {cache: 'reload'})")
		v.goTo("/")
		if v.banner() != c.asked {
			t.Errorf("%s: asked again %v, want %v", c.what, v.banner(), c.asked)
		}
	}
	v.press("refuse")
	v.do("localStorage.clear()")
	v.goTo("/")
	if !v.banner() {
		t.Error("nothing is known any more, and nobody is asked")
	}
}

func TestTheBrowsersSignalIsReadAndIsNoChoice(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280}, `Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true })`)
	v.try(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Sec-GPC": "1", "Accept-Language": "it"}})
		return err
	}))
	v.goTo("/")
	if !v.banner() || !ask[bool](v, `lecito.state.gpc && !lecito.state.answered`) {
		t.Error("the signal was taken for a choice, or not at all")
	}
	if text := ask[string](v, `document.querySelector("lecito-ask").shadowRoot.textContent`); !strings.Contains(text, "Global Privacy Control") {
		t.Errorf("the banner says nothing of the signal: %s", text)
	}
	v.press("accept")
	who := choice.Subject{Device: v.device()}
	if got := w.reason(t, who, "ads", "web"); got != lawful.ReasonConsentGiven {
		t.Errorf("their own yes, beside the signal: %s", got)
	}
	if n := strings.Count(w.history(t, v.device()), `"signal":"gpc"`); n != 1 {
		t.Errorf("%d signals on record, want one", n)
	}
}

func TestUnderAStrictPolicy(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280})
	v.goTo("/?strict")
	v.do(ours("choose") + ".click()")
	v.do(ours("p-ads") + ".click()")
	v.press("save")
	v.do("lecito.open()")
	v.press("accept")
	v.until("window.counted === 1 && window.adInline")
	v.goTo("/?strict")
	if got := ask[[]string](v, `window.violations || []`); len(got) > 0 {
		t.Errorf("the policy was violated: %v", got)
	}
	if got := v.requests(w.statistics.URL); !slices.Equal(got, counted) {
		t.Errorf("of statistics the browser asked for %v: a script without the page's nonce must not run", got)
	}
	if got := ask[bool](v, `window.adInline && window.counted === 1 && getComputedStyle(document.querySelector("lecito-ask").shadowRoot.firstChild).textAlign === "center"`); !got {
		t.Error("what is allowed did not run, or has no style")
	}
}

func TestGoogleIsToldNoFirst(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280})
	const told = `JSON.stringify(dataLayer.map(a => [...a]))`
	const no = `["consent","default",{"security_storage":"granted","wait_for_update":500,"ad_storage":"denied","ad_user_data":"denied","ad_personalization":"denied",` +
		`"analytics_storage":"denied","functionality_storage":"denied","personalization_storage":"denied"}]`
	v.goTo("/")
	if got := ask[string](v, told); got != "["+no+"]" {
		t.Errorf("before a choice Google is told %s", got)
	}
	v.do(ours("choose") + ".click()")
	v.do(ours("p-statistics") + ".click()")
	v.press("save")
	const some = `["consent","update",{"ad_personalization":"denied","ad_storage":"denied","ad_user_data":"denied","analytics_storage":"granted"}]`
	for _, when := range []string{"after it", "on the next page"} {
		if got := ask[string](v, told); got != "["+no+","+some+"]" {
			t.Errorf("%s Google is told %s", when, got)
		}
		v.goTo("/")
	}
}

func TestWithdrawingStopsWhatRan(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280})
	v.goTo("/")
	v.press("accept")
	v.until("window.counted === 1")
	device := v.device()
	v.do("lecito.open()")
	v.leads(script(ours("refuse") + ".click()")) // to a fresh page
	if ask[bool](v, `!!window.counted`) {
		t.Error("what ran before runs on")
	}
	if ask[bool](v, `lecito.allows("statistics") || lecito.allows("ads") || !lecito.allows("cart")`) {
		t.Error("a withdrawn yes still allows something")
	}
	if v.device() != device {
		t.Error("the withdrawal is of another browser than the yes")
	}
	if got := w.reason(t, choice.Subject{Device: device}, "ads", "web"); got != lawful.ReasonWithdrawn {
		t.Errorf("on record is %s", got)
	}
	v.do("lecito.open()")
	v.do(ours("close") + ".click()") // a no stands: closing says nothing new
	if ask[bool](v, `!!document.querySelector("lecito-ask")?.shadowRoot.querySelector("dialog")`) || v.banner() && ask[bool](v, `!lecito.state.answered`) {
		t.Error("the dialog does not close")
	}
}

func TestAChoiceOutlivesAServerThatIsAway(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280}, `{ const send = fetch; window.fetch = (to, o) => o && o.method && !window.there ? Promise.reject(new TypeError) : send(to, o); }`)
	v.goTo("/")
	v.do(ours("refuse") + ".click()")
	device := v.device()
	if got := w.reason(t, choice.Subject{Device: device}, "ads", "web"); got != lawful.ReasonUnknownSubject {
		t.Fatalf("it was recorded: %s", got)
	}
	v.before("window.there = true")
	v.goTo("/")
	v.recorded()
	if got := w.reason(t, choice.Subject{Device: device}, "ads", "web"); got != lawful.ReasonRefused {
		t.Errorf("from the next page: %s", got)
	}
	if v.banner() {
		t.Error("asked again for what was not recorded")
	}
}
