// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/standing/index"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// keepEvery is how often what other processes did, and what is declared, is looked at where nothing else calls for it.
const keepEvery = time.Second

// Keep keeps memory up until the context ends. It rests for as long as
// it works, so that reading what changed holds up nobody who changes it.
// Every now and then, and in the end, it writes a snapshot.
func (m *Memory) Keep(ctx context.Context, report func(org string, err error)) {
	for ctx.Err() == nil {
		begun := m.service.db.Now()
		busy := m.round(ctx, report)
		if !busy {
			m.save(ctx, begun.Add(-saveEvery), report)
		}
		pause := m.service.db.Now().Sub(begun)
		if !busy {
			pause = keepEvery
		}
		timer := time.NewTimer(max(pause, time.Millisecond))
		wake := m.wake
		if busy {
			wake = nil
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	m.round(last, report)
	m.save(last, m.service.db.Now(), report)
}

// Settle brings memory up to date with all that was acknowledged before.
func (m *Memory) Settle(ctx context.Context) error {
	var failed error
	report := func(org string, err error) { failed = errors.Join(failed, fmt.Errorf("%s: %w", org, err)) }
	for m.round(ctx, report) && failed == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return failed
}

// round does the next piece of work for each organisation, and tells whether more is left.
func (m *Memory) round(ctx context.Context, report func(org string, err error)) bool {
	m.rounds.Lock()
	defer m.rounds.Unlock()
	orgs, err := m.service.ledger.Organisations(ctx)
	if err != nil {
		if ctx.Err() == nil {
			report("", err)
		}
		return false
	}
	defer m.begun.Store(true)
	for _, org := range orgs {
		m.of(org)
	}
	busy := false
	for _, org := range orgs {
		more, err := m.tend(ctx, org, m.of(org))
		if err != nil && ctx.Err() == nil {
			report(org, err)
		}
		busy = busy || more && err == nil
	}
	return busy
}

// tend takes in what is declared, then whoever changed, then the next of those not read yet.
func (m *Memory) tend(ctx context.Context, org string, o *memory) (more bool, err error) {
	if err := m.settle(ctx, org, o); err != nil {
		return false, err
	}
	s := o.state.Load()
	if s == nil {
		return true, nil
	}
	if !o.tried {
		o.tried = true
		if m.restore(ctx, org, o, s) {
			return true, nil
		}
	}
	if todo := s.index.Todo(keepBlock * readers()); len(todo) > 0 {
		chains := make([]string, len(todo))
		for i, key := range todo {
			chains[i] = ledger.SubjectOf(key.UUID())
		}
		slices.Sort(chains)
		return true, m.read(ctx, org, s, chains)
	}
	if o.built {
		return false, nil
	}
	if o.restored {
		o.built = true
		s.index.Done()
		return true, nil
	}
	var chains []string
	err = m.service.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		chains, err = selectSubjects(ctx, tx, org, o.after, int64(keepBlock*readers()))
		return err
	})
	if err == nil {
		err = m.read(ctx, org, s, chains)
	}
	if err != nil {
		return false, err
	}
	if len(chains) == 0 {
		o.built = true
		s.index.Done()
		return true, nil
	}
	o.after = chains[len(chains)-1]
	return true, nil
}

// keepBlock is how many subjects are read at once by each reader.
const keepBlock = 500

// readers is how many read at the same time. What is read is opened and decided,
// which is most of the work, so more of them help as long as there are processors.
func readers() int { return min(runtime.GOMAXPROCS(0), 4) }

// settle takes in the rules and the tombstones as they are now, and what other
// processes wrote.
func (m *Memory) settle(ctx context.Context, org string, o *memory) error {
	doubts := o.doubts.Load()
	return m.service.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := m.service.Rules(ctx, tx, org)
		if err != nil {
			return err
		}
		names, err := m.service.subjects.TombNames(ctx, tx, org)
		if err != nil {
			return err
		}
		s := o.state.Load()
		same := s != nil && s.rules == rules && !s.index.Turned(tx.Now())
		told := m.alone && same && s.tombs.Sure() // of everybody who was erased
		if same && (told || doubts == o.settled.Load()) && slices.Equal(names, o.tombs) {
			o.settled.Store(doubts)
			return m.heard(ctx, tx, org, o, s)
		}
		tombs, err := m.service.subjects.Tombs(ctx, tx, org)
		if err != nil {
			return err
		}
		if !same {
			if s, err = m.begin(ctx, tx, org, rules); err != nil {
				return err
			}
			o.after, o.built, o.restored, o.behind, o.generation, o.since = "", false, false, false, 0, tx.Now().Add(-longAgo)
		} else {
			s = s.with(s.index)
			if err := m.erased(ctx, tx, org, o, s); err != nil {
				return err
			}
		}
		s.tombs, o.tombs = tombs, names
		o.state.Store(s)
		o.settled.Store(doubts)
		return m.heard(ctx, tx, org, o, s)
	})
}

// begin makes an empty index for the rules.
func (m *Memory) begin(ctx context.Context, tx *db.ReadTx, org string, rules *lawful.Rules) (*state, error) {
	blind, err := m.service.subjects.BlindKey(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	secret, err := hkdf.Key(sha256.New, blind[:], nil, "lecito/index", 16)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the index: %w", err)
	}
	now := tx.Now()
	channels := map[string][]string{}
	for id := range rules.Purposes {
		if p := rules.PurposeAt(id, now); p != nil {
			channels[id] = p.Channels
		}
	}
	s := &state{
		index: index.New([16]byte(secret), channels, slices.Sorted(maps.Keys(channels)), rules.Turn(now)),
		rules: rules,
	}
	for _, u := range s.index.Uses() {
		q := lawful.Question{Purpose: u.Purpose, Channel: u.Channel, At: now, KnownAt: now}
		nobody, _ := lawful.Stand(rules, lawful.Person{}, q)
		erased, _ := lawful.Stand(rules, lawful.Person{Erased: true}, q)
		s.nobody, s.erased = append(s.nobody, index.NewAnswer(nobody)), append(s.erased, index.NewAnswer(erased))
	}
	if !m.alone {
		s.told = ledger.NewTold()
	}
	s.place = m.placeOf(org, s, secret, rules.Turn(now))
	return s, nil
}

// with is the same state with another index, of which nothing was told, and no
// tombstones yet.
func (s *state) with(x *index.Index) *state {
	return &state{index: x, rules: s.rules, nobody: s.nobody, erased: s.erased, place: s.place, told: s.told.Another()}
}

// heard takes in what other processes wrote, which the log tells once it is in
// order: at most a second later. After a start from a snapshot, that is all that
// was written since it was saved, in the log or on its way.
func (m *Memory) heard(ctx context.Context, tx *db.ReadTx, org string, o *memory, s *state) error {
	if m.alone && !o.behind {
		return nil
	}
	generation, size, err := m.service.ledger.Size(ctx, tx, org)
	if err != nil {
		return err
	}
	if o.behind && o.generation != generation { // the log began anew just now
		o.state.CompareAndSwap(s, nil)
		return nil
	}
	if o.generation == generation {
		entries, err := m.service.ledger.Since(ctx, tx, org, generation, o.position)
		if err != nil {
			return err
		}
		chains := s.told.Others(entries)
		if o.behind {
			waiting, err := selectWaiting(ctx, tx, org)
			if err != nil {
				return err
			}
			chains = append(chains, waiting...)
		}
		if slices.Contains(chains, ledger.Own) { // somebody may have been erased
			o.doubts.Add(1)
			m.nudge()
		}
		s.index.Changed(true, index.ChainsBut(chains, "")...)
	}
	o.generation, o.position = generation, size
	if !o.behind {
		return nil
	}
	o.behind = false
	return m.erased(ctx, tx, org, o, s)
}

// longAgo is longer than any erasure takes, and clocks of several machines differ.
const longAgo = time.Hour

// erased forgets whoever was erased, in whichever process.
func (m *Memory) erased(ctx context.Context, tx *db.ReadTx, org string, o *memory, s *state) error {
	chains, err := selectErased(ctx, tx, org, o.since)
	if err != nil {
		return err
	}
	s.index.Gone(index.ChainsBut(chains, "")...)
	return nil
}

// read reads subjects and holds how they stand.
func (m *Memory) read(ctx context.Context, org string, s *state, chains []string) error {
	s.index.Begin()
	defer s.index.End()
	var group sync.WaitGroup
	failed := make([]error, readers())
	each := (len(chains) + readers() - 1) / readers()
	for i := range failed {
		part := chains[min(i*each, len(chains)):min((i+1)*each, len(chains))]
		if len(part) == 0 {
			break
		}
		group.Go(func() {
			failed[i] = m.service.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
				return m.hold(ctx, tx, org, s, part)
			})
		})
	}
	group.Wait()
	return errors.Join(failed...)
}

func (m *Memory) hold(ctx context.Context, tx *db.ReadTx, org string, s *state, chains []string) error {
	held, err := m.service.subjects.Identifiers(ctx, tx, org, chains)
	if err != nil {
		return err
	}
	cases := make([]cased, len(held))
	for i, h := range held {
		cases[i] = cased{rules: s.rules, question: lawful.Question{Identifier: []lawful.Identifier{h.Identifier.Identifier}, At: tx.Now(), KnownAt: tx.Now()}}
	}
	read, err := m.service.gathered(ctx, tx, org, cases)
	if err != nil {
		return err
	}
	persons, err := m.rest(ctx, tx, org, chains, read[tx.Now()])
	if err != nil {
		return err
	}
	of := map[string][]index.Identifier{}
	for i, h := range held {
		of[h.Chain] = append(of[h.Chain], stood(s, &cases[i], persons[h.Chain]))
	}
	var gone []index.Key
	for _, chain := range chains {
		key, ok := index.Chain(chain)
		if !ok {
			continue
		}
		person, there := persons[chain]
		if !there {
			gone = append(gone, key)
			continue
		}
		s.index.Put(index.Subject{Read: tx.Now(), Chain: key, Others: index.ChainsBut(person.Chains, chain), Identifiers: of[chain]})
	}
	s.index.Gone(gone...) // at once: it looks at everybody's identifiers
	return nil
}

// rest adds those of the subjects that were not read for an identifier of theirs.
func (m *Memory) rest(ctx context.Context, tx *db.ReadTx, org string, chains []string, read map[string]subject.Person) (map[string]subject.Person, error) {
	missing := slices.DeleteFunc(slices.Clone(chains), func(chain string) bool {
		_, known := read[chain]
		return known
	})
	if len(missing) == 0 {
		return read, nil
	}
	persons, err := m.service.subjects.Persons(ctx, tx, org, missing, tx.Now())
	if err != nil {
		return nil, err
	}
	maps.Copy(persons, read)
	return persons, nil
}

// stood decides everything that can be asked about one identifier.
func stood(s *state, c *cased, person subject.Person) index.Identifier {
	id := c.question.Identifier[0]
	out := index.Identifier{Key: s.index.Key(id.Kind, id.Source, id.Value), Standing: make([]*lawful.Standing, len(s.index.Uses())), Far: make([]*lawful.Standing, len(s.index.Uses()))}
	if !slices.Equal(c.chains, person.Chains) {
		out.Shared = index.ChainsBut(c.chains, "")
	}
	lawful.Sort(c.person.History)
	for u, use := range s.index.Uses() {
		q := c.question
		q.Purpose, q.Channel = use.Purpose, use.Channel
		standing, lasts := lawful.Stand(s.rules, c.person, q)
		if lasts.Equal(q.At) {
			continue // good for this instant alone
		}
		if reaches(use.Channel, id.Kind) {
			out.Standing[u] = &standing
		} else {
			out.Far[u] = &standing
		}
		if !lasts.IsZero() && (out.Lasts.IsZero() || lasts.Before(out.Lasts)) {
			out.Lasts = lasts
		}
	}
	return out
}
