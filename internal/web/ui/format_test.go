// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

func locale(t *testing.T, language string) *ui.Locale {
	t.Helper()
	u, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return u.Locale(language, rome)
}

// plain writes the spaces that do not break as spaces.
func plain(s string) string { return strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(s) }

func TestNumbersAndDatesAsTheLanguageHasThem(t *testing.T) {
	first := time.Date(2026, 1, 31, 23, 30, 0, 0, time.UTC) // the first of February in Rome
	for language, want := range map[string][]string{
		"en": {"1 204 877", "12", "−1 000", "1 February 2026, 00:30", "Sunday 1 February", "0.8%", "62%", "February 2026", "Feb"},
		"it": {"1.204.877", "12", "−1.000", "1º febbraio 2026 alle 00:30", "domenica 1º febbraio", "0,8%", "62%", "febbraio 2026", "feb"},
		"fr": {"1 204 877", "12", "−1 000", "1er février 2026 à 00 h 30", "dimanche 1er février", "0,8 %", "62 %", "février 2026", "fév"},
		"de": {"1.204.877", "12", "−1.000", "1. Februar 2026 um 00:30 Uhr", "Sonntag, 1. Februar", "0,8 %", "62 %", "Februar 2026", "Feb"},
		"es": {"1 204 877", "12", "−1000", "1 de febrero de 2026 a las 00:30", "domingo 1 de febrero", "0,8 %", "62 %", "febrero de 2026", "feb"},
	} {
		l := locale(t, language)
		small, _ := l.Percent(3, 400)
		large, _ := l.Percent(uint8(62), int64(100))
		month, letters := l.Month(first)
		got := []string{l.Number(1204877), l.Number(12), l.Number(-1000), l.DateTime(first), l.Weekday(first), small, large, month, letters}
		for i := range want {
			if plain(got[i]) != want[i] {
				t.Errorf("%s: got %q, want %q", language, plain(got[i]), want[i])
			}
		}
	}
}

func TestCountsHaveTheirPlural(t *testing.T) {
	for language, want := range map[string][3]string{
		"en": {"0 things to put right", "One thing to put right", "1 000 things to put right"},
		"it": {"0 cose da correggere", "Una cosa da correggere", "1.000 cose da correggere"},
		"fr": {"Un point à corriger", "Un point à corriger", "1 000 points à corriger"},
		"de": {"0 Angaben sind zu berichtigen", "Eine Angabe ist zu berichtigen", "1.000 Angaben sind zu berichtigen"},
		"es": {"Hay 0 datos que corregir", "Hay un dato que corregir", "Hay 1000 datos que corregir"},
	} {
		for i, n := range []int{0, 1, 1000} {
			if got := plain(locale(t, language).T("ui.wrong", n)); got != want[i] {
				t.Errorf("%s, %d: got %q, want %q", language, n, got, want[i])
			}
		}
	}
}

func TestADeadlineCountsCalendarDays(t *testing.T) {
	now := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC) // 23:00 in Rome
	l := locale(t, "en")
	for _, c := range []struct {
		due  time.Time
		want string
	}{
		{now.Add(30 * time.Minute), "today, by 23:30"},
		{now.Add(2 * time.Hour), "1 day left (Sunday 22 November)"},
		{now.AddDate(0, 0, 3), "3 days left (Tuesday 24 November)"},
		{now.Add(-time.Hour), "overdue since 22:00 today"},
		{now.AddDate(0, 0, -2), "2 days overdue (Thursday 19 November)"},
	} {
		if got := plain(l.Left(now, c.due)); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestATextTakesAnyArgument(t *testing.T) {
	l := locale(t, "it")
	if got := l.Say(ui.Verbatim("Caffè {0}")); got != "Caffè {0}" {
		t.Errorf("verbatim words became %q", got)
	}
	got := l.T("ui.left.days", 3, ui.Say("channel.email"))
	if want := "mancano 3 giorni (E-mail)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := l.T("nobody.wrote.this"); got != "[nobody.wrote.this]" {
		t.Errorf("a text that is missing shows as %q", got)
	}
}

func TestEveryReasonHasAText(t *testing.T) {
	for _, language := range ui.Languages {
		for _, r := range lawful.Reasons() {
			if got := locale(t, language).T("reason." + string(r)); strings.HasPrefix(got, "[") {
				t.Errorf("%s: no text for the reason %s", language, r)
			}
		}
	}
}

func TestEveryProblemHasAText(t *testing.T) {
	for _, kind := range []problem.Kind{
		problem.Invalid, problem.Unauthorised, problem.Forbidden, problem.NotFound, problem.Conflict,
		problem.TooLarge, problem.TooMany, problem.Unavailable, problem.OutcomeUnknown, "",
	} {
		p := ui.ProblemPage(kind, "")
		for _, text := range []ui.Text{p.Title, p.Body.(ui.Problem).Text} {
			if got := locale(t, "fr").Say(text); strings.HasPrefix(got, "[") {
				t.Errorf("no text for the problem %q: %s", kind, got)
			}
		}
	}
}
