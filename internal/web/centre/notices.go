// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
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

// noticeBody is the dot of the page "centre.notice".
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
func (s *Centre) notice(w http.ResponseWriter, r *http.Request) error {
	org, id, version := r.PathValue("org"), r.PathValue("id"), 0
	if text := r.PathValue("version"); text != "" {
		var err error
		if version, err = strconv.Atoi(text); err != nil || version < 1 {
			return noNotice()
		}
	}
	var catalogue *register.Catalogue
	var now time.Time
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		now = tx.Now()
		catalogue, err = s.Register.Catalogue(ctx, tx, org)
		return err
	})
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
		b.Newest = noticeAddress(org, id, 0)
	}
	if b.Changed, err = since(r, catalogue, versions, shown, language); err != nil {
		return err
	}
	for _, n := range versions {
		b.Versions = append(b.Versions, line(catalogue, n, shown, language))
	}
	s.UI.Render(w, r, http.StatusOK, "centre.notice", ui.Page{
		Title: ui.Say("centre.notice"), Site: catalogue.Organisation.Name, Lead: ui.Verbatim(b.For),
		Language: catalogue.Organisation.Language, Zone: catalogue.Zone, Body: b,
	})
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
		For: strings.Join(purposesOf(c, n.ID, language), " · "), Short: text.Short, Long: ui.Paragraphs(text.Long), Language: in,
		Brief: reading(notice.Text{Short: text.Short}), Whole: reading(notice.Text{Long: text.Long}),
		Version: n.Version, Since: shownFrom(c, n), Invalid: n.Invalid != nil, House: houseAddress(c.Organisation.ID),
	}
}

func line(c *register.Catalogue, n, shown register.Published, language string) versionLine {
	l := versionLine{
		Version: n.Version, Since: shownFrom(c, n), Href: noticeAddress(c.Organisation.ID, n.ID, n.Version),
		Current: n.Version == shown.Version, Why: effects(c, n, language),
	}
	if n.Version < shown.Version {
		l.Compare = noticeAddress(c.Organisation.ID, n.ID, shown.Version) + "?since=" + strconv.Itoa(n.Version)
	}
	return l
}

func noticeAddress(org, id string, version int) string {
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

// reading says how long a text takes to read.
func reading(t notice.Text) ui.Text {
	took := t.ReadingTime()
	if took < time.Minute {
		return ui.Say("centre.reading.seconds", int(took.Seconds()))
	}
	return ui.Say("centre.reading.minutes", int((took+time.Minute-1)/time.Minute))
}

// purposesOf names the purposes that rest on a notice.
func purposesOf(c *register.Catalogue, id, language string) []string {
	var out []string
	for _, p := range c.Purposes {
		if title := p.Title.In(language, c.Organisation.Language); p.Notice == id && title != "" {
			out = append(out, title)
		}
	}
	return out
}

// notices lists those that the purposes rest on, each once.
func (v *visit) notices() []told {
	var out []told
	seen := map[string]bool{}
	for _, p := range v.register.Purposes {
		on := v.notice(p)
		if on.ref.ID == "" || seen[on.ref.ID] {
			continue
		}
		seen[on.ref.ID] = true
		out = append(out, told{
			Title: strings.Join(purposesOf(v.register, on.ref.ID, v.language), ", "), Href: noticeAddress(v.link.org, on.ref.ID, 0), Reading: reading(on.text),
		})
	}
	return out
}
