// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/standing/index"
)

// After lists subjects by pseudonym, those behind one, at most so many.
func (s *Service) After(ctx context.Context, actor access.Actor, pseudonym string, most int64) (subjects []string, err error) {
	if err := actor.Require(access.ScopeSubjects); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		subjects, err = selectSubjects(ctx, tx, actor.Org, pseudonym, most)
		return err
	})
	return subjects, err
}

// Addresses opens the identifiers of a kind that subjects have, in their
// comparable form. The subjects are in the order of After, from which that many,
// they themselves included, are among them.
func (s *Service) Addresses(ctx context.Context, actor access.Actor, subjects []string, among int, kind string) (addresses [][]byte, err error) {
	if err := actor.Require(access.ScopeSubjects); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		addresses, err = s.subjects.Values(ctx, tx, actor.Org, subjects, among, kind)
		return err
	})
	return addresses, err
}

// May gives those of some subjects that an identifier of theirs may be permitted
// for: all but who is known to have none.
func (r *Run) May(subjects []string) []string {
	var may []string
	for i, possible := range r.run.May(index.Chains(subjects)) {
		if possible {
			may = append(may, subjects[i])
		}
	}
	return may
}
