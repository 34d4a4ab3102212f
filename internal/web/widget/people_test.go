// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

func TestTheBannerInEveryView(t *testing.T) {
	w := newWeb(t)
	w.within = true // Check wants no request to anybody else
	browser := uitest.Open(t)
	browser.Check(t, "site-banner", w.site.URL+"/")
	w.clock.Advance(1e12)
	browser.Check(t, "site-preferences", w.site.URL+"/#preferences")
	for name, box := range map[string]string{"site-thanks": "newsletter.email", "site-thanks-none": "", "site-wrong": "x"} {
		browser.Check(t, name, w.site.URL+"/empty", uitest.Then(func(t *testing.T, tab *uitest.Tab) {
			v := visitor{Tab: tab, t: t, web: w}
			v.leads(script(`
				document.body.innerHTML = '<form method="post"><input name="lecito_source" value="footer-form"><input name="lecito_language" value="it"><input name="email" value="anna@posta.example"></form>';
				document.forms[0].action = "/widget/form?key=` + w.key + `";
				if ("` + box + `") document.forms[0].append(Object.assign(document.createElement("input"), {name: "lecito", value: "` + box + `"}));
				document.forms[0].submit()`))
		}))
	}
}

func TestRefusingIsAsEasyAsAccepting(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	for _, width := range []int64{360, 1280} {
		for _, language := range []string{"it", "en", "fr", "de", "es"} {
			v := w.visit(t, browser, uitest.View{Width: width, Language: language})
			v.goTo("/")
			for _, where := range []string{"banner", "dialog"} {
				same := ask[bool](v, `(() => {
					const [no, yes] = ["refuse", "accept"].map(id => `+strings.Replace(ours("ID"), "`ID`", "id", 1)+`);
					const [a, b] = [no, yes].map(e => e.getBoundingClientRect()), [s, t] = [no, yes].map(e => getComputedStyle(e));
					return Math.abs(a.width - b.width) < 1 && a.height === b.height && a.top === b.top && a.height >= 44 &&
						["color", "backgroundColor", "fontSize", "fontWeight", "borderColor"].every(k => s[k] === t[k]);
				})()`)
				if !same {
					t.Errorf("%s at %d in %s: refusing and accepting are not alike", where, width, language)
				}
				v.do(ours("choose") + "?.click()")
			}
			if ticked := ask[float64](v, `document.querySelector("body > lecito-ask:last-child").shadowRoot.querySelectorAll("input:checked").length`); ticked > 0 {
				t.Errorf("%d boxes come ticked", int(ticked))
			}
			v.press("refuse") // what is left over is not the next visitor's
			v.do("localStorage.clear()")
		}
	}
}

func TestScrollingAndGoingOnAreNoYes(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 360})
	v.goTo("/")
	v.do(`document.body.style.height = "5000px"; scrollTo(0, 4000)`)
	v.try(chromedp.Click(chromedp.CSS("h1")))
	v.goTo("/?another")
	if got := append(v.requests(w.statistics.URL), v.requests(w.ads.URL)...); len(got) > 0 || !v.banner() || ask[float64](v, `localStorage.length`) > 0 {
		t.Errorf("after scrolling and another page: %v", got)
	}
}

// keys presses keys, one after the other.
func (v *visitor) keys(keys string) {
	v.t.Helper()
	v.try(chromedp.KeyEvent(keys))
}

// focus is the name of what has the focus.
func (v *visitor) focus() string {
	v.t.Helper()
	return ask[string](v, `(() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; return e.id || e.localName; })()`)
}

func TestByKeyboardAlone(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280})
	v.goTo("/")
	var order []string
	for range 6 {
		v.keys("\t")
		order = append(order, v.focus())
	}
	if got := strings.Join(order, " "); got != "close refuse accept choose a select" {
		t.Errorf("the tabulator meets %s", got)
	}
	v.goTo("/")
	v.keys("\t\t\t\t\r") // one by one
	if got := v.focus(); got != "t" {
		t.Errorf("the dialog opens on %s, want its heading", got)
	}
	v.keys("\t\t \t ") // past the cross; both boxes
	v.keys("\t\t\t\r") // refuse, accept, save
	v.recorded()
	if !ask[bool](v, `lecito.allows("ads") && lecito.allows("statistics")`) || v.banner() && ask[bool](v, `!lecito.state.answered`) {
		t.Error("two boxes ticked and saved by keyboard are not two yeses")
	}
	v.goTo("/")
	v.do(`document.querySelector("form button").focus()`)
	v.keys("\t\r")  // the way back, at the foot of the page
	v.keys("\t\t ") // the first box off
	v.keys("\t\t\t\t")
	v.leads(chromedp.KeyEvent("\r"))
	if !ask[bool](v, `lecito.allows("statistics") && !lecito.allows("ads")`) {
		t.Error("a yes is not taken back by keyboard")
	}
	v.do("localStorage.clear()")
	v.goTo("/")
	v.keys("\t\t\t\t\r")
	v.keys("\x1b")
	v.recorded()
	if got := w.reason(t, choice.Subject{Device: v.device()}, "ads", "web"); got != lawful.ReasonRefused {
		t.Errorf("the dialog left with Escape is %s, want a refusal", got)
	}
}

func TestAFormShowsItsNoticeAndSendsItsEvidence(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 360})
	v.goTo("/?utm=anna")
	text := ask[string](v, `document.querySelector(".lecito-notice").innerText`)
	for _, want := range []string{"Sì, scrivetemi: posso cambiare idea con un clic.", "Novità e offerte", "Sì, per e-mail"} {
		if !strings.Contains(text, want) {
			t.Errorf("the form does not say %q: %s", want, text)
		}
	}
	if ask[bool](v, `!!document.querySelector("form input:checked") || !!document.querySelector("form input[value='newsletter.sms']")`) {
		t.Error("a box comes ticked, or one that the form can't reach")
	}
	v.do(`document.querySelector("input[type=email]").value = "carla@posta.example"`)
	v.leads(script(`document.querySelector("form button").click()`)) // nothing ticked
	if got := w.reason(t, choice.Subject{Email: "carla@posta.example"}, "newsletter", "email"); got != lawful.ReasonUnknownSubject {
		t.Errorf("an empty box is %s", got)
	}
	v.goTo("/?utm=anna")
	v.do(`document.querySelector("input[type=email]").value = "anna@posta.example"; document.querySelector("form input[type=checkbox]").click()`)
	v.leads(script(`document.querySelector("form button").click()`))
	if got := ask[string](v, `document.querySelector("h1").textContent`); got != "Grazie" {
		t.Fatalf("the form leads to %q", got)
	}
	v.eventually(func() bool { return w.reason(t, anna(), "newsletter", "email") == lawful.ReasonConsentGiven })
	history := w.about(t, "email=anna%40posta.example")
	for _, want := range []string{"posso cambiare idea con un clic", `"default":"unticked"`, `"language":"it"`, `"url":"` + w.site.URL + `/"`, `"version":1`} {
		if !strings.Contains(history, want) {
			t.Errorf("the evidence lacks %s: %s", want, history)
		}
	}
	if strings.Contains(history, "utm") {
		t.Error("the evidence holds the query of the page")
	}
	if got := strings.Join(w.sent, " "); got != "carla@posta.example anna@posta.example" {
		t.Errorf("the shop itself got %q", got)
	}
}

func TestAFormIsSentWhereLecitoIsAway(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 360})
	v.goTo("/")
	w.server.Close()
	v.do(`document.querySelector("input[type=email]").value = "anna@posta.example"; document.querySelector("form input[type=checkbox]").click()`)
	v.leads(script(`document.querySelector("form button").click()`))
	if got := ask[string](v, `document.querySelector("h1").textContent`); got != "Grazie" || len(w.sent) != 1 {
		t.Errorf("the form leads to %q", got)
	}
}

func TestTheSameFormWithoutScripts(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	w.plain = true
	for _, noScript := range []bool{true, false} {
		v := w.visit(t, browser, uitest.View{Width: 360, NoScript: noScript})
		v.goTo("/")
		address := map[bool]string{true: "anna@posta.example", false: "bruno@posta.example"}[noScript]
		v.try(chromedp.SendKeys(chromedp.CSS("input[type=email]"), address), chromedp.Click(chromedp.CSS("form input[type=checkbox]")))
		v.leads(chromedp.Click(chromedp.CSS("form button")))
		if got := v.Text(t, "h1"); got != "Grazie" && noScript {
			t.Errorf("the form leads to %q", got)
		}
		who := choice.Subject{Email: address}
		v.eventually(func() bool { return w.reason(t, who, "newsletter", "email") == lawful.ReasonConsentGiven })
		if history := w.about(t, "email="+url.QueryEscape(address)); !strings.Contains(history, "Sì, scrivetemi delle novità") {
			t.Errorf("the evidence is not the text shown: %s", history)
		}
	}
}

func TestWhatIsAddedLaterWaitsToo(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 1280})
	v.goTo("/")
	const later = `{ const e = new Image(); e.dataset.lecitoPurpose = "ads"; e.dataset.lecitoSrc = "ADS/later" + document.images.length + ".png"; document.body.append(e); }`
	add := strings.ReplaceAll(later, "ADS", w.ads.URL)
	v.do(add)
	v.until("true")
	if got := v.requests(w.ads.URL); len(got) > 0 {
		t.Errorf("before a choice: %v", got)
	}
	v.press("accept")
	v.do(add)
	v.until(`[...document.images].every(e => !e.dataset.lecitoSrc || e.dataset.lecitoPurpose === "unheard-of")`)
	v.eventually(func() bool { return len(v.requests(w.ads.URL+"/later")) == 2 })
	if got := v.requests(w.ads.URL + "/unheard"); len(got) > 0 {
		t.Error("a purpose that nobody declared was allowed")
	}
}

func TestTheReaderPicksTheLanguage(t *testing.T) {
	w, browser := newWeb(t), uitest.Open(t)
	v := w.visit(t, browser, uitest.View{Width: 360, Language: "it"})
	v.goTo("/")
	const pick = `{ const e = document.querySelector("lecito-ask").shadowRoot.querySelector("select"); e.value = "en"; e.dispatchEvent(new Event("change")); }`
	v.do(pick)
	v.until(ours("refuse") + `?.textContent === "Refuse all"`)
	if got := v.focus(); got != "select" {
		t.Errorf("the focus is on %s, want where the reader was", got)
	}
	v.press("close")
	if history := w.history(t, v.device()); !strings.Contains(history, "Refuse all") || !strings.Contains(history, `"language":"en"`) {
		t.Errorf("the evidence is not in the language that was on the screen: %s", history)
	}
}
