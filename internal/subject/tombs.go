// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Tombs are the tombstones of an organisation with the keys of their years: as they
// were read last, and those that this process has left since.
type Tombs struct {
	mu    sync.RWMutex
	keys  []tombKey                     // guarded by mu
	years map[int64]map[string]struct{} // guarded by mu; blinds, by year

	doubts atomic.Int64 // raised where the store did not say whether it took some
	read   atomic.Int64 // how many of them there were when they were read
}

// Sure tells whether all that this process has left are among them.
func (t *Tombs) Sure() bool { return t.doubts.Load() == t.read.Load() }

// Empty tells whether there is none.
func (t *Tombs) Empty() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.years) == 0
}

// Has tells whether a tombstone of the identifier stands.
func (t *Tombs) Has(id lawful.Identifier) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, k := range t.keys {
		if _, ok := t.years[k.year][string(BlindUnder(k.key, id))]; ok {
			return true
		}
	}
	return false
}

// left adds those of a year. What has a key that was not read yet counts once it is.
func (t *Tombs) left(year int64, blinds [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.years[year] == nil {
		t.years[year] = make(map[string]struct{}, len(blinds))
	}
	for _, b := range blinds {
		t.years[year][string(b)] = struct{}{}
	}
}

// replace takes what was read, and keeps what was left meanwhile: of a year none goes
// but with all the others.
func (t *Tombs) replace(keys []tombKey, years map[int64]map[string]struct{}, doubts int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for year, blinds := range years {
		maps.Copy(blinds, t.years[year])
	}
	t.keys, t.years = keys, years
	t.read.Store(doubts)
}

// TombNames names the keys of tombstones: they come and go with the years.
func (s *Subjects) TombNames(ctx context.Context, r db.Reader, org string) ([]string, error) {
	return s.secrets.Names(ctx, r, org, tombstonePrefix)
}

// Tombs reads all tombstones. They are the same ones for every caller.
func (s *Subjects) Tombs(ctx context.Context, r db.Reader, org string) (*Tombs, error) {
	t := s.tombsOf(org)
	doubts := t.doubts.Load()
	keys, err := s.tombKeys(ctx, r, org)
	if err != nil {
		return nil, err
	}
	years := make(map[int64]map[string]struct{}, len(keys))
	for _, k := range keys {
		years[k.year] = map[string]struct{}{}
	}
	if len(keys) > 0 {
		if err := eachTombstone(ctx, r, org, func(year int64, blind []byte) {
			if years[year] != nil {
				years[year][string(blind)] = struct{}{}
			}
		}); err != nil {
			return nil, err
		}
	}
	t.replace(keys, years, doubts)
	return t, nil
}

// tombsOf gives those of an organisation, none of them read where nobody has asked.
func (s *Subjects) tombsOf(org string) *Tombs {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tombs[org] == nil {
		s.tombs[org] = &Tombs{years: map[int64]map[string]struct{}{}}
	}
	return s.tombs[org]
}

// tombKey is the key of the tombstones of a year.
type tombKey struct {
	year int64
	key  seal.Key
}

// tombKeys are those of every year kept.
func (s *Subjects) tombKeys(ctx context.Context, r db.Reader, org string) ([]tombKey, error) {
	names, err := s.TombNames(ctx, r, org)
	if err != nil {
		return nil, err
	}
	var all []tombKey
	for _, name := range names {
		year, err := strconv.ParseInt(strings.TrimPrefix(name, tombstonePrefix), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read the year of tombstones: %w", err)
		}
		keys, err := s.secrets.All(ctx, r, org, name)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			all = append(all, tombKey{year, k.Key})
		}
	}
	return all, nil
}

// BlindKey is the key of the blind index in use.
func (s *Subjects) BlindKey(ctx context.Context, r db.Reader, org string) (seal.Key, error) {
	key, err := s.secrets.Current(ctx, r, org, seal.BlindIndex)
	return key.Key, err
}
