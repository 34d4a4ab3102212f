// SPDX-License-Identifier: Apache-2.0

package message

import (
	"context"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Chosen queues what has to be asked of people who have just said yes, in the
// transaction that records it.
func (s *Service) Chosen(ctx context.Context, tx *db.Tx, org string, chosen []lawful.Recorded) error {
	declared, err := s.Register.Catalogue(ctx, tx, org)
	if err != nil || declared.Elsewhere() {
		return err
	}
	var wanted []want
	for _, f := range chosen {
		if asks(declared.Rules, f) && !confirmedAlong(f, chosen) {
			wanted = append(wanted, to(f)...)
		}
	}
	_, err = s.queue(ctx, tx, org, wanted)
	return err
}

// asks says whether a yes is one that a message asks to confirm: it needs that,
// was given by mail address just now, and would count. Lists are not asked about,
// nor what staff set: a message to ask for a consent that nobody gave is itself
// what needs one (Garante doc. web 2542348).
func asks(rules *lawful.Rules, f lawful.Recorded) bool {
	c := f.Choice
	if c == nil || c.Choice != lawful.Given || c.Channel != lawful.ChannelEmail || f.Recorded.Sub(f.Happened) > LinkLife {
		return false
	}
	if f.Actor != lawful.ActorPerson && f.Actor != lawful.ActorSystem {
		return false
	}
	p := rules.PurposeAt(c.Purpose, f.Recorded)
	if p == nil || p.Confirmation[c.Channel] != "required" && !c.Unproven {
		return false
	}
	grade, _ := lawful.Grade(rules, f.Fact)
	return grade != lawful.GradeInvalid
}

// confirmedAlong says whether who recorded a yes recorded its confirmation with it.
func confirmedAlong(yes lawful.Recorded, all []lawful.Recorded) bool {
	return slices.ContainsFunc(all, func(f lawful.Recorded) bool {
		c := f.Choice
		return c != nil && c.Choice == lawful.Confirmed && f.Chain == yes.Chain && f.Seq > yes.Seq &&
			c.Purpose == yes.Choice.Purpose && c.Channel == yes.Choice.Channel
	})
}

// want is somebody to be asked, at an address.
type want struct {
	chain   string
	address lawful.Identifier
}

// to lists the very addresses that a fact names.
func to(f lawful.Recorded) []want {
	var out []want
	for _, id := range f.Identifiers {
		if id.Kind == lawful.IDEmail {
			out = append(out, want{f.Chain, id})
		}
	}
	return out
}

// past is what an address was sent lately, or will be.
type past struct {
	day, month int
	last       time.Time
	toWrite    []string // chains with one that is still to be written
}

// queue puts a message for each into the queue, those apart that have been sent
// enough. It tells how many are on their way now, whoever asked for them.
func (s *Service) queue(ctx context.Context, tx *db.Tx, org string, wanted []want) (int, error) {
	if len(wanted) == 0 {
		return 0, nil
	}
	key, err := s.Subjects.BlindKey(ctx, tx, org)
	if err != nil {
		return 0, err
	}
	blinds := make([][]byte, len(wanted))
	for i, w := range wanted {
		blinds[i] = subject.BlindUnder(key, w.address)
	}
	lately, err := selectPast(ctx, tx, org, KindConfirmation, blinds)
	if err != nil {
		return 0, err
	}
	var rows []row
	queued := 0
	for i, w := range wanted {
		p := lately[string(blinds[i])]
		if slices.Contains(p.toWrite, w.chain) {
			queued++
			continue
		}
		if p.day >= perDay || p.month >= perMonth {
			continue
		}
		due := tx.Now()
		if wait := p.last.Add(time.Duration(p.day) * between); p.day > 0 && wait.After(due) {
			due = wait
		}
		rows = append(rows, row{
			id: newID(), chain: w.chain, kind: KindConfirmation, blind: blinds[i], sealed: []byte{}, state: StateNew, due: due, created: tx.Now(),
		})
		p.day, p.month, p.last, p.toWrite = p.day+1, p.month+1, tx.Now(), append(p.toWrite, w.chain)
		lately[string(blinds[i])] = p
		queued++
	}
	return queued, s.insert(ctx, tx, org, rows)
}

// insert stores messages, and has whoever sends them look.
func (s *Service) insert(ctx context.Context, tx *db.Tx, org string, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	tx.AfterCommit(func(bool) {
		select {
		case s.wake <- struct{}{}:
		default: // it will look anyhow
		}
	})
	return insertRows(ctx, tx, org, rows)
}

// Again queues another message to everybody who holds one of the addresses and
// whose yes still waits there: how many are on their way now. A problem of kind
// TooMany: something waits, but the address was sent as many as it may be.
func (s *Service) Again(ctx context.Context, org string, addresses []lawful.Identifier) (int, error) {
	queued := 0
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		declared, err := s.Register.Catalogue(ctx, tx, org)
		if err != nil || declared.Elsewhere() {
			return err
		}
		matches, err := s.Subjects.Match(ctx, tx, org, addresses)
		if err != nil {
			return err
		}
		var wanted []want
		for _, address := range addresses {
			for _, chain := range matches.Of(address) {
				person, err := s.person(ctx, tx, org, chain)
				if err != nil {
					return err
				}
				if len(waiting(declared.Rules, person, question{chain, address, tx.Now()})) > 0 {
					wanted = append(wanted, want{chain, address})
				}
			}
		}
		queued, err = s.queue(ctx, tx, org, wanted)
		if err == nil && queued == 0 && len(wanted) > 0 {
			return problem.New(problem.TooMany, "too_many_messages", "This address was sent as many messages as it may be. Try again tomorrow.")
		}
		return err
	})
	return queued, err
}

// person reads what is on record about somebody: themselves and whoever is linked.
func (s *Service) person(ctx context.Context, r db.Reader, org, chain string) (lawful.Person, error) {
	persons, err := s.Subjects.Persons(ctx, r, org, []string{chain}, time.Time{})
	if err != nil {
		return lawful.Person{}, err
	}
	p, known := persons[chain]
	return lawful.Person{Known: known, History: p.History}, nil
}

// question is who is asked about, at which address, when.
type question struct {
	chain   string
	address lawful.Identifier
	now     time.Time
}

func (q question) about(purpose string) lawful.Question {
	return lawful.Question{
		Purpose: purpose, Channel: lawful.ChannelEmail, Identifier: []lawful.Identifier{q.address}, At: q.now, KnownAt: q.now,
	}
}

// waiting lists the yeses of a chain, given with an address, that wait for a
// confirmation, in the order of the chain.
func waiting(rules *lawful.Rules, person lawful.Person, q question) []lawful.Recorded {
	asked := map[string]bool{}
	var out []lawful.Recorded
	for _, f := range person.History {
		if f.Chain != q.chain || f.Choice == nil || f.Choice.Choice != lawful.Given || f.Choice.Channel != lawful.ChannelEmail || asked[f.Choice.Purpose] {
			continue
		}
		asked[f.Choice.Purpose] = true
		for _, y := range lawful.Waiting(rules, person, q.about(f.Choice.Purpose)) {
			if y.Chain == q.chain && slices.Contains(y.Identifiers, q.address) {
				out = append(out, y)
			}
		}
	}
	slices.SortFunc(out, func(a, b lawful.Recorded) int { return int(a.Seq - b.Seq) })
	return out
}
