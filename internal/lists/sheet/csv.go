// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/problem"
)

// window is how much of a CSV file is looked at to find out what it is. The
// header lies within it.
const window = 1 << 20

// csvRows is the source of the rows of a CSV file.
type csvRows struct {
	split   *splitter
	charset *charset
	doubts  doubts // of the lines that come next
	ended   error
}

func openCSV(in *bufio.Reader) (*Sheet, error) {
	s := &Sheet{Format: CSV, charset: &charset{}}
	in, err := s.byteOrder(in)
	if err != nil {
		return nil, err
	}
	start, err := in.Peek(window)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	whole := errors.Is(err, io.EOF)
	if len(bytes.TrimSpace(start)) == 0 {
		return nil, emptyFile()
	}
	if err := s.looksLikeText(start, whole); err != nil {
		return nil, err
	}
	layout := layOut(start, whole)
	s.Comma, s.lineEnd = layout.comma, layout.lineEnd
	split := newSplitter(in, layout.comma, layout.lineEnd[len(layout.lineEnd)-1])
	s.rows = &csvRows{split: split, charset: s.charset}
	if err := s.readHeader(split, layout, start); err != nil {
		return nil, err
	}
	return s, nil
}

// byteOrder takes the byte-order mark off, and turns UTF-16 into UTF-8.
func (s *Sheet) byteOrder(in *bufio.Reader) (*bufio.Reader, error) {
	start, _ := in.Peek(3) // Open has peeked further: a failure has been seen
	var order byteOrder
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		s.bom, s.charset.kind = []byte("\xef\xbb\xbf"), utf8Text
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		s.bom, order = []byte("\xff\xfe"), binary.LittleEndian
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		s.bom, order = []byte("\xfe\xff"), binary.BigEndian
	}
	if _, err := in.Discard(len(s.bom)); err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	if order == nil {
		return in, nil
	}
	s.charset.kind, s.charset.order = utf16Text, order
	return bufio.NewReaderSize(&utf16Reader{in: in, order: order}, window), nil
}

// readHeader reads up to the end of the header and keeps the bytes.
func (s *Sheet) readHeader(split *splitter, layout layout, start []byte) error {
	for {
		rec, err := split.next()
		if errors.Is(err, io.EOF) {
			return problem.New(problem.Invalid, "no_header", "No line with column names was found. Add a first line with the names of the columns, such as: email")
		}
		if err != nil {
			return unreadable(err)
		}
		if rec.line < layout.headerLine {
			continue
		}
		if rec.flaw != nil {
			return rec.flaw.problem()
		}
		cells, bad := s.charset.cells(rec)
		if bad > 0 {
			return badEncoding(rec.line, bad)
		}
		if split.offset > int64(len(start)) {
			return problem.New(problem.TooLarge, "line_too_long", "The header is not within the first MiB of the file.").
				At(problem.Place{Line: rec.line, Detail: "this line is too long"})
		}
		s.Head = slices.Concat(s.bom, s.bytes(start, split.offset))
		return s.setHeader(rec.line, cells)
	}
}

// bytes gives the first n bytes of what was peeked as they were in the file.
func (s *Sheet) bytes(start []byte, n int64) []byte {
	if s.charset.kind == utf16Text {
		return toUTF16(start[:n], s.charset.order)
	}
	return append([]byte(nil), start[:n]...)
}

func (c *csvRows) next() (Row, error) {
	if c.ended != nil {
		return Row{}, c.ended
	}
	rec, err := c.split.next()
	if err != nil {
		c.ended = err
		if !errors.Is(err, io.EOF) {
			c.ended = unreadable(err)
		}
		return Row{}, c.ended
	}
	if rec.flaw != nil {
		return Row{}, &BadRow{Line: rec.line, Problem: rec.flaw.problem()}
	}
	cells, bad := c.charset.cells(rec)
	if bad > 0 {
		return Row{}, &BadRow{Line: rec.line, Problem: badEncoding(rec.line, bad)}
	}
	if c.charset.kind == utf16Text {
		rec.raw = toUTF16(rec.raw, c.charset.order)
	}
	return Row{Line: rec.line, Cells: cells, Raw: rec.raw}, nil
}

func (c *csvRows) close() error { return nil }

// cells decodes the cells of a record; the number of the first that cannot be
// decoded, or 0.
func (c *charset) cells(rec record) ([]string, int) {
	cells := rec.cells()
	if ascii(rec.text) {
		if i := strings.IndexByte(rec.text, 0); i < 0 {
			return cells, 0
		}
	}
	for i, cell := range cells {
		text, ok := c.decode(cell)
		if !ok || strings.IndexByte(cell, 0) >= 0 {
			return nil, i + 1
		}
		cells[i] = text
	}
	return cells, 0
}

func badEncoding(line, cell int) *problem.Problem {
	return problem.New(problem.Invalid, "bad_encoding", "This row holds bytes that are not text in the encoding of the file. Export the list as UTF-8.").
		At(problem.Place{Line: line, Column: cell, Detail: "this cell cannot be read"})
}

func unreadable(err error) error {
	if errors.Is(err, errHalf) {
		return problem.New(problem.Invalid, "bad_encoding", "The file ends in the middle of a character: it is cut. Export the list again.").Because(err)
	}
	return fmt.Errorf("read the list: %w", err)
}
