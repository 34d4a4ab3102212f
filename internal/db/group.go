// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"fmt"
)

// Result answers one command of a Group. With an Err the command was refused
// and wrote nothing.
type Result[R any] struct {
	Value R
	Err   error
}

// Group runs the commands of concurrent callers as one slice in one
// transaction: reads with one In, decides in Go, and writes with one statement
// per table.
type Group[C, R any] struct {
	db   *DB
	lane *lane
	keys func(C) []string
}

// NewGroup returns a group. keys names everything a command touches; commands
// with a key in common are run one after the other, in the order they came.
// run answers every command, in the order given; an error, or a statement that
// failed, drops the whole batch, and each command runs again alone.
func NewGroup[C, R any](d *DB, keys func(C) []string, run func(ctx context.Context, tx *Tx, cs []C) ([]Result[R], error)) *Group[C, R] {
	g := &Group[C, R]{db: d, keys: keys}
	g.lane = &lane{most: maxCommands, run: func(tx *Tx, jobs []*job) error {
		return d.limited(tx, func(ctx context.Context, tx *Tx) error {
			commands := make([]C, len(jobs))
			for i, j := range jobs {
				commands[i], _ = j.command.(C) // a nil interface stays one
			}
			results, err := run(ctx, tx, commands)
			if err != nil {
				return err
			}
			if len(results) != len(jobs) {
				return fmt.Errorf("group answers %d of %d commands", len(results), len(jobs))
			}
			for i, j := range jobs {
				j.value, j.err = results[i].Value, results[i].Err
			}
			return nil
		})
	}}
	return g
}

// Do has the command run with those of other callers and returns after the
// transaction was committed.
func (g *Group[C, R]) Do(ctx context.Context, c C) (R, error) {
	j := &job{lane: g.lane, keys: g.keys(c), command: c}
	if err := g.db.submit(ctx, j); err != nil {
		var none R
		return none, err
	}
	value, _ := j.value.(R) // nil where the batch failed
	return value, j.err
}
