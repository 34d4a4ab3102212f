// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

func TestToday(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 30)
		p := o.enter(t, access.RoleViewer).counted()
		p.has(t, "table.uses", "News and offers E-mail")
		p.has(t, "figure.chart", "yes and")
		if got := len(p.find("figure.chart tbody tr")); got != 12 {
			t.Errorf("the table behind the picture has %d months", got)
		}
	})
}

func TestTodayTellsWhatIsDue(t *testing.T) {
	o := onSQLite(t, 0)
	o.apply(t, strings.NewReplacer(
		"expires: 2027-12-31", "expires: 2026-12-10",
		"retention: {from: last_activity, for: 24 months}\n    frequency: {max: 4", "expires: 7 months\n    retention: {from: last_activity, for: 24 months}\n    frequency: {max: 4",
		"country: IT, contract: {signed: 2024-02-01}", "country: IT",
		"{id: old-list, kind: import,", "{id: old-list, kind: import, accepted: {grade: declared, reason: x, decided_by: Anna Verdi, until: 2026-12-31},",
	))
	p := o.enter(t, access.RoleViewer).get("/")
	for _, want := range []string{
		"There is no contract with Tipografia del Prato.", "The contract with Brevi Messaggi Srl ends. 20 days left",
		"The decision to rely on “Old newsletter list”, whose proof is weak, ends.", "One person soon can’t be contacted any more: News and offers, E-mail.",
	} {
		p.has(t, "ol.tasks", want)
	}
}

// apply changes what the shop declares.
func (o *office) apply(t *testing.T, change *strings.Replacer) {
	t.Helper()
	doc, err := register.Parse([]byte(change.Replace(string(declared.Bottega))), "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.parts.Register.Apply(t.Context(), "local:folder", sample.Organisation, doc, false); err != nil {
		t.Fatal(err)
	}
	if err := o.parts.Ledger.Sequence(t.Context(), sample.Organisation); err != nil {
		t.Fatal(err)
	}
}

func TestLedger(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		v := o.enter(t, access.RoleMarketing)
		p := v.get("/ledger")
		p.has(t, "main", "sha256:")
		p.has(t, "ul.entries", "Declaration")
		older := p.find("nav.pager a")
		if len(older) != 1 {
			t.Fatalf("%d ways to older entries", len(older))
		}
		v.get(uitest.Attr(older[0], "href")).has(t, "ul.entries", "Signing key")
		entry := v.get(uitest.Attr(p.find("ul.entries .what a")[0], "href"))
		entry.want(t, http.StatusOK)
		if proof := v.get(entry.Request.URL.Path + "/proof.txt").raw; !strings.HasPrefix(proof, "c2sp.org/tlog-proof@v1\n") {
			t.Errorf("the proof is %.40q", proof)
		}
		reader := o.enter(t, access.RoleViewer)
		story := reader.get(o.subject(t, sample.Giulia))
		about := uitest.Attr(story.find("ol.timeline a.seal")[0], "href")
		reader.get(about).want(t, http.StatusOK)
		v.get(about).want(t, http.StatusForbidden)
		receipt := reader.get(about + "/receipt.json")
		if verdict, err := evidence.Verify([]byte(receipt.raw), evidence.Options{}); err != nil || !verdict.OK() || verdict.Receipt == nil {
			t.Errorf("the receipt: %v, %+v", err, verdict)
		}
	})
}

func TestVerify(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleDPO)
	file := v.press(v.get(o.subject(t, sample.Giulia)), "[aria-labelledby=p-newsletter] form", nil).raw
	stranger := o.stranger(t)
	key := strings.TrimSpace(uitest.Find(v.get("/ledger").doc, "dl.facts", "code")[1].FirstChild.Data)
	stranger.upload("/verify", "file", "c.json", file).has(t, ".card", "the key is yet to be compared")
	stranger.upload("/verify", "file", "c.json", file, "key", key).has(t, ".card", "Intact, and signed with the key you gave")
	stranger.upload("/verify", "file", "c.json", strings.Replace(file, "consent_given", "consent_gifen", 1)).has(t, ".card", "It does not hold")
	stranger.upload("/verify", "file", "c.json", "{}").has(t, ".card", "It does not hold")
	bad := stranger.upload("/verify", "file", "c.json", file, "key", "nonsense")
	bad.want(t, http.StatusBadRequest)
	bad.has(t, ".wrong", "This is no key")
	stranger.upload("/verify", "file", "c.json", "").want(t, http.StatusBadRequest)
}

func TestANotice(t *testing.T) {
	o := onSQLite(t, 0)
	p := o.enter(t, access.RoleViewer).get("/notices/signup/3")
	p.has(t, "dl.facts", "News and offers, Suggestions to your taste")
	p.has(t, "main", "What changes")
}

func TestPurposesShowWhatHoldsThem(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleViewer)
	p := v.get("/purposes")
	p.has(t, "[aria-labelledby=newsletter]", "Kept for 24 months from the last activity The law allows 24 months at most. it.retention.marketing")
	p.has(t, "[aria-labelledby=newsletter]", "At most 4 times a month (E-mail)")
	p.has(t, "main", "Balancing test Passed on")
	o.apply(t, strings.NewReplacer(
		"{from: last_activity, for: 24 months}\n    frequency: {max: 4", "{from: last_activity, for: 30 months}\n    audience: business\n    frequency: {max: 4",
		"{id: bought-list, kind: bought,", "{id: bought-list, kind: bought, licence: {signed: 2024-01-01, expires: 2026-01-31},",
	))
	p = v.get("/purposes")
	p.has(t, "[aria-labelledby=newsletter]", "30 months from the last activity Longer than the 24 months the law allows: those hold.")
	p.has(t, "[aria-labelledby=newsletter]", "Addressed to people in their profession")
	p.has(t, "[aria-labelledby=sources]", "The licence ended on 31 January 2026")
}

// TestABalancingTestIsAnEntryOfTheLedger looks for the one of the sample.
func TestABalancingTestIsAnEntryOfTheLedger(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleViewer)
	for p := v.get("/ledger"); ; {
		if strings.Contains(p.all("ul.entries"), "Balancing test") {
			p.has(t, "ul.entries", "it admits the use")
			return
		}
		older := p.find("nav.pager a[rel=next]")
		if len(older) == 0 {
			t.Fatal("the ledger shows no balancing test")
		}
		p = v.get(uitest.Attr(older[0], "href"))
	}
}

// TestAnotherOrganisation walks every address with a session of one
// organisation and the things of another.
func TestAnotherOrganisation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		doc, err := register.Parse([]byte("organisation: {id: altra, name: Altra Srl, country: IT, language: it, time_zone: Europe/Rome}\npurposes: []\n"), "altra.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.parts.Register.Apply(t.Context(), "local:folder", "", doc, false); err != nil {
			t.Fatal(err)
		}
		if err := o.parts.Ledger.Sequence(t.Context(), "altra"); err != nil {
			t.Fatal(err)
		}
		own := o.enter(t, access.RoleOwner)
		giulia := o.subject(t, sample.Giulia)
		entry := uitest.Attr(own.get(giulia).find("ol.timeline a.seal")[0], "href")
		run := own.finished(own.upload("/lists", "list", "x.csv", list(), "kind", "clear", "use", "newsletter email")).Request.URL.Path
		_, link, err := o.parts.Access.Invite(t.Context(), access.Local("altra"), "boss@altra.example", access.RoleOwner)
		if err != nil {
			t.Fatal(err)
		}
		other := o.stranger(t)
		other.press(other.get("/sign-in/"+link.Token), "main form", nil).want(t, http.StatusOK)
		for _, path := range []string{
			giulia, giulia + "?at=2025-01-01", giulia + "/erase", entry, entry + "/proof.txt", entry + "/receipt.json",
			run, run + "/events", run + "/permitted.csv", "/notices/signup/1",
		} {
			if got := other.get(path).StatusCode; got != http.StatusNotFound {
				t.Errorf("another organisation opens %s: %d", path, got)
			}
		}
		for _, path := range []string{giulia + "/certificate", run + "/cancel", run + "/confirm", giulia + "/erase"} {
			if got := other.post(path, map[string][]string{"word": {"erase"}, "held": {"0"}, "purpose": {"newsletter"}, "channel": {"email"}}).StatusCode; got != http.StatusNotFound {
				t.Errorf("another organisation sends to %s: %d", path, got)
			}
		}
		other.press(other.get("/subjects"), "form.search", map[string][]string{"who": {sample.Giulia}}).has(t, ".empty", "Nobody")
		own.get(giulia).want(t, http.StatusOK)
	})
}

// TestTheFiguresAgreeWithTheAnswers holds the count to the questions asked one by one.
func TestTheFiguresAgreeWithTheAnswers(t *testing.T) {
	o := onSQLite(t, 40)
	tally, err := o.parts.Standing.Tally(t.Context(), access.Local(sample.Organisation), 1000)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	for use, reasons := range tally.Standing {
		if use.Purpose == "newsletter" && use.Channel == "email" {
			for _, count := range reasons {
				n += count
			}
		}
	}
	if n == 0 || n > tally.People || !tally.Complete {
		t.Errorf("%d of %d people are reached by e-mail", n, tally.People)
	}
	v := o.enter(t, access.RoleViewer)
	v.counted()
	today := v.get("/")
	today.has(t, ".big", fmt.Sprintf("%d people", tally.People-8))
	today.has(t, "main", "And 8 browsers of which nothing else is known.")
	part, err := o.parts.Standing.Tally(t.Context(), access.Local(sample.Organisation), 10)
	if err != nil || part.People != 10 || part.Complete {
		t.Errorf("a bounded count: %d people, complete %t, %v", part.People, part.Complete, err)
	}
}
