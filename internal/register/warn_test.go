// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

func TestWhatTheLawStandsAgainstIsWarnedAbout(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	tests := map[string][]lawful.Balancing{
		"tested":   {{Happened: now.AddDate(0, -2, 0), Outcome: "failed"}, {Happened: now.AddDate(0, -1, 0), Outcome: "passed"}},
		"interest": {{Happened: now.AddDate(0, -2, 0), Outcome: "passed"}, {Happened: now.AddDate(0, -1, 0), Outcome: "failed"}},
	}
	golden(t, "warn", func(t *testing.T, part func(string) []byte) string {
		places, err := register.Warnings(parse(t, part("file.yaml")), tests, now)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, p := range places {
			b.WriteString(p.String() + "\n")
		}
		return b.String()
	})
}
