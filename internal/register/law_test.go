// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// abroad is the sample with a pack switched on, a value changed and a list rented.
func abroad(t *testing.T) []byte {
	t.Helper()
	file := changed(t, "overrides: []", `overrides:
  - {rule: IT.retention.marketing, value: 30 months, reason: "customers come back late", decided_by: "A. Bianchi"}
packs:
  - {id: ch, reason: "checked by counsel", decided_by: "A. Bianchi"}`)
	return bytes.Replace(file, []byte("  - {id: customer-care,"),
		[]byte("  - {id: rented, kind: bought, licence: {signed: 2026-01-01, expires: 2026-06-30}}\n  - {id: customer-care,"), 1)
}

func TestTheLawInUseIsAsDeclared(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, env.DB)
		s.apply(abroad(t))
		rules := s.catalogue().Rules
		if _, used := rules.Law["CH"]; !used {
			t.Error("the pack switched on is not in use")
		}
		now := env.Clock.Now()
		l := rules.LawAt("IT", lawful.TopicRetention+"marketing", now)
		if l == nil || l.Value() != "30 months" || l.Override == nil || l.Override.Was != "24 months" || l.Override.DecidedBy != "A. Bianchi" {
			t.Errorf("the value changed in writing: %+v", l)
		}
		if end := rules.Sources["rented"][0].Licensed; end == nil || end.Format(time.RFC3339) != "2026-06-30T22:00:00Z" {
			t.Errorf("the licence ends %v, want with its last day", end)
		}
		s.apply(sample.Bottega)
		rules = s.catalogue().Rules
		if _, used := rules.Law["CH"]; used {
			t.Error("the pack that left the file is in use")
		}
		if l := rules.LawAt("IT", lawful.TopicRetention+"marketing", now); l.Override != nil || l.Value() != "24 months" {
			t.Errorf("after the override left the file: %+v", l)
		}
		if changes := s.apply(abroad(t)); len(changes) != 3 {
			t.Errorf("back again: %+v", changes)
		}
	})
}

// TestWhatThisProgramDoesNotKnowIsLeftOut reads a record made by a program that
// knew another pack and another rule: everything else is in force.
func TestWhatThisProgramDoesNotKnowIsLeftOut(t *testing.T) {
	record := recorded(parse(t, abroad(t)))
	for kind, body := range map[string]string{
		register.KindPack:     `{"id":"XX","reason":"r","decided_by":"d"}`,
		register.KindOverride: `{"rule":"it.unheard.of","value":"1 day","reason":"r","decided_by":"d"}`,
	} {
		record = append(record, register.Record{Declaration: register.Declaration{Kind: kind, ID: "unknown", Version: 1, Body: body}})
	}
	c, err := register.CatalogueOf(record)
	if err != nil {
		t.Fatal(err)
	}
	if _, used := c.Rules.Law["CH"]; !used {
		t.Error("the pack that is known is not in use")
	}
	if l := c.Rules.LawAt("IT", lawful.TopicRetention+"marketing", time.Now()); l.Override == nil {
		t.Error("the override that is known does not hold")
	}
}
