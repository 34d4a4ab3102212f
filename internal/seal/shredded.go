// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Shredded is a subject that was erased: a pseudonym that nothing leads back from.
type Shredded struct {
	Org    string    `json:"org"`
	Chain  string    `json:"chain"`
	Erased time.Time `json:"erased"`
}

const shreddedFile = "shredded.json"

// Shredded reads the list of erased subjects kept beside the keys, outside the
// store and its backups.
func (k *Keys) Shredded() ([]Shredded, error) {
	raw, err := os.ReadFile(filepath.Join(k.dir, shreddedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of erased subjects: %w", err)
	}
	var list []Shredded
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("read the list of erased subjects: %w", err)
	}
	return list, nil
}

// KeepShredded adds to the list, synced, and drops what was erased before the
// instant: no backup that holds it lives any more.
func (k *Keys) KeepShredded(more []Shredded, before time.Time) error {
	return k.Locked("shredded", func() error {
		old, err := k.Shredded()
		if err != nil {
			return err
		}
		seen := map[[2]string]bool{}
		list := []Shredded{}
		for _, s := range append(old, more...) {
			key := [2]string{s.Org, s.Chain}
			if !seen[key] && !s.Erased.Before(before) {
				seen[key] = true
				list = append(list, s)
			}
		}
		raw, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("encode the list of erased subjects: %w", err)
		}
		return writeSynced(filepath.Join(k.dir, shreddedFile), raw)
	})
}
