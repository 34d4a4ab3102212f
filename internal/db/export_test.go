// SPDX-License-Identifier: Apache-2.0

package db

// Waiting tells tests how many callers have not been picked up.
func (d *DB) Waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.pending)
}

// Workers tells tests how many batches run at the same time.
func (d *DB) Workers() int { return d.dialect.workers }
