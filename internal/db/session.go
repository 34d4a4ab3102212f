// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/lecito/lecito/internal/problem"
)

const (
	beginLimit  = time.Minute      // to get hold of a connection and begin
	commitLimit = 30 * time.Second // to hear about a COMMIT; then the outcome is unknown
	tries       = 5                // of a transaction that met a deadlock

	rollbackLimit = 10 * time.Second // for the server to know; then it finds out by itself
)

// session is one connection inside one transaction. It ends with exactly one
// of commit and rollback, which give the connection back or throw it away.
type session struct {
	*line

	db    *DB
	ended <-chan struct{} // closed when the server has let go of a connection that was closed; nil: nobody need wait
}

func (d *DB) begin(ctx context.Context, from *lines, statement string) (*session, error) {
	one, err := from.take(ctx)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	if _, err := one.exec(one.brief(ctx), statement, nil); err != nil {
		one.discard()
		return nil, unavailable(ctx, err)
	}
	return &session{line: one, db: d, ended: d.dialect.ended(one.Conn)}, nil
}

// run calls f with the session's transaction and ends it.
func (s *session) run(f func(tx *Tx) error) error {
	tx := &Tx{ReadTx: ReadTx{db: s.db, line: s.line, now: s.db.clock.Now()}}
	err := f(tx)
	tx.ended = true
	if err == nil {
		err = tx.failed
	}
	if err != nil {
		s.rollback()
		return err
	}
	s.db.telling.RLock()
	defer s.db.telling.RUnlock()
	err = s.commit(tx.shaken)
	unknown := problem.Is(err, problem.OutcomeUnknown)
	if err == nil || unknown {
		for _, f := range tx.after {
			f(unknown)
		}
	}
	return err
}

// commit ends the transaction; shaken says that some statement of it failed.
func (s *session) commit(shaken bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitLimit)
	defer cancel()
	// PostgreSQL answers the COMMIT of a failed transaction with a rollback
	// and no error.
	if shaken && s.db.dialect.state(ctx, s.Conn) != healthy {
		s.rollback()
		return errLost
	}
	if err := s.db.fault("commit-lost"); err != nil {
		s.rollback()
		return outcomeUnknown(err)
	}
	if _, err := s.exec(ctx, "COMMIT", nil); err != nil {
		if isRefused(err) {
			s.rollback()
			return err
		}
		s.discard()
		return outcomeUnknown(err)
	}
	s.giveBack()
	if err := s.db.fault("commit-stored-reported-lost"); err != nil {
		return outcomeUnknown(err)
	}
	return nil
}

// rollback returns when what the transaction held is free: who runs again would wait
// for it, within a deadline that is there for its own work.
func (s *session) rollback() {
	ctx, cancel := context.WithTimeout(context.Background(), rollbackLimit)
	defer cancel()
	_, err := s.exec(s.brief(ctx), "ROLLBACK", nil)
	if err == nil {
		s.giveBack()
		return
	}
	s.discard() // a closed connection is a rolled back one, once the server knows
	if s.ended == nil {
		return
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
	}
}

// persist runs a whole transaction again after a deadlock, or where another one was
// quicker, a few times.
func (d *DB) persist(transaction func() error) error {
	err := transaction()
	for try := 1; try < tries && err != nil && (isRetryable(err) || errors.Is(err, ErrOvertaken)); try++ {
		err = transaction()
	}
	return err
}

func (d *DB) fault(step string) error {
	if d.options.Fault == nil {
		return nil
	}
	return d.options.Fault(step)
}

// call runs f with its transaction and gives a panic back as an error. It runs
// in a goroutine of its own so that not even runtime.Goexit ends a worker.
func call(ctx context.Context, tx *Tx, f func(ctx context.Context, tx *Tx) error) error {
	done := make(chan error, 1)
	go func() {
		err := error(&PanicError{Value: "runtime.Goexit"})
		defer func() {
			if value := recover(); value != nil {
				err = &PanicError{Value: value, Stack: debug.Stack()}
			}
			done <- err
		}()
		err = f(context.WithValue(ctx, insideKey{}, true), tx)
	}()
	err := <-done
	if err == nil {
		err = tx.failed
	}
	return err
}

type insideKey struct{}

func inside(ctx context.Context) bool { return ctx.Value(insideKey{}) != nil }

// PanicError is what a function that panics inside a transaction gives its
// caller. Its text leaves the value out, which may be personal data, unless
// the Go runtime made it.
type PanicError struct {
	Value any
	Stack []byte
}

// Error says that it was a panic, and of what type.
func (e *PanicError) Error() string {
	if err, ok := e.Value.(runtime.Error); ok {
		return "panic inside a transaction: " + err.Error()
	}
	return fmt.Sprintf("panic inside a transaction: %T", e.Value)
}

func outcomeUnknown(err error) error {
	return problem.New(problem.OutcomeUnknown, "outcome_unknown",
		"The store did not say whether this was saved. Ask for it by its id or idempotency key before sending it again.").Because(err)
}

func unavailable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return problem.New(problem.Unavailable, "store_unavailable", "The store cannot be reached. Nothing was saved. Try again.").Because(err)
}
