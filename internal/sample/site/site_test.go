// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// shown is the sample as serve --sample has it, with the shop's site beside.
type shown struct {
	*app.App

	url string // of Lecito
}

func serve(t *testing.T) shown {
	t.Helper()
	moving := clock.NewManual(sample.Begins())
	a, err := app.New(t.Context(), app.Config{Dir: t.TempDir(), Addr: "127.0.0.1:0", Site: "127.0.0.1:0", Clock: moving})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Invent(t.Context(), moving, 0, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, func(addr string) { ready <- addr }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return shown{a, "http://" + <-ready}
}

func (s shown) reason(t *testing.T, who choice.Subject, purpose, channel string) lawful.Reason {
	t.Helper()
	d, err := s.Standing.Check(t.Context(), access.Local(sample.Organisation), standing.Question{Subject: who, Purpose: purpose, Channel: channel})
	if err != nil {
		t.Fatal(err)
	}
	return d.Reason
}

// TestTheShopsSiteCarriesTheScript from where Lecito answers, with a key that
// records from this origin and from no other.
func TestTheShopsSiteCarriesTheScript(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/", "/en", "/shop.css", "/count.js", "/video", "/pixel.svg", "/icon.svg"} {
		body, status := call(t, http.MethodGet, s.Site+path, "", "")
		if !strings.HasPrefix(status, "200") || strings.Contains(body, "https://") {
			t.Errorf("%s answers %s", path, status)
		}
	}
	page, _ := call(t, http.MethodGet, s.Site+"/", "", "")
	found := regexp.MustCompile(`src="` + regexp.QuoteMeta(s.url) + `/widget.js" data-org="bottega" data-key="(\S+)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no script in\n%s", page)
	}
	const said = `{"subject":{"email":"prova@posta.example"},"source":"footer-form","notice":{"id":"signup","version":3,"language":"it"},
		"choices":[{"purpose":"newsletter","channel":"email","choice":"given"}],"evidence":{"method":"checkbox","default":"unticked","text":"Sì"}}`
	if _, status := call(t, http.MethodPost, s.url+"/v1/choices?key="+found[1], s.Site, said); !strings.HasPrefix(status, "201") {
		t.Errorf("from the site it answers %s", status)
	}
	if _, status := call(t, http.MethodPost, s.url+"/v1/choices?key="+found[1], "http://127.0.0.1:1", said); !strings.HasPrefix(status, "403") {
		t.Errorf("from another it answers %s", status)
	}
	if got := s.reason(t, choice.Subject{Email: "prova@posta.example"}, "newsletter", "email"); got != lawful.ReasonConsentGiven {
		t.Errorf("on record is %s", got)
	}
}

func call(t *testing.T, method, address, origin, body string) (got, status string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), answer.Status
}

// TestTheShopsSiteInABrowser: nothing runs before a yes, what waits for it runs
// then, and a box of the form has a message leave.
func TestTheShopsSiteInABrowser(t *testing.T) {
	s := serve(t)
	browser := uitest.Open(t)
	dark := browser.Tab(t, s.Site+"/", uitest.View{Width: 360, Language: "it", Dark: true})
	dark.Until(t, ours("accept"))
	if !uitest.Eval[bool](t, dark, `getComputedStyle(`+ours("accept")+`.closest("section")).backgroundColor === "rgb(251, 250, 247)"`) {
		t.Error("the banner is dark on a site that is light, with an accent made for light")
	}
	tab := browser.Tab(t, s.Site+"/", uitest.View{Width: 1000, Language: "it"})
	tab.Until(t, ours("accept"))
	tab.Picture(t, "shop-banner")
	if got := tab.Text(t, "#counted"); got != "No." {
		t.Errorf("before a choice: %s", got)
	}
	if uitest.Eval[bool](t, tab, `!!document.cookie || localStorage.length > 0 || document.querySelector("iframe").hasAttribute("src") || document.querySelector("iframe").offsetHeight > 0`) {
		t.Error("something was stored or shown before a choice")
	}
	uitest.Eval[bool](t, tab, ours("accept")+".click(); true")
	tab.Until(t, `document.getElementById("counted").textContent.startsWith("Sì") && lecito.state.receipts.length && document.querySelector("iframe").src && document.querySelector("iframe").offsetHeight > 0`)
	tab.Picture(t, "shop-accepted")
	device := tab.Ask(t, `[lecito.state.device]`)[0]
	for _, purpose := range []string{"statistics", "ads"} {
		if got := s.reason(t, choice.Subject{Device: device}, purpose, "web"); got != lawful.ReasonConsentGiven {
			t.Errorf("on record about %s is %s", purpose, got)
		}
	}
	const newcomer = "nuova@posta.example"
	uitest.Eval[bool](t, tab, `document.getElementById("guild").value = "`+newcomer+`"; document.querySelector("[data-lecito-source=guild-form] input[type=checkbox]").click(); true`)
	tab.Click(t, "[data-lecito-source=guild-form] button")
	if got := tab.Text(t, "h1"); got != "Grazie" {
		t.Errorf("the form leads to %q", got)
	}
	s.asked(t, tab, newcomer)
	for _, fault := range tab.Faults() {
		if !strings.Contains(fault, s.url) { // Lecito is another origin, as it is for every shop
			t.Error(fault)
		}
	}
}

// asked waits for a message in the outbox.
func (s shown) asked(t *testing.T, tab *uitest.Tab, address string) {
	t.Helper()
	tab.Eventually(t, func() bool {
		all, _, err := s.Messages.List(t.Context(), access.Local(sample.Organisation), "sent", "", 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 1 || all[0].To != address {
			return false
		}
		if _, err := os.Stat(filepath.Join(s.Config.Dir, "outbox", all[0].ID+".eml")); err != nil {
			t.Error(err)
		}
		return true
	})
	if got := s.reason(t, choice.Subject{Email: address}, "partner", "email"); got != lawful.ReasonConfirmationPending {
		t.Errorf("on record is %s", got)
	}
}

// ours finds something of the script's by its id.
func ours(id string) string {
	return `[...document.querySelectorAll("lecito-ask")].map(h => h.shadowRoot.getElementById("` + id + `")).find(e => e)`
}
