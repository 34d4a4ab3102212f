// SPDX-License-Identifier: Apache-2.0

// Package notices is what an organisation tells everybody (/n/…): each notice in
// every version and language, short and in full, with what changed since any
// earlier one; and, on one page, how data are kept safe and what happens when
// that fails.
//
// What it promises: a version has an address of its own that always shows the
// words people were shown; what the law asks in a breach comes from the pack in
// force, with its source.
//
// Where it is weak: the words are the organisation's; nothing here checks that
// they are true.
package notices

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
)

//go:embed pages
var pages embed.FS

// Pages shows notices, and the page about all of them.
type Pages struct {
	db       *db.DB
	register *register.Service
	ui       *ui.UI
}

// New returns the pages and adds them to the UI.
func New(d *db.DB, r *register.Service, u *ui.UI) (*Pages, error) {
	for _, page := range []string{"notice", "house"} {
		if err := u.Add("notices."+page, pages, "pages/"+page+"/*.tmpl", "pages/notices.css"); err != nil {
			return nil, err
		}
	}
	return &Pages{d, r, u}, nil
}

// Routes are what answers under /n/, by pattern.
func (s *Pages) Routes() map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /n/{org}":                s.house,
		"GET /n/{org}/{id}":           s.notice,
		"GET /n/{org}/{id}/{version}": s.notice,
	}
}

// declared reads what the organisation of an address declares, and the time.
func (s *Pages) declared(r *http.Request) (c *register.Catalogue, now time.Time, err error) {
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		now = tx.Now()
		c, err = s.register.Catalogue(ctx, tx, r.PathValue("org"))
		return err
	})
	return c, now, err
}

// noticeBody is the dot of the page "notices.notice".
type noticeBody struct {
	For          string // the purposes it is about, by title
	Short        string
	Long         []string // paragraphs
	Language     string   // of the texts
	Brief, Whole ui.Text  // how long each takes to read
	Version      int
	Since        time.Time
	Invalid      bool
	Newest       string // where the version in force is, when this is not it
	Changed      *changed
	Versions     []versionLine
	House        string // where all notices are
}

// versionLine is one version in the list of all.
type versionLine struct {
	Version int
	Since   time.Time
	Href    string
	Current bool
	Why     []ui.Text
	Compare string // where what changed since is said; "": it can't be
}

// notice shows a notice: the version in force, or any that ever was.
func (s *Pages) notice(w http.ResponseWriter, r *http.Request) error {
	org, id, version := r.PathValue("org"), r.PathValue("id"), 0
	if text := r.PathValue("version"); text != "" {
		var err error
		if version, err = strconv.Atoi(text); err != nil || version < 1 {
			return noNotice()
		}
	}
	catalogue, now, err := s.declared(r)
	if err != nil {
		return err
	}
	versions := published(catalogue, id, now)
	if len(versions) == 0 {
		return noNotice()
	}
	newest := versions[0]
	shown, found := newest, version == 0
	for _, n := range versions {
		if n.Version == version {
			shown, found = n, true
		}
	}
	if !found {
		return noNotice()
	}
	language := ui.Language(r, catalogue.Organisation.Language)
	b := describe(catalogue, shown, language)
	if shown.Version != newest.Version {
		b.Newest = Address(org, id, 0)
	}
	if b.Changed, err = since(r, catalogue, versions, shown, language); err != nil {
		return err
	}
	for _, n := range versions {
		b.Versions = append(b.Versions, line(catalogue, n, shown, language))
	}
	page := ui.Customer(catalogue)
	page.Title, page.Lead, page.Body = ui.Say("centre.notice"), ui.Verbatim(b.For), b
	s.ui.Render(w, r, http.StatusOK, "notices.notice", page)
	return nil
}

func noNotice() error {
	return problem.New(problem.NotFound, "notice_unknown", "There is no such notice, or not in this version.")
}

// published lists the versions of a notice that are out, the newest first.
func published(c *register.Catalogue, id string, now time.Time) []register.Published {
	today := now.In(c.Zone).Format(time.DateOnly)
	var out []register.Published
	for _, n := range c.Notices {
		if n.ID == id && n.From <= today {
			out = append(out, n)
		}
	}
	slices.Reverse(out)
	return out
}

func describe(c *register.Catalogue, n register.Published, language string) *noticeBody {
	text, in := n.In(language, c.Organisation.Language)
	return &noticeBody{
		For: strings.Join(Titles(c, n.ID, language), " · "), Short: text.Short, Long: ui.Paragraphs(text.Long), Language: in,
		Brief: Reading(notice.Text{Short: text.Short}), Whole: Reading(notice.Text{Long: text.Long}),
		Version: n.Version, Since: shownFrom(c, n), Invalid: n.Invalid != nil, House: House(c.Organisation.ID),
	}
}

func line(c *register.Catalogue, n, shown register.Published, language string) versionLine {
	l := versionLine{
		Version: n.Version, Since: shownFrom(c, n), Href: Address(c.Organisation.ID, n.ID, n.Version),
		Current: n.Version == shown.Version, Why: effects(c, n, language),
	}
	if n.Version < shown.Version {
		l.Compare = Address(c.Organisation.ID, n.ID, shown.Version) + "?since=" + strconv.Itoa(n.Version)
	}
	return l
}

// Address is where a notice is shown, in a version or, with 0, in the one in force.
func Address(org, id string, version int) string {
	address := "/n/" + url.PathEscape(org) + "/" + url.PathEscape(id)
	if version > 0 {
		address += "/" + strconv.Itoa(version)
	}
	return address
}

// shownFrom is when a version was first shown.
func shownFrom(c *register.Catalogue, n register.Published) time.Time {
	if day, err := time.ParseInLocation(time.DateOnly, n.From, c.Zone); err == nil {
		return day
	}
	return n.Published
}

// Reading says how long a text takes to read.
func Reading(t notice.Text) ui.Text {
	took := t.ReadingTime()
	if took < time.Minute {
		return ui.Say("centre.reading.seconds", int(took.Seconds()))
	}
	return ui.Say("centre.reading.minutes", int((took+time.Minute-1)/time.Minute))
}

// Titles names the purposes that rest on a notice, in a language.
func Titles(c *register.Catalogue, id, language string) []string {
	var out []string
	for _, p := range c.Purposes {
		if title := p.Title.In(language, c.Organisation.Language); p.Notice == id && title != "" {
			out = append(out, title)
		}
	}
	return out
}
