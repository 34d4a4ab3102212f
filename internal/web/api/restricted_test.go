// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
)

func TestWhoHoldsTheFolderOpensRestrictedEvidence(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		file := bytes.Replace(sample.Bottega, []byte("  id: bottega\n"),
			[]byte("  id: bottega\n  evidence_after_erasure: {for: 24 months, ground: legal claims, decided_by: the board}\n"), 1)
		doc := must[*register.Document](t)(register.Parse(file, "bottega.yaml"))
		must[register.Changes](t)(s.parts.Register.Apply(t.Context(), "test", "bottega", doc, false))
		c := s.local(t, "bottega")
		anna := client.Subject{Email: "anna@example.com"}
		recorded := must[client.Recorded](t)(c.Record(t.Context(), given(anna.Email)))
		if done := must[client.Erased](t)(c.Erase(t.Context(), client.Erasure{Subject: anna})); len(done.Kept) != 1 || done.Kept[0].Count != 1 {
			t.Errorf("kept %+v, want one choice", done.Kept)
		}
		got := must[client.Opened](t)(c.OpenRestricted(t.Context(), client.Opening{Subject: anna, Reason: "claim 12/2026 before the court"}))
		if got.Entry == "" || len(got.Evidence) != 1 || got.Evidence[0].Entry != recorded.Choices[0].ID || !bytes.Contains(got.Evidence[0].Payload, []byte("checkbox")) {
			t.Errorf("opened %+v", got)
		}
		_, err := c.OpenRestricted(t.Context(), client.Opening{Subject: anna})
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "invalid_opening" {
			t.Errorf("without a reason: %v, want the problem invalid_opening", err)
		}
		other := must[client.Opened](t)(s.local(t, "altra").OpenRestricted(t.Context(), client.Opening{Subject: anna, Reason: "claim 12/2026 before the court"}))
		if len(other.Evidence) != 0 {
			t.Errorf("another organisation opened %+v", other)
		}
	})
}
