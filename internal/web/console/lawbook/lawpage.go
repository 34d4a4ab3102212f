// SPDX-License-Identifier: Apache-2.0

package lawbook

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Pages serves the pages of the law.
type Pages struct{ UI *ui.UI }

// Visit is somebody at a page.
type Visit struct {
	Reader

	Register *register.Catalogue
	Now      time.Time
	Frame    func(title ui.Text, body any) ui.Page // the frame around a body
}

// text is one of several languages, the reader's where it is there.
func (v Visit) text(t map[string]string, fallback string) string {
	if text := register.Texts(t).In(v.Language, v.Register.Organisation.Language); text != "" {
		return text
	}
	return fallback
}

// lawBody is the law of a jurisdiction on a day, as the organisation uses it.
type lawBody struct {
	Jurisdiction, At ui.Field
	Wrong            ui.Wrong
	Book             Book
	Bases            string // packs that fill its gaps
	Checked          ui.Day
	Off              *switchedOff
	Decided          *law.Switch
	Others           []switchedOff
	Decisions        bool // how decisions are made is on this very page
}

// switchedOff is a pack that no decision asks, and how to change that.
type switchedOff struct {
	Title, File string
	Why         ui.Text
	Href        string
}

// Law shows the rules the organisation is held to.
func (p Pages) Law(w http.ResponseWriter, r *http.Request, v Visit) error {
	q := r.URL.Query()
	id, unknown := v.jurisdiction(q.Get("jurisdiction"))
	day, wrong := v.dayOfLaw(q.Get("at"))
	listing, err := v.Register.Law(id, day)
	if err != nil {
		return err
	}
	body := lawBody{
		Jurisdiction: ui.Field{Name: "jurisdiction", Kind: "select", Label: ui.Say("law.jurisdiction"), Value: listing.ID, Options: v.jurisdictions(law.IDs()), Error: unknown, Required: true},
		At:           ui.Field{Name: "at", Kind: "date", Label: ui.Say("law.at"), Value: day, Error: wrong, Required: true},
		Book:         v.Open(listing), Decided: listing.Decided, Decisions: listing.ID == lawful.Base,
	}
	body.Wrong = ui.Wrong{Fields: []ui.Field{body.Jurisdiction, body.At}}
	if checked, err := time.ParseInLocation(time.DateOnly, listing.Checked, v.Zone); err == nil {
		body.Checked = ui.Day{Time: checked}
	}
	var bases []string
	for _, base := range listing.Bases {
		title := v.text(law.Packs()[base].Title, base)
		if base == lawful.Base {
			title = v.Locale.T("law.base")
		}
		bases = append(bases, title)
	}
	body.Bases = strings.Join(bases, ", ")
	if !listing.On {
		off := v.switchedOff(law.Packs()[listing.ID])
		body.Off = &off
	}
	for _, other := range law.IDs() {
		if !v.inUse(other) && other != listing.ID {
			body.Others = append(body.Others, v.switchedOff(law.Packs()[other]))
		}
	}
	page := v.Frame(ui.Say("law.title", v.text(listing.Title, listing.ID)), body)
	page.Lead, page.Wide = ui.Say("law.lead"), true
	p.UI.Render(w, r, http.StatusOK, "console.law", page)
	return nil
}

// jurisdiction is the pack asked for; the organisation's own where none is, or
// none that is known, which the form then says.
func (v Visit) jurisdiction(asked string) (id string, wrong ui.Text) {
	if asked != "" && !law.Has(asked) {
		wrong = ui.Say("law.unknown")
	}
	for _, id := range []string{asked, v.Register.Organisation.Country} {
		if pack, err := law.Find(id); err == nil {
			return pack.ID, wrong
		}
	}
	return lawful.Base, wrong
}

// dayOfLaw reads the day asked about; today where none is.
func (v Visit) dayOfLaw(asked string) (day string, wrong ui.Text) {
	if asked == "" {
		return v.today(), ui.Text{}
	}
	if _, err := law.ParseDay(asked); err != nil {
		return v.today(), ui.Say("law.bad_day")
	}
	return asked, ui.Text{}
}

// today is the day it is where the organisation is.
func (v Visit) today() string { return v.Now.In(v.Zone).Format(time.DateOnly) }

// inUse tells whether decisions of the organisation ask a pack.
func (v Visit) inUse(id string) bool {
	_, ok := v.Register.Rules.Law[id]
	return ok
}

// jurisdictions are the choices of a form: the organisation's own first, then
// those in use, then those that are off, each by its name.
func (v Visit) jurisdictions(ids []string) []ui.Option {
	rank := func(id string) int {
		switch {
		case id == v.Register.Organisation.Country:
			return 0
		case v.inUse(id):
			return 1
		}
		return 2
	}
	title := func(id string) string { return v.text(law.Packs()[id].Title, id) }
	ids = slices.SortedFunc(slices.Values(ids), func(a, b string) int {
		if rank(a) != rank(b) {
			return rank(a) - rank(b)
		}
		return strings.Compare(title(a), title(b))
	})
	var out []ui.Option
	for _, id := range ids {
		text := ui.Verbatim(title(id))
		if !v.inUse(id) {
			text = ui.Say("law.off.name", text)
		}
		out = append(out, ui.Option{Value: id, Text: text})
	}
	return out
}

// whyOff is why packs are off, where it has words in every language.
const whyOff = "rests on memory and on secondary sources, and nobody has reviewed it"

func (v Visit) switchedOff(p *law.Pack) switchedOff {
	why := ui.Verbatim(p.Why)
	if p.Why == whyOff {
		why = ui.Say("law.off.why")
	}
	return switchedOff{
		Title: v.text(p.Title, p.ID), Why: why, Href: "/law?" + url.Values{"jurisdiction": {p.ID}}.Encode(),
		File: "packs:\n  - id: " + p.ID + "\n    reason: \"" + v.Locale.T("law.off.reason") + "\"\n    decided_by: \"" + v.Locale.T("law.off.by") + "\"",
	}
}
