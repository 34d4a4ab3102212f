// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/lists/sheet"
)

// rewritten puts every row of a list through a writer.
func rewritten(t *testing.T, data string, added ...string) string {
	t.Helper()
	s, rows, _ := read(t, data)
	var out bytes.Buffer
	w, err := s.Writer(&out, added...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if len(added) == 0 {
			err = w.Keep(r)
		} else {
			err = w.Add(r, "già scritto")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestKeptRowsAreTheBytesThatCame(t *testing.T) {
	for _, data := range []string{
		"\ufeffTitle\r\n\r\nemail;note\r\na@example.com;\"x\r\ny\"\r\nb@example.com;=1+1",
		"email,name\n\"a@example.com\",\"A\"\n",
		"\xff\xfe" + string(utf16Bytes("email,name\na@example.com,Ł\n", false)),
	} {
		if got := rewritten(t, data); got != data {
			t.Errorf("got %q, want %q", got, data)
		}
	}
}

func TestAddedColumnsKeepTheKindOfFileAndDisarmFormulas(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{
			"\ufeffemail;n\r\na@example.com;=1+1\r\n+39;\"a;b\"\r\n",
			"\ufeffemail;n;reason\r\na@example.com;'=1+1;già scritto\r\n'+39;\"a;b\";già scritto\r\n",
		},
		{"email,n\na@example.com,Forl\xec\n", "email,n,reason\na@example.com,Forl\xec,gi\xe0 scritto\n"},
		{
			"\xff\xfe" + string(utf16Bytes("email,n\na@example.com,A\n", false)),
			"\xff\xfe" + string(utf16Bytes("email,n,reason\na@example.com,A,già scritto\n", false)),
		},
		{"email,n\n", "email,n,reason\n"},
	} {
		if got := rewritten(t, c.data, "reason"); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestAnExcelListGoesOutAsExcel(t *testing.T) {
	in := workbook(t, [][]any{{"email", "phone"}, {"a@example.com", "+39333"}})
	_, rows, _ := read(t, rewritten(t, in))
	if len(rows) != 1 || rows[0].Cells[1] != "+39333" {
		t.Errorf("got %v, want the row as it came", rows)
	}
	s, rows, _ := read(t, rewritten(t, in, "reason"))
	if got := strings.Join(rows[0].Cells, " "); got != "a@example.com '+39333 già scritto" || s.Header[2] != "reason" {
		t.Errorf("got %q under %q", got, s.Header)
	}
}

func TestCreatedListsAreNotDisarmed(t *testing.T) {
	var out bytes.Buffer
	w, err := sheet.Create(&out, sheet.CSV, []string{"phone"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Cells([]string{"+39333"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "phone\n+39333\n" {
		t.Errorf("got %q", got)
	}
}
