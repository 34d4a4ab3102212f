// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
)

// visit is somebody of the organisation at a page.
type visit struct {
	actor    access.Actor
	register *register.Catalogue
	language string
	locale   *ui.Locale
	now      time.Time
	path     string
}

// open reads who is there and what the organisation declares.
func (c *Console) open(r *http.Request) (*visit, error) {
	v := &visit{actor: web.Actor(r.Context()), path: r.URL.Path}
	err := c.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		v.now = tx.Now()
		var err error
		v.register, err = c.Register.Catalogue(ctx, tx, v.actor.Org)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.language = ui.Language(r, v.register.Organisation.Language)
	v.locale = c.UI.Locale(v.language, v.register.Zone)
	return v, nil
}

// page is the frame around a body: whose it is, where one can go, who is here.
func (v *visit) page(title ui.Text, body any) ui.Page {
	p := ui.Page{
		Title: title, Site: v.register.Organisation.Name, Home: "/", Language: v.register.Organisation.Language,
		Zone: v.register.Zone, Nav: v.nav(), User: v.locale.T("console.role." + role(v.actor)), Body: body,
		Footer: []ui.Link{{Href: "/verify", Text: ui.Say("console.nav.verify"), Current: v.path == "/verify"}},
	}
	if v.actor.Kind == access.KindOperator {
		p.SignOut = "/sign-out"
	}
	return p
}

// nav leads to what the actor may open.
func (v *visit) nav() []ui.Link {
	here := func(under string) bool { return v.path == under || strings.HasPrefix(v.path, under+"/") }
	links := []ui.Link{{Href: "/", Text: ui.Say("console.nav.today"), Current: v.path == "/"}}
	if v.actor.May(access.ScopeSubjects) {
		links = append(links,
			ui.Link{Href: "/subjects", Text: ui.Say("console.nav.people"), Current: here("/subjects")},
			ui.Link{Href: "/messages", Text: ui.Say("message.nav"), Current: here("/messages")})
	}
	if v.actor.May(access.ScopeRequests) {
		links = append(links, ui.Link{Href: "/requests", Text: ui.Say("requests.desk"), Current: here("/requests")})
	}
	if v.actor.May(access.ScopeCheck) {
		links = append(links, ui.Link{Href: "/lists", Text: ui.Say("console.nav.lists"), Current: here("/lists")})
	}
	return append(links,
		ui.Link{Href: "/ledger", Text: ui.Say("console.nav.ledger"), Current: here("/ledger")},
		ui.Link{Href: "/purposes", Text: ui.Say("console.nav.purposes"), Current: here("/purposes") || here("/notices")},
		ui.Link{Href: "/law", Text: ui.Say("console.nav.law"), Current: here("/law")},
	)
}

// role names what somebody may do by the role that allows just that.
func role(a access.Actor) string {
	for _, role := range access.Roles() {
		scopes := access.RoleScopes(role)
		if len(scopes) == len(a.Scopes) && !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(a.Scopes, s) }) {
			return role
		}
	}
	return access.RoleOwner
}

// in gives a text of the organisation's in the reader's language.
func (v *visit) in(t map[string]string, fallback string) string {
	if text := register.Texts(t).In(v.language, v.register.Organisation.Language); text != "" {
		return text
	}
	return fallback
}

// purpose names a purpose, a retired one too.
func (v *visit) purpose(id string) string {
	versions := v.register.Rules.Purposes[id]
	if len(versions) == 0 {
		return id
	}
	return v.in(versions[len(versions)-1].Title, id)
}

// source names a source, a retired one too.
func (v *visit) source(id string) string {
	versions := v.register.Rules.Sources[id]
	if len(versions) == 0 {
		return id
	}
	return v.in(versions[len(versions)-1].Title, id)
}

// channel names a channel.
func channel(c string) ui.Text { return ui.Say("channel." + c) }

// Page answers a browser with what went wrong: the server's door calls it for
// every page, also of other packages.
func (c *Console) Page(w http.ResponseWriter, r *http.Request, f web.Failure) {
	ui.SetHeaders(w)
	if f.Status == http.StatusUnauthorized {
		c.UI.Render(w, r, f.Status, "console.signin", ui.Page{
			Title: ui.Say("console.signin.out"), Site: "Lecito", Body: signInBody{Expired: f.Code == "link_used"},
		})
		return
	}
	kind := f.Kind
	if f.Status == http.StatusMethodNotAllowed {
		kind = problem.NotFound // to people there are only pages, and this is none
	}
	reference := ""
	if f.Status >= http.StatusInternalServerError {
		reference = strings.TrimPrefix(f.Instance, "urn:uuid:")
	}
	p := ui.ProblemPage(kind, reference)
	p.Site, p.Home = "Lecito", "/"
	p.Body = ui.Problem{Text: trouble(kind, f.Code), Reference: reference, Way: &ui.Link{Href: "/", Text: ui.Say("console.home")}}
	c.UI.Render(w, r, f.Status, "problem", p)
}

// trouble says a problem in the reader's language: in its own words where it is
// one that people who work with lists and pages meet, else in those of its kind.
func trouble(kind problem.Kind, code string) ui.Text {
	known := []string{
		"ambiguous_column", "bad_encoding", "binary_file", "cell_count", "duplicate_header", "empty_file", "file_too_large",
		"line_too_long", "no_header", "no_identifier", "no_identifying_column", "unknown_column", "unknown_columns", "unreadable_xlsx",
		"import_running", "ambiguous_dates", "mixed_dates", "unknown_subject", "several_people", "run_gone", "too_many_runs",
		"still_changing", "not_in_the_log_yet", "unknown_entry", "purpose_unknown", "purpose_retired", "channel_not_declared",
		"basis_not_allowed", "unknown_source", "bad_map",
	}
	if slices.Contains(known, code) {
		return ui.Say("console.trouble." + code)
	}
	if slices.Contains([]string{"request_closed", "not_extendable", "asked_just_now"}, code) {
		return ui.Say("requests.trouble." + code)
	}
	return ui.ProblemText(kind)
}
