// SPDX-License-Identifier: Apache-2.0

package requests

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/console/lawbook"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
)

// following is somebody at the page of a request.
type following struct {
	register *register.Catalogue
	now      time.Time
	request  request.Request
	sent     bool // the link was sent to the address of who asks
}

// followBody is the dot of the page "requests.follow".
type followBody struct {
	Action    string
	Stages    []stage
	Stands    ui.Text
	Confirm   bool // the person can say that the request is theirs
	Answer    *said
	Outcome   ui.Text
	Refused   bool
	Clock     *clock
	Said      []said
	Say       *ui.Field
	Withdraw  bool
	Wrong     ui.Wrong
	Authority authority
	Form      string // where to ask something else
}

// stage is a step on the way of a request.
type stage struct {
	Text    ui.Text
	Done    bool
	Current bool
}

// said is something that was said or done.
type said struct {
	Who  ui.Text
	Act  ui.Text
	At   time.Time
	Text []string // paragraphs
	Ours bool
	Sent *time.Time
	Wait bool
	Lost bool // the message about it could not be handed over
}

// clock is when a request is answered, and how that was counted.
type clock struct {
	Due      *time.Time
	Now      time.Time
	Counted  *lawbook.Due
	Promised bool
	Extended *time.Time
	Running  bool
}

// open reads what a link leads to.
func (p *Pages) open(r *http.Request) (following, error) {
	f := following{}
	err := p.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		f.now = tx.Now()
		opened, err := p.Links.OpenRequest(ctx, tx, r.PathValue("token"), f.now)
		if err != nil || opened.Org != r.PathValue("org") || opened.Expired {
			return cmp.Or(err, link.ErrNowhere)
		}
		if f.register, err = p.Register.Catalogue(ctx, tx, opened.Org); err != nil {
			return err
		}
		f.sent = opened.Sent
		f.request, err = p.Requests.Find(ctx, tx, opened.Org, opened.Subject)
		return err
	})
	return f, err
}

// hidden says whether the request turned out to be somebody's who reads another
// link: this one was given to whoever filled the form in.
func (f following) hidden() bool { return f.request.Identity == request.IdentityGiven && !f.sent }

// follow shows the page.
func (p *Pages) follow(w http.ResponseWriter, r *http.Request) error {
	f, err := p.open(r)
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, f, ui.Field{Name: "message"})
}

func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, f following, say ui.Field) error {
	org, q := f.register.Organisation, f.request
	b := &followBody{
		Action: same(r, r.URL.Path), Stages: stages(q), Stands: f.stands(), Authority: authorityOf(org.Country),
		Confirm: f.sent && q.Open() && !q.Proven(), Withdraw: q.Open() && !f.hidden(), Form: same(r, "/r/"+org.ID),
	}
	language := ui.Language(r, org.Language)
	var err error
	if b.Clock, err = clockOf(p.Requests, f.register, q, f.now, lawbook.Reader{
		Language: language, Locale: p.UI.Locale(language, f.register.Zone), Zone: f.register.Zone,
	}); err != nil {
		return err
	}
	if !f.hidden() {
		b.Said = conversation(q, f.speaker)
	}
	if b.Withdraw {
		say.Kind, say.Label, say.Hint, say.Required = "textarea", ui.Say("requests.say"), ui.Say("requests.say.hint"), true
		b.Say, b.Wrong = &say, ui.Wrong{Fields: []ui.Field{say}}
	}
	if q.State == request.StateAnswered && len(b.Said) > 0 {
		b.Outcome, b.Refused = ui.Say("requests.outcome."+q.Outcome), q.Outcome == request.OutcomeRefused || q.Outcome == request.OutcomePartly
		for i := range b.Said {
			if b.Said[i].Act.Key == "requests.act."+request.ActAnswered {
				answer := b.Said[i]
				b.Answer, b.Said[i].Text = &answer, nil // once is enough
			}
		}
	}
	page := ui.Customer(f.register)
	page.Title, page.Lead, page.Body = ui.Say("requests.kind."+q.Kind), ui.Say("requests.follow.lead", q.Number(), ui.Day{Time: q.Received}), b
	p.UI.Render(w, r, status, "requests.follow", page)
	return nil
}

// stands says where a request stands, and what the person can do.
func (f following) stands() ui.Text {
	q := f.request
	switch {
	case q.State == request.StateWithdrawn:
		return ui.Say("requests.stands.withdrawn", ui.Day{Time: *q.Closed})
	case q.State == request.StateAnswered && f.hidden():
		return ui.Say("requests.stands.answered_elsewhere", ui.Day{Time: *q.Closed})
	case q.State == request.StateAnswered:
		return ui.Say("requests.stands.answered", ui.Day{Time: *q.Closed})
	case f.hidden():
		return ui.Say("requests.stands.elsewhere")
	case q.Kind == request.Objection && f.sent:
		return ui.Say("requests.stands.objection_done")
	case q.Kind == request.Objection:
		return ui.Say("requests.stands.objection")
	case q.Kind == request.Problem:
		return ui.Say("requests.stands.problem")
	case q.Proven():
		return ui.Say("requests.stands.work")
	case f.sent:
		return ui.Say("requests.stands.confirm")
	}
	return ui.Say("requests.stands.identity")
}

// stages is the way of a request, with where it stands.
func stages(q request.Request) []stage {
	out := []stage{{Text: ui.Say("requests.stage.received"), Done: true}}
	if q.Identity != request.IdentityNone {
		out = append(out, stage{Text: ui.Say("requests.stage.identity"), Done: q.Proven() || !q.Open()})
	}
	last := stage{Text: ui.Say("requests.stage.answer"), Done: q.State == request.StateAnswered}
	if q.State == request.StateWithdrawn {
		last = stage{Text: ui.Say("requests.stage.withdrawn"), Done: true}
	}
	out = append(out, stage{Text: ui.Say("requests.stage.work"), Done: !q.Open()}, last)
	for i := range out {
		if !out[i].Done {
			out[i].Current = true
			break
		}
	}
	return out
}

// speaker names who does a step, to the person.
func (f following) speaker(who string) ui.Text {
	switch who {
	case request.ByPerson:
		return ui.Say("requests.you")
	case request.ByOffice:
		return ui.Verbatim(f.register.Organisation.Name)
	}
	return ui.Say("requests.who." + who)
}

// conversation is what was said and done, in order. speaker names who did it.
func conversation(q request.Request, speaker func(who string) ui.Text) []said {
	var out []said
	for _, s := range q.Steps {
		out = append(out, said{
			Who: speaker(s.Who), Act: actText(s, q), At: s.At, Text: ui.Paragraphs(s.Text),
			Ours: s.Who != request.ByPerson, Sent: s.Sent, Wait: s.Waiting, Lost: s.Failed,
		})
	}
	return out
}

// actText names a step; of a message that went out by itself it says what it was.
func actText(s request.Step, q request.Request) ui.Text {
	if s.Act == request.ActReply && s.Who == request.BySystem {
		return ui.Say("requests.act.stopped")
	}
	if s.Act == request.ActIdentityGiven && q.Via == request.ViaLink {
		return ui.Say("requests.act.known")
	}
	return ui.Say("requests.act." + s.Act)
}

// clockOf counts when a request is answered, in words; nil: it was withdrawn.
func clockOf(s *request.Service, declared *register.Catalogue, q request.Request, now time.Time, reader lawbook.Reader) (*clock, error) {
	if q.State == request.StateWithdrawn {
		return nil, nil //nolint:nilnil // nobody waits for an answer: there is no clock
	}
	c := &clock{Now: now, Extended: q.Extended, Running: q.Open()}
	counted, err := s.Due(declared, q)
	if problem.As(err) != nil {
		return c, nil //nolint:nilerr // no law known here sets a time: the page says so
	}
	if err != nil {
		return nil, err
	}
	due := reader.Due(counted.Calendar, counted.Rules, counted.Due)
	c.Counted, c.Promised = &due, counted.Promised
	if counted.End != nil {
		last := counted.End.Add(-time.Second)
		c.Due = &last
	}
	return c, nil
}

// What a form of the page asks for.
const (
	doSay      = "say"
	doConfirm  = "mine"
	doWithdraw = "withdraw"
)

// act does what a form of the page asks for.
func (p *Pages) act(w http.ResponseWriter, r *http.Request) error {
	if err := web.SameSite(r); err != nil {
		return err
	}
	f, err := p.open(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return misread()
	}
	if f.hidden() {
		return problem.New(problem.Forbidden, "other_link", "This request goes on under the link that was sent by e-mail.")
	}
	actor, id := person(f.register.Organisation.ID), f.request.ID
	switch do := r.PostForm.Get("do"); {
	case do == doSay:
		err = p.Requests.Say(r.Context(), actor, id, r.PostForm.Get("message"))
		if known := problem.As(err); known != nil && known.Code == "invalid_text" {
			return p.render(w, r, http.StatusBadRequest, f, ui.Field{
				Name: "message", Value: r.PostForm.Get("message"), Error: ui.Say("requests.wrong.text", request.MaxMessage),
			})
		}
	case do == doConfirm && f.sent:
		err = p.Requests.Confirm(r.Context(), actor, id)
	case do == doWithdraw:
		err = p.Requests.Withdraw(r.Context(), actor, id)
	default:
		return misread()
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, same(r, r.URL.Path), http.StatusSeeOther) //nolint:gosec // to this very path
	return nil
}
