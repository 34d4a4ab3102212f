// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Locked runs f while no other process that shares the key folder is in Locked
// with the same name. The lock ends with the process, whatever happens to it.
func (k *Keys) Locked(name string, f func() error) error {
	file, err := os.OpenFile(filepath.Join(k.dir, name+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open lock %s: %w", name, err)
	}
	defer func() { _ = file.Close() }() // closing gives the lock back
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("take lock %s: %w", name, err)
	}
	return f()
}
