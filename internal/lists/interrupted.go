// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
)

// Interrupted is an import that began and did not end. The same file brings it
// to its end.
type Interrupted struct {
	Source  string
	Rows    int64 // taken in so far
	Started time.Time
}

// Interrupted lists the imports of the last weeks that stand still; one that
// runs now in another process is among them.
func (s *Service) Interrupted(ctx context.Context, actor access.Actor) ([]Interrupted, error) {
	if err := actor.Require(access.ScopeCheck, access.ScopeSubjects); err != nil {
		return nil, err
	}
	s.mu.Lock()
	busy := len(s.running) > 0
	s.mu.Unlock()
	if busy {
		return nil, nil // whichever runs here is nobody's task yet
	}
	var out []Interrupted
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) (err error) {
		out, err = selectInterrupted(ctx, tx, actor.Org)
		return err
	})
	return out, err
}

func selectInterrupted(ctx context.Context, r db.Reader, org string) ([]Interrupted, error) {
	return db.All(ctx, r, func(s db.Scanner) (Interrupted, error) {
		var i Interrupted
		var started int64
		err := s.Scan(&i.Source, &i.Rows, &started)
		i.Started = db.Time(started)
		return i, err
	}, `
		SELECT source, done, started
		FROM import
		WHERE org = $1 AND state = $2
		ORDER BY started DESC
		LIMIT 20`, org, stateRunning)
}
