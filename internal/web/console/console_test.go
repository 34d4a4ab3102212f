// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

func TestSigningIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		v := o.stranger(t)
		out := v.get("/")
		out.want(t, http.StatusUnauthorized)
		out.has(t, "main", "lecito operator invite")
		path := o.invite(t, access.RoleViewer)
		for range 3 { // a scanner that follows the link does not use it up
			v.get(path).want(t, http.StatusOK)
		}
		in := v.press(v.get(path), "main form", nil)
		in.want(t, http.StatusOK)
		in.has(t, "h1", "Today")
		again := o.stranger(t)
		used := again.press(again.get(path), "main form", nil)
		used.want(t, http.StatusUnauthorized)
		used.has(t, "main", "used before")
		v.press(in, "header form", nil).has(t, "h1", "You are signed out")
		v.get("/").want(t, http.StatusUnauthorized)
	})
}

func TestAnotherSiteSignsNobodyIn(t *testing.T) {
	o := onSQLite(t, 0)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+o.invite(t, access.RoleViewer), strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site is answered %d", answer.StatusCode)
	}
}

func TestRolesOpenWhatTheyMay(t *testing.T) {
	o := onSQLite(t, 0)
	giulia := o.subject(t, sample.Giulia)
	for _, c := range []struct {
		role string
		path string
		want int
	}{
		{access.RoleViewer, "/", http.StatusOK},
		{access.RoleViewer, giulia, http.StatusOK},
		{access.RoleViewer, "/lists", http.StatusForbidden},
		{access.RoleViewer, giulia + "/erase", http.StatusForbidden},
		{access.RoleMarketing, "/", http.StatusOK},
		{access.RoleMarketing, "/lists", http.StatusOK},
		{access.RoleMarketing, giulia, http.StatusForbidden},
		{access.RoleMarketing, giulia + "/erase", http.StatusForbidden},
		{access.RoleDPO, giulia + "/erase", http.StatusOK},
		{access.RoleOwner, "/ledger", http.StatusOK},
		{access.RoleOwner, "/purposes", http.StatusOK},
		{access.RoleOwner, "/notices/signup/2", http.StatusOK},
		{access.RoleOwner, "/notices/signup/9", http.StatusNotFound},
		{access.RoleOwner, "/subjects/sub_nobody", http.StatusNotFound},
		{access.RoleOwner, "/lists/nothing", http.StatusNotFound},
	} {
		t.Run(c.role+" "+strings.ReplaceAll(c.path, "/", "_"), func(t *testing.T) {
			if got := o.enter(t, c.role).get(c.path).StatusCode; got != c.want {
				t.Errorf("%s opens %s: %d, want %d", c.role, c.path, got, c.want)
			}
		})
	}
}

func TestSearchFindsWithoutNaming(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleViewer)
	search := v.get("/subjects")
	for _, typed := range []url.Values{
		{"who": {" Giulia.Ferri@POSTA.example "}}, {"who": {"c-90001"}, "source": {"checkout"}}, {"who": {"333 000 9001"}},
	} {
		found := v.press(search, "form.search", typed)
		found.want(t, http.StatusOK)
		found.has(t, "main", sample.Giulia)
		if strings.Contains(found.Request.URL.String(), "giulia") || !strings.HasPrefix(found.Request.URL.Path, "/subjects/sub_") {
			t.Errorf("the search leads to %s", found.Request.URL)
		}
	}
	v.press(search, "form.search", url.Values{"who": {"nobody@posta.example"}}).has(t, ".empty", "Nobody by this contact")
	bad := v.press(search, "form.search", url.Values{"who": {"???"}})
	bad.want(t, http.StatusBadRequest)
	bad.has(t, ".wrong", "neither an e-mail address nor a phone")
}

func TestWhy(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		v := o.enter(t, access.RoleDPO)
		path := o.subject(t, sample.Giulia)
		now := v.get(path)
		now.has(t, "[aria-labelledby=p-newsletter]", "E-mail Permitted consent was given The person gave consent on 6 May 2026")
		now.has(t, "[aria-labelledby=p-newsletter]", "signup, version 3")
		now.has(t, "[aria-labelledby=p-newsletter]", "Text message Denied")
		now.has(t, "ol.timeline", "Recorded: a dated act of the person")
		march := v.get(path + "?at=2025-03-01")
		march.has(t, ".flash", "as of 1 March 2025")
		march.has(t, "[aria-labelledby=p-newsletter]", "E-mail Denied withdrew the consent")
		v.get(path+"?at=2024-12-01").has(t, "[aria-labelledby=p-newsletter]", "E-mail Permitted")
		v.get(path+"?at=2025-03-01&known=2024-12-01").has(t, "[aria-labelledby=p-newsletter]", "E-mail Permitted consent was given The person gave consent on 18 January 2024")
		v.get(path+"?known=2024-12-01").has(t, "[aria-labelledby=p-newsletter]", "E-mail Denied the time to keep the data is over") // 24 months have passed since
		now.has(t, "[aria-labelledby=p-newsletter] .trace", "Data is used for declared purposes only.")
		v.get(path+"?at=2099-01-01").has(t, ".wrong", "in the future")
		v.get(path+"?at=soon").has(t, ".wrong", "Give a day")

		file := v.press(march, "[aria-labelledby=p-newsletter] form", nil)
		file.want(t, http.StatusOK)
		verdict, err := evidence.Verify([]byte(file.raw), evidence.Options{})
		if err != nil || !verdict.OK() || verdict.Decision.Reason != "withdrawn" {
			t.Errorf("the certificate says %v, %+v", err, verdict)
		}
		for _, seal := range now.find("ol.timeline a.seal")[:2] {
			entry := v.get(uitest.Attr(seal, "href"))
			entry.want(t, http.StatusOK)
			entry.has(t, "ol.path", "signed with")
		}
	})
}

func TestEveryPurposeAndChannelIsAnswered(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleViewer)
	p := v.get(o.subject(t, sample.Elena))
	if got := len(p.find("section.purpose")); got != 11 {
		t.Errorf("%d purposes are answered, want 11", got)
	}
	p.has(t, "section.purpose", "the proof is too weak")
	if got := p.find(".line form"); len(got) > 0 {
		t.Error("who only reads is offered certificates")
	}
}

func TestErasure(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		v := o.enter(t, access.RoleDPO)
		path := o.subject(t, sample.Elena)
		plan := v.get(path + "/erase")
		plan.has(t, ".plan .groups", "Destroyed 1 contact 1 choice, with its proof")
		plan.has(t, ".plan .groups", "1 keyed hash Until 31 December 2036")
		wrong := v.press(plan, ".plan form", url.Values{"word": {"yes"}})
		wrong.want(t, http.StatusBadRequest)
		wrong.has(t, ".wrong", "nothing was erased")
		v.get(path).want(t, http.StatusOK)
		for _, reference := range []string{"the lady from Lucca", strings.Repeat("7", 200)} {
			wrong = v.press(plan, ".plan form", url.Values{"word": {"erase"}, "reference": {reference}})
			wrong.want(t, http.StatusBadRequest)
			wrong.has(t, ".wrong", "Reference of the request: Give its number alone")
			v.get(path).want(t, http.StatusOK)
		}
		done := v.press(plan, ".plan form", url.Values{"word": {"erase"}, "reference": {"REQ-7"}})
		done.want(t, http.StatusOK)
		done.has(t, ".flash", "the person was erased")
		v.get(uitest.Attr(done.find(".flash a")[0], "href")).has(t, "main", "Erasure")
		v.get(path).want(t, http.StatusNotFound)
		v.get("/ledger").has(t, "ul.entries", "Erasure one person")
	})
}
