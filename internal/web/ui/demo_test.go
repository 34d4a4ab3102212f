// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"cmp"
	"embed"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

//go:embed testdata/demo
var demo embed.FS

type demoBody struct {
	Heading                ui.Text
	Given, Withdrawn, Weak ui.Badge
	Bar                    ui.Bar
	Progress               ui.Progress
	Timeline               ui.Timeline
	Wrong                  ui.Wrong
	Fields                 []ui.Field
	Waiting                ui.Seal
	Pager                  ui.Pager
	Groups                 []ui.PlanGroup
	Empty                  ui.Empty
	Now, Soon              time.Time
}

// in writes a sample text in three languages as one; the demo has English words
// within the other languages.
func in(language, it, en, fr string) ui.Text {
	return ui.Verbatim(cmp.Or(map[string]string{"it": it, "fr": fr}[language], en))
}

func demoPage(l string) ui.Page {
	return ui.Page{
		Title: in(l, "Perché possiamo scriverle", "Why we may write to you", "Pourquoi nous pouvons vous écrire"),
		Lead:  in(l, "Per ogni finalità e canale: si può, perché, da quando.", "For every purpose and channel: may we, why, since when.", "Pour chaque finalité et chaque canal : est-ce permis, pourquoi, depuis quand."),
		Site:  "Bottega Esempio", Home: "/", User: "Giulia", SignOut: "/sign-out", Language: l,
		Nav: []ui.Link{
			{Href: "/", Text: in(l, "Oggi", "Today", "Aujourd’hui")},
			{Href: "/subjects", Text: in(l, "Persone", "People", "Personnes"), Current: true},
			{Href: "/clear", Text: in(l, "Verifica una lista", "Clear a list", "Contrôler une liste")},
			{Href: "/ledger", Text: in(l, "Giornale delle prove", "Ledger", "Journal de preuves")},
		},
		Footer: []ui.Link{{Href: "/verify", Text: in(l, "Verifica un file", "Verify a file", "Vérifier un fichier")}},
		Flash:  []ui.Flash{{Tone: ui.Yes, Text: in(l, "Fatto: niente più pubblicità.", "Done: no more advertising.", "C’est fait : plus de publicité."), Undo: &ui.Post{Action: "/undo", Text: in(l, "Annulla", "Undo", "Annuler")}}},
		Zone:   time.FixedZone("CET", 3600),
		Body:   demoParts(l),
	}
}

func demoParts(l string) demoBody {
	now := time.Date(2026, 11, 21, 9, 5, 0, 0, time.UTC)
	email := ui.Field{Name: "email", Kind: "email", Label: in(l, "Indirizzo e-mail", "E-mail address", "Adresse e-mail"), Required: true, Autocomplete: "email", Value: "anna@", Error: in(l, "Manca qualcosa dopo la @.", "Something is missing after the @.", "Il manque quelque chose après le @.")}
	return demoBody{
		Heading: in(l, "Novità e offerte", "News and offers", "Nouveautés et offres"), Now: now, Soon: now.AddDate(0, 0, 3),
		Given: ui.Decided(true, "consent_given"), Withdrawn: ui.Decided(false, "withdrawn"),
		Weak:     ui.Badge{Tone: ui.Due, Text: ui.Say("ui.permitted"), Reason: ui.Say("reason.consent_declared")},
		Bar:      demoBar(l),
		Progress: ui.Progress{Events: "/events", Done: 6200, Total: 20000, Text: in(l, "6.200 righe lette su 20.000", "6 200 of 20 000 rows read", "6 200 lignes lues sur 20 000"), Again: "/", Cancel: &ui.Post{Action: "/cancel", Text: in(l, "Interrompi", "Cancel", "Arrêter")}},
		Timeline: demoTimeline(l, now), Wrong: ui.Wrong{Fields: []ui.Field{email}},
		Fields: []ui.Field{
			email,
			{Name: "at", Kind: "date", Label: in(l, "Com’era il", "As of", "À la date du"), Hint: in(l, "Un giorno qualsiasi del passato.", "Any day in the past.", "N’importe quel jour passé."), Value: "2026-03-01"},
			{Name: "list", Kind: "file", Label: in(l, "La lista", "The list", "La liste"), Required: true, Accept: ".csv,.xlsx"},
			{Name: "purpose", Kind: "select", Label: in(l, "Finalità", "Purpose", "Finalité"), Required: true, Options: []ui.Option{{Value: "newsletter", Text: in(l, "Novità e offerte", "News and offers", "Nouveautés et offres")}}},
		},
		Waiting: ui.Seal{Wait: true},
		Pager:   ui.Pager{First: "/?", Older: "/?after=c"},
		Groups:  demoGroups(l),
		Empty:   ui.Empty{Title: in(l, "Nessuna lista, per ora", "No list yet", "Aucune liste pour le moment"), Text: in(l, "Carichi l’elenco del suo strumento di invio: le diremo a chi può scrivere, e perché.", "Upload the list of your mailing tool: we say whom you may write to, and why.", "Déposez la liste de votre outil d’envoi : nous vous dirons à qui vous pouvez écrire, et pourquoi."), Action: &ui.Link{Href: "/clear", Text: in(l, "Carica una lista", "Upload a list", "Déposer une liste")}},
	}
}

func demoBar(l string) ui.Bar {
	return ui.Bar{
		Sentence: in(l, "Può scrivere a 12.480 persone su 20.000.", "You may write to 12 480 of 20 000 people.", "Vous pouvez écrire à 12 480 personnes sur 20 000."),
		Label:    in(l, "Motivo", "Reason", "Motif"),
		Parts: []ui.Part{
			{Tone: ui.Yes, Text: ui.Say("reason.consent_given"), Count: 12480}, {Tone: ui.Due, Text: ui.Say("reason.evidence_insufficient"), Count: 530},
			{Tone: ui.No, Text: ui.Say("reason.withdrawn"), Count: 1873}, {Tone: ui.No, Text: ui.Say("reason.objected"), Count: 15},
			{Tone: ui.Plain, Text: ui.Say("reason.no_choice"), Count: 5102},
		},
	}
}

func demoTimeline(l string, now time.Time) ui.Timeline {
	return ui.Timeline{Title: in(l, "Tutto ciò che è successo", "All that happened", "Tout ce qui s’est passé"), Items: []ui.Event{
		{Tone: ui.No, Text: ui.Say("choice.withdrawn"), Detail: in(l, "Novità e offerte, per e-mail", "News and offers, by e-mail", "Nouveautés et offres, par e-mail"), Happened: now, Recorded: now, By: in(l, "la persona, dal centro preferenze", "the person, in the preference centre", "la personne, depuis le centre de préférences"), Seal: &ui.Seal{Entry: 1204877, Href: "/ledger/1204877"}},
		{Tone: ui.Due, Text: ui.Say("choice.objected"), Happened: now.AddDate(0, 0, -1), Recorded: now, Seal: &ui.Seal{Wait: true}},
		{Tone: ui.Yes, Text: ui.Say("choice.given"), Detail: ui.Say("grade.confirmed"), Happened: now.AddDate(-1, 0, -20), Recorded: now.AddDate(-1, 0, -19), Seal: &ui.Seal{Entry: 87, Href: "/ledger/87"}},
	}}
}

func demoGroups(l string) []ui.PlanGroup {
	return []ui.PlanGroup{
		{Tone: ui.No, Title: in(l, "Distrutto", "Destroyed", "Détruit"), Items: []ui.PlanItem{{Count: 14, Text: in(l, "scelte e prove", "choices and proofs", "choix et preuves")}, {Count: 2, Text: in(l, "identificativi", "identifiers", "identifiants")}}},
		{Tone: ui.Due, Title: in(l, "Trattenuto", "Suppressed", "Conservé pour exclusion"), Items: []ui.PlanItem{{Count: 2, Text: in(l, "impronte con chiave", "keyed hashes", "empreintes à clé"), Why: in(l, "perché un elenco non la riporti qui", "so that no list brings the person back", "pour qu’aucune liste ne la ramène")}}},
		{Tone: ui.Plain, Title: in(l, "Conservato", "Kept", "Conservé"), None: in(l, "Niente.", "Nothing.", "Rien.")},
	}
}

// serveDemo serves every part on one page, behind the real headers.
func serveDemo(t *testing.T) *httptest.Server {
	t.Helper()
	u, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Add("demo", demo, "testdata/demo/*.tmpl", "testdata/demo/*.css"); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/assets/", u.Assets())
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: {\"done\": 9000, \"total\": 20000, \"text\": \"9 000 / 20 000\"}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		u.Render(w, r, http.StatusOK, "demo", demoPage(ui.Language(r, "")))
	})
	mux.HandleFunc("/problem", func(w http.ResponseWriter, r *http.Request) {
		u.Render(w, r, http.StatusInternalServerError, "problem", ui.ProblemPage("", "4F2A"))
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ui.SetHeaders(w)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func TestEveryPartInABrowser(t *testing.T) {
	server := serveDemo(t)
	uitest.Open(t).Check(t, "demo", server.URL+"/")
}

func TestAProblemInABrowser(t *testing.T) {
	server := serveDemo(t)
	uitest.Open(t).Check(t, "problem", server.URL+"/problem")
}

func TestProgressIsFollowed(t *testing.T) {
	server := serveDemo(t)
	tab := uitest.Open(t).Tab(t, server.URL+"/", uitest.View{Width: 1280, Language: "en"})
	said, err := chromedp.Run(tab.Context, chromedp.Poll[string](`document.querySelector(".progress .said").textContent.startsWith("9") && document.querySelector(".progress .said").textContent`))
	if err != nil {
		t.Fatal(err)
	}
	if want := "9 000 / 20 000"; said != want {
		t.Errorf("the progress says %q, want %q", said, want)
	}
}

func TestPagesWorkWithoutScripts(t *testing.T) {
	server := serveDemo(t)
	tab := uitest.Open(t).Tab(t, server.URL+"/", uitest.View{Width: 360, Language: "it", NoScript: true})
	tab.Click(t, `footer a[hreflang="fr"]`)
	if got := tab.Text(t, "h1"); !strings.HasPrefix(got, "Pourquoi") {
		t.Errorf("after choosing French the heading is %q", got)
	}
	if got := tab.Text(t, ".progress .again"); got != "Actualiser" {
		t.Errorf("without scripts the progress offers %q", got)
	}
}
