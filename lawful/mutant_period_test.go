// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/lawful"
)

func TestPeriodsEndAndGoBack(t *testing.T) {
	rome := shopRules().Organisation.Zone()
	for _, c := range []struct {
		number     int
		unit       string
		from       string
		ends, back string
	}{
		{1, lawful.UnitDays, "2026-11-21T10:20:30", "2026-11-23T00:00:00", "2026-11-20T10:20:30"},
		{2, lawful.UnitWeeks, "2026-11-21T10:20:30", "2026-12-06T00:00:00", "2026-11-07T10:20:30"},
		{3, lawful.UnitMonths, "2026-05-31T10:20:30", "2026-09-01T00:00:00", "2026-02-28T10:20:30"},
		{1, lawful.UnitMonths, "2026-01-31T10:20:30", "2026-03-01T00:00:00", "2025-12-31T10:20:30"},
		{14, lawful.UnitMonths, "2026-01-15T10:20:30", "2027-03-16T00:00:00", "2024-11-15T10:20:30"},
		{2, lawful.UnitYears, "2026-11-21T10:20:30", "2028-11-22T00:00:00", "2024-11-21T10:20:30"},
		{1, lawful.UnitYears, "2028-02-29T10:20:30", "2029-03-01T00:00:00", "2027-02-28T10:20:30"},
	} {
		p, from := lawful.Period{Number: c.number, Unit: c.unit}, day(c.from)
		if got := p.End(from.UTC(), rome); !got.Equal(day(c.ends)) {
			t.Errorf("%v from %s ends %s, want %s", p, c.from, got, c.ends)
		}
		if got := p.Back(from.UTC(), rome); !got.Equal(day(c.back)) {
			t.Errorf("%v back from %s is %s, want %s", p, c.from, got, c.back)
		}
	}
}

// TestDaysThatBeginLate: where clocks jump over midnight, a day begins when they
// have jumped; where a whole day was left out, with the next.
func TestDaysThatBeginLate(t *testing.T) {
	for _, c := range []struct{ zone, from, want string }{
		{"America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-05T02:00:00Z"},
		{"America/Sao_Paulo", "2018-11-02T12:00:00Z", "2018-11-04T03:00:00Z"},
		{"America/Santiago", "2026-09-04T12:00:00Z", "2026-09-06T04:00:00Z"},
		{"Africa/Cairo", "2026-04-22T12:00:00Z", "2026-04-23T22:00:00Z"},
		{"Asia/Beirut", "2026-03-27T12:00:00Z", "2026-03-28T22:00:00Z"},
		{"America/Danmarkshavn", "1995-12-30T12:00:00Z", "1996-01-01T03:00:00Z"},
		{"America/Paramaribo", "1984-09-29T12:00:00Z", "1984-10-01T03:30:00Z"},
		{"Pacific/Apia", "2011-12-28T22:00:00Z", "2011-12-30T10:00:00Z"},
		{"Europe/Rome", "2026-03-27T12:00:00Z", "2026-03-28T23:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := (lawful.Period{Number: 1, Unit: lawful.UnitDays}).End(from, zone).UTC().Format(time.RFC3339Nano); got != c.want {
			t.Errorf("a day from %s in %s ends %s, want %s", c.from, c.zone, got, c.want)
		}
	}
}

func TestValuesAreWrittenAsOverridesWriteThem(t *testing.T) {
	for want, l := range map[string]lawful.Law{
		"":                     {},
		"consent, soft_opt_in": {Words: []string{"consent", "soft_opt_in"}},
		"24 months":            {Number: 24, Unit: lawful.UnitMonths},
		"1":                    {Number: 1},
		"rpo, 15 working days": {Words: []string{"rpo"}, Number: 15, Unit: lawful.UnitWorkingDays},
		"0 days":               {Unit: lawful.UnitDays},
	} {
		if got := l.Value(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSentencesNameWhatTheySpeakOf(t *testing.T) {
	says := func(name string, rules *lawful.Rules, q lawful.Question, facts []lawful.Recorded, wanted ...string) {
		t.Helper()
		q.Language = "en"
		text := under(rules, q, facts...).Explanation
		for _, want := range wanted {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q does not say %q", name, text, want)
			}
		}
	}
	says("a law", shopRules(), ask("invoices", "email"), nil, "DPR 633/1972")
	dotted := shopWith("invoices", func(p *lawful.Purpose) { p.Law = "Decree 1. " })
	says("a law with a full stop", dotted, ask("invoices", "email"), nil, "Decree 1")
	if text := under(dotted, ask("invoices", "email")).Explanation; strings.Contains(text, "1. .") || strings.Contains(text, "..") {
		t.Errorf("%q has two full stops", text)
	}
	rules := shopRules()
	source := rules.Sources["form"][0]
	for title, want := range map[string]map[string]string{"Erste": {"fr": "Zweite", "de": "Erste"}, "": {}} {
		source.Title = want
		rules.Sources["form"] = []lawful.Source{source}
		d := under(rules, asked(ask("newsletter", "email"), func(q *lawful.Question) { q.Language = "en" }), give("newsletter", "email", "2026-03-01"))
		if !strings.Contains(d.Explanation, title) || strings.Contains(d.Explanation, "“”") {
			t.Errorf("%q does not name its source %q", d.Explanation, title)
		}
	}
	unknown := rules.Organisation
	unknown.Language = "tlh"
	rules.Organisation = unknown
	says("no language of ours", rules, asked(ask("newsletter", "email"), func(q *lawful.Question) { q.Language = "pt" }), nil, "has not given consent")
}
