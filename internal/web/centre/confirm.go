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
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// asking is somebody at the link of a message that asked them to confirm.
type asking struct {
	link     link.Opened
	register *register.Catalogue
	language string
	now      time.Time
	asked    []message.Asked
}

// confirming is the dot of the page "centre.confirm".
type confirming struct {
	Action, Name, Contact string
	Items                 []confirmItem
	Ask, Late             bool
	Text                  ui.Text
	Centre                string // where all choices are; "": not offered
	Door                  string // where one gets in by a code; "": not offered
}

// confirmItem is one yes.
type confirmItem struct {
	Title, Description string
	Said               time.Time
	Words, Language    string // the text it was given on, as the organisation published it
	Receipt            string // of its confirmation
}

// openMessage reads what the link of a message leads to. One that is over tells the
// same of everybody: it does not come to be known who was erased since.
func (s *Centre) openMessage(r *http.Request) (*asking, error) {
	a := &asking{}
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		a.now = tx.Now()
		if a.link, err = s.Links.OpenConfirmation(ctx, tx, r.PathValue("token"), a.now); err != nil {
			return err
		}
		if a.register, err = s.Register.Catalogue(ctx, tx, a.link.Org); err != nil {
			return err
		}
		a.language = ui.Language(r, a.register.Organisation.Language)
		if a.link.Expired {
			return nil // whose it is, is not looked up
		}
		a.asked, err = s.Messages.Asked(ctx, tx, a.link.Org, a.link.Asked)
		if problem.Is(err, problem.NotFound) {
			return link.ErrNowhere // erased
		}
		return err
	})
	return a, err
}

// confirm shows what a message asked, with two buttons, and does nothing: mail
// scanners follow links.
func (s *Centre) confirm(w http.ResponseWriter, r *http.Request) error {
	a, err := s.openMessage(r)
	if err != nil {
		return err
	}
	title, body, err := s.confirming(r.Context(), a, r.URL.Query().Get("did"))
	if err != nil {
		return err
	}
	body.Action = r.URL.Path
	if l := r.URL.Query().Get("lang"); l != "" {
		body.Action += "?lang=" + url.QueryEscape(l)
	}
	status := http.StatusOK
	if body.Late {
		status = http.StatusGone
	}
	page := ui.Customer(a.register)
	page.Title, page.Body = title, body
	s.UI.Render(w, r, status, "centre.confirm", page)
	return nil
}

// confirming says how it stands.
func (s *Centre) confirming(ctx context.Context, a *asking, did string) (ui.Text, *confirming, error) {
	org := a.register.Organisation
	b := &confirming{Name: a.register.Look.Name, Contact: org.Contact, Door: "/p/" + url.PathEscape(org.ID) + "/code"}
	switch {
	case a.link.Expired && did == didAgain:
		b.Text = ui.Say("message.again.text")
		return ui.Say("message.again.title"), b, nil
	case a.link.Expired:
		b.Late, b.Text = true, ui.Say("message.late.text", a.link.Expires)
		return ui.Say("message.late.title"), b, nil
	}
	if b.Items = a.items(message.Waiting); len(b.Items) > 0 {
		b.Ask, b.Door, b.Text = true, "", ui.Say("message.page.text", org.Name)
		return ui.Say("message.page.title"), b, nil
	}
	if b.Items = a.items(message.Confirmed); len(b.Items) > 0 {
		b.Text, b.Door = ui.Say("message.done.text"), ""
		return ui.Say("message.done.title"), b, s.onward(ctx, a, b)
	}
	if did == didNo {
		b.Text = ui.Say("message.no.text")
		return ui.Say("message.no.title"), b, nil
	}
	b.Text = ui.Say("message.over.text")
	return ui.Say("message.over.title"), b, nil
}

// onward leads whoever has confirmed to their receipts and to all their choices:
// the message came to the very address, as a code would.
func (s *Centre) onward(ctx context.Context, a *asking, b *confirming) error {
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		address, err := s.sentTo(ctx, tx, a.link)
		if err != nil || address.Kind == "" {
			return err
		}
		b.Centre, err = s.Links.Centre(ctx, tx, link.To{Org: a.link.Org, Subject: a.link.Subject, Identifier: address, Expires: a.now.Add(visitLife)})
		return err
	})
	if err != nil || b.Centre == "" {
		return err
	}
	b.Centre = link.Path(b.Centre)
	i := 0
	for _, one := range a.asked {
		if one.Stand == message.Confirmed {
			b.Items[i].Receipt = b.Centre + "/receipts/" + one.By.Entry
			i++
		}
	}
	return nil
}

// sentTo finds the identifier that a link was sent to among what its subject holds.
func (s *Centre) sentTo(ctx context.Context, r db.Reader, of link.Opened) (lawful.Identifier, error) {
	held, err := s.Subjects.Identifiers(ctx, r, of.Org, []string{of.Subject})
	i := slices.IndexFunc(held, func(h subject.Held) bool { return of.SentTo(h.Identifier.Identifier) })
	if err != nil || i < 0 {
		return lawful.Identifier{}, err
	}
	return held[i].Identifier.Identifier, nil
}

// items lists the yeses that stand so. What a form sent as the text that was shown
// is left out: anybody can have written it, and this page is the organisation's.
func (a *asking) items(stand string) []confirmItem {
	own := a.register.Organisation.Language
	var out []confirmItem
	for _, one := range a.asked {
		if one.Stand != stand {
			continue
		}
		c := one.Yes.Choice
		item := confirmItem{Title: c.Purpose, Said: one.Yes.Happened}
		if p, ok := a.register.Purpose(c.Purpose); ok {
			item.Description = p.Description.In(a.language, own)
			if title := p.Title.In(a.language, own); title != "" {
				item.Title = title
			}
		}
		if n := c.Notice; n != nil {
			if published, ok := a.register.Notice(n.ID, n.Version); ok && published.Version == n.Version {
				text, language := published.In(n.Language, own)
				item.Words, item.Language = text.Short, language
			}
		}
		out = append(out, item)
	}
	return out
}

// What was done, for the page that follows.
const (
	didNo    = "no"
	didAgain = "again"
)

// answerMessage takes what the page's buttons say.
func (s *Centre) answerMessage(w http.ResponseWriter, r *http.Request) error {
	if err := web.SameSite(r); err != nil {
		return err
	}
	a, err := s.openMessage(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return misread()
	}
	q := url.Values{}
	if l := r.URL.Query().Get("lang"); l != "" {
		q.Set("lang", l)
	}
	switch said := r.PostForm.Get("answer"); {
	case a.link.Expired && said == didAgain:
		select {
		case s.again <- a.link:
		default:
			return problem.New(problem.Unavailable, "mail_busy", "Too many messages wait to be sent. Try again in a minute.")
		}
		q.Set("did", didAgain)
	case a.link.Expired: // the page says so
	case said == actYes || said == actNo:
		if _, err := s.Messages.Answer(r.Context(), message.Answer{
			Org: a.link.Org, Message: a.link.Asked, Yes: said == actYes, Text: s.shownTo(a),
		}); err != nil {
			return err
		}
		if said == actNo {
			q.Set("did", didNo)
		}
	default:
		return misread()
	}
	to := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return nil
}

// shownTo is what the page said to whoever answers, for the record.
func (s *Centre) shownTo(a *asking) string {
	l := s.UI.Locale(a.language, a.register.Zone)
	said := []string{l.T("message.page.title"), l.T("message.page.text", a.register.Organisation.Name)}
	for _, item := range a.items(message.Waiting) {
		said = append(said, item.Title)
		if item.Words != "" {
			said = append(said, item.Words)
		}
	}
	return strings.Join(append(said, l.T("message.page.yes"), l.T("message.page.no")), "\n")
}

// askAgain queues another message to the address of a link that is over, if
// something still waits there.
func (s *Centre) askAgain(ctx context.Context, late link.Opened) error {
	var address lawful.Identifier
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		address, err = s.sentTo(ctx, tx, late)
		return err
	})
	if err != nil || address.Kind == "" {
		return err
	}
	_, err = s.Messages.Again(ctx, late.Org, []lawful.Identifier{address})
	return err
}

// asked says whether a message asks to confirm a row: one can be sent again.
func (v *visit) asked(r row) bool {
	return pending(r.at) && r.channel == lawful.ChannelEmail && r.held.Kind == lawful.IDEmail && !v.sentTo(r.held) && !v.register.Elsewhere()
}

// sendAgain has the message that asks to confirm a row sent once more.
func (s *Centre) sendAgain(w http.ResponseWriter, r *http.Request, v *visit) error {
	row, ok := v.row(r.PostForm)
	if !ok || !v.asked(row) {
		return misread()
	}
	did := actAgain
	n, err := s.Messages.Again(r.Context(), v.link.Org, []lawful.Identifier{row.held.Identifier.Identifier})
	if problem.Is(err, problem.TooMany) || err == nil && n == 0 {
		did, err = didMany, nil
	}
	if err != nil {
		return err
	}
	q := url.Values{"did": {did}}
	if l := r.URL.Query().Get("lang"); l != "" {
		q.Set("lang", l)
	}
	to := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return nil
}
