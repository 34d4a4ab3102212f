// SPDX-License-Identifier: Apache-2.0

// Package widget is Lecito on the organisation's own sites: the script
// (/widget.js) that shows the banner, keeps what waits for a yes from running and
// gives forms their notice and boxes; what it reads (/widget/ORGANISATION.json);
// and where a form goes that has no scripts (/widget/form).
//
// What it promises: before a choice the script stores nothing and lets nothing run
// that waits for one; refusing takes what accepting takes, and closing is
// refusing; the evidence is the text that was on the screen; a page is never kept
// from being sent; an answer leads nowhere but to a declared site or a page of ours.
//
// Where it is weak: who is asked is a browser, so a person with three of them is
// asked three times; what a tag has stored before a yes was withdrawn stays in the
// browser; a form that is left while there is no network loses its evidence, which
// the site's own server can send instead; the time before asking again is that of
// the organisation's country, wherever the reader is.
package widget

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
)

//go:embed widget.js
var script []byte

//go:embed pages
var pages embed.FS

// Parts are what the widget is made of.
type Parts struct {
	DB       *db.DB
	Register *register.Service
	Choices  *choice.Service
	UI       *ui.UI
}

// Widget answers to the script and to forms.
type Widget struct {
	Parts

	packed []byte // the script, compressed
	tag    string // of the script, for browsers that have it
}

// New returns the widget and adds its page to the UI.
func New(p Parts) (*Widget, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(script); err != nil {
		return nil, fmt.Errorf("compress the script: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress the script: %w", err)
	}
	return &Widget{p, packed.Bytes(), tagOf(script)}, p.UI.Add("widget.thanks", pages, "pages/thanks.tmpl")
}

// maxForm is more than any form of a site needs to send.
const maxForm = 64 << 10

// Routes are what sites and their forms ask for.
func (s *Widget) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /widget.js", Public: true, Quiet: true, Do: s.script},
		{Pattern: "GET /widget/{file}", Public: true, Quiet: true, Do: s.config},
		{Pattern: "POST /widget/form", Scopes: []string{access.ScopeCollect}, Body: maxForm, Do: s.form},
	}
}

// script gives the script, small where the browser can unpack it.
func (s *Widget) script(w http.ResponseWriter, r *http.Request) error {
	h := open(w, "max-age=3600, stale-while-revalidate=86400")
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	body, tag := script, s.tag
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body, tag = s.packed, strings.TrimSuffix(s.tag, `"`)+`-gz"`
	}
	h.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// open lets pages of other sites have the answer, and browsers keep it a while:
// it is the same for everybody.
func open(w http.ResponseWriter, keep string) http.Header {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "public, "+keep)
	return h
}

func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}
