// SPDX-License-Identifier: Apache-2.0

// Package client talks to a Lecito server: may we use this person's data, for
// this purpose, on this channel; here is what they decided; here is a list, give
// back the part of it we may use. The command line is made of it.
//
// What it promises: every error a caller can act on is a *Problem; a list or a
// batch is streamed both ways and never held whole.
//
// Where it is weak: it does not try again by itself. A record sent with an
// idempotency key can be sent again without harm, and the caller decides when.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Options say which server to talk to, and as whom.
type Options struct {
	Server       string       // as https://lecito.example
	APIKey       string       // empty on a connection that stands for itself, as a data folder's socket
	Organisation string       // where the caller can act for several
	HTTPClient   *http.Client // nil: one without a limit of time
}

// Client talks to one server. It is safe for concurrent use.
type Client struct {
	base    string
	options Options
}

// New returns a client.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.Server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the server is an address, as https://lecito.example")
	}
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{} // no limit of time: a list takes as long as it takes
	}
	return &Client{base: strings.TrimSuffix(o.Server, "/"), options: o}, nil
}

// Problem is what went wrong, as problem details of RFC 9457.
type Problem struct {
	Status   int     `json:"status"`
	Title    string  `json:"title"`
	Code     string  `json:"code"`   // stable, for programs
	Detail   string  `json:"detail"` // a sentence, for people
	Places   []Place `json:"places,omitempty"`
	Instance string  `json:"instance"` // the reference under which the server's log knows it
}

// Place is one spot of the input that is wrong.
type Place struct {
	Field  string `json:"field,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Detail string `json:"detail"`
}

// String says where and what.
func (p Place) String() string {
	var where []string
	if p.Line > 0 {
		where = append(where, fmt.Sprintf("line %d", p.Line))
	}
	if p.Column > 0 {
		where = append(where, fmt.Sprintf("column %d", p.Column))
	}
	if p.Field != "" {
		where = append(where, p.Field)
	}
	if len(where) == 0 {
		return p.Detail
	}
	return strings.Join(where, ", ") + ": " + p.Detail
}

// Error gives the sentence and the places.
func (p *Problem) Error() string {
	parts := []string{p.Detail}
	for _, place := range p.Places {
		parts = append(parts, place.String())
	}
	return strings.Join(parts, "\n  ")
}

// OfInput says whether what was sent is at fault, so that sending the same
// again can't help: not a credential, a limit, or the server.
func (p *Problem) OfInput() bool {
	switch p.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	return p.Status >= http.StatusBadRequest && p.Status < http.StatusInternalServerError
}

// request is one call.
type request struct {
	method string
	path   string
	query  url.Values
	body   io.Reader
	media  string // of the body
	accept string
	header http.Header
}

// open sends a request and returns its answer, to be closed.
func (c *Client) open(ctx context.Context, r request) (*http.Response, error) {
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, r.body)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	if file, ok := r.body.(*os.File); ok { // how long a list is tells the server how to go about it
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			req.ContentLength = info.Size()
		}
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	for name, value := range map[string]string{"Content-Type": r.media, "Accept": r.accept, "X-Lecito-Org": c.options.Organisation} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if c.options.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+c.options.APIKey)
	}
	resp, err := c.options.HTTPClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("talk to the server: %w", unquery(err))
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, readProblem(resp)
}

// unquery keeps what a query may say about a person out of an error.
func unquery(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// maxAnswer bounds what is read of an answer that is not streamed.
const maxAnswer = 256 << 20

func readProblem(resp *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	p := &Problem{}
	if media != "application/problem+json" || json.Unmarshal(raw, p) != nil {
		return &Problem{
			Status: resp.StatusCode, Title: resp.Status, Code: "no_problem_details",
			Detail: "The server answered " + resp.Status + " and did not say why. Is it a Lecito server?",
		}
	}
	return p
}

// bytes sends a request and returns the whole answer.
func (c *Client) bytes(ctx context.Context, r request) ([]byte, error) {
	resp, err := c.open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return raw, nil
}

// call sends JSON (nil: nothing) and reads JSON.
func call[T any](ctx context.Context, c *Client, r request, body any) (T, error) {
	var out T
	if body != nil {
		var err error
		if r, err = r.with(body); err != nil {
			return out, err
		}
	}
	raw, err := c.bytes(ctx, r)
	if err != nil || len(raw) == 0 {
		return out, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("read the answer: %w", err)
	}
	return out, nil
}

// with gives the request a JSON body.
func (r request) with(body any) (request, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return r, fmt.Errorf("encode a request: %w", err)
	}
	r.body, r.media = bytes.NewReader(raw), "application/json"
	return r, nil
}

// query makes parameters of pairs, leaving empty ones out.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
	return q
}
