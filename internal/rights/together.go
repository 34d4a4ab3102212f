// SPDX-License-Identifier: Apache-2.0

package rights

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Erasures that are asked for while others run are done together: one
// transaction, one list beside the keys, one truncation for all of them. Each is
// planned, recorded and answered for itself.

const (
	mostTogether = 1000            // erasures in one transaction
	eraseLimit   = 5 * time.Minute // for them, once they have begun
)

// wanted is one erasure asked for and, once done is closed, its answer.
type wanted struct {
	actor  access.Actor
	req    Request
	who    found
	answer Erasure
	err    error
	ground string // of the erasure; "": the person asked
	done   chan struct{}
}

// queue is who waits to be erased. Whoever gets the turn erases all who wait.
type queue struct {
	turn chan struct{}

	mu      sync.Mutex
	waiting []*wanted // guarded by mu
}

func newQueue() *queue { return &queue{turn: make(chan struct{}, 1)} }

// run has an erasure done, by itself or with others, and returns when it is.
// It can be taken back until it has begun.
func (q *queue) run(ctx context.Context, w *wanted, erase func(ctx context.Context, all []*wanted)) error {
	w.done = make(chan struct{})
	q.mu.Lock()
	q.waiting = append(q.waiting, w)
	q.mu.Unlock()
	for {
		select {
		case <-w.done:
			return w.err
		case q.turn <- struct{}{}:
		case <-ctx.Done():
			if q.leave(w) {
				return context.Cause(ctx)
			}
			<-w.done
			return w.err
		}
		q.serve(ctx, erase)
	}
}

// serve does what waits. Who asked for the others is not the caller, whose
// going away must not end them.
func (q *queue) serve(ctx context.Context, erase func(ctx context.Context, all []*wanted)) {
	defer func() { <-q.turn }()
	all := q.next()
	if len(all) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eraseLimit)
	defer cancel()
	defer func() {
		for _, w := range all {
			close(w.done)
		}
	}()
	erase(ctx, all)
}

// next takes those of one organisation, in the order they came.
func (q *queue) next() []*wanted {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all, rest []*wanted
	for _, w := range q.waiting {
		if len(all) < mostTogether && (len(all) == 0 || w.actor.Org == all[0].actor.Org) {
			all = append(all, w)
		} else {
			rest = append(rest, w)
		}
	}
	q.waiting = rest
	return all
}

func (q *queue) leave(w *wanted) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, w)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	return i >= 0
}

// eraseAll erases people of one organisation. What cannot be done together is
// done one after the other, as are two requests about one person.
func (s *Service) eraseAll(ctx context.Context, all []*wanted) {
	for _, w := range all {
		w.err = errUnanswered // of a panic: whoever waits gets an error
	}
	for len(all) > 0 {
		later, at, err := s.eraseOnce(ctx, all)
		now := slices.DeleteFunc(slices.Clone(all), func(w *wanted) bool { return slices.Contains(later, w) })
		if err != nil && len(now) > 1 && !problem.Is(err, problem.OutcomeUnknown) && !problem.Is(err, problem.Unavailable) && ctx.Err() == nil {
			for _, w := range all {
				s.eraseAll(ctx, []*wanted{w})
			}
			return
		}
		s.settle(ctx, now, at, err)
		all = later
	}
}

// settle finishes outside the store what one transaction has erased, and answers.
func (s *Service) settle(ctx context.Context, all []*wanted, at time.Time, err error) {
	var erased []seal.Shredded
	for _, w := range all {
		if err != nil {
			w.err = err
		}
		if w.err == nil {
			for _, chain := range w.who.chains {
				erased = append(erased, seal.Shredded{Org: w.actor.Org, Chain: chain, Erased: at})
			}
		}
	}
	if len(erased) == 0 {
		return
	}
	stage := StageUnreachable
	var truncated error
	var both sync.WaitGroup // neither needs the other, and both wait for the disk
	both.Go(func() { truncated = s.db.Truncate(ctx) })
	err = s.keys.AddShredded(erased)
	both.Wait()
	if err != nil {
		err = fmt.Errorf("the person is erased in this store; keep that through a restore: %w", err)
	} else if truncated == nil {
		stage = StageShredded
	}
	err = errors.Join(err, s.clear(all))
	for _, w := range all {
		if w.err == nil {
			w.answer.Stage, w.err = stage, err
		}
	}
}

// eraseOnce erases in one transaction all but those about somebody whom another
// of them is about too: these are for later.
func (s *Service) eraseOnce(ctx context.Context, all []*wanted) (later []*wanted, at time.Time, err error) {
	org := all[0].actor.Org
	if err := s.place(ctx, org, all); err != nil {
		return nil, at, err
	}
	err = s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.hold(ctx, tx, org, all); err != nil {
			return err
		}
		at, later = tx.Now(), nil
		var now []*wanted
		taken := map[string]bool{}
		for _, w := range all {
			switch {
			case w.err != nil:
			case slices.ContainsFunc(w.who.chains, func(c string) bool { return taken[c] }):
				later = append(later, w)
			default:
				w.answer = Erasure{Plan: s.plan(w.who, w.req, at), Stage: StageUnreachable}
				now = append(now, w)
				for _, c := range w.who.chains {
					taken[c] = true
				}
			}
		}
		return s.destroy(ctx, tx, org, now)
	})
	return later, at, err
}

// place takes what the people have on record into the log, if some of it is not
// there yet: an entry that is there can go whole, others are emptied.
func (s *Service) place(ctx context.Context, org string, all []*wanted) error {
	open := false
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := s.register.Rules(ctx, tx, org)
		if err != nil {
			return err
		}
		_, chains, err := s.named(ctx, tx, org, all, rules)
		if err != nil {
			return err
		}
		open, err = s.ledger.Open(ctx, tx, org, chains)
		return err
	})
	if err != nil || !open {
		return err
	}
	if err := s.ledger.Sequence(ctx, org); err != nil {
		return fmt.Errorf("take open entries into the log: %w", err)
	}
	return nil
}

// hold finds the people and keeps everybody else from recording about them until
// the transaction ends, so that what is planned is what is destroyed.
func (s *Service) hold(ctx context.Context, tx *db.Tx, org string, all []*wanted) error {
	var held []string
	for {
		if err := s.findAll(ctx, tx, org, all); err != nil {
			return err
		}
		chains := chainsOf(all)
		if tx.Only() || slices.Equal(chains, held) {
			return nil
		}
		if err := s.ledger.Hold(ctx, tx, org, chains); err != nil {
			return err
		}
		held = chains
	}
}

func chainsOf(all []*wanted) []string {
	var chains []string
	for _, w := range all {
		if w.err == nil {
			chains = append(chains, w.who.chains...)
		}
	}
	slices.Sort(chains)
	return slices.Compact(chains)
}

// findAll finds the people, all at once. What is wrong with one request is its own error.
func (s *Service) findAll(ctx context.Context, r db.Reader, org string, all []*wanted) error {
	rules, err := s.register.Rules(ctx, r, org)
	if err != nil {
		return err
	}
	terms, err := s.terms(ctx, r, org)
	if err != nil {
		return err
	}
	named, chains, err := s.named(ctx, r, org, all, rules)
	if err != nil {
		return err
	}
	for i, w := range all {
		w.who = found{chains: named[i]}
	}
	return s.load(ctx, r, org, all, load{chains, rules, terms})
}

// named gives who each request names, and all of them.
func (s *Service) named(ctx context.Context, r db.Reader, org string, all []*wanted, rules *lawful.Rules) (each [][]string, chains []string, err error) {
	by := make([][]lawful.Identifier, len(all))
	var ids []lawful.Identifier
	for i, w := range all {
		if by[i], w.err = w.req.identifiers(rules); w.err == nil {
			ids = append(ids, by[i]...)
		}
	}
	matches, err := s.subjects.Holders(ctx, r, org, ids)
	if err != nil {
		return nil, nil, err
	}
	each = make([][]string, len(all))
	for i, w := range all {
		if w.err == nil {
			each[i], w.err = holders(matches, by[i])
			chains = append(chains, each[i]...)
		}
	}
	return each, chains, nil
}

// load is what people are loaded with.
type load struct {
	chains []string
	rules  *lawful.Rules
	terms  *terms
}

// load reads all there is about the people, and about whoever is linked to them.
func (s *Service) load(ctx context.Context, r db.Reader, org string, all []*wanted, l load) error {
	slices.Sort(l.chains)
	persons, err := s.subjects.Persons(ctx, r, org, slices.Compact(l.chains), time.Time{})
	if err != nil {
		return err
	}
	for _, w := range all {
		if w.err == nil {
			w.who.gather(persons)
			w.who.rules, w.who.terms = l.rules, l.terms
		}
	}
	held, err := s.subjects.Identifiers(ctx, r, org, chainsOf(all))
	if err != nil {
		return err
	}
	by := map[string][]subject.Held{}
	for _, h := range held {
		by[h.Chain] = append(by[h.Chain], h)
	}
	for _, w := range all {
		for _, chain := range w.who.chains {
			w.who.held = append(w.who.held, by[chain]...)
		}
	}
	return nil
}

// gather takes in whoever is linked, and what all of them have on record.
func (f *found) gather(persons map[string]subject.Person) {
	seen := map[string]bool{}
	for _, chain := range slices.Clone(f.chains) {
		p := persons[chain]
		f.chains = append(f.chains, p.Chains...)
		for _, fact := range p.History {
			if !seen[fact.Entry] {
				seen[fact.Entry] = true
				f.history = append(f.history, fact)
			}
		}
	}
	slices.Sort(f.chains)
	f.chains = slices.Compact(f.chains)
}

// destroy carries the plans out, set by set; no two of them are about one person.
func (s *Service) destroy(ctx context.Context, tx *db.Tx, org string, all []*wanted) error {
	if len(all) == 0 {
		return nil
	}
	// One transaction of erasures at a time from here: two may need the same new
	// secret, of the year's tombstones or of a month's evidence, and none may be
	// destroyed under evidence that is being sealed.
	if err := s.ledger.Hold(ctx, tx, org, []string{ledger.Own}); err != nil {
		return err
	}
	if err := s.entomb(ctx, tx, org, all); err != nil {
		return err
	}
	if err := s.keep(ctx, tx, org, all); err != nil {
		return err
	}
	chains := chainsOf(all)
	var ids []lawful.Identifier
	for _, w := range all {
		ids = append(ids, w.who.identifiers()...)
	}
	s.subjects.Release(tx, org, chains, ids)
	if _, err := s.ledger.Destroy(ctx, tx, org, chains); err != nil {
		return err
	}
	if err := insertShredded(ctx, tx, org, chains); err != nil {
		return err
	}
	if _, err := s.subjects.Destroy(ctx, tx, org, chains); err != nil {
		return err
	}
	blinds, err := s.blinds(ctx, tx, org, ids)
	if err != nil {
		return err
	}
	if err := access.ForgetCodes(ctx, tx, org, blinds); err != nil {
		return err
	}
	if err := request.Forget(ctx, tx, s.ledger, request.Gone{Org: org, Chains: chains, Blinds: blinds, By: all[0].actor}); err != nil {
		return err
	}
	if err := message.Forget(ctx, tx, org, chains); err != nil {
		return err
	}
	return s.record(ctx, tx, org, all)
}

// clear takes out of the outbox what lies there for people who were erased. What a
// crash leaves goes with the next sweep: its message is not in the store any more.
func (s *Service) clear(all []*wanted) error {
	if s.outbox == nil {
		return nil
	}
	var mailboxes []string
	for _, w := range all {
		for _, id := range w.who.identifiers() {
			if w.err == nil && id.Kind == lawful.IDEmail {
				mailboxes = append(mailboxes, id.Value)
			}
		}
	}
	if err := s.outbox.DropTo(mailboxes); err != nil {
		return fmt.Errorf("the person is erased in this store; clear the outbox of their messages: %w", err)
	}
	return nil
}

// blinds are the blind indexes of identifiers: what codes that were sent to them,
// and requests that named them, are found by.
func (s *Service) blinds(ctx context.Context, r db.Reader, org string, ids []lawful.Identifier) ([][]byte, error) {
	key, err := s.subjects.BlindKey(ctx, r, org)
	if err != nil {
		return nil, err
	}
	blinds := make([][]byte, len(ids))
	for i, id := range ids {
		blinds[i] = subject.BlindUnder(key, id)
	}
	return blinds, nil
}

// entomb leaves the tombstones, those that end together at once.
func (s *Service) entomb(ctx context.Context, tx *db.Tx, org string, all []*wanted) error {
	ending := map[time.Time]map[lawful.Identifier]bool{}
	for _, w := range all {
		if w.answer.Suppressed.Tombstones == 0 {
			continue
		}
		until := *w.answer.Suppressed.Until
		if ending[until] == nil {
			ending[until] = map[lawful.Identifier]bool{}
		}
		for _, id := range w.who.identifiers() {
			ending[until][id] = true
		}
	}
	for until, ids := range ending {
		if err := s.subjects.Entomb(ctx, tx, org, slices.Collect(maps.Keys(ids)), until); err != nil {
			return err
		}
	}
	return nil
}

// record puts each erasure on record.
func (s *Service) record(ctx context.Context, tx *db.Tx, org string, all []*wanted) error {
	drafts := make([]ledger.Draft, len(all))
	for i, w := range all {
		body, err := json.Marshal(erasureBody{
			Request: w.req.Request, Subjects: len(w.who.chains), Destroyed: w.answer.Destroyed,
			Tombstones: w.answer.Suppressed.Tombstones, Kept: w.answer.Kept, Ground: cmp.Or(w.ground, "GDPR art. 17(1)"),
		})
		if err != nil {
			return fmt.Errorf("encode an erasure: %w", err)
		}
		drafts[i] = ledger.Draft{Chain: ledger.Own, Kind: evidence.KindErasure, Body: body, By: w.actor.By()}
	}
	added, err := s.ledger.Add(ctx, tx, org, drafts)
	if err != nil {
		return err
	}
	for i, w := range all {
		w.answer.Entry = added[i].ID
	}
	return nil
}
