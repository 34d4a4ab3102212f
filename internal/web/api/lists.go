// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"

	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web"
)

// importLine is one line of the answer to an import.
type importLine struct {
	Progress *lists.Progress `json:"progress,omitempty"`
	Result   *importResult   `json:"result,omitempty"`
	Problem  *web.Failure    `json:"problem,omitempty"`
}

// importResult is the result with the sums in words.
type importResult struct {
	lists.ImportResult
	Sentence string   `json:"sentence"`
	Advice   []string `json:"advice,omitempty"`
}

// importList takes a list in and tells how far it is. What goes wrong after
// the first line is told in the last.
func (a *API) importList(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "source", "map", "dry_run", "name", "exported", "language")
	o := lists.ImportOptions{
		Source: q.text("source"), Map: q.text("map"), DryRun: q.flag("dry_run"), Name: q.text("name"), Exported: q.time("exported"),
	}
	if err := q.problem(); err != nil {
		return err
	}
	out := &lineWriter{w: w}
	result, err := a.Lists.Import(r.Context(), web.Actor(r.Context()), o, r.Body, func(p lists.Progress) { out.say(importLine{Progress: &p}) })
	lang := cmp.Or(q.text("language"), language(r))
	return out.end(r, err, importLine{Result: &importResult{result, result.Sums.Sentence(lang), result.Sums.Advice(lang)}})
}

// lineWriter writes an answer line by line, each as soon as it is known.
type lineWriter struct {
	w     http.ResponseWriter
	begun bool
}

func (l *lineWriter) say(line any) {
	if !l.begun {
		l.w.Header().Set("Content-Type", ndjson)
		l.begun = true
	}
	raw, err := json.Marshal(line)
	if err != nil {
		panic(err) // plain structs
	}
	_, _ = l.w.Write(append(raw, '\n')) // who has gone learns of it by the import's being there
	_ = http.NewResponseController(l.w).Flush()
}

// end writes the last line: the result or, once something was said, what went
// wrong. What goes wrong before that is the whole answer.
func (l *lineWriter) end(r *http.Request, err error, result any) error {
	if err != nil && !l.begun {
		return err
	}
	if err != nil {
		l.say(struct {
			Problem web.Failure `json:"problem"`
		}{web.Explain(r.Context(), err)})
		return nil
	}
	l.say(result)
	return nil
}

// The outputs of a list, as their parts are named.
const (
	outPermitted = "permitted"
	outRejected  = "rejected"
	outSuppress  = "suppress"
)

// clearList clears a list: what may be used, and the rest, as it is decided.
func (a *API) clearList(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "purpose", "channel", "at", "known_at", "valid", "column", "source", "name", "content", "operation", "data", "recipient", "language", "parts")
	o := lists.ClearOptions{
		Purpose: q.text("purpose"), Channel: q.text("channel"), At: q.time("at"), KnownAt: q.time("known_at"),
		ValidFor: q.duration("valid"), Column: q.text("column"), Source: q.text("source"), Name: q.text("name"),
		Content: q.text("content"), Operation: q.text("operation"), Data: standing.ParseUsed(q.words("data")), Recipient: q.text("recipient"),
		Language: q.text("language"), Size: max(0, r.ContentLength),
	}
	p := &parts{w: w}
	out := p.outputsFor(q)
	if err := q.problem(); err != nil {
		return err
	}
	out.Progress = func(progress lists.Progress) { p.json("progress", progress) }
	result, err := a.Lists.Clear(r.Context(), web.Actor(r.Context()), o, r.Body, out)
	return p.end(r, result, err)
}

// parts writes named outputs into one answer, piece after piece. Pieces gather
// until they are worth a header; progress sends what has gathered.
type parts struct {
	w       http.ResponseWriter
	mime    *multipart.Writer // nil until the first piece goes out
	outputs []*output
	err     error
}

// output is one of the outputs.
type output struct {
	parts *parts
	name  string
	held  bytes.Buffer
}

const pieceSize = 256 << 10

// outputsFor are the outputs asked for: all, where nothing is said.
func (p *parts) outputsFor(q *query) (out lists.Outputs) {
	names := q.words("parts")
	if len(names) == 0 {
		names = []string{outPermitted, outRejected, outSuppress}
	}
	for _, name := range names {
		switch name {
		case outPermitted:
			out.Permitted = p.named(name)
		case outRejected:
			out.Rejected = p.named(name)
		case outSuppress:
			out.Suppress = p.named(name)
		default:
			q.wrong("parts", "names permitted, rejected and suppress, and nothing else")
		}
	}
	return out
}

func (p *parts) named(name string) io.Writer {
	o := &output{parts: p, name: name}
	p.outputs = append(p.outputs, o)
	return o
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.held.Write(b)
	if o.held.Len() >= pieceSize {
		o.send()
	}
	return len(b), o.parts.err
}

func (o *output) send() {
	if o.held.Len() > 0 {
		o.parts.put(o.name, o.held.Bytes())
		o.held.Reset()
	}
}

func (p *parts) json(name string, v any) {
	for _, o := range p.outputs {
		o.send()
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs
	}
	p.put(name, raw)
	if p.err == nil {
		_ = http.NewResponseController(p.w).Flush()
	}
}

func (p *parts) put(name string, piece []byte) {
	if p.err != nil {
		return
	}
	if p.mime == nil {
		p.mime = multipart.NewWriter(p.w)
		// Readers look for a boundary of 60 characters with its four before it far more slowly than for a shorter one.
		if p.err = p.mime.SetBoundary(p.mime.Boundary()[:40]); p.err != nil {
			return
		}
		p.w.Header().Set("Content-Type", "multipart/mixed; boundary="+p.mime.Boundary())
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf("attachment; name=%q", name))
	part, err := p.mime.CreatePart(header)
	if err == nil {
		_, err = part.Write(piece)
	}
	p.err = err
}

// end writes the last parts: the result or, once something was said, what went
// wrong. What goes wrong before that is the whole answer.
func (p *parts) end(r *http.Request, result lists.ClearResult, err error) error {
	if err != nil && p.mime == nil {
		return err
	}
	if err != nil {
		p.json("problem", web.Explain(r.Context(), err))
	} else {
		p.json("summary", result)
		p.put("clearance", result.Clearance)
	}
	if p.err != nil {
		return p.err
	}
	return p.mime.Close()
}
