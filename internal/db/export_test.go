// SPDX-License-Identifier: Apache-2.0

package db

// AwaitWaiting returns once n callers wait to be picked up.
func (d *DB) AwaitWaiting(n int) { d.until(func() bool { return len(d.pending) >= n }) }

// AwaitClosing returns once Close refuses new work.
func (d *DB) AwaitClosing() { d.until(func() bool { return d.closed }) }

func (d *DB) until(reached func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !reached() {
		d.wake.Wait()
		d.wake.Signal() // what woke this may have been meant for a worker
	}
}

// Workers tells tests how many batches run at the same time.
func (d *DB) Workers() int { return d.dialect.workers }
