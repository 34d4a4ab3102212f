// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/lists/export"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// teller turns the rows of a file into facts, as far as the source allows.
type teller struct {
	reader *export.Reader
	header []string
	rules  *lawful.Rules
	source lawful.Source
	file   []byte    // its hash
	asOf   time.Time // of what has no date
	now    time.Time
	id     string // of the import
}

// told is what a row comes to.
type told struct {
	record choice.Record
	bucket bucket
}

// row reads one row; places say what is wrong with it, and then nothing of it counts.
func (t *teller) row(row sheet.Row) (told, []problem.Place) {
	claims, places := t.reader.Row(row.Line, row.Cells)
	if len(places) > 0 {
		return told{}, places
	}
	var out told
	for _, id := range claims.Identifiers {
		normal, err := subject.Normalise(id.Kind, id.Value, t.source.ID, t.rules.Organisation.Country)
		if err != nil {
			places = append(places, t.identifierPlace(row, id, err))
			continue
		}
		if !slices.ContainsFunc(out.record.Subject, func(s subject.Identifier) bool { return s.Identifier == normal.Identifier }) {
			out.record.Subject = append(out.record.Subject, normal)
		}
	}
	for _, c := range slices.Concat(claims.Choices, claims.Facts) {
		for _, at := range []*time.Time{c.Happened, c.Confirmed} {
			if at != nil && at.After(t.now) {
				places = append(places, t.place(row, c.Column, "is in the future"))
			}
		}
	}
	if len(places) > 0 {
		return told{}, places
	}
	out.record.PerFact = true
	out.record.Request = []byte("import") // the key says all of it
	for _, c := range claims.Choices {
		out.choice(t, row.Line, c)
	}
	for _, c := range claims.Facts {
		f := t.fact(row.Line, c)
		f.Kind, f.Channel, f.System = c.Kind, c.Channel, c.System
		out.add(t, f)
		out.atLeast(map[string]bucket{lawful.KindUndeliverable: bucketUndeliverable, lawful.KindBlocked: bucketBlocked}[c.Kind])
	}
	if len(out.record.Facts) == 0 {
		f := t.fact(row.Line, export.Claim{})
		f.Kind = lawful.KindIdentified
		out.add(t, f)
	}
	return out, nil
}

func (o *told) atLeast(b bucket) { o.bucket = max(o.bucket, b) }

// choice adds what a person is said to have chosen. A yes stands for the
// purposes the source names and no others; a no covers all marketing.
func (o *told) choice(t *teller, line int, c export.Claim) {
	if c.Choice != lawful.Given {
		f := t.fact(line, c)
		f.Choice = &lawful.Choice{Choice: c.Choice, Channel: c.Channel, Evidence: &lawful.Evidence{Method: "import"}}
		o.add(t, f)
		o.atLeast(bucketNo)
		return
	}
	purposes := t.purposes(c.Channel)
	if len(purposes) == 0 {
		o.atLeast(bucketUnplaced)
	}
	for _, purpose := range purposes {
		f := t.fact(line, c)
		f.Choice = &lawful.Choice{
			Choice: lawful.Given, Purpose: purpose, Channel: c.Channel, Notice: t.notice(c),
			Evidence: &lawful.Evidence{Method: "import", IP: c.IP, Dated: c.Dated && c.Happened != nil && !c.Bulk},
		}
		o.add(t, f)
		switch grade, _ := lawful.Grade(t.rules, f); grade {
		case lawful.GradeInvalid:
			o.atLeast(bucketInvalid)
		case lawful.GradeDeclared:
			o.atLeast(bucketWeak)
		default:
			o.atLeast(bucketYes)
		}
		if c.Confirmed == nil || c.Bulk {
			continue
		}
		confirmed := f
		confirmed.Happened, confirmed.Undated = *c.Confirmed, false
		confirmed.Choice = &lawful.Choice{
			Choice: lawful.Confirmed, Purpose: purpose, Channel: c.Channel, Notice: f.Choice.Notice,
			Evidence: &lawful.Evidence{Method: "import", IP: c.ConfirmIP, Dated: true},
		}
		o.add(t, confirmed)
	}
}

// fact begins a fact of the row. A file is never the person's own hand, whatever
// kind of source it came from: what it says lifts no no.
func (t *teller) fact(line int, c export.Claim) lawful.Fact {
	f := lawful.Fact{
		Kind: lawful.KindChoice, Actor: lawful.ActorImport, Source: t.source.ID, Happened: t.asOf, Undated: true,
		Provenance: &lawful.Provenance{Import: t.id, Row: line},
	}
	if c.Happened != nil {
		f.Happened, f.Undated = c.Happened.UTC().Truncate(time.Microsecond), false
	}
	return f
}

// add adds a fact with the key by which it is known again. Two files that date
// an act alike tell of one act. A no without a date counts as of each file that
// says it; a yes without one is the same yes in every file.
func (o *told) add(t *teller, f lawful.Fact) {
	key := []string{"import", f.Source, f.Kind, f.System}
	yes := f.Kind == lawful.KindIdentified
	if c := f.Choice; c != nil {
		key = append(key, c.Choice, c.Purpose, c.Channel)
		yes = c.Choice == lawful.Given
	} else {
		key = append(key, "", "", f.Channel)
	}
	ids := make([]string, len(o.record.Subject))
	for i, id := range o.record.Subject {
		ids[i] = id.Kind + "\x01" + id.Value
	}
	slices.Sort(ids)
	key = append(key, ids...)
	switch {
	case !f.Undated:
		key = append(key, f.Happened.Format(time.RFC3339Nano))
	case !yes:
		key = append(key, "file", hex.EncodeToString(t.file))
	}
	o.record.Facts = append(o.record.Facts, f)
	o.record.FactKeys = append(o.record.FactKeys, strings.Join(key, "\x00"))
}

// purposes are those a yes of the source was given for, on the channel.
func (t *teller) purposes(channel string) []string {
	var found []string
	for _, id := range t.source.Purposes {
		versions := t.rules.Purposes[id]
		if len(versions) == 0 {
			continue
		}
		p := versions[len(versions)-1]
		if (p.Retired == nil || p.Retired.After(t.now)) && slices.Contains(p.Channels, channel) {
			found = append(found, id)
		}
	}
	return found
}

// notice is the version of the source's notice that was out when the yes was
// given. Of an act without a date, or older than every version, none is named:
// the decision then goes by the source.
func (t *teller) notice(c export.Claim) *lawful.NoticeRef {
	if c.Happened == nil {
		return nil
	}
	var out *lawful.NoticeRef
	for _, v := range t.rules.Notices[t.source.Notice] {
		from := v.Published
		if v.From != nil {
			from = *v.From
		}
		if !from.After(*c.Happened) && (out == nil || v.Version > out.Version) {
			out = &lawful.NoticeRef{ID: v.ID, Version: v.Version}
		}
	}
	return out
}

// place names a cell by its column.
func (t *teller) place(row sheet.Row, name, detail string) problem.Place {
	return problem.Place{Field: name, Line: row.Line, Column: slices.Index(t.header, name) + 1, Detail: detail}
}

// identifierPlace finds the cell of an identifier that can't be read.
func (t *teller) identifierPlace(row sheet.Row, id lawful.Identifier, err error) problem.Place {
	detail := "this identifier can't be read"
	if p := problem.As(err); p != nil && len(p.Places) > 0 {
		detail = p.Places[0].Detail
	}
	for i, cell := range row.Cells {
		if strings.Contains(cell, strings.TrimPrefix(id.Value, "+")) {
			return t.place(row, t.header[i], detail)
		}
	}
	return problem.Place{Line: row.Line, Detail: detail}
}
