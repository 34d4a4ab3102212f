// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"errors"
	"slices"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// attempts is how often a certificate is begun anew because the person's
// history grew while it was being made.
const attempts = 5

// Certificate answers one question with its proof: every entry of the person's
// chains, opened, under a signed head.
func (s *Service) Certificate(ctx context.Context, actor access.Actor, q Question) ([]byte, error) {
	if err := actor.Require(access.ScopeCheck); err != nil {
		return nil, err
	}
	q.Explain = true
	var err error
	for range attempts {
		var file []byte
		if file, err = s.certify(ctx, actor, q); !errors.Is(err, ledger.ErrGrown) {
			return file, err
		}
	}
	return nil, problem.New(problem.Unavailable, "still_changing",
		"This person's history changes faster than it can be proven. Ask again in a few seconds.").Because(err)
}

func (s *Service) certify(ctx context.Context, actor access.Actor, q Question) ([]byte, error) {
	var certificate evidence.Certificate
	var entries []ledger.Entry
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		cases, err := s.cases(ctx, tx, actor.Org, []Question{q})
		if err != nil {
			return err
		}
		c := cases[0]
		if c.err != nil {
			return c.err
		}
		c.person.History = namedInFile(c.person.History)
		certificate = evidence.Certificate{
			Head:     evidence.Head{Organisation: actor.Org},
			Question: c.question,
			Decision: c.decide(),
			Edition:  lawful.Edition,
			Rules:    *c.rules.For(c.question, c.person),
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

// namedInFile names entries as whoever verifies the file can, who knows no ids:
// what the decision says of them is compared too.
func namedInFile(history []lawful.Recorded) []lawful.Recorded {
	named := slices.Clone(history)
	for i := range named {
		named[i].Entry = evidence.EntryName(named[i].Chain, named[i].Seq)
	}
	return named
}
