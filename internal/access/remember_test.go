// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
)

// A key that another process revokes works here for a second at most.
func TestAKeyRevokedElsewhereEndsWithinASecond(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		key, token, err := d.CreateKey(t.Context(), d.owner, access.NewKey{Name: "shop", Scopes: []string{"check"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.ByKey(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		elsewhere := d.over(d.env.DB)
		if err := elsewhere.RevokeKey(t.Context(), d.owner, key.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err = elsewhere.ByKey(t.Context(), token)
		wantKind(t, err, problem.Unauthorised)
		d.env.Clock.Set(d.env.Clock.Now().Add(time.Second))
		_, _, err = d.ByKey(t.Context(), token)
		wantKind(t, err, problem.Unauthorised)
	})
}
