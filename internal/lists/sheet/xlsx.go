// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lecito/lecito/internal/problem"
	"github.com/xuri/excelize/v2"
)

// noTempDir names a folder that cannot exist. excelize writes large worksheets in
// clear text to a temporary file and falls back to memory when it can't make one.
func noTempDir() string { return filepath.Join(os.DevNull, "none") }

// xlsxRows is the source of the rows of a worksheet.
type xlsxRows struct {
	file   *excelize.File
	rows   *excelize.Rows
	number int // of the last row read
	width  int // of the header; 0 until it is known
}

func openXLSX(in io.Reader) (s *Sheet, err error) {
	defer refusePanic(&err)
	data, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	if len(data) > MaxFile {
		return nil, problem.New(problem.TooLarge, "file_too_large", "The Excel file is larger than 128 MiB. Save it as CSV: CSV files may have any size.")
	}
	if err := checkZip(data); err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		// Equal limits: nothing is unpacked to a file.
		UnzipSizeLimit: MaxUnzipped, UnzipXMLSizeLimit: MaxUnzipped, TmpDir: noTempDir(),
	})
	if err != nil {
		return nil, unreadableXLSX(err)
	}
	if err := isoDates(file); err != nil {
		return nil, err
	}
	s = &Sheet{Format: XLSX}
	if s.Name, err = visible(file); err != nil {
		return nil, err
	}
	rows, err := file.Rows(s.Name)
	if err != nil {
		return nil, unreadableXLSX(err)
	}
	source := &xlsxRows{file: file, rows: rows}
	s.rows = source
	return s, s.xlsxHeader(source)
}

// checkZip looks at the table of contents before anything is unpacked. Go's
// reader refuses entries that unpack to more than they say.
func checkZip(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return unreadableXLSX(err)
	}
	var total uint64
	workbook := false
	for _, f := range z.File {
		total += f.UncompressedSize64
		workbook = workbook || strings.EqualFold(f.Name, "xl/workbook.xml")
		if f.UncompressedSize64 > MaxUnzipped || total > MaxUnzipped {
			return problem.New(problem.TooLarge, "file_too_large", "The Excel file unpacks to more than 512 MiB. Save it as CSV: CSV files may have any size.")
		}
	}
	if !workbook {
		return binaryFile("This is an archive, not an Excel file (.xlsx). Unpack it and give the CSV or XLSX inside; save other spreadsheets as .xlsx or CSV.")
	}
	return nil
}

// visible gives the first worksheet people see.
func visible(file *excelize.File) (string, error) {
	for _, name := range file.GetSheetList() {
		if ok, err := file.GetSheetVisible(name); err == nil && ok {
			return name, nil
		}
	}
	return "", problem.New(problem.Invalid, "empty_file", "The Excel file has no visible worksheet.")
}

// xlsxHeader reads up to the header: the first row with two names, or with one
// when the row below has no more.
func (s *Sheet) xlsxHeader(source *xlsxRows) error {
	var recs []Row
	for len(recs) < sampled {
		row, err := source.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if !blank(row.Cells) {
			recs = append(recs, row)
		}
	}
	if len(recs) == 0 {
		return emptyFile()
	}
	at := xlsxHeaderRow(recs)
	header := recs[at].Cells
	source.width = len(header)
	s.rows = &replay{rows: recs[at+1:], source: source}
	return s.setHeader(recs[at].Line, header)
}

func xlsxHeaderRow(recs []Row) int {
	width := 0
	for _, r := range recs {
		width = max(width, filled(r.Cells))
	}
	least := min(width, max(2, (width+1)/2))
	for i, r := range recs {
		if filled(r.Cells) >= least && !holdsAddress(r.Cells) {
			return i
		}
	}
	return 0
}

// replay gives the rows that were read to find the header, then the others.
type replay struct {
	rows   []Row
	source *xlsxRows
}

func (r *replay) next() (Row, error) {
	if len(r.rows) == 0 {
		return r.source.next()
	}
	row := r.rows[0]
	r.rows = r.rows[1:]
	row.Cells = r.source.pad(row.Cells)
	return row, nil
}

func (r *replay) close() error { return r.source.close() }

func (x *xlsxRows) next() (row Row, err error) {
	defer refusePanic(&err)
	if !x.rows.Next() {
		if err := x.rows.Error(); err != nil {
			return Row{}, unreadableXLSX(err)
		}
		return Row{}, io.EOF
	}
	x.number++
	if x.number > MaxSheetRows {
		return Row{}, unreadableXLSX(errors.New("a row number beyond the last row of a worksheet"))
	}
	cells, err := x.rows.Columns()
	if err != nil {
		return Row{}, unreadableXLSX(err)
	}
	if len(cells) > MaxColumns {
		return Row{}, problem.New(problem.TooLarge, "too_many_columns", "A row has more than 2000 cells.").
			At(problem.Place{Line: x.number, Column: MaxColumns + 1, Detail: "this cell is one too many"})
	}
	size := 0
	for _, c := range cells {
		size += len(c)
	}
	if size > MaxRow {
		return Row{}, &BadRow{Line: x.number, Problem: problem.New(problem.Invalid, "line_too_long", "This row is longer than 1 MiB.").
			At(problem.Place{Line: x.number, Detail: "this row is too long"})}
	}
	return Row{Line: x.number, Cells: x.pad(cells)}, nil
}

// pad adds the empty cells at the end of a row, which XLSX leaves out, and
// takes empty ones behind the last column away.
func (x *xlsxRows) pad(cells []string) []string {
	for x.width > 0 && len(cells) > x.width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	for len(cells) < x.width {
		cells = append(cells, "")
	}
	return cells
}

func (x *xlsxRows) close() error { return errors.Join(x.rows.Close(), x.file.Close()) }

// isoDates makes every date read as 2006-01-02 or 2006-01-02 15:04:05, and
// every other number as it is stored, whatever the worksheet shows.
func isoDates(file *excelize.File) error {
	if file.Styles == nil || file.Styles.CellXfs == nil {
		return nil
	}
	custom := map[int]string{}
	if file.Styles.NumFmts != nil {
		for _, f := range file.Styles.NumFmts.NumFmt {
			if f != nil {
				custom[f.NumFmtID] = f.FormatCode
			}
		}
	}
	general, known := 0, len(file.Styles.CellXfs.Xf)
	day, err := numberFormat(file, "yyyy-mm-dd")
	if err != nil {
		return unreadableXLSX(err)
	}
	instant, err := numberFormat(file, "yyyy-mm-dd hh:mm:ss")
	if err != nil {
		return unreadableXLSX(err)
	}
	for i := range file.Styles.CellXfs.Xf[:known] {
		xf := &file.Styles.CellXfs.Xf[i]
		if xf.NumFmtID == nil {
			continue
		}
		switch hasDate, hasTime := dateFormat(*xf.NumFmtID, custom[*xf.NumFmtID]); {
		case hasDate && hasTime:
			xf.NumFmtID = instant
		case hasDate:
			xf.NumFmtID = day
		default:
			xf.NumFmtID = &general
		}
	}
	return nil
}

// numberFormat adds a number format to the workbook in memory.
func numberFormat(file *excelize.File, code string) (*int, error) {
	style, err := file.NewStyle(&excelize.Style{CustomNumFmt: &code})
	if err != nil {
		return nil, err
	}
	if style >= len(file.Styles.CellXfs.Xf) || file.Styles.CellXfs.Xf[style].NumFmtID == nil {
		return nil, errors.New("the styles of the workbook cannot be read")
	}
	id := *file.Styles.CellXfs.Xf[style].NumFmtID
	return &id, nil
}

// dateFormat says whether a number format shows a day, and a time of day.
func dateFormat(id int, code string) (hasDate, hasTime bool) {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58 && id != 55 && id != 56:
		return true, false
	case id == 22:
		return true, true
	case code == "":
		return false, false
	}
	code = strings.ToLower(stripQuoted(code))
	hasDate = strings.Contains(code, "yy") || strings.Contains(code, "d") && strings.Contains(code, "m")
	return hasDate, strings.Contains(code, "h")
}

// stripQuoted takes literal text, colours and escapes out of a number format.
func stripQuoted(code string) string {
	var b strings.Builder
	in := byte(0)
	for i := 0; i < len(code); i++ {
		c := code[i]
		switch {
		case in != 0:
			if c == in {
				in = 0
			}
		case c == '"':
			in = '"'
		case c == '[':
			in = ']'
		case c == '\\':
			i++
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unreadableXLSX(err error) error {
	return problem.New(problem.Invalid, "unreadable_xlsx", "The Excel file is damaged or not an .xlsx file. Open it in a spreadsheet program and save it again, or save it as CSV.").Because(err)
}

// refusePanic turns a panic of the library over a crafted file into a problem.
func refusePanic(err *error) {
	if r := recover(); r != nil {
		*err = unreadableXLSX(fmt.Errorf("panic: %v", r))
	}
}
