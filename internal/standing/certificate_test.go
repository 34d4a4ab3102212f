// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"bytes"
	"context"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// people have each a story that ends in another answer about the newsletter by e-mail.
func people(t *testing.T, s *shop.Shop) map[lawful.Reason]choice.Subject {
	t.Helper()
	all := map[lawful.Reason]choice.Subject{lawful.ReasonUnknownSubject: shop.Email("nobody@posta.example")}
	who := func(reason lawful.Reason) choice.Subject {
		all[reason] = shop.Email(string(reason) + "@posta.example")
		return all[reason]
	}
	yes := func(reason lawful.Reason, change func(*choice.Request)) choice.Subject {
		r := shop.Yes(who(reason), "newsletter", "email")
		change(&r)
		s.Record(t, shop.Key(), r)
		return r.Subject
	}
	as := func(source string) func(*choice.Request) {
		return func(r *choice.Request) { r.Source, r.Evidence = source, nil }
	}
	plain := func(*choice.Request) {}
	yes(lawful.ReasonConsentGiven, plain)
	yes(lawful.ReasonConsentDeclared, as("accepted"))
	yes(lawful.ReasonEvidenceInsufficient, as("list"))
	yes(lawful.ReasonConsentInvalid, func(r *choice.Request) { r.Source = "contest" })
	yes(lawful.ReasonNoChoice, func(r *choice.Request) { r.Choices[0].Purpose = "events" })
	for reason, no := range map[lawful.Reason]string{
		lawful.ReasonRefused: lawful.Refused, lawful.ReasonWithdrawn: lawful.Withdrawn, lawful.ReasonObjected: lawful.Objected,
	} {
		s.Record(t, shop.Key(), shop.No(yes(reason, plain), no, "newsletter", "email"))
	}
	for reason, kind := range map[lawful.Reason]string{
		lawful.ReasonRestricted: lawful.KindRestriction, lawful.ReasonDeceased: lawful.KindDeceased, lawful.ReasonUndeliverable: lawful.KindUndeliverable,
	} {
		f := choice.Fact{Kind: kind, At: s.Env.Clock.Now()}
		if kind == lawful.KindUndeliverable {
			f.Channel = "email"
		}
		if _, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{Subject: yes(reason, plain), Facts: []choice.Fact{f}}); err != nil {
			t.Fatal(err)
		}
	}
	erased := rights.Request{Subject: yes(lawful.ReasonErased, plain)}
	if _, err := s.Rights.Erase(t.Context(), shop.Key(), erased); err != nil {
		t.Fatal(err)
	}
	pending := rights.Request{Subject: yes(lawful.ReasonConfirmationPending, plain)}
	if _, err := s.Rights.Erase(t.Context(), shop.Key(), pending); err != nil {
		t.Fatal(err)
	}
	s.Record(t, shop.Collect(), shop.Yes(pending.Subject, "newsletter", "email"))
	return all
}

func TestThereIsACertificateOfEveryAnswer(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		all := people(t, s)
		generations, err := s.Ledger.Generations(t.Context(), shop.Org)
		if err != nil {
			t.Fatal(err)
		}
		for want, who := range all {
			q := standing.Question{Subject: who, Purpose: "newsletter", Channel: "email", Explain: true}
			file, err := s.Standing.Certificate(t.Context(), shop.Key(), q)
			if err != nil {
				t.Errorf("%s: %v", want, err)
				continue
			}
			v, err := evidence.Verify(file, evidence.Options{Keys: []string{generations[0].VKey}})
			if err != nil || !v.OK() || !v.KeyPinned || v.Decision == nil {
				t.Errorf("%s does not verify: %v, %v", want, v.Problems, err)
				continue
			}
			if d := s.Ask(t, q); v.Decision.Reason != want || d.Reason != want || !reflect.DeepEqual(d.Also, v.Decision.Also) {
				t.Errorf("certified %s, asked %s, want %s", v.Decision.Reason, d.Reason, want)
			}
			changed := bytes.Clone(file)
			changed[len(changed)/2] ^= 1
			if v, err := evidence.Verify(changed, evidence.Options{}); err != nil || v.OK() {
				t.Errorf("%s: a changed byte is not found: %v", want, err)
			}
		}
	})
}

func TestAQuestionThatCannotBeAskedSaysSo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		for name, q := range map[string]standing.Question{
			"nobody":     {Purpose: "newsletter", Channel: "email"},
			"no purpose": {Subject: shop.Email("a@posta.example"), Channel: "email"},
			"no address": {Subject: shop.Email("nothing"), Purpose: "newsletter", Channel: "email"},
		} {
			if _, err := s.Standing.Check(t.Context(), shop.Key(), q); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v, want it refused", name, err)
			}
			if _, err := s.Standing.Certificate(t.Context(), shop.Key(), q); !problem.Is(err, problem.Invalid) {
				t.Errorf("a certificate for %s: %v, want it refused", name, err)
			}
		}
		q := standing.Question{Subject: shop.Email("a@posta.example"), Purpose: "newsletter", Channel: "email"}
		for _, actor := range []access.Actor{shop.Collect(), shop.Person()} {
			if _, err := s.Standing.Check(t.Context(), actor, q); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s reads: %v", actor.ID, err)
			}
		}
		s.Record(t, shop.Key(), shop.Yes(q.Subject, q.Purpose, q.Channel))
		stranger := shop.Key()
		stranger.Org = "another"
		if d, err := s.Standing.Check(t.Context(), stranger, q); !problem.Is(err, problem.NotFound) {
			t.Errorf("another organisation is answered: %+v, %v", d, err)
		}
	})
}

// TestACertificateMeetsARecorder proves somebody whose history grows meanwhile:
// every certificate is right about the chain's end, or is refused.
func TestACertificateMeetsARecorder(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		who := shop.Email("anna@posta.example")
		s.Record(t, shop.Key(), shop.Yes(who, "newsletter", "email"))
		var wg sync.WaitGroup
		defer wg.Wait()
		var receipts []string
		wg.Go(func() {
			for range 60 { // a longer chain only takes longer
				done, err := s.Send(t.Context(), shop.Key(), shop.No(who, lawful.Withdrawn, "newsletter", "email"))
				if err != nil {
					t.Error(err)
					return
				}
				receipts = append(receipts, done.Entries...)
			}
		})
		var certificates [][]byte
		for range 20 {
			file, err := s.Standing.Certificate(t.Context(), shop.Key(), standing.Question{Subject: who, Purpose: "newsletter", Channel: "email"})
			if problem.Is(err, problem.Unavailable) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			certificates = append(certificates, file)
		}
		wg.Wait()
		notRefuted(t, s, certificates, receipts)
	})
}

func notRefuted(t *testing.T, s *shop.Shop, certificates [][]byte, entries []string) {
	t.Helper()
	var receipts [][]byte
	for i := 0; i < len(entries); i += 7 {
		r, err := s.Choices.Receipt(t.Context(), shop.Key(), entries[i])
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, r)
	}
	for _, c := range certificates {
		if v, err := evidence.Verify(c, evidence.Options{}); err != nil || !v.OK() {
			t.Fatalf("a certificate does not verify: %v, %v", v.Problems, err)
		}
		for _, r := range receipts {
			if refuted, err := evidence.Refutes(c, r, evidence.Options{}); err != nil || refuted {
				t.Fatalf("a receipt refutes a certificate: %v, %v", refuted, err)
			}
		}
	}
}

// TestTheLedgerAloneGivesTheSameAnswers rebuilds everybody from opened entries
// and decides again, beside the service.
func TestTheLedgerAloneGivesTheSameAnswers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		all := people(t, s)
		replayed := replay(t, s)
		rules, err := s.Rules(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now := env.Clock.Now()
		for reason, who := range all {
			for _, at := range []time.Time{now, now.Add(-5 * time.Minute), now.Add(-10 * time.Minute)} {
				q := standing.Question{Subject: who, Purpose: "newsletter", Channel: "email", At: &at, Explain: true}
				got := s.Ask(t, q)
				id := lawful.Identifier{Kind: lawful.IDEmail, Value: who.Email}
				history := replayed[id]
				if len(history) == 0 && got.Reason != lawful.ReasonErased && got.Reason != lawful.ReasonUnknownSubject {
					t.Errorf("%s: nobody in the ledger, the service says %s", reason, got.Reason)
				}
				if len(history) == 0 {
					continue
				}
				want := lawful.Decide(rules, lawful.Person{Known: true, History: history}, lawful.Question{
					Purpose: "newsletter", Channel: "email", Identifier: []lawful.Identifier{id}, At: at, KnownAt: now, Language: "en", Explain: true,
				})
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s at %v: the service says %+v, the ledger %+v", reason, at, got, want)
				}
			}
		}
	})
}

// replay reads facts by the identifiers they name, from the ledger and nothing else.
func replay(t *testing.T, s *shop.Shop) map[lawful.Identifier][]lawful.Recorded {
	t.Helper()
	by := map[lawful.Identifier][]lawful.Recorded{}
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		chains, err := db.All(ctx, tx, db.Value[string], `SELECT id FROM chain WHERE org = $1 AND id <> 'organisation'`, shop.Org)
		if err != nil {
			return err
		}
		all, err := s.Ledger.History(ctx, tx, shop.Org, chains)
		if err != nil {
			return err
		}
		for _, entries := range all {
			var history []lawful.Recorded
			for _, e := range entries {
				fact, err := subject.FactOf(e)
				if err != nil {
					return err
				}
				history = append(history, fact)
			}
			by[history[0].Identifiers[0]] = history
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return by
}
