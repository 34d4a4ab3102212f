// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"errors"
	"slices"

	"github.com/lecito/lecito/internal/problem"
)

const (
	maxWrites   = 128   // functions of Write in one transaction
	maxCommands = 1024  // commands of a Group in one transaction
	maxPending  = 65536 // callers waiting; more are told to come back
	lookAhead   = 8192  // callers looked at to fill one batch
)

// lane is one kind of work. A batch holds one lane's jobs only.
type lane struct {
	most int // jobs in one batch
	// run does the jobs in tx and leaves each its answer. An error means that
	// the batch cannot be kept as it is.
	run func(tx *Tx, jobs []*job) error
}

// job is one caller's work and, once done is closed, its answer.
type job struct {
	lane    *lane
	keys    []string
	write   func(ctx context.Context, tx *Tx) error // of Write
	command any                                     // of a Group
	value   any
	err     error
	done    chan struct{}
}

// Write runs f in a transaction shared with other callers, and returns after
// it was committed. When f fails, only its own part is rolled back.
func (d *DB) Write(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	j := &job{lane: d.writes, write: f}
	if err := d.submit(ctx, j); err != nil {
		return err
	}
	return j.err
}

// submit waits until the job was done. An error means that it never was.
func (d *DB) submit(ctx context.Context, j *job) error {
	if inside(ctx) {
		return errNested
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	j.done = make(chan struct{})
	if err := d.enqueue(j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
	}
	if d.withdraw(j) {
		return context.Cause(ctx)
	}
	<-j.done
	return nil
}

func (d *DB) enqueue(j *job) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return closed()
	}
	if len(d.pending) >= maxPending {
		return problem.New(problem.Unavailable, "store_busy", "Too many writes are waiting. Nothing was saved. Try again in a moment.")
	}
	d.pending = append(d.pending, j)
	d.wake.Signal()
	return nil
}

// withdraw takes a job back that nobody has picked up.
func (d *DB) withdraw(j *job) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.Index(d.pending, j)
	if i < 0 {
		return false
	}
	d.pending = slices.Delete(d.pending, i, i+1)
	return true
}

// work runs batches until the store is closed and nothing is left.
func (d *DB) work() {
	defer d.workers.Done()
	for d.await() {
		// The transaction begins before the batch is picked, so that callers
		// who arrive meanwhile come along and those who leave can.
		s, err := d.beginWrite()
		if err != nil {
			d.refuse(err)
			continue
		}
		jobs := d.take()
		if len(jobs) == 0 {
			s.rollback()
			continue
		}
		d.process(s, jobs)
		d.release(jobs)
	}
}

func (d *DB) beginWrite() (*session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), beginLimit)
	defer cancel()
	return d.begin(ctx, d.writers, d.dialect.begin)
}

// await waits for a batch that can be run; false says that none will come.
func (d *DB) await() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		held := map[string]struct{}{}
		for _, j := range d.pending[:min(len(d.pending), lookAhead)] {
			if d.free(j, held) {
				return true
			}
		}
		if d.closed && len(d.pending) == 0 {
			return false
		}
		d.wake.Wait()
	}
}

// refuse answers everybody who waits.
func (d *DB) refuse(err error) {
	d.mu.Lock()
	jobs := d.pending
	d.pending = nil
	d.mu.Unlock()
	answer(jobs, err)
}

// take removes the next batch from those waiting: the first job whose keys are
// free, and those after it of the same lane whose keys are free too.
func (d *DB) take() []*job {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := map[string]struct{}{}
	var batch, rest []*job
	for i, j := range d.pending {
		if i == lookAhead || len(batch) > 0 && len(batch) == batch[0].lane.most {
			rest = append(rest, d.pending[i:]...)
			break
		}
		free := d.free(j, held)
		if free && (len(batch) == 0 || j.lane == batch[0].lane) {
			batch = append(batch, j)
			continue
		}
		rest = append(rest, j)
	}
	d.pending = rest
	for _, j := range batch {
		for _, key := range j.keys {
			d.busy[key] = struct{}{}
		}
	}
	return batch
}

// free says whether nothing that runs or waits before the job, as held tells,
// has a key in common with it. The job then holds its own, picked or passed
// over, so that what touches the same thing stays in order.
func (d *DB) free(j *job, held map[string]struct{}) bool {
	free := true
	for _, key := range j.keys {
		_, running := d.busy[key]
		_, waiting := held[key]
		free = free && !running && !waiting
	}
	for _, key := range j.keys {
		held[key] = struct{}{}
	}
	return free
}

func (d *DB) release(jobs []*job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, j := range jobs {
		for _, key := range j.keys {
			delete(d.busy, key)
		}
	}
	d.wake.Broadcast()
}

// process runs a batch and answers its callers. What cannot be kept together
// runs again, each alone.
func (d *DB) process(s *session, jobs []*job) {
	err := d.transact(s, jobs)
	if err == nil || len(jobs) == 1 || problem.Is(err, problem.OutcomeUnknown) || problem.Is(err, problem.Unavailable) {
		answer(jobs, err)
		return
	}
	d.log.Warn("write batch dropped", "jobs", len(jobs), "code", codeOf(err))
	for _, j := range jobs {
		one := []*job{j}
		answer(one, d.transact(nil, one))
	}
}

// transact runs jobs in one transaction: the one given, or a new one.
func (d *DB) transact(s *session, jobs []*job) error {
	return d.persist(func() error {
		if s == nil {
			var err error
			if s, err = d.beginWrite(); err != nil {
				return err
			}
		}
		used := s
		s = nil
		return used.run(func(tx *Tx) error {
			return jobs[0].lane.run(tx, jobs)
		})
	})
}

// runWrites runs each function behind a savepoint. A refusal, or a failed
// constraint, takes back that function's part; any other failure, a function that
// was overtaken, or a transaction that is gone, drops the batch.
func (d *DB) runWrites(tx *Tx, jobs []*job) error {
	for _, j := range jobs {
		j.err = nil // of a run before
	}
	if len(jobs) == 1 {
		return d.limited(tx, jobs[0].write)
	}
	for _, j := range jobs {
		if err := tx.control("SAVEPOINT part"); err != nil {
			return err
		}
		kept := len(tx.after)
		err := d.limited(tx, j.write)
		if err == nil {
			if err := tx.control("RELEASE SAVEPOINT part"); err != nil {
				return err
			}
			continue
		}
		if tx.failed != nil && !IsConstraint(tx.failed) {
			return tx.failed
		}
		if errors.Is(err, ErrOvertaken) {
			return err
		}
		tx.failed, tx.after = nil, tx.after[:kept]
		// Fails too when the database has rolled the transaction back.
		if err := tx.control("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part"); err != nil {
			return err
		}
		j.err = err
	}
	return nil
}

// limited calls f with a deadline of its own.
func (d *DB) limited(tx *Tx, f func(ctx context.Context, tx *Tx) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), d.options.Deadline)
	defer cancel()
	return call(ctx, tx, f)
}

// control runs a statement about the transaction itself.
func (tx *Tx) control(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), tx.db.options.Deadline)
	defer cancel()
	if tx.shaken && tx.db.dialect.state(ctx, tx.line.Conn) == gone {
		return tx.fail(errLost)
	}
	if _, err := tx.line.exec(ctx, statement, nil); err != nil {
		return tx.fail(err)
	}
	return nil
}

// answer tells the callers; err is everybody's, or nil for each its own.
func answer(jobs []*job, err error) {
	for _, j := range jobs {
		if err != nil {
			j.value, j.err = nil, err
		}
		close(j.done)
	}
}
