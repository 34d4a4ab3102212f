// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Memory holds how everybody stands now, organisation by organisation, and
// keeps it up. It hears of each change of this process before its caller does
// (as the watcher of ledger and subjects), and of another process's once its
// entries are in the log. Whatever it is not sure of it leaves to the store.
type Memory struct {
	service *Service
	alone   bool                   // no other process writes to the store
	dir     string                 // where snapshots are kept; "": nowhere
	program func() ([]byte, error) // the hash of this one, made when it is first asked for

	mu   sync.RWMutex
	orgs map[string]*memory // guarded by mu

	begun    atomic.Bool // every organisation was looked at once
	answered atomic.Int64
	wake     chan struct{}
	rounds   sync.Mutex // one goroutine keeps it up at a time
}

// memory is that of one organisation.
type memory struct {
	doubts  atomic.Int64 // raised with every change of what concerns no person
	settled atomic.Int64 // how many of them the state has taken in
	state   atomic.Pointer[state]

	// Of the one goroutine that keeps it up:
	after      string // everybody up to here was read
	built      bool
	tombs      []string // secrets of the tombstones that were read
	generation int64
	position   int64     // of the log, up to which changes were heard
	since      time.Time // who was erased before is not in the index
	tried      bool      // a snapshot was looked for
	restored   bool      // and the index is from it
	behind     bool      // and what changed since it was saved was not heard yet
	kept       mark      // of the snapshot there is
	keptAt     time.Time // when one was last written, or that was tried
}

// state is what answers, for as long as the rules stay the same.
type state struct {
	index  *index.Index
	rules  *lawful.Rules
	nobody []*index.Answer // by use
	erased []*index.Answer
	tombs  *subject.Tombs
	place  string       // what a snapshot of it is sealed for; "": none is kept
	told   *ledger.Told // of newcomers; nil: no other process writes
}

// Remember has questions about now answered from memory, once Keep runs. It is
// called once, before anything is asked. alone: no other process writes to the
// store. In dir, unless it is empty, snapshots are kept.
func (s *Service) Remember(alone bool, dir string) *Memory {
	s.memory = &Memory{
		service: s, alone: alone, dir: dir, program: sync.OnceValues(thisProgram), orgs: map[string]*memory{}, wake: make(chan struct{}, 1),
	}
	s.ledger.Watch(s.memory)
	s.subjects.Watch(s.memory)
	return s.memory
}

// of is the memory of an organisation, made where there is none.
func (m *Memory) of(org string) *memory {
	m.mu.RLock()
	o := m.orgs[org]
	m.mu.RUnlock()
	if o != nil {
		return o
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.orgs[org] == nil {
		m.orgs[org] = &memory{}
		m.orgs[org].doubts.Store(1)
	}
	return m.orgs[org]
}

// Changed is told by the ledger.
func (m *Memory) Changed(org string, chains []string, _ bool) {
	o := m.of(org)
	s := o.state.Load()
	for _, chain := range chains {
		if chain == ledger.Own {
			o.doubts.Add(1)
		} else if key, ok := index.Chain(chain); ok && s != nil {
			s.index.Changed(false, key)
		}
	}
	m.nudge()
}

// Attached is told by the subjects.
func (m *Memory) Attached(org string, ids []lawful.Identifier, _ bool) {
	if s := m.of(org).state.Load(); s != nil {
		s.index.Attached(s.keys(ids)...)
	}
}

// releaseWait is how long an erasure waits for who else holds an identifier.
const releaseWait = 5 * time.Second

// Released is told by the subjects: of who was erased nothing stays in memory.
// What the store may not have done yet is only doubted.
func (m *Memory) Released(org string, chains []string, ids []lawful.Identifier, unknown bool) {
	o := m.of(org)
	s := o.state.Load()
	if s == nil {
		return
	}
	s.index.Attached(s.keys(ids)...)
	if unknown {
		return
	}
	var free []index.Key
	ctx, cancel := context.WithTimeout(context.Background(), releaseWait)
	defer cancel()
	err := m.service.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		matches, err := m.service.subjects.Match(ctx, tx, org, ids)
		for _, id := range ids {
			if len(matches.Of(id)) == 0 {
				free = append(free, s.index.Key(id.Kind, id.Source, id.Value))
			}
		}
		return err
	})
	if err != nil { // rather nothing than something of somebody erased
		o.state.CompareAndSwap(s, nil)
		return
	}
	s.index.Remove(index.ChainsBut(chains, ""), free...)
}

func (s *state) keys(ids []lawful.Identifier) []index.Key {
	keys := make([]index.Key, len(ids))
	for i, id := range ids {
		keys[i] = s.index.Key(id.Kind, id.Source, id.Value)
	}
	return keys
}

// Answered counts the answers that came from memory, to single questions and to rows of lists.
func (m *Memory) Answered() int64 { return m.answered.Load() }

// Ready tells whether every question about now that memory takes is answered from it.
func (m *Memory) Ready() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, o := range m.orgs {
		if s := o.state.Load(); s == nil || o.doubts.Load() != o.settled.Load() || !s.index.Ready() {
			return false
		}
	}
	return m.begun.Load()
}

func (m *Memory) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// sure is the state of an organisation, nil while it is in doubt.
func (m *Memory) sure(org string) *state {
	if m == nil {
		return nil
	}
	m.mu.RLock()
	o := m.orgs[org]
	m.mu.RUnlock()
	if o == nil {
		return nil
	}
	settled := o.settled.Load()
	s := o.state.Load()
	if o.doubts.Load() != settled {
		return nil
	}
	return s
}

// answers fills in what memory has and tells which questions are left to be asked
// of the store: all but those about now and one identifier that name nothing but a
// purpose and a channel. Where an entry is named that another process may have
// recorded, the store is asked: it has them all.
func (m *Memory) answers(org string, qs []Question, out []Answer, clock func() time.Time) (left []int) {
	s := m.sure(org)
	now := clock()
	for i := range qs {
		out[i] = Answer{}
		if s == nil || !s.decide(&qs[i], &out[i].Decision, &now, clock) {
			left = append(left, i)
		}
	}
	if s != nil && m.sure(org) != s { // what is declared changed meanwhile
		s, left = nil, left[:0]
		for i := range qs {
			left = append(left, i)
		}
	}
	if s != nil {
		m.answered.Add(int64(len(qs) - len(left)))
	}
	return left
}

// decide answers one question as of now. Who was read meanwhile may have done what
// had not happened by then: the instant moves on, for the next ones too.
func (s *state) decide(q *Question, d *lawful.Decision, now *time.Time, clock func() time.Time) bool {
	if q.At != nil || q.KnownAt != nil || q.Explain || q.After != "" || !q.plain() {
		return false
	}
	use := s.index.Use(Use{Purpose: q.Purpose, Channel: q.Channel})
	if use < 0 {
		return false
	}
	id, ok := s.identifier(q)
	if !ok {
		return false
	}
	key, far := s.index.Key(id.Kind, id.Source, id.Value), !reaches(q.Channel, id.Kind)
	for range looks {
		if !s.index.Fresh(*now) {
			*now = clock()
			continue
		}
		found, known := s.index.Look(key, use, far)
		a := s.answer(found, known, id, use)
		if a == nil {
			return false
		}
		if s.index.Fresh(*now) {
			*d = lawful.Decision{
				Permitted: a.Permitted, Reason: a.Reason, Basis: a.Basis, Rule: a.Rule,
				Explanation: a.Text(cmp.Or(q.Language, "en"), s.rules, *now), AsOf: now.UTC(),
			}
			return true
		}
	}
	return false
}

// looks is how often memory is asked one question while others are read.
const looks = 3

// identifier is the one identifier that a question names; false: it names several, or none.
func (s *state) identifier(q *Question) (lawful.Identifier, bool) {
	id := lawful.Identifier{}
	switch n := q.Subject; {
	case n == choice.Subject{Email: n.Email}:
		id.Kind, id.Value = lawful.IDEmail, n.Email
	case n == choice.Subject{Phone: n.Phone}:
		id.Kind, id.Value = lawful.IDPhone, n.Phone
	case n == choice.Subject{ID: n.ID} && q.Source != "":
		id.Kind, id.Value, id.Source = lawful.IDSource, n.ID, q.Source
	case n == choice.Subject{Device: n.Device}:
		id.Kind, id.Value = lawful.IDDevice, n.Device
	}
	var space [64]byte
	if plain, ok := subject.AppendPlain(space[:0], id.Kind, []byte(id.Value)); ok {
		if string(plain) != id.Value {
			id.Value = string(plain)
		}
		return id, true
	}
	ids, places := q.Subject.Identifiers(q.Source, s.rules.Organisation.Country)
	if len(ids) != 1 || len(places) > 0 {
		return lawful.Identifier{}, false
	}
	return ids[0].Identifier, true
}

// plain tells whether a question names no more than a use.
func (q *Question) plain() bool {
	return q.Operation == "" && len(q.Data) == 0 && q.Recipient == "" && q.Content == ""
}

// reaches tells whether a channel reaches an identifier, or what a source's number stands for.
func reaches(channel, kind string) bool {
	return kind == lawful.IDSource || lawful.Reaches(channel, kind)
}

// answer is what was found of an identifier, or what holds of those nobody has; nil: it has to be asked for.
func (s *state) answer(found *index.Answer, known index.State, id lawful.Identifier, use int) *index.Answer {
	switch {
	case known != index.Unknown:
		return found
	case s.tombs.Has(id):
		return s.erased[use]
	}
	return s.nobody[use]
}
