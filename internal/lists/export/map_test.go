// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/lists/export"
	"github.com/lecito/lecito/internal/problem"
)

func TestAMapSaysWhatColumnsMean(t *testing.T) {
	const text = "Codice;E-mail;Cell;\"Data, ora\";IP;Via;SMS ok\n" +
		"7;a@example.com;333;15/03/2024 10:00;192.0.2.1;;sì\n" +
		"8;b@example.com;;16/03/2024;;;no\n" +
		"9;c@example.com;;;;20/03/2024;\n" +
		"10;d@example.com;;;;;forse\n"
	_, got := told(t, text, export.Options{Zone: rome(t), Map: mapped(t, `id=codice, email=E-mail, phone=Cell, "given_at=Data, ora", ip=IP, withdrawn_at=Via, sms_given=SMS ok`)})
	want := `1 email a@example.com
1 phone 333
1 id 7
1 given on email. at 2024-03-15T09:00:00Z dated from 192.0.2.1 [Data, ora]
1 given on sms. [SMS ok]
2 email b@example.com
2 id 8
2 given on email. at 2024-03-15T23:00:00Z [Data, ora]
3 email c@example.com
3 id 9
3 withdrawn on email. at 2024-03-19T23:00:00Z [Via]
4 wrong line 5, column 7, SMS ok: this says neither yes nor no`
	if got := strings.Join(got, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAMapOfDatesOnlyLeavesTheToolRecognised(t *testing.T) {
	r, _ := told(t, "E-mail,idList,OptOut_Date\na@example.com,1,03/04/2024\n", export.Options{Map: mapped(t, "date=dmy")})
	if r.Tool != "MailUp" {
		t.Errorf("got %s, want MailUp", r.Tool)
	}
}

func TestBadMapsSayWhy(t *testing.T) {
	for _, spec := range []string{"", "email", "email=", "colour=Red", "email=a,email=b", "date=ymd", "email=a,date=",
		"email=a,given=b,email_given=c", "email=a,date=dmy,date=mdy",
	} {
		if _, err := export.ParseMap(spec); problem.As(err) == nil || problem.As(err).Code != "bad_map" {
			t.Errorf("%q: got %v, want bad_map", spec, err)
		}
	}
	for spec, code := range map[string]string{"email=Posta": "unknown_column", "given=Consenso": "bad_map"} {
		_, err := export.Recognise([]string{"E-mail", "Consenso"}, nil, export.Options{Map: mapped(t, spec)})
		if p := problem.As(err); p == nil || p.Code != code {
			t.Errorf("%q: got %v, want %s", spec, err, code)
		}
	}
}

// FuzzMap reads anything as a map. What is refused is a problem that quotes no
// address; what is taken reads a row in the same way each time.
func FuzzMap(f *testing.F) {
	for _, seed := range []string{
		"", "email=E-mail,given_at=Data iscrizione,ip=IP,date=dmy", `id=codice, "given_at=Data, ora", sms_given=SMS ok`, "email=a,EMAIL=b",
		"email=a,given=b,email_given=c", "email=a,sms_email_given=b", "date=mdy", "anna@posta.example=email", "email=a=b,=c", `email="a`, "email=a\nphone=b",
	} {
		f.Add(seed)
	}
	cells := []string{"a@example.com", "yes", "2024-03-15", "no", "192.0.2.1", "+39333", ""}
	f.Fuzz(func(t *testing.T, spec string) {
		var header, row []string
		for part := range strings.SplitSeq(spec, ",") {
			if _, column, ok := strings.Cut(part, "="); ok {
				header, row = append(header, strings.Trim(column, `" `)), append(row, cells[len(row)%len(cells)])
			}
		}
		first := ""
		for again := range 8 {
			got := readOnce(t, spec, header, row)
			if again > 0 && got != first {
				t.Fatalf("read in two ways:\n%s\n%s", first, got)
			}
			first = got
		}
	})
}

// readOnce says what a map makes of a row.
func readOnce(t *testing.T, spec string, header, row []string) string {
	t.Helper()
	m, err := export.ParseMap(spec)
	var r *export.Reader
	if err == nil {
		r, err = export.Recognise(header, [][]string{row}, export.Options{Map: m})
	} else if p := problem.As(err); p == nil || p.Code != "bad_map" || slices.ContainsFunc(p.Places, func(at problem.Place) bool { return strings.Contains(at.Field, "@") }) {
		t.Fatalf("got %v", err)
	}
	if err != nil {
		if problem.As(err) == nil {
			t.Fatalf("an error that is no problem: %v", err)
		}
		return err.Error()
	}
	claims, places := r.Row(2, row)
	said, err := json.Marshal([]any{claims, places})
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}
