// SPDX-License-Identifier: Apache-2.0

package console

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web/console/run"
	"github.com/lecito/lecito/internal/web/ui"
)

// listsBody asks for a list, to clear or to import, and names the runs there are.
type listsBody struct {
	Clear  uploadForm
	Import uploadForm
	Runs   []runLine
}

// uploadForm sends a list. Its fields stand before the file, which comes last.
type uploadForm struct {
	Kind   string
	Wrong  ui.Wrong
	Fields []ui.Field
}

// runLine is a run as a list names it.
type runLine struct {
	Href   string
	Kind   ui.Text
	About  ui.Text
	Name   string
	Badge  ui.Badge
	Began  time.Time
	Result ui.Text
}

// lists shows what can be done with a list.
func (c *Console) lists(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showLists(w, r, v, upload{}, "", ui.Text{})
}

// showLists draws the page, with what a form has wrong.
func (c *Console) showLists(w http.ResponseWriter, r *http.Request, v *visit, u upload, field string, wrong ui.Text) error {
	body := listsBody{Clear: v.clearForm(u, field, wrong), Import: v.importForm(u, field, wrong)}
	for _, l := range c.runs.Of(v.actor) {
		body.Runs = append(body.Runs, v.runLine(l))
	}
	status := http.StatusOK
	if field != "" {
		status = http.StatusBadRequest
	}
	p := v.page(ui.Say("console.lists"), body)
	p.Lead, p.Wide = ui.Say("console.lists.lead"), true
	c.UI.Render(w, r, status, "console.lists", p)
	return nil
}

const listFiles = ".csv,.tsv,.txt,.xlsx,text/csv"

func (v *visit) clearForm(u upload, field string, wrong ui.Text) uploadForm {
	options := []ui.Option{{Text: ui.Say("console.lists.choose")}}
	for _, p := range v.register.Purposes {
		for _, ch := range p.Channels {
			options = append(options, ui.Option{Value: p.ID + " " + ch, Text: ui.Say("console.lists.use", v.purpose(p.ID), channel(ch))})
		}
	}
	f := uploadForm{Kind: run.Clear, Fields: []ui.Field{
		{Name: "use", Kind: "select", Label: ui.Say("console.lists.what"), Hint: ui.Say("console.lists.what.hint"), Required: true, Options: options},
		{Name: "list", Kind: "file", Label: ui.Say("console.lists.file"), Hint: ui.Say("console.lists.file.hint"), Required: true, Accept: listFiles},
	}}
	return f.with(run.Clear, u, field, wrong)
}

func (v *visit) importForm(u upload, field string, wrong ui.Text) uploadForm {
	options := []ui.Option{{Text: ui.Say("console.lists.choose")}}
	for _, s := range v.register.Sources {
		options = append(options, ui.Option{Value: s.ID, Text: ui.Say("console.lists.source.item", v.source(s.ID), ui.Say("console.source."+s.Kind))})
	}
	f := uploadForm{Kind: run.Import, Fields: []ui.Field{
		{Name: "source", Kind: "select", Label: ui.Say("console.lists.source"), Hint: ui.Say("console.lists.source.hint"), Required: true, Options: options},
		{Name: "columns", Label: ui.Say("console.lists.columns"), Hint: ui.Say("console.lists.columns.hint"), Autocomplete: "off"},
		{Name: "export", Kind: "file", Label: ui.Say("console.lists.export"), Hint: ui.Say("console.lists.export.hint"), Required: true, Accept: listFiles},
	}}
	return f.with(run.Import, u, field, wrong)
}

// with puts in what was sent, and what is wrong with it.
func (f uploadForm) with(kind string, u upload, field string, wrong ui.Text) uploadForm {
	if u.kind != kind {
		return f
	}
	for i, have := range f.Fields {
		f.Fields[i].Value = u.fields[have.Name]
		if have.Name == field {
			f.Fields[i].Error = wrong
		}
	}
	f.Wrong = ui.Wrong{Fields: f.Fields}
	return f
}

func (v *visit) runLine(l run.Look) runLine {
	line := runLine{Href: "/lists/" + l.ID, Kind: ui.Say("console.run." + l.Kind), About: v.runAbout(l), Name: l.Name, Began: l.Began, Badge: runBadge(l)}
	if l.State == run.Done && l.Kind == run.Clear {
		line.Result = ui.Say("console.run.short", l.Cleared.Permitted, v.locale.Number(l.Cleared.Rows))
	}
	return line
}

func (v *visit) runAbout(l run.Look) ui.Text {
	if l.Kind == run.Import {
		return ui.Verbatim(v.source(l.Source))
	}
	return ui.Say("console.lists.use", v.purpose(l.Purpose), channel(l.Channel))
}

func runBadge(l run.Look) ui.Badge {
	if l.State == run.Done && l.Kind == run.Import && l.Dry {
		return ui.Badge{Tone: ui.Due, Text: ui.Say("console.run.counted")}
	}
	tone := map[string]ui.Tone{run.Done: ui.Yes, run.Failed: ui.No, run.Cancelled: ui.Plain, run.Working: ui.Due}[l.State]
	return ui.Badge{Tone: tone, Text: ui.Say("console.run." + l.State)}
}

// upload is what a form sent: its fields, and the file kept away.
type upload struct {
	kind   string
	fields map[string]string
	name   string
	file   *run.Vault
}

// upload takes a list in and sets a run to work on it.
func (c *Console) upload(w http.ResponseWriter, r *http.Request, v *visit) error {
	u, err := c.receive(r)
	if err != nil {
		return err
	}
	job, field, wrong := v.jobOf(u)
	if field != "" {
		u.file.Drop()
		return c.showLists(w, r, v, u, field, wrong)
	}
	begun, err := c.runs.Begin(v.actor, job)
	if err != nil {
		u.file.Drop()
		return err
	}
	return toRun(w, r, begun)
}

// receive reads the form; the file goes straight into a vault.
func (c *Console) receive(r *http.Request) (upload, error) {
	u := upload{fields: map[string]string{}}
	parts, err := r.MultipartReader()
	if err != nil {
		return u, problem.New(problem.Invalid, "bad_form", "The form can't be read. Open the page again and send it once more.").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = c.part(&u, part)
		}
		if err != nil {
			u.file.Drop()
			return u, received(err)
		}
	}
	u.kind = u.fields["kind"]
	return u, nil
}

func received(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.Newf(problem.TooLarge, "file_too_large", "The file is larger than %d MB. Cut it into parts.", tooLarge.Limit>>20)
	}
	return fmt.Errorf("receive a list: %w", err)
}

func (c *Console) part(u *upload, part *multipart.Part) error {
	if part.FileName() == "" && part.FormName() != "list" && part.FormName() != "export" {
		value, err := io.ReadAll(io.LimitReader(part, 2000))
		u.fields[part.FormName()] = strings.TrimSpace(string(value))
		return err
	}
	if u.file != nil || part.FileName() == "" {
		return nil
	}
	file, err := c.runs.Receive()
	if err != nil {
		return err
	}
	u.file, u.name = file, filepath.Base(part.FileName())
	if _, err := io.Copy(file, part); err != nil {
		return err
	}
	return file.Seal()
}

// jobOf makes a job of what was sent, or says which field is wrong.
func (v *visit) jobOf(u upload) (j run.Job, field string, wrong ui.Text) {
	j = run.Job{Kind: run.Clear, Name: u.name, Language: v.language, Input: u.file, Source: u.fields["source"], Columns: u.fields["columns"], Ext: "csv"}
	j.Purpose, j.Channel, _ = strings.Cut(u.fields["use"], " ")
	file := "list"
	if u.kind == run.Import {
		j.Kind, file = run.Import, "export"
		if _, ok := v.register.Source(j.Source); !ok {
			return j, "source", ui.Say("console.lists.source.missing")
		}
	} else if p, ok := v.register.Purpose(j.Purpose); !ok || !slices.Contains(p.Channels, j.Channel) {
		return j, "use", ui.Say("console.lists.use.missing")
	}
	switch {
	case u.file == nil:
		return j, file, ui.Say("console.lists.file.missing")
	case u.file.Size == 0:
		return j, file, ui.Say("console.lists.file.empty")
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(u.file.Reader(), head); err == nil && string(head) == "PK\x03\x04" {
		j.Ext = "xlsx"
	}
	return j, "", ui.Text{}
}
