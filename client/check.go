// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"github.com/lecito/lecito/lawful"
)

// Question is one question about one person.
type Question struct {
	Subject   Subject    `json:"subject"`
	Source    string     `json:"source,omitempty"` // whose number Subject.ID is
	Purpose   string     `json:"purpose"`
	Channel   string     `json:"channel"`
	Content   string     `json:"content,omitempty"`
	Operation string     `json:"operation,omitempty"`
	Data      []Used     `json:"data,omitempty"`
	Recipient string     `json:"recipient,omitempty"`
	At        *time.Time `json:"at,omitempty"`
	KnownAt   *time.Time `json:"known_at,omitempty"`
	Explain   bool       `json:"explain,omitempty"`
	Language  string     `json:"language,omitempty"`
}

// Used is a kind of data that somebody wants to use. How far back it goes is
// said as an age ("18 months") or as a day (2025-05-01), or left out.
type Used struct {
	Name  string `json:"name"`
	Age   string `json:"age,omitempty"`
	Since string `json:"since,omitempty"`
}

// Check answers one question.
func (c *Client) Check(ctx context.Context, q Question) (lawful.Decision, error) {
	return call[lawful.Decision](ctx, c, request{method: http.MethodPost, path: "/v1/check"}, q)
}

// Reachable is how many people may be contacted for a purpose on a channel: who
// has an identifier that it is permitted for.
type Reachable struct {
	Purpose string    `json:"purpose"`
	Channel string    `json:"channel"`
	People  int64     `json:"people"`
	AsOf    time.Time `json:"as_of"`
}

// Reachable counts them, now. Until the server has read everybody once it is a
// *Problem with the code not_counted_yet.
func (c *Client) Reachable(ctx context.Context, purpose, channel string) (Reachable, error) {
	return call[Reachable](ctx, c, request{
		method: http.MethodGet, path: "/v1/reachable", query: query("purpose", purpose, "channel", channel),
	}, nil)
}

// Certificate answers one question with its proof, as one file.
func (c *Client) Certificate(ctx context.Context, q Question) ([]byte, error) {
	r, err := request{method: http.MethodPost, path: "/v1/certificates"}.with(q)
	if err != nil {
		return nil, err
	}
	return c.bytes(ctx, r) // the signature covers every byte
}

// CheckBatch answers many questions as they come, in the order given. A
// question that was wrong gets its *Problem; the others are answered. The end
// of the connection is the last error.
//
// Questions are sent, and answers come, in blocks: questions must not wait for
// the answers to those before them, or both sides wait for ever.
func (c *Client) CheckBatch(ctx context.Context, questions iter.Seq[Question]) iter.Seq2[lawful.Decision, error] {
	return batch(ctx, c, "/v1/check/batch", questions, func(d *json.Decoder) (lawful.Decision, *Problem, error) {
		var line struct {
			lawful.Decision
			Problem *Problem `json:"problem"`
		}
		err := d.Decode(&line)
		return line.Decision, line.Problem, err
	})
}
