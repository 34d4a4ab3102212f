// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/lecito/lecito/internal/problem"
)

// Backup writes the whole store, as it is at one instant, to a new file that
// nobody else can read, while the store is used. It refuses a path where
// something is. A backup of SQLite is an SQLite file; that of PostgreSQL is
// described in copy.go. Keys are not in it: what is sealed stays sealed.
func (d *DB) Backup(ctx context.Context, path string) (err error) {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.active.Done()
	f, err := create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path)
		}
	}()
	if err := d.dialect.backup(ctx, d, f); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return syncFile(f)
}

// Restore makes a store from a backup of the same kind of database. The place
// it goes to must be empty: no file lecito.db or log of one, or no table in the
// schema.
// Migrations newer than the backup are applied when the store is opened.
func Restore(ctx context.Context, o Options, path string) error {
	if err := newDialect(o).restore(ctx, o, path); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

func backupSQLite(ctx context.Context, d *DB, f *os.File) error {
	from, err := storeFile(d.options.Dir)
	if err != nil {
		return err
	}
	// A connection of its own: the writer goes on meanwhile, and the readers
	// may not write, not even a copy.
	pool, err := sql.Open("sqlite", addressSQLite(from))
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()                        // the copy is synced by the caller
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?1", f.Name()) // which takes an empty file
	return err
}

func restoreSQLite(ctx context.Context, o Options, path string) error {
	target := filepath.Join(o.Dir, fileName)
	// SQLite would write what an old log holds into the restored file.
	for _, beside := range []string{"", "-wal", "-shm", "-journal"} {
		if _, err := os.Lstat(target + beside); err == nil {
			return notEmpty()
		}
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	part := target + ".restoring"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := copyFile(path, part); err != nil {
		return err
	}
	if err := checkSQLite(ctx, o, part); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, target); err != nil {
		return err
	}
	return syncFolder(o.Dir)
}

// checkSQLite looks whether a file is a sound store that this program knows.
func checkSQLite(ctx context.Context, o Options, path string) error {
	all, err := migrations(o, "sqlite")
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&immutable=1"}).String())
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }() // only read
	var verdict string
	if err := pool.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return damaged(err)
	}
	if verdict != "ok" {
		return damaged(nil)
	}
	rows, err := pool.QueryContext(ctx, "SELECT checksum FROM migration ORDER BY number")
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in Err
	var done []string
	for rows.Next() {
		var checksum string
		if err := rows.Scan(&checksum); err != nil {
			return err
		}
		done = append(done, checksum)
	}
	if err := rows.Err(); err != nil {
		return damaged(err)
	}
	return verify(all, done)
}

func damaged(err error) error {
	return problem.New(problem.Invalid, "backup_damaged", "The file is not a whole backup of this kind of store. Take another one.").Because(err)
}

func notEmpty() error {
	return problem.New(problem.Conflict, "store_not_empty", "A store is there already. Restore into an empty folder or schema.")
}

// create makes a new file that nobody else can read.
func create(path string) (*os.File, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, problem.New(problem.Conflict, "file_exists", "A file of that name is there already. Choose another name.")
	}
	return f, err
}

// syncFile has the disk keep a new file and its name.
func syncFile(f *os.File) error {
	if err := f.Sync(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.Name()))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
