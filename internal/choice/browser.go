// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// IsBrowser says that a request names a browser and nobody, as the banner of a site does.
func (s Subject) IsBrowser() bool {
	return s == Subject{Device: s.Device} && subject.IsBrowser(lawful.Identifier{Kind: lawful.IDDevice, Value: s.Device})
}

// anonymous says that identifiers are those of a browser, and of nobody known.
func anonymous(ids []subject.Identifier) bool {
	return len(ids) > 0 && !slices.ContainsFunc(ids, func(id subject.Identifier) bool { return !subject.IsBrowser(id.Identifier) })
}

// engine is what is kept of a user agent: the browser and the number of its version.
var engine = regexp.MustCompile(`\b(Edg|OPR|Firefox|Chrome|CriOS|FxiOS|Version)/[0-9]{1,4}`)

// minimal keeps of the evidence of a browser's choice what proves the choice, and
// not what tells the browser from others (GDPR art. 5(1)(c)): no network address,
// the page without its query, the browser's name and version.
func minimal(e *lawful.Evidence) *lawful.Evidence {
	if e == nil {
		return nil
	}
	kept := *e
	kept.IP = ""
	kept.URL, _, _ = strings.Cut(e.URL, "?")
	kept.URL, _, _ = strings.Cut(kept.URL, "#")
	kept.UserAgent = ""
	for _, name := range engine.FindAllString(e.UserAgent, -1) {
		if kept.UserAgent = name; !strings.HasPrefix(name, "Chrome/") {
			break // Edge and others call themselves Chrome too, and first
		}
	}
	return &kept
}

// before is when the signal was there: the browser said it with its request for
// the page, before its user chose there, so that their own yes is the later word.
func before(at, now time.Time) time.Time {
	if at.IsZero() {
		at = now
	}
	return at.Add(-time.Microsecond)
}

// signal takes what a browser says for its user. It is no choice, and goes with one only.
func (c *checker) signal(said string, browser bool) {
	switch {
	case said != "gpc":
		c.wrong("signal", "is gpc")
	case !browser:
		c.wrong("signal", "goes with the choice of a browser: of somebody known it is a fact, sent as one")
	}
}
