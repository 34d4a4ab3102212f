// SPDX-License-Identifier: Apache-2.0

package request

import (
	"context"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// mostTaken is how many requests one round takes up.
const mostTaken = 100

// day is what the limits on messages and mails are counted in.
const day = 24 * time.Hour

// TakeUp looks up who is behind what strangers sent: an objection is put on
// record for whoever is known by what it states, and who has to say who they are
// is sent a link, where their address is known. It can run at any time, and
// beside another process that does the same.
func (s *Service) TakeUp(ctx context.Context, org string) error {
	var ids []string
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) (err error) {
		ids, err = selectNew(ctx, tx, org, mostTaken)
		return err
	})
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids { // one that fails keeps no other waiting
		if err := s.takeUpOne(ctx, org, id); err != nil {
			failed = err
		}
	}
	return failed
}

func (s *Service) takeUpOne(ctx context.Context, org, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.locked(ctx, tx, org, id)
		if err != nil || r.State != StateNew {
			return err
		}
		if err := s.takeUp(ctx, tx, &r, takeUp{actor: stranger(org), ids: r.Contact.identifiers(), form: true}); err != nil {
			return err
		}
		s.stir(tx)
		return update(ctx, tx, r)
	})
}

// stranger is the actor behind the public form: it can say no for whoever is
// named, and nothing else.
func stranger(org string) access.Actor {
	return access.Actor{Org: org, Kind: access.KindPerson, ID: "requests", Scopes: []string{access.ScopeCollect}}
}

// takeUp is what a request is taken up with.
type takeUp struct {
	actor   access.Actor
	ids     []subject.Identifier
	message string
	proven  bool
	form    bool // the step that opens it is there already, without its entry
}

func (s *Service) takeUp(ctx context.Context, tx *db.Tx, r *row, t takeUp) error {
	plain := make([]lawful.Identifier, len(t.ids))
	for i, id := range t.ids {
		plain[i] = id.Identifier
	}
	matches, err := s.subjects.Holders(ctx, tx, r.org, plain)
	if err != nil {
		return err
	}
	if r.Subject == "" {
		r.Subject = behind(matches, t)
	}
	r.State = StateOpen
	opened := said{act: ActOpened, who: ByPerson, by: t.actor, text: t.message, again: t.form}
	if r.Via == ViaAPI || r.Via == ViaConsole {
		opened.who = ByOffice
	}
	if err := s.say(ctx, tx, r, opened); err != nil {
		return err
	}
	known := false
	if r.Kind == Objection {
		if known, err = s.object(ctx, tx, r, t, matches); err != nil {
			return err
		}
	}
	switch {
	case !proven(r.Kind):
		return s.confirmObjection(ctx, tx, r, t, known)
	case r.Subject == "":
		return nil
	case t.proven:
		r.Identity = IdentityGiven
		return s.say(ctx, tx, r, said{act: ActIdentityGiven, who: opened.who, by: t.actor})
	}
	return s.askByItself(ctx, tx, r, matches)
}

// behind is the person an address tells. What a stranger writes beside it may
// be anybody's, and tells nobody.
func behind(matches subject.Matches, t takeUp) string {
	for _, id := range t.ids {
		holders := matches.Of(id.Identifier)
		telling := id.Kind == lawful.IDEmail || id.Kind == lawful.IDSource && !t.form || !t.form && len(holders) == 1
		if telling && len(holders) > 0 {
			return holders[0]
		}
	}
	return ""
}

// object puts an objection to all marketing on record for everybody known by
// what was stated, unless it stands already (GDPR art. 21(2) and (3)).
func (s *Service) object(ctx context.Context, tx *db.Tx, r *row, t takeUp, matches subject.Matches) (known bool, err error) {
	held := slices.DeleteFunc(slices.Clone(t.ids), func(id subject.Identifier) bool { return len(matches.Of(id.Identifier)) == 0 })
	if len(held) == 0 {
		return false, nil
	}
	stands, err := s.objected(ctx, tx, r.org, held, matches)
	if err != nil {
		return true, err
	}
	if !stands {
		record := choice.Record{Subject: held, Facts: []lawful.Fact{{
			Kind: lawful.KindChoice, Happened: r.Received, Actor: lawful.ActorPerson, Source: register.PreferenceCentre,
			Choice: &lawful.Choice{Choice: lawful.Objected, Evidence: &lawful.Evidence{Method: "button"}},
		}}}
		results, err := s.choices.RecordBlock(ctx, tx, stranger(r.org), []choice.Record{record})
		if err != nil {
			return true, err
		}
		if results[0].Err != nil {
			return true, results[0].Err
		}
	}
	return true, s.say(ctx, tx, r, said{act: ActObjected, who: BySystem, by: t.actor})
}

// objected says whether everybody who holds one of the identifiers has objected
// to everything, and to nothing less since.
func (s *Service) objected(ctx context.Context, tx *db.Tx, org string, ids []subject.Identifier, matches subject.Matches) (bool, error) {
	var chains []string
	for _, id := range ids {
		chains = append(chains, matches.Of(id.Identifier)...)
	}
	persons, err := s.subjects.Persons(ctx, tx, org, chains, time.Time{})
	if err != nil {
		return false, err
	}
	for _, chain := range chains {
		var last, yes time.Time
		for _, f := range persons[chain].History {
			switch {
			case f.Choice == nil:
			case f.Choice.Choice == lawful.Objected && f.Choice.Purpose == "" && f.Choice.Channel == "" && f.Happened.After(last):
				last = f.Happened
			case f.Choice.Choice == lawful.Given && f.Happened.After(yes):
				yes = f.Happened
			}
		}
		if last.IsZero() || !last.After(yes) {
			return false, nil
		}
	}
	return true, nil
}

// confirmObjection tells who is known by the address that the stop is done: if
// it was not them, they learn of it.
func (s *Service) confirmObjection(ctx context.Context, tx *db.Tx, r *row, t takeUp, known bool) error {
	if !known || !t.form || r.Subject == "" {
		return nil
	}
	free, err := s.mayWrite(ctx, tx, *r)
	if err != nil || !free {
		return err
	}
	return s.say(ctx, tx, r, said{act: ActReply, who: BySystem, by: t.actor, mail: true})
}

// askByItself sends a link to the address, where it is the person's own on
// record and was not sent too many already. Until then the clock runs on.
func (s *Service) askByItself(ctx context.Context, tx *db.Tx, r *row, matches subject.Matches) error {
	if r.Contact.Email == "" || !slices.Contains(matches.Of(lawful.Identifier{Kind: lawful.IDEmail, Value: r.Contact.Email}), r.Subject) {
		return nil
	}
	free, err := s.mayWrite(ctx, tx, *r)
	if err != nil || !free {
		return err
	}
	return s.ask(ctx, tx, r, said{who: BySystem, by: stranger(r.org)})
}

// mayWrite says whether the address can be written to once more by itself: a
// stranger must not fill somebody's mailbox.
func (s *Service) mayWrite(ctx context.Context, tx *db.Tx, r row) (bool, error) {
	if r.address == nil {
		return false, nil
	}
	sent, err := countMails(ctx, tx, r.org, r.address, tx.Now().Add(-day))
	return sent < maxMails, err
}
