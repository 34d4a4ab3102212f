// SPDX-License-Identifier: Apache-2.0

// Package verify is the page that says what a certificate, a receipt or a
// clearance proves (/verify). Anybody may ask: whoever holds a proof can check it.
//
// What it promises: what is sent is read, answered and kept nowhere; the answer
// is the one that lecito verify gives offline.
//
// Where it is weak: who verifies here trusts this server; the command line and
// docs/verify-by-hand.md need no trust.
package verify

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
)

//go:embed pages
var pages embed.FS

// Page answers under /verify.
type Page struct{ ui *ui.UI }

// New returns the page and adds it to the UI.
func New(u *ui.UI) (*Page, error) {
	return &Page{u}, u.Add("verify", pages, "pages/*.tmpl")
}

// Bounds of what is sent: larger files are for the command line.
const (
	maxProof = 8 << 20
	maxSent  = 96 << 20
)

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
	Verdict *verdict
}

// verdict is a verdict in words.
type verdict struct {
	Badge    ui.Badge
	Head     []string
	Sections []section
	List     ui.Text
}

// section is one part of a verdict: what is proved, attested, stated or wrong.
type section struct {
	Title string
	Lines []string
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
	p.ui.Render(w, r, status, "verify", ui.Page{
		Title: ui.Say("verify.page"), Lead: ui.Say("verify.lead"), Site: "Lecito", Home: "/", Body: b,
	})
}

// sentProof is what was sent to be verified. The list is read while it comes,
// so it stands last.
type sentProof struct {
	file []byte
	key  string
	list io.Reader
}

// answer says what a file proves. Nothing of it is kept.
func (p *Page) answer(w http.ResponseWriter, r *http.Request) error {
	sent, field, err := readProof(r)
	if err != nil {
		return err
	}
	var keys []string
	if field == "" && strings.TrimSpace(sent.key) != "" {
		if keys, err = evidence.ParseKeys([]byte(sent.key)); err != nil {
			field = "key"
		}
	}
	if field != "" {
		fields := fields(sent.key, map[string]ui.Text{field: ui.Say("verify.wrong." + field)})
		p.show(w, r, http.StatusBadRequest, body{Fields: fields, Wrong: ui.Wrong{Fields: fields}})
		return nil
	}
	found, err := evidence.Verify(sent.file, evidence.Options{Keys: keys, List: sent.list})
	if err != nil {
		return fmt.Errorf("verify what was sent: %w", err)
	}
	p.show(w, r, http.StatusOK, body{Fields: fields(sent.key, nil), Verdict: inWords(found, ui.Language(r, ""))})
	return nil
}

// readProof reads the form up to the list; field is what is missing or too large.
func readProof(r *http.Request) (s sentProof, field string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return s, "", problem.New(problem.Invalid, "bad_form", "The form can't be read. Open the page again and send it once more.").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, "", fmt.Errorf("receive a proof: %w", err)
		}
		switch part.FormName() {
		case "file":
			if s.file, err = io.ReadAll(io.LimitReader(part, maxProof+1)); err != nil {
				return s, "", fmt.Errorf("receive a proof: %w", err)
			}
		case "key":
			raw, err := io.ReadAll(io.LimitReader(part, 16<<10))
			if err != nil {
				return s, "", fmt.Errorf("receive a proof: %w", err)
			}
			s.key = string(raw)
		case "list":
			if part.FileName() != "" {
				s.list = part
				return s, missing(s), nil
			}
		}
	}
	return s, missing(s), nil
}

func missing(s sentProof) string {
	if len(s.file) == 0 || len(s.file) > maxProof {
		return "file"
	}
	return ""
}

// inWords puts a verdict into sections, from the text that the command line writes too.
func inWords(v evidence.Verdict, language string) *verdict {
	var text bytes.Buffer
	if err := v.Text(&text, language); err != nil {
		panic(err) // a buffer takes everything
	}
	b := &verdict{Badge: ui.Badge{Tone: ui.No, Text: ui.Say("verify.bad")}}
	switch {
	case v.OK() && v.KeyPinned:
		b.Badge = ui.Badge{Tone: ui.Yes, Text: ui.Say("verify.good")}
	case v.OK():
		b.Badge = ui.Badge{Tone: ui.Due, Text: ui.Say("verify.unpinned")}
	}
	for i, block := range strings.Split(strings.TrimSpace(text.String()), "\n\n") {
		lines := strings.Split(block, "\n")
		if i == 0 {
			b.Head = lines
			continue
		}
		s := section{Title: strings.TrimSuffix(strings.TrimSpace(lines[0]), ":")}
		for _, l := range lines[1:] {
			s.Lines = append(s.Lines, strings.TrimPrefix(l, "- "))
		}
		b.Sections = append(b.Sections, s)
	}
	if v.List != "" {
		b.List = ui.Say("verify.list." + v.List)
	}
	return b
}
