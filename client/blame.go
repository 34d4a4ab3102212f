// SPDX-License-Identifier: Apache-2.0

package client

import "net/http"

// OfInput says whether what was sent is at fault, so that sending the same
// again can't help: not a credential, a limit, or the server.
func (p *Problem) OfInput() bool {
	switch p.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	return p.Status >= http.StatusBadRequest && p.Status < http.StatusInternalServerError
}
