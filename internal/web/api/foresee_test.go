// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/internal/register/sample"
)

func TestClientLooksAhead(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		must[client.Recorded](t)(c.Record(t.Context(), given("anna@example.com")))
		before, newsletter, _ := strings.Cut(string(sample.Bottega), "  - id: newsletter\n")
		file := before + "  - id: newsletter\n" + strings.Replace(newsletter, "basis: consent", "basis: contract", 1)
		shown := 0
		impact := must[client.Impact](t)(c.Impact(t.Context(), []byte(file), "new.yaml", func(client.Walked) { shown++ }))
		if shown == 0 || impact.People != 1 || len(impact.Uses) == 0 {
			t.Fatalf("got %+v after %d signs of progress", impact, shown)
		}
		lost := int64(0)
		for _, u := range impact.Uses {
			lost += u.Lost
			if u.Lost > 0 && (u.Turns[0].To != "basis_not_allowed" || len(u.Sample) != 1) {
				t.Errorf("got %+v", u)
			}
		}
		if lost != 1 {
			t.Errorf("%d people are lost, want 1", lost)
		}
		_, err := c.Impact(t.Context(), []byte("organisation: {id: 7}"), "new.yaml", nil)
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "invalid_declarations" {
			t.Errorf("a file that is not right: %v", err)
		}
		ahead := must[client.Expiring](t)(c.Expiring(t.Context(), client.ExpiringQuery{Days: 366}, nil))
		if ahead.People != 1 || ahead.Days != 366 {
			t.Errorf("got %+v", ahead)
		}
		for query, want := range map[string]string{"days=367": "invalid_parameters", "days=x": "invalid_parameters", "purpose=nothing": "invalid_question", "day=3": "invalid_parameters"} {
			if resp, body := s.call(t, "check", http.MethodGet, "/v1/expiring?"+query, ""); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, want) {
				t.Errorf("%s: got %d %s", query, resp.StatusCode, body)
			}
		}
		_, body := s.call(t, "check", http.MethodGet, "/v1/expiring?days=366", "")
		if strings.Contains(body, "sub_") {
			t.Errorf("who may not look people up is told of some: %s", body)
		}
	})
}
