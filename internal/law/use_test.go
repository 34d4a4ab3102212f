// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

func rome(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func use(t *testing.T, on []string, overrides ...law.Override) *lawful.Rules {
	t.Helper()
	packs, err := law.Use(rome(t), on, overrides)
	if err != nil {
		t.Fatal(err)
	}
	return &lawful.Rules{Law: packs}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestRulesByJurisdictionAndDay: the key names who says it, own rules come
// before those of the base, and each holds from its midnight.
func TestRulesByJurisdictionAndDay(t *testing.T) {
	rules := use(t, []string{"us-ca"})
	const now = "2026-11-22T12:00:00Z"
	for _, c := range []struct{ jurisdiction, topic, at, key, value string }{
		{"IT", "bases.email", now, "it.bases.email", "consent, soft_opt_in"},
		{"IT", "bases.sms", now, "it.bases.sms", "consent"},
		{"IT", "bases.web", now, "eu.bases.web", "consent, legitimate_interests"},
		{"IT", "no.objected", now, "base.no.objected", ""},
		{"IT", "retention.marketing", now, "it.retention.marketing", "24 months"},
		{"IT", "retention.marketing", "2005-02-23T22:59:59Z", "", ""},
		{"IT", "retention.marketing", "2005-02-23T23:00:00Z", "it.retention.marketing", "24 months"},
		{"IT", "register.phone", now, "it.register.phone", "rpo, 15 days"},
		{"IT", "separate.data", "2026-10-16T21:59:59Z", "eu.separate.data", "location, geolocation"},
		{"IT", "separate.data", "2026-10-16T22:00:00Z", "it.separate.data", "email_open, email_opens, opens, location, geolocation"},
		{"FR", "bases.phone", "2026-08-10T21:59:59Z", "fr.bases.phone", "consent, legitimate_interests"},
		{"FR", "bases.phone", "2026-08-10T22:00:00Z", "fr.bases.phone", "consent"},
		{"FR", "bases.email.business", now, "fr.bases.email.business", "consent, soft_opt_in, legitimate_interests"},
		{"SE", "age.consent", now, "se.age.consent", "13 years"},
		{"SE", "bases.email", now, "eu.bases.email", "consent, soft_opt_in"},
		{"NO", "age.consent", now, "eu.age.consent", "16 years"},
		{"DK", "age.consent", "2023-06-01T00:00:00Z", "dk.age.consent", "13 years"},
		{"GB", "response.pause", "2026-02-01T00:00:00Z", "gb.response.pause", "identity_days"},
		{"GB", "response.pause", now, "gb.response.pause", "identity_restarts"},
		{"US-CA", "response.opt_out", now, "us-ca.response.opt_out", "15 working days"},
		{"US-CA", "unsubscribe.email", now, "us.unsubscribe.email", "10 working days"},
		{"US-OR", "signal.gpc", now, "", ""},                               // not switched on: the base
		{"BR", "bases.email", now, "base.bases.email", "consent"},          // nor that
		{"JP", "bases.post", now, "base.bases.post", "consent"},            // no pack at all
		{"EU", "breach.authority", now, "eu.breach.authority", "72 hours"}, // the proposal is not law
		{"base", "consent.passages", now, "base.consent.passages", "1"},
	} {
		got := rules.LawAt(c.jurisdiction, c.topic, instant(t, c.at))
		if got == nil {
			got = &lawful.Law{}
		}
		if got.Key != c.key || got.Value() != c.value {
			t.Errorf("%s %s at %s: got %q = %q, want %q = %q", c.jurisdiction, c.topic, c.at, got.Key, got.Value(), c.key, c.value)
		}
	}
}

func TestPacksInUse(t *testing.T) {
	packs := use(t, nil).Law
	for _, id := range []string{"base", "EU", "IT", "FR", "DE", "ES", "GB", "SE"} {
		if _, ok := packs[id]; !ok {
			t.Errorf("%s is not in use", id)
		}
	}
	for _, id := range []string{"CH", "US", "US-CA", "CA", "CA-QC", "BR"} {
		if _, ok := packs[id]; ok {
			t.Errorf("%s is in use without being switched on", id)
		}
		if _, ok := use(t, []string{strings.ToLower(id)}).Law[id]; !ok {
			t.Errorf("%s is not in use once switched on", id)
		}
	}
	for id, p := range packs {
		if id != lawful.Base && p.Base == "" {
			t.Errorf("%s has no base", id)
		}
		for topic, versions := range p.Rules {
			for _, v := range versions {
				if v.Source == "" || v.Assurance == "" || v.Text["en"] == "" || !strings.HasSuffix(v.Key, "."+topic) {
					t.Errorf("%s: %s is not whole", id, v.Key)
				}
			}
		}
	}
}

// TestFlatteningKeepsPacksApart: no pack sees what another one says.
func TestFlatteningKeepsPacksApart(t *testing.T) {
	for id, p := range use(t, []string{"CH", "US-CA", "US-CO"}).Law {
		allowed := []string{strings.ToLower(id) + "."}
		for b := law.Packs()[id].Base; b != ""; b = law.Packs()[b].Base {
			allowed = append(allowed, strings.ToLower(b)+".")
		}
		for _, versions := range p.Rules {
			for _, v := range versions {
				if !slices.ContainsFunc(allowed, func(s string) bool { return strings.HasPrefix(v.Key, s) }) {
					t.Errorf("%s holds %s", id, v.Key)
				}
			}
		}
	}
}

func TestOverrides(t *testing.T) {
	rules := use(t, nil,
		law.Override{Rule: "it.retention.marketing", Value: "36 months", Reason: "cars are bought every four years", DecidedBy: "board"},
		law.Override{Rule: "FR.bases.phone", Value: "consent", Reason: "we never called without", DecidedBy: "board"},
		law.Override{Rule: "eu.bases.post", Value: "consent", Reason: "policy", DecidedBy: "board"},
	)
	at := instant(t, "2026-01-10T00:00:00Z")
	got := rules.LawAt("IT", "retention.marketing", at)
	if got.Value() != "36 months" || got.Override == nil || got.Override.Was != "24 months" || got.Override.DecidedBy != "board" || got.Key != "it.retention.marketing" {
		t.Errorf("got %+v", got)
	}
	if got := rules.LawAt("FR", "bases.phone", at); got.Value() != "consent" || got.Override.Was != "consent, legitimate_interests" {
		t.Errorf("the old version is not overridden: %+v", got)
	}
	if got := rules.LawAt("SE", "bases.post", at); got.Value() != "consent" || got.Override == nil {
		t.Errorf("those on the base don't see it: %+v", got)
	}
	if got := rules.LawAt("IT", "bases.post", at); got.Value() != "consent, legitimate_interests" || got.Override != nil {
		t.Errorf("Italy's own rule is changed too: %+v", got)
	}
	if got := use(t, nil).LawAt("IT", "retention.marketing", at); got.Value() != "24 months" || got.Override != nil {
		t.Errorf("the override stayed: %+v", got)
	}
}

func TestOverridesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		o          law.Override
		code, want string
	}{
		"no rule":       {law.Override{Rule: "retention"}, "unknown_rule", "named by its pack"},
		"unknown pack":  {law.Override{Rule: "xx.retention.marketing"}, "unknown_rule", "named by its pack"},
		"unknown topic": {law.Override{Rule: "it.nonsense"}, "unknown_rule", "no rule of this name"},
		"of its base":   {law.Override{Rule: "se.bases.email"}, "unknown_rule", "as eu.bases.email"},
		"decision":      {law.Override{Rule: "base.no.objected", Value: "1"}, "rule_of_decision", "only a value"},
		"pending only":  {law.Override{Rule: "us-ok.act"}, "unknown_rule", "no rule of this name"},
		"no value":      {law.Override{Rule: "it.retention.marketing"}, "invalid_value", "a number of days, weeks, months, years"},
		"bad value":     {law.Override{Rule: "it.retention.marketing", Value: "forever"}, "invalid_value", "knows no word"},
		"bad word":      {law.Override{Rule: "it.bases.sms", Value: "consent, contract"}, "invalid_value", "soft_opt_in"},
		"no reason":     {law.Override{Rule: "it.retention.marketing", Value: "3 years", Reason: " ", DecidedBy: "board"}, "override_without_reason", "takes a reason"},
		"nobody":        {law.Override{Rule: "it.retention.marketing", Value: "3 years", Reason: "r"}, "override_without_reason", "takes a reason"},
		"not in use":    {law.Override{Rule: "us-ca.response", Value: "30 days", Reason: "r", DecidedBy: "b"}, "pack_not_in_use", "switch US-CA on"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := law.Use(time.UTC, nil, []law.Override{c.o})
			p := problem.As(err)
			if p == nil || p.Code != c.code || !strings.Contains(p.Detail, c.want) || p.Places[0].Field != "overrides[0]" {
				t.Errorf("got %v, want %s with %q", err, c.code, c.want)
			}
		})
	}
	twice := law.Override{Rule: "it.retention.marketing", Value: "3 years", Reason: "r", DecidedBy: "b"}
	if _, err := law.Use(time.UTC, nil, []law.Override{twice, twice}); problem.As(err) == nil || problem.As(err).Code != "override_twice" {
		t.Errorf("got %v", err)
	}
	if _, err := law.Use(time.UTC, []string{"XX"}, nil); problem.As(err) == nil || problem.As(err).Places[0].Field != "packs[0].id" {
		t.Errorf("got %v", err)
	}
	if _, err := law.Use(time.UTC, []string{"US-CA"}, []law.Override{{Rule: "us.unsubscribe.email", Value: "5 working days", Reason: "r", DecidedBy: "b"}}); err != nil {
		t.Errorf("the base of a pack in use: %v", err)
	}
}

func TestKnownAndParseValue(t *testing.T) {
	for key, want := range map[string]bool{
		"it.retention.marketing": true, "IT.retention.marketing": true, "us-ca.response": true, "uk.age.consent": true,
		"base.no.objected": false, "se.bases.email": false, "it": false, "": false, "us-ok.act": false,
	} {
		if got := law.Known(key); got != want {
			t.Errorf("Known(%q) is %v", key, got)
		}
	}
	for _, c := range []struct{ rule, text, want string }{
		{"retention.marketing", "1 month", "1 months"},
		{"it.retention.marketing", " 24 Months ", "24 months"},
		{"us-ca.response.opt_out", "15 working days", "15 working days"},
		{"us-ca.response.opt_out", "15 working_days", "15 working days"},
		{"it.register.phone", "rpo, 10 days", "rpo, 10 days"},
		{"bases.email.business", "consent", "consent"},
		{"consent.passages", "2", "2"},
	} {
		got, err := law.ParseValue(c.rule, c.text)
		if err != nil || got.String() != c.want {
			t.Errorf("%s %q: got %q, %v", c.rule, c.text, got, err)
		}
	}
	for _, c := range [][2]string{
		{"register.phone", "15 days"}, {"register.phone", "rpo"}, {"consent.passages", "2 days"}, {"age.consent", "-1 years"},
		{"age.consent", "999999 years"}, {"bases.email", "consent,, consent"}, {"bases.email", "consent, consent"}, {"no.objected", "1"}, {"x.y", "1"},
	} {
		if v, err := law.ParseValue(c[0], c[1]); problem.As(err) == nil {
			t.Errorf("%s %q: got %v, %v", c[0], c[1], v, err)
		}
	}
}

func TestListing(t *testing.T) {
	l, err := law.On("it", "2026-10-01")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := l.Text(&b, "it"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Italia (IT) on 2026-10-01", "Uses the EU base", "it.retention.marketing: 24 months, from 2005-02-24",
		"NOT VERIFIED: read in secondary sources", "NOT VERIFIED: from memory",
		"\nFrom a later day\n  it.pixels", "\nNot law yet, and never applied\n  eu.breach.authority: 96 hours",
		"eu.separate.data: location, geolocation",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the listing has no %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "eu.bases.email") || strings.Contains(b.String(), "no.objected") {
		t.Errorf("the listing has what does not hold here:\n%s", b.String())
	}
	if _, err := law.On("xx", "2026-10-01"); !problem.Is(err, problem.NotFound) {
		t.Errorf("got %v", err)
	}
}
