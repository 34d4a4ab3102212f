// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/xuri/excelize/v2"
)

func zipOf(tb testing.TB, pairs ...string) string {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write([]byte(pairs[i+1])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// workbook makes an Excel file with a hidden first sheet.
func workbook(tb testing.TB, rows [][]any) string {
	tb.Helper()
	f := excelize.NewFile()
	custom := "dd/mm/yyyy hh:mm"
	when, err := f.NewStyle(&excelize.Style{CustomNumFmt: &custom})
	errs := []error{err}
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	errs = append(errs, err, f.SetSheetName("Sheet1", "Hidden"))
	_, err = f.NewSheet("People")
	errs = append(errs, err)
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		errs = append(errs, err, f.SetSheetRow("People", cell, &row))
	}
	f.SetActiveSheet(1)
	errs = append(errs, f.SetSheetVisible("Hidden", false),
		f.SetCellStyle("People", "C2", "C9", when), f.SetCellStyle("People", "D2", "D9", day))
	var b bytes.Buffer
	if err := errors.Join(append(errs, f.Write(&b), f.Close())...); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestAnExcelFileReadsLikeAList(t *testing.T) {
	at := time.Date(2024, 3, 15, 14, 30, 0, 0, time.UTC)
	s, rows, bad := read(t, workbook(t, [][]any{
		{"email", "phone", "joined", "born", "city"},
		{"a@example.com", 393331234567, at, at, "Roma"},
		{"b@example.com", "0612", nil, nil},
		{},
		{"c@example.com", nil, nil, nil, nil, "too many"},
	}))
	if s.Name != "People" || s.HeaderLine != 1 {
		t.Errorf("got sheet %q, header in row %d; want the first visible one", s.Name, s.HeaderLine)
	}
	want := [][]string{
		{"a@example.com", "393331234567", "2024-03-15 14:30:00", "2024-03-15", "Roma"},
		{"b@example.com", "0612", "", "", ""},
	}
	for i, r := range rows {
		if i >= len(want) || !reflect.DeepEqual(r.Cells, want[i]) {
			t.Errorf("row %d: got %q", r.Line, r.Cells)
		}
	}
	if len(rows) != len(want) || bad[5] != "cell_count" {
		t.Errorf("got %d rows, bad %v; want 2 rows and row 5 refused", len(rows), bad)
	}
}

func TestAnExcelTitleIsNotTheHeader(t *testing.T) {
	s, rows, _ := read(t, workbook(t, [][]any{{"Newsletter"}, {}, {"email", "name"}, {"a@example.com", "A"}}))
	if s.HeaderLine != 3 || len(rows) != 1 {
		t.Errorf("got header in row %d, %d rows; want 3 and 1", s.HeaderLine, len(rows))
	}
}

func TestAZipBombIsRefusedUnread(t *testing.T) {
	sheetXML := `<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>` + strings.Repeat("x", 9<<20) + `</t></is></c></row></sheetData></worksheet>`
	pairs := []string{"xl/workbook.xml", "<workbook/>"}
	for i := range 60 {
		pairs = append(pairs, "xl/worksheets/sheet"+string(rune('A'+i))+".xml", sheetXML)
	}
	_, err := sheet.Open(strings.NewReader(zipOf(t, pairs...)))
	if p := problem.As(err); p == nil || p.Code != "file_too_large" {
		t.Errorf("got %v, want file_too_large", err)
	}
}

func TestNoTemporaryFileHoldsTheList(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var out bytes.Buffer
	w, err := sheet.Create(&out, sheet.XLSX, []string{"email", "note"})
	if err != nil {
		t.Fatal(err)
	}
	note := strings.Repeat("n", 30000)
	for range 1200 { // more than the 16 MiB from which the library would use a file
		if err := w.Cells([]string{"a@example.com", note}); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) != 0 {
		t.Errorf("got %d temporary files while writing", len(left))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := sheet.Open(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := all(s)
	if err != nil || len(rows) != 1200 {
		t.Errorf("got %d rows, %v; want 1200", len(rows), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %d temporary files while reading", len(left))
	}
}

// FuzzXLSX puts the data where the worksheet is, and in place of the file.
func FuzzXLSX(f *testing.F) {
	whole := workbook(f, [][]any{{"email", "n"}, {"a@example.com", 1}})
	f.Add([]byte(whole))
	for _, seed := range []string{
		`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>email</t></is></c></row></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="99999999"><c r="A1" t="s"><v>-1</v></c></row></sheetData></worksheet>`,
		`<worksheet><sheetData><row><c r="XFD1" s="-1" t="d"><v>2024-01-01T00:00:00Z</v></c></row></sheetData></worksheet>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, file := range []string{string(data), withSheet(t, whole, data)} {
			s, err := sheet.Open(strings.NewReader(file))
			if err == nil {
				_, _, err = all(s)
			}
			if err != nil && problem.As(err) == nil {
				t.Fatalf("an error that is no problem: %v", err)
			}
		}
	})
}

// withSheet swaps the second worksheet of a workbook for other bytes.
func withSheet(t *testing.T, whole string, data []byte) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		content := b.String()
		if f.Name == "xl/worksheets/sheet2.xml" {
			content = string(data)
		}
		pairs = append(pairs, f.Name, content)
	}
	return zipOf(t, pairs...)
}
