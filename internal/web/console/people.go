// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// peopleBody is the search, and what it found when that is not one person.
type peopleBody struct {
	Wrong   ui.Wrong
	Fields  []ui.Field
	Several []found
	None    *ui.Empty
	Teach   bool
}

// found is one of several people who share an identifier.
type found struct {
	Href string
	Held []ui.Text
}

// people asks whom to look for.
func (c *Console) people(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := v.page(ui.Say("console.people"), peopleBody{Fields: v.searchFields("", "", ui.Text{}), Teach: true})
	p.Lead = ui.Say("console.people.lead")
	if id := r.URL.Query().Get("erased"); strings.HasPrefix(id, "ent_") {
		p.Flash = []ui.Flash{{Tone: ui.Yes, Text: ui.Say("console.erase.done"), Way: &ui.Link{Href: "/ledger/" + url.PathEscape(id), Text: ui.Say("console.erase.entry")}}}
	}
	c.UI.Render(w, r, http.StatusOK, "console.people", p)
	return nil
}

// searchFields are the fields of the search, as sent.
func (v *visit) searchFields(who, source string, wrong ui.Text) []ui.Field {
	options := []ui.Option{{Value: "", Text: ui.Say("console.people.no_source")}}
	for _, s := range v.register.Sources {
		options = append(options, ui.Option{Value: s.ID, Text: ui.Verbatim(v.source(s.ID))})
	}
	return []ui.Field{
		{Name: "who", Label: ui.Say("console.people.who"), Hint: ui.Say("console.people.who.hint"), Value: who, Required: true, Error: wrong, Autocomplete: "off"},
		{Name: "source", Kind: "select", Label: ui.Say("console.people.source"), Hint: ui.Say("console.people.source.hint"), Value: source, Options: options},
	}
}

// search looks for a person. What was looked for is posted, so that it stands
// in no address, no history and no log.
func (c *Console) search(w http.ResponseWriter, r *http.Request, v *visit) error {
	who, source := strings.TrimSpace(r.PostFormValue("who")), r.PostFormValue("source")
	body := peopleBody{}
	ids := v.guess(who, source)
	holders, err := c.holders(r.Context(), v, ids)
	if err != nil {
		return err
	}
	status := http.StatusOK
	switch {
	case len(ids) == 0:
		body.Fields = v.searchFields(who, source, ui.Say("console.people.unreadable"))
		body.Wrong, status = ui.Wrong{Fields: body.Fields}, http.StatusBadRequest
	case len(holders) == 1:
		http.Redirect(w, r, holders[0].Href, http.StatusSeeOther)
		return nil
	case len(holders) == 0:
		body.None = &ui.Empty{Title: ui.Say("console.people.none"), Text: ui.Say("console.people.none.text")}
	}
	if body.Fields == nil {
		body.Fields = v.searchFields(who, source, ui.Text{})
	}
	body.Several = holders
	c.UI.Render(w, r, status, "console.people", v.page(ui.Say("console.people"), body))
	return nil
}

// guess reads what was typed: an address, a number of the source named, a phone,
// or the pseudonym of the pages themselves.
func (v *visit) guess(who, source string) []lawful.Identifier {
	var s choice.Subject
	switch {
	case strings.Contains(who, "@"):
		s.Email = who
	case source != "":
		s.ID = who
	default:
		s.Phone = who
	}
	ids, places := s.Identifiers(source, v.register.Organisation.Country)
	if len(places) > 0 {
		return nil
	}
	var out []lawful.Identifier
	for _, id := range ids {
		out = append(out, id.Identifier)
	}
	return out
}

// maxHolders is how many people of one identifier are shown.
const maxHolders = 50

// holders finds who holds one of the identifiers; those linked are one.
func (c *Console) holders(ctx context.Context, v *visit, ids []lawful.Identifier) ([]found, error) {
	var out []found
	if len(ids) == 0 {
		return nil, nil
	}
	err := c.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		matches, err := c.Subjects.Match(ctx, tx, v.actor.Org, ids)
		if err != nil {
			return err
		}
		chains := matches.Of(ids[0])
		chains = chains[:min(len(chains), maxHolders)]
		persons, err := c.Subjects.Persons(ctx, tx, v.actor.Org, chains, v.now)
		if err != nil {
			return err
		}
		var seen []string
		for _, chain := range chains {
			if slices.Contains(seen, chain) {
				continue
			}
			seen = append(seen, persons[chain].Chains...)
			held, err := c.Subjects.Identifiers(ctx, tx, v.actor.Org, persons[chain].Chains)
			if err != nil {
				return err
			}
			f := found{Href: "/subjects/" + url.PathEscape(chain)}
			for _, h := range held {
				f.Held = append(f.Held, v.contact(h))
			}
			out = append(out, f)
		}
		return nil
	})
	return out, err
}

// contact writes an identifier for people's eyes.
func (v *visit) contact(h subject.Held) ui.Text {
	switch h.Kind {
	case lawful.IDSource:
		return ui.Say("console.contact.id", h.Given, v.source(h.Source))
	case lawful.IDDevice:
		return ui.Say("console.contact.device", h.Given)
	case lawful.IDAddress:
		if a := standing.Named(h).Address; a != nil {
			parts := []string{a.Street, strings.TrimSpace(a.Postcode + " " + a.City), a.Region, a.Country}
			return ui.Verbatim(strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", "))
		}
	}
	return ui.Verbatim(h.Given)
}
