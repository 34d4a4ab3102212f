// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
)

// read gives all rows, and the codes of the bad ones by their line.
func read(t *testing.T, data string) (*sheet.Sheet, []sheet.Row, map[int]string) {
	t.Helper()
	s, err := sheet.Open(strings.NewReader(data))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	rows, bad, err := all(s)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return s, rows, bad
}

func all(s *sheet.Sheet) (rows []sheet.Row, bad map[int]string, err error) {
	bad = map[int]string{}
	for {
		row, err := s.Next()
		if errors.Is(err, io.EOF) {
			return rows, bad, nil
		}
		if b := sheet.AsBadRow(err); b != nil {
			bad[b.Line] = b.Problem.Code
			continue
		}
		if err != nil {
			return rows, bad, err
		}
		rows = append(rows, row)
	}
}

func TestLayoutIsFoundOut(t *testing.T) {
	for name, c := range map[string]struct {
		data   string
		comma  byte
		line   int
		header []string
		rows   int
	}{
		"comma":            {"email,name\na@example.com,A\n", ',', 1, []string{"email", "name"}, 1},
		"semicolon":        {"email;name\na@example.com;Rossi, A\nb@example.com;Verdi, B\n", ';', 1, []string{"email", "name"}, 2},
		"tab":              {"email\tname\r\na@example.com\tA\r\n", '\t', 1, []string{"email", "name"}, 1},
		"pipe":             {"email|name\na@example.com|A", '|', 1, []string{"email", "name"}, 1},
		"one column":       {"email\na@example.com\n", ',', 1, []string{"email"}, 1},
		"title":            {"Export of 3 March, all lists\n\nemail,name,city\na@example.com,A,Roma\nb@example.com,B,Roma\n", ',', 3, []string{"email", "name", "city"}, 2},
		"padded title":     {"Contacts,,,\nemail,name,city,zip\na@example.com,A,Roma,00100\n", ',', 2, []string{"email", "name", "city", "zip"}, 1},
		"title, one wide":  {"My newsletter\nE-mail\na@example.com\n", ',', 2, []string{"E-mail"}, 1},
		"sep line":         {"sep=;\r\nemail;name\r\na@example.com;A\r\n", ';', 2, []string{"email", "name"}, 1},
		"quoted breaks":    {"email,note\na@example.com,\"one\r\ntwo\"\nb@example.com,x\n", ',', 1, []string{"email", "note"}, 2},
		"old Mac":          {"email,name\ra@example.com,A\rb@example.com,B\r", ',', 1, []string{"email", "name"}, 2},
		"blank lines":      {"email,name\n\n\na@example.com,A\n\n", ',', 1, []string{"email", "name"}, 1},
		"header only":      {"email;name\n", ';', 1, []string{"email", "name"}, 0},
		"UTF-8 mark":       {"\ufeffemail,name\na@example.com,A\n", ',', 1, []string{"email", "name"}, 1},
		"names with space": {" email , name \na@example.com,A\n", ',', 1, []string{"email", "name"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, rows, bad := read(t, c.data)
			if s.Comma != c.comma || s.HeaderLine != c.line || !reflect.DeepEqual(s.Header, c.header) {
				t.Errorf("got %q, line %d, %q; want %q, line %d, %q", s.Comma, s.HeaderLine, s.Header, c.comma, c.line, c.header)
			}
			if len(rows) != c.rows || len(bad) != 0 {
				t.Errorf("got %d rows, bad %v; want %d rows", len(rows), bad, c.rows)
			}
		})
	}
}

func TestWhatIsNoListIsRefusedByName(t *testing.T) {
	for name, c := range map[string]struct{ data, code string }{
		"empty":         {"", "empty_file"},
		"white space":   {" \n\r\n", "empty_file"},
		"only a mark":   {"\ufeff", "empty_file"},
		"many blanks":   {strings.Repeat("\n", 100), "empty_file"},
		"old Excel":     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "binary_file"},
		"PDF":           {"%PDF-1.7 rest of it", "binary_file"},
		"noise":         {strings.Repeat("\x00\x01\x02\x03abc\x04", 100), "binary_file"},
		"zip":           {zipOf(t, "readme.txt", "hello"), "binary_file"},
		"cut zip":       {"PK\x03\x04 and no more", "unreadable_xlsx"},
		"UTF-16 bare":   {string(utf16Bytes("email,name\na@example.com,A\n", false)), "bad_encoding"},
		"no header":     {"a@example.com,Anna\nb@example.com,Bo\n", "no_header"},
		"bare list":     {"a@example.com\nb@example.com\n", "no_header"},
		"no names":      {",,\n,,\n", "no_header"},
		"duplicate":     {"email,name,Email\na@example.com,A,a@example.com\n", "duplicate_header"},
		"long header":   {"email," + strings.Repeat("x", 2<<20) + "\n", "line_too_long"},
		"broken header": {"email,\"name\nx,y\n", "unterminated_quote"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sheet.Open(strings.NewReader(c.data))
			p := problem.As(err)
			if p == nil || p.Code != c.code {
				t.Errorf("got %v, want a problem %s", err, c.code)
			}
		})
	}
}

func TestDuplicateHeaderNamesBothColumns(t *testing.T) {
	_, err := sheet.Open(strings.NewReader("email,name,EMAIL\n"))
	if err == nil || !strings.Contains(err.Error(), "Columns 1 and 3") {
		t.Errorf("got %v, want both columns named", err)
	}
}

func TestABadRowDoesNotEndTheReading(t *testing.T) {
	_, rows, bad := read(t, "email,name\n"+
		"a@example.com,A\n"+
		"short\n"+
		"b@example.com,B,extra\n"+
		"c@example.com,12\" disc\n"+
		"d@example.com,\"D\"x\n"+
		"e@example.com,\x00\n"+
		"f@example.com,F\n")
	want := map[int]string{3: "cell_count", 4: "cell_count", 5: "bare_quote", 6: "stray_quote", 7: "bad_encoding"}
	if !reflect.DeepEqual(bad, want) {
		t.Errorf("got bad rows %v, want %v", bad, want)
	}
	if len(rows) != 2 || rows[1].Line != 8 {
		t.Errorf("got rows %v, want those of lines 2 and 8", rows)
	}
}

func TestAQuoteThatNeverClosesIsReportedWhereItOpens(t *testing.T) {
	_, rows, bad := read(t, "email,name\na@example.com,A\nb@example.com,\"B\nc@example.com,C\n")
	if len(rows) != 1 || bad[3] != "unterminated_quote" {
		t.Errorf("got %d rows, bad %v; want 1 row and line 3 unterminated", len(rows), bad)
	}
}

func TestATenMegabyteLineIsOneBadRow(t *testing.T) {
	for name, long := range map[string]string{"plain": strings.Repeat("x", 10<<20), "quoted": `"` + strings.Repeat("x\n", 5<<20) + `"`} {
		s, rows, bad := read(t, "email,name\na@example.com,A\nb@example.com,"+long+"\nc@example.com,C\n")
		if bad[3] != "line_too_long" || len(rows) != 2 || rows[1].Cells[0] != "c@example.com" {
			t.Errorf("%s: got %d rows, bad %v; want line 3 too long and the row behind it", name, len(rows), bad)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestEncodings(t *testing.T) {
	const text = "email;città\r\na@example.com;Forlì €\r\nb@example.com;\"Łódź 𝄞\"\r\n"
	latin := "email;citt\xe0\r\na@example.com;Forl\xec \x80\r\n"
	for name, c := range map[string]struct {
		data, encoding, city string
	}{
		"UTF-8":           {text, "UTF-8", "Forlì €"},
		"UTF-8 mark":      {"\ufeff" + text, "UTF-8", "Forlì €"},
		"UTF-16LE":        {"\xff\xfe" + string(utf16Bytes(text, false)), "UTF-16LE", "Forlì €"},
		"UTF-16BE":        {"\xfe\xff" + string(utf16Bytes(text, true)), "UTF-16BE", "Forlì €"},
		"Windows-1252":    {latin, "Windows-1252", "Forlì €"},
		"late":            {"email;name\r\n" + strings.Repeat("a@example.com;A\r\n", 100000) + "z@example.com;Forl\xec\r\n", "Windows-1252", "Forlì"},
		"late UTF-8":      {"email;name\r\n" + strings.Repeat("a@example.com;A\r\n", 100000) + "z@example.com;Forlì\r\n", "UTF-8", "Forlì"},
		"one damaged row": {"email;città\na@example.com;Forlì\nb@example.com;\xff\n", "UTF-8", "Forlì"},
	} {
		t.Run(name, func(t *testing.T) {
			s, rows, _ := read(t, c.data)
			got := ""
			for _, r := range rows {
				if strings.HasPrefix(r.Cells[1], "Forl") {
					got = r.Cells[1]
				}
			}
			if s.Encoding() != c.encoding || got != c.city {
				t.Errorf("got %s, %q; want %s, %q", s.Encoding(), got, c.encoding, c.city)
			}
			if whole := joined(s, rows); name != "one damaged row" && whole != c.data {
				t.Error("head and rows put together are not the file")
			}
		})
	}
}

func TestACutUTF16FileIsAProblem(t *testing.T) {
	s, err := sheet.Open(strings.NewReader("\xff\xfe" + string(utf16Bytes("email,name\na@example.com,A\n", false)) + "x"))
	if err == nil {
		_, _, err = all(s)
	}
	if p := problem.As(err); p == nil || p.Code != "bad_encoding" {
		t.Errorf("got %v, want bad_encoding", err)
	}
}

// joined puts the raw bytes back together.
func joined(s *sheet.Sheet, rows []sheet.Row) string {
	var b bytes.Buffer
	b.Write(s.Head)
	for _, r := range rows {
		b.Write(r.Raw)
	}
	return b.String()
}

func TestRealExportsComeBackByteForByte(t *testing.T) {
	for _, path := range shared(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, rows, bad := read(t, string(data))
		if len(bad) != 0 || len(rows) == 0 {
			t.Errorf("%s: got %d rows, bad %v", filepath.Base(path), len(rows), bad)
		}
		if joined(s, rows) != string(data) {
			t.Errorf("%s: head and rows put together are not the file", filepath.Base(path))
		}
	}
}

// shared gives the exports kept beside the repository.
func shared(t *testing.T) []string {
	t.Helper()
	const dir = "../../../../shared/data/lists"
	paths, err := filepath.Glob(dir + "/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(dir + "/*/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, more...)
	if len(paths) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("the shared exports are not at %s", dir)
		}
		t.Skipf("the shared exports are not at %s", dir)
	}
	return paths
}

func utf16Bytes(s string, big bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
			continue
		}
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// FuzzCSV holds the reader to three promises: it never panics, what it gives
// back is a part of the file, and encoding/csv reads the same cells.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"email,name\na@example.com,A\n", "a;b\r\n\"x\"\"y\";2\r\n", "\ufeffa\tb\n1\t2", "a|b\n\"1\n2\"|3\n", "sep=,\na,b\n1,2\n",
		"a,b\n\"1,2\n", "a,b\n1\"2,3\n\"1\"2,3\n", "\xff\xfea\x00,\x00b\x00\n\x00", "a,b\r1,2\r", "a,b\n\"x\r\ny\",\r\n", "a,b\n\r\n\r\r\n", "a\n\"\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := sheet.Open(bytes.NewReader(data))
		if err != nil {
			return
		}
		rows, bad, err := all(s)
		if err != nil && problem.As(err) == nil {
			t.Fatalf("an error that is no problem: %v", err)
		}
		rest := data
		for i, raw := range append([][]byte{s.Head}, raws(rows)...) {
			at := bytes.Index(rest, raw)
			if at < 0 || i == 0 && at != 0 {
				t.Fatalf("part %d, %q, is not in the file in its place", i, raw)
			}
			rest = rest[at+len(raw):]
		}
		if err == nil && len(bad) == 0 && s.Encoding() == "UTF-8" && bytes.IndexByte(data, '\n') >= 0 {
			sameAsEncodingCSV(t, s, rows)
		}
	})
}

func raws(rows []sheet.Row) [][]byte {
	var out [][]byte
	for _, r := range rows {
		out = append(out, r.Raw)
	}
	return out
}

func sameAsEncodingCSV(t *testing.T, s *sheet.Sheet, rows []sheet.Row) {
	t.Helper()
	var body bytes.Buffer
	for _, r := range rows {
		body.Write(r.Raw)
	}
	ref := csv.NewReader(&body)
	ref.Comma, ref.FieldsPerRecord = rune(s.Comma), -1
	want, err := ref.ReadAll()
	if err != nil {
		t.Fatalf("encoding/csv refuses what was read: %v", err)
	}
	if len(want) != len(rows) {
		t.Fatalf("got %d rows, encoding/csv %d", len(rows), len(want))
	}
	for i, r := range rows {
		if !reflect.DeepEqual(r.Cells, want[i]) {
			t.Fatalf("row %d: got %q, encoding/csv %q", i, r.Cells, want[i])
		}
	}
}
