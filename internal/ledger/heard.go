// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"sync"

	"github.com/lecito/lecito/internal/db"
)

// Size is the live generation of the log and how many entries it has in order.
func (l *Ledger) Size(ctx context.Context, r db.Reader, org string) (generation, size int64, err error) {
	head, err := selectLog(ctx, r, org)
	return head.generation, head.size, err
}

// Since names the entries, by id and chain, that came into the log at a position or
// after it. Every entry comes to have one, whoever wrote it and whenever its
// transaction ended: none is passed over.
func (l *Ledger) Since(ctx context.Context, r db.Reader, org string, generation, position int64) ([]Entry, error) {
	entries, err := db.All(ctx, r, func(s db.Scanner) (Entry, error) {
		var e Entry
		return e, s.Scan(&e.ID, &e.Chain)
	}, `
		SELECT id, chain
		FROM entry
		WHERE org = $1 AND generation = $2 AND position >= $3`, org, generation, position)
	if err != nil {
		return nil, fmt.Errorf("read which entries are new in the log: %w", err)
	}
	return entries, nil
}

// Told are entries that somebody was told of and need not hear of again once they are
// in the log. It is safe for concurrent use; of nil, nobody was told anything.
type Told struct {
	mu         sync.Mutex
	ids, older map[string]bool // guarded by mu
}

// NewTold is of no entries.
func NewTold() *Told { return &Told{ids: map[string]bool{}} }

// Another is of no entries either, or nil.
func (t *Told) Another() *Told {
	if t == nil {
		return nil
	}
	return NewTold()
}

// Add notes an entry.
func (t *Told) Add(id string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ids[id] = true
}

// Others are the chains of those entries that were not noted since it was asked last
// but one: nothing is noted for ever, of which the log may have told before.
func (t *Told) Others(entries []Entry) []string {
	if t == nil {
		t = NewTold()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var chains []string
	seen := map[string]bool{}
	for _, e := range entries {
		if !t.ids[e.ID] && !t.older[e.ID] && !seen[e.Chain] {
			seen[e.Chain] = true
			chains = append(chains, e.Chain)
		}
	}
	t.ids, t.older = map[string]bool{}, t.ids
	return chains
}
