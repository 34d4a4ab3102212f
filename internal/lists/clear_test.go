// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// people makes some who said yes and some who said no.
func people(d desk) {
	d.t.Helper()
	at := d.env.Clock.Now().Add(-time.Hour)
	d.choose("yes@example.it", lawful.Given, at)
	d.choose("yes.too@example.it", lawful.Given, at)
	d.choose("no@example.it", lawful.Withdrawn, at)
}

const mixed = "\xef\xbb\xbfExport of the shop\r\nName;E-mail;Note\r\n" +
	"\"Rossi; Anna\";Yes@Example.it;\"two\r\nlines\"\r\n" +
	"Bo;no@example.it;=1+1\r\n" +
	"Cy;nobody@example.it;\r\n" +
	"Di;not an address;\r\n" +
	"Ed;yes.too@example.it\r\n" +
	"Fi;;\r\n" +
	"Gi;no@example.it;twice\r\n" +
	"  Hal ;\"yes.too@example.it\";x"

func TestPermittedRowsComeBackAsTheyCame(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		people(d)
		c := d.mustClear(lists.ClearOptions{}, mixed)
		want := "\xef\xbb\xbfExport of the shop\r\nName;E-mail;Note\r\n\"Rossi; Anna\";Yes@Example.it;\"two\r\nlines\"\r\n  Hal ;\"yes.too@example.it\";x"
		if c.permitted != want {
			t.Errorf("permitted: %q\nwant %q", c.permitted, want)
		}
		reasons := map[string]int64{"consent_given": 2, "withdrawn": 2, "unknown_subject": 1, "unreadable": 3}
		if !maps.Equal(c.Reasons, reasons) || c.Rows != 8 || c.Permitted != 2 || c.Rejected != 6 {
			t.Errorf("counts: %+v", c.ClearResult)
		}
		if c.suppress != "E-mail\n"+strings.Repeat("no@example.it\n", 2) || c.Suppressed != 2 {
			t.Errorf("suppress: %q", c.suppress)
		}
		var lines []int
		for _, p := range c.Unreadable {
			lines = append(lines, p.Line)
		}
		if fmt.Sprint(lines) != "[7 8 9]" {
			t.Errorf("unreadable lines: %v", c.Unreadable)
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(c.rejected, "\xef\xbb\xbf")))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 7 || strings.Join(rows[0], ",") != "Name,E-mail,Note,reason,explanation" {
			t.Fatalf("rejected: %v, %q", err, rows)
		}
		if rows[1][2] != "'=1+1" || rows[1][3] != "withdrawn" || !strings.Contains(rows[1][4], "revocato") {
			t.Errorf("rejected row: %q", rows[1])
		}
	})
}

func TestClearanceVerifiesAgainstBothLists(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		people(d)
		c := d.mustClear(lists.ClearOptions{}, mixed)
		for list, want := range map[string]string{mixed: "input", c.permitted: "output"} {
			if got, ok := c.verify(t, list); got != want || !ok {
				t.Errorf("got %s, %v, want %s", got, ok, want)
			}
		}
		flipped := []byte(c.permitted)
		flipped[len(flipped)-1] ^= 1
		if got, ok := c.verify(t, string(flipped)); got != "neither" || ok {
			t.Errorf("one byte flipped: got %s, %v", got, ok)
		}
		if n := d.count("clearance"); n != 1 {
			t.Errorf("%d clearances on record, want 1", n)
		}
		if e := d.entries("clearance"); len(e) != 1 || len(e[0].Payload) > 0 {
			t.Errorf("the store keeps what opens the clearance")
		}
		if got, want := c.ValidUntil, env.Clock.Now().Add(48*time.Hour); !got.Equal(want) {
			t.Errorf("valid until %s, want %s", got, want)
		}
	})
}

// TestAClearanceEndsWithThePermissionOfItsRows: the contract with the mailer
// ends with 14 September 2028 in Italy.
func TestAClearanceEndsWithThePermissionOfItsRows(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		people(d)
		ends := time.Date(2028, 9, 14, 22, 0, 0, 0, time.UTC)
		for recipient, want := range map[string]time.Time{"mailer": ends, "": ends.Add(time.Hour)} {
			o := lists.ClearOptions{Purpose: "newsletter", Channel: "email", Recipient: recipient, ValidFor: ends.Add(time.Hour).Sub(env.Clock.Now())}
			c := d.mustClear(o, mixed)
			if c.Permitted != 2 || !c.ValidUntil.Equal(want) {
				t.Errorf("for %q: %d rows valid until %s, want %s", recipient, c.Permitted, c.ValidUntil, want)
			}
			if v, err := evidence.Verify(c.Clearance, evidence.Options{}); err != nil || !v.Clearance.Cleared.ValidUntil.Equal(want) {
				t.Errorf("for %q: the file says %+v, %v", recipient, v.Clearance, err)
			}
		}
	})
}

func TestQuestionThatNobodyCouldAnswerStopsTheRun(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		soon := env.Clock.Now().Add(time.Minute)
		for code, o := range map[string]lists.ClearOptions{
			"purpose_unknown":        {Purpose: "lottery", Channel: "email"},
			"channel_not_declared":   {Purpose: "newsletter", Channel: "post"},
			"recipient_not_declared": {Purpose: "newsletter", Channel: "email", Recipient: "guild"},
			"operation_not_declared": {Purpose: "newsletter", Channel: "email", Operation: "dissemination"},
			"data_not_declared":      {Purpose: "newsletter", Channel: "email", Data: []standing.Used{{Name: "tax_code"}}},
			"invalid_question":       {Purpose: "newsletter", Channel: "pigeon"},
			"unknown_source":         {Purpose: "newsletter", Channel: "email", Source: "nowhere"},
			"unknown_column":         {Purpose: "newsletter", Channel: "email", Column: "Nome"},
		} {
			c, err := d.clear(o, "email\nyes@example.it\n")
			if p := problem.As(err); p == nil || p.Code != code || c.permitted != "" {
				t.Errorf("%s: got %v, %q", code, err, c.permitted)
			}
		}
		o := lists.ClearOptions{Purpose: "newsletter", Channel: "email", KnownAt: &soon}
		if _, err := d.clear(o, "email\n"); !problem.Is(err, problem.Invalid) {
			t.Errorf("knowledge of the future: %v", err)
		}
		d.actor = access.Actor{Org: org, Kind: access.KindKey, ID: "k", Scopes: []string{access.ScopeChoices}}
		if _, err := d.clear(lists.ClearOptions{}, "email\n"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("without the scope: %v", err)
		}
		if n := d.count("clearance"); n != 0 {
			t.Errorf("%d clearances on record", n)
		}
	})
}

func TestIdentifyingColumnIsFound(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		for list, want := range map[string]string{
			"Nome,Contatto\nAnna,a@example.it\nBo,b@example.it\n":                     "Contatto",
			"email,referente\na@example.it,capo@example.it\n":                         "email",
			"uno,due\na@example.it,b@example.it\n":                                    "ambiguous_column",
			"E-mail 1 - Value,E-mail 2 - Value\na@example.it,b@example.it\n":          "E-mail 1 - Value",
			"email,referente\n,capo@example.it\n":                                     "ambiguous_column",
			"Nome,Cognome\nAnna,Rossi\n":                                              "no_identifying_column",
			"Email\n":                                                                 "Email",
			"Nome,Posta elettronica\nAnna,\n":                                         "Posta elettronica",
			"Nome;Telefono\nAnna;+39 333 1234567\n":                                   "no_identifying_column",
			"nome|note|indirizzo\nAnna|scrivere a x@example.it domani|a@example.it\n": "indirizzo",
		} {
			c, err := d.clear(lists.ClearOptions{}, list)
			got := c.Column
			if p := problem.As(err); p != nil {
				got = p.Code
			}
			if got != want {
				t.Errorf("%q: got %s (%v), want %s", list, got, err, want)
			}
		}
		sms := lists.ClearOptions{Purpose: "newsletter", Channel: "sms"}
		if c := d.mustClear(sms, "email,Cellulare\na@example.it,333 1234567\n"); c.Column != "Cellulare" || c.Reasons["unknown_subject"] != 1 {
			t.Errorf("phones: %+v", c.ClearResult)
		}
		named := lists.ClearOptions{Column: "due"}
		if c := d.mustClear(named, "uno,due\na@example.it,b@example.it\n"); c.Column != "due" {
			t.Errorf("named: got %s", c.Column)
		}
	})
}

func TestListThatCannotBeReadIsAProblem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		for name, bad := range unreadable() {
			c, err := d.clear(lists.ClearOptions{}, bad)
			if problem.As(err) == nil || c.permitted != "" {
				t.Errorf("%s: got %v, %q", name, err, c.permitted)
			}
		}
		long := "email\nyes@example.it\n" + strings.Repeat("x", 10<<20) + "\nyes@example.it\n"
		people(d)
		if c := d.mustClear(lists.ClearOptions{}, long); c.Permitted != 2 || c.Reasons["unreadable"] != 1 || c.Unreadable[0].Line != 3 {
			t.Errorf("a line of 10 MB: %+v", c.ClearResult)
		}
	})
}

// unreadable are files of which nothing can be read.
func unreadable() map[string]string {
	return map[string]string{
		"empty":             "",
		"blank":             "\n\n  \n",
		"binary":            "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00",
		"picture":           "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"half a UTF-16":     "\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00a",
		"damaged Excel":     "PK\x03\x04 and nothing else",
		"duplicate headers": "email,email\na@example.it,b@example.it\n",
		"no header":         "a@example.it\nb@example.it\n",
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestAnExcelFileHasOneLimit: what may be cleared may be imported.
func TestAnExcelFileHasOneLimit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		for size, want := range map[int64]string{sheet.MaxFile: "unreadable_xlsx", sheet.MaxFile + 1: "file_too_large"} {
			file := func() io.Reader {
				return io.MultiReader(strings.NewReader("PK\x03\x04"), io.LimitReader(zeros{}, size-4))
			}
			_, imported := d.Import(t.Context(), d.actor, lists.ImportOptions{Source: "old-list"}, file(), nil)
			_, cleared := d.Clear(t.Context(), d.actor, lists.ClearOptions{Purpose: "newsletter", Channel: "email"}, file(), lists.Outputs{})
			for what, err := range map[string]error{"import": imported, "clear": cleared} {
				if p := problem.As(err); p == nil || p.Code != want {
					t.Errorf("%s %d bytes: got %v, want %s", what, size, err, want)
				}
			}
		}
	})
}

func TestCustomerNumbersIdentifyWithTheirSource(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		o := lists.ClearOptions{Purpose: "newsletter", Channel: "email", Column: "cliente", Source: "checkout"}
		if c := d.mustClear(o, "cliente,nome\n42,Anna\n"); c.Column != "cliente" || c.Reasons["unknown_subject"] != 1 {
			t.Errorf("got %+v", c.ClearResult)
		}
	})
}

func TestEveryExportIsClearedWithoutSettings(t *testing.T) {
	files := shared(t)
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		for _, file := range files {
			list := read(t, file)
			imported := d.mustTake(lists.ImportOptions{Name: filepath.Base(file)}, list)
			c := d.mustClear(lists.ClearOptions{}, list)
			if c.Rows != imported.Sums.Rows || c.Reasons["unknown_subject"] > 0 {
				t.Errorf("%s: %+v", file, c.ClearResult)
			}
			t.Logf("%s by %s: %v", filepath.Base(file), c.Column, c.Reasons)
			for list, want := range map[string]string{list: "input", c.permitted: "output"} {
				if got, ok := c.verify(t, list); got != want && got != "both" || !ok {
					t.Errorf("%s: got %s, %v, want %s", file, got, ok, want)
				}
			}
		}
	})
}

func TestBouncingAddressIsStoppedWhateverElseIsMissing(t *testing.T) {
	const list = "email,created,reason,status\nhard@example.com,1700000000,550 5.1.1 user unknown,5.1.1\nfull@example.com,1700000000,452 full,4.2.2\n"
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.mustTake(lists.ImportOptions{}, list)
		if c := d.mustClear(lists.ClearOptions{}, list); c.Reasons["no_choice"] != 2 || c.suppress != "email\nhard@example.com\n" {
			t.Errorf("%v, suppress %q", c.Reasons, c.suppress)
		}
	})
}
