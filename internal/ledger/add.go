// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
)

// Add adds entries in the transaction, in the order given. It locks the chains
// it adds to, so two writers of one subject come one after the other; entries
// whose idempotency key is known are answered from what is on record.
func (l *Ledger) Add(ctx context.Context, tx *db.Tx, org string, drafts []Draft) ([]Added, error) {
	return l.add(ctx, tx, org, drafts, tx.Only())
}

// AddInPlace is Add for a transaction that soon ends and adds to no other chain: where
// nothing waits for the sequencer its entries have their places in the log at once,
// which spares them a second writing. Whoever else places entries waits for its end.
func (l *Ledger) AddInPlace(ctx context.Context, tx *db.Tx, org string, drafts []Draft) ([]Added, error) {
	return l.add(ctx, tx, org, drafts, true)
}

func (l *Ledger) add(ctx context.Context, tx *db.Tx, org string, drafts []Draft, inPlace bool) ([]Added, error) {
	known, hashed, err := l.known(ctx, tx, org, drafts)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		if k.Err != nil {
			return nil, k.Err
		}
	}
	chains, err := l.lock(ctx, tx, org, drafts, known)
	if err != nil {
		return nil, err
	}
	rows, added, err := l.extend(tx, org, pending{drafts, known, hashed}, chains)
	if err != nil {
		return nil, err
	}
	if err := place(ctx, tx, org, rows, inPlace); err != nil {
		return nil, err
	}
	if err := insertEntries(ctx, tx, org, rows); err != nil {
		return nil, err
	}
	told := slices.Sorted(maps.Keys(chains))
	l.changed(tx, org, slices.DeleteFunc(told, func(id string) bool { return chains[id].told }))
	return added, keepHeads(ctx, tx, org, chains)
}

// pending are drafts with what is known of them.
type pending struct {
	drafts []Draft
	known  []db.Result[*Added]
	hashed []hashedKey
}

// extend makes the entries of the drafts that are not on record yet, those of
// one chain one after the other.
func (l *Ledger) extend(tx *db.Tx, org string, p pending, chains map[string]*chain) ([]entryRow, []Added, error) {
	added, rows := make([]Added, len(p.drafts)), make([]entryRow, len(p.drafts))
	of := make(map[string][]int, len(chains))
	for i, d := range p.drafts {
		if known := p.known[i].Value; known != nil {
			added[i] = *known
			continue
		}
		of[d.Chain] = append(of[d.Chain], i)
	}
	growing := slices.Collect(maps.Values(chains))
	err := seal.Each(len(growing), func(n int) error {
		c := growing[n]
		if err := l.openKey(org, c); err != nil {
			return err
		}
		for _, i := range of[c.id] {
			var err error
			if rows[i], added[i], err = c.extend(org, p.drafts[i], tx); err != nil {
				return err
			}
			rows[i].idempotency, rows[i].request = p.hashed[i].key, p.hashed[i].request
		}
		return nil
	})
	return slices.DeleteFunc(rows, func(r entryRow) bool { return r.id == "" }), added, err
}

// openKey opens the key of a chain, or makes one for a new chain.
func (l *Ledger) openKey(org string, c *chain) (err error) {
	if c.made {
		c.key = seal.NewKey()
		c.epoch, c.wrapped, err = l.keys.Wrap(c.key, org, seal.ChainOwner(c.id))
		return err
	}
	if c.key, err = l.keys.Unwrap(c.epoch, c.wrapped, org, seal.ChainOwner(c.id)); err != nil {
		return fmt.Errorf("open the key of a chain: %w", err)
	}
	return nil
}

// chain is a locked chain on its way forward.
type chain struct {
	id      string
	seq     int64 // of the last entry
	head    []byte
	key     seal.Key
	epoch   int64
	wrapped []byte
	made    bool // not in the table yet
	told    bool // the caller tells of it
}

// extend makes the chain's next entry.
func (c *chain) extend(org string, d Draft, tx *db.Tx) (entryRow, Added, error) {
	c.seq++
	prev := ""
	if len(c.head) > 0 {
		prev = base64.StdEncoding.EncodeToString(c.head)
	}
	payload, err := evidence.Payload{
		V: 1, Organisation: org, Chain: c.id, Seq: c.seq, Prev: prev,
		Kind: d.Kind, Recorded: tx.Now(), By: d.By, Body: d.Body,
	}.Marshal()
	if err != nil {
		return entryRow{}, Added{}, fmt.Errorf("encode an entry: %w", err)
	}
	added := Added{ID: NewID("ent"), Chain: c.id, Seq: c.seq, Payload: payload, Key: c.key}
	rand.Read(added.Salt[:]) // never fails
	commitment := evidence.Commitment(added.Salt, payload)
	leaf := evidence.LeafHash(evidence.Entry(commitment))
	c.head = leaf[:]
	row := entryRow{
		id: added.ID, chain: c.id, seq: c.seq, kind: d.Kind,
		recorded: tx.Now(), commitment: commitment[:], sealed: []byte{},
	}
	if !d.Forget {
		row.sealed = c.key.Seal(entryPlace(org, added.ID), append(added.Salt[:], payload...))
	}
	return row, added, nil
}

// hashedKey is what is kept of an idempotency key and of the request under it.
type hashedKey struct{ key, request []byte }

// KeyReused is the problem of an idempotency key that stands for another request.
func KeyReused() error {
	return problem.New(problem.Conflict, "idempotency_key_reused",
		"This idempotency key was used for another request. Use a new key for a new request.")
}

// Known tells of each draft whether it is on record already, by idempotency key:
// its entry, nil, or the problem that the key stands for another request.
func (l *Ledger) Known(ctx context.Context, tx *db.Tx, org string, drafts []Draft) ([]db.Result[*Added], error) {
	known, _, err := l.known(ctx, tx, org, drafts)
	return known, err
}

// known finds the drafts that are on record already, by idempotency key.
func (l *Ledger) known(ctx context.Context, tx *db.Tx, org string, drafts []Draft) ([]db.Result[*Added], []hashedKey, error) {
	found := make([]db.Result[*Added], len(drafts))
	hashed := make([]hashedKey, len(drafts))
	if !slices.ContainsFunc(drafts, func(d Draft) bool { return d.Idempotency != "" }) {
		return found, hashed, nil
	}
	secret, err := l.secrets.Current(ctx, tx, org, seal.Idempotency)
	if err != nil {
		return nil, nil, err
	}
	err = seal.Each(len(drafts), func(i int) error {
		if d := drafts[i]; d.Idempotency != "" {
			request := d.Request
			if request == nil {
				request = d.Body
			}
			hashed[i] = hashedKey{secret.Key.Blind("key", d.Idempotency), secret.Key.Blind("request", string(request))}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	var keys [][]byte
	for i, d := range drafts {
		if d.Idempotency != "" && !d.Unknown {
			keys = append(keys, hashed[i].key)
		}
	}
	if len(keys) == 0 {
		return found, hashed, nil
	}
	rows, err := selectByIdempotency(ctx, tx, org, keys)
	if err != nil {
		return nil, nil, err
	}
	for i, h := range hashed {
		row, ok := rows[string(h.key)]
		switch {
		case !ok:
		case !bytes.Equal(row.request, h.request):
			found[i].Err = KeyReused()
		default:
			found[i].Value = &Added{ID: row.id, Chain: row.chain, Seq: row.seq, Existing: true}
		}
	}
	return found, hashed, nil
}

// lock takes the chains that will grow.
func (l *Ledger) lock(ctx context.Context, tx *db.Tx, org string, drafts []Draft, known []db.Result[*Added]) (map[string]*chain, error) {
	fresh, told := map[string]bool{}, map[string]bool{} // by chain that grows: it may be made; the caller tells of it
	for i, d := range drafts {
		if known[i].Value == nil {
			fresh[d.Chain] = fresh[d.Chain] || d.New
			told[d.Chain] = d.Told
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	there := slices.DeleteFunc(slices.Sorted(maps.Keys(fresh)), func(id string) bool { return told[id] })
	chains, err := lockChains(ctx, tx, org, there)
	if err != nil {
		return nil, err
	}
	for id, may := range fresh {
		if chains[id] != nil {
			continue
		}
		if !may {
			return nil, problem.New(problem.NotFound, "unknown_subject", "There is no such subject in this organisation.")
		}
		chains[id] = &chain{id: id, made: true, told: told[id], head: []byte{}}
	}
	return chains, nil
}

func entryPlace(org, id string) string { return "entry\x00" + org + "\x00" + id }

// NewSubject makes a pseudonym for a new subject: random, and saying nothing.
func NewSubject() string { return NewID("sub") }

// SubjectOf is the pseudonym with a UUID.
func SubjectOf(uuid string) string { return "sub_" + uuid }

// NewID makes an id: a prefix that says what it names, and a UUIDv7 (RFC 9562).
func NewID(prefix string) string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	return prefix + "_" + id.String()
}
