// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// thanks is the dot of the page "widget.thanks".
type thanks struct {
	Recorded bool
	Name     string
	Contact  string
}

// form takes a form that a site sends without scripts. Who it was about is told
// by nothing in the answer.
func (s *Widget) form(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "form_unreadable", "The form can't be read. Nothing was stored.").Because(err)
	}
	ui.SetHeaders(w)
	d, recorded, err := s.take(r)
	if problem.Is(err, problem.Invalid) && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.UI.Render(w, r, http.StatusBadRequest, "problem", page(d, "widget.wrong", ui.Problem{Text: ui.Say("widget.wrong.text")}))
		return nil // told to a person, in the organisation's name
	}
	if err != nil {
		return err
	}
	if next := back(d, r.PostForm.Get("lecito_next")); next != "" {
		http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // to a declared site
		return nil
	}
	title := "widget.thanks"
	if !recorded {
		title = "widget.thanks.none"
	}
	s.UI.Render(w, r, http.StatusOK, "widget.thanks", page(d, title, thanks{recorded, d.Organisation.Name, d.Organisation.Contact}))
	return nil
}

// page is one in the organisation's name.
func page(d *register.Catalogue, title string, body any) ui.Page {
	page := ui.Customer(d)
	page.Title, page.Body = ui.Say(title), body
	return page
}

// take records what a form says, if a box of it is ticked.
func (s *Widget) take(r *http.Request) (d *register.Catalogue, recorded bool, err error) {
	actor := web.Actor(r.Context())
	var req choice.Request
	err = s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		declared, err := s.Register.Catalogue(ctx, tx, actor.Org)
		if err != nil {
			return err
		}
		d = declared
		req, err = request(reader{Catalogue: d, now: tx.Now()}, r.PostForm)
		return err
	})
	if err != nil || len(req.Choices) == 0 {
		return d, false, err
	}
	req.Evidence.UserAgent = r.UserAgent()
	_, err = s.Choices.Take(r.Context(), actor, req)
	return d, err == nil, err
}

// request makes a request of the fields of a form. A field it does not know is the
// site's own. Its boxes have the values that those of the script have: PURPOSE.CHANNEL.
func request(d reader, fields url.Values) (choice.Request, error) {
	wrong := problem.New(problem.Invalid, "invalid_form", "The form can't be recorded. Nothing was stored.")
	req := choice.Request{
		Source:   fields.Get("lecito_source"),
		Evidence: &lawful.Evidence{Method: "checkbox", Text: fields.Get("lecito_text"), URL: bare(fields.Get("lecito_page"))},
	}
	for _, box := range fields["lecito"] {
		dot := strings.LastIndexByte(box, '.')
		if dot < 1 {
			return req, wrong.At(problem.Place{Field: "lecito", Detail: "the value of each box is a purpose and a channel, as newsletter.email"})
		}
		req.Choices = append(req.Choices, choice.Choice{Purpose: box[:dot], Channel: box[dot+1:], Choice: lawful.Given})
		// What no ticked channel reaches is not ours to keep.
		if lawful.Reaches(box[dot+1:], lawful.IDEmail) {
			req.Subject.Email = fields.Get("email")
		}
		if lawful.Reaches(box[dot+1:], lawful.IDPhone) {
			req.Subject.Phone = fields.Get("phone")
		}
	}
	source, ok := d.Source(req.Source)
	if !ok {
		return req, wrong.At(problem.Place{Field: "lecito_source", Detail: "is not a declared source"})
	}
	told, ok := d.current(source.Notice)
	if !ok {
		return req, wrong.At(problem.Place{Field: "lecito_source", Detail: "declares no notice that is out"})
	}
	req.Notice = &lawful.NoticeRef{ID: told.ID, Version: told.Version, Language: fields.Get("lecito_language")}
	if given := fields.Get("lecito_version"); given != "" {
		var err error
		if req.Notice.Version, err = strconv.Atoi(given); err != nil {
			return req, wrong.At(problem.Place{Field: "lecito_version", Detail: "is the number of the notice's version that the page shows"})
		}
	}
	return req, nil
}

// bare is an address without what may say more of the person than of the page.
func bare(address string) string {
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	return address
}

// back is where the form wants its sender to go, "" where that is no declared site.
func back(d *register.Catalogue, next string) string {
	to, err := url.Parse(next)
	if err != nil || d.Organisation.Web == nil || to.User != nil || !slices.Contains(d.Organisation.Web.Sites, to.Scheme+"://"+to.Host) {
		return ""
	}
	return to.String()
}
