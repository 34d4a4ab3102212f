// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// TestDataLeftOutIsDeniedAndTheRestAnsweredFromMemory, and there is a certificate of both.
func TestDataLeftOutIsDeniedAndTheRestAnsweredFromMemory(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, true)
		anna := shop.Email("anna@posta.example")
		r.Record(t, shop.Key(), shop.Yes(anna, "newsletter", "email"))
		env.Clock.Advance(time.Minute)
		out := shop.No(anna, lawful.Withdrawn, "newsletter", "")
		out.Choices[0].Data = "purchases"
		r.Record(t, shop.Key(), out)
		r.settle(t)
		before := r.memory.Answered()
		r.Want(t, anna, "newsletter", "email", lawful.ReasonConsentGiven)
		if r.memory.Answered() != before+1 {
			t.Error("what names no data is not answered from memory any more")
		}
		generations, err := r.Ledger.Generations(t.Context(), shop.Org)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]lawful.Reason{"purchases": lawful.ReasonDataRefused, "email": lawful.ReasonConsentGiven} {
			q := standing.Question{Subject: anna, Purpose: "newsletter", Channel: "email", Data: []standing.Used{{Name: name}}}
			if d := r.Ask(t, q); d.Reason != want {
				t.Errorf("with %s it is %s, want %s", name, d.Reason, want)
			}
			q.Explain = true
			file, err := r.Standing.Certificate(t.Context(), shop.Key(), q)
			if err != nil {
				t.Fatal(err)
			}
			v, err := evidence.Verify(file, evidence.Options{Keys: []string{generations[0].VKey}})
			if err != nil || !v.OK() || v.Decision == nil || v.Decision.Reason != want {
				t.Errorf("the certificate with %s does not verify, or says %+v: %v, %v", name, v.Decision, v.Problems, err)
			}
		}
	})
}
