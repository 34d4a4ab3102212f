// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Walked tells how far a question about everybody has come.
type Walked struct {
	People int64 `json:"people"` // asked about so far
	Of     int64 `json:"of"`     // of how many there were at the beginning
}

// somebody is a subject with what bears on a decision about them.
type somebody struct {
	chain   string
	history []lawful.Recorded // of all who are the same person
	held    []subject.Held
}

// walk is a way through everybody: a block at a time, each from a snapshot of
// its own, so that it holds nothing up and nothing of it stays in memory.
type walk struct {
	*Service

	org  string
	tell func(Walked) // nil: nobody watches
	far  Walked
}

func (w *walk) everybody(ctx context.Context, visit func(somebody)) error {
	for after := ""; ; {
		var block []somebody
		err := w.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
			var err error
			if after == "" {
				if w.far.Of, err = selectSubjectCount(ctx, tx, w.org); err != nil {
					return err
				}
			}
			block, err = w.block(ctx, tx, after)
			return err
		})
		if err != nil {
			return err
		}
		for _, one := range block {
			visit(one)
		}
		w.far.People += int64(len(block))
		w.far.Of = max(w.far.Of, w.far.People)
		if w.tell != nil {
			w.tell(w.far)
		}
		if len(block) < tallyBlock {
			return nil
		}
		after = block[len(block)-1].chain
	}
}

// block reads the next subjects, in the order of their pseudonyms.
func (s *Service) readBlock(ctx context.Context, tx *db.ReadTx, org, after string, most int64) ([]somebody, error) {
	chains, err := selectSubjects(ctx, tx, org, after, most)
	if err != nil {
		return nil, err
	}
	persons, err := s.subjects.Persons(ctx, tx, org, chains, time.Time{})
	if err != nil {
		return nil, err
	}
	held, err := s.subjects.Identifiers(ctx, tx, org, chains)
	if err != nil {
		return nil, err
	}
	of := map[string][]subject.Held{}
	for _, h := range held {
		of[h.Chain] = append(of[h.Chain], h)
	}
	block := make([]somebody, len(chains))
	for i, chain := range chains {
		block[i] = somebody{chain: chain, history: persons[chain].History, held: of[chain]}
	}
	return block, nil
}

func (w *walk) block(ctx context.Context, tx *db.ReadTx, after string) ([]somebody, error) {
	return w.readBlock(ctx, tx, w.org, after, tallyBlock)
}

// ask decides one use about one identifier, as of an instant, by what is on
// record at another.
func (p somebody) ask(rules *lawful.Rules, use Use, id lawful.Identifier, at, known time.Time) lawful.Decision {
	return lawful.Decide(rules, lawful.Person{Known: true, History: p.history}, lawful.Question{
		Purpose: use.Purpose, Channel: use.Channel, Identifier: []lawful.Identifier{id}, At: at, KnownAt: known,
	})
}

// best is the best answer about one use among the identifiers that reach the
// person: one address that may be written to is enough. False: none reaches them.
func (p somebody) best(rules *lawful.Rules, use Use, at time.Time) (lawful.Decision, bool) {
	var best lawful.Decision
	reached := false
	for _, h := range p.held {
		if !lawful.Reaches(use.Channel, h.Kind) {
			continue
		}
		d := p.ask(rules, use, h.Identifier.Identifier, at, at)
		if !reached || d.Permitted {
			best, reached = d, true
		}
		if d.Permitted {
			break
		}
	}
	return best, reached
}
