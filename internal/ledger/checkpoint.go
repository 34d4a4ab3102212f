// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
)

// Checkpoint returns the organisation's last signed head (C2SP tlog-checkpoint),
// signing a first one where there is none.
func (l *Ledger) Checkpoint(ctx context.Context, org string) (string, error) {
	head, err := l.head(ctx, org)
	if err != nil {
		return "", err
	}
	if head.checkpoint != "" {
		return head.checkpoint, nil
	}
	if err := l.Sequence(ctx, org); err != nil {
		return "", err
	}
	head, err = l.head(ctx, org)
	return head.checkpoint, err
}

// Generation is one life of an organisation's log.
type Generation struct {
	Number     int64
	Origin     string
	VKey       string // C2SP signed-note verifier key
	Size       int64
	Checkpoint string
}

// Generations lists an organisation's logs, the oldest first; the last is the live one.
func (l *Ledger) Generations(ctx context.Context, org string) ([]Generation, error) {
	var out []Generation
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rows, err := selectGenerations(ctx, tx, org)
		for _, r := range rows {
			out = append(out, Generation{r.generation, r.origin, r.vkey, r.size, r.checkpoint})
		}
		return err
	})
	return out, err
}

// Waiting counts the entries that are not in the log yet.
func (l *Ledger) Waiting(ctx context.Context, org string) (int64, error) {
	var n int64
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		n, err = countPending(ctx, tx, org)
		return err
	})
	return n, err
}

// Open says whether some entry of the chains is not in the log yet.
func (l *Ledger) Open(ctx context.Context, r db.Reader, org string, chains []string) (bool, error) {
	return selectOpen(ctx, r, org, chains)
}

func (l *Ledger) head(ctx context.Context, org string) (logRow, error) {
	var head logRow
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		head, err = selectLog(ctx, tx, org)
		return err
	})
	return head, err
}

func (l *Ledger) unsigned(ctx context.Context) ([]string, error) {
	var orgs []string
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		orgs, err = selectUnsigned(ctx, tx)
		return err
	})
	return orgs, err
}

// sign signs the head as it stands in the store after commit, if it is new and
// extends the last head signed with these keys. The order is: read back, prove
// the extension, keep the signed head in its synced file, publish.
func (l *Ledger) sign(ctx context.Context, org string) error {
	head, err := l.head(ctx, org)
	if err != nil {
		return err
	}
	file := signerFile(head.origin)
	return l.keys.Locked(file, func() error {
		head, kept, err := l.heads(ctx, org, head.origin)
		if err != nil {
			return err
		}
		if kept != "" && kept == head.checkpoint {
			if last, err := treeOf(kept, head.vkey); err == nil && last.N == head.size && sameRoot(head.root, last.Hash) {
				return nil
			}
		}
		if err := l.extends(ctx, org, kept, head); err != nil {
			return err
		}
		signed, err := l.signHead(file, head)
		if err != nil {
			return err
		}
		if err := l.keys.KeepHead(file, signed); err != nil {
			return err
		}
		return l.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			return storeCheckpoint(ctx, tx, org, head, signed)
		})
	})
}

// heads reads the head of the store and the last one signed, for whoever holds
// the signer's lock. Both are read under it: a head read before would be behind
// what another process has signed since, and look like a restored store.
func (l *Ledger) heads(ctx context.Context, org, origin string) (logRow, string, error) {
	head, err := l.head(ctx, org)
	if err != nil {
		return head, "", err
	}
	if head.origin != origin {
		return head, "", ErrFenced // a new generation began meanwhile
	}
	kept, err := l.keys.Head(signerFile(origin))
	return head, kept, err
}

func (l *Ledger) signHead(file string, head logRow) (string, error) {
	signer, err := l.keys.Signer(file)
	if err != nil {
		return "", err
	}
	signed, err := evidence.Checkpoint{Origin: head.origin, Size: head.size, Root: tlog.Hash(head.root)}.Sign(signer)
	if err != nil {
		return "", fmt.Errorf("sign a checkpoint: %w", err)
	}
	return signed, nil
}

// extends says whether the head is a proven extension of the last one signed.
func (l *Ledger) extends(ctx context.Context, org, kept string, head logRow) error {
	if kept == "" {
		return nil
	}
	last, err := treeOf(kept, head.vkey)
	if err != nil {
		return fmt.Errorf("read the last signed head: %w", err)
	}
	switch {
	case last.N > head.size:
		return fmt.Errorf("signed up to %d, the store holds %d: %w", last.N, head.size, ErrBehind)
	case last.N == head.size && !sameRoot(head.root, last.Hash):
		return fmt.Errorf("another tree of size %d was signed: %w", last.N, ErrBehind)
	case last.N == 0 || last.N == head.size:
		return nil
	}
	return l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		proof, err := tlog.ProveTree(head.size, last.N, newTiles(ctx, tx, org, head.generation))
		if err != nil {
			return fmt.Errorf("prove the extension: %w", err)
		}
		if err := tlog.CheckTree(proof, head.size, tlog.Hash(head.root), last.N, last.Hash); err != nil {
			return fmt.Errorf("the store does not extend the head signed at %d: %w", last.N, ErrBehind)
		}
		return nil
	})
}

func treeOf(checkpoint, vkey string) (tlog.Tree, error) {
	c, err := evidence.OpenCheckpoint(checkpoint, vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.Tree{N: c.Size, Hash: c.Root}, nil
}
