// SPDX-License-Identifier: Apache-2.0

package lists

import "strings"

// Sums count what an import came to. Every row is in exactly one of the counts
// from Yes to Erased, by the strictest thing it says: a no before a yes.
type Sums struct {
	Rows int64 `json:"rows"`

	Yes           int64 `json:"yes"`           // a dated act, proven well enough for most purposes
	Weak          int64 `json:"weak"`          // a yes of which the file shows no dated act
	Invalid       int64 `json:"invalid"`       // a yes that is none: the source's box came ticked, or it was a condition
	Unplaced      int64 `json:"unplaced"`      // a yes of which nobody said what for: only the contact is recorded
	No            int64 `json:"no"`            // withdrawn, refused or objected
	Blocked       int64 `json:"blocked"`       // blocked in the tool, cause unknown
	Undeliverable int64 `json:"undeliverable"` // the address does not work
	Contacts      int64 `json:"contacts"`      // says nothing but who it is
	Unreadable    int64 `json:"unreadable"`    // left out whole
	Erased        int64 `json:"erased"`        // erased people, not brought back

	New      int64 `json:"new"`      // rows that added something
	Existing int64 `json:"existing"` // rows of which all was on record
}

// bucket is one of the counts a row falls in.
type bucket int

const (
	bucketContacts bucket = iota
	bucketUnplaced
	bucketInvalid
	bucketWeak
	bucketYes
	bucketUndeliverable
	bucketBlocked
	bucketNo
	bucketErased
	bucketUnreadable
)

func (s *Sums) of(b bucket) *int64 {
	return []*int64{
		&s.Contacts, &s.Unplaced, &s.Invalid, &s.Weak, &s.Yes, &s.Undeliverable, &s.Blocked, &s.No, &s.Erased, &s.Unreadable,
	}[b]
}

func (s *Sums) count(b bucket) {
	s.Rows++
	*s.of(b)++
}

// part is one count with its words.
type part struct {
	n      int64
	always bool
	words  string // for one and for more, see counted
	advice string
}

func (s Sums) parts(lang string) []part {
	return []part{
		{s.Yes, true, in(lang, "sì", "yes", "oui"), in(lang,
			"datati, con la loro origine: nulla da fare.",
			"dated, with their origin: nothing to do.",
			"datés, avec leur origine : rien à faire.")},
		{s.Weak, true, in(lang, "con prova debole", "weak proof", "à preuve faible"), in(lang,
			"il file non mostra un atto datato della persona. Chieda di confermare, oppure decida per iscritto di fidarsi di questa provenienza (accepted).",
			"the file shows no dated act of the person. Ask them to confirm, or decide in writing to rely on this source (accepted).",
			"le fichier ne montre aucun acte daté de la personne. Demandez-leur de confirmer, ou décidez par écrit de vous fier à cette source (accepted).")},
		{s.No, true, in(lang, "no", "no", "non"), in(lang,
			"valgono da subito, anche contro un sì di un altro file.",
			"they hold at once, also against a yes of another file.",
			"ils valent dès maintenant, même contre un oui d’un autre fichier.")},
		{s.Blocked, false, in(lang, "bloccat[o|i], causa ignota", "blocked, cause unknown", "bloqué[|s], cause inconnue"), in(lang,
			"non si scrive loro finché lo strumento non dice perché: esporti le cause, se ci sono.",
			"they are not written to until the tool says why: export the causes, if it has them.",
			"on ne leur écrit pas tant que l’outil ne dit pas pourquoi : exportez les causes, s’il les a.")},
		{s.Undeliverable, false, in(lang, "non raggiungibil[e|i]", "undeliverable", "injoignable[|s]"), in(lang,
			"l’indirizzo non funziona: lo corregga, o lo lasci stare.",
			"the address does not work: correct it, or leave it.",
			"l’adresse ne fonctionne pas : corrigez-la, ou laissez-la.")},
		{s.Unplaced, false, in(lang, "sì senza finalità", "yes with no purpose named for this source", "oui sans finalité"), in(lang,
			"nessuna finalità è indicata per questa provenienza su quel canale, quindi il sì non è stato registrato. La indichi nel file di lecito apply e importi di nuovo.",
			"no purpose of this source uses that channel, so the yes was not recorded. Name one in the file that lecito apply reads and import again.",
			"aucune finalité de cette source n’utilise ce canal : le oui n’a pas été enregistré. Indiquez-la dans le fichier de lecito apply et importez de nouveau.")},
		{s.Invalid, false, in(lang, "sì non valid[o|i]", "yes that [does|do] not count", "oui non valable[|s]"), in(lang,
			"la provenienza ha la casella già spuntata o chiede il sì in cambio di altro: serve un consenso nuovo.",
			"the source’s box comes ticked, or the yes is a condition of something else: a new consent is needed.",
			"la case de la source est déjà cochée, ou le oui conditionne autre chose : il faut un nouveau consentement.")},
		{s.Contacts, false, in(lang, "[contatto soltanto|solo contatti]", "contact[|s] only", "contact[|s] seulement"), in(lang,
			"il file non dice che cosa hanno scelto: non si scrive loro per il marketing.",
			"the file does not say what they chose: no marketing to them.",
			"le fichier ne dit pas ce qu’ils ont choisi : pas de prospection.")},
		{s.Unreadable, true, in(lang, "illeggibil[e|i]", "unreadable", "illisible[|s]"), in(lang,
			"lasciati fuori interi: corregga le righe indicate e importi di nuovo il file, il resto non cambia.",
			"left out whole: correct the lines named and import the file again, the rest does not change.",
			"laissés de côté en entier : corrigez les lignes indiquées et importez de nouveau le fichier, le reste ne change pas.")},
		{s.Erased, false, in(lang, "cancellat[o|i], non riportat[o|i]", "erased, not brought back", "effacé[|s], non rétabli[|s]"), in(lang,
			"possono tornare solo iscrivendosi da sé. Li tolga anche dallo strumento.",
			"only they can come back, by signing up themselves. Remove them from the tool too.",
			"eux seuls peuvent revenir, en s’inscrivant. Retirez-les aussi de l’outil.")},
	}
}

// Sentence says the sums in Italian, English or French (English otherwise):
// "1 212 yes, 302 weak proof, 488 no, 14 unreadable".
func (s Sums) Sentence(lang string) string {
	var said []string
	for _, p := range s.parts(lang) {
		if p.always || p.n > 0 {
			said = append(said, counted(lang, p.n, p.words))
		}
	}
	return strings.Join(said, ", ")
}

// Advice says, for each count that is not zero, what it means and what to do.
func (s Sums) Advice(lang string) []string {
	var said []string
	for _, p := range s.parts(lang) {
		if p.n > 0 {
			said = append(said, counted(lang, p.n, p.words)+": "+p.advice)
		}
	}
	if s.Existing > 0 {
		said = append(said, counted(lang, s.Existing, in(lang,
			"[riga era già registrata|righe erano già registrate]: non è cambiato nulla.",
			"[row was|rows were] on record already: nothing changed.",
			"ligne[ était|s étaient] déjà enregistrée[|s] : rien n’a changé.")))
	}
	return said
}
