// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
)

// TestABodyIsCutOutOfItsPayload whatever stands before and within it, and however
// a payload that Add did not write is laid out.
func TestABodyIsCutOutOfItsPayload(t *testing.T) {
	for _, by := range []string{"key_1", `","body":{`, `\","body":{`, `x\`, `{"body":{}}`, "\u2028é"} {
		for _, body := range []string{`{}`, `{"body":{"body":{}}}`, `{"by":"","body":{"a":1}}`, `{"text":"}}\",\"body\":{"}`} {
			payload, err := evidence.Payload{
				V: 1, Organisation: "shop", Chain: "sub_1", Seq: 1, Kind: evidence.KindFact, Recorded: time.Unix(1, 0), By: by, Body: []byte(body),
			}.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := bodyOf(payload); err != nil || string(got) != body {
				t.Errorf("by %q: got %s %v, want %s", by, got, err, body)
			}
		}
	}
	if got, err := bodyOf([]byte(`{ "body": {"a": 1}, "v": 1 }`)); err != nil || string(got) != `{"a": 1}` {
		t.Errorf("laid out otherwise: got %s %v", got, err)
	}
	if _, err := bodyOf([]byte(`{"by":"","body":{`)); err == nil {
		t.Error("half a payload has a body")
	}
}
