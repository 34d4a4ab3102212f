// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
)

// Take checks a request of choices against what is declared and records it.
func (s *Service) Take(ctx context.Context, actor access.Actor, req Request) (Recorded, error) {
	return s.take(ctx, actor, func(declared *register.Catalogue, now time.Time) (Record, error) {
		return FromRequest(declared.Rules, actor, req, now)
	})
}

// TakeFacts does for facts what Take does for choices.
func (s *Service) TakeFacts(ctx context.Context, actor access.Actor, req FactsRequest) (Recorded, error) {
	return s.take(ctx, actor, func(declared *register.Catalogue, now time.Time) (Record, error) {
		record, err := FromFacts(declared.Rules, actor, req, now)
		if err == nil {
			err = offered(declared, req.Facts)
		}
		return record, err
	})
}

func (s *Service) take(ctx context.Context, actor access.Actor, check func(declared *register.Catalogue, now time.Time) (Record, error)) (Recorded, error) {
	var record Record
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		declared, err := s.rules.Catalogue(ctx, tx, actor.Org)
		if err != nil {
			return err
		}
		record, err = check(declared, tx.Now())
		return err
	})
	if err != nil {
		return Recorded{}, err
	}
	return s.Record(ctx, actor, record)
}
