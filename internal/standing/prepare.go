// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"

	"github.com/lecito/lecito/internal/db"
)

// Prepare is called before so many people are asked about: where memory lacks
// some of those on record, and reading them once takes no longer than asking the
// store about each in turn, it reads them now.
func (s *Service) Prepare(ctx context.Context, org string, people int64) error {
	m := s.memory
	if m == nil || people == 0 {
		return nil
	}
	for counted := false; !m.whole(org) || m.sure(org) == nil; {
		more, err := m.step(ctx, org)
		if err != nil || !more {
			return err
		}
		if counted {
			continue
		}
		counted = true // once memory has begun
		left, err := m.left(ctx, org)
		if err != nil || left > people {
			return err
		}
	}
	return nil
}

// step does the next piece of work for one organisation.
func (m *Memory) step(ctx context.Context, org string) (more bool, err error) {
	m.rounds.Lock()
	defer m.rounds.Unlock()
	return m.tend(ctx, org, m.of(org))
}

// left is about how many subjects are to be read.
func (m *Memory) left(ctx context.Context, org string) (n int64, err error) {
	err = m.service.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		n, err = selectSubjectCount(ctx, tx, org)
		return err
	})
	if s := m.of(org).state.Load(); s != nil {
		n -= s.index.Size().Subjects
	}
	return n, err
}
