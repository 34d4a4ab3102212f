// SPDX-License-Identifier: Apache-2.0

// Package sheet reads the lists that people export from their tools, CSV or
// XLSX, as rows of cells, and writes them back.
//
// It promises: nothing about the file needs to be told (encoding, separator,
// lines before the header and line ends are found out); a CSV row can be given
// back byte for byte as it came; memory is bounded whatever the file; a row
// that cannot be read is reported with its line and never guessed at, and the
// rows after it are still read; no clear-text temporary file is ever made.
//
// Where it is weak: an XLSX file is held in memory while it is read (see
// MaxUnzipped), and its rows are given back as text, not byte for byte. A CSV
// file whose first megabyte is plain ASCII is taken for UTF-8 or Windows-1252
// by its first row that is not.
package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lecito/lecito/internal/problem"
)

// The limits. What is over one is a problem that says so.
const (
	// MaxRow is how long one row may be, in bytes, its quoted line breaks
	// included (UTF-16 is counted as the UTF-8 it stands for).
	MaxRow = 1 << 20
	// MaxColumns is how many cells a row may have.
	MaxColumns = 2000
	// MaxFile is how large an XLSX file may be, to import and to clear.
	MaxFile = 128 << 20
	// MaxUnzipped is how large an XLSX file may be when unzipped: it is then in
	// memory, and a small file that unpacks to more is refused unread.
	MaxUnzipped = 512 << 20
	// MaxSheetRows is how many rows a worksheet has in Excel.
	MaxSheetRows = 1 << 20
)

// Format is the kind of file.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Sheet is a list being read.
type Sheet struct {
	Header     []string // column names, without the spaces around them
	HeaderLine int      // the line the header begins on, from 1
	Format     Format
	Comma      byte   // CSV: the separator
	Head       []byte // CSV: byte-order mark, lines before the header, and the header, as they came
	Name       string // XLSX: the worksheet

	rows    source
	charset *charset
	lineEnd string
	bom     []byte
}

// source gives rows one after the other, and io.EOF after the last.
type source interface {
	next() (Row, error)
	close() error
}

// Row is one row of a list. The caller owns it.
type Row struct {
	Line  int      // the line it begins on, from 1; in XLSX the row's number
	Cells []string // as many as the header has
	Raw   []byte   // CSV: its bytes exactly as they came, line end included
}

// BadRow is a row that cannot be read. Reading goes on behind it.
type BadRow struct {
	Line    int
	Problem *problem.Problem
}

// Error gives the sentence of the problem.
func (b *BadRow) Error() string { return b.Problem.Error() }

// Unwrap gives the problem.
func (b *BadRow) Unwrap() error { return b.Problem }

// AsBadRow finds in an error of Next the row to report and skip, or nil when
// reading cannot go on.
func AsBadRow(err error) *BadRow {
	bad, _ := errors.AsType[*BadRow](err)
	return bad
}

// Open finds out what kind of list r holds and reads as far as its header.
func Open(r io.Reader) (*Sheet, error) {
	in := bufio.NewReaderSize(r, window)
	start, err := in.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	switch {
	case len(bytes.TrimSpace(start)) == 0 && len(start) < 8:
		return nil, emptyFile()
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return openXLSX(in)
	}
	if err := knownBinary(start); err != nil {
		return nil, err
	}
	return openCSV(in)
}

// Next gives the next row; io.EOF after the last; a *BadRow for a row to
// report and skip; any other error ends the reading.
func (s *Sheet) Next() (Row, error) {
	for {
		row, err := s.rows.next()
		if err != nil {
			return Row{}, err
		}
		if s.Format == XLSX && blank(row.Cells) {
			continue
		}
		if want, got := len(s.Header), len(row.Cells); got != want {
			return Row{}, &BadRow{Line: row.Line, Problem: cellCount(row.Line, got, want)}
		}
		return row, nil
	}
}

// Close lets go of what the sheet holds in memory.
func (s *Sheet) Close() error { return s.rows.close() }

// Encoding names the encoding of a CSV file as far as it is known by now.
func (s *Sheet) Encoding() string {
	if s.charset == nil {
		return ""
	}
	return s.charset.name()
}

// setHeader checks the column names and keeps them.
func (s *Sheet) setHeader(line int, cells []string) error {
	s.HeaderLine = line
	first := map[string]int{}
	for i, cell := range cells {
		name := strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff"))
		s.Header = append(s.Header, name)
		if looksLikeAddress(name) {
			return problem.New(problem.Invalid, "no_header",
				"The first line holds data, not column names. Add a first line with the names of the columns, such as: email").
				At(problem.Place{Line: line, Column: i + 1, Detail: "this looks like an e-mail address"})
		}
		key := strings.ToLower(name)
		if key == "" {
			continue
		}
		if before, ok := first[key]; ok {
			return duplicateHeader(line, before, i, name)
		}
		first[key] = i
	}
	if len(first) == 0 {
		return problem.New(problem.Invalid, "no_header", "No line with column names was found. Add a first line with the names of the columns, such as: email")
	}
	return nil
}

func duplicateHeader(line, before, again int, name string) error {
	p := problem.Newf(problem.Invalid, "duplicate_header",
		"Columns %d and %d have the same name, so it is not clear which one counts. Rename or remove one of them.", before+1, again+1)
	name = clip(name)
	return p.At(problem.Place{Field: name, Line: line, Column: before + 1, Detail: "here first"}).
		At(problem.Place{Field: name, Line: line, Column: again + 1, Detail: "and here again"})
}

func cellCount(line, got, want int) *problem.Problem {
	return problem.Newf(problem.Invalid, "cell_count",
		"This row has %d cells, the header has %d: a separator is missing, or one too many, or a cell that holds one is not in quotes.", got, want).
		At(problem.Place{Line: line, Column: min(got, want) + 1, Detail: "the row and the header part here"})
}

func emptyFile() error {
	return problem.New(problem.Invalid, "empty_file", "The file is empty. Export the list again.")
}

// clip keeps a column name short enough for a sentence.
func clip(name string) string {
	if r := []rune(name); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return name
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

// looksLikeAddress says whether a cell is an e-mail address rather than a name
// for a column of them.
func looksLikeAddress(cell string) bool {
	at := strings.IndexByte(cell, '@')
	return at > 0 && !strings.ContainsAny(cell, " \t") && strings.Contains(cell[at+1:], ".")
}
