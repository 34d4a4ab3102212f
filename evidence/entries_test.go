// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/lawful"
)

// manyEntries is more than are opened in one go, twice.
const manyEntries = 1100

// manyFile is the certificate of somebody who acted very often, now and then in
// words that need escaping, or by a clock of elsewhere.
func manyFile(t *testing.T) []byte {
	t.Helper()
	l := newLog(t)
	begin := instant("2026-01-15T10:00:00Z")
	facts := make([]lawful.Fact, manyEntries)
	for i := range facts {
		facts[i] = choice(lawful.Given, "2026-01-15T10:00:00Z")
		facts[i].Happened = begin.Add(time.Duration(i) * time.Minute)
		switch i % 7 {
		case 1:
			facts[i].Choice.Evidence.Text = "Sì, \"write\" to <me>\n& mine"
		case 2:
			facts[i].Happened = facts[i].Happened.In(time.FixedZone("", 3600))
		case 3:
			facts[i] = lawful.Fact{Kind: lawful.KindActivity, Act: "purchase", Actor: lawful.ActorSystem, Happened: facts[i].Happened}
		}
	}
	c, opened := sampleCertificate(l, true, facts...)
	file, err := evidence.NewCertificate(c, l.signing(), opened)
	return must(t, file, err)
}

func TestVeryManyEntriesVerify(t *testing.T) {
	file := manyFile(t)
	v := verify(t, file, evidence.Options{})
	if !v.OK() || len(v.Stated) < manyEntries {
		t.Fatalf("got %v, %d sentences about facts", v.Problems, len(v.Stated))
	}
	if text := strings.Join(v.Stated, "\n"); strings.Count(text, "chain sub_1, entry ") != manyEntries {
		t.Errorf("got %d entries told of, want %d", strings.Count(text, "chain sub_1, entry "), manyEntries)
	}
	lines := bytes.SplitAfter(file, []byte("\n    },\n")) // the first has the head, the last the tail
	for _, n := range []int{1, 2, 500, 511, 512, 513, 1024, manyEntries - 2} {
		for name, bad := range map[string][]byte{
			"left out":   without(lines, n),
			"twice":      with(lines, n, append(bytes.Clone(lines[n]), lines[n]...)),
			"salt":       with(lines, n, changed(lines[n], `"salt": "`, 10)),
			"payload":    with(lines, n, changed(lines[n], `"payload": "`, 40)),
			"hash":       with(lines, n, changed(lines[n], `\nindex `, 20)),
			"last hash":  with(lines, n, changed(lines[n], `\n\nbottega.example/log`, -30)),
			"checkpoint": with(lines, n, bytes.Replace(lines[n], []byte(`log\n1101\n`), []byte(`log\n1102\n`), 1)),
			"index":      with(lines, n, bytes.Replace(lines[n], []byte(`\nindex `), []byte(`\nindex 0`), 1)),
			"spelling":   with(lines, n, bytes.Replace(lines[n], []byte(`tlog-proof`), []byte(`tlog\u002dproof`), 1)),
			"space":      with(lines, n, bytes.Replace(lines[n], []byte(`"salt": `), []byte(`"salt":  `), 1)),
			"key":        with(lines, n, bytes.Replace(lines[n], []byte(`"salt"`), []byte(`"Salt"`), 1)),
			"key twice":  with(lines, n, bytes.Replace(lines[n], []byte(`"salt"`), []byte(`"salt": "", "salt"`), 1)),
			"line break": with(lines, n, bytes.Replace(lines[n], []byte(`"salt": "`), []byte("\"salt\": \"\n"), 1)),
		} {
			if v := verify(t, bad, evidence.Options{}); v.OK() || len(v.Problems) != 1 || bytes.Equal(bad, file) {
				t.Errorf("%s in entry %d: got %v, %q", name, n+1, v.OK(), v.Problems)
			}
		}
		v := verify(t, with(lines, n, changed(lines[n], `"salt": "`, 10)), evidence.Options{})
		if want := fmt.Sprintf("entry %d of the file: the hashes do not lead", n+1); !strings.Contains(v.Problems[0], want) {
			t.Errorf("got %q, want %q", v.Problems[0], want)
		}
	}
}

func without(lines [][]byte, n int) []byte { return with(lines, n, nil) }

func with(lines [][]byte, n int, line []byte) []byte {
	return bytes.Join([][]byte{bytes.Join(lines[:n], nil), line, bytes.Join(lines[n+1:], nil)}, nil)
}

// changed is a line with one letter of base64 changed, so far behind some words.
func changed(line []byte, words string, behind int) []byte {
	out := bytes.Clone(line)
	at := bytes.Index(out, []byte(words)) + len(words) + behind
	if out[at] == 'A' {
		out[at] = 'B'
	} else {
		out[at] = 'A'
	}
	return out
}
