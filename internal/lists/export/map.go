// SPDX-License-Identifier: Apache-2.0

package export

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Map is what a user says the columns of a file mean.
type Map struct {
	columns map[string]string // key to column name, as written
	order   Order
}

// mapKeys are the words of a map. Those of choices may have a channel before
// them (sms_given); without one they speak of e-mail.
func mapKeys() (identifiers, choices []string) {
	return []string{"email", "phone", "id"}, []string{
		"given", "given_at", "ip", "origin", "confirmed_at", "confirm_ip",
		"withdrawn", "withdrawn_at", "objected", "objected_at", "undeliverable", "undeliverable_at", "blocked", "blocked_at",
	}
}

func mapChannels() []string {
	return []string{"email", "sms", "phone", "automated_call", "post", "push", "messaging"}
}

// ParseMap reads "email=E-mail,given_at=Data iscrizione,date=dmy". A part that
// holds a comma is put in double quotes.
func ParseMap(spec string) (*Map, error) {
	r := csv.NewReader(strings.NewReader(spec))
	r.TrimLeadingSpace, r.LazyQuotes = true, true
	parts, err := r.Read()
	if err != nil {
		return nil, badMap("The map is empty or its quotes do not close.").Because(err)
	}
	m := &Map{columns: map[string]string{}}
	seen := map[string]bool{}
	for n, part := range parts {
		key, column, ok := strings.Cut(part, "=")
		key, column = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(column)
		if !ok || column == "" {
			return nil, badMap("Every part of a map has the form word=column.")
		}
		if key != "date" && !knownKey(key) {
			return nil, badMap("A map has no such word.").At(problem.Place{Field: wordOr(key, n), Detail: "not a word of a map"})
		}
		if seen[whole(key)] {
			return nil, badMap("A word of a map is given twice.").At(problem.Place{Field: key, Detail: "given twice"})
		}
		seen[whole(key)] = true
		if key == "date" {
			if m.order = map[string]Order{"dmy": DayFirst, "mdy": MonthFirst}[strings.ToLower(column)]; m.order == AnyOrder {
				return nil, badMap("date is dmy (day first) or mdy (month first).")
			}
			continue
		}
		m.columns[key] = column
	}
	return m, nil
}

// whole is a word with its channel: given and email_given are the same.
func whole(key string) string {
	if ids, _ := mapKeys(); key == "date" || slices.Contains(ids, key) {
		return key
	}
	channel, word := splitKey(key)
	return channel + "_" + word
}

// wordOr names a part of a map by its word, or by its number where that is none
// but may be somebody's address.
func wordOr(key string, n int) string {
	foreign := func(r rune) bool { return !strings.ContainsRune("_- ", r) && !unicode.IsLetter(r) }
	if len(key) > 40 || strings.ContainsFunc(key, foreign) {
		return fmt.Sprintf("part %d", n+1)
	}
	return key
}

func badMap(what string) *problem.Problem {
	ids, choices := mapKeys()
	return problem.New(problem.Invalid, "bad_map", what+` Example: --map "email=E-mail,given_at=Data iscrizione,ip=IP,date=dmy". Words: `+
		strings.Join(append(ids, choices...), ", ")+", date; before those of choices a channel may stand, as in sms_given.")
}

func knownKey(key string) bool {
	ids, choices := mapKeys()
	_, word := splitKey(key)
	return slices.Contains(ids, key) || slices.Contains(choices, word)
}

// splitKey cuts "sms_given_at" into its channel and its word.
func splitKey(key string) (channel, word string) {
	for _, c := range mapChannels() {
		if rest, ok := strings.CutPrefix(key, c+"_"); ok {
			return c, rest
		}
	}
	return email, key
}

// useMap makes the reader read as the map says.
func (r *Reader) useMap(m *Map) error {
	at := map[string]int{}                                    // word, with its channel, to column
	for _, key := range slices.Sorted(maps.Keys(m.columns)) { // the same complaint each time
		name := m.columns[key]
		i := slices.IndexFunc(r.header, func(h string) bool { return h == name })
		if i < 0 {
			folded, ok := r.columns[Fold(name)]
			if !ok {
				return problem.New(problem.Invalid, "unknown_column", "The map names a column the file does not have. Its columns are "+Listed(r.header)+".").
					At(problem.Place{Field: key, Detail: "no such column"})
			}
			i = folded
		}
		at[key] = i
	}
	ids, _ := mapKeys()
	if !slices.ContainsFunc(ids, func(k string) bool { _, ok := at[k]; return ok }) {
		return badMap("The map names no column that says whom a row is about: email, phone or id.")
	}
	r.Tool, r.order, r.columns = "map", m.order, map[string]int{}
	for key, i := range at {
		if slices.Contains(ids, key) {
			r.columns[key] = i
			continue
		}
		r.columns[whole(key)] = i
		if strings.HasSuffix(key, "_at") {
			r.dates = append(r.dates, i)
		}
	}
	if i, ok := r.columns["email_confirm_ip"]; ok {
		r.columns[confirmIP] = i
	}
	slices.Sort(r.dates)
	r.read = readMapped
	return nil
}

func readMapped(v *row) {
	v.identify(lawful.IDEmail, "email")
	v.identify(lawful.IDPhone, "phone")
	v.identify(lawful.IDSource, "id")
	for _, channel := range mapChannels() {
		v.mappedYes(channel)
		v.mapped(channel+"_withdrawn", Claim{Choice: lawful.Withdrawn, Channel: channel})
		v.mapped(channel+"_objected", Claim{Choice: lawful.Objected})
		v.mapped(channel+"_undeliverable", Claim{Kind: lawful.KindUndeliverable, Channel: channel})
		v.mapped(channel+"_blocked", Claim{Kind: lawful.KindBlocked, Channel: channel, System: "the file"})
	}
}

// mapped says what a date or a flag stands for.
func (v *row) mapped(key string, c Claim) {
	c.Happened = v.at(key + "_at")
	if flag := v.flagged(key); flag || c.Happened != nil {
		v.say(c, key+"_at", key)
	}
}

// mappedYes: a flag that says no beside a date means the yes no longer holds
// or never did: no claim.
func (v *row) mappedYes(channel string) {
	key := channel + "_given"
	at, flag := v.at(key+"_at"), v.flagged(key)
	if _, mapped := v.columns[key]; mapped && !flag || at == nil && !flag {
		return
	}
	ip, cip := v.text(channel+"_ip"), v.text(channel+"_confirm_ip")
	bulk := channel == email && v.bulk[cip]
	c := Claim{Choice: lawful.Given, Channel: channel, Happened: at, IP: ip, Bulk: bulk}
	c.Dated = at != nil && !bulk && (ip != "" || v.text(channel+"_origin") != "")
	if confirmed := v.at(channel + "_confirmed_at"); confirmed != nil && at != nil && confirmed.After(*at) && !bulk {
		c.Confirmed, c.ConfirmIP = confirmed, cip
	}
	v.say(c, key+"_at", key)
}
