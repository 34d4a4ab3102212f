// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"bytes"
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
// store and its backups: a subject a line.
func (k *Keys) Shredded() ([]Shredded, error) {
	raw, err := os.ReadFile(k.shreddedPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of erased subjects: %w", err)
	}
	var list []Shredded
	if bytes.HasPrefix(raw, []byte("[")) { // written whole, as it was at first
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("read the list of erased subjects: %w", err)
		}
		return list, nil
	}
	for line := range bytes.Lines(raw) {
		if cutOff(line) {
			continue
		}
		var s Shredded
		if err := json.Unmarshal(line, &s); err != nil {
			return nil, fmt.Errorf("read the list of erased subjects: %w", err)
		}
		list = append(list, s)
	}
	return list, nil
}

// cutOff says whether a line was being written when the power went: it has no
// end, or holes. Whoever wrote it was never answered, and the store has it too.
func cutOff(line []byte) bool {
	return !bytes.HasSuffix(line, []byte("\n")) || bytes.IndexByte(line, 0) >= 0
}

// AddShredded adds to the end of the list, synced.
func (k *Keys) AddShredded(more []Shredded) error {
	return k.Locked("shredded", func() error {
		lines, err := shreddedLines(more)
		if err != nil {
			return err
		}
		added, err := appendLines(k.shreddedPath(), lines)
		if added || err != nil {
			return err
		}
		old, err := k.Shredded()
		if err != nil {
			return err
		}
		if lines, err = shreddedLines(append(old, more...)); err != nil {
			return err
		}
		return writeSynced(k.shreddedPath(), lines)
	})
}

// KeepShredded adds to the list what it lacks, synced, and drops what was erased
// before the instant: no backup that holds it lives any more.
func (k *Keys) KeepShredded(more []Shredded, before time.Time) error {
	return k.Locked("shredded", func() error {
		old, err := k.Shredded()
		if err != nil {
			return err
		}
		seen := map[[2]string]bool{}
		var list []Shredded
		for _, s := range append(old, more...) {
			key := [2]string{s.Org, s.Chain}
			if !seen[key] && !s.Erased.Before(before) {
				seen[key] = true
				list = append(list, s)
			}
		}
		lines, err := shreddedLines(list)
		if err != nil {
			return err
		}
		return writeSynced(k.shreddedPath(), lines)
	})
}

func (k *Keys) shreddedPath() string { return filepath.Join(k.dir, shreddedFile) }

func shreddedLines(list []Shredded) ([]byte, error) {
	var lines bytes.Buffer
	out := json.NewEncoder(&lines)
	for _, s := range list {
		if err := out.Encode(s); err != nil {
			return nil, fmt.Errorf("encode the list of erased subjects: %w", err)
		}
	}
	return lines.Bytes(), nil
}
