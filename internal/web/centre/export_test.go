// SPDX-License-Identifier: Apache-2.0

package centre

import "encoding/base64"

// Parse reads a token and writes it again, for the fuzzer: ok says that it has
// the shape of one.
func Parse(token string) (again string, ok bool) {
	k, _, mac, err := parse(token)
	if err != nil {
		return "", false
	}
	said, err := k.encode()
	if err != nil {
		return "", false
	}
	return base64.RawURLEncoding.EncodeToString(append(said, mac...)), true
}
