// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lecito/lecito/internal/lists/sheet"
)

// told is all that a list comes to, one way of reading it or the other.
type told struct {
	rows      []string
	permitted string // the rows kept, every other one
	rejected  string // the others, with cells added
	err       string
}

const wide = "perché; no,\t|\"si\"" // to be added: it needs quotes, and is not ASCII

// byRow reads a list through Next, Keep and Add.
func byRow(t *testing.T, in io.Reader) told {
	t.Helper()
	s, err := sheet.Open(in)
	if err != nil {
		return told{err: err.Error()}
	}
	var out told
	kept, added, done := writers(t, s, &out)
	for err == nil {
		var row sheet.Row
		row, err = s.Next()
		if bad := sheet.AsBadRow(err); bad != nil {
			out.rows, err = append(out.rows, fmt.Sprintf("%d: %+v", bad.Line, *bad.Problem)), nil
			continue
		}
		if err != nil {
			out.err = err.Error()
			break
		}
		out.rows = append(out.rows, fmt.Sprintf("%d: %q %q", row.Line, row.Cells, row.Raw))
		if len(out.rows)%2 == 0 {
			must(t, kept.Keep(row))
		} else {
			must(t, added.Add(row, "=1", wide))
		}
	}
	done()
	return out
}

// byBlock reads a list through Fill, KeepOf and AddOf.
func byBlock(t *testing.T, in io.Reader, rows, size int) told {
	t.Helper()
	s, err := sheet.Open(in)
	if err != nil {
		return told{err: err.Error()}
	}
	var out told
	var b sheet.Block
	kept, added, done := writers(t, s, &out)
	for err == nil {
		err = s.Fill(&b, rows, size)
		for i := range b.Len() {
			if bad := b.Bad(i); bad != nil {
				out.rows = append(out.rows, fmt.Sprintf("%d: %+v", b.Line(i), *bad.Problem))
				continue
			}
			row := b.Row(i)
			for c, cell := range row.Cells {
				if got := string(b.Cell(i, c)); got != cell {
					t.Fatalf("cell %d of line %d: %q, and of the row %q", c, row.Line, got, cell)
				}
			}
			out.rows = append(out.rows, fmt.Sprintf("%d: %q %q", b.Line(i), row.Cells, row.Raw))
			if len(out.rows)%2 == 0 {
				must(t, kept.KeepOf(&b, i))
			} else {
				must(t, added.AddOf(&b, i, "=1", wide))
			}
		}
	}
	out.err = err.Error()
	done()
	return out
}

func writers(t *testing.T, s *sheet.Sheet, out *told) (kept, added *sheet.Writer, done func()) {
	t.Helper()
	var permitted, rejected bytes.Buffer
	kept, err := s.Writer(&permitted)
	must(t, err)
	added, err = s.Writer(&rejected, "reason", "why")
	must(t, err)
	return kept, added, func() {
		must(t, kept.Close())
		must(t, added.Close())
		out.permitted, out.rejected = permitted.String(), rejected.String()
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sameByBlock(t *testing.T, data []byte, wrap func(io.Reader) io.Reader, rows, size int) {
	t.Helper()
	want := byRow(t, wrap(bytes.NewReader(data)))
	got := byBlock(t, wrap(bytes.NewReader(data)), rows, size)
	if reflect.DeepEqual(got, want) {
		return
	}
	for i := range max(len(got.rows), len(want.rows)) {
		if i >= len(got.rows) || i >= len(want.rows) || got.rows[i] != want.rows[i] {
			t.Fatalf("%.200q: row %d of %d: by block %.300v, by row %.300v", data, i, len(want.rows), got.rows[min(i, len(got.rows)):], want.rows[min(i, len(want.rows)):])
		}
	}
	t.Fatalf("%.200q: by block %.300q\n%.300q\n%s, by row %.300q\n%.300q\n%s",
		data, got.permitted, got.rejected, got.err, want.permitted, want.rejected, want.err)
}

func asItIs(r io.Reader) io.Reader { return r }

// TestBlocksHoldTheRowsThatNextGives tries random lists of everything that is
// odd about CSV, short ones and ones that go past what is read at once.
func TestBlocksHoldTheRowsThatNextGives(t *testing.T) {
	rounds := 800
	if os.Getenv("LECITO_SOAK") != "" {
		rounds *= 50
	}
	r := rand.New(rand.NewPCG(3, 4))
	for round := range rounds {
		comma := ",;\t|"[r.IntN(4)]
		eol := []string{"\n", "\r\n", "\r", "\n"}[r.IntN(4)]
		list := head(r, comma, eol)
		wrap := asItIs
		if round%200 == 0 {
			list += strings.Repeat(fmt.Sprintf("anna@example.com%cA%cx%s", comma, comma, eol), 60_000)
			wrap = []func(io.Reader) io.Reader{asItIs, iotest.HalfReader, iotest.DataErrReader}[r.IntN(3)]
		}
		for range r.IntN(30) {
			list += line(r, comma, eol)
		}
		data := []byte(list)
		if r.IntN(8) == 0 {
			data = append([]byte("\xff\xfe"), utf16Bytes(list, false)...)
		}
		sameByBlock(t, data, wrap, 1+r.IntN(20)*r.IntN(20), 1+r.IntN(400)*r.IntN(400))
	}
}

func head(r *rand.Rand, comma byte, eol string) string {
	first := []string{"", "\ufeff", "Title" + eol, eol}[r.IntN(4)]
	switch r.IntN(4) {
	case 0:
		return first + "email" + eol
	case 1:
		return first + fmt.Sprintf("email%ccitt\xe0%cx%s", comma, comma, eol)
	}
	return first + fmt.Sprintf("email%cname%cx%s", comma, comma, eol)
}

// line is a row, most often a good one.
func line(r *rand.Rand, comma byte, eol string) string {
	cells := []string{"a@example.com", "A", "1"}
	if r.IntN(6) == 0 {
		cells = cells[:r.IntN(4)]
	}
	for i := range cells {
		if r.IntN(5) > 0 {
			continue
		}
		cells[i] = []string{
			"", " x", "\tx", "=1+1", "+39 333", "-", "@x", "'x", "\r", "x\r", "\rx", "\x00", "\"q\"", "\"q\"\"" + string(comma) + "\n\"", "\"", "x\"y", "\"x\"y",
			"Forlì", "Forl\xec", "\x81", "\xe2\x82", "Łódź 𝄞", string(comma), "\n", "\r\n", strings.Repeat("é", 20),
		}[r.IntN(26)]
	}
	if r.IntN(20) == 0 {
		eol = []string{"\n", "\r\n", "\r", "\r\r\n", "\n\n", ""}[r.IntN(6)]
	}
	return strings.Join(cells, string(rune(comma))) + eol
}

// TestALineTooLongIsOneInBlocksToo: longer than what is read at once.
func TestALineTooLongIsOneInBlocksToo(t *testing.T) {
	for _, long := range []int{1<<20 - 5, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3 << 20} {
		list := "email,name\na@example.com,A\n,," + strings.Repeat("x", long) + "\n" + strings.Repeat("y", long) + ",z\nc@example.com,C"
		sameByBlock(t, []byte(list), asItIs, 4096, 256<<10)
	}
}

func TestAReadThatFailsEndsTheBlocks(t *testing.T) {
	broken := errors.New("the line broke")
	list := "email,name\n" + strings.Repeat("a@example.com,A\n", 100_000) + "b@exam"
	s, err := sheet.Open(io.MultiReader(strings.NewReader(list), iotest.ErrReader(broken)))
	must(t, err)
	var b sheet.Block
	rows := 0
	for err == nil {
		err = s.Fill(&b, 4096, 256<<10)
		rows += b.Len()
	}
	if !errors.Is(err, broken) || rows != 100_000 {
		t.Errorf("%d rows, then %v", rows, err)
	}
}

func TestAnExcelListComesInBlocks(t *testing.T) {
	sameByBlock(t, []byte(workbook(t, [][]any{{"email", "n"}, {"a@example.com", 1}, {}, {"b@example.com", "=1"}})), asItIs, 1, 1)
}

// FuzzBlock holds the two ways of reading to the same rows.
func FuzzBlock(f *testing.F) {
	for _, seed := range []string{
		"email,name\na@example.com,A\n", "a;b\r\n\"x\"\"y\";2\r\n3;4\r\n", "\ufeffa\tb\n1\t2", "a\n\r\n\r\r\n\n1\n", "a,b\n\x00,1\n\xec,2\n", "a,b\r1,2\r", "\xff\xfea\x00\n\x001\x00",
	} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, rows int) {
		sameByBlock(t, data, asItIs, max(rows, 1), 1<<20)
	})
}

// BenchmarkFill reads rows of about 80 bytes, plain and in quotes.
func BenchmarkFill(b *testing.B) {
	const head, row = "customer,email,first name,city,last order,amount\n", "1234567,Francesca.0012345@posta.example,Francesca,Reggio Emilia,2026-01-01,10.50\n"
	for name, row := range map[string]string{"plain": row, "quoted": `"` + strings.ReplaceAll(strings.TrimSpace(row), ",", `","`) + "\"\n"} {
		list := head + strings.Repeat(row, 100_000)
		b.Run(name, func(b *testing.B) {
			var block sheet.Block
			b.SetBytes(int64(len(list)))
			b.ReportAllocs()
			cells, rows := 0, 0
			for b.Loop() {
				s, err := sheet.Open(strings.NewReader(list))
				for err == nil {
					err = s.Fill(&block, 4096, 256<<10)
					rows += block.Len()
					for i := range block.Len() {
						cells += len(block.Cell(i, 1))
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
			if cells != 31*rows {
				b.Fatal("not what was written was read")
			}
		})
	}
}
