// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/lecito/lecito/internal/problem"
	"github.com/xuri/excelize/v2"
)

// Writer writes a list. It is used in one of two ways, decided by whether
// columns are added: rows are given back as they came, or rewritten with the
// added cells, formulas disarmed.
type Writer struct {
	out     io.Writer // CSV
	buf     *bufio.Writer
	charset *charset
	comma   byte
	lineEnd string
	added   int
	began   bool
	line    []byte   // CSV, the row being written
	head    []byte   // CSV, rows as they came
	header  []string // otherwise

	book   *excelize.File // XLSX
	stream *excelize.StreamWriter
	row    int
	size   int
}

// Writer starts a list of the same kind as s: same format, separator, encoding
// and line ends. Without added columns its rows go through Keep, with them
// through Add.
func (s *Sheet) Writer(w io.Writer, added ...string) (*Writer, error) {
	header := append(append([]string(nil), s.Header...), added...)
	if s.Format == XLSX {
		x, err := newXLSX(w, header)
		if err != nil {
			return nil, err
		}
		x.added = len(added)
		return x, nil
	}
	c := *s.charset
	return &Writer{
		out: w, buf: bufio.NewWriterSize(w, 1<<16), charset: &c, comma: s.Comma, lineEnd: s.lineEnd, added: len(added),
		head: s.Head, header: header,
	}, nil
}

// Create starts a new list: CSV in UTF-8 with commas, or XLSX. Its rows go
// through Cells.
func Create(w io.Writer, format Format, header []string) (*Writer, error) {
	if format == XLSX {
		return newXLSX(w, header)
	}
	return &Writer{
		out: w, buf: bufio.NewWriterSize(w, 1<<16), charset: &charset{kind: utf8Text}, comma: ',', lineEnd: "\n",
		header: header,
	}, nil
}

// Keep gives a row back: in CSV byte for byte as it came, in XLSX its cells as
// text.
func (w *Writer) Keep(row Row) error {
	if w.added > 0 {
		return errors.New("keep a row as it came: this list has added columns")
	}
	if w.stream != nil {
		return w.xlsxRow(row.Cells)
	}
	if err := w.begin(w.head); err != nil {
		return err
	}
	_, err := w.buf.Write(row.Raw)
	return writing(err)
}

// KeepOf gives a row of a block back, as Keep does.
func (w *Writer) KeepOf(b *Block, i int) error {
	if b.entries[i].parsed > 0 || w.added > 0 || !w.began {
		return w.Keep(b.Row(i))
	}
	_, err := w.buf.Write(b.raw(i))
	return writing(err)
}

// AddOf writes a row of a block with the added cells behind its own, as Add does.
func (w *Writer) AddOf(b *Block, i int, added ...string) error {
	if b.entries[i].parsed > 0 || w.stream != nil || !w.began || len(added) != w.added || !w.unchanged(b, i) {
		return w.Add(b.Row(i), added...)
	}
	w.line = append(w.line[:0], b.text(i)...)
	for _, cell := range added {
		w.line = append(w.line, w.comma)
		w.cell(Disarm(cell))
	}
	return w.endLine()
}

// unchanged says whether Add would write the cells of a plain row as they came.
func (w *Writer) unchanged(b *Block, i int) bool {
	rest := b.text(i)
	if bytes.IndexByte(rest, '\r') >= 0 || !asciiBytes(rest) && (w.charset.kind != utf8Text || b.charset.kind != utf8Text) {
		return false
	}
	for {
		if len(rest) > 0 && (rest[0] == ' ' || strings.IndexByte(formula, rest[0]) >= 0) {
			return false
		}
		n := bytes.IndexByte(rest, w.comma)
		if n < 0 {
			return true
		}
		rest = rest[n+1:]
	}
}

// Add writes a row with the added cells behind its own. Cells that a
// spreadsheet would take for a formula are disarmed with an apostrophe.
func (w *Writer) Add(row Row, added ...string) error {
	if len(added) != w.added {
		return fmt.Errorf("write a row: %d cells added, %d columns", len(added), w.added)
	}
	cells := make([]string, 0, len(row.Cells)+len(added))
	for _, c := range row.Cells {
		cells = append(cells, Disarm(c))
	}
	for _, c := range added {
		cells = append(cells, Disarm(c))
	}
	return w.Cells(cells)
}

// Cells writes a row of cells as they are.
func (w *Writer) Cells(cells []string) error {
	if w.stream != nil {
		return w.xlsxRow(cells)
	}
	if err := w.begin(nil); err != nil {
		return err
	}
	return w.csvRow(cells)
}

// Close writes what is left. The list is complete only when it returns nil.
func (w *Writer) Close() error {
	if w.stream != nil {
		return w.closeXLSX()
	}
	head := w.head
	if w.added > 0 {
		head = nil
	}
	if err := w.begin(head); err != nil {
		return err
	}
	return writing(w.buf.Flush())
}

// formula is what a spreadsheet takes for the beginning of one.
const formula = "=+-@\t\r"

// Disarm puts an apostrophe before a cell that a spreadsheet would take for a
// formula.
func Disarm(cell string) string {
	if cell != "" && strings.IndexByte(formula, cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

// begin writes the head once: the bytes as they came, or the header.
func (w *Writer) begin(head []byte) error {
	if w.began {
		return nil
	}
	w.began = true
	if head != nil {
		_, err := w.buf.Write(head)
		return writing(err)
	}
	for _, bom := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(w.head, []byte(bom)) {
			if _, err := w.buf.WriteString(bom); err != nil {
				return writing(err)
			}
		}
	}
	if w.added == 0 {
		return w.csvRow(w.header)
	}
	header := make([]string, len(w.header))
	for i, name := range w.header {
		header[i] = Disarm(name)
	}
	return w.csvRow(header)
}

func (w *Writer) csvRow(cells []string) error {
	w.line = w.line[:0]
	for i, cell := range cells {
		if i > 0 {
			w.line = append(w.line, w.comma)
		}
		if len(cells) == 1 && cell == "" {
			w.line = append(w.line, `""`...) // or it would be an empty line
			continue
		}
		w.cell(cell)
	}
	return w.endLine()
}

// cell adds a cell to the row being written, in quotes where it needs them.
func (w *Writer) cell(cell string) {
	if !w.needsQuotes(cell) {
		w.line = append(w.line, cell...)
		return
	}
	w.line = append(w.line, '"')
	w.line = append(w.line, strings.ReplaceAll(cell, `"`, `""`)...)
	w.line = append(w.line, '"')
}

// endLine ends the row and writes it.
func (w *Writer) endLine() error {
	w.line = append(w.line, w.lineEnd...)
	if w.charset.kind == undecided && !asciiBytes(w.line) {
		w.charset.kind = utf8Text
	}
	_, err := w.buf.Write(w.charset.encode(w.line))
	return writing(err)
}

func (w *Writer) needsQuotes(cell string) bool {
	if cell == "" {
		return false
	}
	return cell[0] == ' ' || cell[0] == '\t' || strings.IndexByte(cell, w.comma) >= 0 || strings.IndexByte(cell, '"') >= 0 ||
		strings.IndexByte(cell, '\r') >= 0 || strings.IndexByte(cell, '\n') >= 0
}

func newXLSX(w io.Writer, header []string) (*Writer, error) {
	book := excelize.NewFile(excelize.Options{TmpDir: noTempDir()})
	stream, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, fmt.Errorf("write a worksheet: %w", err)
	}
	x := &Writer{out: w, book: book, stream: stream, header: header}
	return x, x.xlsxRow(header)
}

// xlsxRow adds a row. Everything is text: a string cell is never a formula,
// and numbers such as phones keep their zeros.
func (w *Writer) xlsxRow(cells []string) error {
	w.row++
	values := make([]any, len(cells))
	for i, c := range cells {
		if utf8.RuneCountInString(c) > excelize.TotalCellChars {
			return problem.Newf(problem.TooLarge, "file_too_large", "A cell is longer than the %d characters Excel allows. Use CSV.", excelize.TotalCellChars)
		}
		values[i] = c
		w.size += len(c) + 40
	}
	if w.row > MaxSheetRows || w.size > MaxUnzipped {
		return problem.New(problem.TooLarge, "file_too_large", "The result is too large for an Excel file. Give the list as CSV: CSV files may have any size.")
	}
	return writing(w.stream.SetRow(fmt.Sprintf("A%d", w.row), values))
}

func (w *Writer) closeXLSX() error {
	if err := w.stream.Flush(); err != nil {
		return writing(err)
	}
	return writing(errors.Join(w.book.Write(w.out), w.book.Close()))
}

func writing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write the list: %w", err)
}
