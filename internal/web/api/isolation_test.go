// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/web"
)

var variable = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

// refused says what of an answer an outsider sees, without its reference.
func refused(t *testing.T, body string) string {
	t.Helper()
	var f web.Failure
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		t.Fatalf("no problem details: %v\n%s", err, body)
	}
	f.Instance = ""
	return fmt.Sprintf("%+v", f)
}

// TestEveryRouteKeepsOutsidersOut walks the route table with every credential
// that does not open a route.
func TestEveryRouteKeepsOutsidersOut(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		for _, route := range s.server.Routes() {
			if route.Public {
				continue
			}
			method, path, _ := strings.Cut(route.Pattern, " ")
			path = variable.ReplaceAllString(path, "x")
			resp, none := s.call(t, "", method, path, "")
			wrong, body := s.call(t, "lecito_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", method, path, "")
			if resp.StatusCode != http.StatusUnauthorized || wrong.StatusCode != http.StatusUnauthorized || refused(t, none) != refused(t, body) {
				t.Errorf("%s: without a key %d, with a wrong one %d: both must be refused alike", route.Pattern, resp.StatusCode, wrong.StatusCode)
			}
			for _, scope := range access.Scopes() {
				opens := slices.Contains(route.Scopes, scope) || scope == access.ScopeAdmin || len(route.Scopes) == 0 && scope != access.ScopeCollect
				if opens {
					continue
				}
				if resp, body := s.call(t, scope, method, path, "{}"); resp.StatusCode != http.StatusForbidden {
					t.Errorf("%s with scope %s: got %d, want 403\n%s", route.Pattern, scope, resp.StatusCode, body)
				}
			}
			if resp, _ := s.call(t, "admin", method, path, "", "X-Lecito-Org", "altra"); resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s for another organisation: got %d, want 404", route.Pattern, resp.StatusCode)
			}
		}
	})
}

// TestOneOrganisationIsNothingToAnother asks for what one organisation has with
// the other's best key, by the right ids.
func TestOneOrganisationIsNothingToAnother(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		_, body := s.call(t, "choices", http.MethodPost, "/v1/choices", yes)
		var done struct {
			Subject string
			Choices []struct{ ID string }
		}
		if err := json.Unmarshal([]byte(body), &done); err != nil || done.Subject == "" {
			t.Fatalf("%v: %s", err, body)
		}
		_, body = s.call(t, "admin", http.MethodPost, "/v1/apikeys", `{"name":"a","scopes":["check"]}`)
		var key, operator struct{ ID string }
		if err := json.Unmarshal([]byte(body), &key); err != nil {
			t.Fatal(err)
		}
		_, body = s.call(t, "admin", http.MethodPost, "/v1/operators", `{"email":"rita@example.com","role":"dpo"}`)
		if err := json.Unmarshal([]byte(body), &operator); err != nil {
			t.Fatal(err)
		}
		_, body = s.call(t, "requests", http.MethodPost, "/v1/requests", `{"right":"access","subject":{"email":"anna@example.com"}}`)
		var asked struct{ ID string }
		if err := json.Unmarshal([]byte(body), &asked); err != nil || asked.ID == "" {
			t.Fatalf("%v: %s", err, body)
		}
		before := s.count(t)
		for _, ask := range [][3]string{
			{http.MethodGet, "/v1/requests/" + asked.ID},
			{http.MethodGet, "/v1/subjects/" + done.Subject}, {http.MethodGet, "/v1/subjects/" + done.Subject + "/history"},
			{http.MethodGet, "/v1/receipts/" + done.Choices[0].ID},
			{http.MethodPost, "/v1/subjects/" + done.Subject + "/links", `{"other":"` + done.Subject + `x"}`},
			{http.MethodDelete, "/v1/subjects/" + done.Subject + "/links/x"},
			{http.MethodPut, "/v1/subjects/" + done.Subject + "/holder", `{"kind":"email","value":"anna@example.com","holder":"shared"}`},
			{http.MethodDelete, "/v1/apikeys/" + key.ID}, {http.MethodDelete, "/v1/operators/" + operator.ID},
			{http.MethodPost, "/v1/links", `{"subject":{"email":"anna@example.com"}}`},
			{http.MethodPost, "/v1/centre-links", `{"subject":{"email":"anna@example.com"}}`},
			{http.MethodPost, "/v1/unsubscribe-headers", `{"subject":{"email":"anna@example.com"},"purpose":"newsletter"}`},
			{http.MethodPost, "/v1/confirmations", `{"subject":{"email":"anna@example.com"}}`},
			{http.MethodPost, "/v1/erasures", `{"subject":{"email":"anna@example.com"},"plan":true}`},
			{http.MethodPost, "/v1/erasures", `{"subject":{"email":"anna@example.com"}}`},
		} {
			resp, answer := s.call(t, "other", ask[0], ask[1], ask[2])
			// Whether a key may merge is asked before whom it would: 403 says nothing either.
			merge := resp.StatusCode == http.StatusForbidden && strings.HasSuffix(ask[1], "/links")
			if resp.StatusCode != http.StatusNotFound && !merge || strings.Contains(answer, "anna") {
				t.Errorf("%s %s: got %d, want 404\n%s", ask[0], ask[1], resp.StatusCode, answer)
			}
		}
		if after := s.count(t); after != before {
			t.Errorf("%d entries were added", after-before)
		}
		resp, answer := s.call(t, "other", http.MethodGet, "/v1/subjects?email=anna@example.com", "")
		if resp.StatusCode != http.StatusOK || strings.TrimSpace(answer) != `{"subjects":[]}` {
			t.Errorf("got %d %s, want nobody", resp.StatusCode, answer)
		}
		_, answer = s.call(t, "other", http.MethodPost, "/v1/check", `{"subject":{"email":"anna@example.com"},"purpose":"newsletter","channel":"email"}`)
		if !strings.Contains(answer, `"unknown_subject"`) {
			t.Errorf("got %s, want unknown_subject", answer)
		}
	})
}

// TestAPublicKeyLearnsNothing sends the same form about people it must not tell apart.
func TestAPublicKeyLearnsNothing(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		form := func(email, choice string) string {
			return strings.NewReplacer("anna@example.com", email, `"given"`, `"`+choice+`"`).Replace(yes)
		}
		s.call(t, "choices", http.MethodPost, "/v1/choices", form("known@example.com", "given"))
		s.call(t, "choices", http.MethodPost, "/v1/choices", form("against@example.com", "objected"))
		s.call(t, "choices", http.MethodPost, "/v1/choices", form("erased@example.com", "given"))
		if resp, body := s.call(t, "requests", http.MethodPost, "/v1/erasures", `{"subject":{"email":"erased@example.com"}}`); resp.StatusCode != http.StatusOK {
			t.Fatal(body)
		}
		for _, choice := range []string{"given", "withdrawn"} {
			var first string
			for _, who := range []string{"nobody@example.com", "known@example.com", "against@example.com", "erased@example.com"} {
				resp, body := s.call(t, "collect", http.MethodPost, "/v1/choices", form(who, choice), "Origin", "https://shop.example")
				seen := fmt.Sprint(resp.StatusCode, len(body), resp.Header.Get("Content-Type"), resp.Header.Get("Access-Control-Allow-Origin"))
				if first == "" {
					first = seen
				}
				var answer map[string]string
				if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer) != 1 || !strings.HasPrefix(answer["receipt"], "rct_") {
					t.Fatalf("%s, %s: got %s, want a receipt token alone", who, choice, body)
				}
				if seen != first {
					t.Errorf("%s, %s: got %s, and %s for nobody", who, choice, seen, first)
				}
				if resp, _ := s.call(t, "choices", http.MethodGet, "/v1/receipts/"+answer["receipt"], ""); resp.StatusCode != http.StatusOK {
					t.Errorf("%s: the token gives no receipt to those who may have it: %d", who, resp.StatusCode)
				}
				if resp, _ := s.call(t, "other", http.MethodGet, "/v1/receipts/"+answer["receipt"], ""); resp.StatusCode != http.StatusNotFound {
					t.Errorf("another organisation: got %d, want 404", resp.StatusCode)
				}
			}
		}
		resp, _ := s.call(t, "collect", http.MethodPost, "/v1/choices", form("x@example.com", "given"), "Origin", "https://evil.example")
		if resp.StatusCode != http.StatusForbidden || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("another origin: got %d, want 403", resp.StatusCode)
		}
		resp, _ = s.call(t, "", http.MethodOptions, "/v1/choices", "", "Origin", "https://shop.example")
		if resp.StatusCode != http.StatusNoContent || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("preflight: got %d", resp.StatusCode)
		}
		resp, _ = s.call(t, "choices", http.MethodPost, "/v1/choices", form("x@example.com", "given"), "Origin", "https://shop.example")
		if resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("a key that can read is not for pages")
		}
	})
}

// TestAYesOfAPublicKeyOverANoWaits checks that what the form sent did not count.
func TestAYesOfAPublicKeyOverANoWaits(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.call(t, "choices", http.MethodPost, "/v1/choices", strings.Replace(yes, `"given"`, `"objected"`, 1))
		s.env.Clock.Advance(1e9)
		s.call(t, "collect", http.MethodPost, "/v1/choices", yes)
		_, answer := s.call(t, "check", http.MethodPost, "/v1/check", `{"subject":{"email":"anna@example.com"},"purpose":"newsletter","channel":"email"}`)
		if !strings.Contains(answer, `"permitted":false`) {
			t.Errorf("got %s, want it denied", answer)
		}
	})
}
