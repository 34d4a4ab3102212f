// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Backup writes a copy of the store, taken while it runs. Only who holds the
// data folder gets one. Keys are not in it.
func (c *Client) Backup(ctx context.Context, to io.Writer) error {
	resp, err := c.open(ctx, request{method: http.MethodPost, path: "/v1/backups"})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(to, resp.Body)
	if err != nil {
		return fmt.Errorf("receive the backup: %w", err)
	}
	if resp.ContentLength >= 0 && n != resp.ContentLength {
		return fmt.Errorf("the backup was cut off at %d of %d bytes", n, resp.ContentLength)
	}
	return nil
}
