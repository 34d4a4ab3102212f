// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/notices"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// body is the dot of the page "centre.centre".
type body struct {
	Name, Contact string
	Action        string // where every form posts
	Now           []ui.Link
	Stop          *ui.Post
	Stopped       *time.Time
	Free          []card // the person decides
	Given         []card // a contract or the law does
	Held          []ui.Text
	JSON, Text    string // "": the link does not show the data
	CSV           string
	Closes        *time.Time // of a link that the company's own site made
	Notices       []notices.Line
	Authority     ui.Text
	Rights        []ui.Link // what can be asked about the data
	Problem       string    // where a problem is raised
}

// card is a purpose, in the customer's words.
type card struct {
	ID, Title, Description, Benefit string
	Keep, Basis                     ui.Text
	Processors, Controllers         string
	Asks                            []ask
	Parts                           []spare
	Taste                           *taste
	Shown, Language                 string // the text a yes is given on, and its language
	Unready                         bool   // there is none
	History                         ui.Timeline
	Flash                           *ui.Flash
}

// ask is a row with its two buttons.
type ask struct {
	Action, Purpose, Channel, To string
	Title                        string
	Way, Contact                 ui.Text
	Yes, No                      bool // which of them stands; neither when nothing was chosen
	Note                         ui.Text
	Mute                         bool // a yes can't be given
	Again                        bool // a message asks to confirm, and can be sent again
}

// see shows the page.
func (s *Centre) see(w http.ResponseWriter, r *http.Request) error {
	v, err := s.open(r, s.Links.OpenCentre)
	if err != nil {
		return err
	}
	if err := s.weigh(r.Context(), v); err != nil {
		return err
	}
	action := r.URL.Path
	if l := r.URL.Query().Get("lang"); l != "" {
		action += "?lang=" + url.QueryEscape(l)
	}
	flash, about, err := s.flash(r.Context(), v, r.URL.Query(), action)
	if err != nil {
		return err
	}
	b := v.body(r.URL.Path, action)
	page := ui.Customer(v.register)
	page.Title, page.Lead, page.Body = ui.Say("centre.title"), ui.Say("centre.lead", b.Name), b
	if flash != nil && !b.place(flash, about) {
		page.Flash = []ui.Flash{*flash}
	}
	s.UI.Render(w, r, http.StatusOK, "centre.centre", page)
	return nil
}

// place puts what was done to one purpose on its card, where the eye is.
func (b *body) place(f *ui.Flash, purpose string) bool {
	i := slices.IndexFunc(b.Free, func(c card) bool { return c.ID == purpose })
	if i < 0 {
		return false
	}
	b.Free[i].Flash = f
	return true
}

func (v *visit) body(path, action string) *body {
	org := v.register.Organisation
	b := &body{
		Name: v.register.Look.Name, Contact: org.Contact, Action: action, Now: v.present(),
		Authority: notices.Authority(org.Country), Problem: v.asking("problem"),
	}
	if v.link.Scope != link.ScopeChoices {
		b.JSON, b.Text, b.CSV = path+"/data.json", path+"/data.txt", path+"/data.csv"
	}
	if !v.link.Sent {
		b.Closes = &v.link.Expires
	}
	for _, kind := range []string{"access", "rectification", "erasure"} {
		b.Rights = append(b.Rights, ui.Link{Href: v.asking(kind), Text: ui.Say("taste.ask." + kind)})
	}
	if objection := v.stopped(); objection != nil {
		b.Stopped = &objection.Happened
	} else {
		b.Stop = &ui.Post{Action: action, Text: ui.Say("centre.stop"), Fields: []ui.Hidden{{Name: "act", Value: actStop}}}
	}
	for _, p := range v.register.Purposes {
		c := v.card(p, path, action)
		switch {
		case !p.Choosable():
			b.Given = append(b.Given, c)
		case len(c.Asks) > 0 || len(c.History.Items) > 0:
			b.Free = append(b.Free, c)
		}
	}
	slices.SortStableFunc(b.Free, func(a, b card) int { return a.rank() - b.rank() })
	for _, h := range v.held {
		b.Held = append(b.Held, v.contact(h))
	}
	b.Notices = v.notices()
	return b
}

// asking is where the person asks for something about their data, or raises a
// problem. This link says who they are, unless it is one for choices alone.
func (v *visit) asking(kind string) string {
	if v.link.Scope == link.ScopeChoices {
		return "/r/" + url.PathEscape(v.link.Org) + "?kind=" + kind
	}
	return "/r/" + url.PathEscape(v.link.Org) + "/for/" + url.PathEscape(v.token) + "?kind=" + kind
}

// rank puts what the person receives first, then what they decided about.
func (c card) rank() int {
	switch {
	case slices.ContainsFunc(c.Asks, func(a ask) bool { return a.Yes }):
		return 0
	case slices.ContainsFunc(c.Asks, func(a ask) bool { return a.No }):
		return 1
	}
	return 2
}

// present says what the person receives now, a line for each purpose, which leads to its card.
func (v *visit) present() []ui.Link {
	var out []ui.Link
	for _, p := range v.register.Purposes {
		var ways []ui.Text
		for _, r := range v.rows {
			way := ui.Say("channel." + r.channel)
			if r.purpose.ID == p.ID && r.at.Permitted && !slices.ContainsFunc(ways, func(t ui.Text) bool { return t.Key == way.Key }) {
				ways = append(ways, way)
			}
		}
		if len(ways) > 0 {
			out = append(out, ui.Link{Href: "#" + p.ID, Text: ui.Say("centre.now.item", v.in(p.Title, p.ID), joined(ways))})
		}
	}
	return out
}

// joined writes texts one after the other.
func joined(ts []ui.Text) ui.Text {
	out := ts[0]
	for _, t := range ts[1:] {
		out = ui.Say("centre.and", out, t)
	}
	return out
}

func (v *visit) card(p register.Purpose, path, action string) card {
	own := v.register.Organisation.Language
	shown := v.notice(p)
	c := card{
		ID: p.ID, Title: p.Title.In(v.language, own), Description: p.Description.In(v.language, own), Benefit: p.Benefit.In(v.language, own),
		Keep: keep(p), Basis: basis(p), Shown: shown.text.Short, Language: shown.ref.Language, Unready: !shown.ready,
		Processors: v.recipients(p, "processor"), Controllers: v.recipients(p, "controller"),
	}
	if c.Title == "" {
		c.Title = p.ID
	}
	several := map[string]int{}
	for _, r := range v.rows {
		if r.purpose.ID == p.ID {
			several[r.channel]++
		}
	}
	for _, r := range v.rows {
		if r.purpose.ID != p.ID {
			continue
		}
		c.Asks = append(c.Asks, ask{
			Action: action, Purpose: p.ID, Channel: r.channel, To: v.link.Reference(r.held.Identifier.Identifier), Title: c.Title,
			Way: ui.Say("channel." + r.channel), Contact: v.contact(r.held),
			Yes: stands(r.at), No: denied(r.at), Note: v.note(r, several[r.channel] > 1), Mute: !shown.ready, Again: v.asked(r),
		})
	}
	on := slices.ContainsFunc(c.Asks, func(a ask) bool { return a.Yes })
	c.Parts, c.Taste = v.parts(p, action, on), v.taste(p, action, on)
	c.History = v.history(p, path)
	return c
}

// keep says for how long.
func keep(p register.Purpose) ui.Text {
	if p.Retention == nil {
		return ui.Text{}
	}
	n, unit := p.Retention.For.Parts()
	return ui.Say("centre.keep."+p.Retention.From, ui.Say("centre.period."+unit, n))
}

// basis says on what the law lets it rest, with the article, for who wants it.
func basis(p register.Purpose) ui.Text {
	if p.Basis == lawful.BasisLegalObligation {
		return ui.Say("centre.rests.legal_obligation", p.Law)
	}
	return ui.Say("centre.rests." + p.Basis)
}

// recipients names who else gets the data for a purpose.
func (v *visit) recipients(p register.Purpose, kind string) string {
	var names []string
	for _, r := range v.register.Recipients {
		in := slices.Contains(p.Recipients, r.ID) || p.Recipients == nil && v.register.Rules.Recipients[r.ID].Contracted(v.now)
		if in && r.Kind == kind {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, ", ")
}

// contact writes an identifier for its holder's eyes.
func (v *visit) contact(h subject.Held) ui.Text {
	switch h.Kind {
	case lawful.IDSource:
		return ui.Say("centre.contact.id", h.Given, v.source(h.Source))
	case lawful.IDDevice:
		return ui.Say("centre.contact.device")
	case lawful.IDAddress:
		a := standing.Named(h).Address
		if a == nil {
			return ui.Verbatim(h.Given)
		}
		parts := []string{a.Street, strings.TrimSpace(a.Postcode + " " + a.City), a.Region, a.Country}
		return ui.Verbatim(strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", "))
	}
	return ui.Verbatim(h.Given)
}

// source names a source by its title.
func (v *visit) source(id string) string {
	versions := v.register.Rules.Sources[id]
	if len(versions) == 0 {
		return id
	}
	if title := register.Texts(versions[len(versions)-1].Title).In(v.language, v.register.Organisation.Language); title != "" {
		return title
	}
	return id
}

// note says how a row stands and what follows from it.
func (v *visit) note(r row, several bool) ui.Text {
	since := ui.Day{Time: v.now}
	if r.at.Since != nil {
		since.Time = *r.at.Since
	}
	switch {
	case pending(r.at) && v.sentTo(r.held):
		return ui.Say("centre.note.confirm")
	case v.asked(r):
		return ui.Say("message.centre.note")
	case pending(r.at):
		return ui.Say("centre.note.pending")
	case (r.at.Permitted || denied(r.at)) && len(r.at.Facts) > 0 && !v.own(r.at):
		return ui.Say("centre.note.shared")
	}
	switch r.at.Reason {
	case lawful.ReasonConsentGiven:
		return ui.Say("centre.note.yes", since)
	case lawful.ReasonConsentDeclared:
		return ui.Say("centre.note.declared")
	case lawful.ReasonNoChoice, lawful.ReasonUnknownSubject:
		return ui.Say("centre.note.none")
	case lawful.ReasonRefused, lawful.ReasonWithdrawn, lawful.ReasonObjected:
		if several {
			return ui.Say("centre.note.no_all", since)
		}
		return ui.Say("centre.note.no", since)
	case lawful.ReasonEvidenceInsufficient, lawful.ReasonConsentInvalid, lawful.ReasonConsentNotForUs, lawful.ReasonNoticeMissing:
		return ui.Say("centre.note.weak")
	case lawful.ReasonNoticeSuperseded, lawful.ReasonExpired, lawful.ReasonRetentionEnded, lawful.ReasonLicenceEnded:
		return ui.Say("centre.note.again")
	case lawful.ReasonSoftOptIn:
		return ui.Say("centre.note.soft")
	case lawful.ReasonLegitimateInterest:
		return ui.Say("centre.note.interest")
	case lawful.ReasonUndeliverable:
		return ui.Say("centre.note.undeliverable")
	}
	if stands(r.at) && r.purpose.Basis == lawful.BasisConsent {
		return ui.Say("centre.note.paused")
	}
	return ui.Say("centre.note.unused")
}

// notices lists those that the purposes rest on, each once.
func (v *visit) notices() []notices.Line {
	var out []notices.Line
	seen := map[string]bool{}
	for _, p := range v.register.Purposes {
		on := v.notice(p)
		if on.ref.ID == "" || seen[on.ref.ID] {
			continue
		}
		seen[on.ref.ID] = true
		out = append(out, notices.LineOf(v.register, on.ref.ID, v.language, on.text, on.ref.Language))
	}
	return out
}
