// SPDX-License-Identifier: Apache-2.0

package lawbook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/web/console/lawbook"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

func reader(t *testing.T, language string, zone *time.Location) lawbook.Reader {
	t.Helper()
	u, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	return lawbook.Reader{Language: language, Locale: u.Locale(language, zone), Zone: zone}
}

// TestEveryRuleOfEveryPackHasWords: a text that nobody wrote shows in brackets.
func TestEveryRuleOfEveryPackHasWords(t *testing.T) {
	for _, language := range ui.Languages {
		r := reader(t, language, time.UTC)
		for _, id := range law.IDs() {
			for _, day := range []string{"2010-01-01", "2026-11-22", "2031-01-01"} {
				l, err := law.On(id, day)
				if err != nil {
					t.Fatal(err)
				}
				b := r.Open(l)
				all := append(append(append([]lawbook.Rule{}, b.Later...), b.Pending...), b.Past...)
				for _, g := range b.Groups {
					unwritten(t, r, g.ID, r.Locale.Say(g.Title))
					all = append(all, g.Rules...)
				}
				for _, rule := range all {
					unwritten(t, r, rule.Key, rule.Title, rule.Value, rule.Text, r.Locale.Say(rule.Dates), r.Locale.Say(rule.Sure.Text), r.Locale.Say(rule.Sure.Reason))
				}
			}
		}
	}
}

func unwritten(t *testing.T, r lawbook.Reader, what string, said ...string) {
	t.Helper()
	for _, s := range said {
		if strings.Contains(s, "[") {
			t.Errorf("%s, %s: %s", r.Language, what, s)
		}
	}
}

func TestAnOrganisationsOwnValueStandsBesideTheLaws(t *testing.T) {
	l, err := law.On("IT", "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.InUse(nil, []law.Override{{Rule: "it.retention.marketing", Value: "36 months", Reason: "Repairs come late.", DecidedBy: "Anna Verdi"}}); err != nil {
		t.Fatal(err)
	}
	b := reader(t, "it", time.UTC).Open(l)
	if len(b.Changed) != 1 || b.Changed[0].Value != "36 mesi" || *b.Changed[0].Changed != (lawbook.Changed{Was: "24 mesi", Reason: "Repairs come late", DecidedBy: "Anna Verdi"}) {
		t.Errorf("changed is %+v", b.Changed)
	}
	if b.Unsure == 0 || b.Unsure >= b.All {
		t.Errorf("%d of %d are not verified", b.Unsure, b.All)
	}
}

func TestSourcesAreCitedAsTheLanguageCites(t *testing.T) {
	const source = "GDPR arts 4(11), 7(1), rec. 42; Directive 2002/58/EC art. 13(2); decision of the product"
	for language, want := range map[string]string{
		"en": source,
		"it": "GDPR artt. 4(11), 7(1), cons. 42; direttiva 2002/58/CE art. 13(2); scelta del prodotto",
		"fr": "RGPD art. 4(11), 7(1), cons. 42; directive 2002/58/CE art. 13(2); choix du produit",
		"de": "DSGVO Art. 4(11), 7(1), ErwG 42; Richtlinie 2002/58/EG Art. 13(2); Entscheidung des Produkts",
		"es": "RGPD arts. 4(11), 7(1), cdo. 42; Directiva 2002/58/CE art. 13(2); decisión del producto",
	} {
		if got := lawbook.Cited(source, language); got != want {
			t.Errorf("%s: %s, want %s", language, got, want)
		}
	}
}

func TestWhatIsNotVerifiedSaysSo(t *testing.T) {
	r := reader(t, "en", time.UTC)
	for assurance, want := range map[string]string{
		lawful.AssuranceVerified: "false Verified ", lawful.AssuranceComputed: "false Follows from other rules ",
		lawful.AssuranceSecondary: "true Not verified read in what others write about it",
		lawful.AssuranceMemory:    "true Not verified from memory, checked against no text", "": "true Not verified from memory, checked against no text",
	} {
		s := lawbook.SureOf(assurance)
		if got := fmt.Sprint(s.Weak, " ", r.Locale.Say(s.Text), " ", r.Locale.Say(s.Reason)); got != want {
			t.Errorf("%q is said as %q, want %q", assurance, got, want)
		}
	}
}

// counted writes a date as pages do.
func counted(t *testing.T, language, id string, count count) string {
	t.Helper()
	calendars, err := law.ReadCalendars()
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendars.Of(id)
	if err != nil {
		t.Fatal(err)
	}
	packs, err := law.Use(cal.Zone, []string{id}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rules := &lawful.Rules{Law: packs}
	d, err := count(cal, rules)
	if err != nil {
		t.Fatal(err)
	}
	r := reader(t, language, cal.Zone)
	due := r.Due(cal, rules, d)
	lines := []string{r.Locale.Say(due.What) + ": " + r.Locale.Say(due.When)}
	for _, texts := range [][]ui.Text{{due.Once}, due.Steps, {due.Plan}, due.On, {due.Later}, due.Notes} {
		for _, text := range texts {
			if said := r.Locale.Say(text); said != "" {
				lines = append(lines, said)
			}
		}
	}
	for _, rule := range due.Rules {
		lines = append(lines, rule.Key+" "+rule.Value)
	}
	out := strings.ReplaceAll(strings.Join(lines, "\n"), "\u00a0", " ")
	unwritten(t, r, id, out)
	return out
}

func day(t *testing.T, text string) law.Day {
	t.Helper()
	d, err := law.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// count counts one date in one place.
type count = func(*law.Calendar, *lawful.Rules) (law.Due, error)

func response(t *testing.T, right, received string, extended bool) count {
	return func(c *law.Calendar, rules *lawful.Rules) (law.Due, error) {
		return c.Response(rules, law.Request{Right: right, Received: day(t, received), Extended: extended})
	}
}

func aware(t *testing.T, topic string) count {
	return func(c *law.Calendar, rules *lawful.Rules) (law.Due, error) {
		at, err := law.Instant("2026-11-20 17:30", c.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return c.Breach(rules, topic, at)
	}
}

// countCase is a date in one place and what is said of it.
type countCase struct {
	name, language, id string
	count              count
	want               string
}

func (c countCase) test(t *testing.T) {
	t.Run(c.name, func(t *testing.T) {
		if got, want := counted(t, c.language, c.id, c.count), strings.TrimPrefix(c.want, "\n"); got != want {
			t.Errorf("it says\n%s\nwant\n%s", got, want)
		}
	})
}

func TestDatesAreCountedInWords(t *testing.T) {
	for _, c := range []countCase{
		{"moved by a holiday", "it", "IT", response(t, "erasure", "2026-11-25", false), `
La risposta è dovuta: Entro la fine di lunedì 28 dicembre 2026
La richiesta è arrivata mercoledì 25 novembre 2026. Quel giorno non si conta.
Con 1 mese si arriva a venerdì 25 dicembre 2026.
Ma venerdì 25 dicembre 2026 è un giorno festivo (Natale), quindi finisce con il primo giorno lavorativo dopo: lunedì 28 dicembre 2026.
Finisce con quel giorno, a mezzanotte (Europe/Rome).
Per sicurezza puntare a giovedì 24 dicembre 2026, l’ultimo giorno lavorativo prima.
eu.response 1 mese
eu.period.roll `},
		{"extended, an objection", "en", "IT", response(t, "objection", "2026-11-30", true), `
The answer is due: By the end of Monday 1 March 2027
The stop is at once: marketing, and profiling for it, end on receipt. The date is for the answer.
The request arrived on Monday 30 November 2026. That day is not counted.
The period of 1 month and its extension are one, 3 months from the same day: Sunday 28 February 2027.
But Sunday 28 February 2027 is no working day, so it ends with the next working day: Monday 1 March 2027.
It ends with that day, at midnight (Europe/Rome).
To be safe, plan for Friday 26 February 2027, the last working day before.
Tell the person of the extension, and why, by Wednesday 30 December 2026.
eu.response.objection 1 month
base.no.objected 
eu.response.extension 2 months
eu.period.roll `},
		{"a breach, by the clock", "fr", "FR", aware(t, law.TopicBreachAuthority), `
Notifier l’autorité: Au plus tard lundi 23 novembre 2026, 17 h 30
Vous l’avez su vendredi 20 novembre 2026 à 17 h 30. Les heures courent dès là, nuits, fins de semaine et jours fériés compris.
72 heures plus tard, c’est lundi 23 novembre 2026, 17 h 30.
Certains plaident pour plus tard, jusqu’au 25 novembre 2026 à 00 h 00 : les autorités divergent, n’y visez jamais.
eu.breach.authority 72 heures`},
		{"no number", "en", "IT", aware(t, law.TopicBreachPeople), `
Tell the people: The law has no number here
You became aware on Friday 20 November 2026 at 17:30.
What the law asks for instead of a number is in the rule below.
eu.breach.people without undue delay, where the risk is high`},
	} {
		c.test(t)
	}
}

func TestDatesAreCountedInGermanAndSpanish(t *testing.T) {
	for _, c := range []countCase{
		{"moved by a holiday, in German", "de", "IT", response(t, "erasure", "2026-11-25", false), `
Die Antwort ist fällig: Spätestens am Montag, 28. Dezember 2026
Eingang des Antrags: Mittwoch, 25. November 2026. Dieser Tag zählt nicht mit.
1 Monat später ist Freitag, 25. Dezember 2026.
Aber Freitag, 25. Dezember 2026, ist ein Feiertag (1. Weihnachtstag): Die Frist endet daher mit dem nächsten Arbeitstag, Montag, 28. Dezember 2026.
Sie endet mit Ablauf dieses Tages, um Mitternacht (Europe/Rome).
Zur Sicherheit planen Sie bis Donnerstag, 24. Dezember 2026, den letzten Arbeitstag davor.
eu.response 1 Monat
eu.period.roll `},
		{"extended, in German", "de", "IT", response(t, "objection", "2026-11-30", true), `
Die Antwort ist fällig: Spätestens am Montag, 1. März 2027
Der Stopp gilt sofort: Werbung und Profiling dafür enden mit dem Eingang. Das Datum gilt für die Antwort.
Eingang des Antrags: Montag, 30. November 2026. Dieser Tag zählt nicht mit.
Die Frist (1 Monat) und ihre Verlängerung sind eine einzige: 3 Monate ab demselben Tag, also bis Sonntag, 28. Februar 2027.
Aber Sonntag, 28. Februar 2027, ist kein Arbeitstag: Die Frist endet daher mit dem nächsten Arbeitstag, Montag, 1. März 2027.
Sie endet mit Ablauf dieses Tages, um Mitternacht (Europe/Rome).
Zur Sicherheit planen Sie bis Freitag, 26. Februar 2027, den letzten Arbeitstag davor.
Informieren Sie die Person über die Verlängerung und die Gründe, und zwar bis Mittwoch, 30. Dezember 2026.
eu.response.objection 1 Monat
base.no.objected 
eu.response.extension 2 Monate
eu.period.roll `},
		{"a breach, in Spanish", "es", "ES", aware(t, law.TopicBreachAuthority), `
Notificación a la autoridad: A más tardar el lunes 23 de noviembre de 2026, a las 17:30
Tuvo conocimiento de la violación el viernes 20 de noviembre de 2026 a las 17:30. Las horas corren desde ahí, también de noche, en fines de semana y en festivos.
Con 72 horas se llega al lunes 23 de noviembre de 2026, a las 17:30.
Hay quien defiende un momento posterior, hasta el 25 de noviembre de 2026 a las 00:00: las autoridades discrepan, no cuente nunca con ello.
eu.breach.authority 72 horas`},
		{"extended, in Spanish", "es", "IT", response(t, "objection", "2026-11-30", true), `
Hay que responder: A más tardar el lunes 1 de marzo de 2027
Hay que parar de inmediato: la publicidad, y los perfiles para ella, terminan al recibir la solicitud. La fecha es para la respuesta.
La solicitud llegó el lunes 30 de noviembre de 2026. Ese día no se cuenta.
El plazo de 1 mes y su prórroga son uno solo, 3 meses desde el mismo día: el domingo 28 de febrero de 2027.
Pero el domingo 28 de febrero de 2027 es inhábil, así que el plazo termina el siguiente día hábil: el lunes 1 de marzo de 2027.
Termina con ese día, a medianoche (Europe/Rome).
Para ir sobre seguro, cuente con el viernes 26 de febrero de 2027, el último día hábil anterior.
Informe a la persona de la prórroga y de sus motivos, a más tardar el miércoles 30 de diciembre de 2026.
eu.response.objection 1 mes
base.no.objected 
eu.response.extension 2 meses
eu.period.roll `},
	} {
		c.test(t)
	}
}

// TestEveryRightIsCountedEverywhereInWords looks for words nobody wrote.
func TestEveryRightIsCountedEverywhereInWords(t *testing.T) {
	calendars, err := law.ReadCalendars()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"IT", "FR", "DE", "ES", "GB", "CH", "US-CA", "CA-QC", "BR", "SE"} {
		cal, err := calendars.Of(id)
		if err != nil {
			t.Fatal(err)
		}
		packs, err := law.Use(cal.Zone, []string{id}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rules := &lawful.Rules{Law: packs}
		for _, language := range ui.Languages {
			r := reader(t, language, cal.Zone)
			for _, right := range law.Rights() {
				for d := range 7 {
					due, err := cal.Response(rules, law.Request{Right: right, Received: day(t, "2026-11-25") + law.Day(d)})
					if err != nil {
						continue // that law has no such right
					}
					said := r.Due(cal, rules, due)
					for _, step := range said.Steps {
						if step.Key == "" {
							t.Errorf("%s %s: a step has no words: %s", id, right, step.Verbatim)
						}
						unwritten(t, r, id+" "+right, r.Locale.Say(step))
					}
				}
			}
		}
	}
}
