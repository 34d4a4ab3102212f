// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

func TestErasedPeopleAreNotBroughtBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.mustTake(lists.ImportOptions{}, mailchimp)
		_, err := d.rights.Erase(t.Context(), d.actor, rights.Request{Subject: choice.Subject{Email: "dated@example.it"}})
		if err != nil {
			t.Fatal(err)
		}
		twice := mailchimp + "dated@example.it,2026-03-12 09:31:02,192.0.2.10,2026-03-12 09:33:40,192.0.2.10,1,a\n"
		r := d.mustTake(lists.ImportOptions{}, twice)
		want := lists.Sums{Rows: 7, Weak: 1, Unreadable: 4, Erased: 2, Existing: 1}
		if r.Sums != want || !r.Unchanged {
			t.Errorf("got %+v, want %+v", r.Sums, want)
		}
		if got := r.Sums.Sentence("en"); got != "0 yes, 1 weak proof, 0 no, 4 unreadable, 2 erased, not brought back" {
			t.Errorf("got %q", got)
		}
		c := d.mustClear(lists.ClearOptions{}, "email\ndated@example.it\nflag@example.it\n")
		if c.Reasons["erased"] != 1 || c.suppress != "email\ndated@example.it\n" {
			t.Errorf("cleared: %v, suppress %q", c.Reasons, c.suppress)
		}
	})
}

// TestNothingTellsAGuessFromTheFile: what opens the hash of a file leaves with
// the result, and what tells the file again goes when the import ends.
func TestNothingTellsAGuessFromTheFile(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		r := d.mustTake(lists.ImportOptions{}, mailchimp)
		if r.Salt == "" || r.SHA256 == "" {
			t.Errorf("no hash in %+v", r)
		}
		body := d.entries("import")[0].Body
		if !bytes.Contains(body, []byte(r.SHA256)) || bytes.Contains(body, []byte(r.Salt)) {
			t.Errorf("entry: %s", body)
		}
		if n := d.count("(SELECT org FROM import WHERE length(fingerprint) > 0) AS known"); n != 0 {
			t.Errorf("%d imports that ended keep what tells their file", n)
		}
	})
}

func TestConfirmationsFromOneAddressProveNothing(t *testing.T) {
	var b strings.Builder
	b.WriteString("Email Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID\n")
	for i := range 30 {
		fmt.Fprintf(&b, "b%d@example.it,2026-03-12 09:31:02,192.0.2.%d,2026-03-13 00:00:00,203.0.113.9,%d,x\n", i, i, i)
	}
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		r := d.mustTake(lists.ImportOptions{}, b.String())
		if r.Sums.Weak != 30 || len(r.Bulk) != 1 || r.Bulk[0].Rows != 30 || r.Bulk[0].Column != "CONFIRM_IP" {
			t.Errorf("got %+v", r)
		}
		if got := d.reason("b3@example.it"); got != lawful.ReasonEvidenceInsufficient {
			t.Errorf("got %s", got)
		}
	})
}

// workbook makes an Excel file of rows.
func workbook(t *testing.T, rows ...[]string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := sheet.Create(&b, sheet.XLSX, rows[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		if err := w.Cells(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func cells(t *testing.T, file string) [][]string {
	t.Helper()
	s, err := sheet.Open(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	all := [][]string{s.Header}
	for {
		r, err := s.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Cells)
	}
}

func TestExcelGoesInAndComesOut(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		file := workbook(t, []string{"Email Address", "OPTIN_TIME", "OPTIN_IP", "LEID", "EUID"},
			[]string{"x@example.it", "2026-03-12 09:31:02", "192.0.2.1", "007", "=a"},
			[]string{"y@example.it", "", "", "8", "b"})
		if r := d.mustTake(lists.ImportOptions{Name: "list.xlsx"}, file); r.Sums.Yes != 1 || r.Sums.Contacts != 1 {
			t.Errorf("got %+v", r.Sums)
		}
		c := d.mustClear(lists.ClearOptions{}, file)
		want := [][]string{{"Email Address", "OPTIN_TIME", "OPTIN_IP", "LEID", "EUID"}, {"x@example.it", "2026-03-12 09:31:02", "192.0.2.1", "007", "=a"}}
		if got := cells(t, c.permitted); !reflect.DeepEqual(got, want) {
			t.Errorf("permitted: %q", got)
		}
		if got := cells(t, c.rejected); len(got) != 2 || got[1][5] != "no_choice" || got[1][6] == "" {
			t.Errorf("rejected: %q", got)
		}
		for list, want := range map[string]string{file: "input", c.permitted: "output"} {
			if got, ok := c.verify(t, list); got != want || !ok {
				t.Errorf("got %s, %v, want %s", got, ok, want)
			}
		}
	})
}

func TestListIsClearedAsOfThen(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.choose("then@example.it", lawful.Given, env.Clock.Now().Add(-time.Hour))
		then := env.Clock.Now()
		env.Clock.Advance(time.Hour)
		d.choose("then@example.it", lawful.Withdrawn, env.Clock.Now())
		const list = "email\nthen@example.it\n"
		if c := d.mustClear(lists.ClearOptions{}, list); c.Permitted != 0 {
			t.Errorf("now: %v", c.Reasons)
		}
		c := d.mustClear(lists.ClearOptions{At: &then, KnownAt: &then, ValidFor: time.Hour}, list)
		if c.Permitted != 1 || !c.At.Equal(then) || !c.ValidUntil.Equal(env.Clock.Now().Add(time.Hour)) {
			t.Errorf("then: %+v", c.ClearResult)
		}
	})
}

func TestBrevoPhonesHaveTheirCountry(t *testing.T) {
	const list = "EMAIL;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED\n;33611111111;No;Yes\n"
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.mustTake(lists.ImportOptions{}, list)
		c := d.mustClear(lists.ClearOptions{Purpose: "newsletter", Channel: "sms"}, list)
		if c.Reasons["suppressed"] != 1 || c.suppress != "SMS\n+33611111111\n" {
			t.Errorf("got %v, suppress %q", c.Reasons, c.suppress)
		}
	})
}

// TestLongListIsDecidedInBlocks: progress is told on the way, and every row
// comes back once and in order.
func TestLongListIsDecidedInBlocks(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		file := many(2500)
		d.mustTake(lists.ImportOptions{}, file)
		var out bytes.Buffer
		var told []int64
		r, err := d.Clear(t.Context(), d.actor, lists.ClearOptions{Purpose: "newsletter", Channel: "email"}, strings.NewReader(file),
			lists.Outputs{Permitted: &out, Progress: func(p lists.Progress) { told = append(told, p.Rows) }})
		if err != nil {
			t.Fatal(err)
		}
		if out.String() != file || r.Permitted != 2500 || len(told) < 2 || !slices.IsSorted(told) || told[len(told)-1] != 2500 {
			t.Errorf("%d permitted, progress %v", r.Permitted, told)
		}
	})
}

func TestSumsAreSaidInWords(t *testing.T) {
	s := lists.Sums{Rows: 2016, Yes: 1212, Weak: 302, No: 488, Unreadable: 14, Existing: 3}
	for lang, want := range map[string]string{
		"en": "1 212 yes, 302 weak proof, 488 no, 14 unreadable",
		"it": "1 212 sì, 302 con prova debole, 488 no, 14 illeggibili",
		"fr": "1 212 oui, 302 à preuve faible, 488 non, 14 illisibles",
		"de": "1 212 Ja, 302 mit schwachem Nachweis, 488 Nein, 14 unlesbar",
		"es": "1 212 sí, 302 con prueba débil, 488 no, 14 ilegibles",
	} {
		if got := s.Sentence(lang); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := s.Advice(lang); len(got) != 5 {
			t.Errorf("advice: %q", got)
		}
	}
}

func TestOneIsNotSeveral(t *testing.T) {
	for lang, want := range map[string][3]string{
		"en": {"0 yes, 0 weak proof, 0 no, 0 unreadable", "1 contact only, 1 unreadable, 1 erased, not brought back", "2 contacts only, 2 unreadable, 2 erased, not brought back"},
		"it": {"0 sì, 0 con prova debole, 0 no, 0 illeggibili", "1 contatto soltanto, 1 illeggibile, 1 cancellato, non riportato", "2 solo contatti, 2 illeggibili, 2 cancellati, non riportati"},
		"fr": {"0 oui, 0 à preuve faible, 0 non, 0 illisible", "1 contact seulement, 1 illisible, 1 effacé, non rétabli", "2 contacts seulement, 2 illisibles, 2 effacés, non rétablis"},
		"de": {"0 Ja, 0 mit schwachem Nachweis, 0 Nein, 0 unlesbar", "1 nur Kontakt, 1 unlesbar, 1 gelöscht, nicht zurückgeholt", "2 nur Kontakte, 2 unlesbar, 2 gelöscht, nicht zurückgeholt"},
		"es": {"0 sí, 0 con prueba débil, 0 no, 0 ilegibles", "1 solo contacto, 1 ilegible, 1 suprimido, no recuperado", "2 solo contactos, 2 ilegibles, 2 suprimidos, no recuperados"},
	} {
		for n, end := range want {
			s := lists.Sums{Rows: 4 * int64(n), Contacts: int64(n), Unreadable: int64(n), Erased: int64(n), Existing: int64(n)}
			if got := s.Sentence(lang); !strings.HasSuffix(got, end) {
				t.Errorf("got %q, want %q", got, end)
			}
			for _, line := range append(s.Advice(lang), s.Sentence(lang)) {
				if strings.ContainsAny(line, "[|]") {
					t.Errorf("the forms show: %q", line)
				}
			}
		}
	}
}
