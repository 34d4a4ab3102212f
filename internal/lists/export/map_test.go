// SPDX-License-Identifier: Apache-2.0

package export_test

import (
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
	for _, spec := range []string{"", "email", "email=", "colour=Red", "email=a,email=b", "date=ymd", "email=a,date="} {
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
