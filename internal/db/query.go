// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Scanner is a row being read. An empty BYTEA may be scanned as nil; where NULL
// means something else, ask for IS NULL.
type Scanner interface {
	Scan(dest ...any) error
}

// Raw is a column that is not copied: it is gone with the next row.
type Raw = sql.RawBytes

// Reader is a *ReadTx or a *Tx.
type Reader interface {
	each(ctx context.Context, f func(Scanner) error, query string, args ...any) error
	eachRows(ctx context.Context, f func(Scanner) error, query string, rows *Rows, args []any) error
}

// All returns every row of a query, each as scan reads it.
func All[T any](ctx context.Context, r Reader, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := r.each(ctx, func(row Scanner) error {
		v, err := scan(row)
		if err != nil {
			return err
		}
		all = append(all, v)
		return nil
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// One returns the first row of a query, or ErrNone. It reads the others too,
// so a query that may have many says LIMIT 1.
func One[T any](ctx context.Context, r Reader, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	var first, none T
	found := false
	err := r.each(ctx, func(row Scanner) error {
		if found {
			return nil
		}
		found = true
		var err error
		first, err = scan(row)
		return err
	}, query, args...)
	if err != nil {
		return none, err
	}
	if !found {
		return none, ErrNone
	}
	return first, nil
}

// Each calls f for every row of a query; its error ends the reading. Until Each
// returns, no other statement of the transaction runs.
func Each(ctx context.Context, r Reader, f func(Scanner) error, query string, args ...any) error {
	return r.each(ctx, f, query, args...)
}

// Value scans a row of one column, for All and One.
func Value[T any](row Scanner) (T, error) {
	var v T
	err := row.Scan(&v)
	return v, err
}

// Micros is how an instant is stored: microseconds since 1970, UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Time is the instant stored as micros.
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// NullTime is Time of a column that may be NULL, scanned into a *int64.
func NullTime(micros *int64) *time.Time {
	if micros == nil {
		return nil
	}
	t := Time(*micros)
	return &t
}

// fewParameters a statement has that is worth keeping prepared. One with more
// is a set, of a different size each time.
const fewParameters = 64

// textPostgres keeps a set's statement out of the cache of prepared ones.
func textPostgres(query string, args []any) (string, []any) {
	if len(args) <= fewParameters {
		return query, args
	}
	return query, slices.Insert(slices.Clone(args), 0, any(pgx.QueryExecModeDescribeExec))
}

// textSQLite writes $1 as ?1, and in a set's statement as ?, with the
// arguments in the order they are used: SQLite and its driver look every
// number up among all before it, which for thousands takes seconds.
func textSQLite(query string, args []any) (string, []any) {
	b := make([]byte, 0, len(query))
	set := len(args) > fewParameters
	var used []any
	for i := 0; i < len(query); {
		end := i + token(query[i:])
		if query[i] != '$' || end == i+1 {
			b = append(b, query[i:end]...)
			i = end
			continue
		}
		b = append(b, '?')
		n, err := strconv.Atoi(query[i+1 : end])
		if err != nil || n < 1 || n > len(args) {
			return query, args // the driver says what is missing
		}
		if set {
			used = append(used, args[n-1])
		} else {
			b = append(b, query[i+1:end]...)
		}
		i = end
	}
	if !set {
		used = args
	}
	return string(b), used
}

// token is the length of what the text begins with: a quotation, a comment,
// a placeholder, or one other byte.
func token(text string) int {
	until := func(from int, end string) int {
		if i := strings.Index(text[from:], end); i >= 0 {
			return from + i + len(end)
		}
		return len(text)
	}
	switch {
	case text[0] == '\'' || text[0] == '"':
		return until(1, text[:1])
	case strings.HasPrefix(text, "--"):
		return until(2, "\n")
	case strings.HasPrefix(text, "/*"):
		return until(2, "*/")
	case text[0] == '$':
		return 1 + len(text[1:]) - len(strings.TrimLeft(text[1:], "0123456789"))
	}
	return 1
}
