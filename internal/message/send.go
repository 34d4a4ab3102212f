// SPDX-License-Identifier: Apache-2.0

package message

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Mailer hands messages over.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Outlet is what messages are written and handed over with.
type Outlet struct {
	Links  Linker
	Writer Writer
	Mail   Mailer
	From   string       // mailbox that messages are sent from
	Folder *mail.Folder // where messages lie that no server was set for; nil: nowhere
}

// Sender hands over what is queued.
type Sender struct {
	*Service
	Outlet
}

// Sender returns what sends the service's messages.
func (s *Service) Sender(o Outlet) *Sender { return &Sender{s, o} }

const (
	together = 10              // messages taken at a time
	lease    = 3 * time.Minute // for handing one over; then another process may
	look     = 5 * time.Second // how often the queue is looked at unasked
)

// retries are the times to wait after each attempt that failed; after the last a
// message is given up.
func retries() []time.Duration {
	return []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}
}

// Run sends what is due and forgets what has had its time, until the context
// ends. What goes wrong is told, and tried again.
func (s *Sender) Run(ctx context.Context, failed func(org string, err error)) {
	tick, hour := time.NewTicker(look), time.NewTicker(time.Hour)
	defer tick.Stop()
	defer hour.Stop()
	s.each(ctx, failed, s.Sweep)
	for {
		s.each(ctx, failed, s.Send)
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		case <-hour.C:
			s.each(ctx, failed, s.Sweep)
		}
	}
}

func (s *Sender) each(ctx context.Context, failed func(org string, err error), do func(context.Context, string) error) {
	orgs, err := s.Ledger.Organisations(ctx)
	if err != nil {
		orgs = nil
		failed("", err)
	}
	for _, org := range orgs {
		if err := do(ctx, org); err != nil && ctx.Err() == nil {
			failed(org, err)
		}
	}
}

// Send hands over whatever is due for an organisation. A message that can't be
// handed over stays in the queue, or is given up: that is no error here.
func (s *Sender) Send(ctx context.Context, org string) error {
	for ctx.Err() == nil {
		var rows []row
		err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			sent, err := countSent(ctx, tx, org, tx.Now().Add(-time.Hour))
			if err == nil {
				rows, err = claimDue(ctx, tx, org, tx.Now().Add(lease), min(together, max(0, s.perHour-sent)))
			}
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := s.one(ctx, org, r); err != nil {
				return err
			}
		}
	}
	return context.Cause(ctx)
}

// one writes a message if that is still to be done, hands it over and says so.
// The order makes a crash harmless: what is handed over is in the store word for
// word before, and is handed over again under the same ID if nobody noted it.
func (s *Sender) one(ctx context.Context, org string, r row) error {
	var l *letter
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		l, err = s.ready(ctx, tx, org, &r)
		return err
	})
	if err != nil {
		return s.failed(ctx, org, r, err)
	}
	if l == nil {
		return nil
	}
	m, err := s.message(ctx, org, r, l)
	if err == nil {
		err = s.Mail.Send(ctx, m)
	}
	if err != nil {
		return s.failed(ctx, org, r, err)
	}
	return s.sent(ctx, org, r, l, m)
}

// ready gives what a message says, written now where it is not yet; nil where
// there is nothing to send any more. Who is asked can't say anything meanwhile.
func (s *Sender) ready(ctx context.Context, tx *db.Tx, org string, r *row) (*letter, error) {
	if err := s.Ledger.Hold(ctx, tx, org, []string{r.chain}); err != nil {
		return nil, err
	}
	declared, err := s.Register.Catalogue(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	address, held, err := s.address(ctx, tx, org, *r)
	if err != nil {
		return nil, err
	}
	if !held || len(r.sealed) == 0 && tx.Now().Sub(r.created) > LinkLife {
		return nil, s.end(ctx, tx, org, *r, "too_late")
	}
	person, err := s.person(ctx, tx, org, r.chain)
	if err != nil {
		return nil, err
	}
	left := waiting(declared.Rules, person, question{r.chain, address, tx.Now()})
	key, err := s.Ledger.Key(ctx, tx, org, r.chain)
	if err != nil {
		return nil, err
	}
	if len(r.sealed) > 0 {
		l, err := r.open(key, org)
		if err != nil {
			return nil, err
		}
		if why := r.useless(l, left, tx.Now()); why != "" {
			return nil, s.end(ctx, tx, org, *r, why)
		}
		return l, nil
	}
	if len(left) == 0 || declared.Elsewhere() {
		return nil, s.end(ctx, tx, org, *r, "answered")
	}
	l, err := s.write(ctx, tx, Confirmation{Declared: declared, Asks: left}, Link{Org: org, Subject: r.chain, Message: r.id, Address: address})
	if err != nil {
		return nil, err
	}
	if r.sealed, err = l.seal(key, r.place(org)); err != nil {
		return nil, err
	}
	r.state = StateWaiting
	_, err = updateRow(ctx, tx, org, *r)
	return l, err
}

// useless says why a message that was written before has nothing to ask any more,
// or its link leads nowhere by now; "" where it has.
func (r row) useless(l *letter, left []lawful.Recorded, now time.Time) string {
	switch {
	case r.kind != KindConfirmation:
		return ""
	case now.Sub(l.At) >= LinkLife:
		return "too_late"
	case len(among(left, l.Asks)) == 0:
		return "answered"
	}
	return ""
}

// end takes a message out of the queue that nobody needs any more.
func (s *Sender) end(ctx context.Context, tx *db.Tx, org string, r row, why string) error {
	r.state, r.why = StateEnded, why
	_, err := updateRow(ctx, tx, org, r)
	return err
}

// write puts what is asked into words, in the language of the latest yes.
func (s *Sender) write(ctx context.Context, tx *db.Tx, c Confirmation, link Link) (*letter, error) {
	link.Expires = tx.Now().Add(LinkLife)
	address, err := s.Links.Confirmation(ctx, tx, link)
	if err != nil {
		return nil, err
	}
	c.Link, c.Expires, c.Language = address, link.Expires, c.Declared.Organisation.Language
	l := &letter{To: link.Address.Value, At: tx.Now()}
	for _, f := range c.Asks {
		if n := f.Choice.Notice; n != nil && n.Language != "" {
			c.Language = n.Language
		}
		l.Asks = append(l.Asks, f.Seq)
	}
	words, err := s.Writer.Confirmation(c)
	l.Language, l.Subject, l.Text, l.HTML = words.Language, words.Subject, words.Text, words.HTML
	l.Said = without(words.Text, address)
	return l, err
}

// message makes of what is said what is handed over.
func (s *Sender) message(ctx context.Context, org string, r row, l *letter) (mail.Message, error) {
	m := mail.Message{
		ID: r.id, At: l.At, From: mail.Address{Mailbox: s.From}, To: l.To, Language: l.Language, Subject: l.Subject, Text: l.Text, HTML: l.HTML,
	}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		declared, err := s.Register.Catalogue(ctx, tx, org)
		if err != nil {
			return err
		}
		m.From.Name = declared.Organisation.Name
		if _, err := mail.ParseMailbox(declared.Organisation.Contact); err == nil {
			m.ReplyTo = declared.Organisation.Contact
		}
		return nil
	})
	return m, err
}

// sent puts on record what was handed over, and when. Of somebody who was erased
// meanwhile nothing is left to note it on, and nothing may stay.
func (s *Sender) sent(ctx context.Context, org string, r row, l *letter, m mail.Message) error {
	raw, err := m.Bytes()
	if err != nil {
		return err
	}
	digest := sha256.Sum256(raw)
	r.state, r.why = StateSent, ""
	noted := false
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Ledger.Hold(ctx, tx, org, []string{r.chain}); err != nil {
			return err
		}
		at := tx.Now()
		r.sent = &at
		if noted, err = updateRow(ctx, tx, org, r); err != nil || !noted {
			return err
		}
		body, err := json.Marshal(lawful.Fact{
			Kind: lawful.KindMessage, Happened: at, Actor: lawful.ActorSystem, Channel: lawful.ChannelEmail,
			Identifiers: []lawful.Identifier{{Kind: lawful.IDEmail, Value: l.To}},
			Message: &lawful.Message{
				ID: r.id, Digest: hex.EncodeToString(digest[:]), Language: l.Language, Subject: l.Subject, Text: l.Said, Asks: l.Asks,
			},
		})
		if err != nil {
			return fmt.Errorf("encode a message: %w", err)
		}
		_, err = s.Ledger.Add(ctx, tx, org, []ledger.Draft{{
			Chain: r.chain, Kind: evidence.KindFact, Body: body, By: "system:message", Idempotency: "message/" + r.id,
		}})
		return err
	})
	if err == nil && !noted && s.Folder != nil {
		err = s.Folder.Drop(r.id)
	}
	return err
}

// failed has a message tried again later, or gives it up.
func (s *Sender) failed(ctx context.Context, org string, r row, why error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // the lease ends, and it is tried again
	}
	r.why = "internal"
	if p := problem.As(why); p != nil {
		r.why = p.Code
	}
	never := problem.Is(why, problem.Invalid) || problem.Is(why, problem.TooLarge)
	wait := retries()
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if never || r.tries > int64(len(wait)) {
			r.state = StateFailed
		} else {
			r.due = tx.Now().Add(wait[r.tries-1])
		}
		_, err := updateRow(ctx, tx, org, r)
		return err
	})
}
