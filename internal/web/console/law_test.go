// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

func TestLaw(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleViewer)
	p := v.get("/law")
	p.has(t, "h1", "Italy")
	p.has(t, "main", "rules in force are not verified in the text of the law")
	p.has(t, "#it-bases-email", "E-mail Consent, Offers on products like those bought")
	p.has(t, "#it-bases-email", "Verified Codice privacy (d.lgs. 196/2003) art. 130(2), (4) · it.bases.email")
	p.has(t, "#it-retention-marketing", "24 months")
	p.has(t, "#it-retention-marketing", "Not verified read in what others write about it")
	p.has(t, "#it-register-phone", "RPO, asked anew every 15 days")
	p.has(t, "[aria-labelledby=pending]", "96 hours")
	p.has(t, "[aria-labelledby=off]", "California")
	if got := p.all("#it-separate-data"); !strings.Contains(got, "from 17 October 2026") {
		t.Errorf("the days of a rule are said as %q", got)
	}
	past := v.get("/law?at=2026-08-01")
	past.has(t, "[aria-labelledby=later]", "Data that needs a purpose of its own")
	if len(past.find("#it-separate-data")) > 0 {
		t.Error("a rule is in force before its day")
	}
	v.get("/law?at=soon").has(t, ".wrong", "Give a day")
	v.get("/law?jurisdiction=nowhere").has(t, ".wrong", "No law of that name is known here")
	off := v.get("/law?jurisdiction=us-ca")
	off.has(t, ".flash", "Off: no decision asks this law.")
	off.has(t, ".flash pre", "- id: US-CA")
	v.get("/law?jurisdiction=base").has(t, "[aria-labelledby=decisions]", "base.no.objected")
}

func TestLawAsTheOrganisationChangedIt(t *testing.T) {
	o := onSQLite(t, 0)
	o.apply(t, strings.NewReplacer("overrides: []", `overrides:
  - {rule: it.retention.marketing, value: 36 months, reason: Repairs come late., decided_by: Anna Verdi}
packs:
  - {id: CH, reason: A lawyer read it., decided_by: Anna Verdi}
`))
	v := o.enter(t, access.RoleViewer)
	p := v.get("/law")
	for _, place := range []string{"[aria-labelledby=changed]", "#it-retention-marketing"} {
		p.has(t, place, "36 months")
		p.has(t, place, "Changed: the law’s own value is 24 months. Decided by Anna Verdi. Reason: Repairs come late.")
	}
	swiss := v.get("/law?jurisdiction=CH")
	swiss.has(t, ".flash", "Switched on by Anna Verdi, though not verified. Reason: A lawyer read it.")
	v.get("/purposes").has(t, "[aria-labelledby=newsletter]", "The law allows 36 months at most. it.retention.marketing")
	v.get("/ledger").has(t, "ul.entries", "law switched on CH")
	v.get(o.subject(t, sample.Giulia)).has(t, "[aria-labelledby=p-newsletter] .trace", "Changed: the law’s own value is 24 months.")
}

// TestARuleOfAnAnswerIsOnThePageOfTheLaw follows every link from a trace.
func TestARuleOfAnAnswerIsOnThePageOfTheLaw(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleViewer)
	pages := map[string]page{}
	links := v.get(o.subject(t, sample.Giulia)).find(".steps .from a")
	for _, link := range links {
		path, anchor, _ := strings.Cut(uitest.Attr(link, "href"), "#")
		if _, seen := pages[path]; !seen {
			pages[path] = v.get(path)
		}
		if len(pages[path].find("#"+anchor)) != 1 {
			t.Errorf("%s has no %s", path, anchor)
		}
	}
	if len(links) == 0 {
		t.Error("no step leads to its rule")
	}
}

func TestDue(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleMarketing)
	v.get("/law/due").want(t, http.StatusOK)
	p := v.get("/law/due?what=erasure&on=2026-11-25")
	p.has(t, ".due-card", "The answer is due By the end of Monday 28 December 2026")
	p.has(t, ".count", "But Friday 25 December 2026 is a public holiday (Christmas Day)")
	p.has(t, ".due-card", "1 month Information on action taken")
	v.get("/law/due?what=objection&on=2026-11-25").has(t, ".once", "The stop is at once")
	breach := v.get("/law/due?what=breach&on=2026-11-20&clock=17:30")
	breach.has(t, ".due-card", "Tell the authority By Monday 23 November 2026, 17:30")
	breach.has(t, ".due-card", "Tell the people The law has no number here")
	v.get("/law/due?what=breach&on=2026-11-20&jurisdiction=US-CA").has(t, ".flash", "The law of California is off")
	v.get("/law/due?what=opt_out&on=2026-11-20").has(t, ".flash", "no such right")
	v.get("/law/due?what=erasure&on=2026-11-25&jurisdiction=nowhere").has(t, ".wrong", "No law of that name")
	v.get("/law/due?what=erasure&on=never").has(t, ".wrong", "Give a day")
	v.get("/law/due?what=nothing&on=2026-11-20").has(t, ".wrong", "Choose one of the list")
	v.get("/law/due?what=breach&on=2026-03-29&clock=02:30").has(t, ".wrong", "never showed that time")
}

// TestEveryJurisdictionCanBeRead opens each, and counts there.
func TestEveryJurisdictionCanBeRead(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleViewer)
	for _, id := range law.IDs() {
		for _, path := range []string{"/law?jurisdiction=" + id, "/law/due?what=access&extended=yes&on=2026-11-25&jurisdiction=" + id, "/law/due?what=breach&on=2026-11-25&jurisdiction=" + id} {
			p := v.get(path)
			p.want(t, http.StatusOK)
			if strings.Contains(p.raw, "[law.") {
				t.Errorf("%s has texts that nobody wrote", path)
			}
		}
	}
}
