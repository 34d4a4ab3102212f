// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"k8s.io/klog/v2"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/testkit"
)

// served is the log as a client elsewhere meets it: checkpoint, tiles, bundles.
type served struct {
	ctx context.Context // of the test: tlog.TileReader has no room for one
	b   book
}

func (s served) Height() int { return 8 }

func (s served) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(want))
	for i, tile := range want {
		data, err := s.read(s.ctx, int64(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

func (s served) SaveTiles([]tlog.Tile, [][]byte) {}

func (s served) ReadCheckpoint(ctx context.Context) ([]byte, error) {
	c, err := s.b.Checkpoint(ctx, org)
	return []byte(c), err
}

func (s served) ReadTile(ctx context.Context, l, i uint64, p uint8) ([]byte, error) {
	return s.read(ctx, int64(l), int64(i), width(p))
}

func (s served) ReadEntryBundle(ctx context.Context, i uint64, p uint8) ([]byte, error) {
	return s.read(ctx, -1, int64(i), width(p))
}

func (s served) read(ctx context.Context, level, n int64, width int) ([]byte, error) {
	data, err := s.b.Tile(ctx, org, level, n, width)
	if err == nil && data == nil {
		err = fmt.Errorf("tile %d/%d of %d: %w", level, n, width, fs.ErrNotExist)
	}
	return data, err
}

// width reads C2SP's partial width: 0 is a full tile.
func width(p uint8) int {
	if p == 0 {
		return 256
	}
	return int(p)
}

// bundleHashes reads an entry bundle as C2SP tlog-tiles says, with another
// implementation's hasher.
func bundleHashes(bundle []byte) ([][]byte, error) {
	var hashes [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return nil, errors.New("a bundle ends within a length")
		}
		n := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+n {
			return nil, errors.New("a bundle ends within an entry")
		}
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(bundle[2:2+n]))
		bundle = bundle[2+n:]
	}
	return hashes, nil
}

func (b book) live(t *testing.T) ledger.Generation {
	t.Helper()
	all, err := b.Generations(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	return all[len(all)-1]
}

func (b book) fsck(t *testing.T) error {
	t.Helper()
	klog.LogToStderr(false) // fsck tells its progress
	klog.SetOutput(io.Discard)
	g := b.live(t)
	verifier, err := note.NewVerifier(g.VKey)
	if err != nil {
		t.Fatal(err)
	}
	return fsck.New(g.Origin, verifier, served{t.Context(), b}, bundleHashes, fsck.Opts{N: 2}).Check(t.Context())
}

func (b book) tree(t *testing.T) tlog.Tree {
	t.Helper()
	g := b.live(t)
	c, err := evidence.OpenCheckpoint(g.Checkpoint, g.VKey)
	if err != nil {
		t.Fatal(err)
	}
	return tlog.Tree{N: c.Size, Hash: c.Root}
}

// bulk adds n entries of one new chain at once.
func (b book) bulk(t *testing.T, n int) {
	t.Helper()
	drafts := make([]ledger.Draft, n)
	chain := ledger.NewSubject()
	for i := range drafts {
		drafts[i] = ledger.Draft{Chain: chain, New: true, Kind: evidence.KindFact, Body: []byte(`{}`), By: "key:test"}
	}
	err := b.db.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := b.Add(ctx, tx, org, drafts)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestServedTilesConvinceOutsideClients grows a log over the edges of its tiles.
func TestServedTilesConvinceOutsideClients(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		b := open(t, env, env.DB)
		sizes := []int64{1, 255, 256, 257, 511, 512, 513, 5000, 65535, 65536, 65537, 65793}
		if testing.Short() {
			sizes = sizes[:8]
		}
		if err := b.Sequence(t.Context(), org); err != nil { // the statement key
			t.Fatal(err)
		}
		var trees []tlog.Tree
		for _, size := range sizes {
			if n := int(size) - int(b.live(t).Size); n > 0 {
				b.bulk(t, n)
			}
			if err := b.Sequence(t.Context(), org); err != nil {
				t.Fatal(err)
			}
			tree := b.tree(t)
			if tree.N != size {
				t.Fatalf("the log has %d entries, want %d", tree.N, size)
			}
			reader := tlog.TileHashReader(tree, served{t.Context(), b})
			if _, err := tlog.ProveRecord(tree.N, tree.N/2, reader); err != nil {
				t.Errorf("size %d: %v", size, err)
			}
			for _, old := range trees {
				p, err := tlog.ProveTree(tree.N, old.N, reader)
				if err != nil {
					t.Fatal(err)
				}
				if err := tlog.CheckTree(p, tree.N, tree.Hash, old.N, old.Hash); err != nil {
					t.Errorf("size %d does not extend %d: %v", size, old.N, err)
				}
			}
			if err := b.fsck(t); err != nil {
				t.Errorf("fsck at %d: %v", size, err)
			}
			trees = append(trees, tree)
		}
	})
}

func TestOneFlippedByteIsFound(t *testing.T) {
	for _, at := range []struct {
		level, n int64
		offset   int
	}{{-1, 0, 5}, {-1, 1, 40}, {0, 0, 100}, {0, 2, 1}, {1, 0, 33}} {
		t.Run(fmt.Sprintf("tile %d/%d", at.level, at.n), func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				b := open(t, env, env.DB)
				b.bulk(t, 600)
				if err := b.Sequence(t.Context(), org); err != nil {
					t.Fatal(err)
				}
				if err := b.fsck(t); err != nil {
					t.Fatalf("before: %v", err)
				}
				b.flip(t, at.level, at.n, at.offset)
				if err := b.fsck(t); err == nil {
					t.Error("fsck finds nothing")
				}
			})
		})
	}
}

// flip changes one bit of a tile in the store.
func (b book) flip(t *testing.T, level, n int64, offset int) {
	t.Helper()
	err := b.db.Alone(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		data, err := db.One(ctx, tx, db.Value[[]byte], `SELECT data FROM tile WHERE org = $1 AND level = $2 AND n = $3`, org, level, n)
		if err != nil {
			return err
		}
		data = bytes.Clone(data)
		data[offset] ^= 1
		_, err = tx.Exec(ctx, `UPDATE tile SET data = $4 WHERE org = $1 AND level = $2 AND n = $3`, org, level, n, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
