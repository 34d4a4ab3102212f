// SPDX-License-Identifier: Apache-2.0

// Package verify is the page that says what a certificate, a receipt or a
// clearance proves (/verify). Anybody may ask: whoever holds a proof can check it.
//
// What it promises: the file is read in the reader's own browser, by package
// evidence as WebAssembly, and is not uploaded; where that can't run, what is
// sent is read, answered and kept nowhere. The answer is the one that lecito
// verify gives offline.
//
// Where it is weak: who verifies here trusts this server for the module; the
// command line and docs/verify-by-hand.md need no trust. The module is kept here
// as it was built, because a server has no compiler: a test fails when it is not
// of these sources, and builds it anew when it is run with -update.
package verify

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/verify/verdict"
)

//go:embed pages
var pages embed.FS

// Page answers under /verify.
type Page struct{ ui *ui.UI }

// New returns the page and adds it to the UI.
func New(u *ui.UI) (*Page, error) {
	return &Page{u}, u.Add("verify", pages, "pages/*")
}

// maxSent bounds what is sent: a larger list is for the command line.
const maxSent = 96 << 20

// Routes are the addresses, for the server's one table.
func (p *Page) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /verify", Public: true, Do: safe(p.ask)},
		{Pattern: "POST /verify", Public: true, Body: maxSent, Stream: true, Do: safe(p.answer)},
	}
}

// safe puts the headers of a page around what answers with one.
func safe(do func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ui.SetHeaders(w)
		return do(w, r)
	}
}

// body asks for a file, and says what verifying it showed.
type body struct {
	Wrong   ui.Wrong
	Fields  []ui.Field
	Verdict *told
	Badges  []ui.Badge // for the page to choose from
	Lists   []string   // what a list can be to a clearance
}

// told is a verdict in words.
type told struct {
	verdict.Verdict

	Badge ui.Badge
	List  ui.Text
}

func fields(key string, wrong map[string]ui.Text) []ui.Field {
	return []ui.Field{
		{Name: "file", Kind: "file", Label: ui.Say("verify.file"), Hint: ui.Say("verify.file.hint"), Required: true, Accept: ".json,application/json", Error: wrong["file"]},
		{Name: "key", Kind: "textarea", Label: ui.Say("verify.key"), Hint: ui.Say("verify.key.hint"), Value: key, Error: wrong["key"]},
		{Name: "list", Kind: "file", Label: ui.Say("verify.list"), Hint: ui.Say("verify.list.hint"), Error: wrong["list"]},
	}
}

// ask asks for a file.
func (p *Page) ask(w http.ResponseWriter, r *http.Request) error {
	p.show(w, r, http.StatusOK, body{Fields: fields("", nil)})
	return nil
}

func (p *Page) show(w http.ResponseWriter, r *http.Request, status int, b body) {
	b.Badges, b.Lists = badges(), []string{"input", "output", "both", "neither"}
	h := w.Header() // WebAssembly is a script of ours: 'self' does not allow it by itself
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", 1))
	p.ui.Render(w, r, status, "verify", ui.Page{
		Title: ui.Say("verify.page"), Lead: ui.Say("verify.lead"), Site: "Lecito", Home: "/", Body: b,
	})
}

// answer says what a file proves. Nothing of it is kept.
func (p *Page) answer(w http.ResponseWriter, r *http.Request) error {
	asked, err := readProof(r)
	if err != nil {
		return err
	}
	asked.Language = ui.Language(r, "")
	found, err := verdict.Of(asked)
	if err != nil {
		return err
	}
	if found.Wrong != "" {
		fields := fields(asked.Keys, map[string]ui.Text{found.Wrong: ui.Say("verify.wrong." + found.Wrong)})
		p.show(w, r, http.StatusBadRequest, body{Fields: fields, Wrong: ui.Wrong{Fields: fields}})
		return nil
	}
	p.show(w, r, http.StatusOK, body{Fields: fields(asked.Keys, nil), Verdict: inWords(found)})
	return nil
}

// readProof reads the form up to the list, which is read while it comes, so it
// stands last.
func readProof(r *http.Request) (a verdict.Asked, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return a, problem.New(problem.Invalid, "bad_form", "The form can't be read. Open the page again and send it once more.").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err != nil {
			return a, fmt.Errorf("receive a proof: %w", err)
		}
		switch part.FormName() {
		case "file":
			if a.File, err = io.ReadAll(io.LimitReader(part, verdict.MaxFile+1)); err != nil {
				return a, fmt.Errorf("receive a proof: %w", err)
			}
		case "key":
			raw, err := io.ReadAll(io.LimitReader(part, 16<<10))
			if err != nil {
				return a, fmt.Errorf("receive a proof: %w", err)
			}
			a.Keys = string(raw)
		case "list":
			if part.FileName() != "" {
				a.List = part
				return a, nil
			}
		}
	}
}

// inWords puts a verdict into the page.
func inWords(v verdict.Verdict) *told {
	t := &told{Verdict: v, Badge: badges()[2]}
	switch {
	case v.Pinned:
		t.Badge = badges()[0]
	case v.Intact:
		t.Badge = badges()[1]
	}
	if v.List != "" {
		t.List = ui.Say("verify.list." + v.List)
	}
	return t
}

// badges are what a verdict can come to.
func badges() []ui.Badge {
	return []ui.Badge{
		{Tone: ui.Yes, Text: ui.Say("verify.good")},
		{Tone: ui.Due, Text: ui.Say("verify.unpinned")},
		{Tone: ui.No, Text: ui.Say("verify.bad")},
	}
}
