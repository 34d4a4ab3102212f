// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver that the product uses
)

func importLines() []Line {
	return []Line{{
		Name: "import", What: "import of 1 row for 3 subjects of the run, with evidence, SQLite",
		Against: "the same rows inserted 1 000 a transaction into one bare table with one index",
		Target:  ">= 0.25 x", Unit: "rows/s", Goal: Goal{AtLeast: 0.25}, Prepare: importing,
	}}
}

// oneForm writes a file of so many rows: a dated yes to one purpose on one channel
// each, with its origin.
func oneForm(dir string, rows int) (string, error) {
	name := filepath.Join(dir, "import.csv")
	file, err := os.Create(name)
	if err != nil {
		return "", err
	}
	out, day := bufio.NewWriter(file), time.Now().AddDate(0, -20, 0)
	fmt.Fprint(out, header)
	for n := range rows {
		p := person{n: n, email: address(n)}
		fmt.Fprint(out, p.row(act{at: day.Add(time.Duration(n%10_000_000) * time.Second), channels: channels[:1]}))
	}
	return name, errors.Join(out.Flush(), file.Close())
}

func importing(ctx context.Context, e *Env, p *Pair) error {
	dir, err := e.temporary(p)
	if err != nil {
		return err
	}
	rows := e.Size / 3
	file, err := oneForm(dir, rows)
	if err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) { return e.importOnce(ctx, "lecito", file, rows) }
	p.Peer = func(ctx context.Context) (float64, error) {
		took, err := bareImport(ctx, filepath.Join(dir, "bare.db"), file)
		return float64(rows) / took.Seconds(), err
	}
	return nil
}

// importOnce imports a file into an empty store and returns rows a second; program
// is the product, or the product built in another way.
func (e *Env) importOnce(ctx context.Context, program, file string, rows int) (figure float64, err error) {
	var p Pair
	defer func() { err = errors.Join(err, p.Close()) }()
	with := *e
	with.Product = program
	dir, err := with.empty(ctx, &p)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	_, err = with.lecito(ctx, "import", file, "--source", sources[0].id, "--map", columns, "--data", dir)
	return float64(rows) / time.Since(begin).Seconds(), err
}

// bareImport reads the same file and inserts its rows into one table.
func bareImport(ctx context.Context, name, file string) (took time.Duration, err error) {
	for _, left := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(name + left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, err
		}
	}
	begin := time.Now()
	db, err := sql.Open("sqlite", "file:"+name+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE bare (email TEXT, at TEXT, ip TEXT); CREATE INDEX bare_email ON bare (email)"); err != nil {
		return 0, err
	}
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	lines := bufio.NewReader(in)
	if _, err := lines.ReadString('\n'); err != nil {
		return 0, err
	}
	for end := false; !end; {
		if end, err = bareBlock(ctx, db, lines); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// bareBlock inserts up to a thousand rows in one transaction.
func bareBlock(ctx context.Context, db *sql.DB, lines *bufio.Reader) (end bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // nothing is left to roll back after the commit
	insert, err := tx.PrepareContext(ctx, "INSERT INTO bare (email, at, ip) VALUES ($1, $2, $3)")
	if err != nil {
		return false, err
	}
	defer func() { _ = insert.Close() }()
	for range 1000 {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return true, tx.Commit()
		}
		if err != nil {
			return false, err
		}
		cells := strings.Split(line, ",")
		if len(cells) != 10 {
			return false, fmt.Errorf("%d cells", len(cells))
		}
		if _, err := insert.ExecContext(ctx, cells[0], cells[2], cells[5]); err != nil {
			return false, err
		}
	}
	return false, tx.Commit()
}
