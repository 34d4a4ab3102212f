// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lecito/lecito/internal/seal"
)

// A sealed file is a row of parts, each an envelope of its own that is bound to its
// number and to being the last. What was read of it before the end is whole.

const (
	sealedPart = 1 << 20
	syncEvery  = 16 // parts, so that nobody else who syncs waits for many
)

// sealing writes one.
type sealing struct {
	ctx   context.Context // of the one writing: io.Writer has no room for it
	file  *os.File
	key   seal.Key
	place string
	part  []byte
	n     int
}

// Write implements io.Writer.
func (w *sealing) Write(b []byte) (int, error) {
	for whole := b; len(whole) > 0; {
		n := min(len(whole), sealedPart-len(w.part))
		w.part, whole = append(w.part, whole[:n]...), whole[n:]
		if len(w.part) < sealedPart {
			continue
		}
		if err := w.seal(false); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// seal writes the next part; after the last one the file is on the disk.
func (w *sealing) seal(last bool) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	sealed := w.key.Seal(partPlace(w.place, w.n, last), w.part)
	w.part = w.part[:0]
	w.n++
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(sealed))<<1)
	if last {
		head[0] |= 1
	}
	if _, err := w.file.Write(append(head, sealed...)); err != nil {
		return err
	}
	if last || w.n%syncEvery == 0 {
		return w.file.Sync()
	}
	return nil
}

func partPlace(place string, n int, last bool) string {
	return fmt.Sprintf("%s\x00%d\x00%t", place, n, last)
}

// opening reads one.
type opening struct {
	file  *os.File
	key   seal.Key
	place string
	part  []byte // what is left of it
	n     int
	last  bool
}

// Read implements io.Reader.
func (r *opening) Read(b []byte) (int, error) {
	for len(r.part) == 0 {
		if r.last {
			return 0, io.EOF
		}
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	n := copy(b, r.part)
	r.part = r.part[n:]
	return n, nil
}

func (r *opening) open() error {
	var head [4]byte
	if _, err := io.ReadFull(r.file, head[:]); err != nil {
		return fmt.Errorf("the file ends too early: %w", io.ErrUnexpectedEOF)
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size>>1 > 2*sealedPart {
		return seal.ErrSealed
	}
	sealed := make([]byte, size>>1)
	if _, err := io.ReadFull(r.file, sealed); err != nil {
		return fmt.Errorf("the file ends too early: %w", io.ErrUnexpectedEOF)
	}
	r.last = size&1 == 1
	var err error
	r.part, err = r.key.Open(partPlace(r.place, r.n, r.last), sealed)
	r.n++
	return err
}

// ended tells whether all of it was read.
func (r *opening) ended() bool {
	n, err := r.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, io.EOF)
}
