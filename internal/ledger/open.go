// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
)

// History opens whole chains: by chain, in order. A chain that does not exist
// (or was erased) is not in the answer.
func (l *Ledger) History(ctx context.Context, r db.Reader, org string, chains []string) (map[string][]Entry, error) {
	if len(chains) == 0 {
		return nil, nil
	}
	byChain := make(map[string][]Entry, len(chains))
	var chain string
	var key seal.Opener
	var history []Entry
	err := eachChainEntry(ctx, r, org, chains, func(row chainRow) error {
		if string(row.chain) != chain {
			if chain != "" {
				byChain[chain] = history
			}
			chain, history = string(row.chain), nil
			opened, err := l.unwrap(org, chain, row.epoch, row.wrapped)
			if err != nil {
				return err
			}
			key = opened.Opener()
		}
		e := Entry{ID: row.id, Chain: chain, Seq: row.seq, Kind: kindOf(row.kind), Recorded: db.Time(row.recorded)}
		if err := e.unseal(org, row.sealed, key); err != nil {
			return err
		}
		history = append(history, e)
		return nil
	})
	if chain != "" {
		byChain[chain] = history
	}
	return byChain, err
}

// kindOf is the kind of an entry; that of nearly all is not copied.
func kindOf(raw []byte) string {
	if string(raw) == evidence.KindFact {
		return evidence.KindFact
	}
	return string(raw)
}

// Entry opens one entry by id.
func (l *Ledger) Entry(ctx context.Context, r db.Reader, org, id string) (Entry, error) {
	rows, err := selectEntries(ctx, r, org, []string{id})
	if err != nil {
		return Entry{}, err
	}
	if len(rows) == 0 {
		return Entry{}, problem.New(problem.NotFound, "unknown_entry", "There is no such entry in this organisation.")
	}
	opened, err := l.open(ctx, r, org, rows)
	if err != nil {
		return Entry{}, err
	}
	if len(opened) == 0 {
		return Entry{}, problem.New(problem.NotFound, "unknown_entry", "There is no such entry in this organisation.")
	}
	return opened[0], nil
}

// Recent lists the organisation's own entries, newest first, of one kind or of
// every kind (""); before is the sequence number to start under, 0 for the newest.
func (l *Ledger) Recent(ctx context.Context, r db.Reader, org, kind string, before int64, most int) ([]Entry, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := selectRecent(ctx, r, org, kind, before, most)
	if err != nil {
		return nil, fmt.Errorf("read recent entries: %w", err)
	}
	return l.open(ctx, r, org, rows)
}

// Last returns the sequence number of each chain's last entry.
func (l *Ledger) Last(ctx context.Context, r db.Reader, org string, chains []string) (map[string]int64, error) {
	keys, err := selectChainKeys(ctx, r, org, chains)
	if err != nil {
		return nil, err
	}
	last := make(map[string]int64, len(keys))
	for _, k := range keys {
		last[k.id] = k.seq
	}
	return last, nil
}

// Key opens the key of a chain, for what is sealed beside its entries.
func (l *Ledger) Key(ctx context.Context, r db.Reader, org, chain string) (seal.Key, error) {
	keys, err := l.Keys(ctx, r, org, []string{chain})
	if err != nil {
		return seal.Key{}, err
	}
	key, ok := keys[chain]
	if !ok {
		return seal.Key{}, problem.New(problem.NotFound, "unknown_subject", "There is no such subject in this organisation.")
	}
	return key, nil
}

// Keys opens the keys of the chains that exist.
func (l *Ledger) Keys(ctx context.Context, r db.Reader, org string, chains []string) (map[string]seal.Key, error) {
	rows, err := selectChainKeys(ctx, r, org, chains)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]seal.Key, len(rows))
	for _, row := range rows {
		key, err := l.unwrap(org, row.id, row.epoch, row.wrapped)
		if err != nil {
			return nil, err
		}
		keys[row.id] = key
	}
	return keys, nil
}

// KeysBetween is Keys of chains that stand close together in the store's order, in
// which they are given: it reads all from the first to the last, which costs less
// than looking up every third of them.
func (l *Ledger) KeysBetween(ctx context.Context, r db.Reader, org string, chains []string) (map[string]seal.Key, error) {
	keys := make(map[string]seal.Key, len(chains))
	for _, chain := range chains {
		keys[chain] = seal.Key{}
	}
	found := 0
	err := eachChainKey(ctx, r, org, chains[0], chains[len(chains)-1], func(id []byte, epoch int64, wrapped []byte) error {
		if _, wanted := keys[string(id)]; !wanted {
			return nil
		}
		found++
		chain := string(id)
		key, err := l.unwrap(org, chain, epoch, wrapped)
		keys[chain] = key
		return err
	})
	if err == nil && found < len(keys) {
		maps.DeleteFunc(keys, func(_ string, key seal.Key) bool { return key == seal.Key{} })
	}
	return keys, err
}

func (l *Ledger) unwrap(org, chain string, epoch int64, wrapped []byte) (seal.Key, error) {
	key, err := l.keys.Unwrap(epoch, wrapped, org, seal.ChainOwner(chain))
	if err != nil {
		return seal.Key{}, fmt.Errorf("open the key of a chain: %w", err)
	}
	return key, nil
}

// open opens rows that were kept; those of which only the commitment is kept
// come back without payload.
func (l *Ledger) open(ctx context.Context, r db.Reader, org string, rows []entryRow) ([]Entry, error) {
	var chains []string
	seen := map[string]bool{}
	for _, row := range rows {
		if !seen[row.chain] {
			seen[row.chain] = true
			chains = append(chains, row.chain)
		}
	}
	keys, err := l.Keys(ctx, r, org, chains)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, len(rows))
	for _, row := range rows {
		key, held := keys[row.chain]
		if !held {
			continue // erased since the rows were read, which a transaction that writes can meet
		}
		e, err := openEntry(org, row, key)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func openEntry(org string, row entryRow, key seal.Key) (Entry, error) {
	e := Entry{ID: row.id, Chain: row.chain, Seq: row.seq, Kind: row.kind, Recorded: row.recorded}
	return e, e.unseal(org, row.sealed, key.Opener())
}

// unseal opens what is sealed of the entry, which may be nothing any more.
func (e *Entry) unseal(org string, sealed []byte, key seal.Opener) error {
	if len(sealed) == 0 {
		return nil
	}
	plain, err := key.OpenTo(nil, []byte(entryPlace(org, e.ID)), sealed)
	if err != nil || len(plain) < 32 {
		return fmt.Errorf("open entry %s: %w", e.ID, seal.ErrSealed)
	}
	e.Salt, e.Payload = [32]byte(plain[:32]), plain[32:]
	e.Body, err = bodyOf(e.Payload)
	if err != nil {
		return fmt.Errorf("read entry %s: %w", e.ID, err)
	}
	return nil
}

// bodyOf gives the body of a payload, which its seal says was written by Add: it is
// not parsed strictly as a stranger's file is. As Add writes them, the body is the
// last member and stands behind a text; nothing within a text, where every quote has
// a backslash before it, can look like the end of that text and the name of a member.
func bodyOf(payload []byte) ([]byte, error) {
	if _, body, found := bytes.Cut(payload, []byte(`","body":{`)); found && bytes.HasSuffix(body, []byte("}}")) {
		return payload[len(payload)-len(body)-1 : len(payload)-1 : len(payload)-1], nil
	}
	var read struct {
		Body jsontext.Value `json:"body"`
	}
	err := json.Unmarshal(payload, &read)
	return read.Body, err
}
