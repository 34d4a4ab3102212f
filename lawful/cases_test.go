// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lecito/lecito/lawful"
)

var update = flag.Bool("update", false, "write the rulings as they are into the cases")

// TestCases reads testdata: cases that a lawyer can read and write. Above the
// first section stands what the case settles, who settled it, and what of it is
// no decision and waits for another part of the product. A line of facts is a
// date, what was done, then purpose and channel for a choice, and words with a
// value; * is every purpose or channel; who= tells people apart. A question ends
// with what the source of the case demands after an arrow; its whole ruling
// stands in the same place below, as the program gives it, with the rule of law it
// rests on in brackets. An arrow "-> denied, known wrong" demands what the program
// does not answer yet. Lines that begin
// with # are read by people alone. What is declared is the file of lecito apply.
func TestCases(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { runCase(t, path) })
	}
}

func runCase(t *testing.T, path string) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := readCase(t, archive)
	var out bytes.Buffer
	for _, line := range strings.Split(strings.TrimSpace(string(section(archive, "questions"))), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			fmt.Fprintln(&out, line)
			continue
		}
		question, demanded, _ := strings.Cut(line, "->")
		d := c.ask(question)
		demand(t, line, strings.TrimSpace(demanded), d)
		fmt.Fprintln(&out, sayRuling(d, c.zone))
	}
	rulings := section(archive, "rulings")
	if bytes.Equal(out.Bytes(), rulings) {
		return
	}
	if !*update {
		t.Fatalf("got\n%s\nwant\n%s", out.Bytes(), rulings)
	}
	for i := range archive.Files {
		if archive.Files[i].Name == "rulings" {
			archive.Files[i].Data = out.Bytes()
		}
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// demand holds a ruling to what the source of the case says: permitted, denied,
// or a reason to permit or deny. It is never written by -update.
func demand(t *testing.T, line, demanded string, d lawful.Decision) {
	t.Helper()
	wanted, mark, known := strings.Cut(demanded, ", ")
	outcome := "denied"
	if d.Permitted {
		outcome = "permitted"
	}
	holds := wanted == outcome || wanted == string(d.Reason)
	switch {
	case demanded == "":
		t.Errorf("nothing is demanded of %q", line)
	case known && mark != "known wrong":
		t.Errorf("what is %q in %q?", mark, line)
	case known && holds:
		t.Errorf("this is right now, take the mark off: %q", line)
	case !known && !holds:
		t.Errorf("got %s (%s), the case demands %s: %q\n%s", outcome, d.Reason, wanted, line, d.Explanation)
	}
}

func lines(data []byte) []string {
	var found []string
	for _, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	return found
}

func sayRuling(d lawful.Decision, zone *time.Location) string {
	text := "denied"
	if d.Permitted {
		text = "permitted"
	}
	text += ": " + string(d.Reason)
	if d.Since != nil {
		text += ", since " + d.Since.In(zone).Format(time.DateOnly)
	}
	if d.Until != nil {
		text += ", until " + d.Until.In(zone).Format(time.DateOnly)
	}
	for i, also := range d.Also {
		text += []string{", also ", " and "}[min(i, 1)] + string(also)
	}
	text += ". " + d.Explanation
	if step, ok := d.Step(); ok && step.Law != "" {
		text += " [" + step.Law + "]"
	}
	return text
}
