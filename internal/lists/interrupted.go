// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
)

// resumable is how long after it began an interrupted import can be taken up
// again. Then it is forgotten, when the next import begins: the same file is
// imported from its first row, and what is on record of it does not change.
const resumable = 30 * 24 * time.Hour

// Interrupted is an import that began and did not end. The same file brings it
// to its end.
type Interrupted struct {
	Source  string
	Rows    int64 // taken in so far
	Started time.Time
}

// Interrupted lists the imports that stand still and can be taken up again; one
// that runs now in another process is among them.
func (s *Service) Interrupted(ctx context.Context, actor access.Actor) ([]Interrupted, error) {
	if err := actor.Require(access.ScopeCheck, access.ScopeSubjects); err != nil {
		return nil, err
	}
	if s.busy(actor.Org) {
		return nil, nil // whichever runs here is nobody's task yet
	}
	var out []Interrupted
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) (err error) {
		out, err = selectInterrupted(ctx, tx, actor.Org, tx.Now().Add(-resumable))
		return err
	})
	return out, err
}

// busy says whether an import of the organisation runs in this process.
func (s *Service) busy(org string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.running {
		if r.org == org {
			return true
		}
	}
	return false
}
