// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
)

// FuzzDecode reads anything as every type of body. What is refused is a problem
// that quotes nothing of it; what is taken comes out the same from its parts.
// It is in the package because the types of bodies are.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"subject":{"email":"a@example.com"},"choices":[{"choice":"objected"}],"at":"2026-11-21T10:00:00Z"}`,
		`{"subject":{},"facts":[{"kind":"sale","at":"2026-11-21T10:00:00+01:00","age":1e3}]}`, `{"a":1,"a":2}`, `{"subject":{"email":"\ud800"}}`,
		`{"purpose":"p","channel":"c","data":["x"],"explain":true}`, `{"name":"n","scopes":["check"]} x`, "{\"plan\":true,\"plan\":\x00}", `{"Plan":true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		read[choice.Request](t, body)
		read[choice.FactsRequest](t, body)
		read[standing.Question](t, body)
		read[erasureRequest](t, body)
		read[restrictedRequest](t, body)
		read[linksRequest](t, body)
		read[linkRequest](t, body)
		read[holderRequest](t, body)
		read[access.NewKey](t, body)
		read[invitation](t, body)
	})
}

func read[T any](t *testing.T, body []byte) {
	t.Helper()
	_, err := parse[T](body)
	if err == nil {
		return
	}
	p := problem.As(err)
	if p == nil || p.Kind != problem.Invalid || len(p.Places) != 1 {
		t.Fatalf("got %v, want a problem with its place", err)
	}
	for part := range strings.FieldsFuncSeq(p.Places[0].Field, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		if part != "?" && !namelike.MatchString(part) && strings.Trim(part, "0123456789") != "" {
			t.Errorf("the place quotes %q", part)
		}
	}
}
