// SPDX-License-Identifier: Apache-2.0

package link

import (
	"encoding/base64"

	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Parse reads a token and writes it again, for the fuzzer: ok says that it has
// the shape of one.
func Parse(written string) (again string, ok bool) {
	k, _, mac, err := parse(written)
	if err != nil {
		return "", false
	}
	said, err := k.encode()
	if err != nil {
		return "", false
	}
	return base64.RawURLEncoding.EncodeToString(append(said, mac...)), true
}

// Write makes the token of a kind that says so under a key.
func Write(key seal.Key, kind byte, says Opened, sentTo lawful.Identifier) (string, error) {
	k := token{
		kind: kind, org: says.Org, subject: says.Subject, channel: says.Stop.Channel + says.Asked,
		purpose: says.Stop.Purpose, message: says.Stop.Message, scope: says.Scope,
	}
	if !says.Expires.IsZero() {
		k.expires = says.Expires.Unix()
	}
	return k.write(key, sentTo)
}
