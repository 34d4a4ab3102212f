// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

// local returns a client of who holds the data folder, through memory.
func (s *shop) local(t *testing.T, org string) *client.Client {
	t.Helper()
	memory := web.NewMemory()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, s.server, web.Local(memory, "")) }()
	transport := &http.Transport{DialContext: memory.Dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	c, err := client.New(client.Options{Server: "http://lecito", Organisation: org, HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func given(email string) client.Choices {
	return client.Choices{
		Subject: client.Subject{Email: email}, Source: "footer-form", Notice: &lawful.NoticeRef{ID: "signup", Version: 1, Language: "it"},
		Choices:  []client.Choice{{Purpose: "newsletter", Channel: "email", Choice: lawful.Given}},
		Evidence: &lawful.Evidence{Method: "checkbox", Default: "unticked", Text: "Sì"},
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestClientRecordsChecksAndProves(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		recorded := must[client.Recorded](t)(c.Record(t.Context(), given("anna@example.com")))
		question := client.Question{Subject: client.Subject{Email: "anna@example.com"}, Purpose: "newsletter", Channel: "email"}
		if d := must[lawful.Decision](t)(c.Check(t.Context(), question)); !d.Permitted {
			t.Errorf("got %s, want it permitted", d.Reason)
		}
		keys := must[[]byte](t)(c.KeyFile(t.Context()))
		pinned := must[[]string](t)(evidence.ParseKeys(keys))
		for _, file := range [][]byte{
			must[[]byte](t)(c.Certificate(t.Context(), question)),
			must[[]byte](t)(c.Receipt(t.Context(), recorded.Choices[0].ID)),
		} {
			if v := must[evidence.Verdict](t)(evidence.Verify(file, evidence.Options{Keys: pinned})); !v.OK() || !v.KeyPinned {
				t.Errorf("%s: %v", v.Kind, v.Problems)
			}
		}
		if text := must[string](t)(c.ReceiptText(t.Context(), recorded.Choices[0].ID, "it")); !strings.Contains(text, "Bottega") {
			t.Errorf("the receipt in words names nobody:\n%s", text)
		}
		people := must[[]client.Person](t)(c.Subjects(t.Context(), client.Subject{Email: "anna@example.com"}, ""))
		other := must[client.Recorded](t)(c.Record(t.Context(), given("anna@example.org")))
		if err := c.Link(t.Context(), people[0].ID, other.Subject); err != nil {
			t.Fatal(err)
		}
		if p := must[client.Person](t)(c.Subject(t.Context(), people[0].ID)); len(p.Linked) != 1 || len(p.Identifiers) != 2 {
			t.Errorf("got %+v, want two linked", p)
		}
		if err := c.Unlink(t.Context(), people[0].ID, other.Subject); err != nil {
			t.Fatal(err)
		}
		must[client.Erased](t)(c.PlanErasure(t.Context(), client.Erasure{Subject: client.Subject{Email: "anna@example.com"}}))
		must[client.Erased](t)(c.Erase(t.Context(), client.Erasure{Subject: client.Subject{Email: "anna@example.com"}}))
		_, err := c.Subject(t.Context(), people[0].ID)
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "unknown_subject" {
			t.Errorf("got %v, want the problem unknown_subject", err)
		}
	})
}

func TestClientRunsTheOffice(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		key := must[client.APIKey](t)(c.CreateAPIKey(t.Context(), "tool", []string{"check"}, nil))
		if err := c.RevokeAPIKey(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		if all := must[[]client.APIKey](t)(c.APIKeys(t.Context())); !slices.ContainsFunc(all, func(k client.APIKey) bool { return k.ID == key.ID && k.Revoked != nil }) {
			t.Error("the revoked key is not listed as such")
		}
		in := must[client.Invitation](t)(c.Invite(t.Context(), "rita@example.com", "owner"))
		if !strings.HasPrefix(in.Link, "https://lecito.example/sign-in/link_") {
			t.Errorf("got link %s", in.Link)
		}
		must[[]client.VerifierKey](t)(c.RotateKeys(t.Context()))
		must[[]client.Finding](t)(c.Doctor(t.Context()))
		it := must[client.Law](t)(c.Law(t.Context(), "", ""))
		register := slices.IndexFunc(it.Rules, func(r client.LawRule) bool { return r.Key == "it.register.phone" })
		if it.ID != "IT" || !it.On || register < 0 || it.Rules[register].Value.Number != 15 || it.Rules[register].Source == "" {
			t.Errorf("got %s, on %v, rule %d of %d", it.ID, it.On, register, len(it.Rules))
		}
		if ch := must[client.Law](t)(c.Law(t.Context(), "ch", "2026-01-01")); ch.On || ch.Why == "" || ch.Day != "2026-01-01" {
			t.Errorf("got %s, on %v, %q", ch.Day, ch.On, ch.Why)
		}
		if a := must[client.Applied](t)(c.Apply(t.Context(), sample.Bottega, "bottega.yaml", false)); len(a.Changes) != 0 {
			t.Errorf("applying twice changed %d things", len(a.Changes))
		}
		third := bytes.Replace(sample.Bottega, []byte("id: bottega\n"), []byte("id: terza\n"), 1)
		if a := must[client.Applied](t)(s.local(t, "").Apply(t.Context(), third, "terza.yaml", true)); len(a.Changes) == 0 || !a.DryRun {
			t.Errorf("got %+v, want a difference", a)
		}
		_, err := s.local(t, "").APIKeys(t.Context())
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "organisation_needed" {
			t.Errorf("got %v, want to be asked which organisation", err)
		}
		must[string](t)(c.Checkpoint(t.Context()))
		must[[]byte](t)(c.Tile(t.Context(), "entries/000.p/1"))
	})
}

func TestClientCountsWhoIsReachable(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		_, err := c.Reachable(t.Context(), "newsletter", "email")
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "not_counted_yet" {
			t.Errorf("got %v, want to be told that nobody was read", err)
		}
		memory := s.parts.Standing.Remember(true, "")
		must[client.Recorded](t)(c.Record(t.Context(), given("anna@example.com")))
		if err := memory.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := must[client.Reachable](t)(c.Reachable(t.Context(), "newsletter", "email")); n.People != 1 || n.Channel != "email" || n.AsOf.IsZero() {
			t.Errorf("got %+v, want one", n)
		}
	})
}

func TestBatchKeepsOrderAndOneBadLineEndsNothing(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		must[client.Recorded](t)(c.Record(t.Context(), given("p3@example.com")))
		const n = 2500
		i, permitted, problems := 0, -1, 0
		for d, err := range c.CheckBatch(t.Context(), func(yield func(client.Question) bool) {
			for i := range n {
				q := client.Question{Subject: client.Subject{Email: fmt.Sprintf("p%d@example.com", i)}, Purpose: "newsletter", Channel: "email"}
				if i%1000 == 7 {
					q.Subject = client.Subject{}
				}
				if !yield(q) {
					return
				}
			}
		}) {
			if p, ok := errors.AsType[*client.Problem](err); ok && i%1000 == 7 && p.Code == "invalid_question" {
				problems++
			} else if err != nil {
				t.Fatalf("line %d: %v", i, err)
			}
			if d.Permitted {
				permitted = i
			}
			i++
		}
		if i != n || permitted != 3 || problems != 3 {
			t.Errorf("got %d answers, the yes at %d, %d problems; want %d, 3, 3", i, permitted, problems, n)
		}
		for _, err := range c.CheckBatch(t.Context(), func(yield func(client.Question) bool) {
			for yield(client.Question{Subject: client.Subject{Email: "a@example.com"}, Purpose: "newsletter", Channel: "email"}) {
			}
		}) {
			if err != nil {
				t.Error(err)
			}
			break // a caller that has seen enough leaves nothing running
		}
	})
}

func TestBatchLinesOfEveryKind(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		good := `{"subject":{"email":"a@example.com"},"purpose":"newsletter","channel":"email"}`
		body := good + "\n{\"subjct\":1}\n\n" + good + strings.Repeat(" ", 70_000) + "\n" + good
		resp, answer := s.call(t, "check", http.MethodPost, "/v1/check/batch", body)
		lines := strings.Split(strings.TrimSpace(answer), "\n")
		if resp.StatusCode != http.StatusOK || len(lines) != 5 {
			t.Fatalf("got %d and %d lines, want one for each of 5\n%s", resp.StatusCode, len(lines), answer)
		}
		for i, want := range []string{`"reason":"unknown_subject"`, `"invalid_json"`, `"invalid_json"`, `"line_too_long"`, `"reason":"unknown_subject"`} {
			if !strings.Contains(lines[i], want) {
				t.Errorf("line %d: got %s, want %s in it", i+1, lines[i], want)
			}
		}
	})
}

func TestListsGoInAndComeOutCleared(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		must[client.Recorded](t)(c.Record(t.Context(), given("p3@example.com")))
		var list, want strings.Builder
		list.WriteString("Email;Name\r\n")
		want.WriteString("Email;Name\r\n")
		for i := range 5000 {
			fmt.Fprintf(&list, "p%d@example.com;\"Person; %d\"\r\n", i, i)
		}
		want.WriteString("p3@example.com;\"Person; 3\"\r\n")
		var permitted, rejected, suppress bytes.Buffer
		steps := 0
		cleared := must[client.Cleared](t)(c.ClearList(t.Context(), client.Clear{Purpose: "newsletter", Channel: "email"}, strings.NewReader(list.String()),
			client.Outputs{Permitted: &permitted, Rejected: &rejected, Suppress: &suppress, Progress: func(client.Progress) { steps++ }}))
		if cleared.Rows != 5000 || cleared.Permitted != 1 || permitted.String() != want.String() || steps == 0 {
			t.Errorf("got %d rows, %d permitted, %d steps:\n%s", cleared.Rows, cleared.Permitted, steps, permitted.String())
		}
		if n := strings.Count(rejected.String(), "\n"); n != 5000 {
			t.Errorf("got %d lines of rejected rows, want 5000 with the header", n)
		}
		v := must[evidence.Verdict](t)(evidence.Verify(cleared.Clearance, evidence.Options{List: &permitted}))
		if !v.OK() || v.List == "" {
			t.Errorf("the clearance: %v", v.Problems)
		}
		_, err := c.ClearList(t.Context(), client.Clear{Purpose: "nonsense", Channel: "email"}, strings.NewReader(list.String()), client.Outputs{})
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "purpose_unknown" {
			t.Errorf("got %v, want purpose_unknown once", err)
		}
	})
}

// TestOnlyThePartsAskedForAreSent: what nobody takes need not travel.
func TestOnlyThePartsAskedForAreSent(t *testing.T) {
	once(t, func(t *testing.T, s *shop) {
		for parts, want := range map[string][]string{
			"": {"permitted", "rejected", "suppress"}, "permitted": {"permitted"}, "suppress,rejected": {"rejected", "suppress"},
		} {
			resp, answer := s.call(t, "check", http.MethodPost, "/v1/lists?purpose=newsletter&channel=email&parts="+parts, "email\nanna@example.com\n")
			var got []string
			for _, name := range []string{"permitted", "rejected", "suppress"} {
				if strings.Contains(answer, `name="`+name+`"`) {
					got = append(got, name)
				}
			}
			if resp.StatusCode != http.StatusOK || !slices.Equal(got, want) || !strings.Contains(answer, `name="clearance"`) {
				t.Errorf("parts %q: %d, %v", parts, resp.StatusCode, got)
			}
		}
		resp, answer := s.call(t, "check", http.MethodPost, "/v1/lists?purpose=newsletter&channel=email&parts=everything", "email\n")
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(answer, `"parts"`) {
			t.Errorf("an unknown part: %d, %s", resp.StatusCode, answer)
		}
	})
}

// TestAddressesAreExported to who may both check and look people up.
func TestAddressesAreExported(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		must[client.Recorded](t)(c.Record(t.Context(), given("p3@example.com")))
		var permitted bytes.Buffer
		steps := 0
		exported := must[client.Cleared](t)(c.Export(t.Context(), client.Clear{Purpose: "newsletter", Channel: "email"},
			client.Outputs{Permitted: &permitted, Progress: func(client.Progress) { steps++ }}))
		if exported.Rows != 1 || exported.Permitted != 1 || permitted.String() != "email\np3@example.com\n" || steps == 0 {
			t.Errorf("got %+v in %d steps:\n%s", exported, steps, permitted.String())
		}
		v := must[evidence.Verdict](t)(evidence.Verify(exported.Clearance, evidence.Options{List: &permitted}))
		if !v.OK() || v.List != evidence.ListOutput || v.Clearance.Cleared.Input.Bytes != 0 {
			t.Errorf("the clearance: %s, %v", v.List, v.Problems)
		}
		for _, key := range []string{"check", "subjects"} {
			resp, answer := s.call(t, key, http.MethodPost, "/v1/exports?purpose=newsletter&channel=email", "")
			if resp.StatusCode != http.StatusForbidden || strings.Contains(answer, "p3@") {
				t.Errorf("with the scope %s alone: %d, %s", key, resp.StatusCode, answer)
			}
		}
		_, err := c.Export(t.Context(), client.Clear{Purpose: "nonsense", Channel: "email"}, client.Outputs{})
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "purpose_unknown" {
			t.Errorf("got %v, want purpose_unknown", err)
		}
	})
}

func TestListsAreImported(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		c := s.local(t, "bottega")
		file := "Email Address,First Name,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP\n" +
			"anna@example.com,Anna,2025-03-01 10:00:00,192.0.2.1,2025-03-01 10:05:00,192.0.2.1\n"
		steps := 0
		r := must[client.ImportResult](t)(c.Import(t.Context(), client.Import{Source: "old-list", Name: "subscribed_members.csv", Language: "en"},
			strings.NewReader(file), func(client.Progress) { steps++ }))
		if r.Sums.Rows != 1 || r.Sentence == "" || steps == 0 {
			t.Errorf("got %+v after %d steps, want one row", r, steps)
		}
		if again := must[client.ImportResult](t)(c.Import(t.Context(), client.Import{Source: "old-list", Name: "subscribed_members.csv"}, strings.NewReader(file), nil)); again.Sums.New != 0 {
			t.Errorf("the second time %d rows were new", again.Sums.New)
		}
		for name, file := range map[string]string{"empty": "", "binary": "\x00\x01\x02\xff\xfe\x00", "no columns we know": "colour,size\nred,7\n"} {
			_, err := c.Import(t.Context(), client.Import{Source: "old-list"}, strings.NewReader(file), nil)
			if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status >= 500 {
				t.Errorf("%s: got %v, want a problem of the file", name, err)
			}
		}
	})
}
