// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
)

// Old says which browsers are looked for: known since before an instant, so many at the most.
type Old struct {
	Before time.Time
	Most   int
}

// Mark is where a walk over browsers stands.
type Mark struct {
	added int64
	chain string
}

// Browsers lists, from a mark on, subjects known since before an instant that hold
// the number of a browser and nothing else, and gives the mark to go on from.
func (s *Subjects) Browsers(ctx context.Context, r db.Reader, org string, from Mark, old Old) ([]string, Mark, error) {
	found, err := db.All(ctx, r, func(sc db.Scanner) (Mark, error) {
		var m Mark
		err := sc.Scan(&m.added, &m.chain)
		return m, err
	}, `
		SELECT added, chain
		FROM identifier
		WHERE org = $1 AND holder = 'browser' AND added < $2 AND (added, chain) > ($3, $4) AND NOT EXISTS (
			SELECT 1 FROM identifier AS other
			WHERE other.org = $1 AND other.chain = identifier.chain AND other.holder <> 'browser')
		ORDER BY added, chain
		LIMIT $5`, org, db.Micros(old.Before), from.added, from.chain, old.Most)
	if err != nil {
		return nil, from, fmt.Errorf("find browsers: %w", err)
	}
	chains := make([]string, len(found))
	for i, m := range found {
		chains[i], from = m.chain, m
	}
	return chains, from, nil
}
