// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// watcher keeps what it was told since it was asked last.
type watcher struct {
	mu     sync.Mutex
	chains []string
	ids    []string
}

func (w *watcher) Changed(org string, chains []string, unknown bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if org == shop.Org && !unknown {
		w.chains = append(w.chains, chains...)
	}
}

func (w *watcher) Attached(org string, ids []lawful.Identifier, unknown bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if org == shop.Org && !unknown {
			w.ids = append(w.ids, id.Value)
		}
	}
}

func (w *watcher) Newcomers(org string) func([]subject.Newcomer, bool) {
	return func(all []subject.Newcomer, unknown bool) {
		for _, n := range all {
			w.Changed(org, []string{n.Chain}, unknown)
			w.Attached(org, n.Identifiers, unknown)
		}
	}
}

func (w *watcher) Released(org string, _ []string, ids []lawful.Identifier, unknown bool) {
	w.Attached(org, ids, unknown)
}

// told compares what the watcher was told, in any order, and forgets it.
func (w *watcher) told(t *testing.T, chains, ids []string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, list := range [][]string{w.chains, w.ids, chains, ids} {
		slices.Sort(list)
	}
	if !slices.Equal(w.chains, chains) || !slices.Equal(w.ids, ids) {
		t.Errorf("told of chains %v and identifiers %v, want %v and %v", w.chains, w.ids, chains, ids)
	}
	w.chains, w.ids = nil, nil
}

func TestEveryChangeOfAPersonIsToldToWhoWatches(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		w := &watcher{}
		s.Ledger.Watch(w)
		s.Subjects.Watch(w)
		yes := shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "email")
		yes.Idempotency = "once"
		who := s.Record(t, shop.Key(), yes).Subject
		w.told(t, []string{who}, []string{anna, cell})

		s.Record(t, shop.Key(), yes) // on record already
		w.told(t, nil, nil)

		s.Record(t, shop.Key(), shop.No(choice.Subject{Email: anna}, lawful.Withdrawn, "newsletter", "email"))
		w.told(t, []string{who}, nil)

		erase(t, s, shop.Email(anna))
		w.told(t, []string{who, ledger.Own}, []string{anna, cell})
	})
}
