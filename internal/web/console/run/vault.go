// SPDX-License-Identifier: Apache-2.0

package run

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lecito/lecito/internal/seal"
)

// Vault holds a list while a run keeps it: encrypted (AES-256 in counter mode)
// under a key that only memory holds, in a file without a name. Neither
// survives the process, and nobody else can read or change it.
type Vault struct {
	file  *os.File
	block cipher.Block
	start [aes.BlockSize]byte
	out   *bufio.Writer // until Seal
	Size  int64
}

func newVault(dir string) (*Vault, error) {
	key := seal.NewKey()
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("keep a list: %w", err)
	}
	v := &Vault{block: block}
	if _, err := rand.Read(v.start[:]); err != nil {
		return nil, fmt.Errorf("keep a list: %w", err)
	}
	if v.file, err = os.CreateTemp(dir, "list-*"); err != nil {
		return nil, fmt.Errorf("keep a list: %w", err)
	}
	if err := os.Remove(v.file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("keep a list: %w", err), v.file.Close())
	}
	v.out = bufio.NewWriterSize(&cipher.StreamWriter{S: cipher.NewCTR(block, v.start[:]), W: v.file}, 64<<10)
	return v, nil
}

// Write adds to the list. One goroutine writes.
func (v *Vault) Write(b []byte) (int, error) {
	n, err := v.out.Write(b)
	v.Size += int64(n)
	return n, err
}

// Seal ends the writing; from then on the list can be read.
func (v *Vault) Seal() error { return v.out.Flush() }

// Reader reads the list from its beginning. It may be called any number of times.
func (v *Vault) Reader() io.Reader {
	return &cipher.StreamReader{S: cipher.NewCTR(v.block, v.start[:]), R: io.NewSectionReader(v.file, 0, v.Size)}
}

// Drop gives the file up; whoever still reads it gets an error.
func (v *Vault) Drop() {
	if v != nil {
		_ = v.file.Close() // it has no name: this is the end of it
	}
}
