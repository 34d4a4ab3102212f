// SPDX-License-Identifier: Apache-2.0

package db

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/lecito/lecito/internal/problem"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migration is one step of the store's shape: 0007_legal_hold.sql, one text for
// both databases, or, for triggers alone, a twin for each: 0008_guard.sqlite.sql
// beside 0008_guard.postgres.sql.
type migration struct {
	number   int64
	name     string
	text     string
	checksum string
}

// migrations reads those of this program for one database, in order, without gaps.
func migrations(o Options, dialect string) ([]migration, error) {
	files := o.Migrations
	if files == nil {
		var err error
		if files, err = fs.Sub(embedded, "migrations"); err != nil {
			return nil, err
		}
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	var all []migration
	for _, file := range names {
		name, twin, _ := strings.Cut(strings.TrimSuffix(file, ".sql"), ".")
		if twin != "" && twin != dialect {
			continue
		}
		digits, _, _ := strings.Cut(name, "_")
		number, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read number of migration %s: %w", file, err)
		}
		text, err := fs.ReadFile(files, file)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		all = append(all, migration{number: number, name: name, text: string(text), checksum: hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(all, func(a, b migration) int { return cmp.Compare(a.number, b.number) })
	for i, m := range all {
		if m.number != int64(i+1) {
			return nil, fmt.Errorf("migration %s stands where number %d belongs", m.name, i+1)
		}
	}
	return all, nil
}

// migrate brings the store forward to this program's shape, each step in
// a transaction of its own.
func (d *DB) migrate(ctx context.Context) error {
	all, err := migrations(d.options, d.dialect.name)
	if err != nil {
		return err
	}
	for more := true; more; {
		s, err := d.begin(ctx, d.writers, d.dialect.begin)
		if err != nil {
			return err
		}
		err = s.run(func(tx *Tx) error {
			more, err = step(ctx, tx, all)
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return nil
}

// step applies the next migration, if there is one.
func step(ctx context.Context, tx *Tx, all []migration) (more bool, err error) {
	if _, err := tx.Exec(ctx, tx.db.dialect.migrationLock); err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied BIGINT NOT NULL)")
	if err != nil {
		return false, err
	}
	done, err := applied(ctx, tx)
	if err != nil {
		return false, err
	}
	if err := verify(all, done); err != nil {
		return false, err
	}
	if len(done) == len(all) {
		return false, nil
	}
	m := all[len(done)]
	if _, err := tx.Exec(ctx, m.text); err != nil {
		return false, fmt.Errorf("apply %s: %w", m.name, err)
	}
	_, err = tx.Exec(ctx, "INSERT INTO migration (number, name, checksum, applied) VALUES ($1, $2, $3, $4)",
		m.number, m.name, m.checksum, Micros(tx.Now()))
	tx.db.log.Info("store migrated", "migration", m.name)
	return true, err
}

// applied returns the checksums of the migrations a store has had.
func applied(ctx context.Context, r Reader) ([]string, error) {
	return All(ctx, r, Value[string], "SELECT checksum FROM migration ORDER BY number")
}

// verify holds what a store has had to what this program knows.
func verify(all []migration, done []string) error {
	for i, checksum := range done {
		if i == len(all) {
			return problem.Newf(problem.Conflict, "store_newer",
				"The store has had %d migrations and this program knows %d: it was written by a newer version. Run that version; there is no way back.", len(done), len(all))
		}
		if checksum != all[i].checksum {
			return problem.Newf(problem.Conflict, "migration_changed",
				"Migration %s is not the one the store has had. Run the released program; a change belongs into a new migration.", all[i].name)
		}
	}
	return nil
}
