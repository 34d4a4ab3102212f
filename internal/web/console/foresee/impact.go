// SPDX-License-Identifier: Apache-2.0

package foresee

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
)

// impactBody asks for a file.
type impactBody struct {
	Wrong  ui.Wrong
	Fields []ui.Field
	Places []problem.Place // of the file, where it is wrong
}

// foretold is what a file would change, and what that would mean.
type foretold struct {
	changes register.Changes
	impact  standing.Impact
}

// Ask shows where to put a file.
func (p *Pages) Ask(w http.ResponseWriter, r *http.Request, v Visit) error {
	return p.showAsk(w, r, v, "", nil)
}

func (p *Pages) showAsk(w http.ResponseWriter, r *http.Request, v Visit, text string, wrong error) error {
	file := ui.Field{
		Name: "file", Kind: "file", Label: ui.Say("foresee.file"), Hint: ui.Say("foresee.file.hint"), Accept: ".yaml,.yml,text/yaml,application/yaml",
	}
	paste := ui.Field{Name: "text", Kind: "textarea", Label: ui.Say("foresee.text"), Hint: ui.Say("foresee.text.hint"), Value: text}
	body, status := impactBody{}, http.StatusOK
	if wrong != nil {
		status = http.StatusBadRequest
		file.Error, _ = v.Trouble(wrong)
		if errors.Is(wrong, errNoFile) {
			file.Error = ui.Say("foresee.file.missing")
		}
		if known := problem.As(wrong); known != nil {
			file.Error, body.Places = ui.Say("foresee.file.wrong"), known.Places
		}
	}
	body.Fields = []ui.Field{file, paste}
	body.Wrong = ui.Wrong{Fields: body.Fields}
	page := v.Frame(ui.Say("foresee.impact"), body)
	page.Lead = ui.Say("foresee.impact.lead")
	p.UI.Render(w, r, status, "console.impact", page)
	return nil
}

var errNoFile = errors.New("no file was sent")

// Begin takes a file and sets to work on what it would mean.
func (p *Pages) Begin(w http.ResponseWriter, r *http.Request, v Visit) error {
	text, name, err := received(r)
	if err != nil {
		return err
	}
	if len(strings.TrimSpace(text)) == 0 {
		return p.showAsk(w, r, v, "", errNoFile)
	}
	doc, err := register.Parse([]byte(text), name)
	var changes register.Changes
	if err == nil {
		changes, err = p.Register.Apply(r.Context(), v.Actor.By(), v.Actor.Org, doc, true)
	}
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.TooLarge) {
		return p.showAsk(w, r, v, text, err)
	}
	if err != nil {
		return err
	}
	one, err := p.runs.begin(v.Actor, question{
		name: name, page: func(id string) string { return "/impact/" + id },
		do: func(ctx context.Context, tell func(standing.Walked)) (any, error) {
			impact, err := p.Standing.Impact(ctx, v.Actor, p.preview(v.Actor.Org, doc), tell)
			return foretold{changes, impact}, p.logged(ctx, err)
		},
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, one.page, http.StatusSeeOther)
	return nil
}

// logged puts what is our own fault in the log.
func (p *Pages) logged(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && problem.As(err) == nil {
		p.Log.Error("look ahead", "error", err)
	}
	return err
}

// received reads the form: a file, or else a text.
func received(r *http.Request) (text, name string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", "", problem.New(problem.Invalid, "bad_form", "The form can't be read. Open the page again and send it once more.").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return text, name, nil
		}
		if err != nil {
			return "", "", err
		}
		raw, err := io.ReadAll(io.LimitReader(part, register.MaxSize+1))
		if err != nil {
			return "", "", err
		}
		switch {
		case len(raw) == 0:
		case part.FormName() == "file":
			text, name = string(raw), filepath.Base(part.FileName())
		case part.FormName() == "text" && text == "":
			text = string(raw)
		}
	}
}

// foreseenBody is a question under way, or its answer.
type foreseenBody struct {
	Name     string
	Progress *ui.Progress
	Failed   *failure
	Stopped  bool
	Changes  string // in the words of the command line
	Answer   *impactAnswer
}

// failure is why there is no answer, in the reader's words and in the program's.
type failure struct {
	Text   ui.Text
	Detail string
}

// See shows a question about a file, or its answer.
func (p *Pages) See(w http.ResponseWriter, r *http.Request, v Visit) error {
	one, err := p.runs.find(v.Actor, r.PathValue("run"))
	if err != nil {
		return err
	}
	l := one.look()
	body := foreseenBody{Name: one.name, Stopped: l.state == cancelled}
	switch l.state {
	case working:
		body.Progress = progress(l, one.page, one.page)
	case failed:
		text, detail := v.Trouble(l.err)
		body.Failed = &failure{text, detail}
	}
	page := v.Frame(ui.Say("foresee.impact"), &body)
	if told, ok := l.answer.(foretold); ok && l.state == done {
		var readable strings.Builder
		if err := told.changes.Text(&readable); err != nil {
			return err
		}
		body.Changes, body.Answer, page.Wide = readable.String(), v.impactAnswer(told.impact), true
	}
	p.UI.Render(w, r, http.StatusOK, "console.foreseen", page)
	return nil
}
