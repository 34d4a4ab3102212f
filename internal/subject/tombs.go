// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"
	"fmt"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Tombs are the tombstones of an organisation as read once, with the keys of
// their years.
type Tombs struct {
	keys   []seal.Key
	blinds map[string]struct{}
}

// Empty tells whether there is none.
func (t Tombs) Empty() bool { return len(t.blinds) == 0 }

// Has tells whether a tombstone of the identifier stands.
func (t Tombs) Has(id lawful.Identifier) bool {
	for _, key := range t.keys {
		if _, ok := t.blinds[string(BlindUnder(key, id))]; ok {
			return true
		}
	}
	return false
}

// TombNames names the keys of tombstones: they come and go with the years.
func (s *Subjects) TombNames(ctx context.Context, r db.Reader, org string) ([]string, error) {
	return s.secrets.Names(ctx, r, org, tombstonePrefix)
}

// Tombs reads all tombstones.
func (s *Subjects) Tombs(ctx context.Context, r db.Reader, org string) (Tombs, error) {
	keys, err := s.tombKeys(ctx, r, org)
	if err != nil || len(keys) == 0 {
		return Tombs{}, err
	}
	t := Tombs{keys: keys, blinds: map[string]struct{}{}}
	blinds, err := db.All(ctx, r, db.Value[[]byte], `SELECT blind FROM tombstone WHERE org = $1`, org)
	if err != nil {
		return Tombs{}, fmt.Errorf("read tombstones: %w", err)
	}
	for _, b := range blinds {
		t.blinds[string(b)] = struct{}{}
	}
	return t, nil
}

// tombKeys are the keys of the tombstones of every year kept.
func (s *Subjects) tombKeys(ctx context.Context, r db.Reader, org string) ([]seal.Key, error) {
	names, err := s.TombNames(ctx, r, org)
	if err != nil {
		return nil, err
	}
	var all []seal.Key
	for _, name := range names {
		keys, err := s.secrets.All(ctx, r, org, name)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			all = append(all, k.Key)
		}
	}
	return all, nil
}

// BlindKey is the key of the blind index in use.
func (s *Subjects) BlindKey(ctx context.Context, r db.Reader, org string) (seal.Key, error) {
	key, err := s.secrets.Current(ctx, r, org, seal.BlindIndex)
	return key.Key, err
}
