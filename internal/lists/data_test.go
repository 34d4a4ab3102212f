// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// TestWhoLeftDataOutIsKeptFromItAndNotStopped: a list that is to be picked by what
// people bought leaves them out; the tool is not told to stop writing to them.
func TestWhoLeftDataOutIsKeptFromItAndNotStopped(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		people(d)
		id, err := subject.Normalise(lawful.IDEmail, "yes@example.it", "", "IT")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.choices.Record(t.Context(), d.actor, choice.Record{Subject: []subject.Identifier{id}, Facts: []lawful.Fact{{
			Kind: lawful.KindChoice, Happened: env.Clock.Now().Add(-time.Minute), Actor: lawful.ActorPerson, Source: "footer-form",
			Choice: &lawful.Choice{Purpose: "newsletter", Data: "purchases", Choice: lawful.Withdrawn},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		const list = "email\nyes@example.it\nyes.too@example.it\n"
		if all := d.mustClear(lists.ClearOptions{}, list); all.Permitted != 2 {
			t.Errorf("without data %d rows are permitted, want 2", all.Permitted)
		}
		picked := d.mustClear(lists.ClearOptions{Purpose: "newsletter", Channel: "email", Data: []standing.Used{{Name: "email"}, {Name: "purchases"}}}, list)
		if picked.permitted != "email\nyes.too@example.it\n" || picked.Reasons["data_refused"] != 1 {
			t.Errorf("by what they bought: %q, %v", picked.permitted, picked.Reasons)
		}
		if strings.Contains(picked.suppress, "@") || picked.Suppressed != 0 {
			t.Errorf("the tool is told to stop %q", picked.suppress)
		}
	})
}
