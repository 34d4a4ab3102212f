// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
)

// sequenceBlock is how many entries one transaction takes into the log. On SQLite
// everybody who writes waits for it.
const sequenceBlock = 512

// Pulse is how often the sequencer looks for work.
const Pulse = 250 * time.Millisecond

// Run sequences and signs every organisation's log while there is work, until
// the context ends. What fails is reported and tried again at the next pulse.
func (l *Ledger) Run(ctx context.Context, report func(org string, err error)) {
	tick := time.NewTicker(Pulse)
	defer tick.Stop()
	for {
		orgs, err := l.unsigned(ctx)
		if err != nil && ctx.Err() == nil {
			report("", err)
		}
		for _, org := range orgs {
			if err := l.Sequence(ctx, org); err != nil && ctx.Err() == nil {
				report(org, err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Settle takes everything that waits, of every organisation, into its log.
func (l *Ledger) Settle(ctx context.Context) error {
	orgs, err := l.unsigned(ctx)
	for _, org := range orgs {
		err = errors.Join(err, l.Sequence(ctx, org))
	}
	return err
}

// Sequence takes every entry that has no position into the organisation's log
// and signs the head. It is safe to run anywhere, any number of times, at once.
func (l *Ledger) Sequence(ctx context.Context, org string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		n, err := l.block(ctx, org)
		if errors.Is(err, ErrFenced) {
			delete(l.terms, org) // take the term anew, once
			n, err = l.block(ctx, org)
		}
		if err != nil {
			return fmt.Errorf("sequence: %w", err)
		}
		if n < sequenceBlock {
			break
		}
	}
	if err := l.sign(ctx, org); err != nil {
		return fmt.Errorf("sign the head: %w", err)
	}
	return nil
}

// block takes one block of entries, in a transaction of its own that ends with the fence.
func (l *Ledger) block(ctx context.Context, org string) (int, error) {
	term, held := l.terms[org]
	if !held {
		err := l.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			var err error
			term, err = takeTerm(ctx, tx, org)
			return err
		})
		if err != nil {
			return 0, err
		}
		l.terms[org] = term
	}
	var n int
	err := l.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		head, err := holdLog(ctx, tx, org, term)
		if err != nil {
			return err
		}
		pending, err := selectPending(ctx, tx, org, sequenceBlock)
		if err != nil {
			return err
		}
		n = len(pending)
		return take(ctx, tx, org, head, pending)
	})
	return n, err
}

// take gives entries on record their positions, one after the other from the
// log's end on, and has the log grow by them.
func take(ctx context.Context, tx *db.Tx, org string, head logRow, pending []pendingRow) error {
	commitments := make([][]byte, len(pending))
	for i := range pending {
		pending[i].position, commitments[i] = head.size+int64(i), pending[i].commitment
	}
	if err := updatePositions(ctx, tx, org, head.generation, pending); err != nil {
		return err
	}
	return grow(ctx, tx, org, head, commitments)
}

// place gives new entries their positions in the transaction that adds them, where
// nothing waits for the sequencer. Otherwise they wait for it.
func place(ctx context.Context, tx *db.Tx, org string, rows []entryRow, now bool) error {
	for i := range rows {
		rows[i].generation, rows[i].position = noPosition, noPosition
	}
	if len(rows) == 0 || !now {
		return nil
	}
	if err := lockLog(ctx, tx, org); err != nil {
		return err
	}
	waiting, err := selectPending(ctx, tx, org, 1)
	if err != nil || len(waiting) > 0 {
		return err
	}
	head, err := selectLog(ctx, tx, org)
	if err != nil {
		return err
	}
	commitments := make([][]byte, len(rows))
	for i := range rows {
		rows[i].generation, rows[i].position, commitments[i] = head.generation, head.size+int64(i), rows[i].commitment
	}
	return grow(ctx, tx, org, head, commitments)
}

// grow appends entries to the log: tiles, then the head under the fence.
func grow(ctx context.Context, tx *db.Tx, org string, head logRow, commitments [][]byte) error {
	if len(commitments) == 0 {
		return nil
	}
	tiles := newTiles(ctx, tx, org, head.generation)
	size := head.size
	for _, commitment := range commitments {
		entry := evidence.Entry([32]byte(commitment))
		leaf := evidence.LeafHash(entry)
		if err := tiles.append(size, entry, leaf); err != nil {
			return err
		}
		size++
	}
	root, err := tlog.TreeHash(size, tiles)
	if err != nil {
		return fmt.Errorf("compute the root: %w", err)
	}
	if err := tiles.store(ctx, tx); err != nil {
		return err
	}
	moved, err := moveHead(ctx, tx, org, head, size, root[:])
	if err != nil {
		return err
	}
	if !moved {
		return ErrFenced
	}
	return nil
}

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	// entryLevel is the level under which entry bundles are kept.
	entryLevel = -1
	// bundleEntry is an entry of a bundle: a big-endian uint16 length and 33 bytes.
	bundleEntry = 2 + 33
)

// tiles reads the tiles of one log and holds those being changed. It is a
// tlog.HashReader over both. It lives for one transaction.
type tiles struct {
	ctx        context.Context // of the transaction it lives in: tlog.HashReader has no room for one
	r          db.Reader
	org        string
	generation int64
	data       map[tileKey][]byte
	changed    map[tileKey]bool
}

type tileKey struct{ level, n int64 }

func newTiles(ctx context.Context, r db.Reader, org string, generation int64) *tiles {
	return &tiles{
		ctx: ctx, r: r, org: org, generation: generation,
		data: map[tileKey][]byte{}, changed: map[tileKey]bool{},
	}
}

// append puts the entry at position n, and each hash it completes into its level.
func (t *tiles) append(n int64, entry []byte, leaf tlog.Hash) error {
	bundle := binary.BigEndian.AppendUint16(make([]byte, 0, bundleEntry), uint16(len(entry)))
	bundle = append(bundle, entry...)
	if err := t.extend(entryLevel, n, bundle); err != nil {
		return err
	}
	hash := leaf
	for level := int64(0); ; level++ {
		if err := t.extend(level, n, hash[:]); err != nil {
			return err
		}
		if n%tileWidth != tileWidth-1 {
			return nil
		}
		full := t.data[tileKey{level, n / tileWidth}]
		hash = subtree(full)
		n /= tileWidth
	}
}

// extend adds item i of a level to its tile; the tile must be just that long.
func (t *tiles) extend(level, i int64, item []byte) error {
	key := tileKey{level, i / tileWidth}
	old, err := t.tile(key)
	if err != nil {
		return err
	}
	if int64(len(old)) != (i%tileWidth)*int64(len(item)) {
		return fmt.Errorf("tile %d/%d has %d bytes and can't take item %d", level, key.n, len(old), i)
	}
	if cap(old) < tileWidth*len(item) { // room for the whole tile, once
		old = append(make([]byte, 0, tileWidth*len(item)), old...)
	}
	t.data[key] = append(old, item...)
	t.changed[key] = true
	return nil
}

// subtree is the hash of a full tile's 256 hashes.
func subtree(full []byte) tlog.Hash {
	hashes := make([]tlog.Hash, 0, tileWidth)
	for b := full; len(b) > 0; b = b[tlog.HashSize:] {
		hashes = append(hashes, tlog.Hash(b[:tlog.HashSize]))
	}
	for len(hashes) > 1 {
		for i := 0; i < len(hashes); i += 2 {
			hashes[i/2] = tlog.NodeHash(hashes[i], hashes[i+1])
		}
		hashes = hashes[:len(hashes)/2]
	}
	return hashes[0]
}

// ReadHashes implements tlog.HashReader.
func (t *tiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, 0, len(indexes))
	for _, index := range indexes {
		tile := tlog.TileForIndex(tileHeight, index)
		data, err := t.tile(tileKey{int64(tile.L), tile.N})
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d is shorter than the log needs", tile.L, tile.N)
		}
		hash, err := tlog.HashFromTile(tile, data[:tile.W*tlog.HashSize], index)
		if err != nil {
			return nil, fmt.Errorf("read tile %d/%d: %w", tile.L, tile.N, err)
		}
		out = append(out, hash)
	}
	return out, nil
}

func (t *tiles) tile(key tileKey) ([]byte, error) {
	if data, ok := t.data[key]; ok {
		return data, nil
	}
	data, err := selectTile(t.ctx, t.r, t.org, t.generation, key)
	if err != nil {
		return nil, err
	}
	t.data[key] = data
	return data, nil
}

func (t *tiles) store(ctx context.Context, tx *db.Tx) error {
	set := db.NewRows("BIGINT", "BIGINT", "BYTEA")
	for key := range t.changed {
		set.Add(key.level, key.n, t.data[key])
	}
	return storeTiles(ctx, tx, t.org, t.generation, set)
}

// sameRoot compares a stored root with a computed one.
func sameRoot(stored []byte, root tlog.Hash) bool { return bytes.Equal(stored, root[:]) }
