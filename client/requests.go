// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// RequestOpening is what somebody asks about their data, or a problem they raise.
type RequestOpening struct {
	Right          string     `json:"right"` // access, portability, rectification, erasure, restriction, objection, human_review, problem
	Subject        Subject    `json:"subject"`
	Source         string     `json:"source,omitempty"`
	Message        string     `json:"message,omitempty"`
	Language       string     `json:"language,omitempty"`
	Received       *time.Time `json:"received,omitempty"` // on any channel; nil: now
	IdentityProven bool       `json:"identity_proven,omitempty"`
	Idempotency    string     `json:"idempotency_key,omitempty"`
}

// Request is a request as it stands.
type Request struct {
	ID       string        `json:"id"`
	Number   string        `json:"number"`
	Right    string        `json:"right"`
	State    string        `json:"state"` // new, open, answered, withdrawn
	Via      string        `json:"via"`
	Language string        `json:"language"`
	Subject  string        `json:"subject,omitempty"` // pseudonym; "": nobody is known
	Identity string        `json:"identity"`          // none, wanted, asked, given
	Received time.Time     `json:"received"`
	Due      *time.Time    `json:"due,omitempty"` // the last instant to answer in
	Asked    *time.Time    `json:"identity_asked,omitempty"`
	Given    *time.Time    `json:"identity_given,omitempty"`
	Extended *time.Time    `json:"extended,omitempty"`
	Closed   *time.Time    `json:"closed,omitempty"`
	Erased   *time.Time    `json:"erased,omitempty"`
	Outcome  string        `json:"outcome,omitempty"`
	Link     string        `json:"link,omitempty"`  // of one just opened: for the person alone
	Email    string        `json:"email,omitempty"` // this and the rest: of Request alone
	Phone    string        `json:"phone,omitempty"`
	Steps    []RequestStep `json:"steps,omitempty"`
}

// RequestStep is something that was said or done about a request.
type RequestStep struct {
	At    time.Time  `json:"at"`
	Act   string     `json:"act"`
	By    string     `json:"by"` // person, office, system
	Text  string     `json:"text,omitempty"`
	Entry string     `json:"entry,omitempty"`
	Sent  *time.Time `json:"sent,omitempty"`
}

// OpenRequest opens a request, or raises a problem, for somebody who asked elsewhere.
func (c *Client) OpenRequest(ctx context.Context, o RequestOpening) (Request, error) {
	return call[Request](ctx, c, request{method: http.MethodPost, path: "/v1/requests"}, o)
}

// Requests lists requests in a state ("": open), the most urgent first. next is
// what to give as after to go on; "" at the end.
func (c *Client) Requests(ctx context.Context, state string, limit int, after string) (all []Request, next string, err error) {
	q := url.Values{}
	for name, value := range map[string]string{"state": state, "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	out, err := call[struct {
		Requests []Request `json:"requests"`
		Next     string    `json:"next"`
	}](ctx, c, request{method: http.MethodGet, path: "/v1/requests", query: q}, nil)
	return out.Requests, out.Next, err
}

// Request reads one request, with what was said and done.
func (c *Client) Request(ctx context.Context, id string) (Request, error) {
	return call[Request](ctx, c, request{method: http.MethodGet, path: "/v1/requests/" + url.PathEscape(id)}, nil)
}
