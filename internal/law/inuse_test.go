// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
)

func entry(t *testing.T, l *law.Listing, key string) law.Entry {
	t.Helper()
	i := slices.IndexFunc(l.Rules, func(e law.Entry) bool { return e.Key == key })
	if i < 0 {
		t.Fatalf("%s is not in force", key)
	}
	return l.Rules[i]
}

func TestAnOrganisationsListingHasItsOwnValues(t *testing.T) {
	l, err := law.On("it", "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	overrides := []law.Override{
		{Rule: "it.retention.marketing", Value: "36 months", Reason: "assessment 12/2026", DecidedBy: "the board"},
		{Rule: "eu.bases.web", Value: "consent", Reason: "stricter", DecidedBy: "the DPO"},
	}
	if err := l.InUse(nil, overrides); err != nil {
		t.Fatal(err)
	}
	changed := entry(t, l, "it.retention.marketing")
	if changed.Value.String() != "36 months" || changed.Override == nil || changed.Override.Was != "24 months" || changed.Override.DecidedBy != "the board" {
		t.Errorf("got %+v, %+v", changed.Value, changed.Override)
	}
	if e := entry(t, l, "eu.bases.web"); e.Value.String() != "consent" || e.Override == nil {
		t.Errorf("a rule of the base: got %+v, %+v", e.Value, e.Override)
	}
	var text strings.Builder
	if err := l.Text(&text, "en"); err != nil || !strings.Contains(text.String(), "CHANGED by the board (the law says 24 months): assessment 12/2026") {
		t.Errorf("%v\n%s", err, text.String())
	}
	again, err := law.On("it", "2026-11-22")
	if err != nil || entry(t, again, "it.retention.marketing").Override != nil {
		t.Errorf("the packs themselves changed: %v", err)
	}
	if err := l.InUse(nil, []law.Override{{Rule: "it.nothing", Value: "1"}}); !problem.Is(err, problem.Invalid) {
		t.Errorf("an override of nothing: %v", err)
	}
}

func TestAnOrganisationsListingSaysWhoSwitchedItOn(t *testing.T) {
	l, err := law.On("ch", "2026-11-22")
	if err != nil || l.On {
		t.Fatalf("on: %v, %v", l, err)
	}
	if err := l.InUse([]law.Switch{{ID: "us-ca"}, {ID: "ch", Reason: "reviewed by counsel", DecidedBy: "the DPO"}}, nil); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := l.Text(&text, "en"); err != nil || !l.On || !strings.Contains(text.String(), "Switched on by the DPO: reviewed by counsel. It rests on memory") {
		t.Errorf("%v\n%s", err, text.String())
	}
	if !law.Has("us-ca") || law.Has("JP") {
		t.Error("which jurisdictions are known")
	}
}
