// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"strings"
)

// Export gives the addresses that may be contacted now, decrypted, one a row,
// with the clearance of that list. Of Clear it takes what is not about a file or
// another instant; Column is the kind of address where a channel is reached by
// several. Until it returns without an error the output is not to be used.
func (c *Client) Export(ctx context.Context, o Clear, out Outputs) (Cleared, error) {
	q := query("purpose", o.Purpose, "channel", o.Channel, "valid", o.valid(), "column", o.Column, "content", o.Content, "operation", o.Operation,
		"data", strings.Join(o.Data, ","), "recipient", o.Recipient)
	return c.parts(ctx, request{method: http.MethodPost, path: "/v1/exports", query: q}, out)
}
