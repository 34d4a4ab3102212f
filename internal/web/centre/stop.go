// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// What a form of the page can ask for beside the one click.
const (
	actAll  = "all"  // stop the whole channel, where one click stops less
	actKeep = "keep" // put one purpose back; actUndo puts everything back
)

// askStop shows a button and does nothing: mail scanners follow links.
func (s *Centre) askStop(w http.ResponseWriter, r *http.Request) error {
	v, err := s.leaving(r)
	if err != nil {
		return err
	}
	return s.showStop(w, r, http.StatusOK, v, nil)
}

// leaving opens an unsubscribe link, with where everything on its channel stands.
func (s *Centre) leaving(r *http.Request) (*visit, error) {
	v, err := s.open(r, s.Links.OpenUnsubscribe)
	if err != nil {
		return nil, err
	}
	if err := s.weigh(r.Context(), v); err != nil {
		return nil, err
	}
	v.rows = slices.DeleteFunc(v.rows, func(r row) bool { return r.channel != v.link.Stop.Channel })
	return v, nil
}

// stop is one-click unsubscribe: a mail program posts here in the person's
// name, without a cookie and without following redirects (RFC 8058, 3.2). What
// the page offers afterwards comes here too.
func (s *Centre) stop(w http.ResponseWriter, r *http.Request) error {
	r.URL.RawQuery = "" // the answer sets no cookie, for the language neither
	v, err := s.leaving(r)
	if err != nil {
		return err
	}
	err = r.ParseMultipartForm(maxBody) //nolint:gosec // ServeHTTP bounds the body
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return misread()
	}
	if !link.Clicked(r.PostForm) {
		if err := web.SameSite(r); err != nil {
			return err
		}
	}
	done, records, err := s.leave(r.Context(), v, r.PostForm)
	if err != nil {
		return err
	}
	if done == nil {
		return s.showStop(w, r, http.StatusBadRequest, v, nil)
	}
	if _, err := s.record(r.Context(), v, records); err != nil {
		return err
	}
	if v, err = s.leaving(r); err != nil {
		return err
	}
	return s.showStop(w, r, http.StatusOK, v, done)
}

// leave says what a form puts on record, and how to tell; nil: it is none of the page's.
func (s *Centre) leave(ctx context.Context, v *visit, form url.Values) (*ui.Flash, []choice.Record, error) {
	act := form.Get("act")
	switch {
	case link.Clicked(form):
		return &ui.Flash{}, v.silence(v.reach()), nil
	case act == actAll:
		return &ui.Flash{}, v.silence([]string{""}), nil
	case act != actKeep && act != actUndo:
		return nil, nil, nil
	}
	done := &ui.Flash{Tone: ui.Yes, Text: ui.Say("leave.undone")}
	rows, err := s.taken(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	if act == actKeep {
		p, ok := v.register.Purpose(form.Get("purpose"))
		if !ok {
			return nil, nil, nil
		}
		done.Text = ui.Say("leave.kept", v.in(p.Title, p.ID))
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.purpose.ID != p.ID })
	}
	if len(rows) == 0 {
		return &ui.Flash{Tone: ui.Plain, Text: ui.Say("leave.late")}, nil, nil
	}
	var records []choice.Record
	for _, r := range rows {
		record, err := v.yes(r)
		if err != nil {
			return nil, nil, err
		}
		records = append(records, record)
	}
	return done, records, nil
}

// reach lists what one click withdraws from on the link's channel: "" is all
// marketing of the organisation (GDPR arts 7(3), 21(3)), the rule. A purpose
// stands alone where that was decided in writing, and beside it where it is none
// of marketing.
func (v *visit) reach() []string {
	p, ok := v.register.Purpose(v.link.Stop.Purpose)
	switch {
	case !ok || !p.Choosable():
		return []string{""}
	case p.Unsubscribe != nil:
		return []string{p.ID}
	case !p.Marketing:
		return []string{"", p.ID}
	}
	return []string{""}
}

// silence withdraws from each of purposes on the link's channel. What is
// withdrawn from already is not said again: mail programs repeat themselves.
func (v *visit) silence(purposes []string) []choice.Record {
	var records []choice.Record
	for _, p := range purposes {
		if v.silent(p) {
			continue
		}
		records = append(records, v.says(v.through(), lawful.Choice{
			Purpose: p, Channel: v.link.Stop.Channel, Choice: lawful.Withdrawn,
			Evidence: &lawful.Evidence{Method: "one_click", Message: v.link.Stop.Message},
		}))
	}
	return records
}

// silent says whether the last word about a purpose on the link's channel was a
// no that holds; "": about all marketing, be it on every channel.
func (v *visit) silent(purpose string) bool {
	for _, f := range v.choices() {
		c := f.Choice
		switch {
		case c.Channel != v.link.Stop.Channel && c.Channel != "" || c.Data != "" || !v.personal(f):
		case purpose != "" && c.Purpose == purpose:
			return c.Choice != lawful.Given && c.Choice != lawful.Confirmed
		case c.Purpose == "" && (purpose == "" || v.marketing(purpose)):
			return true // only a no is said of everything
		case purpose == "" && (c.Choice == lawful.Given || c.Choice == lawful.Confirmed):
			return false
		}
	}
	return false
}

// personal says whether a choice is about more than a device that the link has
// nothing to do with: what names devices only stays with them.
func (v *visit) personal(f lawful.Recorded) bool {
	through := v.through().Identifier.Identifier
	return len(f.Identifiers) == 0 || slices.ContainsFunc(f.Identifiers, func(id lawful.Identifier) bool {
		return id.Kind != lawful.IDDevice || id == through
	})
}

func (v *visit) marketing(purpose string) bool {
	p, ok := v.register.Purpose(purpose)
	return ok && p.Marketing
}

// taken lists what one click took away within the last hour, and nobody has
// said anything about since: what can be put back.
func (s *Centre) taken(ctx context.Context, v *visit) ([]row, error) {
	var out []row
	seen := map[string]bool{}
	for _, r := range v.rows {
		entry := v.lastWord(r)
		f := v.recent(entry)
		if seen[entry] || f == nil || f.Choice.Evidence == nil || f.Choice.Evidence.Method != "one_click" {
			continue
		}
		seen[entry] = true
		rows, err := s.undoable(ctx, v, f)
		if err != nil {
			return nil, err
		}
		out = append(out, slices.DeleteFunc(rows, func(r row) bool { return v.lastWord(r) != entry })...)
	}
	return out, nil
}

// lastWord is the entry of what was last said about a row.
func (v *visit) lastWord(r row) string {
	for _, f := range v.choices() {
		c := f.Choice
		if v.personal(f) && c.Data == "" && (c.Channel == "" || c.Channel == r.channel) && (c.Purpose == r.purpose.ID || c.Purpose == "" && r.purpose.Marketing) {
			return f.Entry
		}
	}
	return ""
}

// stopping is the dot of the page "centre.stop".
type stopping struct {
	Name    string
	Channel ui.Text
	Contact string
	Post    *ui.Post // the one click; nil: nothing is left to stop
	Stops   []string // purposes, by title
	Named   bool     // these alone, or beside all marketing
	All     *ui.Post // the whole channel, where one click stops less
	Rest    []string // what one click leaves, and All stops
	Stays   []string // what nobody can stop
	Undo    *ui.Post
	Keep    []keeping
	Door    string // where all choices are
}

// keeping is a purpose that can be put back, with the text that this says yes to.
type keeping struct {
	ID, Title       string
	Words, Language string
	Post            *ui.Post
}

// showStop shows how things stand. done is what was just done; nil: nothing was.
func (s *Centre) showStop(w http.ResponseWriter, r *http.Request, status int, v *visit, done *ui.Flash) error {
	org := v.register.Organisation
	b := stopping{
		Name: v.register.Look.Name, Channel: ui.Say("channel." + v.link.Stop.Channel), Contact: org.Contact,
		Door: "/p/" + url.PathEscape(org.ID) + "/code",
	}
	b.offer(r.URL.Path, v)
	rows, err := s.taken(r.Context(), v)
	if err != nil {
		return err
	}
	b.giveBack(r.URL.Path, v, rows)
	page := ui.Customer(v.register)
	page.Title = ui.Say("leave.ask")
	switch {
	case done != nil && done.Text.Key != "":
		page.Flash = []ui.Flash{*done}
		page.Title = ui.Say("leave.title", b.Channel)
	case done != nil:
		page.Title = ui.Say("leave.done")
	case b.Post == nil:
		page.Title = ui.Say("leave.already")
	}
	page.Body = b
	s.UI.Render(w, r, status, "centre.stop", page)
	return nil
}

// offer says what can be stopped, what stops with it and what goes on.
func (b *stopping) offer(action string, v *visit) {
	reach := v.reach()
	b.Named = !slices.Equal(reach, []string{""})
	if slices.ContainsFunc(reach, func(p string) bool { return !v.silent(p) }) {
		b.Post = &ui.Post{Action: action, Text: ui.Say("leave.button"), Fields: []ui.Hidden{{Name: link.ClickName, Value: link.ClickValue}}}
	}
	for _, p := range v.register.Purposes {
		all := slices.Contains(reach, "") && p.Marketing
		switch {
		case !slices.Contains(p.Channels, v.link.Stop.Channel):
		case all || slices.Contains(reach, p.ID):
			b.Stops = append(b.Stops, v.in(p.Title, p.ID))
		case !p.Choosable():
			b.Stays = append(b.Stays, v.in(p.Title, p.ID))
		case p.Marketing:
			b.Rest = append(b.Rest, v.in(p.Title, p.ID))
		}
	}
	if len(b.Rest) > 0 && !v.silent("") {
		b.All = &ui.Post{Action: action, Text: ui.Say("leave.all"), Fields: []ui.Hidden{{Name: "act", Value: actAll}}}
	}
}

// giveBack offers what was just taken away: all of it, or one purpose at a time.
func (b *stopping) giveBack(action string, v *visit, rows []row) {
	if len(rows) == 0 {
		return
	}
	for _, r := range rows {
		if slices.ContainsFunc(b.Keep, func(k keeping) bool { return k.ID == r.purpose.ID }) {
			continue // another address of theirs
		}
		on := v.notice(r.purpose)
		k := keeping{ID: r.purpose.ID, Title: v.in(r.purpose.Title, r.purpose.ID), Words: on.text.Short, Language: on.ref.Language}
		k.Post = &ui.Post{Action: action, Text: ui.Say("leave.keep.button", k.Title), Fields: []ui.Hidden{
			{Name: "act", Value: actKeep}, {Name: "purpose", Value: k.ID},
		}}
		b.Keep = append(b.Keep, k)
	}
	b.Undo = &ui.Post{Action: action, Text: ui.Say("centre.undo"), Fields: []ui.Hidden{{Name: "act", Value: actUndo}}}
}
