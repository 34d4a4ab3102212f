// SPDX-License-Identifier: Apache-2.0

package shop

import (
	"context"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/lawful"
)

// Yes is a box ticked on the form, for one purpose and channel.
func Yes(who choice.Subject, purpose, channel string) choice.Request {
	return request(who, choice.Choice{Purpose: purpose, Channel: channel, Choice: lawful.Given})
}

// No is a refused, withdrawn or objected; purpose and channel may be "".
func No(who choice.Subject, kind, purpose, channel string) choice.Request {
	r := request(who, choice.Choice{Purpose: purpose, Channel: channel, Choice: kind})
	r.Evidence = nil
	return r
}

// Confirm is the click on the link in the message that asked.
func Confirm(who choice.Subject, purpose, channel string) choice.Request {
	r := request(who, choice.Choice{Purpose: purpose, Channel: channel, Choice: lawful.Confirmed})
	r.Evidence = &lawful.Evidence{Method: "link"}
	return r
}

func request(who choice.Subject, c choice.Choice) choice.Request {
	return choice.Request{
		Subject: who, Choices: []choice.Choice{c}, Source: "form",
		Notice:   &lawful.NoticeRef{ID: "signup", Version: 1, Language: "it"},
		Evidence: &lawful.Evidence{Method: "checkbox", Default: "unticked", Text: "Sì, scrivetemi.", IP: "198.51.100.7"},
	}
}

// Send checks a request and records it, as the API does.
func (s *Shop) Send(ctx context.Context, actor access.Actor, r choice.Request) (choice.Recorded, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return choice.Recorded{}, err
	}
	record, err := choice.FromRequest(rules, actor, r, s.Env.Clock.Now())
	if err != nil {
		return choice.Recorded{}, err
	}
	return s.Choices.Record(ctx, actor, record)
}

// Tell does for facts what Send does for choices.
func (s *Shop) Tell(ctx context.Context, actor access.Actor, r choice.FactsRequest) (choice.Recorded, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return choice.Recorded{}, err
	}
	record, err := choice.FromFacts(rules, actor, r, s.Env.Clock.Now())
	if err != nil {
		return choice.Recorded{}, err
	}
	return s.Choices.Record(ctx, actor, record)
}

// Rules reads what the shop has declared.
func (s *Shop) Rules(ctx context.Context) (*lawful.Rules, error) {
	var rules *lawful.Rules
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		rules, err = s.Register.Rules(ctx, tx, Org)
		return err
	})
	return rules, err
}

// Record records a request that must be accepted, and moves the clock on by a minute.
func (s *Shop) Record(t *testing.T, actor access.Actor, r choice.Request) choice.Recorded {
	t.Helper()
	done, err := s.Send(t.Context(), actor, r)
	if err != nil {
		t.Fatal(err)
	}
	s.Env.Clock.Advance(time.Minute)
	return done
}

// Ask asks about one person.
func (s *Shop) Ask(t *testing.T, q standing.Question) lawful.Decision {
	t.Helper()
	d, err := s.Standing.Check(t.Context(), Key(), q)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Reason is the reason of the answer about one purpose and channel, now.
func (s *Shop) Reason(t *testing.T, who choice.Subject, purpose, channel string) lawful.Reason {
	t.Helper()
	return s.Ask(t, standing.Question{Subject: who, Source: "checkout", Purpose: purpose, Channel: channel}).Reason
}

// Want fails the test when the answer has another reason.
func (s *Shop) Want(t *testing.T, who choice.Subject, purpose, channel string, want lawful.Reason) {
	t.Helper()
	d := s.Ask(t, standing.Question{Subject: who, Source: "checkout", Purpose: purpose, Channel: channel})
	if d.Reason != want {
		t.Errorf("%s on %s: %s (%s), want %s", purpose, channel, d.Reason, d.Explanation, want)
	}
}

// Email names somebody by address.
func Email(address string) choice.Subject { return choice.Subject{Email: address} }

// Phone names somebody by number.
func Phone(number string) choice.Subject { return choice.Subject{Phone: number} }
