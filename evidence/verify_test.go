// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/lawful"
)

func verify(tb testing.TB, file []byte, opts evidence.Options) evidence.Verdict {
	tb.Helper()
	v, err := evidence.Verify(file, opts)
	return must(tb, v, err)
}

func files(tb testing.TB) map[string][]byte {
	tb.Helper()
	return map[string][]byte{"certificate": certificateFile(tb), "receipt": receiptFile(tb), "clearance": clearanceFile(tb)}
}

func TestGoodFilesVerify(t *testing.T) {
	key := newKey(t, sampleOrigin, "log").vkey
	for kind, file := range files(t) {
		v := verify(t, file, evidence.Options{Keys: []string{key}})
		if !v.OK() || !v.KeyPinned || v.Kind != kind || v.Organisation != sampleOrg {
			t.Errorf("%s: got %+v", kind, v)
		}
		if len(v.Proved) == 0 || len(v.Attested) == 0 || len(v.Stated) == 0 {
			t.Errorf("%s: got %v, %v, %v; want each part to say something", kind, v.Proved, v.Attested, v.Stated)
		}
	}
}

// TestEveryChangedByteFails changes every byte of a file: none of the results
// may verify. The certificate is one without law and words, which is short and as strict.
func TestEveryChangedByteFails(t *testing.T) {
	all := files(t)
	l, rules := newLog(t), sampleRules(t)
	rules.Law = nil
	c, opened := certificateUnder(l, rules, true, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	c.Question.Explain = false
	c.Edition, c.Decision = lawful.Edition, lawful.Decide(&c.Rules, lawful.Person{Known: true}, c.Question)
	short, err := evidence.NewCertificate(c, l.signing(), opened)
	all["certificate"] = must(t, short, err)
	for kind, file := range all {
		for i := range file {
			for _, flip := range []byte{0x01, 0x20, 0x80} { // unused bits of base64, case of letters, UTF-8
				bad := bytes.Clone(file)
				bad[i] ^= flip
				v, err := evidence.Verify(bad, evidence.Options{})
				if err != nil || v.OK() || len(v.Problems) == 0 {
					t.Fatalf("%s: byte %d flipped by %#x verifies: %v %+v", kind, i, flip, err, v)
				}
			}
		}
	}
}

func TestCutAndGrownFilesFail(t *testing.T) {
	for kind, file := range files(t) {
		for i := range file {
			if v := verify(t, file[:i], evidence.Options{}); v.OK() {
				t.Fatalf("%s: cut at byte %d it verifies", kind, i)
			}
		}
		for _, tail := range []string{"\n", " ", "{}", "\x00"} {
			if v := verify(t, append(bytes.Clone(file), tail...), evidence.Options{}); v.OK() {
				t.Errorf("%s: with %q after it, it verifies", kind, tail)
			}
		}
	}
}

func TestProblemNamesTheRegion(t *testing.T) {
	file := string(certificateFile(t))
	for name, c := range map[string]struct{ old, new, want string }{
		"not a file":      {file, "hello", "not in the form"},
		"statement":       {`\"permitted\":true`, `\"permitted\":false`, "statement is not signed as it must be (the signature does not fit the text"},
		"payload":         {`"payload": "ey`, `"payload": "eY`, "the statement key's entry"},
		"root":            {`\nindex 1\n`, `\nindex 0\n`, "entry 1 of the file: the hashes do not lead"},
		"other format":    {`"format": "lecito/certificate@v1"`, `"format": "lecito/receipt@v1"`, "signed statement does not hold together"},
		"unknown format":  {`"format": "lecito/certificate@v1"`, `"format": "lecito/certificate@v2"`, "format is none of"},
		"unknown key":     {`"format":`, `"x": 1, "format":`, "not in the form"},
		"checkpoint size": {sampleOrigin + `\n2\n`, sampleOrigin + `\n3\n`, "checkpoint: the signature does not fit the text"},
	} {
		bad := strings.Replace(file, c.old, c.new, 1)
		v := verify(t, []byte(bad), evidence.Options{})
		if bad == file || v.OK() || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], c.want) {
			t.Errorf("%s: got %q, want %q", name, v.Problems, c.want)
		}
		if len(v.Proved)+len(v.Attested)+len(v.Stated) > 0 {
			t.Errorf("%s: a file that is not intact proves %v", name, v.Proved)
		}
	}
}

func TestPinnedKeys(t *testing.T) {
	file := certificateFile(t)
	log, statement, stranger := newKey(t, sampleOrigin, "log"), newKey(t, "bottega.example/statements", "statement"), newKey(t, sampleOrigin, "stranger")
	for name, c := range map[string]struct {
		keys       []string
		pinned, ok bool
	}{
		"none":      {nil, false, true},
		"log":       {[]string{log.vkey}, true, true},
		"statement": {[]string{stranger.vkey, statement.vkey}, true, true},
		"stranger":  {[]string{stranger.vkey}, false, false},
	} {
		v := verify(t, file, evidence.Options{Keys: c.keys})
		if v.KeyPinned != c.pinned || v.OK() != c.ok || !v.Intact || !v.Signed {
			t.Errorf("%s: got pinned %t, ok %t, %v", name, v.KeyPinned, v.OK(), v.Problems)
		}
	}
	if _, err := evidence.Verify(file, evidence.Options{Keys: []string{"nonsense"}}); err == nil {
		t.Error("a pinned key that is none: got no error")
	}
}

func TestRotatedKeyIsVouchedFor(t *testing.T) {
	older := newKey(t, "bottega.example/statements", "statement")
	newer := newKey(t, "bottega.example/statements-2", "newer")
	signed, err := evidence.Succession(evidence.RoleStatement, newer.vkey, older, newer)
	body := evidence.KeyBody{Role: evidence.RoleStatement, VKey: newer.vkey, Replaces: older.vkey, SignedByOld: must(t, signed, err)}
	build := func(body evidence.KeyBody) ([]byte, error) {
		l := newLog(t)
		index := l.add("", evidence.KindKey, body)
		c, opened := sampleCertificate(l, true, choice(lawful.Given, "2026-02-01T10:00:00Z"))
		return evidence.NewCertificate(c, evidence.Signing{Signer: newer, LogKey: l.log.vkey, Key: l.open(index)[0]}, opened)
	}
	file, err := build(body)
	if v := verify(t, must(t, file, err), evidence.Options{Keys: []string{older.vkey}}); !v.OK() || !v.KeyPinned {
		t.Errorf("got %v; want the old key to vouch for the new", v.Problems)
	}
	alone, err := note.Sign(&note.Note{Text: strings.SplitAfter(signed, "\n\n")[0][:strings.Index(signed, "\n\n")+1]}, newer)
	body.SignedByOld = string(must(t, alone, err))
	if _, err := build(body); err == nil {
		t.Error("a succession only the new key signed: got a file")
	}
}

func TestListIsRecognised(t *testing.T) {
	file := clearanceFile(t)
	for list, want := range map[string]string{listIn: evidence.ListInput, listOut: evidence.ListOutput, listOut + "x": evidence.ListNeither} {
		v := verify(t, file, evidence.Options{List: strings.NewReader(list)})
		if v.List != want || v.OK() != (want != evidence.ListNeither) {
			t.Errorf("got %s, %t; want %s", v.List, v.OK(), want)
		}
	}
}

func TestVerdictSpeaksEveryLanguage(t *testing.T) {
	for lang, want := range map[string]string{"en": "Proved", "it": "Provato", "fr": "Prouvé", "de": "Bewiesen", "es": "Probado", "xx": "Proved"} {
		for kind, file := range files(t) {
			var b strings.Builder
			if err := verify(t, file, evidence.Options{}).Text(&b, lang); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "%!") {
				t.Errorf("%s in %s: got\n%s", kind, lang, b.String())
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	for _, file := range files(f) {
		f.Add(file)
	}
	f.Add([]byte(`{"format":"lecito/receipt@v1"}`))
	good := files(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		v, err := evidence.Verify(file, evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if v.OK() && !bytes.Equal(file, good[v.Kind]) {
			t.Errorf("a file that was never made verifies: %q", file)
		}
		var b bytes.Buffer
		if err := v.Text(&b, "it"); err != nil {
			t.Fatal(err)
		}
	})
}
