// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Progress tells how far a run is.
type Progress struct {
	Phase string `json:"phase"` // receiving, surveying, importing, clearing, exporting
	Rows  int64  `json:"rows"`
	Of    int64  `json:"of"` // rows in all, once it is known
	Bytes int64  `json:"bytes"`
}

// Import says what a file is.
type Import struct {
	Source   string
	Map      string // what the columns mean, where they are not recognised
	DryRun   bool
	Name     string // of the file: tells apart exports with the same columns
	Exported *time.Time
	Language string // of the words: it, en, fr, de or es
}

// Import takes a file in and tells how far it is.
func (c *Client) Import(ctx context.Context, o Import, file io.Reader, progress func(Progress)) (ImportResult, error) {
	q := query("source", o.Source, "map", o.Map, "name", o.Name, "exported", instant(o.Exported), "dry_run", flag(o.DryRun),
		"language", o.Language)
	return streamed[ImportResult](ctx, c, request{
		method: http.MethodPost, path: "/v1/imports", query: q, body: file, media: "application/octet-stream",
	}, "import", progress)
}

// Clear says what a list is to be used for.
type Clear struct {
	Purpose   string
	Channel   string
	At        *time.Time
	KnownAt   *time.Time
	ValidFor  time.Duration // 0: the server's default
	Column    string        // which identifies; "": found
	Source    string        // whose customer numbers the column holds
	Name      string        // of the file
	Content   string
	Operation string
	Data      []string // kinds of data; with an age: "purchases=18 months"
	Recipient string
	Language  string
}

// Outputs are where the parts of a list go. Each may be nil.
type Outputs struct {
	Permitted io.Writer
	Rejected  io.Writer
	Suppress  io.Writer
	Progress  func(Progress)
}

// named gives the output of a name; nil where it is none, or not asked for.
func (o Outputs) named(name string) io.Writer {
	switch name {
	case "permitted":
		return o.Permitted
	case "rejected":
		return o.Rejected
	case "suppress":
		return o.Suppress
	}
	return nil
}

// asked names the outputs asked for: what nobody takes is not sent.
func (o Outputs) asked() []string {
	asked := []string{"permitted"} // at least, for to ask for none is to ask for all
	for _, name := range []string{"rejected", "suppress"} {
		if o.named(name) != nil {
			asked = append(asked, name)
		}
	}
	return asked
}

// Cleared is what clearing a list came to.
type Cleared struct {
	ID         string           `json:"id"`
	Purpose    string           `json:"purpose"`
	Channel    string           `json:"channel"`
	Rows       int64            `json:"rows"`
	Permitted  int64            `json:"permitted"`
	Rejected   int64            `json:"rejected"`
	Suppressed int64            `json:"suppressed"`
	Reasons    map[string]int64 `json:"reasons"`
	Column     string           `json:"column"`
	Tool       string           `json:"tool,omitempty"`
	Unreadable []Place          `json:"unreadable,omitempty"`
	At         time.Time        `json:"at"`
	KnownAt    time.Time        `json:"known_at"`
	ValidUntil time.Time        `json:"valid_until"`
	Clearance  []byte           `json:"-"` // the signed file
}

// ClearList puts a list through the decision, row by row, as it is sent. Until
// it returns without an error the outputs are not to be used.
func (c *Client) ClearList(ctx context.Context, o Clear, file io.Reader, out Outputs) (Cleared, error) {
	q := query("purpose", o.Purpose, "channel", o.Channel, "at", instant(o.At), "known_at", instant(o.KnownAt), "valid", o.valid(),
		"column", o.Column, "source", o.Source, "name", o.Name, "content", o.Content, "operation", o.Operation,
		"data", strings.Join(o.Data, ","), "recipient", o.Recipient, "language", o.Language, "parts", strings.Join(out.asked(), ","))
	return c.parts(ctx, request{method: http.MethodPost, path: "/v1/lists", query: q, body: file, media: "application/octet-stream"}, out)
}

// valid is how long the clearance is to hold; "" is what the server has.
func (o Clear) valid() string {
	if o.ValidFor == 0 {
		return ""
	}
	return o.ValidFor.String()
}

// parts sends a request that is answered in parts.
func (c *Client) parts(ctx context.Context, r request, out Outputs) (Cleared, error) {
	resp, err := c.open(ctx, r)
	if err != nil {
		return Cleared{}, err
	}
	defer resp.Body.Close()
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return Cleared{}, errors.New("the server's answer has no parts")
	}
	return readParts(multipart.NewReader(resp.Body, params["boundary"]), out)
}

// readParts gives each piece to whom it is for.
func readParts(parts *multipart.Reader, out Outputs) (Cleared, error) {
	var cleared Cleared
	summed, piece := false, make([]byte, 256<<10)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) && summed && cleared.Clearance != nil {
			return cleared, nil
		}
		if err != nil {
			return Cleared{}, fmt.Errorf("the answer was cut off before its clearance: %w", err)
		}
		name := partName(part)
		switch name {
		case "permitted", "rejected", "suppress":
			err = pour(out.named(name), part, piece)
		case "progress":
			var p Progress
			if err = json.NewDecoder(part).Decode(&p); err == nil && out.Progress != nil {
				out.Progress(p)
			}
		case "summary":
			err = json.NewDecoder(part).Decode(&cleared)
			summed = true
		case "clearance":
			cleared.Clearance, err = io.ReadAll(io.LimitReader(part, maxAnswer))
		case "problem":
			p := &Problem{}
			if err = json.NewDecoder(part).Decode(p); err == nil {
				err = p
			}
		}
		if err != nil {
			return Cleared{}, err
		}
	}
}

// pour copies a part in pieces as large as the buffer: it comes in far smaller ones.
func pour(to io.Writer, part io.Reader, buffer []byte) error {
	if to == nil {
		to = io.Discard
	}
	for {
		n, end := 0, error(nil)
		for n < len(buffer) && end == nil {
			var more int
			more, end = part.Read(buffer[n:])
			n += more
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
		if errors.Is(end, io.EOF) {
			return nil
		}
		if end != nil {
			return end
		}
	}
}

func partName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["name"]
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return ""
}

// Checkpoint returns the signed head of the organisation's log.
func (c *Client) Checkpoint(ctx context.Context) (string, error) {
	raw, err := c.bytes(ctx, request{method: http.MethodGet, path: "/v1/ledger/checkpoint"})
	return string(raw), err
}

// Tile returns a tile of the log by its C2SP path below tile/: "0/x001/067",
// "entries/000.p/16".
func (c *Client) Tile(ctx context.Context, path string) ([]byte, error) {
	address, err := url.JoinPath("/v1/ledger/tile/", path)
	if err != nil {
		return nil, fmt.Errorf("name a tile: %w", err)
	}
	return c.bytes(ctx, request{method: http.MethodGet, path: address})
}

// ImportResult is what an import came to.
type ImportResult struct {
	ID        string   `json:"id,omitempty"` // none where nothing was stored
	Source    string   `json:"source"`
	Tool      string   `json:"tool"`
	Section   string   `json:"section,omitempty"`
	DryRun    bool     `json:"dry_run,omitempty"`
	Resumed   bool     `json:"resumed,omitempty"`
	Unchanged bool     `json:"unchanged,omitempty"` // nothing was stored: no row told anything new
	Sums      Sums     `json:"sums"`
	Bulk      []Bulk   `json:"bulk,omitempty"`
	Places    []Place  `json:"places,omitempty"` // what is wrong, the first 1000
	Problems  int64    `json:"problems"`         // how many places in all
	Entry     string   `json:"entry,omitempty"`
	SHA256    string   `json:"sha256,omitempty"` // of the salt and the file, base64
	Salt      string   `json:"salt,omitempty"`   // kept nowhere else: with it and the file one can show that this is the file
	Sentence  string   `json:"sentence"`         // the sums, in words
	Advice    []string `json:"advice,omitempty"` // what to do about each
}

// Sums count the rows of an import: each under one of the words from Yes to
// Erased, and once more as New or Existing.
type Sums struct {
	Rows          int64 `json:"rows"`
	Yes           int64 `json:"yes"`
	Weak          int64 `json:"weak"`
	Invalid       int64 `json:"invalid"`
	Unplaced      int64 `json:"unplaced"`
	No            int64 `json:"no"`
	Blocked       int64 `json:"blocked"`
	Undeliverable int64 `json:"undeliverable"`
	Contacts      int64 `json:"contacts"`
	Unreadable    int64 `json:"unreadable"`
	Erased        int64 `json:"erased"`
	New           int64 `json:"new"`
	Existing      int64 `json:"existing"`
}

// Bulk is a confirmation address on so many rows that it proves nothing.
type Bulk struct {
	Column string `json:"column"`
	IP     string `json:"ip"` // personal data if it is a person's
	Rows   int64  `json:"rows"`
}
