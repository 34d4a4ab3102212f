// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// whole is scan as it is without ordinary.
func whole(data []byte) error {
	if !utf8.Valid(data) {
		return errUTF8
	}
	return tokens(data)
}

// FuzzOrdinary holds ordinary to its word: what it takes, walking the tokens takes too.
func FuzzOrdinary(f *testing.F) {
	deep := strings.Repeat("[", maxDepth)
	for _, seed := range []string{
		`{}`, `[]`, `"a"`, `1`, `null`, `{"a":1,"b":{"a":[{"a":1},{"a":2}]},"c":"\\\""}`, `{"a":1,"a":2}`, `{"a":{"a":1},"a":2}`,
		`{"\u0061":1,"a":2}`, `{"a":"}","b":"{","c":","}`, `{"a":[1,{"b":2,"b":3}]}`, `{"a":1} `, `{"a":1}{}`, `[1,2`, `{"a"}`,
		deep + strings.Repeat("]", maxDepth), "[" + deep + strings.Repeat("]", maxDepth) + "]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		slow := whole(data)
		if utf8.Valid(data) && ordinary(data) && slow != nil {
			t.Errorf("taken, though %v", slow)
		}
		if fast := scan(data); (fast == nil) != (slow == nil) {
			t.Errorf("got %v, want %v", fast, slow)
		}
	})
}
