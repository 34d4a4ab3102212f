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

// CentreLink is the address of the preference centre of a customer whom your
// own site has signed in: send the browser there, at once.
type CentreLink struct {
	Subject string    `json:"subject"` // pseudonym
	Centre  string    `json:"centre"`
	Scope   string    `json:"scope"` // choices, or all
	Expires time.Time `json:"expires"`
}

// CentreLinkFor says for whom, for how long and how far a CentreLink opens.
type CentreLinkFor struct {
	Subject Subject `json:"subject"`
	Source  string  `json:"source,omitempty"`  // whose number Subject.ID is
	Minutes int     `json:"minutes,omitempty"` // 1 to 60; 0: 15
	Scope   string  `json:"scope,omitempty"`   // "": choices; all: the person's data too
}

// CentreLink makes one. It proves no address: a yes that has to be confirmed
// through the mailbox still waits for that.
func (c *Client) CentreLink(ctx context.Context, o CentreLinkFor) (CentreLink, error) {
	return call[CentreLink](ctx, c, request{method: http.MethodPost, path: "/v1/centre-links"}, o)
}
