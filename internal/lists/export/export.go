// SPDX-License-Identifier: Apache-2.0

// Package export knows what the exports of mailing tools and shops mean. It
// recognises a file by its column names and turns each row into identifiers,
// choices and facts, as the file states them.
//
// Its one promise is to write no false fact. What a column does not say is not
// guessed: a flag without a date is a claim without a date, a "no" beside a box
// never ticked is no choice, a block without a cause is a block of unknown
// cause. Where two readings are possible the stricter one is taken, and where
// that could harm too (a list of sign-ups with the columns of a list of
// complaints) the file is refused with a word on how to say what it is. A row
// that cannot be read whole is not read at all.
//
// docs/imports.md says, tool by tool, what each column is taken to mean, what
// of that is certain and what is an assumption.
package export

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Options are what is known about a file besides its columns.
type Options struct {
	Zone *time.Location // of dates without a zone, when the tool doesn't fix it; nil is UTC
	Map  *Map           // what the user says the columns mean; nil: recognise them
	Name string         // file name: tells apart exports with the same columns; may be empty
}

// Reader turns the rows of one file into claims.
type Reader struct {
	Tool    string // the tool whose export it is, such as Mailchimp; "contacts" or "map" otherwise
	Section string // which of its exports, such as unsubscribed; may be empty

	header  []string
	columns map[string]int // by folded name
	emails  []string       // folded names of the columns of addresses
	phones  []string       // and of phones
	zone    *time.Location
	order   Order
	dates   []int // columns read as dates
	bulk    map[string]bool
	read    func(*row)
}

// Claims are what one row says. It is one person, as far as the file goes.
type Claims struct {
	Identifiers []lawful.Identifier // as they came, not normalised
	Choices     []Claim
	Facts       []Claim
}

// Claim is one statement of a row.
type Claim struct {
	Kind    string // lawful.KindChoice, or KindUndeliverable, KindBlocked
	Choice  string // lawful.Given, Withdrawn, Objected
	Channel string // empty: every channel
	System  string // KindBlocked: the tool that blocks

	Happened  *time.Time // nil: the file gives no date, it holds as of the export
	Confirmed *time.Time // a yes confirmed through the address, after Happened
	IP        string
	ConfirmIP string

	// Dated says that the file dates the act and says where it came from: the
	// evidence of a yes may then grade recorded, otherwise it is declared.
	Dated bool
	// Bulk says that the confirmation address is that of many rows, which is how
	// imports look: date and confirmation are then not evidence of a person's act.
	Bulk   bool
	Column string // whose cell says so
}

// Recognise finds out what the columns of a file mean: from o.Map when it is
// given, otherwise from the names and the first rows.
func Recognise(header []string, sample [][]string, o Options) (*Reader, error) {
	r, f := look(header, sample, o)
	if o.Map != nil && len(o.Map.columns) > 0 { // one that says only how dates are written leaves the rest to be recognised
		return r, r.useMap(o.Map)
	}
	for _, t := range tools() {
		if t.is(f) {
			r.use(t, o)
			return r, nil
		}
	}
	return nil, f.unknown()
}

// look prepares a reader that does not know yet how to read.
func look(header []string, sample [][]string, o Options) (*Reader, *file) {
	r := &Reader{header: header, columns: map[string]int{}, zone: o.Zone, bulk: map[string]bool{}}
	if r.zone == nil {
		r.zone = time.UTC
	}
	for i, name := range header {
		key := Fold(name)
		if _, taken := r.columns[key]; !taken && key != "" {
			r.columns[key] = i
		}
	}
	f := &file{columns: r.columns, header: header, sample: sample, name: Fold(filepath.Base(o.Name))}
	r.emails, r.phones = f.addressColumns(), present(r.columns, phoneNames())
	return r, f
}

// use makes the reader read as the export of a tool.
func (r *Reader) use(t tool, o Options) {
	r.Tool, r.Section, r.order, r.read = t.name, t.section, t.order, t.read
	if o.Map != nil {
		r.order = o.Map.order
	}
	if t.utc {
		r.zone = time.UTC
	}
	for _, name := range t.dates {
		if i, ok := r.columns[name]; ok {
			r.dates = append(r.dates, i)
		}
	}
}

// Row gives what a row says, or what is wrong with it; then nothing of it is
// given. The line is that of the file, for the places.
func (r *Reader) Row(line int, cells []string) (Claims, []problem.Place) {
	v := &row{Reader: r, line: line, cells: cells}
	r.read(v)
	if len(v.places) == 0 && len(v.claims.Identifiers) == 0 {
		v.places = append(v.places, problem.Place{Line: line, Detail: "no e-mail address, phone or customer number in this row"})
	}
	if len(v.places) > 0 {
		return Claims{}, v.places
	}
	v.claims.Choices = standing(v.claims)
	return v.claims, nil
}

// standing drops each yes that the same row contradicts, or that no identifier
// of the row can carry: an opted-out person is never turned into an opted-in one.
func standing(c Claims) []Claim {
	stopped := map[string]bool{}
	for _, x := range append(append([]Claim(nil), c.Choices...), c.Facts...) {
		if x.Choice != lawful.Given && x.Kind != lawful.KindUndeliverable {
			stopped[x.Channel] = true
		}
	}
	var kept []Claim
	for _, x := range c.Choices {
		if x.Choice == lawful.Given && (stopped[x.Channel] || stopped[""] || !carried(x.Channel, c.Identifiers)) {
			continue
		}
		kept = append(kept, x)
	}
	return kept
}

// carried says whether one of the identifiers can receive the channel.
func carried(channel string, ids []lawful.Identifier) bool {
	kind := lawful.IDPhone
	if channel == email {
		kind = lawful.IDEmail
	}
	for _, id := range ids {
		if id.Kind == kind {
			return true
		}
	}
	return false
}

// The channels exports speak of.
const (
	email = "email"
	sms   = "sms"
	every = ""
)

// row is a row while it is read.
type row struct {
	*Reader

	line   int
	cells  []string
	claims Claims
	places []problem.Place
}

// cell gives the first filled cell under one of the (folded) names, and the
// number of its column, from 0; -1 when there is none.
func (v *row) cell(names ...string) (string, int) {
	for _, name := range names {
		i, ok := v.columns[name]
		if !ok || i >= len(v.cells) {
			continue
		}
		if text := strings.TrimSpace(v.cells[i]); text != "" {
			return text, i
		}
	}
	return "", -1
}

func (v *row) text(names ...string) string {
	text, _ := v.cell(names...)
	return text
}

// at reads a date; nil for an empty cell, and for a bad one, which is noted.
func (v *row) at(names ...string) *time.Time {
	text, i := v.cell(names...)
	if i < 0 || blankDate(text) {
		return nil
	}
	t, err := ParseTime(text, v.order, v.zone)
	if err != nil {
		v.wrong(i, err.Error())
		return nil
	}
	return &t
}

// wrong notes a cell that cannot be read.
func (v *row) wrong(column int, detail string) {
	v.places = append(v.places, problem.Place{Field: v.header[column], Line: v.line, Column: column + 1, Detail: detail})
}

// identify adds the values under the names as identifiers, several in a cell
// when it is split by " ::: ".
func (v *row) identify(kind string, names ...string) {
	for _, name := range names {
		text, _ := v.cell(name)
		for _, value := range strings.Split(text, " ::: ") {
			v.add(kind, strings.TrimSpace(value))
		}
	}
}

func (v *row) add(kind, value string) {
	if kind != lawful.IDEmail {
		value = strings.TrimPrefix(value, "'") // keeps spreadsheets from eating zeros and plus signs
	}
	if value == "" {
		return
	}
	id := lawful.Identifier{Kind: kind, Value: value}
	for _, have := range v.claims.Identifiers {
		if have == id {
			return
		}
	}
	v.claims.Identifiers = append(v.claims.Identifiers, id)
}

// say adds a claim whose cell is under the first filled of the names.
func (v *row) say(c Claim, names ...string) {
	if _, i := v.cell(names...); i >= 0 {
		c.Column = v.header[i]
	}
	if c.Kind == "" {
		c.Kind = lawful.KindChoice
	}
	if c.Kind == lawful.KindChoice {
		v.claims.Choices = append(v.claims.Choices, c)
		return
	}
	v.claims.Facts = append(v.claims.Facts, c)
}

// flagged says whether a cell says yes; a cell that says neither yes nor no
// makes the row unreadable.
func (v *row) flagged(names ...string) bool {
	text, i := v.cell(names...)
	if i < 0 {
		return false
	}
	yes, known := yesOrNo(text)
	if !known {
		v.wrong(i, "this says neither yes nor no")
	}
	return yes
}
