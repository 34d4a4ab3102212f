// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// TestWhatCantBeDeliveredIsTriedAgainAndGivenUp where everybody can see it, with
// why; and once more when somebody says so.
func TestWhatCantBeDeliveredIsTriedAgainAndGivenUp(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.mail.before = func(mail.Message) error { return problem.New(problem.Unavailable, "mail_unavailable", "Not now.") }
		p.yes(t, anna)
		began := p.Env.Clock.Now()
		p.send(t)
		p.send(t)
		if p.mail.carried != 1 {
			t.Errorf("tried %d times at once", p.mail.carried)
		}
		for p.listed(t)[0].State == message.StateWaiting {
			p.Env.Clock.Set(p.listed(t)[0].Due)
			p.send(t)
		}
		m := p.listed(t)[0]
		if m.State != message.StateFailed || m.Why != "mail_unavailable" || m.Tries != 9 || p.mail.carried != 9 || p.Env.Clock.Now().Sub(began) < 24*time.Hour {
			t.Errorf("given up after %s: %+v", p.Env.Clock.Now().Sub(began), m)
		}
		if len(p.facts(t, anna, lawful.KindMessage)) != 0 {
			t.Error("what was never sent is on record as sent")
		}
		p.mail.before = nil
		retry := func() {
			if err := p.messages.Retry(t.Context(), shop.Key(), m.ID); err != nil {
				t.Fatal(err)
			}
			p.send(t)
		}
		retry()
		if m = p.listed(t)[0]; m.State != message.StateSent || len(p.files(t)) != 1 {
			t.Errorf("tried again it is %+v", m)
		}
		if err := p.messages.Retry(t.Context(), shop.Key(), m.ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("sent again: %v", err)
		}
	})
}

// TestALinkThatIsOverIsNotSent, however late somebody has it tried again.
func TestALinkThatIsOverIsNotSent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.mail.before = func(mail.Message) error { return problem.New(problem.Invalid, "mail_refused", "Never.") }
		p.yes(t, anna)
		p.send(t)
		p.mail.before = nil
		p.Env.Clock.Advance(message.LinkLife)
		if err := p.messages.Retry(t.Context(), shop.Key(), p.listed(t)[0].ID); err != nil {
			t.Fatal(err)
		}
		p.send(t)
		if m := p.listed(t)[0]; m.State != message.StateEnded || m.Why != "too_late" || p.mail.carried != 1 {
			t.Errorf("it is %+v", m)
		}
	})
}

func TestWhatIsRefusedForGoodIsGivenUpAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.mail.before = func(mail.Message) error { return problem.New(problem.Invalid, "mail_refused", "Never.") }
		p.yes(t, anna)
		p.send(t)
		if m := p.listed(t)[0]; m.State != message.StateFailed || m.Why != "mail_refused" || m.Tries != 1 {
			t.Errorf("it is %+v", m)
		}
	})
}

// TestWhatIsAnsweredMeanwhileIsNotSent, nor what has waited for too long.
func TestWhatIsAnsweredMeanwhileIsNotSent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.yes(t, anna)
		p.Record(t, shop.Key(), shop.Confirm(shop.Email(anna), "partner", "email"))
		p.yes(t, bruno)
		p.mail.before = func(mail.Message) error { return problem.New(problem.Unavailable, "mail_unavailable", "Not now.") }
		p.send(t)
		p.Record(t, shop.Key(), shop.No(shop.Email(bruno), lawful.Withdrawn, "partner", "email"))
		p.yes(t, "carla@posta.example")
		p.mail.before = nil
		p.Env.Clock.Advance(message.LinkLife + time.Hour)
		p.send(t)
		for _, m := range p.listed(t) {
			if m.State != message.StateEnded {
				t.Errorf("to %s: %+v", m.To, m)
			}
		}
		if len(p.files(t)) != 0 || p.mail.carried != 1 {
			t.Errorf("%d messages left", p.mail.carried)
		}
	})
}

// TestAYesWhileAMessageIsOnItsWayIsAskedAboutByTheNext.
func TestAYesWhileAMessageIsOnItsWayIsAskedAboutByTheNext(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.yes(t, anna)
		p.mail.after = func(mail.Message) error {
			p.mail.after = nil
			p.yes(t, anna)
			return nil
		}
		p.send(t)
		if got := p.facts(t, anna, lawful.KindMessage); len(got) != 1 || len(got[0].Message.Asks) != 1 {
			t.Fatalf("the first asks %+v", got)
		}
		p.Env.Clock.Advance(time.Hour)
		p.send(t)
		if got := p.facts(t, anna, lawful.KindMessage); len(got) != 2 || len(got[1].Message.Asks) != 2 {
			t.Errorf("the second asks %+v", got)
		}
	})
}

// TestASendingThatIsNotNotedIsDoneAgainWordForWord: lost, and stored though
// reported lost.
func TestASendingThatIsNotNotedIsDoneAgainWordForWord(t *testing.T) {
	for _, step := range []string{"commit-lost", "commit-stored-reported-lost"} {
		t.Run(step, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				open(t, env)
				armed := false
				p := over(t, shop.Over(t, env, env.OpenWith(t, func(o *db.Options) {
					o.Fault = func(at string) error {
						if at != step || !armed {
							return nil
						}
						armed = false
						return errors.New("the connection is gone")
					}
				})))
				p.yes(t, anna)
				p.mail.after = func(mail.Message) error { armed = true; return nil }
				if err := p.sender.Send(t.Context(), shop.Org); !problem.Is(err, problem.OutcomeUnknown) {
					t.Fatalf("got %v, want the outcome unknown", err)
				}
				id, before := p.only(t)
				p.mail.after = nil
				p.Env.Clock.Advance(time.Hour)
				p.send(t)
				again, after := p.only(t)
				if id != again || !bytes.Equal(before, after) {
					t.Errorf("%s and %s:\n%s\n%s", id, again, before, after)
				}
				if n := len(p.facts(t, anna, lawful.KindMessage)); n != 1 || p.listed(t)[0].State != message.StateSent {
					t.Errorf("%d times on record, %+v", n, p.listed(t)[0])
				}
			})
		})
	}
}

// TestNothingOfAMessageOutlivesAnErasure: waiting, sent, or on its way at that moment.
func TestNothingOfAMessageOutlivesAnErasure(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		erase := func() {
			if _, err := p.Rights.Erase(t.Context(), shop.Key(), rights.Request{Subject: shop.Email(anna)}); err != nil {
				t.Fatal(err)
			}
		}
		left := func() int64 {
			var n int64
			p.read(t, func(ctx context.Context, tx *db.ReadTx) (err error) {
				n, err = db.One(ctx, tx, db.Value[int64], "SELECT count(*) FROM message WHERE org = $1", shop.Org)
				return err
			})
			return n
		}
		p.yes(t, anna)
		erase()
		p.send(t)
		if n := left(); n != 0 || len(p.files(t)) != 0 {
			t.Errorf("of one that waited %d rows and %v stay", n, p.files(t))
		}
		p.yes(t, anna)
		p.send(t)
		p.only(t)
		erase()
		if n := left(); n != 0 || len(p.files(t)) != 0 {
			t.Errorf("of one that was sent %d rows and %v stay", n, p.files(t))
		}
		p.yes(t, anna)
		p.mail.after = func(mail.Message) error {
			erase()
			return p.mail.Mailer.Send(t.Context(), mail.Message{ID: "msg_x", From: mail.Address{Mailbox: "a@b.example"}, To: bruno})
		}
		p.send(t)
		if n := left(); n != 0 || len(p.files(t)) != 1 {
			t.Errorf("of one on its way %d rows and %v stay", n, p.files(t))
		}
	})
}

// TestASweepTakesWhatHasHadItsTime, and what a crash left of somebody erased.
func TestASweepTakesWhatHasHadItsTime(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.yes(t, anna)
		p.send(t)
		for _, name := range []string{"msg_gone.eml", "msg_half.new"} {
			if err := os.WriteFile(filepath.Join(p.box, name), []byte("To: carla@posta.example\r\n\r\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		sweep := func() {
			if err := p.sender.Sweep(t.Context(), shop.Org); err != nil {
				t.Fatal(err)
			}
		}
		sweep()
		p.only(t)
		p.Env.Clock.Advance(31 * 24 * time.Hour)
		sweep()
		if len(p.files(t)) != 0 || len(p.listed(t)) != 0 {
			t.Errorf("after a month %v and %v stay", p.files(t), p.listed(t))
		}
		if len(p.facts(t, anna, lawful.KindMessage)) != 1 {
			t.Error("the evidence is gone")
		}
	})
}

// TestANoteIsCarriedToo: what others have written goes the same way.
func TestANoteIsCarriedToo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		chain := p.yes(t, bruno).Subject
		note := message.Note{Org: shop.Org, Chain: chain, To: bruno, Language: "it", Subject: "La ricevuta", Text: "Eccola: https://x.example/1", Secret: "https://x.example/1"}
		var err error
		for range 21 {
			err = p.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return p.messages.Queue(ctx, tx, note) })
		}
		if !problem.Is(err, problem.TooMany) {
			t.Errorf("the twenty-first of a day: %v", err)
		}
		p.send(t)
		if got := p.facts(t, bruno, lawful.KindMessage); len(got) != 21 || got[0].Message.Text == "Eccola: https://x.example/1" {
			t.Errorf("%d are on record, %+v", len(got), got[0].Message)
		}
	})
}
