// SPDX-License-Identifier: Apache-2.0

package request_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// TestAStrangersRequestIsProvenByTheirMailbox: known or not, what is stored at
// first is the same; a link is sent only where the address is known.
func TestAStrangersRequestIsProvenByTheirMailbox(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		known, unknown := s.form(t, request.Access, sample.Giulia, ""), s.form(t, request.Access, "nessuno@posta.example", "")
		for _, id := range []string{known, unknown} {
			if r := s.find(t, id); r.State != request.StateNew || r.Subject != "" || acts(r) != "opened " {
				t.Errorf("before it is taken up: %s, %q, %s", r.State, r.Subject, acts(r))
			}
		}
		if all, _, err := s.requests.List(t.Context(), office(), request.ListQuery{}); err != nil || len(all) != 2 {
			t.Errorf("the queue has %d of them: %v", len(all), err)
		}
		s.work(t)
		if r := s.find(t, unknown); r.State != request.StateOpen || r.Identity != request.IdentityWanted || r.Subject != "" {
			t.Errorf("of nobody known: %s, %s", r.State, r.Identity)
		}
		r := s.find(t, known)
		if r.Identity != request.IdentityAsked || r.Subject == "" || acts(r) != "opened identity_asked " || r.Steps[1].Sent == nil {
			t.Fatalf("of somebody known: %s, %s", r.Identity, acts(r))
		}
		if len(s.post.letters) != 1 || s.post.letters[0].Request.ID != known || s.post.letters[0].Request.Contact.Email != sample.Giulia {
			t.Errorf("%d letters", len(s.post.letters))
		}
		s.Clock.Advance(10 * day)
		must(t, s.requests.Confirm(t.Context(), person(), known))
		if r := s.find(t, known); r.Identity != request.IdentityGiven || acts(r) != "opened identity_asked identity_given " {
			t.Errorf("after the link: %s, %s", r.Identity, acts(r))
		}
		must(t, s.requests.Answer(t.Context(), office(), known, request.OutcomeDone, "Ecco i suoi dati."))
		s.work(t)
		if r := s.find(t, known); r.State != request.StateAnswered || r.Steps[3].Text != "Ecco i suoi dati." || r.Steps[3].Sent == nil {
			t.Errorf("answered: %s, %+v", r.State, r.Steps)
		}
	})
}

const day = 24 * time.Hour

// TestTheClock counts as lecito due does: identity stops it, an extension is
// given once and in time, and a restart changes nothing.
func TestTheClock(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		s.Clock.Set(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)) // of law.md, B.4, vector 23
		id := s.form(t, request.Access, sample.Giulia, "")
		s.Clock.Set(time.Date(2026, 11, 4, 9, 0, 0, 0, time.UTC))
		s.work(t)
		due := func(want law.Day) {
			t.Helper()
			if got := law.DayOf(s.find(t, id).Due.Add(-time.Second), rome(t)); got != want {
				t.Errorf("due on %s, want %s", got, want)
			}
		}
		due(law.NewDay(2026, 12, 2))
		s.Clock.Set(time.Date(2026, 11, 14, 9, 0, 0, 0, time.UTC))
		must(t, s.requests.Confirm(t.Context(), person(), id))
		due(law.NewDay(2026, 12, 14))
		again, err := s.service(s.Reopen(t))
		must(t, err)
		s.requests = again
		due(law.NewDay(2026, 12, 14))
		if err := s.requests.Extend(t.Context(), office(), id, " \n "); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		must(t, s.requests.Extend(t.Context(), office(), id, "Sono molti archivi."))
		due(law.NewDay(2027, 2, 12)) // three months from the same day, and ten days of waiting
		if err := s.requests.Extend(t.Context(), office(), id, "Ancora."); !problem.Is(err, problem.Conflict) {
			t.Errorf("a second time: %v", err)
		}
		late := s.form(t, request.Erasure, sample.Marco, "")
		s.work(t)
		s.Clock.Set(s.find(t, late).Due)
		if err := s.requests.Extend(t.Context(), office(), late, "Tardi."); !problem.Is(err, problem.Conflict) {
			t.Errorf("after the first period: %v", err)
		}
	})
}

func rome(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	must(t, err)
	return zone
}

// TestAnObjectionWorksAtOnce: it needs no proof, is recorded for who is known,
// and once only while it stands.
func TestAnObjectionWorksAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		if got := s.stand(t, sample.Giulia); got != lawful.ReasonConsentGiven {
			t.Fatalf("before: %s", got)
		}
		id := s.form(t, request.Objection, sample.Giulia, "")
		s.form(t, request.Objection, "nessuno@posta.example", "")
		s.work(t)
		if got := s.stand(t, sample.Giulia); got != lawful.ReasonObjected {
			t.Errorf("after: %s", got)
		}
		if got := s.stand(t, "nessuno@posta.example"); got != lawful.ReasonUnknownSubject {
			t.Errorf("of nobody known: %s", got)
		}
		r := s.find(t, id)
		if r.Identity != request.IdentityNone || acts(r) != "opened objected reply " || r.State != request.StateOpen {
			t.Errorf("%s: %s, %s", r.State, r.Identity, acts(r))
		}
	})
}

// TestNobodysMailboxIsFilled: what strangers send is all kept, and the address
// is written to three times a day.
func TestNobodysMailboxIsFilled(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		for range 8 {
			s.form(t, request.Access, sample.Giulia, "")
			s.form(t, request.Objection, sample.Giulia, "")
		}
		s.work(t)
		if len(s.post.letters) != 3 {
			t.Errorf("%d letters were sent, want 3", len(s.post.letters))
		}
		all, _, err := s.requests.List(t.Context(), office(), request.ListQuery{})
		if err != nil || len(all) != 16 {
			t.Errorf("%d requests are kept, want 16: %v", len(all), err)
		}
	})
}

func TestWhoMayNotServeRights(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		id := s.form(t, request.Problem, "nessuno@posta.example", "Mi scrivete troppo.")
		s.work(t)
		reader := access.Actor{Org: org, Kind: access.KindKey, ID: "key", Scopes: []string{access.ScopeSubjects}}
		other := office()
		other.Org = "altra"
		for name, err := range map[string]error{
			"answer": s.requests.Answer(t.Context(), reader, id, request.OutcomeDone, "x"),
			"extend": s.requests.Extend(t.Context(), reader, id, "x"), "vouch": s.requests.Vouch(t.Context(), reader, id),
			"ask": s.requests.Ask(t.Context(), reader, id), "reply": s.requests.Reply(t.Context(), reader, id, "x"),
		} {
			if !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s without the scope: %v", name, err)
			}
		}
		if err := s.requests.Answer(t.Context(), other, id, request.OutcomeDone, "x"); !problem.Is(err, problem.NotFound) {
			t.Errorf("of another organisation: %v", err)
		}
	})
}
