// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/lawful"
)

// Person is a subject with everyone linked to it.
type Person struct {
	Chains  []string          // pseudonyms, in order
	History []lawful.Recorded // of all of them
}

// Persons reads, for each subject that exists, the person it is: itself and
// whoever links, as known at the instant (zero: now), say is the same.
func (s *Subjects) Persons(ctx context.Context, r db.Reader, org string, chains []string, knownAt time.Time) (map[string]Person, error) {
	all := map[string][]lawful.Recorded{}
	for frontier := chains; len(frontier) > 0; {
		read, err := s.histories(ctx, r, org, frontier)
		if err != nil {
			return nil, err
		}
		var next []string
		for chain, history := range read {
			all[chain] = history
		}
		for _, history := range read {
			for _, other := range linkedTo(history, knownAt) {
				if _, known := all[other]; !known && !slices.Contains(next, other) {
					next = append(next, other)
				}
			}
		}
		for _, other := range next {
			all[other] = nil // erased meanwhile, if it stays so
		}
		frontier = next
	}
	persons := make(map[string]Person, len(chains))
	for _, chain := range chains {
		if len(all[chain]) > 0 {
			persons[chain] = gather(all, chain, knownAt)
		}
	}
	return persons, nil
}

// gather walks the links from one subject.
func gather(all map[string][]lawful.Recorded, from string, knownAt time.Time) Person {
	p := Person{Chains: []string{from}}
	for i := 0; i < len(p.Chains); i++ {
		history := all[p.Chains[i]]
		if i == 0 {
			p.History = slices.Clip(history)
		} else {
			p.History = append(p.History, history...)
		}
		for _, other := range linkedTo(history, knownAt) {
			if len(all[other]) > 0 && !slices.Contains(p.Chains, other) {
				p.Chains = append(p.Chains, other)
			}
		}
	}
	slices.Sort(p.Chains)
	return p
}

// linkedTo lists the subjects a chain says are the same person, as known at the instant.
func linkedTo(history []lawful.Recorded, knownAt time.Time) []string {
	var others []string
	for _, f := range history { // in the order recorded
		if !knownAt.IsZero() && f.Recorded.After(knownAt) {
			continue
		}
		switch f.Kind {
		case lawful.KindLinked:
			if !slices.Contains(others, f.Other) {
				others = append(others, f.Other)
			}
		case lawful.KindUnlinked:
			others = slices.DeleteFunc(others, func(o string) bool { return o == f.Other })
		}
	}
	return others
}

// histories reads chains as facts, in the order recorded.
func (s *Subjects) histories(ctx context.Context, r db.Reader, org string, chains []string) (map[string][]lawful.Recorded, error) {
	entries, err := s.ledger.History(ctx, r, org, chains)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]lawful.Recorded, len(entries))
	for chain, list := range entries {
		facts := make([]lawful.Recorded, 0, len(list))
		for _, e := range list {
			if e.Kind != evidence.KindFact || len(e.Body) == 0 {
				continue // emptied by an erasure this transaction meets
			}
			fact, err := FactOf(e)
			if err != nil {
				return nil, err
			}
			facts = append(facts, fact)
		}
		if len(facts) > 0 {
			out[chain] = facts
		}
	}
	return out, nil
}

// FactOf reads a fact out of its entry.
func FactOf(e ledger.Entry) (lawful.Recorded, error) {
	r := lawful.Recorded{Chain: e.Chain, Seq: e.Seq, Entry: e.ID, Recorded: e.Recorded}
	if evidence.ReadFact(e.Body, &r.Fact) {
		return r, nil
	}
	if err := json.Unmarshal(e.Body, &r.Fact); err != nil {
		return r, fmt.Errorf("read fact %s: %w", e.ID, err)
	}
	return r, nil
}
