// SPDX-License-Identifier: Apache-2.0

// Package rights fulfils what people can ask for (GDPR arts 15 to 22). So far:
// erasure (art. 17), planned, shown, done and on record; and the end of the
// choices of browsers that nobody is known by, after the period declared for them.
// What people ask, and what they are answered, is in package request.
//
// What it promises: the plan is what is done; erasing destroys the keys and the
// openings of everything about the person, and of whoever is linked to them;
// the log stays whole; an erasure that was cut off can be done again.
//
// Where the organisation declared a period and a ground, the person's choices are
// kept as restricted evidence until a day (art. 17(3)(e)): sealed under a key of
// the month they end in, out of reach of every check, list and certificate, opened
// by an operator with a reason on record. What finds them is a keyed hash of each
// identifier, and of that the same holds as of a tombstone: who has the key can
// test a guess, nobody else can, and it is destroyed with what it finds.
//
// Where it is weak: other systems must be told by hand; whoever holds the key
// folder and the store can open restricted evidence without leaving a record; a
// batch that ended can still be opened in a backup from before, until the epoch
// that wrapped its key is gone; restoring a backup from before an erasure loses
// the evidence of it; the reason of an opening is free text and stays for ever.
package rights

import (
	"context"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
)

// Service fulfils rights.
type Service struct {
	db       *db.DB
	ledger   *ledger.Ledger
	subjects *subject.Subjects
	register *register.Service
	keys     *seal.Keys
	queue    *queue
	outbox   Outbox        // nil: messages are kept nowhere but in the store
	secrets  *seal.Secrets // its own: it reads those that end in writing transactions only, so none of them is cached
}

// New returns the service.
func New(d *db.DB, l *ledger.Ledger, subjects *subject.Subjects, r *register.Service, keys *seal.Keys) *Service {
	return &Service{db: d, ledger: l, subjects: subjects, register: r, keys: keys, queue: newQueue(), secrets: seal.NewSecrets(keys)}
}

// Outbox is where messages to people lie that no mail server was set for.
type Outbox interface {
	DropTo(mailboxes []string) error
}

// Clears has the outbox cleared of what is addressed to whoever is erased.
func (s *Service) Clears(o Outbox) { s.outbox = o }

// Request says who is to be erased, and how.
type Request struct {
	Subject choice.Subject `json:"subject"`
	Source  string         `json:"source,omitempty"` // whose number subject.id is
	Request string         `json:"request,omitempty"`
	// Forget leaves no tombstone: a later list can bring the person back. It does
	// not touch what is kept as restricted evidence, which has a ground of its own.
	Forget bool `json:"forget,omitempty"`
}

// Plan is what an erasure would do, in its three groups.
type Plan struct {
	Subjects    []string   `json:"subjects"`    // pseudonyms: the person and whoever is linked
	Destroyed   Destroyed  `json:"destroyed"`   // gone: keys, openings, identifiers
	Suppressed  Suppressed `json:"suppressed"`  // kept to keep a list from bringing the person back
	Kept        []Kept     `json:"kept"`        // restricted evidence, where a period and a ground are declared
	Requests    Requests   `json:"requests"`    // of the person's; told by a plan
	Everywhere  time.Time  `json:"everywhere"`  // by then no backup or replica opens anything either
	Explanation []string   `json:"explanation"` // in sentences
}

// Requests counts what the person asked for. Of what was closed it stays that
// it was answered; what is open is kept until it is.
type Requests struct {
	Closed int `json:"closed"`
	Open   int `json:"open"`
}

// Destroyed counts what goes.
type Destroyed struct {
	Identifiers map[string]int `json:"identifiers"` // by kind
	Choices     int            `json:"choices"`
	Facts       int            `json:"facts"`
}

// Suppressed counts what stays to keep the person away.
type Suppressed struct {
	Tombstones int        `json:"tombstones"`
	Until      *time.Time `json:"until,omitempty"`
	law        string     // the rule that says so
}

// Kept is what stays as restricted evidence.
type Kept struct {
	Ground string    `json:"ground"`
	Until  time.Time `json:"until"` // destroyed then: the midnight that ends its last day
	Count  int       `json:"count"` // of choices
	last   string    // that last day, where the organisation is
}

// Erasure is an erasure done.
type Erasure struct {
	Plan
	Entry string `json:"entry"` // the entry that records it, about nobody in particular
	Stage string `json:"stage"` // one of the Stage constants
}

// Stages of an erasure.
const (
	StageUnreachable = "unreachable" // nothing answers about the person any more
	StageShredded    = "shredded"    // and nothing is left in this store's files
)

// epochLife is how long one epoch of the keys that seal is used: a choice of the product.
const epochLife = 31 * 24 * time.Hour

// everywhere is when the last copy that could open anything has become useless:
// the epoch key that wrapped it is destroyed then.
func (s *Service) everywhere() time.Time {
	epochs, began := s.keys.Epochs()
	return began[epochs[len(epochs)-1]].Add(epochLife + seal.BackupLife)
}

// Due runs what has come due: a new epoch each month, the end of old epochs
// and of ended tombstones and restricted evidence. It can run at any time, any number of times.
func (s *Service) Due(ctx context.Context, now time.Time) error {
	if err := s.keys.Refresh(); err != nil {
		return err
	}
	epochs, began := s.keys.Epochs()
	if now.Sub(began[epochs[len(epochs)-1]]) >= epochLife {
		if _, err := s.keys.Rotate(now); err != nil {
			return err
		}
	}
	if _, err := seal.Expire(ctx, s.db, s.keys, now, seal.BackupLife); err != nil {
		return err
	}
	if err := s.KeepShredded(ctx, now); err != nil {
		return err
	}
	orgs, err := s.ledger.Organisations(ctx)
	if err != nil {
		return err
	}
	destroyed := false
	for _, org := range orgs {
		var ended bool
		err := s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := s.subjects.ExpireTombstones(ctx, tx, org); err != nil {
				return err
			}
			var err error
			ended, err = s.expireRestricted(ctx, tx, org)
			return err
		})
		if err != nil {
			return err
		}
		browsers, err := s.expireBrowsers(ctx, org)
		if err != nil {
			return err
		}
		destroyed = destroyed || ended || browsers
	}
	if !destroyed {
		return nil
	}
	return s.db.Truncate(ctx)
}
