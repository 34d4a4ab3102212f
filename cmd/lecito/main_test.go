// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lecito": main})
}

// TestScripts uses the program as a person does.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true})
}

// TestDocuments does what documents say, and reads what they say one will read.
// "…" there stands for whatever differs from day to day.
func TestDocuments(t *testing.T) {
	for _, name := range []string{"getting-started", "leaving"} {
		t.Run(name, func(t *testing.T) { follow(t, "../../docs/"+name+".md") })
	}
}

// follow does what one document says.
func follow(t *testing.T, name string) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	done := 0
	for _, block := range blocks(string(raw)) {
		if block.file != "" {
			if err := os.WriteFile(filepath.Join(dir, block.file), []byte(block.text), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, step := range steps(block.text) {
			done++
			cmd := exec.CommandContext(t.Context(), "sh", "-c", step.command)
			cmd.Dir = dir
			out, _ := cmd.CombinedOutput() // some steps are meant to fail; what they print says so
			if !step.want.MatchString("\n" + strings.TrimSpace(string(out)) + "\n") {
				t.Fatalf("$ %s\nprinted:\n%s\nthe document says:\n%s", step.command, out, step.text)
			}
		}
	}
	if said := strings.Count(string(raw), "\n$ "); done == 0 || done != said {
		t.Errorf("%d commands were run, the document has %d", done, said)
	}
}

// block is a fenced block of the document: a file to write, or a session.
type block struct{ file, text string }

func blocks(doc string) []block {
	fence := regexp.MustCompile("(?s)(?:<!-- file: (\\S+) -->\n)?```(\\w+)\n(.*?)```")
	var out []block
	for _, m := range fence.FindAllStringSubmatch(doc, -1) {
		if m[1] != "" || m[2] == "console" {
			out = append(out, block{file: m[1], text: m[3]})
		}
	}
	return out
}

// step is a command of a session and what it prints.
type step struct {
	command string
	text    string
	want    *regexp.Regexp
}

func steps(session string) []step {
	var out []step
	for _, part := range strings.Split("\n"+session, "\n$ ")[1:] {
		command, text, _ := strings.Cut(part, "\n")
		pattern := regexp.QuoteMeta("\n" + strings.TrimSpace(text) + "\n")
		pattern = strings.ReplaceAll(pattern, "\n…\n", "\n(?s:.*)")
		pattern = strings.ReplaceAll(pattern, "…", ".*")
		out = append(out, step{command, text, regexp.MustCompile("^" + pattern + "\n*$")})
	}
	return out
}
