// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
)

// Restore fills an empty store from a backup and begins a new generation of each
// log: what was recorded after the backup is lost, and receipts given for it
// must not be contradicted by the same log. The keys must be in the data folder.
func Restore(ctx context.Context, c Config, backup string) (renewed []string, err error) {
	c = c.defaults()
	if _, err := os.Stat(filepath.Join(c.Dir, "keys", "master.json")); err != nil {
		return nil, problem.Newf(problem.Invalid, "keys_missing",
			"Put the key folder back first, as %s: without it nothing in the backup can be opened.", filepath.Join(c.Dir, "keys"))
	}
	if err := restore(ctx, c, backup); err != nil {
		return nil, err
	}
	a, err := New(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	orgs, err := a.Ledger.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	for _, org := range orgs {
		if !slices.Contains(a.renewed, org) {
			if err := a.Ledger.Renew(ctx, org); err != nil {
				return renewed, fmt.Errorf("begin a new generation: %w", err)
			}
		}
		if err := a.Ledger.Sequence(ctx, org); err != nil {
			return renewed, err
		}
		renewed = append(renewed, org)
	}
	return renewed, nil
}

// restore fills the store while nobody else has it open.
func restore(ctx context.Context, c Config, backup string) (err error) {
	if c.URL == "" {
		lock, err := lockFolder(c.Dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	return db.Restore(ctx, c.store(), backup)
}
