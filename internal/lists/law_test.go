// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

const declared = `
organisation: {id: bottega, name: Bottega Esempio Srl, country: IT, language: it, time_zone: Europe/Rome, contact: privacy@bottega.example}
notices:
  - {id: card, version: 1, from: 2020-01-01, texts: {it: {short: Scrivetemi., long: Vi scriviamo.}}}
purposes:
  - {id: newsletter, marketing: true, basis: consent, channels: [email], data: [email, {name: purchases, max_age: 6 months}, email_open], operations: [use], notice: card, retention: {from: last_activity, for: 24 months}, frequency: {max: 1, per: month}}
  - {id: catalogue, marketing: true, basis: legitimate_interests, channels: [post, email], data: [email], operations: [use]}
sources:
  - {id: footer-form, kind: form, default: unticked, notice: card}
`

// apply declares something else than the sample does.
func (d desk) apply(file string) {
	d.t.Helper()
	doc, err := register.Parse([]byte(file), "test.yaml")
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.Rules.(*register.Service).Apply(d.t.Context(), "operator", org, doc, false); err != nil {
		d.t.Fatal(err)
	}
}

// state records facts about an address; about nobody where it is empty.
func (d desk) state(email string, facts ...choice.Fact) {
	d.t.Helper()
	var record choice.Record
	err := d.env.DB.Read(d.t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := d.Rules.Rules(ctx, tx, org)
		if err == nil {
			record, err = choice.FromFacts(rules, d.actor, choice.FactsRequest{Subject: choice.Subject{Email: email}, Facts: facts}, d.env.Clock.Now())
		}
		return err
	})
	if err == nil {
		_, err = d.choices.Record(d.t.Context(), d.actor, record)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// TestALawThatNobodyCouldMeetStopsTheRun asks what no person could change.
func TestALawThatNobodyCouldMeetStopsTheRun(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.apply(declared)
		for name, c := range map[string]struct {
			code string
			ask  lists.ClearOptions
		}{
			"old data":         {"data_not_declared", lists.ClearOptions{Data: []standing.Used{{Name: "purchases", Age: "7 months"}}}},
			"older than kept":  {"data_not_declared", lists.ClearOptions{Data: []standing.Used{{Name: "email", Age: "25 months"}}}},
			"data apart":       {"data_not_declared", lists.ClearOptions{Data: []standing.Used{{Name: "email_open"}}}},
			"an age that none": {"invalid_question", lists.ClearOptions{Data: []standing.Used{{Name: "purchases", Age: "7 moons"}}}},
			"no balancing":     {"balancing_missing", lists.ClearOptions{Purpose: "catalogue", Channel: "post"}},
			"not that basis":   {"basis_not_allowed", lists.ClearOptions{Purpose: "catalogue", Channel: "email"}},
		} {
			got, err := d.clear(c.ask, "email,street\nyes@example.it,Via Roma 1\n")
			if p := problem.As(err); p == nil || p.Code != c.code || got.permitted != "" {
				t.Errorf("%s: got %v, want %s", name, err, c.code)
			}
		}
		d.state("", choice.Fact{Kind: lawful.KindBalancingTest, Purpose: "catalogue", Outcome: "passed", At: env.Clock.Now()})
		_, err := d.clear(lists.ClearOptions{Purpose: "catalogue", Channel: "post"}, "street\nVia Roma 1\n")
		if p := problem.As(err); p != nil && p.Code == "balancing_missing" {
			t.Errorf("after a test that passed: %v", err)
		}
		young := lists.ClearOptions{Data: []standing.Used{{Name: "purchases", Age: "5 months"}}}
		if c := d.mustClear(young, "email\nyes@example.it\n"); c.Reasons["unknown_subject"] != 1 {
			t.Errorf("young data: %v", c.Reasons)
		}
	})
}

func TestRejectedRowsSayWhichLaw(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		d.apply(declared)
		now := env.Clock.Now()
		for _, who := range []string{"yes", "often", "child"} {
			d.choose(who+"@example.it", lawful.Given, now.Add(-time.Hour))
		}
		d.choose("long.ago@example.it", lawful.Given, now.AddDate(-3, 0, 0))
		d.state("long.ago@example.it", choice.Fact{Kind: lawful.KindActivity, Act: "open", At: now.Add(-time.Hour)})
		d.state("often@example.it", choice.Fact{Kind: lawful.KindContacted, Channel: "email", Purpose: "newsletter", At: now.Add(-time.Minute)})
		d.state("child@example.it", choice.Fact{Kind: lawful.KindBirthDate, Date: now.AddDate(-12, 0, 0).Format(time.DateOnly), At: now.Add(-time.Minute)})
		c := d.mustClear(lists.ClearOptions{Language: "en"}, "email\nyes@example.it\noften@example.it\nchild@example.it\nlong.ago@example.it\n")
		if c.permitted != "email\nyes@example.it\n" {
			t.Errorf("permitted: %q", c.permitted)
		}
		for _, want := range []string{
			"often@example.it,frequency_exceeded,The person has already been contacted as often as this purpose allows a month: 1 at most.",
			"child@example.it,minor,\"The person is a child under 14, and no parent’s consent is on record.\"",
			"long.ago@example.it,retention_ended,The period for which data is kept for this purpose ended on ",
		} {
			if !strings.Contains(c.rejected, want) {
				t.Errorf("the rejected rows do not say %q:\n%s", want, c.rejected)
			}
		}
		for lang, want := range map[string]string{
			"de": "Zeile 2 ist nicht lesbar", "es-AR": "La línea 2 no se puede leer", "it-IT": "La riga 2 non si può leggere", "fi": "Line 2 can't be read",
		} {
			if c := d.mustClear(lists.ClearOptions{Language: lang, Column: "email"}, "email\nnobody here\n"); !strings.Contains(c.rejected, want) {
				t.Errorf("%s: %s", lang, c.rejected)
			}
		}
		// Who was written to often enough may be written to again: their address is not stopped.
		if c.suppress != "email\nchild@example.it\nlong.ago@example.it\n" {
			t.Errorf("suppress: %q", c.suppress)
		}
	})
}
