// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A sealed file is a row of parts, each an envelope of its own that is bound to its
// number and to being the last one or not. What was read of it is as it was
// written, and whether it is all of it, Ended tells.

const (
	partSize  = 1 << 20
	syncEvery = 16 // parts, so that nobody else who syncs waits for many
)

// Writer writes a sealed file.
type Writer struct {
	ctx   context.Context // of whoever writes: io.Writer has no room for it
	file  *os.File
	key   Key
	place string
	part  []byte
	n     int
}

// NewWriter returns a writer of what is sealed under the key for a place, which
// it writes to the file from where that stands.
func (k Key) NewWriter(ctx context.Context, file *os.File, place string) *Writer {
	return &Writer{ctx: ctx, file: file, key: k, place: place}
}

// Write implements io.Writer.
func (w *Writer) Write(b []byte) (int, error) {
	for whole := b; len(whole) > 0; {
		n := min(len(whole), partSize-len(w.part))
		w.part, whole = append(w.part, whole[:n]...), whole[n:]
		if len(w.part) < partSize {
			continue
		}
		if err := w.seal(false); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// End writes what is left. When it returns, the disk has the file.
func (w *Writer) End() error { return w.seal(true) }

// seal writes the next part.
func (w *Writer) seal(last bool) error {
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

// Reader reads a sealed file.
type Reader struct {
	file  io.Reader
	key   Key
	place string
	part  []byte // what is left of it
	n     int
	last  bool
}

// NewReader returns a reader of what a Writer wrote under the key for the place.
func (k Key) NewReader(file io.Reader, place string) *Reader {
	return &Reader{file: file, key: k, place: place}
}

// Read implements io.Reader.
func (r *Reader) Read(b []byte) (int, error) {
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

func (r *Reader) open() error {
	var head [4]byte
	if _, err := io.ReadFull(r.file, head[:]); err != nil {
		return fmt.Errorf("the file ends too early: %w", io.ErrUnexpectedEOF)
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size>>1 > 2*partSize {
		return ErrSealed
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

// Ended tells whether all of it was read.
func (r *Reader) Ended() bool {
	n, err := r.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, io.EOF)
}
