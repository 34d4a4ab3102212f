// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"slices"
	"strings"

	"github.com/lecito/lecito/lawful"
)

// browserPrefix begins the numbers that the script on a site gives browsers;
// 16 random bytes follow, as 32 hexadecimal digits.
const browserPrefix = "web-"

// IsBrowser tells the number that the script on a site gave a browser when its
// user chose. It is random and nobody else knows it: who can say it, is that browser.
func IsBrowser(id lawful.Identifier) bool {
	number, ok := strings.CutPrefix(id.Value, browserPrefix)
	return ok && id.Kind == lawful.IDDevice && len(number) == 32 && strings.Trim(number, "0123456789abcdef") == ""
}

// OnlyBrowser says of what somebody holds that nothing else is known of them.
func OnlyBrowser(held []Held) bool {
	return len(held) > 0 && !slices.ContainsFunc(held, func(h Held) bool { return h.Holder != HolderBrowser })
}

// HolderOf guesses who holds an identifier: an organisation for role mailboxes
// (RFC 2142 and what Italian, French, German and Spanish offices use) and for
// certified mail (PEC), nobody known for a browser, a person otherwise. An
// operator can change it.
func HolderOf(id lawful.Identifier) string {
	if IsBrowser(id) {
		return HolderBrowser
	}
	if id.Kind != lawful.IDEmail {
		return HolderPerson
	}
	local, domain, _ := strings.Cut(id.Value, "@")
	if isRole(local) || isPEC(domain) {
		return HolderOrganisation
	}
	return HolderPerson
}

func isRole(local string) bool {
	switch local {
	case "info", "informazioni", "amministrazione", "admin", "administration", "segreteria", "contabilita",
		"contabilità", "ufficio", "ordini", "vendite", "commerciale", "acquisti", "assistenza", "direzione",
		"contact", "contacts", "contatti", "hello", "ciao", "office", "sales", "support", "marketing", "billing",
		"accounts", "accounting", "orders", "help", "service", "team", "mail", "privacy", "dpo", "webmaster",
		"postmaster", "hostmaster", "abuse", "noreply", "no-reply", "secretariat", "comptabilite", "compta",
		"commande", "commandes", "direction", "accueil", "bonjour", "kontakt", "buero", "büro", "verwaltung",
		"buchhaltung", "vertrieb", "einkauf", "bestellung", "contacto", "administracion", "ventas", "pedidos":
		return true
	}
	return false
}

func isPEC(domain string) bool {
	switch domain {
	case "legalmail.it", "pecimprese.it", "postecert.it", "postacertificata.gov.it", "sicurezzapostale.it":
		return true
	}
	return strings.HasPrefix(domain, "pec.") || strings.Contains(domain, ".pec.") || strings.HasPrefix(domain, "cert.") ||
		strings.HasSuffix(domain, "pec.it")
}
