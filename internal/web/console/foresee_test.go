// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// unlawful is the sample's file with a basis that its newsletter can't have.
func unlawful(t *testing.T) string {
	t.Helper()
	before, after, ok := strings.Cut(string(declared.Bottega), "  - id: newsletter\n")
	if !ok {
		t.Fatal("the sample has no newsletter")
	}
	return before + "  - id: newsletter\n" + strings.Replace(after, "basis: consent", "basis: contract", 1)
}

func TestAChangedFileIsTriedFirst(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 30)
		v := o.enter(t, access.RoleOwner)
		v.get("/purposes").has(t, "main", "Try a change before applying it")
		v.get("/impact").has(t, "main", "Nothing is changed or stored by looking.")
		answer := v.finished(v.upload("/impact", "file", "new.yaml", unlawful(t)))
		answer.want(t, http.StatusOK)
		answer.has(t, ".sentence", "0 people would become reachable.")
		answer.has(t, ".sentence", "would stop being so.")
		answer.has(t, "table.foretold", "News and offers E-mail")
		answer.has(t, "table.turns", "Permitted consent was given Denied this legal basis is not enough here")
		answer.has(t, "pre.command", "basis consent -> contract")
		person := answer.find("ul.sample a")
		if len(person) == 0 {
			t.Fatal("nobody is named as a sample")
		}
		v.get(uitest.Attr(person[0], "href")).want(t, http.StatusOK)
		v.get("/purposes").has(t, "[aria-labelledby=newsletter]", "Consent")

		other := o.enter(t, access.RoleDPO)
		other.get(answer.Request.URL.Path).want(t, http.StatusNotFound)
		marketing := o.enter(t, access.RoleMarketing)
		pasted := marketing.finished(marketing.upload("/impact", "file", "", "", "text", unlawful(t)))
		pasted.has(t, ".sentence", "would stop being so.")
		if len(pasted.find("ul.sample a")) > 0 {
			t.Error("who may not look people up is shown some")
		}
		same := v.finished(v.upload("/impact", "file", "same.yaml", string(declared.Bottega)))
		same.has(t, ".sentence", "Nobody’s answer would change.")
	})
}

func TestAFileThatIsWrongIsNotTried(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleOwner)
	for content, want := range map[string]string{
		"": "Choose a file, or paste its text below.", "organisation: {id: 7}": "This file is not right.",
		strings.Replace(string(declared.Bottega), "id: bottega\n", "id: another\n", 1): "This file is not right.",
	} {
		p := v.upload("/impact", "file", "x.yaml", content)
		p.want(t, http.StatusBadRequest)
		p.has(t, ".wrong", want)
	}
	v.upload("/impact", "file", "x.yaml", "organisation: {id: 7}").has(t, "ul.places", "line 1")
	v.get("/impact/nothing").want(t, http.StatusNotFound)
}

func TestWhoStopsBeingReachableIsShown(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 60)
		v := o.enter(t, access.RoleOwner)
		v.counted().has(t, "main", "See who, and what may be done")
		soon := v.get("/expiring")
		soon.has(t, "main", "in the next 30 days.")
		year := v.get("/expiring?days=366&purpose=newsletter&channel=email")
		year.has(t, ".sentence", "stop being reachable in the next 366 days.")
		year.has(t, ".flash", "Asking to renew is itself marketing. By the channel itself (E-mail)")
		if len(year.find("ul.sample a")) == 0 {
			t.Error("nobody is named as a sample")
		}
		again := v.post("/expiring?days=366&purpose=newsletter&channel=email", url.Values{})
		again.want(t, http.StatusOK)
		again.has(t, ".sentence", year.all(".sentence"))
		v.get("/expiring?days=1&purpose=orders").has(t, ".empty", "Nobody in the next day")
		for _, query := range []string{"days=0", "days=367", "days=x", "purpose=nothing", "channel=telex"} {
			p := v.get("/expiring?" + query)
			p.want(t, http.StatusBadRequest)
			p.has(t, ".wrong", "One thing to put right")
		}
		if p := o.enter(t, access.RoleMarketing).get("/expiring?days=366"); strings.Contains(p.raw, "/subjects/sub_") {
			t.Error("who may not look people up is shown some")
		}
	})
}

func TestLookingAheadCanBeCancelled(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleOwner)
	p := v.upload("/impact", "file", "new.yaml", unlawful(t))
	after := v.post(p.Request.URL.Path+"/cancel", url.Values{})
	after.want(t, http.StatusOK)
	if got := after.all("main"); !strings.Contains(got, "Nothing was changed") && !strings.Contains(got, "Asked about") {
		t.Errorf("after cancelling the page says %q", got)
	}
	o.enter(t, access.RoleViewer).post(p.Request.URL.Path+"/cancel", url.Values{}).want(t, http.StatusNotFound)
}

func TestLookingAheadInABrowser(t *testing.T) {
	o := onSQLite(t, 120)
	browser := uitest.Open(t)
	v := o.enter(t, access.RoleOwner)
	tried := v.finished(v.upload("/impact", "file", "new.yaml", unlawful(t))).Request.URL.Path
	in := uitest.Cookies(v.cookie())
	for _, c := range []struct{ name, path string }{
		{"impact", "/impact"}, {"foreseen", tried}, {"expiring", "/expiring?days=366"},
		{"expiring-none", "/expiring?days=1&purpose=orders"}, {"expiring-wrong", "/expiring?days=999"},
	} {
		browser.Check(t, c.name, o.server.URL+c.path, in)
	}
}
