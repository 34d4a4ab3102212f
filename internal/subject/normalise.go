// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Limits on what an identifier can be.
const (
	maxEmail  = 254 // RFC 5321, 4.5.3.1.3
	maxLocal  = 64  // RFC 5321, 4.5.3.1.1
	maxLabel  = 63  // RFC 1035, 2.3.4
	maxOther  = 256
	maxPostal = 1024
)

// Address is a postal address.
type Address struct {
	Street   string `json:"street,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	City     string `json:"city,omitempty"`
	Region   string `json:"region,omitempty"`
	Country  string `json:"country,omitempty"`
}

// Normalise makes an identifier comparable. country is the organisation's, for
// phones without a prefix. Errors name the kind and never quote the value.
func Normalise(kind, given, source, country string) (Identifier, error) {
	given = strings.TrimSpace(norm.NFC.String(given))
	var value string
	var err error
	switch kind {
	case lawful.IDEmail:
		value, err = email(given)
	case lawful.IDPhone:
		value, err = phone(given, country)
	case lawful.IDSource:
		if source == "" {
			err = invalid("id", "an id belongs to a source: name the source")
		}
		value = given
	case lawful.IDDevice:
		value = given
	case lawful.IDAddress:
		value, err = postal(given)
	default:
		err = invalid(kind, "the kinds of identifier are email, phone, id, address and device")
	}
	if err != nil {
		return Identifier{}, err
	}
	if err := plain(kind, value); err != nil {
		return Identifier{}, err
	}
	id := Identifier{Identifier: lawful.Identifier{Kind: kind, Value: value}, Given: given}
	if kind == lawful.IDSource {
		id.Source = source
	}
	return id, nil
}

// AppendPlain appends the comparable form of an identifier as Normalise makes it,
// and says whether it could: it knows only what most e-mail addresses, phones with
// their country prefix, customer numbers and devices are, plain ASCII. Of anything
// else it appends nothing, and nothing is said about whether it is an identifier:
// Normalise knows.
func AppendPlain(to []byte, kind string, given []byte) ([]byte, bool) {
	switch kind {
	case lawful.IDEmail:
		return appendEmail(to, given)
	case lawful.IDPhone:
		if !plainPhone(given) {
			return to, false
		}
		return append(to, given...), true
	case lawful.IDSource, lawful.IDDevice:
		if len(given) == 0 || len(given) > maxOther || given[0] == ' ' || given[len(given)-1] == ' ' {
			return to, false
		}
		for _, c := range given {
			if c < ' ' || c > '~' {
				return to, false
			}
		}
		return append(to, given...), true
	}
	return to, false
}

// localForms and labelForms give the comparable form of what a plain address
// holds before the @, and in a label of the domain; nought for anything else.
var (
	localForms = forms(func(c byte) bool { return c > ' ' && c <= '~' && strings.IndexByte(noLocal, c) < 0 })
	labelForms = forms(func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'
	})
)

func forms(held func(c byte) bool) (of [256]byte) {
	for i := range of {
		c := byte(i)
		switch {
		case !held(c):
		case 'A' <= c && c <= 'Z':
			of[i] = c + 'a' - 'A'
		default:
			of[i] = c
		}
	}
	return of
}

// appendEmail is email for plain addresses.
func appendEmail(to, given []byte) ([]byte, bool) {
	at := bytes.IndexByte(given, '@')
	if at < 1 || at > maxLocal || len(given) > maxEmail {
		return to, false
	}
	began := len(to)
	to = append(to, given...)
	email := to[began:]
	for i, c := range email[:at] {
		if email[i] = localForms[c]; email[i] == 0 {
			return to[:began], false
		}
	}
	domain := email[at+1:]
	label, dots := 0, 0 // where the label begins
	for i, c := range domain {
		if domain[i] = labelForms[c]; domain[i] != 0 {
			continue
		}
		if c != '.' || !plainLabel(domain[label:i]) {
			return to[:began], false
		}
		domain[i] = '.'
		label, dots = i+1, dots+1
	}
	if dots == 0 || !plainLabel(domain[label:]) {
		return to[:began], false
	}
	return to, true
}

// plainLabel says that a label of letters, digits and hyphens means itself.
func plainLabel(label []byte) bool {
	n := len(label)
	return n > 0 && n <= maxLabel && label[0] != '-' && label[n-1] != '-' && (n < 4 || label[2] != '-' || label[3] != '-')
}

// email folds what two spellings of one address may differ in: the domain by
// IDNA, the local part by case. Dots and plus tags stay: at most providers
// they tell people apart. The form given is kept for sending.
func email(given string) (string, error) {
	at := strings.LastIndexByte(given, '@')
	if at < 1 || at == len(given)-1 {
		return "", invalid("email", "an address is written name@domain")
	}
	local, domain := given[:at], strings.TrimSuffix(given[at+1:], ".")
	if len(local) > maxLocal || len(given) > maxEmail {
		return "", invalid("email", "the address is longer than mail allows")
	}
	if strings.ContainsFunc(local, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(noLocal, r) }) {
		return "", invalid("email", "the part before @ has a character that mail does not allow")
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(ascii, ".") || slices.ContainsFunc(strings.Split(ascii, "."), noLabel) {
		return "", invalid("email", "the domain after @ is not a domain")
	}
	// Lower case, not case folding: that would make one person of ß and ss.
	return norm.NFC.String(strings.ToLower(local)) + "@" + strings.ToLower(ascii), nil
}

// noLocal is what mail allows before @ in quotes only.
const noLocal = `<>()[]:;,@\"`

// noLabel says that no domain has such a part (RFC 1035, 2.3.4); IDNA's lookup does not look.
func noLabel(label string) bool { return label == "" || len(label) > maxLabel }

func phone(given, country string) (string, error) {
	if plainPhone([]byte(given)) {
		return given, nil
	}
	number, err := phonenumbers.Parse(given, country)
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", invalid("phone", "this is not a phone number: write it with its country prefix, as +39…")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// postal folds case, spaces and punctuation of each part; given is the JSON of an Address.
func postal(given string) (string, error) {
	var a Address
	if err := json.Unmarshal([]byte(given), &a); err != nil || a.Street == "" || a.City == "" && a.Postcode == "" {
		return "", invalid("address", "an address has at least a street, and a city or a postcode")
	}
	parts := []string{a.Street, a.Postcode, a.City, a.Region, a.Country}
	for i, part := range parts {
		parts[i] = strings.Join(strings.FieldsFunc(cases.Fold().String(norm.NFKC.String(part)), func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsPunct(r)
		}), " ")
	}
	return strings.Join(parts, "|"), nil
}

// plain refuses what no identifier is.
func plain(kind, value string) error {
	limit := maxOther
	if kind == lawful.IDAddress {
		limit = maxPostal
	}
	switch {
	case value == "":
		return invalid(kind, "is empty")
	case len(value) > limit:
		return invalid(kind, fmt.Sprintf("is longer than %d bytes", limit))
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return invalid(kind, "has bytes that are not text")
	}
	return nil
}

func invalid(field, detail string) error {
	return problem.New(problem.Invalid, "invalid_identifier", "An identifier can't be read.").
		At(problem.Place{Field: "subject." + field, Detail: detail})
}
