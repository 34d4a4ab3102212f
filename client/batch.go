// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
)

// batch sends questions as they come, one a line, and gives the answers in the
// same order, as read reads them. A question that was wrong gets its *Problem;
// the others are answered. The end of the connection is the last error.
func batch[Q, A any](ctx context.Context, c *Client, path string, questions iter.Seq[Q], read func(*json.Decoder) (A, *Problem, error)) iter.Seq2[A, error] {
	return func(yield func(A, error) bool) {
		var none A
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		body, feed := io.Pipe()
		defer func() { _ = body.Close() }() // ends the feeding, whatever it was at
		go func() {
			out := bufio.NewWriter(feed)
			encode := json.NewEncoder(out)
			for q := range questions {
				if err := encode.Encode(q); err != nil {
					return // the reader has gone and tells why
				}
			}
			feed.CloseWithError(out.Flush())
		}()
		resp, err := c.open(ctx, request{method: http.MethodPost, path: path, body: body, media: "application/x-ndjson"})
		if err != nil {
			yield(none, err)
			return
		}
		defer resp.Body.Close()
		decode := json.NewDecoder(resp.Body)
		for {
			answer, problem, err := read(decode)
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(none, fmt.Errorf("read answers: %w", err))
				return
			case problem != nil:
				err = problem
			}
			if !yield(answer, err) {
				return
			}
		}
	}
}
