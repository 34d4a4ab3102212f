// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"context"
	"net/url"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/request"
)

// Asks is from when Lecito asks people to confirm.
func Asks() time.Time { return time.Date(2026, 9, 1, 6, 0, 0, 0, time.UTC) }

// People of the last weeks.
const (
	Bianca   = "bianca.moretti@posta.example"     // asked to confirm, and did
	Tommaso  = "tommaso.serra@lettere.example"    // asked, and said no
	Ilaria   = "ilaria.fontana@casella.example"   // asked, and never answered: the link is over
	Pietro   = "pietro.vitale@posta.example"      // asked two days ago, and has not answered; nor has Giulia
	Teresa   = "teresa.villa@posta.example"       // asked to see her data, and was answered
	Federica = "federica.leone@posta.example"     // asks for a copy to take away; the day to answer is near
	Stefano  = "stefano.gallo@lettere.example"    // wants to be erased, and has not said yet that it is him
	Matilde  = "matilde.rossi@posta.example"      // objected
	Enrico   = "enrico.testa@casella.example"     // has a problem, and wrote again
	Camilla  = "camilla.parisi@lettere.example"   // her request takes longer
	Viola    = "viola.benedetti@casella.example"  // had her name corrected
	Nobody   = "gianni.sconosciuto@posta.example" // asks, and is not on record
)

// moment is about an hour of 2026, and not on the stroke.
func moment(m time.Month, d, hour int) time.Time {
	return day(2026, m, d, hour).Add(time.Duration((17*d+7*hour)%47) * time.Minute)
}

// lately is what happens once Lecito writes to people itself, and takes their requests.
func (s *story) lately() {
	giulia := known(1, "Giulia", "Ferri", Giulia)
	bianca, tommaso := known(20, "Bianca", "Moretti", Bianca), known(21, "Tommaso", "Serra", Tommaso)
	ilaria, pietro := known(22, "Ilaria", "Fontana", Ilaria), known(23, "Pietro", "Vitale", Pietro)
	for i, p := range []person{bianca, tommaso, ilaria, pietro} {
		at := moment(9, 14+2*i, 8+3*i)
		s.choose(p, at, "footer-form", s.form(at), yes("newsletter", "email"))
	}
	s.joins(bianca, moment(11, 3, 18))
	s.answers(bianca, moment(11, 3, 19), "yes")
	s.joins(tommaso, moment(11, 6, 11))
	s.answers(tommaso, moment(11, 7, 7), "no")
	s.joins(ilaria, moment(11, 9, 20)) // and never answers: the link is over on the 16th
	s.joins(pietro, moment(11, 18, 9))
	s.joins(giulia, moment(11, 20, 14))
	s.customers()
	s.requests()
}

// customers are those who ask something later: each has bought or signed up.
func (s *story) customers() {
	for i, p := range []person{
		known(24, "Teresa", "Villa", Teresa), known(25, "Federica", "Leone", Federica), known(26, "Stefano", "Gallo", Stefano),
		known(27, "Matilde", "Rossi", Matilde), known(28, "Enrico", "Testa", Enrico), known(29, "Camilla", "Parisi", Camilla),
		known(30, "Viola", "Benedetti", Viola),
	} {
		at := day(2025, time.Month(3+i), 4+2*i, 9+i)
		number := "c-" + p.phone[len(p.phone)-5:]
		s.sale(p, number, at)
		s.chooseAs(p, number, at, "checkout", s.form(at), yes("newsletter", "email"), answer("newsletter", "sms", i%2 == 0))
	}
}

// answers presses a button of the page that the message leads to.
func (s *story) answers(p person, at time.Time, button string) {
	s.happens(at, func(ctx context.Context, t Store) error {
		return t.Post.Press(ctx, p.email, url.Values{"answer": {button}})
	})
}

func (s *story) happens(at time.Time, do func(ctx context.Context, t Store) error) {
	if !at.After(Ends()) {
		s.acts = append(s.acts, act{recorded: at, do: do})
	}
}

// asking is a request of the story: its id is known once it is opened.
type asking struct {
	*story

	id string
}

// customer is who is behind the pages, office who serves requests.
func customer() access.Actor {
	return access.Actor{Org: Organisation, Kind: access.KindPerson, ID: "requests"}
}

func office() access.Actor { return actor("customer-care") }

// opens has a request come through the public form.
func (s *story) opens(email, kind string, at time.Time, message string) *asking {
	a := &asking{story: s}
	s.happens(at, func(ctx context.Context, t Store) error {
		r, err := t.Requests.Open(ctx, customer(), request.Opening{
			Kind: kind, Via: request.ViaForm, Language: "it", Message: message, Contact: request.Contact{Email: email},
		})
		a.id = r.ID
		return err
	})
	return a
}

// confirms says that the request is theirs, as the button of its page does.
func (a *asking) confirms(at time.Time) {
	a.happens(at, func(ctx context.Context, t Store) error { return t.Requests.Confirm(ctx, customer(), a.id) })
}

func (a *asking) writes(at time.Time, text string) {
	a.happens(at, func(ctx context.Context, t Store) error { return t.Requests.Say(ctx, customer(), a.id, text) })
}

func (a *asking) replied(at time.Time, text string) {
	a.happens(at, func(ctx context.Context, t Store) error { return t.Requests.Reply(ctx, office(), a.id, text) })
}

func (a *asking) extended(at time.Time, why string) {
	a.happens(at, func(ctx context.Context, t Store) error { return t.Requests.Extend(ctx, office(), a.id, why) })
}

func (a *asking) answered(at time.Time, outcome, text string) {
	a.happens(at, func(ctx context.Context, t Store) error { return t.Requests.Answer(ctx, office(), a.id, outcome, text) })
}

// requests are what people ask in the last weeks, each at another point of its way.
func (s *story) requests() {
	seen := s.opens(Teresa, request.Access, moment(10, 6, 7),
		"Buongiorno, vorrei sapere quali miei dati avete, da dove vengono e a chi li avete dati. Ho comprato una borsa l'anno scorso. Grazie.")
	seen.confirms(moment(10, 6, 9))
	seen.answered(moment(10, 20, 10), request.OutcomeDone, `Gentile signora Villa,

abbiamo preparato una copia di quello che conserviamo di lei: il nome, l'indirizzo e-mail, il telefono, l'ordine del 2025 e le sue scelte sulla newsletter, con il giorno in cui le ha fatte. Li abbiamo avuti tutti da lei, alla cassa del negozio. Li hanno visti il corriere, per la consegna, e chi spedisce le nostre e-mail.

Trova tutto nella sua pagina delle preferenze, dove può anche scaricarlo.

Un saluto da Firenze, la bottega`)

	longer := s.opens(Camilla, request.Access, moment(10, 13, 16),
		"Vorrei una copia di tutto: ordini, riparazioni, e anche le e-mail che ci siamo scritti con il vostro laboratorio negli ultimi anni.")
	longer.confirms(moment(10, 13, 17))
	longer.extended(moment(11, 10, 11),
		"La corrispondenza con il laboratorio sta in tre caselle diverse e va letta messaggio per messaggio, per non darle dati di altre persone. Ci serve più tempo; intanto le mandiamo gli ordini e le riparazioni.")

	corrected := s.opens(Viola, request.Rectification, moment(10, 19, 8),
		"Sulla fattura avete scritto Benedetto: il mio cognome finisce con la i, Benedetti. Lo correggete anche nei vostri archivi?")
	corrected.confirms(moment(10, 19, 12))
	corrected.answered(moment(10, 21, 9), request.OutcomeDone, "Fatto: ora c'è scritto Benedetti, anche sulla fattura che le rimandiamo. Ci scusi per lo sbaglio.")

	near := s.opens(Federica, request.Portability, moment(10, 24, 9),
		"Mi mandate i miei ordini e le mie preferenze in un file che si possa aprire altrove? Vorrei portarli in un altro negozio.")
	near.confirms(moment(10, 24, 10))

	problem := s.opens(Enrico, request.Problem, moment(11, 9, 18),
		"Da una settimana ricevo la vostra newsletter due volte, a distanza di un minuto. È un errore vostro o mi sono iscritto due volte?")
	problem.replied(moment(11, 10, 9),
		"Grazie di averlo detto. Nel nostro elenco lei c'è una volta sola; chiediamo a chi spedisce per noi. Ci può dire a che ora le è arrivata l'ultima?")
	problem.writes(moment(11, 19, 20), "Oggi di nuovo due, alle 18:02 e alle 18:03. Ve le posso inoltrare, se serve.")

	s.opens(Matilde, request.Objection, moment(11, 12, 13),
		"Basta pubblicità, per favore: né e-mail né messaggi. Solo quello che serve per gli ordini.")

	s.opens(Stefano, request.Erasure, moment(11, 17, 21),
		"Non compro più da voi da tempo. Vorrei che cancellaste il mio nome e il mio numero.")
	s.opens(Nobody, request.Access, moment(11, 19, 8), "Che dati avete su di me? Non ricordo se mi sono mai iscritto.")
}
