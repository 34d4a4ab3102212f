// SPDX-License-Identifier: Apache-2.0

package foresee

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// patience is how long a page waits for an answer before it shows how far it is.
const patience = 2 * time.Second

// expiringBody is who stops being reachable, or how far the question is.
type expiringBody struct {
	Wrong    ui.Wrong
	Fields   []ui.Field
	Progress *ui.Progress
	Failed   *failure
	Again    *ui.Post // for an answer that was cancelled, or came to nothing
	Answer   *expiringAnswer
}

// Expiring shows who stops being reachable. The question stands in the address:
// nothing of it is about a person.
func (p *Pages) Expiring(w http.ResponseWriter, r *http.Request, v Visit) error {
	o, fields, wrong := v.options(r.URL.Query())
	body := expiringBody{Fields: fields, Wrong: ui.Wrong{Fields: fields}}
	status := http.StatusOK
	if wrong {
		status = http.StatusBadRequest
	} else if err := p.look(r.Context(), v, o, &body); err != nil {
		return err
	}
	page := v.Frame(ui.Say("foresee.expiring"), body)
	page.Lead, page.Wide = ui.Say("foresee.expiring.lead"), true
	p.UI.Render(w, r, status, "console.expiring", page)
	return nil
}

// look finds the answer, or begins to work on it.
func (p *Pages) look(ctx context.Context, v Visit, o standing.ExpiringOptions, body *expiringBody) error {
	one := p.runs.latest(v.Actor, address(o))
	if one == nil {
		var err error
		if one, err = p.beginExpiring(v, o); err != nil {
			return err
		}
	}
	wait, stop := context.WithTimeout(ctx, patience)
	defer stop()
	select {
	case <-one.over:
	case <-wait.Done():
	}
	l := one.look()
	again := &ui.Post{Action: address(o), Text: ui.Say("foresee.again")}
	switch l.state {
	case working:
		body.Progress = progress(l, "/expiring/"+one.id, one.page)
	case cancelled:
		body.Again = again
	case failed:
		text, detail := v.Trouble(l.err)
		body.Failed, body.Again = &failure{text, detail}, again
	default:
		if found, ok := l.answer.(standing.Expiring); ok {
			body.Answer = v.expiringAnswer(found)
		}
	}
	return nil
}

func (p *Pages) beginExpiring(v Visit, o standing.ExpiringOptions) (*run, error) {
	return p.runs.begin(v.Actor, question{
		key: address(o), page: func(string) string { return address(o) },
		do: func(ctx context.Context, tell func(standing.Walked)) (any, error) {
			found, err := p.Standing.Expiring(ctx, v.Actor, o, tell)
			return found, p.logged(ctx, err)
		},
	})
}

// ExpiringAgain asks the same question once more.
func (p *Pages) ExpiringAgain(w http.ResponseWriter, r *http.Request, v Visit) error {
	o, _, wrong := v.options(r.URL.Query())
	if wrong {
		return problem.New(problem.Invalid, "invalid_question", "This can't be looked for.")
	}
	if _, err := p.beginExpiring(v, o); err != nil {
		return err
	}
	http.Redirect(w, r, address(o), http.StatusSeeOther)
	return nil
}

// address is where a question is asked.
func address(o standing.ExpiringOptions) string {
	q := url.Values{"days": {strconv.Itoa(o.Days)}}
	if o.Purpose != "" {
		q.Set("purpose", o.Purpose)
	}
	if o.Channel != "" {
		q.Set("channel", o.Channel)
	}
	return "/expiring?" + q.Encode()
}

// options reads the question of an address, as the fields of its form.
func (v Visit) options(q url.Values) (standing.ExpiringOptions, []ui.Field, bool) {
	o := standing.ExpiringOptions{Days: standing.ExpiringDays, Purpose: q.Get("purpose"), Channel: q.Get("channel")}
	days := ui.Field{
		Name: "days", Kind: "number", Value: strconv.Itoa(o.Days), Label: ui.Say("foresee.days"), Required: true,
		Min: "1", Max: strconv.Itoa(standing.MostExpiringDays),
	}
	if given := q.Get("days"); given != "" {
		n, err := strconv.Atoi(given)
		if days.Value = given; err != nil || n < 1 || n > standing.MostExpiringDays {
			days.Error = ui.Say("foresee.days.wrong", standing.MostExpiringDays)
		}
		o.Days = n
	}
	purpose := ui.Field{Name: "purpose", Kind: "select", Value: o.Purpose, Label: ui.Say("console.figures.purpose"), Options: []ui.Option{{Text: ui.Say("foresee.every")}}}
	channel := ui.Field{Name: "channel", Kind: "select", Value: o.Channel, Label: ui.Say("console.figures.channel"), Options: []ui.Option{{Text: ui.Say("foresee.every")}}}
	known, used := false, map[string]bool{}
	for _, p := range v.Register.Purposes {
		known = known || p.ID == o.Purpose
		purpose.Options = append(purpose.Options, ui.Option{Value: p.ID, Text: ui.Verbatim(v.Purpose(p.ID))})
		for _, c := range p.Channels {
			used[c] = true
		}
	}
	for _, c := range lawful.Channels() {
		if used[c] {
			channel.Options = append(channel.Options, ui.Option{Value: c, Text: ui.Say("channel." + c)})
		}
	}
	if o.Purpose != "" && !known {
		purpose.Error = ui.Say("foresee.choose")
	}
	if o.Channel != "" && !slices.Contains(lawful.Channels(), o.Channel) {
		channel.Error = ui.Say("foresee.choose")
	}
	fields := []ui.Field{days, purpose, channel}
	return o, fields, len(ui.Wrong{Fields: fields}.Errors()) > 0
}
