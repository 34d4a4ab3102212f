// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
)

// Certificate answers one question with its proof: every entry of the person's
// chains, opened, under a signed head.
func (s *Service) Certificate(ctx context.Context, actor access.Actor, q Question) ([]byte, error) {
	if err := actor.Require(access.ScopeCheck); err != nil {
		return nil, err
	}
	var certificate evidence.Certificate
	var entries []ledger.Entry
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		q.Explain = true
		cases, err := s.cases(ctx, tx, actor.Org, []Question{q})
		if err != nil {
			return err
		}
		c := cases[0]
		if c.err != nil {
			return c.err
		}
		certificate = evidence.Certificate{
			Head:     evidence.Head{Organisation: actor.Org},
			Question: c.question,
			Decision: c.decide(),
			Rules:    *c.rules.For(c.question, c.person.History),
			Person:   c.person,
			Chains:   []evidence.ChainEnd{},
		}
		opened, err := s.ledger.History(ctx, tx, actor.Org, c.chains)
		if err != nil {
			return err
		}
		for _, chain := range c.chains {
			entries = append(entries, opened[chain]...)
			certificate.Chains = append(certificate.Chains, evidence.ChainEnd{Chain: chain, LastSeq: int64(len(opened[chain]))})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.ledger.Certificate(ctx, actor.Org, entries, certificate)
}
