// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
)

// verifyBody asks for a file, and says what verifying it showed.
type verifyBody struct {
	Wrong   ui.Wrong
	Fields  []ui.Field
	Verdict *verdictBody
}

// verdictBody is a verdict in words.
type verdictBody struct {
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

// maxProof is how large a file with a proof may be here; larger ones are for
// the command line.
const maxProof = 8 << 20

func verifyFields(key string, wrong map[string]ui.Text) []ui.Field {
	return []ui.Field{
		{Name: "file", Kind: "file", Label: ui.Say("console.verify.file"), Hint: ui.Say("console.verify.file.hint"), Required: true, Accept: ".json,application/json", Error: wrong["file"]},
		{Name: "key", Kind: "textarea", Label: ui.Say("console.verify.key"), Hint: ui.Say("console.verify.key.hint"), Value: key, Error: wrong["key"]},
		{Name: "list", Kind: "file", Label: ui.Say("console.verify.list"), Hint: ui.Say("console.verify.list.hint"), Error: wrong["list"]},
	}
}

// askVerify asks for a file. Anybody may: whoever holds a proof can check it.
func (c *Console) askVerify(w http.ResponseWriter, r *http.Request) error {
	return c.showVerify(w, r, http.StatusOK, verifyBody{Fields: verifyFields("", nil)})
}

func (c *Console) showVerify(w http.ResponseWriter, r *http.Request, status int, body verifyBody) error {
	p := ui.Page{Site: "Lecito", Home: "/"}
	if actor := web.Actor(r.Context()); actor.Org != "" {
		v, err := c.open(r)
		if err != nil {
			return err
		}
		p = v.page(ui.Text{}, nil)
	}
	p.Title, p.Lead, p.Body = ui.Say("console.verify"), ui.Say("console.verify.lead"), body
	c.UI.Render(w, r, status, "console.verify", p)
	return nil
}

// sentProof is what was sent to be verified. The list is read while it comes,
// so it stands last.
type sentProof struct {
	file []byte
	key  string
	list io.Reader
}

// verify says what a file proves. Nothing of it is kept.
func (c *Console) verify(w http.ResponseWriter, r *http.Request) error {
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
		fields := verifyFields(sent.key, map[string]ui.Text{field: ui.Say("console.verify.wrong." + field)})
		return c.showVerify(w, r, http.StatusBadRequest, verifyBody{Fields: fields, Wrong: ui.Wrong{Fields: fields}})
	}
	verdict, err := evidence.Verify(sent.file, evidence.Options{Keys: keys, List: sent.list})
	if err != nil {
		return received(err)
	}
	return c.showVerify(w, r, http.StatusOK, verifyBody{
		Fields: verifyFields(sent.key, nil), Verdict: inWords(verdict, ui.Language(r, "")),
	})
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
			return s, "", received(err)
		}
		switch part.FormName() {
		case "file":
			if s.file, err = io.ReadAll(io.LimitReader(part, maxProof+1)); err != nil {
				return s, "", received(err)
			}
		case "key":
			raw, err := io.ReadAll(io.LimitReader(part, 16<<10))
			if err != nil {
				return s, "", received(err)
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
func inWords(v evidence.Verdict, language string) *verdictBody {
	var text bytes.Buffer
	if err := v.Text(&text, language); err != nil {
		panic(err) // a buffer takes everything
	}
	b := &verdictBody{Badge: ui.Badge{Tone: ui.No, Text: ui.Say("console.verify.bad")}}
	switch {
	case v.OK() && v.KeyPinned:
		b.Badge = ui.Badge{Tone: ui.Yes, Text: ui.Say("console.verify.good")}
	case v.OK():
		b.Badge = ui.Badge{Tone: ui.Due, Text: ui.Say("console.verify.unpinned")}
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
		b.List = ui.Say("console.verify.list." + v.List)
	}
	return b
}
