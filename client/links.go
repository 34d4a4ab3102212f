// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"time"
)

// Links are addresses to put into a message to one person. Who holds one can
// act for the person: send them to that person and nowhere else.
type Links struct {
	Subject     string    `json:"subject"`     // pseudonym
	Centre      string    `json:"centre"`      // opens the preference centre
	Unsubscribe string    `json:"unsubscribe"` // for a List-Unsubscribe header (RFC 8058); never expires
	Expires     time.Time `json:"expires"`     // of the first
}

// Links makes the links for the person who holds the identifier they will be
// sent to. channel is what Unsubscribe stops; empty: email.
func (c *Client) Links(ctx context.Context, who Subject, source, channel string) (Links, error) {
	return call[Links](ctx, c, request{method: http.MethodPost, path: "/v1/links"}, struct {
		Subject Subject `json:"subject"`
		Source  string  `json:"source,omitempty"`
		Channel string  `json:"channel,omitempty"`
	}{who, source, channel})
}
