// SPDX-License-Identifier: Apache-2.0

package request_test

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
)

// TestAnErasureAndRequests: of what was answered only that it was stays; what is
// open can still be answered, and goes thirty days after.
func TestAnErasureAndRequests(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		const secret = "il-gatto-di-Giulia-si-chiama-Ofelia"
		done, waiting := s.form(t, request.Problem, sample.Giulia, secret), s.form(t, request.Erasure, sample.Giulia, secret)
		s.work(t)
		must(t, s.requests.Answer(t.Context(), office(), done, request.OutcomeDone, secret+", risolto"))
		s.work(t)
		who := rights.Request{Subject: choice.Subject{Email: sample.Giulia}}
		plan, err := s.rights.Plan(t.Context(), access.Local(org), who)
		must(t, err)
		if plan.Requests.Closed != 1 || plan.Requests.Open != 1 {
			t.Errorf("planned: %+v", plan.Requests)
		}
		_, err = s.rights.Erase(t.Context(), access.Local(org), who)
		must(t, err)

		r := s.find(t, done)
		if r.Subject != "" || r.Contact != (request.Contact{}) || r.State != request.StateAnswered || r.Closed == nil || r.Erased == nil {
			t.Errorf("of what was answered: %+v", r)
		}
		for _, step := range r.Steps {
			if step.Text != "" {
				t.Error("a text outlives the person")
			}
		}
		if got := s.own(t, "erased"); got != 2 {
			t.Errorf("%d entries of the organisation say what was erased, want 2", got)
		}

		must(t, s.requests.Confirm(t.Context(), person(), waiting))
		must(t, s.requests.Answer(t.Context(), office(), waiting, request.OutcomeDone, "Tutto cancellato."))
		s.work(t)
		last := s.post.letters[len(s.post.letters)-1]
		if last.Request.ID != waiting || last.Request.Contact.Email != sample.Giulia || last.Act != request.ActAnswered {
			t.Errorf("the last letter is about %s", last.Act)
		}
		if r := s.find(t, waiting); r.Subject != "" || r.Steps[0].Text != secret {
			t.Errorf("after the answer: %+v", r)
		}
		s.Clock.Advance(31 * day)
		s.work(t)
		if r := s.find(t, waiting); r.Contact != (request.Contact{}) || r.Steps[0].Text != "" || r.Outcome != request.OutcomeDone {
			t.Errorf("a month after the answer: %+v", r)
		}
		must(t, s.DB.Truncate(t.Context()))
		for _, name := range s.RawFiles(t) {
			raw, err := os.ReadFile(name)
			if err == nil && bytes.Contains(raw, []byte("Ofelia")) {
				t.Errorf("%s holds what was written", name)
			}
		}
	})
}

// own counts the organisation's entries about requests that name an act.
func (s *shop) own(t *testing.T, act string) int {
	t.Helper()
	n := 0
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		entries, err := s.ledger.Recent(ctx, tx, org, evidence.KindRequest, 0, 1000)
		for _, e := range entries {
			if e.Chain == ledger.Own && bytes.Contains(e.Body, []byte(`"act":"`+act+`"`)) {
				n++
			}
		}
		return err
	})
	must(t, err)
	return n
}

// TestKeysOfRequestsFollowTheEpochs: an old epoch can go, and what is open is
// still read; what was destroyed does not come back.
func TestKeysOfRequestsFollowTheEpochs(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		id := s.form(t, request.Problem, sample.Marco, "Perché mi scrivete?")
		s.work(t)
		s.Clock.Advance(31 * day)
		_, err := s.keys.Rotate(s.Clock.Now())
		must(t, err)
		s.Clock.Advance(seal.BackupLife + day)
		gone, err := seal.Expire(t.Context(), s.DB, s.keys, s.Clock.Now(), seal.BackupLife)
		if err != nil || len(gone) != 1 {
			t.Fatalf("%d epochs ended: %v", len(gone), err)
		}
		if r := s.find(t, id); r.Steps[0].Text != "Perché mi scrivete?" {
			t.Errorf("after the epoch: %q", r.Steps[0].Text)
		}
	})
}

// TestNothingOfAPersonInTheLog: entries about requests hold no word of theirs
// and no address.
func TestNothingOfAPersonInTheLog(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		known := s.form(t, request.Problem, sample.Giulia, "parola segreta")
		s.form(t, request.Problem, "nessuno@posta.example", "parola segreta")
		s.work(t)
		chain := s.find(t, known).Subject
		err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			entries, err := s.ledger.History(ctx, tx, org, []string{chain, ledger.Own})
			seen := 0
			for _, list := range entries {
				for _, e := range list {
					if e.Kind != evidence.KindRequest {
						continue
					}
					seen++
					if bytes.Contains(e.Payload, []byte("segreta")) || bytes.Contains(e.Payload, []byte("@")) {
						t.Errorf("an entry says too much: %s", e.Payload)
					}
				}
			}
			if seen < 2 {
				t.Errorf("%d entries about requests", seen)
			}
			return err
		})
		must(t, err)
	})
}

// TestACertificateStillVerifies of somebody who asked for something: the chain
// with its requests is whole, and says what they decided.
func TestACertificateStillVerifies(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		s.form(t, request.Access, sample.Giulia, "")
		s.work(t)
		must(t, s.ledger.Sequence(t.Context(), org))
		file, err := s.standing.Certificate(t.Context(), access.Local(org), standing.Question{
			Subject: choice.Subject{Email: sample.Giulia}, Purpose: "newsletter", Channel: "email",
		})
		must(t, err)
		verdict, err := evidence.Verify(file, evidence.Options{})
		if err != nil || verdict.Certificate == nil || !verdict.Certificate.Decision.Permitted {
			t.Errorf("%+v: %v", verdict, err)
		}
	})
}
