// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// tombs are those that memory has.
func (r *remembering) tombs(t *testing.T) (tombs *subject.Tombs) {
	err := r.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		tombs, err = r.Subjects.Tombs(ctx, tx, shop.Org)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tombs
}

// TestWhoWasErasedHereIsKnown from what the erasure told, without all tombstones being
// read again; where nobody knows what became of its commit they are.
func TestWhoWasErasedHereIsKnown(t *testing.T) {
	for fault, reason := range map[string]lawful.Reason{
		"": lawful.ReasonErased, "commit-lost": lawful.ReasonConsentGiven, "commit-stored-reported-lost": lawful.ReasonErased,
	} {
		t.Run("fault "+fault, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				s, armed := breakable(t, env)
				r := &remembering{Shop: s, memory: s.Standing.Remember(true, "")}
				for _, email := range []string{"first@posta.example", "second@posta.example"} {
					s.Record(t, shop.Key(), shop.Yes(shop.Email(email), "newsletter", "email"))
				}
				if _, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Email("first@posta.example")}); err != nil {
					t.Fatal(err)
				}
				r.settle(t)
				tombs := r.tombs(t)
				*armed = fault
				if _, err := s.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Email("second@posta.example")}); (err != nil) != (fault != "") || err != nil && !problem.Is(err, problem.OutcomeUnknown) {
					t.Fatalf("got %v", err)
				}
				if fault == "" { // no reading of them would find it
					err := s.DB.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						_, err := tx.Exec(ctx, `DELETE FROM tombstone WHERE org = $1`, shop.Org)
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				r.settle(t)
				if held := tombs.Has(lawful.Identifier{Kind: lawful.IDEmail, Value: "second@posta.example"}); held != (reason == lawful.ReasonErased) {
					t.Errorf("a tombstone is held: %v", held)
				}
				before := r.memory.Answered()
				s.Want(t, shop.Email("first@posta.example"), "newsletter", "email", lawful.ReasonErased)
				s.Want(t, shop.Email("second@posta.example"), "newsletter", "email", reason)
				s.Want(t, shop.Email("nobody@posta.example"), "newsletter", "email", lawful.ReasonUnknownSubject)
				if n := r.memory.Answered() - before; n < 2 || fault == "" && n != 3 { // who was in doubt may be asked of the store
					t.Errorf("%d answers came from memory, want all", n)
				}
			})
		})
	}
}
