// SPDX-License-Identifier: Apache-2.0

// Package balance joins what an organisation declares with its balancing tests
// (GDPR art. 6(1)(f)), which are facts about nobody in its own chain.
package balance

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Rules are the rules decisions are made by. What was read of the tests is
// remembered by how long the organisation's chain was, and only what came since
// is read again. It is safe for concurrent use.
type Rules struct {
	declared choice.Rules
	ledger   *ledger.Ledger

	mu    sync.Mutex
	known map[string]known // by organisation; guarded by mu, never changed once there
}

// New returns the rules of whoever is declared.
func New(declared choice.Rules, l *ledger.Ledger) *Rules {
	return &Rules{declared: declared, ledger: l, known: map[string]known{}}
}

// known is what was read of one organisation.
type known struct {
	last  int64 // entry of its own chain
	tests []test
	// made is declared with the tests, so that rules are copied once and not for each question.
	declared, made *lawful.Rules
}

// test is one balancing test as the chain holds it.
type test struct {
	lawful.Balancing

	purpose string
	seq     int64
}

// Rules gives what is declared with the balancing tests as they are in the
// reader's snapshot. Nobody may change them.
func (w *Rules) Rules(ctx context.Context, r db.Reader, org string) (*lawful.Rules, error) {
	rules, err := w.declared.Rules(ctx, r, org)
	if err != nil || !interested(rules) {
		return rules, err
	}
	k, err := w.read(ctx, r, org)
	if err != nil {
		return nil, err
	}
	if k.declared == rules {
		return k.made, nil
	}
	with := *rules
	with.Balancing = byPurpose(k.tests)
	k.declared, k.made = rules, &with
	w.keep(r, org, k)
	return k.made, nil
}

// Tests gives the balancing tests on record, by purpose.
func (w *Rules) Tests(ctx context.Context, r db.Reader, org string) (map[string][]lawful.Balancing, error) {
	k, err := w.read(ctx, r, org)
	return byPurpose(k.tests), err
}

// interested tells whether some purpose rests, or rested, on legitimate interests.
func interested(rules *lawful.Rules) bool {
	for _, versions := range rules.Purposes {
		if slices.ContainsFunc(versions, func(p lawful.Purpose) bool { return p.Basis == lawful.BasisLegitimateInterests }) {
			return true
		}
	}
	return false
}

// read gives the tests of the reader's snapshot, which may be older than what is
// remembered.
func (w *Rules) read(ctx context.Context, r db.Reader, org string) (known, error) {
	ends, err := w.ledger.Last(ctx, r, org, []string{ledger.Own})
	if err != nil {
		return known{}, err
	}
	w.mu.Lock()
	k := w.known[org]
	w.mu.Unlock()
	last := ends[ledger.Own]
	if last < k.last {
		tests := slices.DeleteFunc(slices.Clone(k.tests), func(t test) bool { return t.seq > last })
		return known{last: last, tests: tests}, nil
	}
	since, err := w.since(ctx, r, org, k.last, last)
	if err != nil {
		return known{}, fmt.Errorf("read the balancing tests: %w", err)
	}
	if len(since) > 0 {
		k.tests = append(slices.Clone(k.tests), since...)
		k.declared, k.made = nil, nil
	}
	if k.last < last {
		k.last = last
		w.keep(r, org, k)
	}
	return k, nil
}

// keep remembers, unless more is known by now. What a transaction that writes
// reads can be its own, and never come to be.
func (w *Rules) keep(r db.Reader, org string, k known) {
	if _, reads := r.(*db.ReadTx); !reads {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if k.last >= w.known[org].last {
		w.known[org] = k
	}
}

// page is how many entries are read at once.
const page = 200

// since reads the tests among the entries after one and up to another. The few
// that came since the last look are read as they are; a whole chain by its kind.
func (w *Rules) since(ctx context.Context, r db.Reader, org string, after, last int64) ([]test, error) {
	kind := evidence.KindFact
	if last-after <= page {
		kind = ""
	}
	var found []test
	for before := last + 1; before > after+1; {
		entries, err := w.ledger.Recent(ctx, r, org, kind, before, int(min(page, before-after-1)))
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			before = e.Seq
			if e.Seq <= after || e.Kind != evidence.KindFact {
				continue
			}
			fact, err := subject.FactOf(e)
			if err != nil {
				return nil, err
			}
			if fact.Kind == lawful.KindBalancingTest {
				found = append(found, test{
					Balancing: lawful.Balancing{Happened: fact.Happened, Recorded: fact.Recorded, Outcome: fact.Outcome, Entry: fact.Entry},
					purpose:   fact.Purpose, seq: fact.Seq,
				})
			}
		}
	}
	slices.Reverse(found)
	return found, nil
}

func byPurpose(tests []test) map[string][]lawful.Balancing {
	by := map[string][]lawful.Balancing{}
	for _, t := range tests {
		by[t.purpose] = append(by[t.purpose], t.Balancing)
	}
	return by
}
