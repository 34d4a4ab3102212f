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

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lecito/lecito/lawful"
)

var update = flag.Bool("update", false, "write the rulings as they are into the cases")

// TestCases reads testdata: cases that a lawyer can read and write. Above the
// first file stands what the case settles. A line of facts is a date, what was
// done, then purpose, channel and words with a value; * is every purpose or
// channel. A line of questions has its ruling in the same place below. The
// declared purposes and sources are those of shopRules.
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
	files := map[string]*txtar.File{}
	for i := range archive.Files {
		files[archive.Files[i].Name] = &archive.Files[i]
	}
	var known []lawful.Recorded
	for _, line := range lines(files["facts"].Data) {
		known = append(known, readFact(t, line))
	}
	known = history(known...)
	var out bytes.Buffer
	for _, line := range lines(files["questions"].Data) {
		d := lawful.Decide(shopRules(), lawful.Person{Known: true, History: known}, readQuestion(t, line))
		fmt.Fprintln(&out, sayRuling(d))
	}
	if bytes.Equal(out.Bytes(), files["rulings"].Data) {
		return
	}
	if !*update {
		t.Fatalf("got\n%s\nwant\n%s", out.Bytes(), files["rulings"].Data)
	}
	files["rulings"].Data = out.Bytes()
	if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
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

func sayRuling(d lawful.Decision) string {
	text := "denied"
	if d.Permitted {
		text = "permitted"
	}
	text += ": " + string(d.Reason)
	if d.Since != nil {
		text += ", since " + d.Since.In(day("2026-01-01").Location()).Format("2006-01-02")
	}
	if d.Until != nil {
		text += ", until " + d.Until.In(day("2026-01-01").Location()).Format("2006-01-02")
	}
	for i, also := range d.Also {
		text += []string{", also ", " and "}[min(i, 1)] + string(also)
	}
	return text + ". " + d.Explanation
}

// readFact reads "2026-03-01 given newsletter email to=email:anna@example.com through=form".
func readFact(t *testing.T, line string) lawful.Recorded {
	t.Helper()
	words := strings.Fields(line)
	if len(words) < 2 {
		t.Fatalf("not a fact: %s", line)
	}
	on, kind := words[0], words[1]
	var f lawful.Recorded
	switch kind {
	case lawful.Given, lawful.Refused, lawful.Withdrawn, lawful.Objected, lawful.Confirmed:
		f = choose(kind, strings.Trim(words[2], "*"), strings.Trim(words[3], "*"), on, with())
		words = words[4:]
	default:
		f = happen(kind, on, with())
		words = words[2:]
	}
	for _, word := range words {
		setWord(t, &f, word)
	}
	return f
}

func setWord(t *testing.T, f *lawful.Recorded, word string) {
	t.Helper()
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "of":
		f.Identifiers = append(f.Identifiers, readIdentifier(value))
	case "through":
		f.Source = value
	case "by":
		f.Actor = value
	case "recorded":
		f.Recorded = day(value)
	case "method":
		f.Choice.Evidence.Method = value
	case "dated":
		f.Choice.Evidence.Dated = true
	case "undated":
		f.Undated = true
	case "unproven":
		f.Choice.Unproven = true
	case "ticked":
		f.Choice.Evidence.Default = "ticked"
	case "naming":
		f.Choice.Evidence.Named = append(f.Choice.Evidence.Named, strings.ReplaceAll(value, "_", " "))
	case "covering":
		f.Choice.Evidence.Covers = strings.Split(value, ",")
	case "channel":
		f.Channel = value
	case "system":
		f.System = value
	case "chain":
		f.Chain = value
	default:
		t.Fatalf("what is %s?", word)
	}
}

func readIdentifier(s string) lawful.Identifier {
	kind, value, _ := strings.Cut(s, ":")
	source, ours, found := strings.Cut(value, "/")
	if kind == lawful.IDSource && found {
		return lawful.Identifier{Kind: kind, Value: ours, Source: source}
	}
	return lawful.Identifier{Kind: kind, Value: value}
}

// readQuestion reads "newsletter email of=email:anna@example.com at=2026-05-01 known=2026-05-02 in=it".
func readQuestion(t *testing.T, line string) lawful.Question {
	t.Helper()
	words := strings.Fields(line)
	q := lawful.Question{Purpose: words[0], Channel: words[1], Language: "en", Explain: true}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "of":
			q.Identifier = append(q.Identifier, readIdentifier(value))
		case "at":
			q.At = day(value)
		case "known":
			q.KnownAt = day(value)
		case "in":
			q.Language = value
		case "content":
			q.Content = value
		default:
			t.Fatalf("what is %s?", word)
		}
	}
	return q
}
