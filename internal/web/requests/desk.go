// SPDX-License-Identifier: Apache-2.0

package requests

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/web/console/lawbook"
	"github.com/lecito/lecito/internal/web/ui"
)

// Desk is where the organisation's people answer requests: pages of the console.
type Desk struct {
	DB       *db.DB
	Requests *request.Service
	UI       *ui.UI
}

// NewDesk returns the desk and adds its pages to the UI.
func NewDesk(d Desk) (*Desk, error) {
	for _, page := range []string{"queue", "desk", "preview"} {
		if err := d.UI.Add("console.requests."+page, pages, "pages/shared.tmpl", "pages/"+page+"/*.tmpl", "pages/requests.css"); err != nil {
			return nil, err
		}
	}
	return &d, nil
}

// Visit is somebody of the organisation at the desk.
type Visit struct {
	lawbook.Reader

	Actor    access.Actor
	Register *register.Catalogue
	Now      time.Time
	Frame    func(title ui.Text, body any) ui.Page
}

// queueBody is the list of requests.
type queueBody struct {
	States []ui.Link
	Lines  []queueLine
	None   *ui.Empty
	Pager  *ui.Pager
	Now    time.Time
}

// queueLine is a request in the list.
type queueLine struct {
	Tone   ui.Tone
	Kind   string
	Href   string
	Number string
	Due    *time.Time // of one that waits
	Closed *time.Time
	Next   ui.Text
}

// soon is how long before its end a request is shown as urgent.
const soon = 7 * 24 * time.Hour

// Queue lists requests, the most urgent first.
func (d *Desk) Queue(w http.ResponseWriter, r *http.Request, v Visit) error {
	state := r.URL.Query().Get("state")
	if !slices.Contains([]string{request.StateAnswered, request.StateWithdrawn}, state) {
		state = request.StateOpen
	}
	all, next, err := d.Requests.List(r.Context(), v.Actor, request.ListQuery{State: state, After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	b := queueBody{Now: v.Now}
	for _, s := range []string{request.StateOpen, request.StateAnswered, request.StateWithdrawn} {
		b.States = append(b.States, ui.Link{Href: "/requests?state=" + s, Text: ui.Say("requests.state." + s), Current: s == state})
	}
	for _, q := range all {
		b.Lines = append(b.Lines, v.line(q))
	}
	if len(all) == 0 {
		b.None = &ui.Empty{Title: ui.Say("requests.none"), Text: ui.Say("requests.none.text")}
	}
	if next != "" {
		b.Pager = &ui.Pager{Older: "/requests?state=" + state + "&after=" + url.QueryEscape(next)}
	}
	p := v.Frame(ui.Say("requests.desk"), b)
	p.Lead = ui.Say("requests.desk.lead", v.publicForm())
	d.UI.Render(w, r, http.StatusOK, "console.requests.queue", p)
	return nil
}

// publicForm is where people ask.
func (v Visit) publicForm() string { return "/r/" + v.Register.Organisation.ID }

func (v Visit) line(q request.Request) queueLine {
	l := queueLine{Kind: q.Kind, Href: "/requests/" + url.PathEscape(q.ID), Number: q.Number(), Closed: q.Closed, Tone: ui.Plain}
	if !q.Open() {
		return l
	}
	l.Next = ui.Say("requests.next." + nextStep(q))
	if q.Due.IsZero() {
		return l
	}
	last := q.Due.Add(-time.Second)
	l.Due, l.Tone = &last, Tone(q, v.Now)
	return l
}

// Tone is how urgent a request that waits is.
func Tone(q request.Request, now time.Time) ui.Tone {
	switch {
	case !now.Before(q.Due):
		return ui.No
	case q.Due.Sub(now) < soon:
		return ui.Due
	}
	return ui.Plain
}

// Steps that an operator takes next.
const (
	stepAnswer = "answer" // write the answer
	stepAsk    = "ask"    // ask who it is
	stepWait   = "wait"   // for the person to open the link
	stepSearch = "search" // nobody is known under the address: say so, or find them
)

func nextStep(q request.Request) string {
	switch {
	case q.Proven():
		return stepAnswer
	case q.Identity == request.IdentityAsked:
		return stepWait
	case q.Subject == "":
		return stepSearch
	}
	return stepAsk
}

// Today are the open requests that are due first, for the page Today.
func (d *Desk) Today(ctx context.Context, v Visit) ([]request.Request, error) {
	if !v.Actor.May(access.ScopeRequests) {
		return nil, nil
	}
	const most = 10
	all, _, err := d.Requests.List(ctx, v.Actor, request.ListQuery{Limit: most})
	return all, err
}

// deskBody is one request with what can be done about it.
type deskBody struct {
	Request   request.Request
	Action    string
	Stages    []stage
	Clock     *clock
	Said      []said
	Next      string // one of the steps; "" for one that is closed
	Contact   string
	Person    string // where the person is
	Erase     string // where the erasure is planned, for a request for one
	Erased    bool
	Outcome   ui.Text
	Answer    []ui.Field
	Reply     ui.Field
	Extension ui.Field
	Until     *time.Time // an extension would last until
	Asked     bool
	Wrong     ui.Wrong
}

// desk fields that a form may bring back.
type typed struct {
	values url.Values
	errors map[string]ui.Text
}

// See shows a request.
func (d *Desk) See(w http.ResponseWriter, r *http.Request, v Visit) error {
	return d.see(w, r, v, typed{})
}

func (d *Desk) find(r *http.Request, v Visit) (request.Request, error) {
	var q request.Request
	err := d.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		q, err = d.Requests.Find(ctx, tx, v.Actor.Org, r.PathValue("id"))
		return err
	})
	return q, err
}

func (d *Desk) see(w http.ResponseWriter, r *http.Request, v Visit, t typed) error {
	q, err := d.find(r, v)
	if err != nil {
		return err
	}
	b, err := d.body(v, q, t)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(t.errors) > 0 {
		status = http.StatusBadRequest
	}
	p := v.Frame(ui.Say("requests.kind."+q.Kind), b)
	p.Lead, p.Wide = ui.Say("requests.follow.lead", q.Number(), ui.Day{Time: q.Received}), true
	d.UI.Render(w, r, status, "console.requests.desk", p)
	return nil
}

func (d *Desk) body(v Visit, q request.Request, t typed) (deskBody, error) {
	b := deskBody{
		Request: q, Action: "/requests/" + url.PathEscape(q.ID), Stages: stages(q), Said: conversation(q, func(who string) ui.Text { return ui.Say("requests.who." + who) }),
		Contact: q.Contact.Email, Erased: q.Erased != nil, Asked: q.Asked != nil,
	}
	var err error
	if b.Clock, err = clockOf(d.Requests, v.Register, q, v.Now, v.Reader); err != nil {
		return b, err
	}
	if q.Subject != "" && v.Actor.May(access.ScopeSubjects) {
		b.Person = "/subjects/" + url.PathEscape(q.Subject)
		if q.Kind == request.Erasure && q.Open() {
			b.Erase = b.Person + "/erase"
		}
	}
	if q.Outcome != "" {
		b.Outcome = ui.Say("requests.outcome." + q.Outcome)
	}
	if !q.Open() {
		return b, nil
	}
	b.Next = nextStep(q)
	b.Answer = t.answer()
	b.Reply = t.field(ui.Field{Name: "reply", Kind: "textarea", Label: ui.Say("requests.reply"), Hint: ui.Say("requests.reply.hint"), Required: true})
	b.Extension = t.field(ui.Field{Name: "reason", Kind: "textarea", Label: ui.Say("requests.extend.reason"), Hint: ui.Say("requests.extend.hint"), Required: true})
	if until, ok := d.Requests.Extendable(v.Register, q, v.Now); ok {
		last := until.Add(-time.Second)
		b.Until = &last
	}
	b.Wrong = ui.Wrong{Fields: append(slices.Clone(b.Answer), b.Reply, b.Extension)}
	return b, nil
}

func (t typed) field(f ui.Field) ui.Field {
	f.Value, f.Error = t.values.Get(f.Name), t.errors[f.Name]
	return f
}

func (t typed) answer() []ui.Field {
	outcome := ui.Field{Name: "outcome", Kind: "select", Label: ui.Say("requests.outcome"), Required: true, Options: []ui.Option{{Value: "", Text: ui.Say("requests.outcome.choose")}}}
	for _, o := range request.Outcomes() {
		outcome.Options = append(outcome.Options, ui.Option{Value: o, Text: ui.Say("requests.outcome." + o)})
	}
	text := ui.Field{Name: "answer", Kind: "textarea", Label: ui.Say("requests.answer.text"), Hint: ui.Say("requests.answer.hint"), Required: true}
	return []ui.Field{t.field(outcome), t.field(text)}
}

// previewBody is an answer as the person will read it.
type previewBody struct {
	Action   string
	Back     string
	Language string // of the person
	Outcome  string // in their language
	Word     string
	Text     []string
	Given    string
	Refused  string
	Unproven bool
	To       string
}

// Act does what a form of the page asks for.
func (d *Desk) Act(w http.ResponseWriter, r *http.Request, v Visit) error {
	if err := r.ParseForm(); err != nil {
		return misread()
	}
	id, form := r.PathValue("id"), r.PostForm
	var err error
	field := ""
	switch form.Get("do") {
	case "preview":
		return d.preview(w, r, v)
	case "answer":
		err, field = d.Requests.Answer(r.Context(), v.Actor, id, form.Get("outcome"), form.Get("answer")), "answer"
	case "reply":
		err, field = d.Requests.Reply(r.Context(), v.Actor, id, form.Get("reply")), "reply"
	case "extend":
		err, field = d.Requests.Extend(r.Context(), v.Actor, id, form.Get("reason")), "reason"
	case "ask":
		err = d.Requests.Ask(r.Context(), v.Actor, id)
	case "vouch":
		err = d.Requests.Vouch(r.Context(), v.Actor, id)
	case "edit":
		return d.see(w, r, v, typed{values: form})
	default:
		return misread()
	}
	if known := problem.As(err); known != nil && known.Kind == problem.Invalid && field != "" {
		return d.see(w, r, v, typed{form, map[string]ui.Text{field: ui.Say("requests.wrong.text", request.MaxAnswer)}})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/requests/"+url.PathEscape(id), http.StatusSeeOther)
	return nil
}

// preview shows the answer as the person will read it, in their language.
func (d *Desk) preview(w http.ResponseWriter, r *http.Request, v Visit) error {
	outcome, text := r.PostForm.Get("outcome"), r.PostForm.Get("answer")
	wrong := map[string]ui.Text{}
	if !slices.Contains(request.Outcomes(), outcome) {
		wrong["outcome"] = ui.Say("requests.wrong.outcome")
	}
	if strings.TrimSpace(text) == "" || len(text) > request.MaxAnswer {
		wrong["answer"] = ui.Say("requests.wrong.text", request.MaxAnswer)
	}
	if len(wrong) > 0 {
		return d.see(w, r, v, typed{r.PostForm, wrong})
	}
	q, err := d.find(r, v)
	if err != nil {
		return err
	}
	theirs := d.UI.Locale(q.Language, v.Zone)
	b := previewBody{
		Action: "/requests/" + url.PathEscape(q.ID), Back: "/requests/" + url.PathEscape(q.ID), Language: q.Language,
		Outcome: theirs.T("requests.outcome." + outcome), Word: outcome, Text: ui.Paragraphs(strings.ReplaceAll(text, "\r\n", "\n")),
		Given: text, Unproven: !q.Proven(), To: q.Contact.Email,
	}
	if outcome == request.OutcomeRefused || outcome == request.OutcomePartly {
		b.Refused = theirs.T("requests.refused")
	}
	p := v.Frame(ui.Say("requests.preview"), b)
	p.Lead = ui.Say("requests.preview.lead")
	d.UI.Render(w, r, http.StatusOK, "console.requests.preview", p)
	return nil
}
