// SPDX-License-Identifier: Apache-2.0

// Package db is the store: SQLite inside the program, or PostgreSQL. The same
// SQL text runs on both, and only dialect.go asks which of the two this is.
//
// # What it promises
//
//   - An answer without an error means durable: the transaction was committed
//     and flushed before Write, Alone or Group.Do returned.
//   - problem.OutcomeUnknown means the connection or the disk failed during
//     COMMIT: stored or not, and only a look at the id or the idempotency key
//     tells which. Every other error means nothing was stored.
//   - A caller's context governs only its wait to be picked up. Once a function
//     runs, it runs under the context it is given, which ends with a deadline of
//     its own; a caller that has gone away spoils nobody else's batch.
//   - The first statement that fails ends its function's part: every later
//     statement is refused with the same error, on both databases, and a function
//     that swallows such an error is treated as if it had returned it.
//   - A transaction has one instant, Now, from the clock it was opened with.
//   - A ReadTx sees one snapshot and cannot write.
//
// # What it asks of its callers
//
//   - A function may run more than once: after a deadlock or ErrOvertaken, and alone when the
//     batch it was in was dropped. So it has no effect but through its Tx, and
//     sets what it leaves in its caller's variables from the start each time.
//   - A Tx belongs to the goroutine and the call it was given to. Inside Each, and
//     inside a scan function, no other statement runs. A function given a Tx does
//     not call Write, Alone or Group.Do: it would wait for itself, and is refused.
//   - The commands of a Group name what they touch as keys. Two commands with
//     a key in common never share a batch and never run at the same time in this
//     process; other processes are held off by row locks only.
//
// # Where it is weak
//
//   - On SQLite there is one writer: a long Alone holds every writer up.
//   - PostgreSQL's VACUUM makes deleted rows unreachable but does not overwrite
//     their bytes in the page, and its WAL keeps them until it is recycled. What
//     must be gone for good is therefore sealed, and its key destroyed.
//   - Deleted rows live on in backups. The same holds.
//   - An error of the driver may quote a value of the statement. Logs carry its
//     code, never its text.
package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/problem"
)

// Options say which store to open. Exactly one of Dir and URL is given.
type Options struct {
	Dir    string // folder of the embedded store, created when missing: Dir/lecito.db
	URL    string // PostgreSQL, as postgres://user@host/database
	Schema string // PostgreSQL schema, which must exist; empty: what the server says

	Clock clock.Clock  // nil: the machine's
	Log   *slog.Logger // nil: nothing is logged

	// Deadline is how long one function, or one batch of a Group, may take
	// inside a shared transaction. 0: 10 seconds.
	Deadline time.Duration
	// Migrations replace the embedded ones, for the tests of migrating.
	Migrations fs.FS
	// Fault breaks commits, for tests. It is asked with "commit-lost" before
	// each COMMIT and with "commit-stored-reported-lost" after it; an error
	// makes the commit end that way.
	Fault func(step string) error
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	options Options
	dialect dialect
	clock   clock.Clock
	log     *slog.Logger
	writers *lines // SQLite: one connection
	readers *lines // cannot write
	writes  *lane  // of Write

	telling sync.RWMutex // read by each transaction from its COMMIT until it has been told of
	workers sync.WaitGroup
	active  sync.WaitGroup // Read, Alone and the like, for Close

	mu      sync.Mutex
	wake    sync.Cond           // work came, or keys were freed, or closed
	pending []*job              // guarded by mu; in order of arrival
	busy    map[string]struct{} // guarded by mu; keys of the batches being run
	closed  bool                // guarded by mu
}

// ErrNone is returned by One when there is no row.
var ErrNone = errors.New("no row")

// ErrOvertaken is what a function returns that finds what it has read no longer so:
// another transaction was quicker. The transaction runs again, a few times.
var ErrOvertaken = errors.New("another transaction was quicker")

// ReadTx is a transaction that sees one snapshot and cannot write.
type ReadTx struct {
	db     *DB
	begin  func() (*line, error) // of Read: with the first statement, for which many a caller has no need
	line   *line                 // nil before that
	now    time.Time
	failed error // the first failure of a statement; all later ones are refused with it
	shaken bool  // a statement failed, be it forgiven since
	inEach bool  // a result is being read: the connection is taken
	ended  bool
}

// Tx is a transaction that may write.
type Tx struct {
	ReadTx

	after []func(unknown bool) // of AfterCommit
}

var (
	errEnded  = errors.New("statement after the end of its transaction")
	errInEach = errors.New("statement inside Each or a scan: collect the rows first")
	errLost   = errors.New("transaction no longer open")
	errNested = errors.New("write inside a write: pass the Tx on instead")
)

// Now returns the instant of the transaction.
func (tx *ReadTx) Now() time.Time { return tx.now }

// AfterCommit has f called once the transaction has ended and may have stored
// something, before anybody who waits for it is answered: after the COMMIT, or,
// with unknown, where the store did not say whether it was stored, which it may
// then still be about to do. After a rollback f is not called, nor for a part of a
// batch that was taken back. Functions are called in the order they came in, one
// after the other, in the goroutine that committed; those of two transactions run
// at the same time and in any order. f writes nothing, and while it runs its
// callers wait.
func (tx *Tx) AfterCommit(f func(unknown bool)) { tx.after = append(tx.after, f) }

// Told returns when everybody was told of the transactions of this process that
// are committed: of each of them the functions of AfterCommit have ended.
func (d *DB) Told() {
	d.telling.Lock()
	defer d.telling.Unlock()
}

// Exec runs a statement and tells how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (rows int64, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	query, args = tx.db.dialect.text(query, args)
	result, err := tx.line.exec(ctx, query, args)
	if err != nil {
		return 0, tx.fail(err)
	}
	return result.RowsAffected()
}

// each calls f for every row. A result read to its end has been carried out
// whole, which RETURNING needs; f may end it sooner by an error.
func (tx *ReadTx) each(ctx context.Context, f func(Scanner) error, query string, args ...any) error {
	return tx.read(ctx, f, func() (*sql.Rows, error) {
		query, args := tx.db.dialect.text(query, args)
		return tx.line.query(ctx, query, args)
	})
}

// read calls f for every row that a query answers with, until the context ends.
func (tx *ReadTx) read(ctx context.Context, f func(Scanner) error, query func() (*sql.Rows, error)) error {
	if err := tx.usable(); err != nil {
		return err
	}
	if tx.line == nil {
		var err error
		if tx.line, err = tx.begin(); err != nil {
			return tx.fail(err)
		}
	}
	if ctx.Err() != nil {
		return tx.fail(ctx.Err())
	}
	rows, err := query()
	if err != nil {
		return tx.fail(err)
	}
	tx.inEach = true
	defer func() {
		tx.inEach = false
		_ = rows.Close() // what went wrong with the rows is in Err
	}()
	for rows.Next() {
		if ctx.Err() != nil {
			return tx.fail(ctx.Err())
		}
		if err := f(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return tx.fail(err)
	}
	return nil
}

func (tx *ReadTx) usable() error {
	switch {
	case tx.ended:
		return errEnded
	case tx.failed != nil:
		return tx.failed
	case tx.inEach:
		return errInEach
	}
	return nil
}

func (tx *ReadTx) fail(err error) error {
	tx.shaken = true
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// Now is the instant that a transaction begun now would have.
func (d *DB) Now() time.Time { return d.clock.Now() }

// Read runs f in a read-only snapshot, which is of the instant of its first
// statement, under the caller's context.
func (d *DB) Read(ctx context.Context, f func(ctx context.Context, tx *ReadTx) error) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.active.Done()
	var s *session
	tx := &ReadTx{db: d, now: d.clock.Now()}
	tx.begin = func() (*line, error) {
		var err error
		if s, err = d.begin(ctx, d.readers, d.dialect.beginRead); err != nil {
			return nil, err
		}
		return s.line, nil
	}
	defer func() {
		tx.ended = true
		if s != nil {
			s.rollback()
		}
	}()
	if err := f(ctx, tx); err != nil {
		return err
	}
	return tx.failed
}

// Alone runs f in a transaction of its own, under the caller's context up to
// the COMMIT: for big work, which would hold a batch up. Like Write it may
// run f more than once, and gives a panic of f back as an error.
func (d *DB) Alone(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	if inside(ctx) {
		return errNested
	}
	if err := d.enter(); err != nil {
		return err
	}
	defer d.active.Done()
	return d.persist(func() error {
		s, err := d.begin(ctx, d.writers, d.dialect.begin)
		if err != nil {
			return err
		}
		return s.run(func(tx *Tx) error { return call(ctx, tx, f) })
	})
}

// Truncate takes what was deleted out of the store's files as far as the
// database can: SQLite empties its WAL into the file, whose freed bytes are
// overwritten; PostgreSQL vacuums what an erasure deletes from.
func (d *DB) Truncate(ctx context.Context) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.active.Done()
	one, err := d.writers.take(ctx)
	if err != nil {
		return unavailable(ctx, err)
	}
	defer one.giveBack()
	return d.dialect.truncate(ctx, one.Conn)
}

// Close refuses new work, waits for what was accepted, and closes the store.
func (d *DB) Close() error {
	d.mu.Lock()
	d.closed = true
	d.wake.Broadcast()
	d.mu.Unlock()
	d.workers.Wait()
	d.active.Wait()
	// The writer last: SQLite then empties the WAL into the file.
	return errors.Join(d.readers.close(), d.writers.close())
}

// enter counts the caller in, for Close to wait for; the caller owes active.Done.
func (d *DB) enter() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return closed()
	}
	d.active.Add(1)
	return nil
}

func closed() error {
	return problem.New(problem.Unavailable, "store_closed", "The store is closing. Try again in a moment.")
}
