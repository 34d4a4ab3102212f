// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/problem"
)

// Open opens the store, brings it to this program's shape and starts its
// writers. The caller owes a Close.
func Open(ctx context.Context, o Options) (*DB, error) {
	d, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := d.migrate(ctx); err != nil {
		return nil, errors.Join(err, d.readers.close(), d.writers.close())
	}
	for range d.dialect.workers {
		d.workers.Add(1)
		go d.work()
	}
	return d, nil
}

// connect opens the store as it is.
func connect(ctx context.Context, o Options) (*DB, error) {
	if (o.Dir == "") == (o.URL == "") {
		return nil, problem.New(problem.Invalid, "store_address", "Give either a folder for the embedded store or a PostgreSQL address, not both.")
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Deadline == 0 {
		o.Deadline = 10 * time.Second
	}
	d := &DB{options: o, clock: o.Clock, log: o.Log, dialect: newDialect(o), busy: map[string]struct{}{}}
	d.wake.L = &d.mu
	d.writes = &lane{most: maxWrites, run: d.runWrites}
	writers, readers, err := d.dialect.connect(o)
	if err != nil {
		return nil, err
	}
	d.writers, d.readers = newLines(writers, d.dialect.keepWriters), newLines(readers, d.dialect.keepReaders)
	// The writer first: it is the one that makes the file and its WAL.
	if err := reach(ctx, writers); err != nil {
		return nil, errors.Join(unavailable(ctx, err), d.readers.close(), d.writers.close())
	}
	return d, nil
}

// reach makes the first connection. While another process gives a new file its
// WAL, SQLite says "locked" (5) at once, without its busy timeout: it is asked
// again.
func reach(ctx context.Context, writers *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, beginLimit)
	defer cancel()
	for {
		err := writers.PingContext(ctx)
		if codeOf(err) != "5" {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// fileName of the embedded store within its folder.
const fileName = "lecito.db"

// storeFile makes sure that the embedded store's file is there, for nobody
// else to read: SQLite gives its other files the mode of this one. A file that
// exists is not opened: closing it again would lose SQLite's locks on it.
func storeFile(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	return path, f.Close()
}
