// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
)

// Mailing is a message that is about to be sent to one person.
type Mailing struct {
	Subject Subject `json:"subject"`           // by the one identifier it goes to
	Source  string  `json:"source,omitempty"`  // whose number Subject.ID is
	Purpose string  `json:"purpose"`           // that it is sent for
	Channel string  `json:"channel,omitempty"` // "": email
	Message string  `json:"message,omitempty"` // your id of it: letters, digits, '.', '_', '-'; stands in the evidence
}

// UnsubscribeHeaders are what to add to it.
type UnsubscribeHeaders struct {
	Subject string            `json:"subject"` // pseudonym
	Stops   string            `json:"stops"`   // channel: all marketing on it; purpose: this one alone
	Headers map[string]string `json:"headers"` // List-Unsubscribe and List-Unsubscribe-Post (RFC 8058)
}

// UnsubscribeHeaders makes the headers of one-click unsubscribe for a message.
// Mail programs offer it only where a DKIM signature covers both.
func (c *Client) UnsubscribeHeaders(ctx context.Context, m Mailing) (UnsubscribeHeaders, error) {
	return call[UnsubscribeHeaders](ctx, c, request{method: http.MethodPost, path: "/v1/unsubscribe-headers"}, m)
}

// UnsubscribeHeadersBatch makes those of many messages as they come, in the
// order given. A message that was wrong gets its *Problem; the others are
// answered. The end of the connection is the last error.
//
// As with CheckBatch, messages must not wait for the answers to those before them.
func (c *Client) UnsubscribeHeadersBatch(ctx context.Context, messages iter.Seq[Mailing]) iter.Seq2[UnsubscribeHeaders, error] {
	return batch(ctx, c, "/v1/unsubscribe-headers/batch", messages, func(d *json.Decoder) (UnsubscribeHeaders, *Problem, error) {
		var line struct {
			UnsubscribeHeaders
			Problem *Problem `json:"problem"`
		}
		err := d.Decode(&line)
		return line.UnsubscribeHeaders, line.Problem, err
	})
}
