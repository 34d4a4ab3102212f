// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"errors"
	"io"

	"github.com/lecito/lecito/internal/problem"
)

// splitter cuts a stream into CSV records as RFC 4180 and encoding/csv do, and
// keeps what encoding/csv cannot: the bytes of each record, its place, and the
// power to go on behind a broken one. Whatever encoding/csv reads without
// complaint, the splitter reads the same (a test holds it to that).
type splitter struct {
	in     *bufio.Reader
	comma  byte
	eol    byte // '\n', or '\r' in files of old Macs
	line   int  // of the next byte, from 1
	offset int64

	state state
	raw   []byte // of the record being read
	text  []byte // its cells, unquoted, one after the other
	ends  []int  // where in text each cell ends
	flaw  *flaw  // the first thing wrong with it
	began int    // its first line
}

type state int

const (
	atStart    state = iota // of a cell
	unquoted                // in a cell without quotes
	quoted                  // in a cell with quotes
	afterQuote              // behind a quote in a quoted cell: its end, or half of a doubled one
	junk                    // behind something wrong, waiting for the end of the line
)

// record is one record as it came; one with a flaw holds nothing else but its line.
type record struct {
	line int
	raw  []byte
	text string
	ends []int
	flaw *flaw
}

// flaw is what makes a record unreadable.
type flaw struct {
	code   string
	detail string
	line   int
	cell   int // from 1
}

func (f *flaw) problem() *problem.Problem {
	return problem.New(problem.Invalid, f.code, f.detail).
		At(problem.Place{Line: f.line, Column: f.cell, Detail: "the row cannot be read from here"})
}

func newSplitter(in *bufio.Reader, comma, eol byte) *splitter {
	return &splitter{in: in, comma: comma, eol: eol, line: 1}
}

// cells cuts the text of a record.
func (r record) cells() []string {
	cells, from := make([]string, len(r.ends)), 0
	for i, end := range r.ends {
		cells[i] = r.text[from:end]
		from = end
	}
	return cells
}

// next gives the next record that is not an empty line, or io.EOF.
func (s *splitter) next() (record, error) {
	for {
		rec, blank, err := s.record()
		if err != nil || !blank {
			return rec, err
		}
	}
}

// record reads one record, empty lines too.
func (s *splitter) record() (record, bool, error) {
	s.state, s.flaw, s.began = atStart, nil, s.line
	s.raw, s.text, s.ends = s.raw[:0], s.text[:0], s.ends[:0]
	read := 0
	for {
		chunk, err := s.chunk()
		if errors.Is(err, io.EOF) {
			if read == 0 {
				return record{}, false, io.EOF
			}
			return s.finish(true)
		}
		if err != nil {
			return record{}, false, err
		}
		n, done := s.eat(chunk)
		s.keep(chunk[:n])
		read += n
		s.offset += int64(n)
		if _, err := s.in.Discard(n); err != nil {
			return record{}, false, err
		}
		if done {
			return s.finish(false)
		}
	}
}

// chunk gives the bytes that wait in the buffer, at least one.
func (s *splitter) chunk() ([]byte, error) {
	if _, err := s.in.Peek(1); err != nil {
		return nil, err
	}
	return s.in.Peek(s.in.Buffered())
}

// keep adds to the raw bytes of the record, up to the limit.
func (s *splitter) keep(b []byte) {
	if len(s.raw)+len(b) > MaxRow {
		s.fail("line_too_long", "This row is longer than 1 MiB, which no list of contacts needs: a quote is probably missing, or the file is damaged.")
		// A row that long is not given back, and keeping on reading it must not take memory.
		s.raw, s.text = s.raw[:0], s.text[:0]
		return
	}
	s.raw = append(s.raw, b...)
}

// eat moves the state over the bytes, to the end of the record at most.
func (s *splitter) eat(chunk []byte) (int, bool) {
	for i := 0; i < len(chunk); i++ {
		i += s.run(chunk[i:])
		if i == len(chunk) {
			break
		}
		c := chunk[i]
		if c == s.eol {
			s.line++
			if s.state != quoted {
				return i + 1, true
			}
		}
		if s.flaw != nil && s.flaw.code == "line_too_long" {
			s.text = s.text[:0]
		}
		s.step(c)
	}
	return len(chunk), false
}

// run takes the bytes, as many as there are, that can only be text of the cell.
func (s *splitter) run(chunk []byte) int {
	if s.state == afterQuote || s.state == junk || s.flaw != nil {
		return 0
	}
	n := 0
	for n < len(chunk) && chunk[n] != s.comma && chunk[n] != '"' && chunk[n] != '\r' && chunk[n] != '\n' {
		n++
	}
	if n > 0 && s.state == atStart {
		s.state = unquoted
	}
	s.text = append(s.text, chunk[:n]...)
	return n
}

// step takes one byte that does not end the record.
func (s *splitter) step(c byte) {
	switch s.state {
	case atStart, unquoted:
		s.plain(c)
	case quoted:
		if c == '"' {
			s.state = afterQuote
			return
		}
		if n := len(s.text); c == '\n' && n > s.cellStart() && s.text[n-1] == '\r' {
			s.text = s.text[:n-1] // as encoding/csv: a line break in a cell is one byte
		}
		s.text = append(s.text, c)
	case afterQuote:
		switch c {
		case '"':
			s.text = append(s.text, '"')
			s.state = quoted
		case s.comma:
			s.endCell()
		case '\r': // the line end may follow; finish looks at the raw bytes
			s.state = junk
		default:
			s.fail("stray_quote", "There is text behind the closing quote of this cell. A quote inside a quoted cell is written twice.")
			s.state = junk
		}
	case junk:
		if s.flaw == nil {
			s.fail("stray_quote", "There is text behind the closing quote of this cell. A quote inside a quoted cell is written twice.")
		}
	}
}

// plain takes one byte of a cell without quotes.
func (s *splitter) plain(c byte) {
	switch {
	case c == s.comma:
		s.endCell()
	case c == '"' && s.state == atStart:
		s.state = quoted
	case c == '"':
		s.fail("bare_quote", "There is a quote inside a cell that is not in quotes. Put the whole cell in quotes and write the quote twice.")
		s.state = junk
	default:
		s.text = append(s.text, c)
		s.state = unquoted
	}
}

func (s *splitter) cellStart() int {
	if len(s.ends) == 0 {
		return 0
	}
	return s.ends[len(s.ends)-1]
}

func (s *splitter) endCell() {
	s.state = atStart
	if len(s.ends) >= MaxColumns {
		s.fail("too_many_columns", "This row has more than 2000 cells.")
		return
	}
	s.ends = append(s.ends, len(s.text))
}

// fail notes the first thing wrong with the record, where it is.
func (s *splitter) fail(code, detail string) {
	if s.flaw == nil || code == "line_too_long" {
		s.flaw = &flaw{code: code, detail: detail, line: s.began, cell: len(s.ends) + 1}
	}
}

// finish closes the record at its line end, or at the end of the file.
func (s *splitter) finish(eof bool) (record, bool, error) {
	if eof && s.state == quoted {
		s.fail("unterminated_quote", "A quote opens in this row and never closes, so the rest of the file belongs to one cell. Close the quote, or remove it.")
	}
	blank := s.flaw == nil && s.state == atStart && len(s.ends) == 0
	if n := len(s.text); s.state == unquoted && n > s.cellStart() && s.text[n-1] == '\r' && s.eol == '\n' {
		s.text = s.text[:n-1]
		blank = blank || len(s.ends) == 0 && len(s.text) == 0 && len(s.raw) <= 2
	}
	s.endCell()
	rec := record{line: s.began, flaw: s.flaw}
	if s.flaw == nil {
		rec.raw = append([]byte(nil), s.raw...)
		rec.text = string(s.text)
		rec.ends = append([]int(nil), s.ends...)
	}
	return rec, blank, nil
}
