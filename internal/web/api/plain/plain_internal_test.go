// SPDX-License-Identifier: Apache-2.0

package plain

import (
	"strings"
	"testing"
)

// TestWordsOfOtherQuestionsStayTheirs: texts are shared, never mixed up.
func TestWordsOfOtherQuestionsStayTheirs(t *testing.T) {
	a := Lines()
	for i := range 3 * mostWords {
		purpose := strings.Repeat("p", i%100+1)
		body := []byte(`{"subject":{"email":"a"},"purpose":"` + purpose + `","channel":"email"}`)
		got, ok := a.Question(body)
		clear(body) // the caller's again
		if !ok || got.Purpose != purpose || got.Channel != "email" || got.Subject.Email != "a" {
			t.Fatalf("question %d: %+v, %v", i, got, ok)
		}
	}
	if len(a.words) > mostWords {
		t.Errorf("%d texts are kept", len(a.words))
	}
}
