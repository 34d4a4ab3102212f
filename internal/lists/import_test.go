// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

func (d desk) take(o lists.ImportOptions, file string) (lists.ImportResult, error) {
	d.t.Helper()
	if o.Source == "" {
		o.Source = "old-list"
	}
	return d.Import(d.t.Context(), d.actor, o, strings.NewReader(file), nil)
}

func (d desk) mustTake(o lists.ImportOptions, file string) lists.ImportResult {
	d.t.Helper()
	r, err := d.take(o, file)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func TestEveryExportIsImportedWithoutSettings(t *testing.T) {
	own, err := filepath.Glob("export/testdata/*.csv")
	if err != nil || len(own) == 0 {
		t.Fatal("no exports of our own", err)
	}
	files := append(shared(t), own...)
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		for _, file := range files {
			o := lists.ImportOptions{Name: filepath.Base(file)}
			dry := o
			dry.DryRun = true
			before := d.count("entry")
			told := d.mustTake(dry, read(t, file))
			if d.count("entry") != before || d.count("import") != 0 && told.ID != "" {
				t.Errorf("%s: the dry run stored something", file)
			}
			r := d.mustTake(o, read(t, file))
			if r.Sums != told.Sums {
				t.Errorf("%s: %+v, the dry run told %+v", file, r.Sums, told.Sums)
			}
			if r.Sums.Rows == 0 || r.Tool == "" || whole(r.Sums) != r.Sums.Rows || r.Sums.Unreadable == r.Sums.Rows {
				t.Errorf("%s: %+v", file, r)
			}
			t.Logf("%s: %s %s: %s", filepath.Base(file), r.Tool, r.Section, r.Sums.Sentence("en"))
			again := d.mustTake(o, read(t, file))
			if !again.Unchanged || again.ID != "" || again.Sums.New != 0 {
				t.Errorf("%s: imported again: %+v", file, again)
			}
		}
	})
}

// whole sums the counts that together hold every row.
func whole(s lists.Sums) int64 {
	return s.Yes + s.Weak + s.Invalid + s.Unplaced + s.No + s.Blocked + s.Undeliverable + s.Contacts + s.Unreadable + s.Erased
}

const mailchimp = "Email Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID\n" +
	"dated@example.it,2026-03-12 09:31:02,192.0.2.10,2026-03-12 09:33:40,192.0.2.10,1,a\n" +
	"flag@example.it,,,2020-04-18 13:51:14,198.51.100.7,2,b\n" +
	"bad date@example.it,2026-03-12 09:31:02,192.0.2.10,,,3,c\n" +
	"future@example.it,2027-03-12 09:31:02,192.0.2.10,,,4,d\n" +
	"date@example.it,2026-13-45 09:31:02,192.0.2.10,,,5,e\n" +
	"short@example.it,2026-03-12\n"

const unsubscribed = "Email Address,OPTIN_TIME,OPTIN_IP,UNSUB_TIME,LEID,EUID\n" +
	"dated@example.it,2019-01-01 00:00:00,192.0.2.10,2021-05-06 07:08:09,1,a\n"

func TestListSaysWhatItSaysAndNoMore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		r := d.mustTake(lists.ImportOptions{}, mailchimp)
		want := lists.Sums{Rows: 6, Yes: 1, Weak: 1, Unreadable: 4, New: 2}
		if r.Sums != want {
			t.Errorf("got %+v, want %+v", r.Sums, want)
		}
		var places []string
		for _, p := range r.Places {
			places = append(places, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Field))
		}
		if got := strings.Join(places, ", "); got != "4:1 Email Address, 5:2 OPTIN_TIME, 6:2 OPTIN_TIME, 7:3 " {
			t.Errorf("places: %s", got)
		}
		for email, reason := range map[string]lawful.Reason{
			"dated@example.it": "consent_given", "flag@example.it": "evidence_insufficient",
			"future@example.it": "unknown_subject", "date@example.it": "unknown_subject",
		} {
			if got := d.reason(email); got != reason {
				t.Errorf("%s: got %s, want %s", email, got, reason)
			}
		}
		if got := r.Sums.Sentence("en"); got != "1 yes, 1 weak proof, 0 no, 4 unreadable" {
			t.Errorf("got %q", got)
		}
		if e := d.entries("import"); len(e) != 1 || e[0].ID != r.Entry || !bytes.Contains(e[0].Body, []byte(`"yes":1`)) {
			t.Errorf("entries: %v", e)
		}
	})
}

func TestSourceWithoutPurposesGivesNoYes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		r := d.mustTake(lists.ImportOptions{Source: "customer-care"}, mailchimp)
		if r.Sums.Unplaced != 2 || r.Sums.Yes+r.Sums.Weak != 0 {
			t.Errorf("got %+v", r.Sums)
		}
		if got := d.reason("dated@example.it"); got != lawful.ReasonNoChoice {
			t.Errorf("got %s", got)
		}
		contest := d.mustTake(lists.ImportOptions{Source: "fair"}, unsubscribed)
		if contest.Sums.No != 1 || d.reason("dated@example.it") != lawful.ReasonWithdrawn {
			t.Errorf("a no needs no purpose: %+v", contest.Sums)
		}
	})
}

func TestImportTwiceChangesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		undated := "email,status,created_at,first_name\ngone@example.it,cancelled,2022-09-10T11:12:13Z,Kim\n"
		for _, file := range []string{mailchimp, unsubscribed, undated} {
			d.mustTake(lists.ImportOptions{}, file)
		}
		entries, identifiers, imports := d.count("entry"), d.count("identifier"), d.count("import")
		env.Clock.Advance(24 * time.Hour)
		for _, file := range []string{undated, mailchimp, unsubscribed} {
			if r := d.mustTake(lists.ImportOptions{}, file); !r.Unchanged || r.Entry != "" {
				t.Errorf("got %+v", r)
			}
		}
		if e, i, n := d.count("entry"), d.count("identifier"), d.count("import"); e != entries || i != identifiers || n != imports {
			t.Errorf("%d entries, %d identifiers, %d imports; want %d, %d, %d", e, i, n, entries, identifiers, imports)
		}
		// A later export that still says no says it as of then; the yes of one is the same yes.
		if r := d.mustTake(lists.ImportOptions{}, undated+"new@example.it,active,2022-09-10T11:12:13Z,Lea\n"); r.Sums.New != 2 {
			t.Errorf("a later export: %+v", r.Sums)
		}
		if r := d.mustTake(lists.ImportOptions{}, mailchimp+"flag@example.it,,,,,6,f\n"); r.Sums.New != 1 || r.Sums.Contacts != 1 {
			t.Errorf("a later list: %+v", r.Sums)
		}
	})
}

// TestOrderOfFilesNeverMakesANoAYes imports every order of four files that
// disagree, beside what the person said themselves.
func TestOrderOfFilesNeverMakesANoAYes(t *testing.T) {
	files := []string{
		mailchimp, unsubscribed,
		"EMAIL;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;OPT_IN\nflag@example.it;;Yes;No;Yes\n",
		"Customer ID,Email,Accepts Email Marketing,Phone,Accepts SMS Marketing,Total Spent,Total Orders\n'1,dated@example.it,yes,,no,1,1\n'2,flag@example.it,yes,,no,1,1\n",
	}
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		for n, order := range permutations(len(files)) {
			// People of their own for each order: the store is one.
			own := func(text string) string {
				return strings.ReplaceAll(text, "@example.it", fmt.Sprintf("@n%d.example.it", n))
			}
			d := open(t, env)
			for _, i := range order {
				d.mustTake(lists.ImportOptions{Name: "export.csv"}, own(files[i]))
			}
			if got := d.reason(own("dated@example.it")); got != lawful.ReasonWithdrawn {
				t.Errorf("order %v: got %s, want withdrawn", order, got)
			}
			if got := d.reason(own("flag@example.it")); got != lawful.ReasonSuppressed {
				t.Errorf("order %v: got %s, want suppressed", order, got)
			}
			d.choose(own("dated@example.it"), lawful.Given, env.Clock.Now())
			if got := d.reason(own("dated@example.it")); got != lawful.ReasonConsentGiven {
				t.Errorf("order %v: their own later yes: got %s", order, got)
			}
		}
	})
}

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, p := range permutations(n - 1) {
		for at := range n {
			q := append(append(append([]int(nil), p[:at]...), n-1), p[at:]...)
			all = append(all, q)
		}
	}
	return all
}

// many is a list of n people, each with a dated yes.
func many(n int) string {
	var b strings.Builder
	b.WriteString("Email Address,OPTIN_TIME,OPTIN_IP,LEID,EUID\n")
	for i := range n {
		fmt.Fprintf(&b, "p%d@example.it,2026-03-12 09:31:02,192.0.2.%d,%d,x%d\n", i, i%200, i, i)
	}
	return b.String()
}

func TestInterruptedImportGoesOn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		file := many(3500) + "not an address,2026-03-12 09:31:02,192.0.2.1,1,x\n"
		file = strings.Replace(file, "p7@example.it", "p7 at example.it", 1)
		d.interrupt(file, 1000)
		if n := d.count("identifier"); n != 999 {
			t.Errorf("%d identifiers after a block, want 999", n)
		}
		if d.reason("p1@example.it") != lawful.ReasonConsentGiven || d.reason("p1000@example.it") != lawful.ReasonUnknownSubject {
			t.Error("the first block is not what is on record")
		}
		env.Clock.Advance(time.Hour)
		r := d.mustTake(lists.ImportOptions{}, file)
		want := lists.Sums{Rows: 3501, Yes: 3499, Unreadable: 2, New: 3499}
		if !r.Resumed || r.Sums != want || len(r.Places) != 2 {
			t.Errorf("got %+v, want %+v", r, want)
		}
		if n := d.count("identifier"); n != 3499 || d.count("import") != 1 || d.reason("p3499@example.it") != lawful.ReasonConsentGiven {
			t.Errorf("%d identifiers at the end", n)
		}
	})
}

func TestSecondRunOfTheSameFileIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		file := many(1500)
		other := openOn(t, env, env.Reopen(t)) // another process
		var within, beside error
		_, err := d.Import(t.Context(), d.actor, lists.ImportOptions{Source: "old-list"}, strings.NewReader(file), func(p lists.Progress) {
			if p.Phase == lists.PhaseImporting && p.Rows == 1000 {
				_, within = d.take(lists.ImportOptions{}, file)
				_, beside = other.take(lists.ImportOptions{}, file)
			}
		})
		if !problem.Is(within, problem.Conflict) {
			t.Errorf("in the same process: got %v", within)
		}
		// The other process took the run up and ended it: this one is told.
		if beside != nil || !problem.Is(err, problem.Conflict) {
			t.Errorf("in another process: got %v, and %v here", beside, err)
		}
		if n := d.count("identifier"); n != 1500 {
			t.Errorf("%d identifiers, want 1500", n)
		}
	})
}

func TestBadImportStoresNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		future := env.Clock.Now().Add(time.Hour)
		before := d.count("entry")
		bad := map[string]struct {
			o    lists.ImportOptions
			file string
		}{
			"unknown columns": {file: "email,consent given\na@example.it,yes\n"},
			"no identifier":   {file: "name,town\nAnna,Roma\n"},
			"unknown source":  {lists.ImportOptions{Source: "nowhere"}, mailchimp},
			"bad map":         {lists.ImportOptions{Map: "nonsense"}, mailchimp},
			"map of another":  {lists.ImportOptions{Map: "email=Posta"}, mailchimp},
			"future export":   {lists.ImportOptions{Exported: &future}, mailchimp},
			"ambiguous dates": {lists.ImportOptions{Map: "email=email,given_at=when"}, "email,when\na@example.it,03/04/2024\n"},
		}
		for name, file := range unreadable() {
			bad[name] = struct {
				o    lists.ImportOptions
				file string
			}{file: file}
		}
		for name, c := range bad {
			if r, err := d.take(c.o, c.file); problem.As(err) == nil {
				t.Errorf("%s: got %+v, %v", name, r, err)
			}
		}
		for _, scopes := range [][]string{{access.ScopeCheck}, {access.ScopeChoices, access.ScopeCollect}} {
			d.actor = access.Actor{Org: org, Kind: access.KindKey, ID: "k", Scopes: scopes}
			if _, err := d.take(lists.ImportOptions{}, mailchimp); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%v: got %v", scopes, err)
			}
		}
		if d.count("entry") != before || d.count("import") != 0 {
			t.Error("something was stored")
		}
	})
}

func TestLongLineIsLeftOut(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		r := d.mustTake(lists.ImportOptions{}, mailchimp+strings.Repeat("x", 10<<20)+"\n"+"last@example.it,2026-03-12 09:31:02,192.0.2.10,,,9,z\n")
		if r.Sums.Yes != 2 || r.Sums.Unreadable != 5 || r.Places[4].Line != 8 {
			t.Errorf("got %+v", r)
		}
	})
}

// endless gives a start and then zeros.
type endless struct{ start io.Reader }

func (e endless) Read(b []byte) (int, error) {
	if n, err := e.start.Read(b); err == nil {
		return n, nil
	}
	clear(b)
	return len(b), nil
}

func TestTooLargeExcelIsRefusedUnread(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		_, err := d.Import(t.Context(), d.actor, lists.ImportOptions{Source: "old-list"}, endless{strings.NewReader("PK\x03\x04")}, nil)
		if !problem.Is(err, problem.TooLarge) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSpoolLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		parts := d.Parts
		parts.Dir = dir
		s := lists.New(parts)
		_, err := s.Import(t.Context(), d.actor, lists.ImportOptions{Source: "old-list"}, strings.NewReader(mailchimp), func(lists.Progress) {
			if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
				t.Errorf("%d files, %v", len(files), err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
