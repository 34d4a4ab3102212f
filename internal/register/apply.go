// SPDX-License-Identifier: Apache-2.0

package register

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
)

// Adder puts entries on record in a transaction; the ledger does.
type Adder interface {
	Add(ctx context.Context, tx *db.Tx, org string, drafts []ledger.Draft) ([]ledger.Added, error)
}

// Create begins an organisation that does not exist, and does nothing for one that does.
type Create func(ctx context.Context, tx *db.Tx, org string) error

// Service keeps what organisations declare. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	add    Adder
	create Create
	now    func() time.Time // the machine's own: it tells the age of memory, not of the matter

	mu    sync.Mutex
	cache map[string]cached // by organisation; guarded by mu
}

// New returns the service on a store.
func New(d *db.DB, add Adder, create Create) *Service {
	return &Service{db: d, add: add, create: create, now: time.Now, cache: map[string]cached{}}
}

// entry is the body of a ledger entry that records a change.
type entry struct {
	Kind    string          `json:"kind"`
	ID      string          `json:"id"`
	Version int             `json:"version"`
	Effect  string          `json:"effect"`
	Body    json.RawMessage `json:"body,omitempty"` // what is declared; none when retired
}

// Apply makes the register say what a file says, in one transaction, with one
// entry of the ledger for each change, and tells what changed. A dry run tells
// the same and stores nothing. org names the organisation expected in the file;
// empty takes the one it names.
func (s *Service) Apply(ctx context.Context, by, org string, doc *Document, dryRun bool) (Changes, error) {
	if err := doc.of(org); err != nil {
		return nil, err
	}
	org = doc.Organisation.ID
	var changes Changes
	if dryRun {
		err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
			record, err := selectRecord(ctx, tx, org)
			if err != nil {
				return fmt.Errorf("read the register: %w", err)
			}
			changes, err = Diff(record, doc)
			return err
		})
		return changes, err
	}
	var stamp int64
	err := s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if changes, err = s.apply(ctx, tx, by, doc); err != nil {
			return err
		}
		stamp, err = selectStamp(ctx, tx, org)
		return err
	})
	if db.IsConstraint(err) {
		return nil, problem.New(problem.Conflict, "declared_meanwhile", "somebody else changed the register at the same moment: apply the file again").Because(err)
	}
	if err != nil {
		return nil, err
	}
	s.expect(org, stamp)
	return changes, nil
}

func (s *Service) apply(ctx context.Context, tx *db.Tx, by string, doc *Document) (Changes, error) {
	org := doc.Organisation.ID
	record, err := selectRecord(ctx, tx, org)
	if err != nil {
		return nil, fmt.Errorf("read the register: %w", err)
	}
	changes, err := Diff(record, doc)
	if err != nil || len(changes) == 0 {
		return changes, err
	}
	if err := s.create(ctx, tx, org); err != nil {
		return nil, fmt.Errorf("begin an organisation: %w", err)
	}
	drafts := make([]ledger.Draft, len(changes))
	for i, c := range changes {
		body := canonical(entry{Kind: c.Kind, ID: c.ID, Version: c.Version, Effect: c.Effect, Body: json.RawMessage(c.body)})
		drafts[i] = ledger.Draft{Chain: ledger.Own, Kind: evidence.KindDeclaration, Body: []byte(body), By: by}
	}
	added, err := s.add.Add(ctx, tx, org, drafts)
	if err != nil {
		return nil, fmt.Errorf("record what is declared: %w", err)
	}
	for i, c := range changes {
		if c.Effect == Retired {
			err = retireDeclaration(ctx, tx, org, c, tx.Now())
		} else {
			err = insertDeclaration(ctx, tx, org, c, added[i].ID)
		}
		if err != nil {
			return nil, fmt.Errorf("store what is declared: %w", err)
		}
	}
	return changes, nil
}

// cached is a catalogue in memory. Catalogues are never changed once made.
type cached struct {
	catalogue *Catalogue
	stamp     int64 // of the rows it was made from
	least     int64 // what this process has written: an older catalogue is not kept
	checked   time.Time
}

// recheck is how long a catalogue is used before asking whether another
// process has changed the register.
const recheck = time.Second

// expect makes the next question after an Apply read what it wrote.
func (s *Service) expect(org string, stamp int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cache[org]
	c.least = max(c.least, stamp)
	if c.stamp < c.least {
		c.catalogue = nil
	}
	s.cache[org] = c
}

// Catalogue gives what the organisation declares, as of now, ready to be read.
// Nobody may change it. A transaction that began before the latest change may
// be given what that change made.
func (s *Service) Catalogue(ctx context.Context, r db.Reader, org string) (*Catalogue, error) {
	s.mu.Lock()
	c := s.cache[org]
	s.mu.Unlock()
	now := s.now()
	if c.catalogue != nil && now.Sub(c.checked) < recheck {
		return c.catalogue, nil
	}
	stamp, err := selectStamp(ctx, r, org)
	if err != nil {
		return nil, fmt.Errorf("read the register: %w", err)
	}
	if stamp == 0 {
		return nil, problem.New(problem.NotFound, "organisation_unknown", "This organisation has declared nothing yet: apply its file first.")
	}
	if c.catalogue == nil || stamp > c.stamp {
		record, err := selectRecord(ctx, r, org)
		if err != nil {
			return nil, fmt.Errorf("read the register: %w", err)
		}
		if c.catalogue, err = catalogue(record); err != nil {
			return nil, fmt.Errorf("read the register: %w", err)
		}
		c.stamp = stamp
	}
	c.checked = now
	s.keep(org, c)
	return c.catalogue, nil
}

// keep remembers a catalogue unless a newer one is known of: a snapshot taken
// before an Apply must not bring back what that Apply changed.
func (s *Service) keep(org string, c cached) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cache[org]
	if c.stamp < now.least || now.catalogue != nil && c.stamp < now.stamp {
		return
	}
	c.least = now.least
	s.cache[org] = c
}
