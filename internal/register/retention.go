// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"strings"
)

// Text says the period in the language, in English where it has no words for it.
func (p Period) Text(language string) string {
	n, unit := p.Parts()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", n, wordsIn(language).unit(unit, n))
}

// Text says how long data is kept: "24 months from the last activity".
func (r Retention) Text(language string) string {
	return r.For.Text(language) + " " + wordsIn(language).from[r.From]
}

// words are those of periods in one language.
type words struct {
	units map[string][2]string // one, many
	from  map[string]string
}

func (w words) unit(unit string, n int) string {
	if n == 1 {
		return w.units[unit][0]
	}
	return w.units[unit][1]
}

func wordsIn(language string) words {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch base {
	case "it":
		return words{
			map[string][2]string{"day": {"giorno", "giorni"}, "month": {"mese", "mesi"}, "year": {"anno", "anni"}},
			map[string]string{
				"last_activity": "dall'ultima attività", "relation_closed": "dalla fine del rapporto", "collection": "dalla raccolta",
			},
		}
	case "fr":
		return words{
			map[string][2]string{"day": {"jour", "jours"}, "month": {"mois", "mois"}, "year": {"an", "ans"}},
			map[string]string{
				"last_activity": "après la dernière activité", "relation_closed": "après la fin de la relation", "collection": "après la collecte",
			},
		}
	case "de":
		return words{
			map[string][2]string{"day": {"Tag", "Tage"}, "month": {"Monat", "Monate"}, "year": {"Jahr", "Jahre"}},
			map[string]string{
				"last_activity": "ab der letzten Aktivität", "relation_closed": "ab dem Ende der Geschäftsbeziehung", "collection": "ab der Erhebung",
			},
		}
	case "es":
		return words{
			map[string][2]string{"day": {"día", "días"}, "month": {"mes", "meses"}, "year": {"año", "años"}},
			map[string]string{
				"last_activity": "desde la última actividad", "relation_closed": "desde el fin de la relación", "collection": "desde la recogida",
			},
		}
	}
	return words{
		map[string][2]string{"day": {"day", "days"}, "month": {"month", "months"}, "year": {"year", "years"}},
		map[string]string{
			"last_activity": "from the last activity", "relation_closed": "from the end of the relation", "collection": "from collection",
		},
	}
}
