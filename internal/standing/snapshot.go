// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
)

// A snapshot is an organisation's index in a file of the data folder, for the next
// start: it reads the file and whoever changed since. Backups do not hold it.
//
// It is sealed under a key of its own, which is in the store. The transaction that
// makes the key comes after all that the index has read and before anything is
// written, so a store that has the key has all that the file says. Every erasure
// destroys the key, in its own transaction: from its COMMIT on nothing opens the
// file, wherever a copy of it may be, and the next one is written without the person.
//
// A file that is torn, or from another store, organisation, program or set of
// rules, does not open, and everybody is read as if there were none.

const (
	saveEvery = 10 * time.Minute // after an erasure there is none for so long
	saveLimit = time.Minute      // for the last one, at the end
)

// mark is where a snapshot stands: every chain that came into the log from its
// position on has to be read again.
type mark struct{ Generation, Position, Version int64 }

// save writes the snapshots that are older than an instant.
func (m *Memory) save(ctx context.Context, before time.Time, report func(org string, err error)) {
	if m.dir == "" {
		return
	}
	m.rounds.Lock()
	defer m.rounds.Unlock()
	m.mu.RLock()
	orgs := make(map[string]*memory, len(m.orgs))
	for org, o := range m.orgs {
		orgs[org] = o
	}
	m.mu.RUnlock()
	for org, o := range orgs {
		if !o.built || o.keptAt.After(before) {
			continue
		}
		if err := m.saveOne(ctx, org, o); err != nil && ctx.Err() == nil {
			report(org, fmt.Errorf("write a snapshot of the index: %w", err))
		}
	}
}

func (m *Memory) saveOne(ctx context.Context, org string, o *memory) error {
	s := m.sure(org)
	if s == nil || s.place == "" {
		return nil
	}
	o.keptAt = m.service.db.Now()
	next, key, err := m.mark(ctx, org, o.kept)
	if err != nil || next == o.kept {
		return err
	}
	// What was committed before is in the index, or among what has to be read.
	m.service.db.Told()
	err = m.service.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		if err := m.heard(ctx, tx, org, o, s); err != nil {
			return err
		}
		return m.erased(ctx, tx, org, o, s)
	})
	if err != nil || o.state.Load() != s {
		return err
	}
	if err := m.write(ctx, org, s, next, key); err != nil {
		return err
	}
	o.kept = next
	return nil
}

// mark begins a snapshot, unless nothing happened since the one there is.
func (m *Memory) mark(ctx context.Context, org string, present mark) (next mark, key seal.Key, err error) {
	err = m.service.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		next = present
		generation, size, err := m.service.ledger.Size(ctx, tx, org)
		if err != nil || generation == present.Generation && size == present.Position {
			return err
		}
		made, err := m.service.subjects.NewSnapshotKey(ctx, tx, org, present.Version)
		next, key = mark{generation, size, made.Version}, made.Key
		return err
	})
	return next, key, err
}

func (m *Memory) file(org string) string { return filepath.Join(m.dir, "index-"+org) }

// write puts the new file in the place of the old one when it is whole.
func (m *Memory) write(ctx context.Context, org string, s *state, at mark, key seal.Key) (err error) {
	f, err := os.OpenFile(m.file(org)+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := key.NewWriter(ctx, f, s.place)
	err = binary.Write(f, binary.LittleEndian, at.Version)
	if err == nil {
		err = binary.Write(w, binary.LittleEndian, at)
	}
	if err == nil {
		err = s.index.Save(w)
	}
	if err == nil {
		err = w.End()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), m.file(org)); err != nil {
		return err
	}
	dir, err := os.Open(m.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// restore goes on from the snapshot, if there is one that may be believed.
func (m *Memory) restore(ctx context.Context, org string, o *memory, s *state) bool {
	if s.place == "" {
		return false
	}
	f, err := os.Open(m.file(org))
	if err != nil {
		return false
	}
	defer f.Close()
	var version, generation, size int64
	if err := binary.Read(f, binary.LittleEndian, &version); err != nil {
		return false
	}
	var key *seal.Key
	err = m.service.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		keys, err := m.service.subjects.SnapshotKeys(ctx, tx, org)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.Version == version {
				key = &k.Key
			}
		}
		generation, size, err = m.service.ledger.Size(ctx, tx, org)
		return err
	})
	if err != nil || key == nil {
		return false
	}
	r := key.NewReader(f, s.place)
	var at mark
	if binary.Read(r, binary.LittleEndian, &at) != nil || at.Generation != generation || at.Position > size {
		return false
	}
	loaded, err := s.index.Load(r)
	if err != nil || !r.Ended() {
		return false
	}
	restored := s.with(loaded)
	restored.tombs = s.tombs
	if !o.state.CompareAndSwap(s, restored) {
		return false
	}
	// Who was erased since the key was read was told to the other index.
	o.restored, o.behind, o.kept, o.generation, o.position = true, true, at, at.Generation, at.Position
	return true
}

// placeOf is what the snapshot of an organisation is sealed for: whatever makes
// two indexes of the same people hold different things. "": none is kept.
func (m *Memory) placeOf(org string, s *state, secret []byte, turn time.Time) string {
	if m.dir == "" {
		return ""
	}
	program, err := m.program()
	if err != nil { // each start reads everybody then
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%x\x00%s\x00%s\x00%v\x00%d\x00%x", program, org, written(s.rules), s.index.Uses(), turn.UnixMicro(), secret))
	return fmt.Sprintf("lecito/index/v1\x00%x", sum)
}

// thisProgram is the hash of the file that this process was started from: another
// one may decide otherwise.
func thisProgram() ([]byte, error) {
	name, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum.Sum(nil), err
}
