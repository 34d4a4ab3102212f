// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Rows is a set of rows that one statement works on. Where {rows} stands in its
// text, they are: INSERT INTO t (a, b) {rows}, or a IN ({rows}), or
// WITH given (a, b) AS ({rows}) UPDATE. A text stays the same for every number of
// rows, so both databases keep it prepared.
type Rows struct {
	types []string
	flat  []any
}

// NewRows returns an empty set of rows with columns of these types: TEXT, BIGINT
// or BYTEA.
func NewRows(types ...string) *Rows { return &Rows{types: types} }

// Grow makes room for n more rows.
func (r *Rows) Grow(n int) *Rows {
	r.flat = slices.Grow(r.flat, n*len(r.types))
	return r
}

// Add puts a row at the end: a string, int64 or []byte for each column; a []byte
// that is nil stands for NULL.
func (r *Rows) Add(values ...any) {
	if len(values) != len(r.types) {
		panic(fmt.Sprintf("a row of %d values in %d columns", len(values), len(r.types)))
	}
	r.flat = append(r.flat, values...)
}

// Locking ends a SELECT whose rows nobody else may change until the transaction
// ends, taken in the order of a column so that no two wait for each other. On
// SQLite, where nobody else writes anyhow, it is nothing.
func (tx *Tx) Locking(order string) string {
	if tx.db.dialect.oneWriter() {
		return ""
	}
	return " ORDER BY " + order + " FOR UPDATE"
}

// Only says whether nobody else can write before the transaction ends.
func (tx *Tx) Only() bool { return tx.db.dialect.oneWriter() }

// Awaited says whether somebody else waits for this transaction's connection:
// on SQLite, whoever wants to write.
func (tx *Tx) Awaited() bool { return tx.db.writers.waiting.Load() > 0 }

// Len is how many rows there are.
func (r *Rows) Len() int { return len(r.flat) / len(r.types) }

// Column makes rows of one column.
func Column[T any](name string, values []T) *Rows {
	r := &Rows{types: []string{name}, flat: make([]any, len(values))}
	for i, v := range values {
		r.flat[i] = v
	}
	return r
}

// ExecRows runs a statement over a set of rows and tells how many rows of the
// store it touched. Of no rows it runs nothing. A big set may be worked on in
// parts, one after the other.
func (tx *Tx) ExecRows(ctx context.Context, query string, rows *Rows, args ...any) (touched int64, err error) {
	for flat := range rows.parts(tx.db.dialect.mostRows) {
		if err := tx.usable(); err != nil {
			return touched, err
		}
		result, err := execRows(ctx, &tx.ReadTx, query, rows.types, flat, args)
		if err != nil {
			return touched, tx.fail(err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return touched, err
		}
		touched += n
	}
	return touched, nil
}

// AllRows returns every row of a query over a set of rows.
func AllRows[T any](ctx context.Context, r Reader, scan func(Scanner) (T, error), query string, rows *Rows, args ...any) ([]T, error) {
	var all []T
	err := r.eachRows(ctx, func(row Scanner) error {
		v, err := scan(row)
		if err != nil {
			return err
		}
		all = append(all, v)
		return nil
	}, query, rows, args)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// EachRows calls f for every row of a query over a set of rows, as Each does.
func EachRows(ctx context.Context, r Reader, f func(Scanner) error, query string, rows *Rows, args ...any) error {
	return r.eachRows(ctx, f, query, rows, args)
}

func (tx *ReadTx) eachRows(ctx context.Context, f func(Scanner) error, query string, rows *Rows, args []any) error {
	for flat := range rows.parts(tx.db.dialect.mostRows) {
		err := tx.read(ctx, f, func() (*sql.Rows, error) {
			return queryRows(tx.line.brief(ctx), tx, query, rows.types, flat, args)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// parts cuts the rows into parts of most rows, and what is left into powers of
// two, so that few forms of a statement are ever prepared.
func (r *Rows) parts(most int) func(yield func(flat []any) bool) {
	return func(yield func(flat []any) bool) {
		for left, flat := r.Len(), r.flat; left > 0; {
			n := most
			for n > left {
				n /= 2
			}
			cut := n * len(r.types)
			if !yield(flat[:cut:cut]) {
				return
			}
			flat, left = flat[cut:], left-n
		}
	}
}

func execRows(ctx context.Context, tx *ReadTx, query string, types []string, flat, args []any) (sql.Result, error) {
	if tx.line.prepared == nil {
		return tx.line.ExecContext(ctx, arraysIn(query, types, len(args)), withArrays(args, types, flat)...)
	}
	s, err := tx.line.prepare(ctx, form{query, len(flat)}, func() (string, []int) { return valuesIn(query, len(types), len(flat)) })
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, s.arguments(args, flat)...)
}

func queryRows(ctx context.Context, tx *ReadTx, query string, types []string, flat, args []any) (*sql.Rows, error) {
	if tx.line.prepared == nil {
		return tx.line.QueryContext(ctx, arraysIn(query, types, len(args)), withArrays(args, types, flat)...)
	}
	s, err := tx.line.prepare(ctx, form{query, len(flat)}, func() (string, []int) { return valuesIn(query, len(types), len(flat)) })
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, s.arguments(args, flat)...)
}

// place of the rows in a statement.
const rowsPlace = "{rows}"

// arraysIn has PostgreSQL take the rows as one array a column.
func arraysIn(query string, types []string, args int) string {
	var b strings.Builder
	b.WriteString("SELECT * FROM unnest(")
	for i, name := range types {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(args+i+1) + "::" + name + "[]")
	}
	b.WriteString(")")
	return strings.Replace(query, rowsPlace, b.String(), 1)
}

func withArrays(args []any, types []string, flat []any) []any {
	all := slices.Clone(args)
	for column, name := range types {
		switch name {
		case "TEXT":
			all = append(all, array[string](flat, column, len(types)))
		case "BIGINT":
			all = append(all, array[int64](flat, column, len(types)))
		default:
			all = append(all, array[[]byte](flat, column, len(types)))
		}
	}
	return all
}

func array[T any](flat []any, column, columns int) []T {
	out := make([]T, 0, len(flat)/columns)
	for i := column; i < len(flat); i += columns {
		v, ok := flat[i].(T)
		if !ok {
			panic(fmt.Sprintf("a %T in column %d of rows", flat[i], column))
		}
		out = append(out, v)
	}
	return out
}

// valuesIn writes the rows out for SQLite, with every placeholder as ? in the
// order of the text, and tells which argument each is; 0 for the rows.
func valuesIn(query string, columns, values int) (string, []int) {
	var b strings.Builder
	var order []int
	for i := 0; i < len(query); {
		if strings.HasPrefix(query[i:], rowsPlace) {
			if strings.HasSuffix(query[:i], "IN (") {
				b.WriteString(strings.Repeat("?, ", values-1) + "?")
			} else {
				row := "(" + strings.Repeat("?, ", columns-1) + "?)"
				b.WriteString("VALUES " + strings.Repeat(row+", ", values/columns-1) + row)
			}
			order = append(order, 0)
			i += len(rowsPlace)
			continue
		}
		end := i + token(query[i:])
		if n, err := strconv.Atoi(query[i+1 : end]); query[i] == '$' && err == nil {
			b.WriteByte('?')
			order = append(order, n)
		} else {
			b.WriteString(query[i:end])
		}
		i = end
	}
	return b.String(), order
}
