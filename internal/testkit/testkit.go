// SPDX-License-Identifier: Apache-2.0

// Package testkit gives tests a real store of each kind: SQLite in a folder of
// the test's, and PostgreSQL in a schema of the test's on the server that
// LECITO_TEST_POSTGRES names (make test starts one). Only tests import it.
package testkit

import (
	"context"
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
)

// Start is the instant at which every test's clock stands first.
func Start() time.Time { return time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC) }

// Env is what a test gets: an open, empty store and the clock it goes by.
type Env struct {
	DB    *db.DB
	Clock *clock.Manual
	Dir   string // a folder of the test's own; holds the store when it is SQLite
	// Options opened DB. A test may open its store again with a fault or
	// a deadline added to them.
	Options db.Options
}

// EachDB runs f as a subtest for each database.
func EachDB(t *testing.T, f func(t *testing.T, env Env)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		f(t, open(t, Env{Dir: dir, Options: db.Options{Dir: dir}}))
	})
	url := os.Getenv("LECITO_TEST_POSTGRES")
	if url == "" {
		const missing = "LECITO_TEST_POSTGRES is not set: run make test, which starts a PostgreSQL, or set it to the URL of a server where schemas may be made"
		if os.Getenv("CI") != "" || os.Getenv("LECITO_TEST") != "" {
			t.Fatal(missing)
		}
		t.Log("on SQLite only; " + missing)
		return
	}
	t.Run("postgres", func(t *testing.T) {
		f(t, open(t, Env{Dir: t.TempDir(), Options: db.Options{URL: url, Schema: schema(t, url)}}))
	})
}

func open(t *testing.T, env Env) Env {
	t.Helper()
	env.Clock = clock.NewManual(Start())
	env.Options.Clock = env.Clock
	env.DB = env.Reopen(t)
	return env
}

// Reopen opens the same store once more, beside or after DB. It is closed at
// the end of the test.
func (env Env) Reopen(t *testing.T) *db.DB {
	t.Helper()
	return env.OpenWith(t, func(*db.Options) {})
}

// OpenWith opens the same store once more with changed options. It is closed at
// the end of the test.
func (env Env) OpenWith(t *testing.T, change func(o *db.Options)) *db.DB {
	t.Helper()
	o := env.Options
	change(&o)
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Empty returns the options of a second, empty store of the same kind that
// nobody has opened, as a backup is restored into.
func (env Env) Empty(t *testing.T) db.Options {
	t.Helper()
	o := env.Options
	if o.URL == "" {
		o.Dir = t.TempDir()
		return o
	}
	o.Schema = schema(t, o.URL)
	return o
}

// RawFiles returns the files the store's rows are in, written out, for a test
// to look for bytes that must not be there. On PostgreSQL these are the files
// of the schema's tables and indexes, not the server's WAL, which is shared; it
// takes a server on this machine whose files the test may read.
func (env Env) RawFiles(t *testing.T) []string {
	t.Helper()
	if env.Options.URL == "" {
		return tree(t, env.Dir)
	}
	conn := dial(t, env.Options.URL)
	if _, err := conn.Exec(context.Background(), "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(context.Background(), `
		WITH own AS (
			SELECT c.oid, c.reltoastrelid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = $1 AND c.relkind IN ('r', 'i')
		), toast AS (
			SELECT reltoastrelid AS oid FROM own WHERE reltoastrelid <> 0
		)
		SELECT current_setting('data_directory') || '/' || pg_relation_filepath(oid)
		FROM (SELECT oid FROM own UNION SELECT oid FROM toast) AS everything`, env.Options.Schema)
	if err != nil {
		t.Fatal(err)
	}
	files, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("the server's files cannot be read from here: %v", err)
		}
	}
	return files
}

func tree(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// schema makes an empty schema that is dropped at the end of the test.
func schema(t *testing.T, url string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	conn := dial(t, url)
	if _, err := conn.Exec(context.Background(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec(context.Background(), "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	return name
}

func dial(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
