// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/lecito/lecito/internal/db"
)

// Secret is one version of a secret of an organisation.
type Secret struct {
	Version int64
	Key     Key
}

// Names of an organisation's secrets. A tombstone secret is named by its year.
const (
	BlindIndex  = "blind"       // finds identifiers
	Idempotency = "idempotency" // hashes callers' keys and requests
	Tokens      = "tokens"      // signs links
	Snapshot    = "index"       // seals the copy of the index on disk; an erasure destroys it
)

// Secrets reads and makes the secrets of organisations. Committed ones are
// cached in memory; the cache never holds what a transaction may still undo.
type Secrets struct {
	keys *Keys

	mu      sync.RWMutex // guards cache and changes
	cache   map[[2]string][]Secret
	changes int64 // counts what was made and destroyed: what was read before one is not kept after it
}

// NewSecrets returns a reader of secrets wrapped by the keys.
func NewSecrets(keys *Keys) *Secrets {
	return &Secrets{keys: keys, cache: map[[2]string][]Secret{}}
}

// Make adds a version of a secret in the transaction.
func (s *Secrets) Make(ctx context.Context, tx *db.Tx, org, name string) (Secret, error) {
	last, err := s.read(ctx, tx, org, name)
	if err != nil {
		return Secret{}, err
	}
	made := Secret{Version: 1, Key: NewKey()}
	if len(last) > 0 {
		made.Version = last[0].Version + 1
	}
	epoch, wrapped, err := s.keys.Wrap(made.Key, org, owner(name, made.Version))
	if err != nil {
		return Secret{}, err
	}
	if err := insertSecret(ctx, tx, org, name, made.Version, epoch, wrapped); err != nil {
		return Secret{}, err
	}
	s.forget(tx, org, name)
	return made, nil
}

// All returns every version of a secret, the newest first; none if it was never made.
func (s *Secrets) All(ctx context.Context, r db.Reader, org, name string) ([]Secret, error) {
	key := [2]string{org, name}
	s.mu.RLock()
	cached, ok := s.cache[key]
	before := s.changes
	s.mu.RUnlock()
	if ok {
		return cached, nil
	}
	found, err := s.read(ctx, r, org, name)
	if err != nil || len(found) == 0 {
		return found, err
	}
	if tx, writing := r.(*db.Tx); writing {
		if lasting(name) {
			tx.AfterCommit(func(unknown bool) {
				if !unknown {
					s.keep(key, found, before)
				}
			})
		}
		return found, nil
	}
	s.keep(key, found, before)
	return found, nil
}

// lasting says whether a secret is never destroyed. Who writes under any other
// reads it in that transaction: another process may have destroyed it.
func lasting(name string) bool { return name == BlindIndex || name == Idempotency || name == Tokens }

// keep caches what was read, unless something has changed since.
func (s *Secrets) keep(key [2]string, found []Secret, before int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes == before {
		s.cache[key] = found
	}
}

// Current returns the newest version of a secret.
func (s *Secrets) Current(ctx context.Context, r db.Reader, org, name string) (Secret, error) {
	all, err := s.All(ctx, r, org, name)
	if err != nil {
		return Secret{}, err
	}
	if len(all) == 0 {
		return Secret{}, fmt.Errorf("secret %s of organisation %s was never made", name, org)
	}
	return all[0], nil
}

// Names lists the organisation's secrets whose name begins so.
func (s *Secrets) Names(ctx context.Context, r db.Reader, org, prefix string) ([]string, error) {
	all, err := selectNames(ctx, r, org)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(name string) bool { return !strings.HasPrefix(name, prefix) }), nil
}

// Destroy removes every version of a secret: what was hashed under it can't be tested again.
func (s *Secrets) Destroy(ctx context.Context, tx *db.Tx, org, name string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM secret WHERE org = $1 AND name = $2`, org, name); err != nil {
		return fmt.Errorf("destroy a secret: %w", err)
	}
	s.forget(tx, org, name)
	return nil
}

// Retire destroys every version of a secret but one.
func (s *Secrets) Retire(ctx context.Context, tx *db.Tx, org, name string, but int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM secret WHERE org = $1 AND name = $2 AND version <> $3`, org, name, but); err != nil {
		return fmt.Errorf("retire versions of a secret: %w", err)
	}
	s.forget(tx, org, name)
	return nil
}

func (s *Secrets) read(ctx context.Context, r db.Reader, org, name string) ([]Secret, error) {
	rows, err := selectSecrets(ctx, r, org, name)
	if err != nil {
		return nil, err
	}
	var found []Secret
	for _, row := range rows {
		key, err := s.keys.Unwrap(row.epoch, row.wrapped, org, owner(name, row.version))
		if err != nil {
			return nil, fmt.Errorf("open secret %s: %w", name, err)
		}
		found = append(found, Secret{Version: row.version, Key: key})
	}
	return found, nil
}

// forget takes a secret that the transaction changes out of the cache, and once
// more when the change is there for all: another may have read the old one since.
func (s *Secrets) forget(tx *db.Tx, org, name string) {
	drop := func(bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changes++
		delete(s.cache, [2]string{org, name})
	}
	drop(false)
	tx.AfterCommit(drop)
}

func owner(name string, version int64) string {
	return fmt.Sprintf("secret/%s/%d", name, version)
}

// ChainOwner names a chain's key among what is wrapped.
func ChainOwner(chain string) string { return "chain/" + chain }

// RequestOwner names the key of a person's request among what is wrapped.
func RequestOwner(request string) string { return "request/" + request }
