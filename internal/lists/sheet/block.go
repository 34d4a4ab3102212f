// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Block is some rows of a list that follow one another. It is made to be filled
// again and again: what it gives lasts until then.
//
// Most rows of most CSV files are plain: one line, no quotes, as many cells as
// the header. Such a row stays the bytes it came as; its line end and separators
// are looked for, and nothing else is done to it. Every other row goes through
// the splitter. A test holds the two ways to the same rows.
type Block struct {
	entries []entry
	plain   []byte   // the plain rows, one after the other
	parsed  []parsed // the others
	size    int      // about what the rows take in memory
	comma   byte
	charset charset
}

// entry is one row, or one that cannot be read.
type entry struct {
	line     int
	from, to int // in plain
	parsed   int // in parsed, from 1; 0: the row is plain
}

// parsed is a row that is not plain.
type parsed struct {
	row Row
	bad *BadRow
}

// Fill reads rows into the block in place of those it held: at most so many, and
// no more once they take about so many bytes. Its error, io.EOF too, is about
// what follows the rows given.
func (s *Sheet) Fill(b *Block, rows, size int) error {
	clear(b.parsed)
	b.entries, b.plain, b.parsed, b.size = b.entries[:0], b.plain[:0], b.parsed[:0], 0
	csv, _ := s.rows.(*csvRows)
	for len(b.entries) < rows && b.size < size {
		if csv != nil && csv.lines(b, len(s.Header), rows, size) {
			continue
		}
		row, err := s.Next()
		bad := AsBadRow(err)
		if err != nil && bad == nil {
			b.settle(s)
			return err
		}
		b.add(row, bad)
	}
	b.settle(s)
	return nil
}

// settle notes what the plain rows are to be read with. The encoding is found
// out as the list is read, perhaps by the next block while this one is in use.
func (b *Block) settle(s *Sheet) {
	b.comma = s.Comma
	if s.charset != nil {
		b.charset = *s.charset
	}
}

// add takes a row that is not plain.
func (b *Block) add(row Row, bad *BadRow) {
	b.parsed = append(b.parsed, parsed{row, bad})
	line := row.Line
	if bad != nil {
		line = bad.Line
	}
	b.size += 64 + len(row.Raw)
	for _, cell := range row.Cells {
		b.size += len(cell)
	}
	b.entries = append(b.entries, entry{line: line, parsed: len(b.parsed)})
}

// Len is how many rows the block holds, with those that cannot be read.
func (b *Block) Len() int { return len(b.entries) }

// Line is the line a row begins on.
func (b *Block) Line(i int) int { return b.entries[i].line }

// Bad is what keeps a row from being read, or nil.
func (b *Block) Bad(i int) *BadRow {
	if at := b.entries[i].parsed; at > 0 {
		return b.parsed[at-1].bad
	}
	return nil
}

// Cell is the text of one cell of a row that can be read.
func (b *Block) Cell(i, column int) []byte {
	if at := b.entries[i].parsed; at > 0 {
		return []byte(b.parsed[at-1].row.Cells[column])
	}
	rest := b.text(i)
	for range column {
		rest = rest[bytes.IndexByte(rest, b.comma)+1:]
	}
	if end := bytes.IndexByte(rest, b.comma); end >= 0 {
		rest = rest[:end]
	}
	if b.charset.kind == windows1252 && !asciiBytes(rest) {
		cell, _ := b.charset.decode(string(rest)) // lines has seen that it can be
		return []byte(cell)
	}
	return rest
}

// Row is a row that can be read, as Next would have given it.
func (b *Block) Row(i int) Row {
	e := b.entries[i]
	if e.parsed > 0 {
		return b.parsed[e.parsed-1].row
	}
	row := Row{Line: e.line, Cells: strings.Split(string(b.text(i)), string(rune(b.comma))), Raw: b.raw(i)}
	for c, cell := range row.Cells {
		row.Cells[c], _ = b.charset.decode(cell)
	}
	return row
}

// raw is a plain row as it came.
func (b *Block) raw(i int) []byte { return b.plain[b.entries[i].from:b.entries[i].to] }

// text is a plain row without its line end.
func (b *Block) text(i int) []byte { return unended(b.raw(i)) }

// unended takes the line end off, as the splitter does.
func unended(line []byte) []byte {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// lines takes into the block the plain rows that wait, up to the first that is
// not, and says whether the next row is to be looked for by it again.
func (c *csvRows) lines(b *Block, cells, rows, size int) bool {
	if c.ended != nil || c.split.eol != '\n' || c.charset.kind == utf16Text {
		return false
	}
	waiting, _ := c.split.in.Peek(c.split.in.Buffered()) // cannot fail: they are there
	seen := c.look(waiting)
	at, line, from := 0, c.split.line, len(b.plain)
	for len(b.entries) < rows && b.size < size {
		n := bytes.IndexByte(seen[at:], '\n') + 1
		if n == 0 || !c.plain(seen[at:at+n], cells) {
			break
		}
		if len(unended(seen[at:at+n])) > 0 {
			b.entries = append(b.entries, entry{line: line, from: from + at, to: from + at + n})
			b.size += n
		}
		at += n
		line++
	}
	b.plain = append(b.plain, seen[:at]...) // empty lines too: no entry is of them
	_, _ = c.split.in.Discard(at)           // cannot fail either
	c.split.offset += int64(at)
	c.split.line = line
	if at > 0 {
		return true
	}
	return bytes.IndexByte(waiting, '\n') < 0 && c.more(len(waiting))
}

// more waits for bytes behind those that wait, and says whether some came. Where
// none did the splitter finds out why.
func (c *csvRows) more(waiting int) bool {
	_, err := c.split.in.Peek(waiting + 1)
	if err != nil && !errors.Is(err, io.EOF) && waiting < c.split.in.Size() {
		c.ended = unreadable(err) // it may not come a second time
	}
	return err == nil
}

// doubts is what there is somewhere in some lines, and so has to be looked for in
// each of them. Most often it is nothing, and looking once is cheaper.
type doubts struct {
	until                  int64 // where those lines end in the file
	quotes, zeros, foreign bool
}

// atOnce is about how many bytes are looked through at once.
const atOnce = 64 << 10

// look gives the lines that wait of which it is known what is in them, and looks
// through the next where there are none. What was seen in lines is true of fewer.
func (c *csvRows) look(waiting []byte) []byte {
	if known := c.doubts.until - c.split.offset; known > 0 {
		return waiting[:known]
	}
	lines := waiting[:min(len(waiting), atOnce)]
	lines = lines[:bytes.LastIndexByte(lines, '\n')+1]
	c.doubts = doubts{
		until:   c.split.offset + int64(len(lines)),
		quotes:  bytes.IndexByte(lines, '"') >= 0,
		zeros:   bytes.IndexByte(lines, 0) >= 0,
		foreign: c.foreign(lines),
	}
	return lines
}

// foreign says whether bytes are no text in the encoding as far as it is known.
func (c *csvRows) foreign(b []byte) bool {
	return !asciiBytes(b) && (c.charset.kind == undecided || c.charset.kind == utf8Text && !utf8.Valid(b))
}

// plain says whether the splitter would make of a line, its end included, a row
// of that many cells, or nothing because it is empty, and nothing else.
func (c *csvRows) plain(line []byte, cells int) bool {
	d := &c.doubts
	if d.quotes && bytes.IndexByte(line, '"') >= 0 || d.zeros && bytes.IndexByte(line, 0) >= 0 || d.foreign && c.foreign(line) {
		return false
	}
	return bytes.Count(line, []byte{c.split.comma}) == cells-1 || len(unended(line)) == 0
}

// asciiBytes is ascii, eight bytes at a time.
func asciiBytes(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
