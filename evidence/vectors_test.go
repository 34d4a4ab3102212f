// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/lawful"
)

var update = flag.Bool("update", false, "write testdata anew")

// vector is a file with what verifying it must say, for verifiers in any language.
type vector struct {
	OK      bool             `json:"ok"`
	Keys    []string         `json:"keys"`           // pinned
	List    string           `json:"list,omitempty"` // the list it is held against
	Verdict evidence.Verdict `json:"verdict"`        // without the statement itself
}

// TestVectors verifies the files in testdata, byte for byte as they were once
// made: what verified when it was given out must verify for ever. Run it with
// -update to add to them, not to hide that an old file has stopped verifying.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	paths, err := filepath.Glob("testdata/*.verdict.json")
	if must(t, paths, err); len(paths) < 9 {
		t.Fatalf("got %d vectors, want 9", len(paths))
	}
	for _, path := range paths {
		var want vector
		if err := json.Unmarshal([]byte(read(t, path)), &want); err != nil {
			t.Fatal(err)
		}
		got := judge(t, strings.TrimSuffix(path, ".verdict.json")+".json", want.Keys, want.List)
		if text := render(t, got); text != read(t, path) {
			t.Errorf("%s: got\n%s", path, text)
		}
	}
}

func judge(t *testing.T, path string, keys []string, list string) vector {
	t.Helper()
	opts := evidence.Options{Keys: keys}
	if list != "" {
		opts.List = strings.NewReader(read(t, "testdata", list))
	}
	v := verify(t, []byte(read(t, path)), opts)
	v.Certificate, v.Receipt, v.Clearance = nil, nil, nil
	return vector{OK: v.OK(), Keys: keys, List: list, Verdict: v}
}

func render(t *testing.T, v vector) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func writeVectors(t *testing.T) {
	t.Helper()
	l := newLog(t)
	for range 3 { // others' entries, so that proofs have some length
		l.add("sub_9", evidence.KindFact, choice(lawful.Refused, "2026-01-20T10:00:00Z"))
	}
	c, entries := sampleCertificate(l, true, choice(lawful.Given, "2026-02-01T10:00:00Z"), choice(lawful.Withdrawn, "2026-02-10T10:00:00Z"))
	certificate, err := evidence.NewCertificate(c, l.signing(), entries)
	must(t, certificate, err)
	unknown, _ := sampleCertificate(l, false)
	nobody, err := evidence.NewCertificate(unknown, l.signing(), nil)
	must(t, nobody, err)
	other := newLog(t)
	changed, opened := overriddenCertificate(other)
	overridden, err := evidence.NewCertificate(changed, other.signing(), opened)
	must(t, overridden, err)
	receipt := sealReceipt(l, sampleReceipt(l, 1), 4)
	cleared := sampleClearance(l)
	index := l.add("", evidence.KindClearance, cleared.Cleared)
	clearance, err := evidence.NewClearance(cleared, l.signing(), l.open(index)[0])
	must(t, clearance, err)
	write(t, "list-in.csv", []byte(listIn))
	write(t, "list-out.csv", []byte(listOut))
	write(t, "list-other.csv", []byte(listOut+"eve@example.com\n"))
	keys := []string{l.log.vkey}
	for name, v := range map[string]struct {
		file []byte
		list string
		keys []string
	}{
		"certificate":         {certificate, "", keys},
		"certificate-unknown": {nobody, "", nil},
		"certificate-changed": {bytes.Replace(certificate, []byte(`\"permitted\":false`), []byte(`\"permitted\":true`), 1), "", keys},
		"certificate-pin":     {certificate, "", []string{newKey(t, sampleOrigin, "stranger").vkey}},
		"certificate-words":   {resign(t, l, certificate, "withdrew consent", "gave consent"), "", keys},
		"certificate-law":     {overridden, "", keys},
		"receipt":             {receipt, "", keys},
		"clearance":           {clearance, "list-out.csv", keys},
		"clearance-list":      {clearance, "list-other.csv", keys},
	} {
		write(t, name+".json", v.file)
		path := filepath.Join("testdata", name)
		write(t, name+".verdict.json", []byte(render(t, judge(t, path+".json", v.keys, v.list))))
	}
}

// resign signs a file's statement again with other words in it, as no
// organisation can through this package.
func resign(t *testing.T, l *sampleLog, file []byte, old, words string) []byte {
	t.Helper()
	var outer struct {
		Statement string `json:"statement"`
	}
	if err := json.Unmarshal(file, &outer); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(outer.Statement, "\n")
	signed, err := note.Sign(&note.Note{Text: strings.Replace(line, old, words, 1) + "\n"}, l.statement)
	was, err2 := json.Marshal(outer.Statement)
	is, err3 := json.Marshal(string(must(t, signed, err)))
	return bytes.Replace(file, must(t, was, err2), must(t, is, err3), 1)
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
