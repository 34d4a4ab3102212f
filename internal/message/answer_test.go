// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

func stands(asked []message.Asked) []string {
	var out []string
	for _, a := range asked {
		out = append(out, a.Stand)
	}
	return out
}

// TestAnAnswerIsToWhatWasAsked: not to what was said later, not to what was
// withdrawn between; and said twice it is one.
func TestAnAnswerIsToWhatWasAsked(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		first := shop.Yes(shop.Email(anna), "partner", "email")
		p.Record(t, shop.Key(), first)
		p.send(t)
		one, _ := p.only(t)
		p.yes(t, anna) // with other words, on another day: a second message would ask about it
		for range 2 {
			if got := stands(p.answer(t, one, true)); !slices.Equal(got, []string{message.Confirmed}) {
				t.Errorf("answered, it stands %v", got)
			}
			p.Env.Clock.Advance(time.Minute)
		}
		choices := p.facts(t, anna, lawful.KindChoice)
		if len(choices) != 3 || choices[2].Choice.Confirms != choices[0].Seq {
			t.Errorf("on record is %+v", choices)
		}
		p.Want(t, shop.Email(anna), "partner", "email", lawful.ReasonConsentGiven)
		p.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Withdrawn, "partner", "email"))
		if got := stands(p.answer(t, one, true)); !slices.Equal(got, []string{message.Over}) {
			t.Errorf("withdrawn since, it stands %v", got)
		}
		p.Want(t, shop.Email(anna), "partner", "email", lawful.ReasonWithdrawn)
		if n := len(p.facts(t, anna, lawful.KindChoice)); n != 4 {
			t.Errorf("%d choices on record, want 4", n)
		}
	})
}

func TestWhatWasWithdrawnBetweenIsNotConfirmed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.yes(t, anna)
		p.send(t)
		id, _ := p.only(t)
		p.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Objected, "", ""))
		if got := stands(p.answer(t, id, true)); !slices.Equal(got, []string{message.Over}) {
			t.Errorf("it stands %v", got)
		}
		p.Want(t, shop.Email(anna), "partner", "email", lawful.ReasonObjected)
	})
}

// TestANoIsRecordedToo: whoever did not ask for it can say so, and nothing is
// sent to them about it any more.
func TestANoIsRecordedToo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.yes(t, anna)
		p.send(t)
		id, _ := p.only(t)
		for range 2 {
			if got := stands(p.answer(t, id, false)); !slices.Equal(got, []string{message.Over}) {
				t.Errorf("it stands %v", got)
			}
		}
		p.Want(t, shop.Email(anna), "partner", "email", lawful.ReasonRefused)
		if got := stands(p.answer(t, id, true)); !slices.Equal(got, []string{message.Over}) {
			t.Errorf("a yes after the no: it stands %v", got)
		}
		if n := len(p.facts(t, anna, lawful.KindChoice)); n != 2 {
			t.Errorf("%d choices on record, want 2", n)
		}
	})
}

// TestOneMessageAsksForAllThatWaits, and leaves out what needs no asking.
func TestOneMessageAsksForAllThatWaits(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Refused, "newsletter", "email"))
		p.Record(t, shop.Collect(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		p.yes(t, anna)
		p.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "events", "email"))
		p.send(t)
		id, _ := p.only(t)
		if got := p.answer(t, id, true); len(got) != 2 || got[0].Yes.Choice.Purpose != "newsletter" || got[1].Yes.Choice.Purpose != "partner" {
			t.Errorf("it asked about %+v", got)
		}
		for _, purpose := range []string{"newsletter", "partner", "events"} {
			p.Want(t, shop.Email(anna), purpose, "email", lawful.ReasonConsentGiven)
		}
	})
}

// TestWhoSharesAnAddressAnswersForThemselves: the message is to the one who said yes.
func TestWhoSharesAnAddressAnswersForThemselves(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.yes(t, anna)
		p.yes(t, bruno)
		p.send(t)
		for _, m := range p.listed(t) {
			if m.To == bruno {
				p.answer(t, m.ID, true)
			}
		}
		p.Want(t, shop.Email(bruno), "partner", "email", lawful.ReasonConsentGiven)
		p.Want(t, shop.Email(anna), "partner", "email", lawful.ReasonConfirmationPending)
		if _, err := p.messages.Answer(t.Context(), message.Answer{Org: shop.Org, Message: "msg_none", Yes: true}); !problem.Is(err, problem.NotFound) {
			t.Errorf("an answer to no message: %v", err)
		}
		if _, err := p.messages.Answer(t.Context(), message.Answer{Org: "elsewhere", Message: p.listed(t)[0].ID, Yes: true}); !problem.Is(err, problem.NotFound) {
			t.Errorf("in another organisation: %v", err)
		}
	})
}
