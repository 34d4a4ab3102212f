// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
)

// list is one of people of the sample, and of a stranger.
func list() string {
	return "Email;Name\r\n" + sample.Giulia + ";Giulia\r\n" + sample.Marco + ";Marco\r\nnobody@posta.example;Nobody\r\n" + sample.Elena + ";Elena\r\n"
}

func TestClearingAList(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		v := o.enter(t, access.RoleMarketing)
		done := v.finished(v.upload("/lists", "list", "spring.csv", list(), "kind", "clear", "use", "newsletter email"))
		done.has(t, "figure.bar", "One person of 4 may be written to.")
		done.has(t, "dl.means", "objected 1")
		done.has(t, "dl.means", "Nothing is on record about them")
		here := done.Request.URL.Path
		if got, want := v.get(here+"/permitted.csv").raw, "Email;Name\r\n"+sample.Giulia+";Giulia\r\n"; got != want {
			t.Errorf("the lawful part is %q, want %q", got, want)
		}
		if got := v.get(here + "/rejected.csv").raw; !strings.Contains(got, "Marco;objected;") {
			t.Errorf("the rejected part is %q", got)
		}
		if got := v.get(here + "/suppress.csv").raw; !strings.Contains(got, sample.Marco) || strings.Contains(got, sample.Giulia) {
			t.Errorf("the part to stop is %q", got)
		}
		verdict, err := evidence.Verify([]byte(v.get(here+"/clearance.json").raw), evidence.Options{List: strings.NewReader(list())})
		if err != nil || !verdict.OK() || verdict.List != evidence.ListInput {
			t.Errorf("the clearance: %v, %+v", err, verdict)
		}
		v.get("/lists").has(t, "ul.runs", "1 row of 4 may be used")
	})
}

func TestARunIsItsOwners(t *testing.T) {
	o := onSQLite(t, 0)
	done := o.enter(t, access.RoleMarketing)
	here := done.finished(done.upload("/lists", "list", "spring.csv", list(), "kind", "clear", "use", "newsletter email")).Request.URL.Path
	o.enter(t, access.RoleDPO).get(here).want(t, http.StatusOK)
	_, link, err := o.parts.Access.Invite(t.Context(), access.Local(sample.Organisation), "agency@bottega.example", access.RoleMarketing)
	if err != nil {
		t.Fatal(err)
	}
	other := o.stranger(t)
	other.press(other.get("/sign-in/"+link.Token), "main form", nil)
	other.get(here).want(t, http.StatusNotFound)
	other.get(here+"/permitted.csv").want(t, http.StatusNotFound)
	o.Clock.Advance(49 * time.Hour)
	o.enter(t, access.RoleDPO).get(here).want(t, http.StatusNotFound)
}

func TestAListLeavesNothingOnTheDisk(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleMarketing)
	v.finished(v.upload("/lists", "list", "spring.csv", list(), "kind", "clear", "use", "newsletter email"))
	left, err := filepath.Glob(filepath.Join(o.Dir, "list-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files with a name: %v, %v", left, err)
	}
	for _, file := range o.RawFiles(t) {
		raw, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(raw), sample.Giulia) {
			t.Errorf("%s holds an address in clear", filepath.Base(file))
		}
	}
}

func TestWhatIsWrongWithAListIsSaid(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleMarketing)
	for _, c := range []struct {
		name, field, content string
		fields               []string
		selector, want       string
	}{
		{"no file", "list", "", []string{"kind", "clear", "use", "newsletter email"}, ".wrong", "This file is empty"},
		{"no purpose", "list", list(), []string{"kind", "clear", "use", ""}, ".wrong", "Choose purpose and channel"},
		{"no source", "export", list(), []string{"kind", "import", "source", "nowhere"}, ".wrong", "Choose where the file comes from"},
		{"no contact", "list", "Name\nAnna\n", []string{"kind", "clear", "use", "newsletter email"}, "main", "No column holds a contact"},
		{"binary", "list", "\x7fELF\x02\x00\x00\x01", []string{"kind", "clear", "use", "newsletter email"}, "main", "This is no list"},
		{"unknown tool", "export", "Who;What\nx;y\n", []string{"kind", "import", "source", "old-list"}, "main", "No column says who the people are"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v.finished(v.upload("/lists", c.field, "x.csv", c.content, c.fields...)).has(t, c.selector, c.want)
		})
	}
}

func TestImportShowsItsSumsFirst(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		v := o.enter(t, access.RoleMarketing)
		const file = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS\n" +
			"new.one@posta.example,New,One,2,,,2025-03-03 10:00:00,198.51.100.4,,,,,,,,2025-03-03 10:00:00,1,a1,,\n"
		counted := v.finished(v.upload("/lists", "export", "subscribed_members_export.csv", file, "kind", "import", "source", "old-list"))
		counted.has(t, "main", "Nothing was stored yet.")
		counted.has(t, "main", "One row would add something.")
		reader := o.enter(t, access.RoleViewer)
		reader.press(reader.get("/subjects"), "form.search", map[string][]string{"who": {"new.one@posta.example"}}).has(t, ".empty", "Nobody")
		done := v.finished(v.press(counted, "main form", nil))
		done.has(t, "main", "Done: one row added something.")
		reader.get("/ledger").has(t, "ul.entries", "Import")
		bad := strings.Replace(file, "new.one@posta.example", "nobody", 1)
		for content, want := range map[string]string{
			file:                                    "All of it was on record: nothing changed.",
			bad:                                     "No row could be taken in: nothing changed.",
			file + strings.SplitAfter(bad, "\n")[1]: "Every row that could be taken in was on record: nothing changed.",
		} {
			again := v.finished(v.upload("/lists", "export", "subscribed_members_export.csv", content, "kind", "import", "source", "old-list"))
			v.finished(v.press(again, "main form", nil)).has(t, "main", want)
		}
	})
}

func TestLongWorkCanBeCancelled(t *testing.T) {
	o := onSQLite(t, 0)
	v := o.enter(t, access.RoleMarketing)
	var long strings.Builder
	long.WriteString("Email\n")
	for i := range 60_000 {
		fmt.Fprintf(&long, "somebody%d@posta.example\n", i)
	}
	p := v.upload("/lists", "list", "long.csv", long.String(), "kind", "clear", "use", "newsletter email")
	p.has(t, "section.progress", "Look again")
	after := v.press(p, "section.progress form", nil)
	after.has(t, ".badge", "cancelled")
	if got := v.get(p.Request.URL.Path + "/permitted.csv").StatusCode; got != http.StatusNotFound {
		t.Errorf("a cancelled run gives its list: %d", got)
	}
}
