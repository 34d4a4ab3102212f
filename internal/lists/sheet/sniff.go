// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/lecito/lecito/internal/problem"
)

// knownBinary refuses by their first bytes the files people take for lists.
func knownBinary(start []byte) error {
	for _, k := range []struct{ magic, is string }{
		{"\xd0\xcf\x11\xe0", "an old Excel file (.xls), or one protected with a password. Save it as .xlsx without a password, or as CSV"},
		{"%PDF-", "a PDF. Export the list as CSV or XLSX"},
		{"\x1f\x8b", "a compressed file. Unpack it and give the CSV or XLSX inside"},
		{"Rar!", "a RAR archive. Unpack it and give the CSV or XLSX inside"},
		{"7z\xbc\xaf", "a 7-Zip archive. Unpack it and give the CSV or XLSX inside"},
		{"\x89PNG", "a picture. Export the list as CSV or XLSX"},
		{"\xff\xd8\xff", "a picture. Export the list as CSV or XLSX"},
		{"SQLite f", "a database. Export the list as CSV or XLSX"},
	} {
		if bytes.HasPrefix(start, []byte(k.magic)) {
			return binaryFile("This is " + k.is + ".")
		}
	}
	return nil
}

func binaryFile(detail string) error {
	return problem.New(problem.Invalid, "binary_file", detail)
}

// looksLikeText refuses what is not text and settles the encoding as far as
// the start of the file tells.
func (s *Sheet) looksLikeText(start []byte, whole bool) error {
	zeros, strange, even := 0, 0, 0
	for i, c := range start {
		switch {
		case c == 0:
			zeros++
			even += 1 - i&1
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b:
			strange++
		}
	}
	switch {
	case zeros > len(start)/4 && (even == 0 || even == zeros):
		return problem.New(problem.Invalid, "bad_encoding", "The file looks like UTF-16 without a byte-order mark. Save it as UTF-8.")
	case zeros+strange > len(start)/100+2, zeros > 0 && firstLineHasZero(start):
		return binaryFile("The file is not text: it cannot be a CSV list. Export the list as CSV or XLSX.")
	}
	if s.charset.kind == undecided {
		s.charset.kind = guess(start, whole)
	}
	return nil
}

func firstLineHasZero(start []byte) bool {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	return bytes.IndexByte(line, 0) >= 0
}

// layout is how a CSV file is laid out.
type layout struct {
	comma      byte
	lineEnd    string
	headerLine int
}

// sampled is how many records are looked at to find the separator, and the
// header among them.
const sampled = 50

// layOut finds the separator, the line end and the header. The separator is
// the one that cuts the most rows into the same number of cells, at least two.
func layOut(start []byte, whole bool) layout {
	l := layout{comma: ',', lineEnd: "\n"}
	switch lf := bytes.IndexByte(start, '\n'); {
	case lf > 0 && start[lf-1] == '\r':
		l.lineEnd = "\r\n"
	case lf < 0 && bytes.IndexByte(start, '\r') >= 0:
		l.lineEnd = "\r"
	}
	eol := l.lineEnd[len(l.lineEnd)-1]
	if sep, ok := declared(start); ok {
		l.comma = sep
		l.headerLine = 2
		return l
	}
	best, width := 0.0, 1
	for _, comma := range []byte{',', ';', '\t', '|'} {
		share, cells := agreement(sample(start, comma, eol, whole))
		if share > best || share == best && cells > width {
			best, width, l.comma = share, cells, comma
		}
	}
	if best < 0.5 {
		l.comma, width = ',', 1
	}
	l.headerLine = headerLine(sample(start, l.comma, eol, whole), width)
	return l
}

// declared reads Excel's first line "sep=;".
func declared(start []byte) (byte, bool) {
	if len(start) < 6 || !strings.EqualFold(string(start[:4]), "sep=") || start[5] != '\r' && start[5] != '\n' {
		return 0, false
	}
	return start[4], bytes.IndexByte([]byte(",;\t|"), start[4]) >= 0
}

// sample splits the first records; the last is left out when the window cut it.
func sample(start []byte, comma, eol byte, whole bool) []record {
	split := newSplitter(bufio.NewReader(bytes.NewReader(start)), comma, eol)
	var recs []record
	for len(recs) < sampled {
		rec, err := split.next()
		if errors.Is(err, io.EOF) {
			break
		}
		recs = append(recs, rec)
	}
	if !whole && len(recs) > 1 && split.offset == int64(len(start)) {
		recs = recs[:len(recs)-1]
	}
	return recs
}

// agreement says which number of cells, at least two, most records have, and
// what share of them. Lines of one cell before the first wider one count a
// quarter: they may be a title.
func agreement(recs []record) (float64, int) {
	counts := map[int]int{}
	total, titles := 0, 0
	for _, rec := range recs {
		n := len(rec.ends)
		if rec.flaw == nil && n < 2 && total == 0 {
			titles++
			continue
		}
		total++
		if rec.flaw == nil && n >= 2 {
			counts[n]++
		}
	}
	most, width := 0, 1
	for n, c := range counts {
		if c > most || c == most && n > width {
			most, width = c, n
		}
	}
	if total == 0 {
		return 0, 1
	}
	return float64(most) / (float64(total) + float64(titles)/4), width
}

// headerLine finds the first line that can be the header of a table of that
// width: as wide, at least half filled, and holding no address; failing that
// (all rows are one cell off) the first with two names.
func headerLine(recs []record, width int) int {
	if width < 2 {
		return narrowHeader(recs)
	}
	for _, exact := range []bool{true, false} {
		for _, rec := range recs {
			cells := rec.cells()
			if rec.flaw != nil || holdsAddress(cells) || exact && len(cells) != width {
				continue
			}
			if n := filled(cells); exact && n >= (width+1)/2 || !exact && n >= 2 {
				return rec.line
			}
		}
	}
	return firstLine(recs)
}

// narrowHeader finds the header of a list of one column: the line before the
// first address.
func narrowHeader(recs []record) int {
	before := firstLine(recs)
	for _, rec := range recs {
		if rec.flaw == nil && holdsAddress(rec.cells()) {
			return before
		}
		before = rec.line
	}
	return firstLine(recs)
}

func firstLine(recs []record) int {
	if len(recs) == 0 {
		return 1
	}
	return recs[0].line
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

func holdsAddress(cells []string) bool {
	for _, c := range cells {
		if looksLikeAddress(strings.TrimSpace(c)) {
			return true
		}
	}
	return false
}
