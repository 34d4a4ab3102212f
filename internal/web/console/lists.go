// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
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
func (c *Console) lists(w http.ResponseWriter, r *http.Request) error {
	v, err := c.open(r)
	if err != nil {
		return err
	}
	return c.showLists(w, r, v, upload{}, "", ui.Text{})
}

// showLists draws the page, with what a form has wrong.
func (c *Console) showLists(w http.ResponseWriter, r *http.Request, v *visit, u upload, field string, wrong ui.Text) error {
	body := listsBody{Clear: v.clearForm(u, field, wrong), Import: v.importForm(u, field, wrong)}
	for _, l := range c.runs.of(v.actor) {
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
	f := uploadForm{Kind: runClear, Fields: []ui.Field{
		{Name: "use", Kind: "select", Label: ui.Say("console.lists.what"), Hint: ui.Say("console.lists.what.hint"), Required: true, Options: options},
		{Name: "list", Kind: "file", Label: ui.Say("console.lists.file"), Hint: ui.Say("console.lists.file.hint"), Required: true, Accept: listFiles},
	}}
	return f.with(runClear, u, field, wrong)
}

func (v *visit) importForm(u upload, field string, wrong ui.Text) uploadForm {
	options := []ui.Option{{Text: ui.Say("console.lists.choose")}}
	for _, s := range v.register.Sources {
		options = append(options, ui.Option{Value: s.ID, Text: ui.Say("console.lists.source.item", v.source(s.ID), ui.Say("console.source."+s.Kind))})
	}
	f := uploadForm{Kind: runImport, Fields: []ui.Field{
		{Name: "source", Kind: "select", Label: ui.Say("console.lists.source"), Hint: ui.Say("console.lists.source.hint"), Required: true, Options: options},
		{Name: "columns", Label: ui.Say("console.lists.columns"), Hint: ui.Say("console.lists.columns.hint"), Autocomplete: "off"},
		{Name: "export", Kind: "file", Label: ui.Say("console.lists.export"), Hint: ui.Say("console.lists.export.hint"), Required: true, Accept: listFiles},
	}}
	return f.with(runImport, u, field, wrong)
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

func (v *visit) runLine(l look) runLine {
	line := runLine{Href: "/lists/" + l.id, Kind: ui.Say("console.run." + l.kind), About: v.runAbout(l), Name: l.name, Began: l.began, Badge: runBadge(l)}
	if l.state == runDone && l.kind == runClear {
		line.Result = ui.Say("console.run.short", l.cleared.Permitted, v.locale.Number(l.cleared.Rows))
	}
	return line
}

func (v *visit) runAbout(l look) ui.Text {
	if l.kind == runImport {
		return ui.Verbatim(v.source(l.source))
	}
	return ui.Say("console.lists.use", v.purpose(l.purpose), channel(l.chann))
}

func runBadge(l look) ui.Badge {
	if l.state == runDone && l.kind == runImport && l.dry {
		return ui.Badge{Tone: ui.Due, Text: ui.Say("console.run.counted")}
	}
	tone := map[string]ui.Tone{runDone: ui.Yes, runFailed: ui.No, runCancelled: ui.Plain, runWorking: ui.Due}[l.state]
	return ui.Badge{Tone: tone, Text: ui.Say("console.run." + l.state)}
}

// upload is what a form sent: its fields, and the file kept away.
type upload struct {
	kind   string
	fields map[string]string
	name   string
	file   *vault
}

// upload takes a list in and sets a run to work on it.
func (c *Console) upload(w http.ResponseWriter, r *http.Request) error {
	v, err := c.open(r)
	if err != nil {
		return err
	}
	u, err := c.receive(r)
	if err != nil {
		return err
	}
	run, field, wrong := v.runOf(u)
	if field != "" {
		u.file.drop()
		return c.showLists(w, r, v, u, field, wrong)
	}
	run.began = v.now
	if err := c.runs.add(run); err != nil {
		u.file.drop()
		return err
	}
	c.start(run, v.actor, run.kind == runImport)
	http.Redirect(w, r, "/lists/"+run.id, http.StatusSeeOther)
	return nil
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
			u.file.drop()
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
	file, err := newVault(c.Dir)
	if err != nil {
		return err
	}
	u.file, u.name = file, filepath.Base(part.FileName())
	if _, err := io.Copy(file, part); err != nil {
		return err
	}
	return file.seal()
}

// runOf makes a run of what was sent, or says which field is wrong.
func (v *visit) runOf(u upload) (r *run, field string, wrong ui.Text) {
	r = &run{
		org: v.actor.Org, by: v.actor.By(), kind: u.kind, name: u.name, language: v.language, input: u.file,
		source: u.fields["source"], columns: u.fields["columns"], ext: "csv",
	}
	r.purpose, r.chann, _ = strings.Cut(u.fields["use"], " ")
	file := "list"
	if u.kind == runImport {
		file = "export"
		if _, ok := v.register.Source(r.source); !ok {
			return nil, "source", ui.Say("console.lists.source.missing")
		}
	} else {
		r.kind = runClear
		if p, ok := v.register.Purpose(r.purpose); !ok || !slices.Contains(p.Channels, r.chann) {
			return nil, "use", ui.Say("console.lists.use.missing")
		}
	}
	if u.file == nil || u.file.size == 0 {
		return nil, file, ui.Say(cmp.Or(map[bool]string{true: "console.lists.file.empty"}[u.file != nil], "console.lists.file.missing"))
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(u.file.reader(), head); err == nil && string(head) == "PK\x03\x04" {
		r.ext = "xlsx"
	}
	return r, "", ui.Text{}
}
