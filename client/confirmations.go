// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
)

// AskAgain sends the message again that asks the holder of an address to confirm
// a yes, and tells how many are on their way. An error of status 404: nothing waits
// there; 429: the address was sent as many as it may be.
func (c *Client) AskAgain(ctx context.Context, email string) (int, error) {
	answer, err := call[struct {
		Queued int `json:"queued"`
	}](ctx, c, request{method: http.MethodPost, path: "/v1/confirmations"}, struct {
		Subject Subject `json:"subject"`
	}{Subject{Email: email}})
	return answer.Queued, err
}
