// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/lawful"
)

func TestExplanations(t *testing.T) {
	withdrawn := choose(lawful.Withdrawn, "newsletter", "email", "2026-03-08", undated)
	blocked := happen(lawful.KindBlocked, "2026-05-01", func(f *lawful.Recorded) { f.System = "Mailchimp" })
	weak := give("newsletter", "email", "2026-03-03", through("accepted"), by(lawful.ActorImport))
	for _, c := range []struct {
		language string
		fact     lawful.Recorded
		want     string
	}{
		{"it", give("newsletter", "email", "2026-03-11"), "La persona ha dato il consenso l’11 marzo 2026 (fonte: «Modulo a piè di pagina»)."},
		{"en", give("newsletter", "email", "2026-03-11"), "The person gave consent on 11 March 2026 (source: “Modulo a piè di pagina”)."},
		{"fr", give("newsletter", "email", "2026-03-01"), "La personne a donné son consentement le 1er mars 2026 (source : « Modulo a piè di pagina »)."},
		{"it", withdrawn, "La persona ha revocato il consenso in data ignota, prima dell’8 marzo 2026 (fonte: «Modulo a piè di pagina»)."},
		{"en", blocked, "The contact has been blocked in Mailchimp since 1 May 2026, cause unknown."},
		{"", blocked, "Il contatto risulta bloccato in Mailchimp dal 1º maggio 2026, per una causa ignota."},
		{"pt", blocked, "Il contatto risulta bloccato in Mailchimp dal 1º maggio 2026, per una causa ignota."},
		{"en-GB", weak, "The proof is weak: the consent is stated (source: “Vecchia lista”) but not shown; the written decision to rely on it was made by: the board."},
		{"fr", give("newsletter", "email", "2026-03-02", through("ticked")), "Le consentement enregistré le 2 mars 2026 (source : « Modulo vecchio ») n’est pas valable : la case était déjà cochée."},
		{"it", happen(lawful.KindActivity, "2026-03-02"), "La persona non ha dato un consenso per questa finalità su questo canale."},
	} {
		q := ask("newsletter", "email")
		q.Language = c.language
		if got := decide(q, c.fact).Explanation; got != c.want {
			t.Errorf("%s: got %q, want %q", c.language, got, c.want)
		}
	}
}

func TestExplanationWithoutAName(t *testing.T) {
	q := ask("newsletter", "email")
	want := "Il contatto risulta bloccato in uno strumento dal 1º maggio 2026, per una causa ignota."
	if got := decide(q, happen(lawful.KindBlocked, "2026-05-01")).Explanation; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExplanationOfALapse(t *testing.T) {
	q := ask("yearly", "email")
	q.Language = "en"
	want := "The consent given on 3 March 2025 (source: “Modulo a piè di pagina”) expired on 3 March 2026."
	if got := decide(q, give("yearly", "email", "2025-03-03")).Explanation; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryReasonIsListedOnce(t *testing.T) {
	all := lawful.Reasons()
	if len(all) != 44 {
		t.Errorf("got %d reasons, want the 44 documented", len(all))
	}
	for i, r := range all {
		if slices.Contains(all[:i], r) {
			t.Errorf("%s is listed twice", r)
		}
		if r.Permits() != (i < 6) {
			t.Errorf("%s permits: %t", r, r.Permits())
		}
	}
}

func TestTheTraceTellsEveryStepWithItsSource(t *testing.T) {
	q := ask("double", "email")
	q.Language = "de"
	d := decide(q, give("double", "email", "2026-03-01", through("bought")))
	tried := map[string]lawful.Step{}
	for _, step := range d.Trace {
		if step.Text == "" || step.Source == "" || step.Assurance == "" {
			t.Errorf("step %s does not say what it rests on: %+v", step.Rule, step)
		}
		tried[step.Rule] = step
	}
	if s := tried[lawful.RuleConsentConfirmed]; s.Outcome != "denied" || s.Entry != "s1-1" || s.Detail != "confirmation_pending" {
		t.Errorf("confirmation: %+v", s)
	}
	if s := tried[lawful.RuleBasisCarried]; s.Outcome != "passed" || s.Law != "it.bases.email" || !strings.Contains(s.Source, "130") {
		t.Errorf("the basis does not name its law: %+v", s)
	}
	if last := d.Trace[len(d.Trace)-1]; last.Rule != lawful.RuleContactWorks || last.Outcome != "passed" {
		t.Errorf("the trace ends with %+v", last)
	}
}

func TestExplanationsNameNobody(t *testing.T) {
	for _, f := range []lawful.Recorded{
		give("newsletter", "email", "2026-03-01"), choose(lawful.Objected, "", "", "2026-03-01"), happen(lawful.KindUndeliverable, "2026-03-01"),
	} {
		for _, language := range lawful.Languages() {
			q := ask("newsletter", "email")
			q.Language = language
			d := decide(q, f)
			if strings.Contains(d.Explanation, anna.Value) || strings.ContainsAny(d.Explanation, "{}") {
				t.Errorf("%s: %q", language, d.Explanation)
			}
		}
	}
}
