// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// Matches tells which subjects hold which identifiers.
type Matches struct {
	chains   map[lawful.Identifier][]string
	last     map[lawful.Identifier]int64 // number of a holder
	entombed map[lawful.Identifier]bool
}

// Next is the number of the identifier's next holder.
func (m Matches) Next(id lawful.Identifier) int64 { return m.last[id] + 1 }

// Of returns the subjects that hold the identifier, in order of their pseudonyms.
func (m Matches) Of(id lawful.Identifier) []string { return m.chains[id] }

// Erased says whether a tombstone of the identifier stands and nobody holds it.
func (m Matches) Erased(id lawful.Identifier) bool { return m.entombed[id] && len(m.chains[id]) == 0 }

// Entombed says, of what a writer met, whether a tombstone of the identifier stands,
// whoever holds it now: that somebody holds it does not say that the person came back.
func (m Matches) Entombed(id lawful.Identifier) bool { return m.entombed[id] }

// Match looks identifiers up, all at once: holders by blind index (every version
// of the key), and tombstones of those that nobody holds.
func (s *Subjects) Match(ctx context.Context, r db.Reader, org string, ids []lawful.Identifier) (Matches, error) {
	m := newMatches()
	if len(ids) == 0 {
		return m, nil
	}
	if err := s.matchHolders(ctx, r, org, ids, m); err != nil {
		return m, err
	}
	return m, s.matchTombstones(ctx, r, org, m.free(ids), m)
}

func newMatches() Matches {
	return Matches{chains: map[lawful.Identifier][]string{}, last: map[lawful.Identifier]int64{}, entombed: map[lawful.Identifier]bool{}}
}

// free lists the identifiers that nobody holds.
func (m Matches) free(ids []lawful.Identifier) []lawful.Identifier {
	var free []lawful.Identifier
	for _, id := range ids {
		if len(m.chains[id]) == 0 {
			free = append(free, id)
		}
	}
	return free
}

// Holders is Match without the tombstones.
func (s *Subjects) Holders(ctx context.Context, r db.Reader, org string, ids []lawful.Identifier) (Matches, error) {
	m := newMatches()
	if len(ids) == 0 {
		return m, nil
	}
	return m, s.matchHolders(ctx, r, org, ids, m)
}

// matchHolders fills in who holds the identifiers.
func (s *Subjects) matchHolders(ctx context.Context, r db.Reader, org string, ids []lawful.Identifier, m Matches) error {
	keys, err := s.secrets.All(ctx, r, org, seal.BlindIndex)
	if err != nil {
		return err
	}
	byBlind := make(map[string]lawful.Identifier, len(ids))
	blinds := make([][]byte, 0, len(ids))
	for _, k := range keys {
		under, err := blindAll(k.Key, ids)
		if err != nil {
			return err
		}
		for i, b := range under {
			if _, seen := byBlind[string(b)]; !seen {
				byBlind[string(b)] = ids[i]
				blinds = append(blinds, b)
			}
		}
	}
	rows, err := selectHolders(ctx, r, org, blinds)
	if err != nil {
		return err
	}
	several := false
	for _, row := range rows {
		id := byBlind[string(row.blind)]
		m.last[id] = max(m.last[id], row.nth)
		if !slices.Contains(m.chains[id], row.chain) {
			several = several || len(m.chains[id]) > 0
			m.chains[id] = append(m.chains[id], row.chain)
		}
	}
	if several {
		for id := range m.chains {
			slices.Sort(m.chains[id])
		}
	}
	return nil
}

func blindAll(key seal.Key, ids []lawful.Identifier) ([][]byte, error) {
	blinds := make([][]byte, len(ids))
	err := seal.Each(len(ids), func(i int) error {
		blinds[i] = BlindUnder(key, ids[i])
		return nil
	})
	return blinds, err
}

// Meet is Match for a writer, with the tombstones of all. What nobody holds another
// writer may give to somebody meanwhile: Attach finds that out.
func (s *Subjects) Meet(ctx context.Context, tx *db.Tx, org string, ids []lawful.Identifier) (Matches, error) {
	m := newMatches()
	if len(ids) == 0 {
		return m, nil
	}
	if err := s.matchHolders(ctx, tx, org, ids, m); err != nil {
		return m, err
	}
	return m, s.matchTombstones(ctx, tx, org, ids, m)
}

// matchTombstones tests the identifiers against the tombstones of every year kept.
func (s *Subjects) matchTombstones(ctx context.Context, r db.Reader, org string, ids []lawful.Identifier, m Matches) error {
	if len(ids) == 0 {
		return nil
	}
	keys, err := s.tombKeys(ctx, r, org)
	if err != nil || len(keys) == 0 {
		return err
	}
	byBlind := map[string]lawful.Identifier{}
	looked := db.NewRows("BIGINT", "BYTEA").Grow(len(keys) * len(ids))
	for _, k := range keys {
		under, err := blindAll(k.key, ids)
		if err != nil {
			return err
		}
		for i, b := range under {
			byBlind[string(b)] = ids[i]
			looked.Add(k.year, b)
		}
	}
	found, err := selectTombstones(ctx, r, org, looked)
	for _, b := range found {
		m.entombed[byBlind[string(b)]] = true
	}
	return err
}

// Identifiers opens the identifiers of subjects, in the order they were added.
func (s *Subjects) Identifiers(ctx context.Context, r db.Reader, org string, chains []string) ([]Held, error) {
	rows, err := selectIdentifiers(ctx, r, org, chains)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	keys, err := s.ledger.Keys(ctx, r, org, chains)
	if err != nil {
		return nil, err
	}
	held := make([]Held, 0, len(rows))
	for _, row := range rows {
		id, err := openIdentifier(keys[row.chain], org, row)
		if err != nil {
			return nil, fmt.Errorf("open an identifier of %s: %w", row.chain, err)
		}
		held = append(held, Held{Identifier: id, Chain: row.chain, Holder: row.holder})
	}
	return held, nil
}

// Attach gives subjects identifiers they did not hold, each once. The subjects exist
// in the transaction; keys are those of them that the caller has. Where another
// transaction has given one of them to somebody since Meet, this one begins again.
func (s *Subjects) Attach(ctx context.Context, tx *db.Tx, org string, held []Held, keys map[string]seal.Key) error {
	if len(held) == 0 {
		return nil
	}
	blind, err := s.secrets.Current(ctx, tx, org, seal.BlindIndex)
	if err != nil {
		return err
	}
	keys, err = s.withMissing(ctx, tx, org, held, keys)
	if err != nil {
		return err
	}
	rows := make([]identifierRow, len(held))
	err = seal.Each(len(held), func(i int) (err error) {
		h := held[i]
		row := identifierRow{
			blind: BlindUnder(blind.Key, h.Identifier.Identifier), nth: h.Nth, chain: h.Chain,
			version: blind.Version, kind: h.Kind, holder: h.Holder,
		}
		row.sealed, err = sealIdentifier(keys[h.Chain], org, row, h.Identifier)
		rows[i] = row
		return err
	})
	if err != nil {
		return err
	}
	var ids []lawful.Identifier
	for _, h := range held {
		if !h.Told {
			ids = append(ids, h.Identifier.Identifier)
		}
	}
	s.attached(tx, org, ids)
	return insertIdentifiers(ctx, tx, org, rows)
}

// withMissing adds the keys of subjects that the caller lacks.
func (s *Subjects) withMissing(ctx context.Context, tx *db.Tx, org string, held []Held, keys map[string]seal.Key) (map[string]seal.Key, error) {
	missing := map[string]bool{}
	for _, h := range held {
		if _, has := keys[h.Chain]; !has {
			missing[h.Chain] = true
		}
	}
	if len(missing) == 0 {
		return keys, nil
	}
	all, err := s.ledger.Keys(ctx, tx, org, slices.Sorted(maps.Keys(missing)))
	if err != nil {
		return nil, err
	}
	maps.Copy(all, keys)
	return all, nil
}

// Blind is the blind index of an identifier under the current key.
func (s *Subjects) Blind(ctx context.Context, r db.Reader, org string, id lawful.Identifier) ([]byte, error) {
	key, err := s.secrets.Current(ctx, r, org, seal.BlindIndex)
	if err != nil {
		return nil, err
	}
	return BlindUnder(key.Key, id), nil
}

// BlindUnder is the blind index of an identifier under a key.
func BlindUnder(key seal.Key, id lawful.Identifier) []byte {
	kind := id.Kind
	if id.Source != "" {
		kind += "\x00" + id.Source
	}
	return key.Blind(kind, id.Value)
}

const tombstonePrefix = "tombstone-"

// tombstoneSecret names the key of a year's tombstones.
func tombstoneSecret(year int64) string { return fmt.Sprintf("%s%d", tombstonePrefix, year) }
