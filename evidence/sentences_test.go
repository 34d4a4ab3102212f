// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/lawful"
)

func TestSentencesAreWholeInEveryLanguage(t *testing.T) {
	var sentences map[string]map[string]string
	if err := json.Unmarshal([]byte(read(t, "sentences.json")), &sentences); err != nil {
		t.Fatal(err)
	}
	for id, texts := range sentences {
		for _, lang := range lawful.Languages() {
			if texts[lang] == "" || verbs(texts[lang]) != verbs(texts["en"]) {
				t.Errorf("%s in %s: got %q; want a sentence with %q", id, lang, texts[lang], verbs(texts["en"]))
			}
		}
	}
}

// verbs lists what a sentence is filled with, in order.
func verbs(text string) string {
	var out strings.Builder
	for i := range len(text) - 1 {
		if text[i] == '%' {
			out.WriteByte(text[i+1])
		}
	}
	return out.String()
}

func TestKeysAreReadOneALine(t *testing.T) {
	a, b := newKey(t, sampleOrigin, "log").vkey, newKey(t, sampleOrigin, "stranger").vkey
	keys, err := evidence.ParseKeys([]byte("# bottega\n\n" + a + "\r\n" + b))
	if err != nil || len(keys) != 2 || keys[0] != a || keys[1] != b {
		t.Errorf("got %v, %v", keys, err)
	}
	for name, file := range map[string]string{
		"empty": "# nothing\n", "no key": "hello\n", "upper-case id": strings.Replace(a, "c906da1b", "C906DA1B", 1), "cut": a[:len(a)-1],
	} {
		if keys, err := evidence.ParseKeys([]byte(file)); err == nil {
			t.Errorf("%s: got %v", name, keys)
		}
	}
}

func TestFingerprintIsTheHashOfTheLine(t *testing.T) {
	// printf %s 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k' | sha256sum
	const want = "sha256:a05425c8f5f4739a4a96992c9dbd587dbe22ea38733b16167f399d44efb9d9f0"
	if got := evidence.Fingerprint("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
