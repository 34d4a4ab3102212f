// SPDX-License-Identifier: Apache-2.0

package notice_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/notice"
)

func signup() notice.Notice {
	return notice.Notice{ID: "signup", Version: 3, Texts: map[string]notice.Text{
		"it": {Short: "Breve & chiara", Long: "L'informativa intera."},
		"en": {Short: "Short & clear", Long: "The whole <notice>."},
	}}
}

func TestDigestIsThatOfTheTextsAsPlainJSON(t *testing.T) {
	const texts = `{"en":{"short":"Short & clear","long":"The whole <notice>."},"it":{"short":"Breve & chiara","long":"L'informativa intera."}}`
	sum := sha256.Sum256([]byte(texts))
	want := base64.StdEncoding.EncodeToString(sum[:])
	if got := signup().Digest(); got != want {
		t.Errorf("digest = %s, want %s", got, want)
	}
}

func TestDigestChangesWithAnyWordAndWithNothingElse(t *testing.T) {
	n := signup()
	same := signup()
	same.ID, same.Version, same.From = "other", 9, "2026-01-01"
	if n.Digest() != same.Digest() {
		t.Error("the digest depends on more than the texts")
	}
	other := signup()
	other.Texts["en"] = notice.Text{Short: "Short & clear", Long: "The whole <notice>"}
	if n.Digest() == other.Digest() {
		t.Error("the digest does not depend on every letter")
	}
}

func TestTextIsFoundInTheNearestLanguage(t *testing.T) {
	cases := []struct{ have, want, fallback, found string }{
		{"en it", "it", "en", "it"},
		{"en it", "IT", "en", "it"},
		{"en it", "it-CH", "en", "it"},
		{"de-AT en", "de", "en", "de-AT"},
		{"en it", "fr", "it", "it"},
		{"en fr", "de", "it", "en"},
		{"fr es", "de", "it", "fr"},
		{"fr", "", "", "fr"},
		{"", "it", "it", ""},
	}
	for _, c := range cases {
		if got := notice.Nearest(strings.Fields(c.have), c.want, c.fallback); got != c.found {
			t.Errorf("of [%s], asked %q, fallback %q: %q, want %q", c.have, c.want, c.fallback, got, c.found)
		}
	}
	text, language := signup().In("fr", "it")
	if language != "it" || text.Short != "Breve & chiara" {
		t.Errorf("in French: %q, %+v", language, text)
	}
}

func TestReadingTimeIsRoundedUp(t *testing.T) {
	long := notice.Text{Long: strings.Repeat("parola ", 401)}
	if got := long.ReadingTime(); got != 130*time.Second {
		t.Errorf("401 words take %s, want 2m10s", got)
	}
	if got := (notice.Text{}).ReadingTime(); got != 0 {
		t.Errorf("no words take %s", got)
	}
	if got := (notice.Text{Short: "Ti scriviamo."}).ReadingTime(); got != 10*time.Second {
		t.Errorf("two words take %s, want 10s", got)
	}
}
