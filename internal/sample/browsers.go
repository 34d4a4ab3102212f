// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

// shopSite is the public key of the shop's site, in the story.
const shopSite = "site"

// What the banner of the shop's site and the preferences behind it show, as the
// script reads them off the screen.
const (
	foot = "\n\nInformativa completa\nEnglish\nItaliano\nFrançais\nDeutsch\nEspañol"

	banner = `I cookie, li decide lei
✕

Bottega Esempio Srl usa quello che serve a far funzionare il sito. Solo con il suo sì userebbe cookie e strumenti simili, anche di altri, per: Pubblicità su misura, Statistiche del sito. Se rifiuta o chiude con la ✕ resta solo il necessario. Può cambiare idea quando vuole.

Rifiuta tutto
Accetta tutto
Scelgo uno per uno` + foot

	preferences = `Che cosa permette a questo sito?
✕

Una casella spuntata è un sì, una casella vuota è un no. Il sito funziona in entrambi i casi.

Pubblicità su misura

Su altri siti vi ricordiamo le borse che avete guardato qui. Ritrovate quello che vi era piaciuto, invece di pubblicità qualsiasi.

Riceve i dati e li usa a nome proprio: Vetrine in Rete SpA. Conservati per 6 mesi dalla raccolta.

Statistiche del sito

Contiamo quali pagine del negozio si guardano, e da dove si arriva. Il negozio migliora dove serve.

Per nostro conto: Contapagine Srl. Conservati per 14 mesi dalla raccolta.

Rifiuta tutto
Accetta tutto
Salva le mie scelte` + foot
)

// Buttons of both.
const (
	buttonRefuse, buttonAccept = "Rifiuta tutto", "Accetta tutto"
	buttonClose, buttonSave    = "Chiudi e rifiuta", "Salva le mie scelte"
)

// screen is what stood on it, and the button that was pressed.
func screen(button string) string {
	if button == buttonSave {
		return preferences + "\n\n→ " + button
	}
	return banner + "\n\n→ " + button
}

// browsers are those of the site's visitors, since it carries the script. Nobody
// is known by them. It is a sequence of its own, so that people live as they did.
func browsers(number int) []act {
	s := &story{Rand: rand.New(rand.NewPCG(20260302, 7))}
	first := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	minutes := int(Ends().Sub(first).Minutes())
	for range number {
		s.browser(first.Add(time.Duration(s.IntN(minutes)) * time.Minute))
	}
	return s.acts
}

// browser answers the banner, maybe changes its mind, and is asked again after
// the six months that the Garante names.
func (s *story) browser(at time.Time) {
	b := visitor{device: fmt.Sprintf("web-%016x%016x", s.Uint64(), s.Uint64()), agent: pick(s, newerAgents()), gpc: s.chance(7)}
	s.meets(b, at)
	switch luck := s.IntN(100); {
	case luck < 6: // thinks better of it
		s.says(b, s.after(at, 60), buttonSave, lawful.Withdrawn, lawful.Withdrawn)
	case luck < 40 && !b.gpc:
		s.meets(b, at.AddDate(0, 6, 1+s.IntN(30)))
	}
}

// visitor is a browser, and what it says of itself.
type visitor struct {
	device, agent string
	gpc           bool // says that it wants no data sold or shared
}

// meets is a visit that shows the banner, which is answered as people do: some accept, some refuse, some close it, few choose.
func (s *story) meets(v visitor, at time.Time) {
	luck := s.IntN(100)
	if v.gpc {
		luck = 45 + luck*55/100
	}
	switch {
	case luck < 45:
		s.says(v, at, buttonAccept, lawful.Given, lawful.Given)
	case luck < 71:
		s.says(v, at, buttonRefuse, lawful.Refused, lawful.Refused)
	case luck < 84:
		s.says(v, at, buttonClose, lawful.Refused, lawful.Refused)
	case luck < 97:
		s.says(v, at, buttonSave, lawful.Given, lawful.Refused)
	default:
		s.says(v, at, buttonSave, lawful.Refused, lawful.Given)
	}
}

// says is one answer, as the script sends it.
func (s *story) says(v visitor, at time.Time, button, statistics, ads string) {
	if at.After(Ends()) {
		return
	}
	e := &lawful.Evidence{
		Method: "button", Default: "unticked", Text: screen(button), URL: "https://www.bottega.example" + pick(s, pagesOfTheShop()), UserAgent: v.agent,
	}
	if button == buttonSave {
		e.Method = "checkbox"
	}
	if statistics == lawful.Withdrawn {
		e.Default = ""
	}
	req := &choice.Request{
		Subject: choice.Subject{Device: v.device}, Source: register.WebBanner, At: &at, Evidence: e,
		Notice: &lawful.NoticeRef{ID: "cookies", Version: 1, Language: "it"},
		Choices: []choice.Choice{
			{Purpose: "ads", Channel: lawful.ChannelWeb, Choice: ads},
			{Purpose: "statistics", Channel: lawful.ChannelWeb, Choice: statistics},
		},
	}
	if v.gpc {
		req.Signal = "gpc"
	}
	s.acts = append(s.acts, act{by: shopSite, recorded: at.Add(2 * time.Second), choices: req})
}

func pagesOfTheShop() []string {
	return []string{"/", "/", "/", "/borse", "/borse/tracolla-arno", "/cinture", "/bottega", "/cura-del-cuoio"}
}

// newerAgents are user agents, whole: what is kept of them is the product's to say.
func newerAgents() []string {
	return []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
		"Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	}
}
