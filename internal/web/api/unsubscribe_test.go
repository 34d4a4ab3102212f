// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/client"
)

func mailing(address string) client.Mailing {
	return client.Mailing{Subject: client.Subject{Email: address}, Purpose: "newsletter", Message: "autumn.17"}
}

func TestHeadersOfAStreamOfMessages(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		for _, address := range []string{"anna@example.com", "bea@example.com"} {
			must[client.Recorded](t)(c.Record(t.Context(), given(address)))
		}
		// More than a block, so that answers come while questions go.
		const rounds = 700
		wrong := mailing("anna@example.com")
		wrong.Message = "not an id"
		var messages iter.Seq[client.Mailing] = func(yield func(client.Mailing) bool) {
			for range rounds {
				for _, m := range []client.Mailing{mailing("anna@example.com"), mailing("nobody@example.com"), wrong, mailing("bea@example.com")} {
					if !yield(m) {
						return
					}
				}
			}
		}
		var got []string
		tokens := map[string]bool{}
		for made, err := range c.UnsubscribeHeadersBatch(t.Context(), messages) {
			code := ""
			if p, ok := errors.AsType[*client.Problem](err); ok {
				code = p.Code
			} else if err != nil {
				t.Fatal(err)
			}
			got = append(got, code)
			if code == "" {
				tokens[made.Headers["List-Unsubscribe"]] = true
			}
		}
		want := slices.Repeat([]string{"", "unknown_subject", "invalid_message", ""}, rounds)
		if !slices.Equal(got, want) {
			t.Errorf("%d answers, want %d in their order", len(got), len(want))
		}
		if len(tokens) != 2 {
			t.Errorf("%d addresses for two people", len(tokens))
		}
	})
}

func TestClientMakesLinks(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		must[client.Recorded](t)(c.Record(t.Context(), given("anna@example.com")))
		who := client.Subject{Email: "anna@example.com"}
		short := must[client.CentreLink](t)(c.CentreLink(t.Context(), client.CentreLinkFor{Subject: who, Minutes: 5}))
		long := must[client.Links](t)(c.Links(t.Context(), who, "", ""))
		if short.Scope != "choices" || !strings.HasPrefix(short.Centre, "https://lecito.example/p/") || !short.Expires.Before(long.Expires.Add(-24*time.Hour)) {
			t.Errorf("got %+v", short)
		}
		one := must[client.UnsubscribeHeaders](t)(c.UnsubscribeHeaders(t.Context(), mailing("anna@example.com")))
		if one.Stops != "channel" || one.Subject != short.Subject || one.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" {
			t.Errorf("got %+v", one)
		}
	})
}
