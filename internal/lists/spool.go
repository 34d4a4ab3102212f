// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"bufio"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
)

// MaxCSV is how large an imported file may be; an Excel file sheet.MaxFile.
const MaxCSV = 4 << 30

// spool holds a file while it is read more than once: encrypted (AES-256 in
// counter mode) under a key that only memory holds, in a file without a name.
// Neither survives the process, so nobody else can read or change it.
type spool struct {
	file  *os.File
	block cipher.Block
	start [aes.BlockSize]byte
	size  int64
	sum   [sha256.Size]byte // of the bytes that came
}

func newSpool(dir string) (*spool, error) {
	key := seal.NewKey()
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("make a spool: %w", err)
	}
	s := &spool{block: block}
	if err := random(s.start[:]); err != nil {
		return nil, err
	}
	if s.file, err = os.CreateTemp(dir, "import-*"); err != nil {
		return nil, fmt.Errorf("make a spool: %w", err)
	}
	if err := os.Remove(s.file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("make a spool: %w", err), s.file.Close())
	}
	return s, nil
}

// fill takes the whole file in.
func (s *spool) fill(ctx context.Context, r io.Reader, progress func(Progress)) error {
	in := bufio.NewReaderSize(r, 1<<20)
	limit, tooLarge := int64(MaxCSV), "The file is larger than 4 GiB. Cut it into parts: each can be imported by itself."
	if start, _ := in.Peek(4); string(start) == "PK\x03\x04" { // a failure to read shows again below
		limit, tooLarge = sheet.MaxFile, "The Excel file is larger than 128 MiB. Save it as CSV: CSV files may have 4 GiB."
	}
	sum := sha256.New()
	out := io.MultiWriter(sum, &cipher.StreamWriter{S: cipher.NewCTR(s.block, s.start[:]), W: s.file})
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("receive the file: %w", context.Cause(ctx))
		}
		n, err := io.CopyN(out, in, 8<<20)
		s.size += n
		if s.size > limit {
			return problem.New(problem.TooLarge, "file_too_large", tooLarge)
		}
		progress(Progress{Phase: PhaseReceiving, Bytes: s.size})
		if errors.Is(err, io.EOF) {
			s.sum = [sha256.Size]byte(sum.Sum(nil))
			return nil
		}
		if err != nil {
			return fmt.Errorf("receive the file: %w", err)
		}
	}
}

// reader reads the file from its beginning.
func (s *spool) reader() io.Reader {
	return &cipher.StreamReader{S: cipher.NewCTR(s.block, s.start[:]), R: io.NewSectionReader(s.file, 0, s.size)}
}

func (s *spool) close() error { return s.file.Close() }
