// SPDX-License-Identifier: Apache-2.0

// Package choice records what people decided (GDPR arts 4(11), 7, 21) and the
// other facts a decision needs, with their evidence, and gives receipts for them.
//
// What it promises: what is acknowledged is in the ledger of its subject, whole;
// the same idempotency key is the same record; a refused record changes nothing;
// a public form can say no for anybody at once but can neither read, merge, nor
// turn a no into a yes without the address itself confirming it.
//
// Where it is weak: a time is what the caller says it was. Only the time of
// recording is the server's; pages, receipts and certificates show both.
package choice

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Rules reads what an organisation has declared.
type Rules interface {
	Rules(ctx context.Context, r db.Reader, org string) (*lawful.Rules, error)
	Catalogue(ctx context.Context, r db.Reader, org string) (*register.Catalogue, error)
}

// Service records choices and facts.
type Service struct {
	db       *db.DB
	ledger   *ledger.Ledger
	subjects *subject.Subjects
	rules    Rules
	follower Follower // nil: nobody
	group    *db.Group[command, Recorded]
}

// New returns the service.
func New(d *db.DB, l *ledger.Ledger, subjects *subject.Subjects, rules Rules) *Service {
	s := &Service{db: d, ledger: l, subjects: subjects, rules: rules}
	s.group = db.NewGroup(d, command.keys, s.run)
	return s
}

// Follower is told what people chose, in the transaction that records it: what
// follows from a choice is on its way once the choice is on record, or neither is.
type Follower interface {
	// Chosen is given every yes and every confirmation that is new on record.
	Chosen(ctx context.Context, tx *db.Tx, org string, choices []lawful.Recorded) error
}

// Follow has the follower told from now on. It is called before anything is recorded.
func (s *Service) Follow(f Follower) { s.follower = f }

// Record is what somebody says happened about one subject.
type Record struct {
	Subject     []subject.Identifier
	Facts       []lawful.Fact
	Idempotency string // the caller's key; "" where a repetition is a second record
	Request     []byte // what was asked, for telling a repetition from another request under the same key
	PerFact     bool   // every fact has a key of its own, in FactKeys
	FactKeys    []string
	// Chain is the subject that a signed link proves to be the one who acts: it
	// holds one of the identifiers, and no other subject that holds them is meant.
	Chain string
}

// Recorded names what is on record.
type Recorded struct {
	Subject  string   // pseudonym
	Entries  []string // ids, in the order of the facts
	Existing bool     // all of it had been recorded before
}

// command is a record with who asks for it.
type command struct {
	actor  access.Actor
	record Record
}

// keys name the identifiers a command touches: two commands about one of them
// never share a batch. They stay in memory.
func (c command) keys() []string {
	keys := make([]string, 0, len(c.record.Subject)+1)
	for _, id := range c.record.Subject {
		keys = append(keys, c.actor.Org+"\x00"+id.Kind+"\x00"+id.Source+"\x00"+id.Value)
	}
	if c.record.Idempotency != "" {
		keys = append(keys, c.actor.Org+"\x00\x00"+c.record.Idempotency)
	}
	return keys
}

// Record records facts about one subject, durably, before it returns.
func (s *Service) Record(ctx context.Context, actor access.Actor, r Record) (Recorded, error) {
	if err := actor.Require(access.ScopeChoices, access.ScopeCollect); err != nil {
		return Recorded{}, err
	}
	var done Recorded
	var err error
	for range attempts {
		done, err = s.group.Do(ctx, command{actor, r})
		if err == nil || !db.IsConstraint(err) && !problem.Is(err, problem.NotFound) {
			break
		}
	}
	return done, err
}

// attempts of a record that met another writer between its look-up and its
// writing. Its subject was erased: the next finds nobody, and is about somebody
// new. Its key was used: the next is answered from what is on record.
const attempts = 3

// RecordBlock records many subjects' facts in the transaction of an import. A
// record that is refused carries its problem and leaves the others alone.
func (s *Service) RecordBlock(ctx context.Context, tx *db.Tx, actor access.Actor, rs []Record) ([]db.Result[Recorded], error) {
	commands := make([]command, len(rs))
	for i, r := range rs {
		commands[i] = command{actor, r}
	}
	return s.runAll(ctx, tx, batch{commands: commands}) // two blocks of one transaction may be about one person
}

// happened gives a fact without a time of its own the instant of recording.
func happened(f lawful.Fact, now time.Time) lawful.Fact {
	if f.Happened.IsZero() {
		f.Happened = now
	}
	f.Happened = f.Happened.UTC().Truncate(time.Microsecond)
	return f
}
