// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"slices"
	"strings"
	"unicode"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/lists/export"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// column is the one that says whom a row is about.
type column struct {
	index int
	name  string
	kind  string // of its identifiers
	plus  bool   // phones with their country code but no plus, as Brevo writes them
}

// finder looks for the identifying column of a list.
type finder struct {
	header  []string
	sample  [][]string
	kinds   []string // of identifier that the channel reaches
	source  string   // whose numbers the list holds; "" where it holds none
	country string   // of phones without a prefix
	plus    bool
}

// find gives the column named, or the only one that is named as such columns
// are and holds what the channel reaches; failing that, the only one of either.
func (f finder) find(named string) (column, error) {
	if named != "" {
		return f.named(named)
	}
	for _, kind := range f.kinds {
		var held, called []int
		for i, name := range f.header {
			if f.holds(i, kind) {
				held = append(held, i)
			}
			if usual(name, kind) {
				called = append(called, i)
			}
		}
		both := slices.DeleteFunc(slices.Clone(held), func(i int) bool { return !slices.Contains(called, i) })
		either := slices.Compact(slices.Sorted(slices.Values(slices.Concat(held, called))))
		for _, found := range [][]int{both, either} {
			if len(found) == 1 {
				return f.column(found[0], kind), nil
			}
			if len(found) > 1 {
				return f.first(found, kind)
			}
		}
	}
	return column{}, f.none()
}

// first settles between columns by their numbers (E-mail 1, E-mail 2), and
// otherwise asks.
func (f finder) first(found []int, kind string) (column, error) {
	var firsts []int
	for _, i := range found {
		digits := strings.TrimFunc(f.header[i], func(r rune) bool { return !unicode.IsDigit(r) })
		if digits == "1" {
			firsts = append(firsts, i)
		}
	}
	if len(firsts) == 1 {
		return f.column(firsts[0], kind), nil
	}
	p := problem.New(problem.Invalid, "ambiguous_column",
		`More than one column could say whom a row is about. Name the one that counts: --column "`+f.header[found[0]]+`"`)
	for _, i := range found {
		p = p.At(problem.Place{Field: f.header[i], Line: 1, Column: i + 1, Detail: "this could be it"})
	}
	return column{}, p
}

func (f finder) none() error {
	if len(f.kinds) == 0 {
		return problem.New(problem.Invalid, "no_identifying_column",
			"A list for this channel can be cleared by customer numbers only: name their column, and the source whose numbers they are.")
	}
	what := map[string]string{
		lawful.IDEmail: "e-mail addresses", lawful.IDPhone: "phone numbers", lawful.IDDevice: "devices",
	}[f.kinds[0]]
	return problem.Newf(problem.Invalid, "no_identifying_column",
		"No column of the list was found to hold %s. Name the one that does with --column.", what).
		At(problem.Place{Line: 1, Detail: "the columns are " + export.Listed(f.header)})
}

// named gives the column the user names: exactly, or but for case and punctuation.
func (f finder) named(name string) (column, error) {
	at := slices.Index(f.header, name)
	if at < 0 {
		at = slices.IndexFunc(f.header, func(h string) bool { return export.Fold(h) == export.Fold(name) && export.Fold(h) != "" })
	}
	if at < 0 {
		return column{}, problem.New(problem.Invalid, "unknown_column", "The list has no column of that name. Its columns are "+export.Listed(f.header)+".").
			At(problem.Place{Field: "column", Detail: "no such column"})
	}
	for _, kind := range f.kinds {
		if f.holds(at, kind) || usual(f.header[at], kind) {
			return f.column(at, kind), nil
		}
	}
	if f.source != "" {
		return f.column(at, lawful.IDSource), nil
	}
	if len(f.kinds) > 0 {
		return f.column(at, f.kinds[0]), nil
	}
	return column{}, f.none()
}

func (f finder) column(i int, kind string) column {
	return column{index: i, name: f.header[i], kind: kind, plus: f.plus && kind == lawful.IDPhone}
}

// holds says whether four filled cells in five of a column are identifiers of
// the kind.
func (f finder) holds(i int, kind string) bool {
	filled, right := 0, 0
	for _, cells := range f.sample {
		value := f.column(i, kind).value(cells[i])
		if value == "" {
			continue
		}
		filled++
		if f.looks(kind, value) {
			right++
		}
	}
	return right > 0 && right*5 >= filled*4
}

// looks says whether a value is plainly of the kind. Almost any number could be
// a phone, so only those with a country prefix are taken for one.
func (f finder) looks(kind, value string) bool {
	switch kind {
	case lawful.IDEmail:
	case lawful.IDPhone:
		if !strings.HasPrefix(value, "+") && !strings.HasPrefix(value, "00") {
			return false
		}
	default:
		return false
	}
	_, err := subject.Normalise(kind, value, "", f.country)
	return err == nil
}

// value is the identifier in a cell as it is asked about; "" for none.
func (c column) value(cell string) string {
	value := strings.TrimSpace(cell)
	if c.kind != lawful.IDPhone {
		return value
	}
	value = strings.TrimPrefix(value, "'") // keeps spreadsheets from eating zeros and plus signs
	if c.plus && value != "" && strings.Trim(value, "0123456789 ") == "" {
		value = "+" + strings.TrimPrefix(value, "00")
	}
	return value
}

// subjectOf names a person by one identifier.
func subjectOf(kind, value string) choice.Subject {
	switch kind {
	case lawful.IDEmail:
		return choice.Subject{Email: value}
	case lawful.IDPhone:
		return choice.Subject{Phone: value}
	case lawful.IDDevice:
		return choice.Subject{Device: value}
	}
	return choice.Subject{ID: value}
}

// reached lists the kinds of identifier a channel reaches that a column can hold.
func reached(channel string) []string {
	var kinds []string
	for _, kind := range []string{lawful.IDEmail, lawful.IDPhone, lawful.IDDevice} {
		if lawful.Reaches(channel, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// usual says whether a column is named as those of the kind are.
func usual(name, kind string) bool {
	words := map[string][]string{
		lawful.IDEmail: {
			"email", "emailaddress", "mail", "emails", "emailaddresses", "email1value", "indirizzoemail", "indirizzomail", "postaelettronica",
			"indirizzodipostaelettronica", "adresseemail", "adressemail", "courriel", "emailadresse", "correo", "correoelectronico",
		},
		lawful.IDPhone: {
			"phone", "phonenumber", "mobile", "mobilephone", "mobilephonenumber", "cell", "cellphone", "telephone", "tel", "sms", "phone1value",
			"telefono", "numeroditelefono", "cellulare", "telefonocellulare", "portable", "telephonemobile", "telefon", "handy", "mobil", "movil",
		},
		lawful.IDDevice: {"device", "deviceid", "devicetoken", "pushtoken", "cookieid"},
	}[kind]
	return slices.Contains(words, export.Fold(name))
}
