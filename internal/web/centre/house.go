// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// houseBody is the dot of the page "centre.house": all that an organisation
// tells everybody.
type houseBody struct {
	Notices   []told
	Safety    []string // paragraphs of the organisation's own
	Language  string   // of the paragraphs
	Places    []string // systems that hold data
	Others    []other  // who else receives data
	Breach    []rule   // what the law says of a breach
	Contact   string
	Authority ui.Text
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
func (s *Centre) house(w http.ResponseWriter, r *http.Request) error {
	var c *register.Catalogue
	var now time.Time
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		now = tx.Now()
		c, err = s.Register.Catalogue(ctx, tx, r.PathValue("org"))
		return err
	})
	if err != nil {
		return err
	}
	org := c.Organisation
	language := ui.Language(r, org.Language)
	b := &houseBody{
		Notices: allTold(c, language, now), Contact: org.Contact, Authority: authority(org.Country), Breach: breach(c, language, now),
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
	s.UI.Render(w, r, http.StatusOK, "centre.house", ui.Page{
		Title: ui.Say("house.title"), Lead: ui.Say("house.lead", org.Name), Site: org.Name, Language: org.Language, Zone: c.Zone, Body: b,
	})
	return nil
}

func houseAddress(org string) string { return "/n/" + url.PathEscape(org) }

// allTold lists the notices in force, each once.
func allTold(c *register.Catalogue, language string, now time.Time) []told {
	var out []told
	var seen []string
	for _, n := range c.Notices {
		versions := published(c, n.ID, now)
		if len(versions) == 0 || slices.Contains(seen, n.ID) {
			continue
		}
		seen = append(seen, n.ID)
		text, _ := versions[0].In(language, c.Organisation.Language)
		title := strings.Join(purposesOf(c, n.ID, language), ", ")
		if title == "" {
			title = n.ID
		}
		out = append(out, told{Title: title, Href: noticeAddress(c.Organisation.ID, n.ID, 0), Reading: reading(text)})
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
