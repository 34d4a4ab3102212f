// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
)

// TestTheSameSeedTellsTheSameStory is in the package because the story as it is
// told is; what the ledger makes of it has random salts.
func TestTheSameSeedTellsTheSameStory(t *testing.T) {
	doc, err := register.Parse(declared.Bottega, "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first, again := lines(t, newStory(doc).tell(300)), lines(t, newStory(doc).tell(300))
	if len(first) < 300 {
		t.Fatalf("got %d acts of 300 people", len(first))
	}
	if !slices.Equal(first, again) {
		t.Error("told twice, the story differs")
	}
}

func lines(t *testing.T, acts []act) []string {
	t.Helper()
	var out []string
	for _, a := range acts {
		line, err := json.Marshal([]any{a.by, a.recorded, a.choices, a.facts})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(line))
	}
	return out
}
