// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// visit is a person at the door, with what is on record about them.
type visit struct {
	link      link.Opened
	token     string // that the link is written as
	register  *register.Catalogue
	person    subject.Person
	held      []subject.Held // each identifier once
	holders   []subject.Held // and for each chain that has it
	positions map[string]int64
	language  string
	now       time.Time
	rows      []row
}

// row is one thing to decide: a purpose, on a channel, with an identifier.
type row struct {
	purpose register.Purpose
	channel string
	held    subject.Held
	at      lawful.Decision // where it stands
}

// open reads what a link leads to. The only kind of link it takes is the one that read does.
func (s *Centre) open(r *http.Request, read func(context.Context, db.Reader, string, time.Time) (link.Opened, error)) (*visit, error) {
	v := &visit{token: r.PathValue("token")}
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		v.now = tx.Now()
		if v.link, err = read(ctx, tx, v.token, v.now); err != nil {
			return err
		}
		if v.register, err = s.Register.Catalogue(ctx, tx, v.link.Org); err != nil {
			return err
		}
		org := v.register.Organisation
		v.language = ui.Language(r, org.Language)
		persons, err := s.Subjects.Persons(ctx, tx, v.link.Org, []string{v.link.Subject}, time.Time{})
		if err != nil {
			return err
		}
		v.person = persons[v.link.Subject]
		if len(v.person.Chains) == 0 {
			return link.ErrNowhere // erased
		}
		if v.link.Expired {
			return expired{v.register, v.link.Expires}
		}
		return s.load(ctx, tx, v)
	})
	return v, err
}

// load reads identifiers and the places of choices in the log.
func (s *Centre) load(ctx context.Context, tx *db.ReadTx, v *visit) error {
	held, err := s.Subjects.Identifiers(ctx, tx, v.link.Org, v.person.Chains)
	if err != nil {
		return err
	}
	slices.SortStableFunc(held, func(a, b subject.Held) int { return v.distance(a) - v.distance(b) })
	v.holders = held
	for _, h := range held {
		known := slices.ContainsFunc(v.held, func(o subject.Held) bool { return o.Identifier.Identifier == h.Identifier.Identifier })
		if !known {
			v.held = append(v.held, h)
		}
	}
	if len(v.held) == 0 {
		return link.ErrNowhere // erased
	}
	var entries []string
	for _, f := range v.person.History {
		if f.Choice != nil {
			entries = append(entries, f.Entry)
		}
	}
	v.positions, err = s.Ledger.Positions(ctx, tx, v.link.Org, entries)
	return err
}

// distance puts the link's own subject before those linked to it.
func (v *visit) distance(h subject.Held) int {
	if h.Chain == v.link.Subject {
		return 0
	}
	return 1
}

// weigh finds what there is to decide and how each stands, the same way as
// everybody else asks.
func (s *Centre) weigh(ctx context.Context, v *visit) error {
	for _, p := range v.register.Purposes {
		if !p.Choosable() {
			continue
		}
		for _, channel := range p.Channels {
			v.rows = append(v.rows, v.reached(p, channel)...)
		}
	}
	decisions, err := s.decide(ctx, v, nil)
	if err != nil {
		return err
	}
	for i := range v.rows {
		v.rows[i].at = decisions[i]
	}
	// A number of a source stands for whatever that source reaches: it is worth a
	// row only where it permits something that could be stopped.
	v.rows = slices.DeleteFunc(v.rows, func(r row) bool { return r.held.Kind == lawful.IDSource && !r.at.Permitted })
	return nil
}

// reached lists the identifiers by which the channel reaches the person.
func (v *visit) reached(p register.Purpose, channel string) []row {
	var direct, numbers []row
	for _, h := range v.held {
		switch {
		case lawful.Reaches(channel, h.Kind):
			direct = append(direct, row{purpose: p, channel: channel, held: h})
		case h.Kind == lawful.IDSource:
			numbers = append(numbers, row{purpose: p, channel: channel, held: h})
		}
	}
	switch {
	case len(direct) > 1 && channel == lawful.ChannelInPerson:
		return direct[:1] // any identifier will do, so asking once does too
	case len(direct) > 0:
		return direct
	}
	return numbers
}

// decide asks how each row stands, or stood just before a fact of the past.
func (s *Centre) decide(ctx context.Context, v *visit, before *lawful.Recorded) ([]lawful.Decision, error) {
	questions := make([]standing.Question, len(v.rows))
	for i, r := range v.rows {
		q := standing.Question{
			Subject: standing.Named(r.held), Source: r.held.Source, Purpose: r.purpose.ID, Channel: r.channel,
			Explain: true, Language: v.language,
		}
		if before != nil {
			at, known := before.Happened.Add(-time.Microsecond), before.Recorded.Add(-time.Microsecond)
			q.At, q.KnownAt = &at, &known
		}
		questions[i] = q
	}
	decisions := make([]lawful.Decision, 0, len(questions))
	for block := range slices.Chunk(questions, standing.MaxBlock) {
		answers, err := s.Standing.CheckMany(ctx, person(v.link.Org), block)
		if err != nil {
			return nil, err
		}
		for _, a := range answers {
			if a.Err != nil {
				return nil, a.Err
			}
			decisions = append(decisions, a.Decision)
		}
	}
	return decisions, nil
}

// sentTo says whether the link came through this identifier, which so is proven
// to be the person's.
func (v *visit) sentTo(h subject.Held) bool {
	return v.link.SentTo(h.Identifier.Identifier)
}

// through is the identifier an act about no particular one is recorded with: the
// one the link was sent to, else the first that is more than a device, because
// what names devices only stays with them.
func (v *visit) through() subject.Held {
	for _, is := range []func(subject.Held) bool{
		v.sentTo,
		func(h subject.Held) bool { return h.Kind == lawful.IDEmail },
		func(h subject.Held) bool { return h.Kind != lawful.IDDevice },
	} {
		if i := slices.IndexFunc(v.held, is); i >= 0 {
			return v.held[i]
		}
	}
	return v.held[0]
}

// shown is the text a yes is given on.
type shown struct {
	ref   lawful.NoticeRef
	text  notice.Text
	ready bool // there is one that a yes can be given on
}

// notice finds the version of a purpose's notice that is out, in the reader's
// language or the nearest.
func (v *visit) notice(p register.Purpose) shown {
	today := v.now.In(v.register.Zone).Format(time.DateOnly)
	var out shown
	for _, n := range v.register.Notices { // in order of versions
		if n.ID != p.Notice || n.From > today {
			continue
		}
		text, language := n.In(v.language, v.register.Organisation.Language)
		out = shown{lawful.NoticeRef{ID: n.ID, Version: n.Version, Language: language}, text, n.Invalid == nil && text.Short != ""}
	}
	return out
}
