// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"
)

// Applied is what a file of declarations changed, or would.
type Applied struct {
	Changes []Change `json:"changes"`
	Summary string   `json:"summary"`
	Text    string   `json:"text"` // the difference, for people
	DryRun  bool     `json:"dry_run"`
	// Warnings tell what the law stands against in the file: it was applied all the same.
	Warnings []Warning `json:"warnings"`
}

// Warning is one thing in a file that does not do what its author may expect.
type Warning struct {
	Field  string `json:"field,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Detail string `json:"detail"`
}

// Change is one difference between what is on record and a file.
type Change struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	Version int      `json:"version"`
	Effect  string   `json:"effect"` // added, changed, retired, returned
	About   []string `json:"about,omitempty"`
	Fields  []struct {
		Name string `json:"name"`
		Old  string `json:"old"`
		New  string `json:"new"`
	} `json:"fields,omitempty"`
}

// Apply makes the register say what a file (YAML) says. name is for messages.
func (c *Client) Apply(ctx context.Context, file []byte, name string, dryRun bool) (Applied, error) {
	return call[Applied](ctx, c, request{
		method: http.MethodPost, path: "/v1/apply", query: query("name", name, "dry_run", flag(dryRun)),
		body: bytes.NewReader(file), media: "application/yaml",
	}, nil)
}

// APIKey is an API key, without its secret.
type APIKey struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Scopes  []string   `json:"scopes"`
	Origins []string   `json:"origins,omitempty"`
	Created time.Time  `json:"created"`
	Revoked *time.Time `json:"revoked,omitempty"`
	Key     string     `json:"key,omitempty"` // once, from CreateAPIKey
}

// APIKeys lists the organisation's keys.
func (c *Client) APIKeys(ctx context.Context) ([]APIKey, error) {
	out, err := call[struct {
		Keys []APIKey `json:"keys"`
	}](ctx, c, request{method: http.MethodGet, path: "/v1/apikeys"}, nil)
	return out.Keys, err
}

// CreateAPIKey makes a key. origins are of a collect key: the pages it is for.
func (c *Client) CreateAPIKey(ctx context.Context, name string, scopes, origins []string) (APIKey, error) {
	return call[APIKey](ctx, c, request{method: http.MethodPost, path: "/v1/apikeys"}, struct {
		Name    string   `json:"name"`
		Scopes  []string `json:"scopes"`
		Origins []string `json:"origins,omitempty"`
	}{name, scopes, origins})
}

// RevokeAPIKey ends a key.
func (c *Client) RevokeAPIKey(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, request{method: http.MethodDelete, path: "/v1/apikeys/" + url.PathEscape(id)}, nil)
	return err
}

// Operator is somebody who signs in.
type Operator struct {
	ID      string     `json:"id"`
	Email   string     `json:"email"`
	Role    string     `json:"role"`
	Created time.Time  `json:"created"`
	Removed *time.Time `json:"removed,omitempty"`
}

// Operators lists who signs in.
func (c *Client) Operators(ctx context.Context) ([]Operator, error) {
	out, err := call[struct {
		Operators []Operator `json:"operators"`
	}](ctx, c, request{method: http.MethodGet, path: "/v1/operators"}, nil)
	return out.Operators, err
}

// Invitation is a one-time sign-in link.
type Invitation struct {
	ID      string    `json:"id"` // of the operator
	Role    string    `json:"role"`
	Link    string    `json:"link"`
	Expires time.Time `json:"expires"`
}

// Invite lets somebody in, in the role owner, dpo, marketing or viewer.
func (c *Client) Invite(ctx context.Context, email, role string) (Invitation, error) {
	return call[Invitation](ctx, c, request{method: http.MethodPost, path: "/v1/operators"}, map[string]string{"email": email, "role": role})
}

// RemoveOperator ends somebody's access.
func (c *Client) RemoveOperator(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, request{method: http.MethodDelete, path: "/v1/operators/" + url.PathEscape(id)}, nil)
	return err
}

// VerifierKey is a public key by which files or checkpoints are signed.
type VerifierKey struct {
	Role        string `json:"role"` // log or statement
	Key         string `json:"key"`
	Fingerprint string `json:"fingerprint"`
	Current     bool   `json:"current"`
}

type verifierKeys struct {
	Keys []VerifierKey `json:"keys"`
}

// VerifierKeys lists the keys to pin.
func (c *Client) VerifierKeys(ctx context.Context) ([]VerifierKey, error) {
	out, err := call[verifierKeys](ctx, c, request{method: http.MethodGet, path: "/v1/keys"}, nil)
	return out.Keys, err
}

// KeyFile returns them as the file that verify --key reads.
func (c *Client) KeyFile(ctx context.Context) ([]byte, error) {
	return c.bytes(ctx, request{method: http.MethodGet, path: "/v1/keys", accept: "text/plain"})
}

// RotateKeys replaces the statement key; for the data folder's holder it begins
// a new epoch of the keys that seal, too.
func (c *Client) RotateKeys(ctx context.Context) ([]VerifierKey, error) {
	out, err := call[verifierKeys](ctx, c, request{method: http.MethodPost, path: "/v1/keys/rotate"}, nil)
	return out.Keys, err
}

// Finding is one thing the doctor looked at.
type Finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Doctor tells what is wrong with the installation.
func (c *Client) Doctor(ctx context.Context) ([]Finding, error) {
	out, err := call[struct {
		Findings []Finding `json:"findings"`
	}](ctx, c, request{method: http.MethodGet, path: "/v1/doctor"}, nil)
	return out.Findings, err
}
