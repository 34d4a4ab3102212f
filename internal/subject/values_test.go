// SPDX-License-Identifier: Apache-2.0

package subject_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// TestValuesAreTheSameHoweverTheyAreRead: looked up, and read in a row with what
// stands between.
func TestValuesAreTheSameHoweverTheyAreRead(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		var subjects []string
		for n, who := range []choice.Subject{
			{Email: anna, Phone: cell, Device: `a "strange" \ <device>`}, {Email: bruno}, {Phone: cell}, {Email: "carla@posta.example"},
			{Device: "d-2"}, {Email: "dario@posta.example", Phone: "+393337654321"},
		} {
			request := shop.No(who, lawful.Refused, "newsletter", "email")
			if n == 3 {
				s.Record(t, shop.Key(), request)
				request.Subject.Phone = "+393330000001" // another identifier of the same person
			}
			subjects = append(subjects, s.Record(t, shop.Key(), request).Subject)
		}
		slices.Sort(subjects)
		for _, some := range [][]string{subjects, {subjects[1], subjects[3]}, {subjects[0], subjects[5]}, {subjects[2], "sub_nobody"}, {subjects[4]}} {
			for _, kind := range []string{lawful.IDEmail, lawful.IDPhone, lawful.IDDevice} {
				inARow := fmt.Sprintf("%q", values(t, s, some, len(some), kind))
				lookedUp := fmt.Sprintf("%q", values(t, s, some, 100*len(some), kind))
				if inARow != lookedUp {
					t.Errorf("%s of %v: read in a row %s, looked up %s", kind, some, inARow, lookedUp)
				}
			}
		}
		if got := len(values(t, s, subjects, 6, lawful.IDEmail)); got != 4 {
			t.Errorf("got %d e-mail addresses, want 4", got)
		}
		if got := values(t, s, subjects, 6, lawful.IDDevice); len(got) != 2 || string(got[0]) != `a "strange" \ <device>` && string(got[1]) != `a "strange" \ <device>` {
			t.Errorf("got devices %q", got)
		}
		if got := values(t, s, nil, 0, lawful.IDEmail); got != nil {
			t.Errorf("of nobody: %q", got)
		}
	})
}

func values(t *testing.T, s *shop.Shop, subjects []string, among int, kind string) (found [][]byte) {
	t.Helper()
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		found, err = s.Subjects.Values(ctx, tx, shop.Org, subjects, among, kind)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
