// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
)

// Proofs are entries proven under one checkpoint.
type Proofs struct {
	VKey       string // of the log that signed the checkpoint
	Checkpoint string
	Tree       tlog.Tree
	ByEntry    map[string]evidence.Proof
}

// Prove proves that the entries are in the organisation's log, taking them into
// it first where the sequencer has not come by yet.
func (l *Ledger) Prove(ctx context.Context, org string, ids []string) (Proofs, error) {
	included, err := l.included(ctx, org, ids)
	if err != nil {
		return Proofs{}, err
	}
	if !included {
		if err := l.Sequence(ctx, org); err != nil {
			return Proofs{}, unavailable(err)
		}
	}
	var out Proofs
	err = l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		head, err := selectLog(ctx, tx, org)
		if err != nil {
			return err
		}
		positions, err := selectPositions(ctx, tx, org, ids)
		if err != nil {
			return err
		}
		out, err = prove(newTiles(ctx, tx, org, head.generation), head, positions, ids)
		return err
	})
	return out, err
}

func prove(tiles *tiles, head logRow, positions map[string]positionRow, ids []string) (Proofs, error) {
	tree, err := treeOf(head.checkpoint, head.vkey)
	if err != nil {
		return Proofs{}, fmt.Errorf("read the checkpoint: %w", err)
	}
	out := Proofs{VKey: head.vkey, Checkpoint: head.checkpoint, Tree: tree, ByEntry: map[string]evidence.Proof{}}
	for _, id := range ids {
		at, ok := positions[id]
		if !ok {
			return Proofs{}, problem.New(problem.NotFound, "unknown_entry", "There is no such entry in this organisation.")
		}
		if at.position < 0 || at.position >= tree.N || at.generation != head.generation {
			return Proofs{}, unavailable(errors.New("entry not under the signed head yet"))
		}
		path, err := tlog.ProveRecord(tree.N, at.position, tiles)
		if err != nil {
			return Proofs{}, fmt.Errorf("prove an entry: %w", err)
		}
		out.ByEntry[id] = evidence.Proof{Index: at.position, Hashes: path, Checkpoint: head.checkpoint}
	}
	return out, nil
}

// Positions tells which of the entries are under the live log's head yet, and
// at which place: the number by which people know an entry.
func (l *Ledger) Positions(ctx context.Context, r db.Reader, org string, ids []string) (map[string]int64, error) {
	head, err := selectLog(ctx, r, org)
	if err != nil {
		return nil, err
	}
	rows, err := selectPositions(ctx, r, org, ids)
	if err != nil {
		return nil, err
	}
	positions := make(map[string]int64, len(rows))
	for id, row := range rows {
		if row.position >= 0 && row.generation == head.generation {
			positions[id] = row.position
		}
	}
	return positions, nil
}

// included says whether every entry is under the signed head of the live log.
func (l *Ledger) included(ctx context.Context, org string, ids []string) (bool, error) {
	all := false
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		head, err := selectLog(ctx, tx, org)
		if err != nil {
			return err
		}
		if head.checkpoint == "" {
			return nil // nothing is signed yet
		}
		tree, err := treeOf(head.checkpoint, head.vkey)
		if err != nil {
			return err
		}
		positions, err := selectPositions(ctx, tx, org, ids)
		all = true
		for _, at := range positions {
			all = all && at.position >= 0 && at.position < tree.N && at.generation == head.generation
		}
		return err
	})
	return all, err
}

func unavailable(err error) error {
	return problem.New(problem.Unavailable, "not_in_the_log_yet",
		"The entry is recorded and waits to be taken into the log. Ask again in a few seconds.").Because(err)
}

// Tile returns a hash tile, or (level -1) an entry bundle, of the live log: its
// first width items of 256. nil: the log does not have that many.
func (l *Ledger) Tile(ctx context.Context, org string, level, n int64, width int) ([]byte, error) {
	item := tlog.HashSize
	if level == entryLevel {
		item = bundleEntry
	}
	var data []byte
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		head, err := selectLog(ctx, tx, org)
		if err != nil {
			return err
		}
		data, err = selectTile(ctx, tx, org, head.generation, tileKey{level, n})
		return err
	})
	if err != nil || len(data) < width*item {
		return nil, err
	}
	return data[:width*item], nil
}
