// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
)

// importEntry is the body of the ledger entry of an import.
type importEntry struct {
	Import  string `json:"import"`
	Source  string `json:"source"`
	Tool    string `json:"tool"`
	Section string `json:"section,omitempty"`
	SHA256  string `json:"sha256"` // of a salt and the file, base64; the salt leaves with the result
	Bytes   int64  `json:"bytes"`
	AsOf    string `json:"as_of"` // of what has no date
	Sums    Sums   `json:"sums"`
}

// begin finds the interrupted import of this file, or starts one.
func (m *importing) begin(ctx context.Context) error {
	fresh := newID("imp")
	return m.alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := forgetImports(ctx, tx, m.actor.Org, tx.Now().Add(-resumable)); err != nil {
			return err
		}
		mark, err := m.fingerprint(ctx, tx)
		if err != nil {
			return err
		}
		found, err := selectRunning(ctx, tx, m.actor.Org, m.options.Source, mark)
		m.result.Resumed = err == nil
		if errors.Is(err, db.ErrNone) {
			found = importRow{id: fresh, source: m.options.Source, fingerprint: mark, started: tx.Now(), summary: "{}"}
			err = insertImport(ctx, tx, m.actor.Org, found)
		}
		if err != nil {
			return err
		}
		m.row, m.sums = found, Sums{}
		if err := json.Unmarshal([]byte(found.summary), &m.sums); err != nil {
			return fmt.Errorf("read the sums of an import: %w", err)
		}
		m.tell.id, m.result.ID = found.id, found.id
		if m.options.Exported == nil {
			m.tell.asOf = found.started
		}
		return nil
	})
}

// fingerprint tells the same file read in the same way, to who has the key.
func (m *importing) fingerprint(ctx context.Context, r db.Reader) ([]byte, error) {
	secret, err := m.service.Secrets.Current(ctx, r, m.actor.Org, seal.Idempotency)
	if err != nil {
		return nil, err
	}
	message := append([]byte("lecito/import/v1\x00"), m.spool.sum[:]...)
	message = fmt.Appendf(message, "%s\x00%s\x00%s", m.result.Tool, m.result.Section, m.options.Map)
	return secret.Key.Tag(message), nil
}

// errDry ends a transaction that was only to tell what would come of it.
var errDry = errors.New("dry run")

// mostBlocks is how many blocks one transaction records at most.
const mostBlocks = 8

// record records what was read, as it comes: at first a block, to tell soon how
// it goes, then more at once.
func (m *importing) record(ctx context.Context, ahead <-chan toldBlock) error {
	most := 1
	for b := range ahead {
		if ctx.Err() != nil {
			return fmt.Errorf("import a list: %w", context.Cause(ctx))
		}
		blocks := make([]toldBlock, 1, most)
		blocks[0] = b
		if err := m.take(ctx, blocks, ahead); err != nil {
			return err
		}
		most = min(2*most, mostBlocks)
		m.progress(Progress{Phase: PhaseImporting, Rows: m.row.done, Of: m.rows})
	}
	return nil
}

// take records a block, and in the same transaction those read meanwhile, as many
// as there is room for and as long as nobody else waits to write: the more at once,
// the fewer pages are written again. What it does in memory it does after the commit: the transaction may run
// twice, with the blocks it had before.
func (m *importing) take(ctx context.Context, blocks []toldBlock, ahead <-chan toldBlock) error {
	var after Sums
	err := m.alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		after = m.sums
		for i := 0; i < len(blocks); i++ {
			results, err := m.service.Choices.RecordBlock(ctx, tx, m.actor, blocks[i].records)
			if err != nil {
				return err
			}
			if err := after.tally(blocks[i], results); err != nil {
				return err
			}
			if i == len(blocks)-1 && i+1 < cap(blocks) && !m.options.DryRun && !tx.Awaited() {
				blocks = more(blocks, ahead)
			}
		}
		if m.options.DryRun {
			return errDry
		}
		return advanceImport(ctx, tx, m.actor.Org, m.row, blocks[len(blocks)-1].up, after)
	})
	if err != nil && !errors.Is(err, errDry) {
		return fmt.Errorf("import a list: %w", err)
	}
	m.sums, m.row.done = after, blocks[len(blocks)-1].up
	return nil
}

// more adds the next block, if it has been read.
func more(blocks []toldBlock, ahead <-chan toldBlock) []toldBlock {
	select {
	case b, read := <-ahead:
		if read {
			blocks = append(blocks, b)
		}
	default:
	}
	return blocks
}

// taken is a row of a block that could be read.
type taken struct {
	bucket bucket
	record int  // index of the record that says it
	again  bool // an earlier row of the block made that record
}

// tally counts rows by what came of recording them.
func (s *Sums) tally(b toldBlock, results []db.Result[choice.Recorded]) error {
	for range b.unreadable {
		s.count(bucketUnreadable)
	}
	for _, row := range b.rows {
		r := results[row.record]
		switch p := problem.As(r.Err); {
		case r.Err == nil && (row.again || r.Value.Existing):
			s.count(row.bucket)
			s.Existing++
		case r.Err == nil:
			s.count(row.bucket)
			s.New++
		case p != nil && p.Code == "erased":
			s.count(bucketErased)
		default:
			return r.Err
		}
	}
	return nil
}

// once leaves out what an earlier row of the block says in the same words; seen
// holds what was said, and the index of the record that says it.
func once(r choice.Record, seen map[string]int, index int) choice.Record {
	facts, keys := r.Facts, r.FactKeys
	r.Facts, r.FactKeys = nil, nil
	for i, key := range keys {
		if _, said := seen[key]; !said {
			seen[key] = index
			r.Facts, r.FactKeys = append(r.Facts, facts[i]), append(r.FactKeys, key)
		}
	}
	return r
}

// attempts of a transaction that met somebody else: a subject erased, or the
// same fact recorded, between its look-up and its writing.
const attempts = 3

func (m *importing) alone(ctx context.Context, f func(ctx context.Context, tx *db.Tx) error) error {
	var err error
	for range attempts {
		err = m.service.DB.Alone(ctx, f)
		if err == nil || !db.IsConstraint(err) && !problem.Is(err, problem.NotFound) {
			break
		}
	}
	return err
}

// finish puts the import on record. One that told nothing new leaves no trace.
// Nothing stays by which a guess at a file of one row could be tested: the
// fingerprint goes, and the salt of the hash on record leaves with the result.
func (m *importing) finish(ctx context.Context) error {
	if m.result.Unchanged = m.sums.New == 0; m.result.Unchanged {
		m.result.ID = ""
		return m.alone(ctx, func(ctx context.Context, tx *db.Tx) error { return deleteImport(ctx, tx, m.actor.Org, m.row) })
	}
	salt := make([]byte, evidence.SaltSize)
	if err := random(salt); err != nil {
		return err
	}
	file := newMeter(salt)
	if _, err := io.Copy(file, m.spool.reader()); err != nil {
		return fmt.Errorf("hash a list: %w", err)
	}
	entry := importEntry{
		Import: m.row.id, Source: m.row.source, Tool: m.result.Tool, Section: m.result.Section,
		SHA256: base64.StdEncoding.EncodeToString(file.hash.Sum(nil)),
		Bytes:  file.bytes, AsOf: m.tell.asOf.Format(time.RFC3339Nano), Sums: m.sums,
	}
	body, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("encode an import: %w", err)
	}
	m.result.SHA256, m.result.Salt = entry.SHA256, base64.StdEncoding.EncodeToString(salt)
	return m.alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		added, err := m.service.Ledger.Add(ctx, tx, m.actor.Org, []ledger.Draft{{
			Chain: ledger.Own, Kind: evidence.KindImport, Body: body, By: m.actor.By(),
		}})
		if err != nil {
			return err
		}
		m.result.Entry = added[0].ID
		return finishImport(ctx, tx, m.actor.Org, m.row)
	})
}
