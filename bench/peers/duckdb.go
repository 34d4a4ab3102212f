// SPDX-License-Identifier: Apache-2.0

package main

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver, with the engine inside
)

// duck is the analytical database, with two threads.
type duck struct {
	db      *sql.DB
	version string
}

// newDuckDB opens a database ("" is one in memory) and, where a file of
// addresses is named, makes the table of who is permitted of it.
func newDuckDB(args []string) (*duck, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, errors.New("duckdb takes a database and, to fill it, a file of addresses")
	}
	db, err := sql.Open("duckdb", args[0])
	if err != nil {
		return nil, err
	}
	d := &duck{db: db}
	if _, err := db.Exec("SET threads = 2"); err != nil {
		return nil, err
	}
	if err := db.QueryRow("SELECT version()").Scan(&d.version); err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return d, nil
	}
	_, err = db.Exec("CREATE OR REPLACE TABLE permitted AS SELECT column0 AS email FROM read_csv(" + quote(args[1]) + ", header = false, all_varchar = true)")
	return d, err
}

func (d *duck) name() string { return "DuckDB " + d.version }

// run writes the rows of a list whose address is permitted to another file, as
// they are: "LIST\tOUT". Addresses are normalised.
func (d *duck) run(line string) (result, error) {
	list, out, ok := strings.Cut(line, "\t")
	if !ok {
		return result{}, fmt.Errorf("not LIST and OUT: %q", line)
	}
	var r result
	begin := time.Now()
	done, err := d.db.Exec("COPY (SELECT l.* FROM read_csv(" + quote(list) + ", header = true, all_varchar = true) l" +
		" SEMI JOIN permitted p ON lower(trim(l.email)) = p.email) TO " + quote(out) + " (HEADER)")
	if err != nil {
		return result{}, err
	}
	r.Seconds = time.Since(begin).Seconds()
	r.Out, err = done.RowsAffected()
	return r, err
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
