// SPDX-License-Identifier: Apache-2.0

package message

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Listed is a message as the organisation's own people see it: without the link,
// by which they could answer for the person.
type Listed struct {
	ID, Chain, Kind, State string
	Why                    string // a word for what went wrong last
	Tries                  int64
	Created, Due           time.Time
	Sent                   *time.Time
	To, Language           string
	Subject, Text          string // "": not written yet
}

// List gives a page of an organisation's messages, the latest first, and how many
// there are in each state. state "" takes every one; before is where to go on.
func (s *Service) List(ctx context.Context, actor access.Actor, state, before string, most int) ([]Listed, map[string]int64, error) {
	if err := actor.Require(access.ScopeSubjects); err != nil {
		return nil, nil, err
	}
	var page []Listed
	var counts map[string]int64
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rows, err := selectPage(ctx, tx, actor.Org, state, before, most)
		if err != nil {
			return err
		}
		if counts, err = countStates(ctx, tx, actor.Org); err != nil {
			return err
		}
		page, err = s.listed(ctx, tx, actor.Org, rows)
		return err
	})
	return page, counts, err
}

// One gives one message.
func (s *Service) One(ctx context.Context, actor access.Actor, id string) (Listed, error) {
	if err := actor.Require(access.ScopeSubjects); err != nil {
		return Listed{}, err
	}
	var one []Listed
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		r, err := selectRow(ctx, tx, actor.Org, id)
		if err == nil {
			one, err = s.listed(ctx, tx, actor.Org, []row{r})
		}
		if err == nil && len(one) == 0 {
			err = unknown()
		}
		return err
	})
	if err != nil {
		return Listed{}, err
	}
	return one[0], nil
}

// listed opens rows. Those of somebody being erased are left out.
func (s *Service) listed(ctx context.Context, r db.Reader, org string, rows []row) ([]Listed, error) {
	var chains []string
	for _, m := range rows {
		chains = append(chains, m.chain)
	}
	slices.Sort(chains)
	keys, err := s.Ledger.Keys(ctx, r, org, slices.Compact(chains))
	if err != nil {
		return nil, err
	}
	var out []Listed
	for _, m := range rows {
		key, there := keys[m.chain]
		if !there {
			continue
		}
		l, err := m.open(key, org)
		if err != nil {
			return nil, err
		}
		if l.To == "" {
			address, _, err := s.address(ctx, r, org, m)
			if err != nil {
				return nil, err
			}
			l.To = address.Value
		}
		out = append(out, Listed{
			ID: m.id, Chain: m.chain, Kind: m.kind, State: m.state, Why: m.why, Tries: m.tries, Created: m.created, Due: m.due, Sent: m.sent,
			To: l.To, Language: l.Language, Subject: l.Subject, Text: l.Said,
		})
	}
	return out, nil
}

// Retry has a message sent that was given up.
func (s *Service) Retry(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.Require(access.ScopeChoices); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		revived, err := reviveRow(ctx, tx, actor.Org, id)
		if err == nil && !revived {
			_, err = selectRow(ctx, tx, actor.Org, id)
			if err == nil {
				err = problem.New(problem.Conflict, "not_given_up", "Only a message that was given up can be tried again.")
			}
			return err
		}
		return err
	})
}

// Note is a message that is written already, to somebody on record.
type Note struct {
	Org, Chain, To string
	Language       string
	Subject        string
	Text, HTML     string
	Secret         string // what of it only the addressee may know, as a link; "": nothing
}

// Queue puts a message into the queue, in the transaction of the act that causes
// it. A problem of kind TooMany: the address was sent enough of them today.
func (s *Service) Queue(ctx context.Context, tx *db.Tx, n Note) error {
	key, err := s.Subjects.BlindKey(ctx, tx, n.Org)
	if err != nil {
		return err
	}
	blind := subject.BlindUnder(key, lawful.Identifier{Kind: lawful.IDEmail, Value: n.To})
	lately, err := selectPast(ctx, tx, n.Org, KindNote, [][]byte{blind})
	if err != nil {
		return err
	}
	if lately[string(blind)].day >= notes {
		return problem.New(problem.TooMany, "too_many_messages", "This address was sent as many messages as it may be. Try again tomorrow.")
	}
	own, err := s.Ledger.Key(ctx, tx, n.Org, n.Chain)
	if err != nil {
		return err
	}
	l := letter{To: n.To, Language: n.Language, Subject: n.Subject, Text: n.Text, HTML: n.HTML, Said: n.Text, At: tx.Now()}
	if n.Secret != "" {
		l.Said = without(n.Text, n.Secret)
	}
	r := row{id: newID(), chain: n.Chain, kind: KindNote, blind: blind, state: StateWaiting, due: tx.Now(), created: tx.Now()}
	if r.sealed, err = l.seal(own, r.place(n.Org)); err != nil {
		return err
	}
	return s.insert(ctx, tx, n.Org, []row{r})
}

// Forget deletes the messages of subjects that are erased.
func Forget(ctx context.Context, tx *db.Tx, org string, chains []string) error {
	return deleteOf(ctx, tx, org, chains)
}

// Sweep forgets the messages of an organisation that have had their time, and
// what lies in the folder of a message that is not there any more.
func (s *Sender) Sweep(ctx context.Context, org string) error {
	var now time.Time
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now = tx.Now()
		return deleteOld(ctx, tx, org, now.Add(-kept))
	})
	if err != nil || s.Folder == nil {
		return err
	}
	files, err := s.Folder.Kept()
	if err != nil {
		return err
	}
	var ours, gone []string
	for id, written := range files {
		switch {
		case strings.HasPrefix(id, prefix):
			ours = append(ours, id)
		case now.Sub(written) > kept:
			gone = append(gone, id)
		}
	}
	there, err := s.anywhere(ctx, ours)
	if err != nil {
		return err
	}
	for _, id := range ours {
		if !there[id] {
			gone = append(gone, id)
		}
	}
	return s.Folder.Drop(gone...)
}

// anywhere tells which messages there are, of whatever organisation: one folder is for all.
func (s *Sender) anywhere(ctx context.Context, ids []string) (map[string]bool, error) {
	orgs, err := s.Ledger.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		for _, org := range orgs {
			there, err := selectThere(ctx, tx, org, ids)
			if err != nil {
				return err
			}
			for _, id := range there {
				found[id] = true
			}
		}
		return nil
	})
	return found, err
}
