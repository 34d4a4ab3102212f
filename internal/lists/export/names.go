// SPDX-License-Identifier: Apache-2.0

package export

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/lecito/lecito/internal/problem"
	"golang.org/x/text/unicode/norm"
)

// file is what recognition looks at.
type file struct {
	columns map[string]int
	header  []string
	sample  [][]string
	name    string // folded
}

// Fold makes column names comparable: lower case, no accents, nothing but
// letters and digits.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(name))
}

// has says whether the file has all the columns.
func (f *file) has(names ...string) bool {
	for _, name := range names {
		if _, ok := f.columns[name]; !ok {
			return false
		}
	}
	return true
}

// hasAny says whether the file has one of the columns.
func (f *file) hasAny(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return f.has(n) })
}

// only says whether the file has no other columns than these.
func (f *file) only(names ...string) bool {
	for name := range f.columns {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

// present gives the names that are columns.
func present(columns map[string]int, names []string) []string {
	return slices.DeleteFunc(names, func(n string) bool { _, ok := columns[n]; return !ok })
}

// values gives what the first rows hold under a column, folded.
func (f *file) values(name string) []string {
	i, ok := f.columns[name]
	var out []string
	for _, cells := range f.sample {
		if ok && i < len(cells) && strings.TrimSpace(cells[i]) != "" {
			out = append(out, Fold(cells[i]))
		}
	}
	return out
}

// all says whether the first rows hold values under the column, and only such.
func (f *file) all(name string, words ...string) bool {
	values := f.values(name)
	return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(words, v) })
}

// unix says whether the first rows hold Unix times under the column.
func (f *file) unix(name string) bool {
	values := f.values(name)
	return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !unixTime.MatchString(v) })
}

var unixTime = regexp.MustCompile(`^1[0-9]{9}$`)

// emailNames are the names of a column of e-mail addresses.
func emailNames() []string {
	return []string{
		"email", "emailaddress", "mail", "mailaddress", "emails",
		"indirizzoemail", "indirizzomail", "indirizzodiposta", "indirizzodipostaelettronica", "postaelettronica", "emailcliente",
		"adresseemail", "adressemail", "adresseelectronique", "courriel", "adressedecourriel", "adressedemessagerie",
		"emailadresse", "mailadresse", "epost", "epostadresse",
		"correo", "correoelectronico", "direcciondecorreo", "direcciondecorreoelectronico", "direcciondeemail",
		"enderecodeemail", "enderecoemail", "emailaddresses", "subscriberemail", "contactemail", "customeremail", "billingemail",
	}
}

// phoneNames are the names of a column of phone numbers.
func phoneNames() []string {
	return []string{
		"phone", "phonenumber", "mobile", "mobilephone", "mobilephonenumber", "mobilenumber", "cell", "cellphone", "telephone", "tel", "sms",
		"telefono", "numeroditelefono", "numerotelefono", "cellulare", "numerodicellulare", "telefonocellulare", "telefonomobile",
		"telephonemobile", "telephoneportable", "portable", "mobil", "numerodetelephone", "numerodeportable",
		"telefon", "telefonnummer", "handy", "handynummer", "mobiltelefon", "mobilnummer", "numerodetelefono", "movil",
	}
}

// addressColumns gives the columns whose names say e-mail address; when there
// is none, those whose first rows all hold one.
func (f *file) addressColumns() []string {
	named := present(f.columns, emailNames())
	if len(named) > 0 {
		return named
	}
	var out []string
	for _, name := range f.header {
		key := Fold(name)
		if i, ok := f.columns[key]; ok && f.addresses(i) {
			out = append(out, key)
		}
	}
	return out
}

// addresses says whether the first rows hold e-mail addresses in a column, and
// nothing else.
func (f *file) addresses(column int) bool {
	found := false
	for _, cells := range f.sample {
		if column >= len(cells) || strings.TrimSpace(cells[column]) == "" {
			continue
		}
		if !address.MatchString(strings.TrimSpace(cells[column])) {
			return false
		}
		found = true
	}
	return found
}

// address is the shape of an e-mail address, not its whole grammar.
var address = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)

var (
	choiceName  = regexp.MustCompile(`consen|optin|optout|optedin|optedout|subscri|iscri|inscri|abonn|anmeld|abmeld|newsletter|blacklist|blocklist|blocked|bounce|complain|spam|gdpr|rgpd|dsgvo|privacy|marketing|suppress|permi[st]|einwillig|suscri|cancell|cleaned|revoc|widerruf|accepts|acconsent|disiscr|unsub|dnc|donot|legalbasis`)
	choiceValue = regexp.MustCompile(`^(un)?subscribed$|^(dis)?iscritt[oai]$|^(in)?active$|^unconfirmed$|^cleaned$|^bounced$|^(des)?abonne$|^abgemeldet$|^angemeldet$|^blocklisted$|^blacklisted$|^complained$|^optedin$|^optedout$|^optin$|^optout$|^cancell?ed$`)
)

// saysChoice gives a column that seems to hold a choice, by its name or by what
// the first rows hold.
func (f *file) saysChoice() string {
	for _, name := range f.header {
		key := Fold(name)
		if key == "status" || key == "statut" || choiceName.MatchString(key) || slices.ContainsFunc(f.values(key), choiceValue.MatchString) {
			return name
		}
	}
	return ""
}

// unknown says why the file is not recognised and what to do.
func (f *file) unknown() error {
	addresses := f.addressColumns()
	if len(addresses) == 0 && !f.hasAny(phoneNames()...) {
		return problem.New(problem.Invalid, "no_identifier",
			"No column holds e-mail addresses or phone numbers by its name. Say which one does, for example: "+f.example("")).
			At(problem.Place{Line: 1, Detail: "the columns are " + Listed(f.header)})
	}
	column := f.saysChoice()
	p := problem.New(problem.Invalid, "unknown_columns",
		"These columns are not those of a tool Lecito knows, and they seem to say who wants to be written to. Say what they mean, for example: "+
			f.example(column)+" (see docs/imports.md)")
	switch {
	case len(addresses) > 1:
		p.Detail = "More than one column holds e-mail addresses by its name. Say which one counts, for example: " + f.example("")
	case f.suppressionLike():
		p.Detail = "These columns may be a list of sign-ups or one of unsubscribes. Say which, for example: --map email=" + f.header[f.columns["email"]] +
			",given_at=created  or  --map email=" + f.header[f.columns["email"]] + ",withdrawn_at=created"
	}
	if column != "" {
		p = p.At(problem.Place{Field: column, Line: 1, Column: f.columns[Fold(column)] + 1, Detail: "what does this column mean?"})
	}
	return p
}

// example is a --map for this file; COLUMN where no column is one of addresses.
func (f *file) example(choice string) string {
	address := "COLUMN"
	if a := f.addressColumns(); len(a) > 0 {
		address = f.header[f.columns[a[0]]]
	}
	spec := "email=" + address
	if choice != "" {
		spec += ",given=" + choice
	}
	return `--map "` + spec + `"`
}

// Listed names up to eight columns.
func Listed(header []string) string {
	if len(header) > 8 {
		return strings.Join(header[:8], ", ") + " and others"
	}
	return strings.Join(header, ", ")
}

// yesOrNo reads a flag in the languages exports come in.
func yesOrNo(text string) (yes, known bool) {
	switch Fold(text) {
	case "yes", "y", "true", "1", "si", "s", "oui", "o", "vrai", "vero", "ja", "j", "wahr", "on", "x", "subscribed", "optin", "optedin", "active", "attivo", "iscritto", "iscritta", "abonne", "angemeldet", "verdadero", "sim":
		return true, true
	case "no", "n", "false", "0", "non", "faux", "falso", "nein", "falsch", "off", "", "null", "none", "never", "neversubscribed", "notsubscribed", "nao":
		return false, true
	}
	return false, false
}
