// SPDX-License-Identifier: Apache-2.0

package notices

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// houseBody is the dot of the page "notices.house": all that an organisation
// tells everybody.
type houseBody struct {
	Notices   []Line
	Safety    []string // paragraphs of the organisation's own
	Language  string   // of the paragraphs
	Places    []string // systems that hold data
	Others    []other  // who else receives data
	Breach    []rule   // what the law says of a breach
	Contact   string
	Authority ui.Text
}

// Line is a notice as a list names it.
type Line struct {
	Title          string
	Href           string
	Reading, Quick ui.Text // how long all of it takes, and the short text alone
	Short          string
	Language       string // of the short text
}

// LineOf names a notice: by the purposes that rest on it, else by its id.
func LineOf(c *register.Catalogue, id, language string, text notice.Text, in string) Line {
	title := strings.Join(Titles(c, id, language), ", ")
	if title == "" {
		title = id
	}
	return Line{
		Title: title, Href: Address(c.Organisation.ID, id, 0), Reading: Reading(text), Quick: Reading(notice.Text{Short: text.Short}),
		Short: text.Short, Language: in,
	}
}

// other is a recipient.
type other struct {
	Name, Country string
	Controller    bool
}

// rule is a rule of law, in the reader's language.
type rule struct {
	Text, Language, Source string
	Sure                   bool // it was read where it stands
}

// house shows every notice in force, how data are kept safe, and what happens
// when that fails.
func (s *Pages) house(w http.ResponseWriter, r *http.Request) error {
	c, now, err := s.declared(r)
	if err != nil {
		return err
	}
	org := c.Organisation
	language := ui.Language(r, org.Language)
	b := &houseBody{
		Notices: allTold(c, language, now), Contact: org.Contact, Authority: Authority(org.Country), Breach: breach(c, language, now),
		Safety: ui.Paragraphs(org.Safety.In(language, org.Language)), Language: org.Safety.Nearest(language, org.Language),
	}
	for _, place := range c.Systems {
		b.Places = append(b.Places, place.Title.In(language, org.Language))
	}
	for _, to := range c.Recipients {
		if rule, ok := c.Rules.Recipients[to.ID]; ok && rule.Contracted(now) {
			b.Others = append(b.Others, other{to.Name, to.Country, to.Kind == "controller"})
		}
	}
	page := ui.Customer(c)
	page.Title, page.Lead, page.Body = ui.Say("house.title"), ui.Say("house.lead", org.Name), b
	s.ui.Render(w, r, http.StatusOK, "notices.house", page)
	return nil
}

// House is where all notices of an organisation are.
func House(org string) string { return "/n/" + url.PathEscape(org) }

// allTold lists the notices in force, each once.
func allTold(c *register.Catalogue, language string, now time.Time) []Line {
	var out []Line
	var seen []string
	for _, n := range c.Notices {
		versions := published(c, n.ID, now)
		if len(versions) == 0 || slices.Contains(seen, n.ID) {
			continue
		}
		seen = append(seen, n.ID)
		text, in := versions[0].In(language, c.Organisation.Language)
		out = append(out, LineOf(c, n.ID, language, text, in))
	}
	return out
}

// breach is what the law of the organisation's country says that it owes people
// when data are lost or leaked.
func breach(c *register.Catalogue, language string, now time.Time) []rule {
	var out []rule
	for _, topic := range []string{"breach.authority", "breach.people", "breach.record"} {
		law := c.Rules.LawAt(c.Organisation.Country, topic, now)
		if law == nil {
			continue
		}
		r := rule{Text: law.Text[language], Language: language, Source: law.Source, Sure: law.Assurance == lawful.AssuranceVerified}
		if r.Text == "" {
			r.Text, r.Language = law.Text["en"], "en"
		}
		out = append(out, r)
	}
	return out
}

// Authority names whom one can always complain to (GDPR art. 77).
func Authority(country string) ui.Text {
	switch country {
	case "IT":
		return ui.Say("centre.authority.it")
	case "FR":
		return ui.Say("centre.authority.fr")
	case "DE":
		return ui.Say("centre.authority.de")
	case "ES":
		return ui.Say("centre.authority.es")
	}
	return ui.Say("centre.authority.other")
}
