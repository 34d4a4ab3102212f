// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
)

func TestStoreIsAtOneAddress(t *testing.T) {
	for _, o := range []db.Options{{}, {Dir: t.TempDir(), URL: "postgres://x"}, {URL: "postgres://user:secret@host:port"}} {
		_, err := db.Open(t.Context(), o)
		if !problem.Is(err, problem.Invalid) || bytes.Contains([]byte(fmt.Sprint(err)), []byte("secret")) {
			t.Errorf("got %v, want an invalid address, not quoted", err)
		}
	}
	_, err := db.Open(t.Context(), db.Options{URL: "postgres://lecito@127.0.0.1:1/x"})
	if !problem.Is(err, problem.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestEmbeddedStoreIsReadByNobodyElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "100% of #1?", "store")
	d, err := db.Open(t.Context(), db.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Write(t.Context(), write("a")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("got %v, %v, want the file, its log and its index", files, err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", file.Name(), info.Mode())
		}
	}
}

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func TestMigrationsGoForwardOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		empty := env.Empty(t)
		open := func(files fstest.MapFS) error {
			o := empty
			o.Migrations = files
			d, err := db.Open(t.Context(), o)
			if err != nil {
				return err
			}
			return d.Close()
		}
		one, two := text("CREATE TABLE a (id TEXT); CREATE TABLE b (id TEXT)"), text("INSERT INTO a (id) VALUES ('x')")
		for _, step := range []struct {
			files fstest.MapFS
			want  string // code of the problem, "" none, "any" another error
		}{
			{fstest.MapFS{"0001_first.sql": one}, ""},
			{fstest.MapFS{"0001_first.sql": one}, ""},
			{fstest.MapFS{"0001_first.sql": one, "0003_gap.sql": two}, "any"},
			{fstest.MapFS{"0001_first.sql": one, "0002_bad.sql": text("INSERT INTO a (id) VALUES ('half'); SELECT nonsense")}, "any"},
			{fstest.MapFS{"0001_first.sql": one, "0002_second.sql": two}, ""},
			{fstest.MapFS{"0001_first.sql": one, "0002_second.sql": text("-- changed")}, "migration_changed"},
			{fstest.MapFS{"0001_first.sql": one}, "store_newer"},
			{fstest.MapFS{"0001_first.sql": one, "0002_second.sql": two, "0003_third.sqlite.sql": one, "0003_third.postgres.sql": text("SELECT 1")}, map[bool]string{true: "any", false: ""}[empty.URL == ""]},
		} {
			err := open(step.files)
			p := problem.As(err)
			if ok := step.want == "" && err == nil || step.want == "any" && err != nil && p == nil || p != nil && p.Code == step.want; !ok {
				t.Errorf("got %v, want %q", err, step.want)
			}
		}
	})
}

// Two processes that start at once migrate once.
func TestStoresOpenedAtOnceAgree(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		empty := env.Empty(t)
		opened := make(chan error)
		for range 4 {
			go func() {
				d, err := db.Open(context.Background(), empty)
				if err == nil {
					err = d.Close()
				}
				opened <- err
			}()
		}
		for range 4 {
			if err := <-opened; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestBackupRestores(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		odd := "tab\t back\\slash\nNULL \\N é"
		long := bytes.Repeat([]byte{0, 1, 0xfe}, 100_000)
		err := env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, odd); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO log (org, generation, origin, vkey, size, root, term, checkpoint, started) VALUES ($1, 1, '', '', 0, $2, 1, '', 0)", odd, long)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "backup of it's")
		if err := env.DB.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if err := env.DB.Backup(t.Context(), path); problem.As(err) == nil || problem.As(err).Code != "file_exists" {
			t.Errorf("got %v, want a refusal to overwrite", err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v, want mode 0600", info.Mode(), err)
		}
		empty := env.Empty(t)
		if err := db.Restore(t.Context(), empty, path); err != nil {
			t.Fatal(err)
		}
		if err := db.Restore(t.Context(), empty, path); !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v, want a refusal to restore over a store", err)
		}
		env.Options = empty
		d := env.Reopen(t)
		err = d.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
			got, err := db.One(ctx, tx, db.Value[[]byte], "SELECT root FROM log WHERE org = $1", odd)
			if !bytes.Equal(got, long) {
				t.Errorf("got %d bytes, want the %d written", len(got), len(long))
			}
			return err
		})
		expect(t, d, []error{err}, odd)
	})
}

func TestDamagedBackupIsNotRestored(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		path := filepath.Join(t.TempDir(), "backup")
		if err := env.DB.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		empty := env.Empty(t)
		for name, bytes := range map[string][]byte{
			"nothing": nil, "cut": whole[:len(whole)/2], "text": []byte("name,email\n"),
			"changed": append(slices.Clone(whole[:16]), bytes.Repeat([]byte{7}, len(whole)-16)...),
		} {
			if err := os.WriteFile(path, bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := db.Restore(t.Context(), empty, path); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: got %v, want a damaged backup", name, err)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := db.Restore(t.Context(), empty, path); err != nil {
			t.Errorf("got %v after refused attempts, want the place still empty", err)
		}
	})
}

// A log without its store is left where somebody removed the file alone.
func TestStoreIsNotRestoredBesideTheLogOfAnother(t *testing.T) {
	old, dir := t.TempDir(), t.TempDir()
	d, err := db.Open(t.Context(), db.Options{Dir: old})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	backup := filepath.Join(t.TempDir(), "backup")
	if err := errors.Join(d.Backup(t.Context(), backup), d.Write(t.Context(), write("later"))); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(old, "lecito.db-wal"))
	if err != nil || len(log) == 0 {
		t.Fatalf("got a log of %d bytes, %v", len(log), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lecito.db-wal"), log, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(t.Context(), db.Options{Dir: dir}, backup); !problem.Is(err, problem.Conflict) {
		t.Errorf("got %v, want a refusal", err)
	}
}

// What an erasure deletes is not in the files of SQLite afterwards. PostgreSQL
// only promises that it is unreachable, so there the vacuum must just work.
func TestTruncateLeavesNothingInTheFiles(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		secret := []byte("wrapped-key-of-one-person")
		found := func() (in []string) {
			for _, path := range env.RawFiles(t) {
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(content, secret) {
					in = append(in, path)
				}
			}
			return in
		}
		err := env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, "org"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO chain (org, id, seq, head, epoch, wrapped, created) VALUES ('org', 'one', 0, $1, 0, $2, 0)", []byte{}, secret)
			return err
		})
		if err != nil || len(found()) == 0 {
			t.Fatalf("got %v, want the key in the files at first", err)
		}
		err = env.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM chain WHERE org = 'org' AND id = 'one'")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := env.DB.Truncate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if in := found(); len(in) > 0 && env.Options.URL == "" {
			t.Errorf("the key is still in %v", in)
		}
	})
}
