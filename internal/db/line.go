// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// lines are the connections of one kind. Those of SQLite stay open, each with
// the statements it has prepared; those of PostgreSQL come and go as
// database/sql has it, and their driver keeps statements itself.
type lines struct {
	pool *sql.DB
	free chan struct{} // one for each that nobody uses; nil: none is kept

	waiting atomic.Int64 // callers of take

	mu   sync.Mutex
	kept []*line // guarded by mu; who was used last is used next: the pages it has read are at hand
}

// line is a connection while a transaction has it.
type line struct {
	*sql.Conn

	of       *lines
	prepared map[form]*statement // nil where the driver keeps them
}

// form is a statement's text, and how many rows are written into it.
type form struct {
	query string
	rows  int
}

// statement is a form as the connection has prepared it.
type statement struct {
	*sql.Stmt

	order []int // which argument comes where; nil: as they are given
}

// mostPrepared is how many statements a connection keeps. A program has fewer;
// sets of every size that are written out by hand could make more.
const mostPrepared = 300

func newLines(pool *sql.DB, keep int) *lines {
	l := &lines{pool: pool}
	if keep > 0 {
		l.free = make(chan struct{}, keep)
		for range keep {
			l.put(&line{of: l})
		}
	}
	return l
}

// take waits for a connection that nobody uses.
func (l *lines) take(ctx context.Context) (*line, error) {
	l.waiting.Add(1)
	defer l.waiting.Add(-1)
	if l.free == nil {
		conn, err := l.pool.Conn(ctx)
		return &line{Conn: conn, of: l}, err
	}
	select {
	case <-l.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	one := l.next()
	if one.Conn != nil {
		return one, nil
	}
	conn, err := l.pool.Conn(ctx)
	if err != nil {
		l.put(one)
		return nil, err
	}
	one.Conn, one.prepared = conn, map[form]*statement{}
	return one, nil
}

// close waits for those in use and closes all.
func (l *lines) close() error {
	var errs []error
	for range cap(l.free) {
		<-l.free
		one := l.next()
		if one.Conn != nil {
			one.forget()
			errs = append(errs, one.Conn.Close())
			one.Conn = nil
		}
		defer l.put(one) // who closes again waits for nobody
	}
	return errors.Join(append(errs, l.pool.Close())...)
}

func (l *lines) next() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.kept[len(l.kept)-1]
	l.kept = l.kept[:len(l.kept)-1]
	return one
}

func (l *lines) put(one *line) {
	l.mu.Lock()
	l.kept = append(l.kept, one)
	l.mu.Unlock()
	l.free <- struct{}{}
}

// giveBack lets others have the connection.
func (c *line) giveBack() {
	if c.prepared == nil {
		_ = c.Conn.Close()
		return
	}
	c.of.put(c)
}

// discard closes a connection of which nobody knows what it is in.
func (c *line) discard() {
	c.forget()
	_ = c.Raw(func(any) error { return driver.ErrBadConn })
	_ = c.Conn.Close()
	if c.prepared != nil {
		c.Conn, c.prepared = nil, nil
		c.of.put(c)
	}
}

func (c *line) forget() {
	for _, s := range c.prepared {
		_ = s.Close()
	}
	clear(c.prepared)
}

// brief is the context of a statement that is over at once: one that looks rows up by
// their keys, or begins or ends a reading. SQLite's driver and database/sql would each
// have a goroutine watch for the context's end, which costs more than the statement.
func (c *line) brief(ctx context.Context) context.Context {
	if c.prepared == nil { // on its way to a server: it may not come back
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// exec runs a statement, which stays prepared where it is worth it.
func (c *line) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if c.prepared == nil || len(args) > fewParameters {
		return c.ExecContext(ctx, query, args...)
	}
	s, err := c.prepare(ctx, form{query: query}, func() (string, []int) { return query, nil })
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// query is exec for a statement that answers with rows.
func (c *line) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if c.prepared == nil || len(args) > fewParameters {
		return c.QueryContext(ctx, query, args...)
	}
	s, err := c.prepare(ctx, form{query: query}, func() (string, []int) { return query, nil })
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// prepare gives the statement of a form, written by text when it is met first.
func (c *line) prepare(ctx context.Context, f form, text func() (string, []int)) (*statement, error) {
	if s, ok := c.prepared[f]; ok {
		return s, nil
	}
	if len(c.prepared) >= mostPrepared {
		c.forget()
	}
	query, order := text()
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: stmt, order: order}
	c.prepared[f] = s
	return s, nil
}

// arguments puts the arguments and the rows where the statement has them.
func (s *statement) arguments(args, rows []any) []any {
	all := make([]any, 0, len(s.order)+len(rows))
	for _, n := range s.order {
		if n == 0 {
			all = append(all, rows...)
			continue
		}
		all = append(all, args[n-1])
	}
	return slices.Clip(all)
}
