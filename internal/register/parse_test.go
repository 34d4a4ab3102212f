// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
)

var update = flag.Bool("update", false, "rewrite what the golden files want")

// golden runs f over every case of a folder and holds it to what the case wants.
func golden(t *testing.T, folder string, f func(t *testing.T, part func(string) []byte) string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in %s: %v", folder, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]*txtar.File{}
			for i := range archive.Files {
				parts[archive.Files[i].Name] = &archive.Files[i]
			}
			got := f(t, func(name string) []byte { return parts[name].Data })
			if *update {
				parts["want"].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(parts["want"].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestFilesAreTakenOrToldWhatIsWrong(t *testing.T) {
	golden(t, "parse", func(_ *testing.T, part func(string) []byte) string {
		_, err := register.Parse(part("file.yaml"), "file.yaml")
		if err == nil {
			return ""
		}
		return err.Error() + "\n"
	})
}

func TestTheSampleIsRight(t *testing.T) {
	doc := parse(t, sample.Bottega)
	if len(doc.Purposes) != 11 {
		t.Errorf("the sample has %d purposes, want 11", len(doc.Purposes))
	}
	for _, n := range doc.Notices {
		if got := strings.Join(n.Languages(), " "); got != "en fr it" {
			t.Errorf("notice %s version %d is in %s", n.ID, n.Version, got)
		}
	}
	for _, p := range doc.Purposes {
		for _, language := range []string{"it", "en", "fr"} {
			if p.Title[language] == "" || p.Description[language] == "" || p.Benefit[language] == "" && p.Basis == "consent" {
				t.Errorf("purpose %s lacks a text in %s", p.ID, language)
			}
		}
	}
}

func TestLargeFileIsRefusedUnread(t *testing.T) {
	_, err := register.Parse(bytes.Repeat([]byte("#"), register.MaxSize+1), "big.yaml")
	if !problem.Is(err, problem.TooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestManyFaultsAreCutShort(t *testing.T) {
	file := "organisation: {id: a, name: A, country: IT, language: it, time_zone: Europe/Rome}\npurposes:\n" + strings.Repeat("  - {}\n", 5000)
	_, err := register.Parse([]byte(file), "many.yaml")
	p := problem.As(err)
	if p == nil || len(p.Places) != 101 || !strings.Contains(p.Places[100].Detail, "more") {
		t.Errorf("got %d places", len(p.Places))
	}
}

func parse(t *testing.T, file []byte) *register.Document {
	t.Helper()
	doc, err := register.Parse(file, "file.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/parse/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		doc, err := register.Parse(file, "fuzz.yaml")
		if err != nil {
			p := problem.As(err)
			if p == nil {
				t.Fatalf("not a problem: %v", err)
			}
			return
		}
		record := recorded(doc)
		changes, err := register.Diff(record, doc)
		if err == nil && len(changes) > 0 {
			t.Fatalf("a second time there are changes: %+v", changes)
		}
	})
}
