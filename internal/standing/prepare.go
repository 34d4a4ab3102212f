// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"

	"github.com/lecito/lecito/internal/db"
)

// Prepare is called before so many people are asked about: where memory lacks some of those on record,
// and reading them once takes no longer than asking the store about each in turn, it reads them now.
func (s *Service) Prepare(ctx context.Context, org string, people int64) error {
	m := s.memory
	if m == nil || people == 0 {
		return nil
	}
	for known := false; !m.whole(org) || m.sure(org) == nil; {
		more, err := m.step(ctx, org)
		left := int64(0)
		if err == nil && more && !known { // memory has begun
			left, known, err = m.left(ctx, org)
		}
		if err != nil || !more || left > people {
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

// left is about how many subjects are to be read: after a snapshot those who changed
// since, and nobody is counted. False: who did is not known yet.
func (m *Memory) left(ctx context.Context, org string) (n int64, known bool, err error) {
	m.rounds.Lock()
	defer m.rounds.Unlock()
	o, s := m.of(org), m.of(org).state.Load()
	if s != nil && o.restored {
		return s.index.Size().Waiting, !o.behind, nil
	}
	err = m.service.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		n, err = selectSubjectCount(ctx, tx, org)
		return err
	})
	if s != nil {
		n -= s.index.Size().Subjects
	}
	return n, true, err
}
