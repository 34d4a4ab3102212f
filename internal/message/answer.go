// SPDX-License-Identifier: Apache-2.0

package message

import (
	"context"
	"fmt"
	"slices"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// How a yes stands that a message asked about.
const (
	Waiting   = "waiting"   // for the answer
	Confirmed = "confirmed" // and good
	Over      = "over"      // the person said no since, or it counts no more
)

// Asked is a yes that a message asked about.
type Asked struct {
	Yes   lawful.Recorded
	Stand string          // one of Waiting, Confirmed, Over
	By    lawful.Recorded // what confirmed it
}

// Asked tells what a message asked, and how each of it stands. The message of
// somebody erased is not there.
func (s *Service) Asked(ctx context.Context, r *db.ReadTx, org, id string) ([]Asked, error) {
	m, err := selectRow(ctx, r, org, id)
	if err != nil {
		return nil, err
	}
	_, asked, err := s.asked(ctx, r, org, m)
	return asked, err
}

// asked tells the same, and to which address it was sent.
func (s *Service) asked(ctx context.Context, r *db.ReadTx, org string, m row) (lawful.Identifier, []Asked, error) {
	var address lawful.Identifier
	key, err := s.Ledger.Key(ctx, r, org, m.chain)
	if err != nil {
		return address, nil, err
	}
	l, err := m.open(key, org)
	if err != nil {
		return address, nil, err
	}
	declared, err := s.Register.Catalogue(ctx, r, org)
	if err != nil {
		return address, nil, err
	}
	person, err := s.person(ctx, r, org, m.chain)
	if err != nil {
		return address, nil, err
	}
	address = lawful.Identifier{Kind: lawful.IDEmail, Value: l.To}
	return address, stand(declared.Rules, person, question{m.chain, address, r.Now()}, l.Asks), nil
}

// stand tells how yeses of a chain stand.
func stand(rules *lawful.Rules, person lawful.Person, q question, asks []int64) []Asked {
	left := waiting(rules, person, q)
	var out []Asked
	for _, f := range person.History {
		if f.Chain != q.chain || f.Choice == nil || !slices.Contains(asks, f.Seq) {
			continue
		}
		a := Asked{Yes: f, Stand: Over}
		by := slices.IndexFunc(person.History, func(c lawful.Recorded) bool { return confirms(c, f) })
		switch {
		case slices.ContainsFunc(left, func(w lawful.Recorded) bool { return w.Entry == f.Entry }):
			a.Stand = Waiting
		case by >= 0 && !denied(lawful.Decide(rules, person, q.about(f.Choice.Purpose)).Reason):
			a.Stand, a.By = Confirmed, person.History[by]
		}
		out = append(out, a)
	}
	return out
}

func confirms(c, yes lawful.Recorded) bool {
	return c.Choice != nil && c.Choice.Choice == lawful.Confirmed && c.Chain == yes.Chain && c.Seq > yes.Seq &&
		c.Choice.Purpose == yes.Choice.Purpose && c.Choice.Channel == yes.Choice.Channel &&
		(c.Choice.Confirms == 0 || c.Choice.Confirms == yes.Seq)
}

// denied tells the reasons that are a no of the person's.
func denied(r lawful.Reason) bool {
	return r == lawful.ReasonObjected || r == lawful.ReasonWithdrawn || r == lawful.ReasonRefused
}

// Answer is what the addressee of a message says to it.
type Answer struct {
	Org, Message string
	Yes          bool
	Text         string // of the page, as it was shown
}

// Answer records an answer, for exactly the yeses that the message asked about
// and that still wait, and tells how each of them stands then. Said twice it is
// one answer.
func (s *Service) Answer(ctx context.Context, a Answer) ([]Asked, error) {
	var asked []Asked
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := selectRow(ctx, tx, a.Org, a.Message)
		if err != nil {
			return err
		}
		if err := s.Ledger.Hold(ctx, tx, a.Org, []string{m.chain}); err != nil {
			return err
		}
		address, before, err := s.asked(ctx, &tx.ReadTx, a.Org, m)
		if err != nil {
			return err
		}
		record := choice.Record{
			Chain: m.chain, Subject: []subject.Identifier{{Identifier: address, Given: address.Value}}, PerFact: true, Request: []byte("answer"),
		}
		for _, one := range before {
			if one.Stand != Waiting {
				continue
			}
			fact := lawful.Fact{
				Kind: lawful.KindChoice, Happened: tx.Now(), Actor: lawful.ActorPerson, Source: register.PreferenceCentre, Choice: a.choice(one.Yes),
			}
			record.Facts = append(record.Facts, fact)
			record.FactKeys = append(record.FactKeys, fact.Choice.Choice+"/"+one.Yes.Entry)
		}
		if len(record.Facts) > 0 {
			if err := s.record(ctx, tx, a.Org, record); err != nil {
				return err
			}
		}
		_, asked, err = s.asked(ctx, &tx.ReadTx, a.Org, m)
		return err
	})
	return asked, err
}

func (a Answer) choice(yes lawful.Recorded) *lawful.Choice {
	c := &lawful.Choice{
		Purpose: yes.Choice.Purpose, Channel: yes.Choice.Channel, Choice: lawful.Refused, Evidence: &lawful.Evidence{Method: "link", Text: a.Text},
	}
	if a.Yes {
		c.Choice, c.Confirms = lawful.Confirmed, yes.Seq
	}
	return c
}

func (s *Service) record(ctx context.Context, tx *db.Tx, org string, record choice.Record) error {
	person := access.Actor{Org: org, Kind: access.KindPerson, ID: "message", Scopes: []string{access.ScopeChoices}}
	results, err := s.Choices.RecordBlock(ctx, tx, person, []choice.Record{record})
	if err != nil {
		return fmt.Errorf("record an answer: %w", err)
	}
	return results[0].Err
}

func unknown() error {
	return problem.New(problem.NotFound, "unknown_message", "There is no such message in this organisation.")
}
