// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// visitLife is how long the link lasts that a code is exchanged for: it stays in
// the browser that asked.
const visitLife = time.Hour

// Mailer hands messages over.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// asked is somebody who wants a code, as they said who they are. Whether we know
// them is looked up later, so that the answer takes as long for everybody.
type asked struct {
	org, language string
	id            lawful.Identifier
}

// knocking is the dot of the page "centre.door".
type knocking struct {
	Action  string
	Name    string // of the organisation
	Email   string // to which a code is on its way; "": not asked yet
	Wrong   ui.Text
	Contact string
}

// knock shows the form that asks for an address.
func (s *Centre) knock(w http.ResponseWriter, r *http.Request) error {
	d, err := s.door(r)
	if err != nil {
		return err
	}
	return s.showDoor(w, r, http.StatusOK, d, knocking{})
}

// enter takes an address, and has a code sent to it if somebody is known by it;
// or the code, and leads to the person's preference centre. What it answers to
// an address is the same for everybody.
func (s *Centre) enter(w http.ResponseWriter, r *http.Request) error {
	if err := web.SameSite(r); err != nil {
		return err
	}
	d, err := s.door(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return misread()
	}
	id, err := subject.Normalise(lawful.IDEmail, r.PostForm.Get("email"), "", "")
	if err != nil {
		return s.showDoor(w, r, http.StatusBadRequest, d, knocking{Wrong: ui.Say("door.wrong")})
	}
	language := ui.Language(r, d.Organisation.Language)
	if !r.PostForm.Has("code") {
		select {
		case s.asked <- asked{d.Organisation.ID, language, id.Identifier}:
		default:
			return problem.New(problem.Unavailable, "mail_busy", "Too many messages wait to be sent. Try again in a minute.")
		}
		return s.showDoor(w, r, http.StatusOK, d, knocking{Email: id.Value})
	}
	address, err := s.exchange(r.Context(), d.Organisation.ID, id.Identifier, digits(r.PostForm.Get("code")))
	if err != nil {
		return err
	}
	if address == "" {
		return s.showDoor(w, r, http.StatusBadRequest, d, knocking{Email: id.Value, Wrong: ui.Say("door.code.wrong")})
	}
	http.Redirect(w, r, address, http.StatusSeeOther) //nolint:gosec // to a path of ours
	return nil
}

// digits are those of what somebody typed: people part them as they like.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// door finds the organisation that is knocked at.
func (s *Centre) door(r *http.Request) (*register.Catalogue, error) {
	var found *register.Catalogue
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		found, err = s.Register.Catalogue(ctx, tx, r.PathValue("org"))
		return err
	})
	return found, err
}

func (s *Centre) showDoor(w http.ResponseWriter, r *http.Request, status int, d *register.Catalogue, k knocking) error {
	k.Action, k.Name, k.Contact = r.URL.Path, d.Look.Name, d.Organisation.Contact
	page := ui.Customer(d)
	page.Title = ui.Say("door.title")
	if k.Email != "" {
		page.Title = ui.Say("door.sent")
	}
	page.Body = k
	s.UI.Render(w, r, status, "centre.door", page)
	return nil
}

// exchange gives the link to a preference centre for the right code; "" for any other.
func (s *Centre) exchange(ctx context.Context, org string, id lawful.Identifier, code string) (string, error) {
	subject, blind, err := s.holder(ctx, org, id)
	if err != nil {
		return "", err
	}
	right, err := s.Codes.TryCode(ctx, org, blind, code)
	if err != nil || !right || subject == "" {
		return "", err
	}
	var address string
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		address, err = s.Links.Centre(ctx, tx, link.To{Org: org, Subject: subject, Identifier: id, Expires: tx.Now().Add(visitLife)})
		return err
	})
	return link.Path(address), err
}

// holder finds who holds an identifier, "" for nobody, and its blind index. The
// store is asked the same for everybody: a tombstone is not looked for.
func (s *Centre) holder(ctx context.Context, org string, id lawful.Identifier) (subject string, blind []byte, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		matches, err := s.Subjects.Holders(ctx, tx, org, []lawful.Identifier{id})
		if err != nil {
			return err
		}
		if holders := matches.Of(id); len(holders) > 0 {
			subject = holders[0]
		}
		blind, err = s.Subjects.Blind(ctx, tx, org, id)
		return err
	})
	return subject, blind, err
}

// waiting is how many may wait for a code at the same time.
const waiting = 256

// Run sends codes to those who asked for one, and queues messages for those whose
// link was over, until the context ends.
func (s *Centre) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case late := <-s.again:
			if err := s.askAgain(ctx, late); err != nil && !problem.Is(err, problem.TooMany) && ctx.Err() == nil {
				s.Log.Error("a message could not be queued again", "org", late.Org, "error", err)
			}
		case a := <-s.asked:
			if err := s.sendCode(ctx, a); err != nil && !problem.Is(err, problem.TooMany) && ctx.Err() == nil {
				s.Log.Error("a code could not be sent", "org", a.org, "error", err)
			}
		}
	}
}

// sendCode sends one, where somebody is known by the address. A code that goes
// nowhere is made for everybody else, so that trying one takes as long.
func (s *Centre) sendCode(ctx context.Context, a asked) error {
	subject, blind, err := s.holder(ctx, a.org, a.id)
	if err != nil {
		return err
	}
	code, err := s.Codes.NewCode(ctx, a.org, blind)
	if err != nil || subject == "" {
		return err
	}
	m := mail.Message{ID: uuid.NewString(), From: mail.Address{Mailbox: s.From}, To: a.id.Value, Language: a.language}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		d, err := s.Register.Catalogue(ctx, tx, a.org)
		if err != nil {
			return err
		}
		m.At, m.From.Name = tx.Now(), d.Organisation.Name
		if _, err := mail.ParseMailbox(d.Organisation.Contact); err == nil {
			m.ReplyTo = d.Organisation.Contact
		}
		return nil
	})
	if err != nil {
		return err
	}
	words := s.UI.Locale(a.language, nil)
	m.Subject = words.T("door.subject", code, m.From.Name)
	m.Text = words.T("door.message", code, m.From.Name)
	return s.Mail.Send(ctx, m)
}
