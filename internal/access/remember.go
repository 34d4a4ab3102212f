// SPDX-License-Identifier: Apache-2.0

package access

import (
	"sync"
	"time"

	"github.com/lecito/lecito/internal/db"
)

// believed is how long a key that was found is taken for valid without another
// look: how long a key revoked by another process still works here.
const believed = time.Second

// mostRemembered is how many keys are kept in mind; more than that are looked up.
const mostRemembered = 10_000

// remembered keeps the keys found lately, by the hash of their token. One that
// this process revokes is forgotten before the revoking is answered.
type remembered struct {
	mu      sync.RWMutex
	keys    map[string]seen
	revoked int64 // counts revocations: what was read before one is not kept after it
}

type seen struct {
	row keyRow
	at  time.Time
}

// find gives a key found less than a second ago, and the count to keep it by
// where there is none.
func (r *remembered) find(hash []byte, now time.Time) (keyRow, bool, int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, ok := r.keys[string(hash)]
	age := now.Sub(s.at)
	return s.row, ok && age >= 0 && age < believed, r.revoked
}

func (r *remembered) keep(hash []byte, row keyRow, at time.Time, revoked int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.revoked != revoked {
		return
	}
	if len(r.keys) >= mostRemembered {
		clear(r.keys)
	}
	if r.keys == nil {
		r.keys = map[string]seen{}
	}
	r.keys[string(hash)] = seen{row, at}
}

// forget forgets all once the transaction that revokes one has ended.
func (r *remembered) forget(tx *db.Tx) {
	tx.AfterCommit(func(bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.revoked++
		clear(r.keys)
	})
}
