// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeSynced replaces a file so that after a crash it holds the old bytes or
// the new ones, never a part, and that what it returned for stays.
func writeSynced(path string, body []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	if _, err := tmp.Write(body); err != nil {
		_ = tmp.Close()
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := tmp.Sync(); err != nil {
		_ = tmp.Close()
		return fmt.Errorf("sync %s: %w", filepath.Base(path), err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("close %s: %w", filepath.Base(path), err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("rename %s: %w", filepath.Base(path), err)
	}
	return syncDir(filepath.Dir(path))
}

// appendLines adds lines to a file that ends with a whole line, synced. It adds
// nothing to any other: to one that is not there, is empty, was cut off while
// written, or begins with a bracket, which is no list of lines.
func appendLines(path string, lines []byte) (added bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	defer func() {
		if end := f.Close(); err == nil && end != nil {
			err = fmt.Errorf("close %s: %w", filepath.Base(path), end)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("look at %s: %w", filepath.Base(path), err)
	}
	first, last := make([]byte, 1), make([]byte, 1)
	if info.Size() == 0 {
		return false, nil
	}
	for at, b := range map[int64][]byte{0: first, info.Size() - 1: last} {
		if _, err := f.ReadAt(b, at); err != nil {
			return false, fmt.Errorf("read %s: %w", filepath.Base(path), err)
		}
	}
	if first[0] == '[' || last[0] != '\n' {
		return false, nil
	}
	if _, err := f.Write(lines); err != nil {
		return false, fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := f.Sync(); err != nil {
		return false, fmt.Errorf("sync %s: %w", filepath.Base(path), err)
	}
	return true, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder to sync: %w", err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
