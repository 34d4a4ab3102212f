// SPDX-License-Identifier: Apache-2.0

package requests

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// asking is somebody at the form.
type asking struct {
	register *register.Catalogue
	now      time.Time
	chain    string // of who holds a link; "": a stranger
	contact  request.Contact
	sent     lawful.Identifier // the link was sent to this, or it is another of theirs
}

// formBody is the dot of the page "requests.form".
type formBody struct {
	Action    string
	Name      string
	Known     bool
	Kinds     []kindLine
	KindWrong ui.Text
	Message   ui.Field
	Email     ui.Field
	Phone     ui.Field
	Once      string
	Wrong     ui.Wrong
	Authority authority
}

// kindLine is one thing that can be asked.
type kindLine struct {
	Kind    string
	Checked bool
}

// authority is whom one can always complain to.
type authority struct {
	law.Authority

	Known bool
	Lands bool // each part of the country has its own
}

func authorityOf(country string) authority {
	a, ok := law.AuthorityOf(country)
	return authority{a, ok, a.Parts}
}

// ask shows the form.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	a, err := p.enter(r)
	if err != nil {
		return err
	}
	kind := r.URL.Query().Get("kind")
	p.show(w, r, http.StatusOK, a, a.form(r, url.Values{"kind": {kind}}))
	return nil
}

// enter finds whose form it is, and who is at it where a link says so.
func (p *Pages) enter(r *http.Request) (asking, error) {
	a := asking{}
	err := p.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		a.now = tx.Now()
		var err error
		if a.register, err = p.Register.Catalogue(ctx, tx, r.PathValue("org")); err != nil {
			return err
		}
		token := r.PathValue("token")
		if token == "" {
			return nil
		}
		// A link for choices alone shows no data: it must not lead to a page that does.
		opened, err := p.Links.OpenCentre(ctx, tx, token, a.now)
		if err != nil || opened.Org != a.register.Organisation.ID || opened.Expired || opened.Scope == link.ScopeChoices {
			return cmp.Or(err, link.ErrNowhere)
		}
		return p.known(ctx, tx, &a, opened)
	})
	return a, err
}

// known reads where who holds a link is answered: the address it was sent to,
// else the first they have on record.
func (p *Pages) known(ctx context.Context, tx *db.ReadTx, a *asking, opened link.Opened) error {
	held, err := p.Subjects.Identifiers(ctx, tx, opened.Org, []string{opened.Subject})
	if err != nil {
		return err
	}
	if len(held) == 0 {
		return link.ErrNowhere // erased
	}
	a.chain, a.sent = opened.Subject, held[0].Identifier.Identifier
	for _, h := range held {
		if h.Kind == lawful.IDEmail && (a.contact.Email == "" || opened.SentTo(h.Identifier.Identifier)) {
			a.contact.Email, a.sent = h.Value, h.Identifier.Identifier
		}
	}
	return nil
}

// form draws the form with what was filled in.
func (a asking) form(r *http.Request, filled url.Values) *formBody {
	org := a.register.Organisation
	b := &formBody{
		Action: same(r, r.URL.Path), Name: org.Name, Known: a.chain != "", Once: filled.Get("once"), Authority: authorityOf(org.Country),
		Message: ui.Field{Name: "message", Kind: "textarea", Label: ui.Say("requests.message"), Hint: ui.Say("requests.message.hint"), Value: filled.Get("message")},
		Email:   ui.Field{Name: "email", Kind: "email", Label: ui.Say("requests.email"), Hint: ui.Say("requests.email.hint"), Value: filled.Get("email"), Required: true, Autocomplete: "email"},
		Phone:   ui.Field{Name: "phone", Kind: "tel", Label: ui.Say("requests.phone"), Hint: ui.Say("requests.phone.hint"), Value: filled.Get("phone"), Autocomplete: "tel"},
	}
	if b.Once == "" {
		b.Once = rand.Text()
	}
	for _, kind := range request.Kinds() {
		b.Kinds = append(b.Kinds, kindLine{kind, kind == filled.Get("kind")})
	}
	return b
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, a asking, b *formBody) {
	fields := []ui.Field{b.Message, b.Email, b.Phone}
	if b.KindWrong.Key != "" {
		fields = append([]ui.Field{{Name: "kind-" + b.Kinds[0].Kind, Label: ui.Say("requests.what"), Error: b.KindWrong}}, fields...)
	}
	b.Wrong = ui.Wrong{Fields: fields}
	page := ui.Customer(a.register)
	page.Title, page.Lead, page.Body = ui.Say("requests.title"), ui.Say("requests.lead", page.Site), b
	p.UI.Render(w, r, status, "requests.form", page)
}

// take takes in what is asked, and leads to its page.
func (p *Pages) take(w http.ResponseWriter, r *http.Request) error {
	if err := web.SameSite(r); err != nil {
		return err
	}
	a, err := p.enter(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return misread()
	}
	b := a.form(r, r.PostForm)
	o, ok := a.opening(r, b)
	if !ok {
		p.show(w, r, http.StatusBadRequest, a, b)
		return nil
	}
	if err := p.admit(r); err != nil {
		return err
	}
	opened, err := p.Requests.Open(r.Context(), person(a.register.Organisation.ID), o)
	if err != nil {
		return err
	}
	to := link.To{Org: a.register.Organisation.ID, Subject: opened.ID, Identifier: a.sent, Expires: a.now.Add(request.LinkLife)}
	path, err := p.link(r.Context(), to)
	if err != nil {
		return err
	}
	http.Redirect(w, r, same(r, path), http.StatusSeeOther) //nolint:gosec // to a path of ours
	return nil
}

// link makes the path of a request's page.
func (p *Pages) link(ctx context.Context, to link.To) (path string, err error) {
	err = p.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		address, err := p.Links.Request(ctx, tx, to)
		path = link.Path(address)
		return err
	})
	return path, err
}

// opening reads the form. What is wrong with it is told at its fields.
func (a asking) opening(r *http.Request, b *formBody) (request.Opening, bool) {
	form := r.PostForm
	o := request.Opening{
		Kind: form.Get("kind"), Via: request.ViaForm, Language: ui.Language(r, a.register.Organisation.Language),
		Message: form.Get("message"), Contact: a.contact, Chain: a.chain, Once: form.Get("once"),
	}
	if !slices.Contains(request.Kinds(), o.Kind) {
		b.KindWrong = ui.Say("requests.wrong.kind")
	}
	switch {
	case len(o.Message) > request.MaxMessage:
		b.Message.Error = ui.Say("requests.wrong.long", request.MaxMessage)
	case strings.TrimSpace(o.Message) == "" && explained(o.Kind):
		b.Message.Error = ui.Say("requests.wrong.message")
	}
	if a.chain != "" {
		o.Via = request.ViaLink
	} else {
		a.contacts(form, b, &o)
	}
	wrong := ui.Wrong{Fields: []ui.Field{b.Message, b.Email, b.Phone}}
	return o, b.KindWrong.Key == "" && len(wrong.Errors()) == 0
}

// contacts reads where a stranger is answered.
func (a asking) contacts(form url.Values, b *formBody, o *request.Opening) {
	email, err := subject.Normalise(lawful.IDEmail, form.Get("email"), "", "")
	if problem.As(err) != nil || err == nil && len(email.Value) > 254 {
		b.Email.Error = ui.Say("requests.wrong.email")
	}
	o.Contact.Email = email.Value
	if o.Kind != request.Objection || strings.TrimSpace(form.Get("phone")) == "" {
		return
	}
	phone, err := subject.Normalise(lawful.IDPhone, form.Get("phone"), "", a.register.Organisation.Country)
	if err != nil {
		b.Phone.Error = ui.Say("requests.wrong.phone")
	}
	o.Contact.Phone = phone.Value
}

// explained says whether a request makes no sense without words.
func explained(kind string) bool {
	switch kind {
	case request.Rectification, request.Restriction, request.HumanReview, request.Problem:
		return true
	}
	return false
}
