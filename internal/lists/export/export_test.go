// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/lists/export"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

const sharedDir = "../../../../shared/data/lists/"

// open gives the text of a file kept beside the repository, or of testdata.
func open(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if errors.Is(err, os.ErrNotExist) {
		data, err = os.ReadFile(sharedDir + name)
	}
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("the shared export %s is not at %s", name, sharedDir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// told is everything a file says, one line for each claim, by its row.
func told(t *testing.T, text string, o export.Options) (*export.Reader, []string) {
	t.Helper()
	rows, header := cells(t, text)
	r, err := export.Recognise(header, rows, o)
	if err != nil {
		t.Fatalf("recognise: %v", err)
	}
	survey := r.Survey()
	for _, row := range rows {
		survey.Add(row)
	}
	if _, err := survey.Finish(); err != nil {
		t.Fatalf("survey: %v", err)
	}
	var out []string
	for i, row := range rows {
		claims, places := r.Row(i+2, row)
		for _, p := range places {
			out = append(out, fmt.Sprintf("%d wrong %s", i+1, p))
		}
		for _, id := range claims.Identifiers {
			out = append(out, fmt.Sprintf("%d %s %s", i+1, id.Kind, id.Value))
		}
		for _, c := range slices.Concat(claims.Choices, claims.Facts) {
			out = append(out, fmt.Sprintf("%d %s", i+1, line(c)))
		}
	}
	return r, out
}

// line writes a claim as a line.
func line(c export.Claim) string {
	words := []string{c.Kind}
	if c.Kind == lawful.KindChoice {
		words = []string{c.Choice}
	}
	words = append(words, "on", c.Channel+".")
	if c.System != "" {
		words = append(words, "in "+c.System)
	}
	if c.Happened != nil {
		words = append(words, "at", c.Happened.Format(time.RFC3339))
	}
	if c.Confirmed != nil {
		words = append(words, "confirmed", c.Confirmed.Format(time.RFC3339))
	}
	if c.Dated {
		words = append(words, "dated from", c.IP)
	}
	if c.Bulk {
		words = append(words, "bulk")
	}
	return strings.Join(append(words, "["+c.Column+"]"), " ")
}

func cells(t *testing.T, text string) ([][]string, []string) {
	t.Helper()
	s, err := sheet.Open(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for {
		row, err := s.Next()
		if errors.Is(err, io.EOF) {
			return rows, s.Header
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row.Cells)
	}
}

// TestExportsOfKnownTools reads testdata/known.txt: for each file the tool it
// is recognised as, and everything it says.
func TestExportsOfKnownTools(t *testing.T) {
	sections := strings.Split(open(t, "known.txt"), "\n-- ")[1:]
	if len(sections) == 0 {
		t.Fatal("testdata/known.txt holds no section")
	}
	for _, section := range sections {
		head, want, _ := strings.Cut(section, "\n")
		file, tool, _ := strings.Cut(head, " | ")
		t.Run(file, func(t *testing.T) {
			r, got := told(t, open(t, file), export.Options{})
			if name := strings.TrimSpace(r.Tool + " " + r.Section); name != tool {
				t.Errorf("got %q, want %q", name, tool)
			}
			if got, want := strings.Join(got, "\n"), strings.TrimSpace(want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestListmonkImportFilesAreContactsOnly(t *testing.T) {
	r, got := told(t, open(t, "listmonk-import/subs.csv"), export.Options{})
	if r.Tool != "listmonk" || got[0] != "1 email user0@mail.com" {
		t.Errorf("got %s, first %q", r.Tool, got[0])
	}
	if i := slices.IndexFunc(got, func(l string) bool { return !strings.Contains(l, " email ") }); i >= 0 {
		t.Errorf("more than contacts: %q", got[i])
	}
}

func TestSmallCases(t *testing.T) {
	for name, c := range map[string]struct {
		file, text, want string
	}{
		"single opt-in is no confirmation": {"", "Email Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID\na@example.com,2024-01-01 00:00:00,192.0.2.1,2024-01-01 00:00:00,192.0.2.1,1,2\n", "1 given on email. at 2024-01-01T00:00:00Z dated from 192.0.2.1 [OPTIN_TIME]"},
		"opt-in without origin":            {"", "Email Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,EUID\na@example.com,2024-01-01 00:00:00,,,1,2\n", "1 given on email. at 2024-01-01T00:00:00Z [OPTIN_TIME]"},
		"never subscribed by its name":     {"nonsubscribed_members_export_1.csv", "Email Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,EUID\na@example.com,,,2024-01-01 00:00:00,1,2\n", ""},
		"SendGrid block":                   {"suppression_blocks.csv", "email,created,reason,status\na@example.com,1700000000,550 5.7.1 policy,5.7.1\n", "1 blocked on email. in SendGrid at 2023-11-14T22:13:20Z [created]"},
		"SendGrid policy bounce":           {"", "status,reason,email,created\n5.7.1,550 policy,a@example.com,1700000000\n", "1 blocked on email. in SendGrid at 2023-11-14T22:13:20Z [status]"},
		"SendGrid policy, no status":       {"", "status,reason,email,created\n,550-5.7.1 policy,a@example.com,1700000000\n", "1 blocked on email. in SendGrid at 2023-11-14T22:13:20Z [reason]"},
		"SendGrid bounce, no status":       {"", "status,reason,email,created\n,550 5.1.1 unknown,a@example.com,1700000000\n", "1 undeliverable on email. at 2023-11-14T22:13:20Z [reason]"},
		"SendGrid full, no status":         {"", "status,reason,email,created\n,452 full,a@example.com,1700000000\n", ""},
		"SendGrid spam report":             {"spam_reports.csv", "email,created,ip\na@example.com,1700000000,192.0.2.1\n", "1 objected on . at 2023-11-14T22:13:20Z [created]"},
		"SendGrid unsubscribe":             {"suppression_unsubscribes.csv", "email,created\na@example.com,1700000000\n", "1 withdrawn on email. at 2023-11-14T22:13:20Z [created]"},
		"SendGrid invalid":                 {"", "email,reason,created\na@example.com,Mail domain unknown,1700000000\n", "1 undeliverable on email. at 2023-11-14T22:13:20Z [created]"},
		"Kit cancelled":                    {"", "first_name,email,created_at,status\nK,a@example.com,2024-01-01T00:00:00Z,cancelled\n", "1 withdrawn on email. [status]"},
		"HubSpot opted out":                {"", "Record ID,Email,Lifecycle Stage,Unsubscribed from all email\n1,a@example.com,Lead,true\n", "1 withdrawn on email. [Unsubscribed from all email]"},
		"HubSpot hard bounce":              {"", "Record ID,Email,Lifecycle Stage,Email hard bounce reason\n1,a@example.com,Lead,UNKNOWN_USER\n", "1 undeliverable on email. [Email hard bounce reason]"},
		"listmonk unsubscribed":            {"", "email,name,attributes,status,subscription_status\na@example.com,A,{},enabled,unsubscribed\n", "1 withdrawn on email. [subscription_status]"},
		"listmonk unconfirmed":             {"", "email,name,attributes,status,subscription_status\na@example.com,A,{},enabled,unconfirmed\n", ""},
		"MailUp":                           {"", "E-mail,idList,OptOut_Date,optout_type\na@example.com,1,20110122T111244,3\n", "1 blocked on email. in MailUp at 2011-01-22T11:12:44Z [OptOut_Date]"},
		"Brevo yes beside its block":       {"", "EMAIL;EMAIL_BLACKLISTED;DOUBLE_OPT-IN\na@example.com;Yes;1\n", "1 blocked on email. in Brevo [EMAIL_BLACKLISTED]"},
		"Brevo flag":                       {"", "EMAIL;EMAIL_BLACKLISTED;DOUBLE_OPT-IN\na@example.com;No;1\n", "1 given on email. [DOUBLE_OPT-IN]"},
		"yes that nothing can carry":       {"", "Customer ID,Email,Accepts Email Marketing,Phone,Accepts SMS Marketing\n'1,a@example.com,no,,yes\n", ""},
		"plain in Italian":                 {"", "Nome;Indirizzo e-mail\nA;a@example.com\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := told(t, c.text, export.Options{Name: c.file})
			got = slices.DeleteFunc(got, func(l string) bool {
				return strings.HasPrefix(l, "1 email ") || strings.HasPrefix(l, "1 id ")
			})
			if got := strings.Join(got, "\n"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatIsNotKnownIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct{ header, row, code, hint string }{
		"consent":        {"E-mail,Consenso", "a@example.com,sì", "unknown_columns", `--map "email=E-mail,given=Consenso"`},
		"status values":  {"E-mail,Stato", "a@example.com,disiscritto", "unknown_columns", "given=Stato"},
		"sign-ups?":      {"email,created,ip", "a@example.com,1700000000,192.0.2.1", "unknown_columns", "withdrawn_at=created"},
		"no address":     {"Nome,Cognome", "A,B", "no_identifier", `--map "email=COLUMN"`},
		"two addresses":  {"email,mail", "a@example.com,b@example.com", "unknown_columns", "More than one column"},
		"Kit lookalike":  {"first_name,email,created_at,status", "A,a@example.com,2024-01-01,gold", "unknown_columns", "status"},
		"sms flag alone": {"phone,sms opt-in", "+39333,yes", "unknown_columns", "sms opt-in"},
	} {
		_, err := export.Recognise(strings.Split(c.header, ","), [][]string{strings.Split(c.row, ",")}, export.Options{})
		p := problem.As(err)
		if p == nil || p.Code != c.code || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: got %v, want %s with %q", name, err, c.code, c.hint)
		}
	}
}

func TestABadCellLeavesTheWholeRowOut(t *testing.T) {
	const header = "Email Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,EUID\n"
	_, got := told(t, header+"a@example.com,soon,192.0.2.1,,1,2\n,,,,,\n", export.Options{})
	want := []string{
		"1 wrong line 2, column 2, OPTIN_TIME: this is not a date Lecito can read",
		"2 wrong line 3: no e-mail address, phone or customer number in this row",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzRow(f *testing.F) {
	f.Add("Email Address,OPTIN_TIME,OPTIN_IP,LEID,EUID", "a@example.com,2024-01-01 00:00:00,192.0.2.1,1,2", "")
	f.Add("EMAIL,SMS,EMAIL_BLACKLISTED", "a@example.com,39333,Yes", "email=EMAIL,given_at=SMS,date=dmy")
	f.Add("email,created,reason,status", "a@example.com,1700000000,550,5.1.1", "")
	f.Add("email,status", "a@example.com,active", "email=email,given=status")
	f.Fuzz(func(t *testing.T, header, row, spec string) {
		cells := strings.Split(row, ",")
		o := export.Options{Name: spec}
		if m, err := export.ParseMap(spec); err == nil {
			o.Map = m
		} else if problem.As(err) == nil {
			t.Fatalf("an error that is no problem: %v", err)
		}
		r, err := export.Recognise(strings.Split(header, ","), [][]string{cells}, o)
		if err != nil {
			if problem.As(err) == nil {
				t.Fatalf("an error that is no problem: %v", err)
			}
			return
		}
		s := r.Survey()
		s.Add(cells)
		if _, err := s.Finish(); err != nil && problem.As(err) == nil {
			t.Fatalf("an error that is no problem: %v", err)
		}
		claims, places := r.Row(2, cells)
		if (len(places) > 0) == (len(claims.Identifiers) > 0) {
			t.Fatalf("got %d identifiers and %d places: a row is read whole or not at all", len(claims.Identifiers), len(places))
		}
	})
}
