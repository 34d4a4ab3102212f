// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// TestImportSurvivesEveryLostCommit breaks each commit of an import twice: lost,
// and stored though reported lost. Importing the file again always ends with
// every row on record once.
func TestImportSurvivesEveryLostCommit(t *testing.T) {
	const commits = 4 // the row of the import, two blocks, the end
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		plain := open(t, env)
		for n := range 2 * commits {
			step := []string{"commit-lost", "commit-stored-reported-lost"}[n%2]
			left := -1
			faulty := openOn(t, env, env.OpenWith(t, func(o *db.Options) {
				o.Fault = func(at string) error {
					if at == step {
						left--
						if left == 0 {
							return errors.New("the line broke")
						}
					}
					return nil
				}
			}))
			left = n/2 + 1
			file := strings.ReplaceAll(many(1100), "@example.it", fmt.Sprintf("@f%d.example.it", n))
			before := plain.count("identifier")
			if _, err := faulty.take(lists.ImportOptions{}, file); !problem.Is(err, problem.OutcomeUnknown) {
				t.Fatalf("%s, commit %d: got %v", step, n/2, err)
			}
			r := plain.mustTake(lists.ImportOptions{}, file)
			if r.Sums.Rows != 1100 || r.Sums.Yes != 1100 || r.Sums.New+r.Sums.Existing != 1100 {
				t.Errorf("%s, commit %d: %+v", step, n/2, r.Sums)
			}
			if got := plain.count("identifier") - before; got != 1100 {
				t.Errorf("%s, commit %d: %d identifiers, want 1100", step, n/2, got)
			}
		}
		if n, done := plain.count("import"), len(plain.entries("import")); n != 2*commits || done != 2*commits {
			t.Errorf("%d imports, %d on the ledger, want %d", n, done, 2*commits)
		}
	})
}

func TestShopsOwnNumbersJoinItsCustomers(t *testing.T) {
	const customers = "Customer ID,Email,Accepts Email Marketing,Total Spent,Total Orders\n'77,anna@example.it,yes,1,1\n"
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.choose("anna@example.it", lawful.Withdrawn, env.Clock.Now())
		d.mustTake(lists.ImportOptions{Source: "checkout"}, customers)
		o := lists.ClearOptions{Purpose: "newsletter", Channel: "email", Column: "Customer ID", Source: "checkout"}
		if c := d.mustClear(o, "Customer ID,n\n77,x\n78,y\n"); c.Reasons["withdrawn"] != 1 || c.Reasons["unknown_subject"] != 1 {
			t.Errorf("got %v", c.Reasons)
		}
	})
}

func TestClearingNeedsOnlyTheScopeToCheck(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.actor = access.Actor{Org: org, Kind: access.KindKey, ID: "key_1", Scopes: []string{access.ScopeCheck}}
		c := d.mustClear(lists.ClearOptions{}, "email\na@example.it\n")
		if _, ok := c.verify(t, "email\n"); !ok {
			t.Error("the clearance does not verify")
		}
	})
}
