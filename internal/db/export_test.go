// SPDX-License-Identifier: Apache-2.0

package db

import "runtime"

// AwaitWaiting returns once n callers wait to be picked up.
func (d *DB) AwaitWaiting(n int) { d.until(func() bool { return len(d.pending) >= n }) }

// AwaitClosing returns once Close refuses new work.
func (d *DB) AwaitClosing() { d.until(func() bool { return d.closed }) }

func (d *DB) until(reached func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !reached() { // not by d.wake: whoever is woken keeps a worker asleep
		d.mu.Unlock()
		runtime.Gosched()
		d.mu.Lock()
	}
}

// Writers tells tests how many batches are in a transaction at the same time.
func (d *DB) Writers() int {
	if d.dialect.oneWriter() {
		return 1
	}
	return d.dialect.workers
}
