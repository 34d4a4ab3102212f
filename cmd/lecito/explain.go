// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/lecito/lecito/lawful"
)

// traceWords are the words around a trace, by language. The rules say for
// themselves what they hold, in the language that was asked for.
var traceWords = map[string]map[string]string{
	"en": {
		"title": "Every rule that was tried, in order:", "passed": "passed", "denied": "DENIED", "permitted": "PERMITTED", "entry": "entry",
		lawful.AssuranceSecondary: "not verified: read in what others write about it",
		lawful.AssuranceComputed:  "follows from other rules by calculation",
		lawful.AssuranceMemory:    "not verified: written from memory",
		"override":                "changed in writing by the organisation, from “%s” (decided by: %s): %s",
	},
	"it": {
		"title": "Ogni regola provata, in ordine:", "passed": "rispettata", "denied": "NEGA", "permitted": "PERMETTE", "entry": "voce",
		lawful.AssuranceSecondary: "non verificata: letta in ciò che altri ne scrivono",
		lawful.AssuranceComputed:  "segue da altre regole per calcolo",
		lawful.AssuranceMemory:    "non verificata: scritta a memoria",
		"override":                "cambiata per iscritto dal titolare, era «%s» (deciso da: %s): %s",
	},
	"fr": {
		"title": "Chaque règle essayée, dans l'ordre :", "passed": "respectée", "denied": "REFUSE", "permitted": "PERMET", "entry": "entrée",
		lawful.AssuranceSecondary: "non vérifiée : lue dans ce que d'autres en écrivent",
		lawful.AssuranceComputed:  "découle d'autres règles par calcul",
		lawful.AssuranceMemory:    "non vérifiée : écrite de mémoire",
		"override":                "modifiée par écrit par le responsable, elle était « %s » (décidé par : %s) : %s",
	},
	"de": {
		"title": "Jede geprüfte Regel, der Reihe nach:", "passed": "erfüllt", "denied": "VERBIETET", "permitted": "ERLAUBT", "entry": "Eintrag",
		lawful.AssuranceSecondary: "nicht geprüft: gelesen in dem, was andere darüber schreiben",
		lawful.AssuranceComputed:  "folgt rechnerisch aus anderen Regeln",
		lawful.AssuranceMemory:    "nicht geprüft: aus dem Gedächtnis geschrieben",
		"override":                "vom Verantwortlichen schriftlich geändert, war „%s“ (entschieden von: %s): %s",
	},
	"es": {
		"title": "Cada regla probada, en orden:", "passed": "cumplida", "denied": "DENIEGA", "permitted": "PERMITE", "entry": "entrada",
		lawful.AssuranceSecondary: "no verificada: leída en lo que otros escriben sobre ella",
		lawful.AssuranceComputed:  "se sigue de otras reglas por cálculo",
		lawful.AssuranceMemory:    "no verificada: escrita de memoria",
		"override":                "cambiada por escrito por el responsable, era «%s» (decidido por: %s): %s",
	},
}

// traced writes every step of a decision for a person, in a language (English
// otherwise).
func traced(trace []lawful.Step, language string) string {
	words := traceWords[language]
	if words == nil {
		words = traceWords["en"]
	}
	const indent = "\n      "
	var out strings.Builder
	out.WriteString(words["title"])
	for i, s := range trace {
		fmt.Fprintf(&out, "\n%3d.  %s", i+1, words[s.Outcome])
		if s.Outcome != "passed" && s.Detail != "" {
			out.WriteString(": " + s.Detail)
		}
		if s.Text != "" {
			out.WriteString(indent + s.Text)
		}
		out.WriteString(indent + s.Rule)
		if s.Law != "" {
			out.WriteString(", " + s.Law)
		}
		if s.Source != "" {
			out.WriteString(" (" + s.Source + ")")
		}
		if s.Entry != "" {
			out.WriteString(indent + words["entry"] + " " + s.Entry)
		}
		if s.Assurance != lawful.AssuranceVerified {
			out.WriteString(indent + cmp.Or(words[s.Assurance], words[lawful.AssuranceMemory]))
		}
		if o := s.Override; o != nil {
			out.WriteString(indent + fmt.Sprintf(words["override"], o.Was, o.DecidedBy, o.Reason))
		}
	}
	return out.String()
}
