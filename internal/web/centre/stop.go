// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"errors"
	"net/http"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// stopping is the dot of the page "centre.stop".
type stopping struct {
	Post    *ui.Post // nil: it is done
	Channel ui.Text
	Contact string
}

// askStop shows a button and does nothing: mail scanners follow links.
func (s *Centre) askStop(w http.ResponseWriter, r *http.Request) error {
	v, err := s.open(r, kindStop)
	if err != nil {
		return err
	}
	s.showStop(w, r, v, http.StatusOK, &ui.Post{Action: r.URL.Path, Text: ui.Say("centre.unsubscribe.button"), Fields: oneClick()})
	return nil
}

// oneClick is the pair that RFC 8058, 3.1 asks for.
func oneClick() []ui.Hidden { return []ui.Hidden{{Name: "List-Unsubscribe", Value: "One-Click"}} }

// stop is one-click unsubscribe: a mail program posts here in the person's
// name, without a cookie and without following redirects. It withdraws all
// marketing on the link's channel (GDPR arts 7(3), 21(3)).
func (s *Centre) stop(w http.ResponseWriter, r *http.Request) error {
	r.URL.RawQuery = "" // the answer sets no cookie, for the language neither
	v, err := s.open(r, kindStop)
	if err != nil {
		return err
	}
	err = r.ParseMultipartForm(maxBody) //nolint:gosec // ServeHTTP bounds the body
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return misread()
	}
	if r.PostForm.Get("List-Unsubscribe") != "One-Click" {
		s.showStop(w, r, v, http.StatusBadRequest, &ui.Post{Action: r.URL.Path, Text: ui.Say("centre.unsubscribe.button"), Fields: oneClick()})
		return nil
	}
	if !v.unsubscribed() {
		record := v.says(v.through(), lawful.Choice{
			Channel: v.link.channel, Choice: lawful.Withdrawn, Evidence: &lawful.Evidence{Method: "one_click"},
		})
		if _, err := s.record(r.Context(), v, []choice.Record{record}); err != nil {
			return err
		}
	}
	s.showStop(w, r, v, http.StatusOK, nil)
	return nil
}

// unsubscribed says whether the last word on the channel was this very one: mail
// programs repeat themselves.
func (v *visit) unsubscribed() bool {
	for _, f := range v.choices() {
		c := f.Choice
		switch {
		case c.Choice == lawful.Withdrawn && c.Purpose == "" && c.Channel == v.link.channel:
			return true
		case (c.Choice == lawful.Given || c.Choice == lawful.Confirmed) && c.Channel == v.link.channel:
			return false
		}
	}
	return false
}

func (s *Centre) showStop(w http.ResponseWriter, r *http.Request, v *visit, status int, post *ui.Post) {
	page := ui.Customer(v.register)
	page.Title = ui.Say("centre.unsubscribe")
	if post == nil {
		page.Title = ui.Say("centre.unsubscribed")
	}
	page.Body = stopping{Post: post, Channel: ui.Say("channel." + v.link.channel), Contact: v.register.Organisation.Contact}
	s.UI.Render(w, r, status, "centre.stop", page)
}
