// SPDX-License-Identifier: Apache-2.0

package rights

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Evidence is a choice kept as restricted evidence.
type Evidence struct {
	Entry    string    `json:"entry"`
	Chain    string    `json:"chain"`
	Seq      int64     `json:"seq"`
	Position *int64    `json:"position,omitempty"` // in the log at the erasure; none when it was not there yet
	Happened time.Time `json:"happened"`
	Recorded time.Time `json:"recorded"`
	Payload  []byte    `json:"payload"` // the exact bytes committed to
	Salt     []byte    `json:"salt"`
	Until    time.Time `json:"until"` // destroyed then
}

// Opened is what an opening of restricted evidence found.
type Opened struct {
	Entry    string     `json:"entry"` // the entry that records the opening
	Evidence []Evidence `json:"evidence"`
}

// terms are what an organisation declared about evidence after an erasure.
type terms struct {
	*register.EvidenceAfterErasure

	zone *time.Location
}

// kept is what stays under the terms of an erasure done now.
func (t terms) kept(now time.Time, n int) Kept {
	until := t.For.Lawful().End(now, t.zone)
	return Kept{
		Ground: t.Ground, Until: until.UTC(), Count: n,
		last: until.Add(-time.Second).In(t.zone).Format(time.DateOnly),
	}
}

// secret names the secret of the month it ends in.
func (k Kept) secret() string { return restrictedPrefix + k.last[:len("2006-01")] }

// restrictedPrefix begins the names of the secrets, one for each month in which evidence ends.
const restrictedPrefix = "restricted-"

// terms are nil where nothing is declared: then nothing is kept.
func (s *Service) terms(ctx context.Context, r db.Reader, org string) (*terms, error) {
	c, err := s.register.Catalogue(ctx, r, org)
	if err != nil || c.Organisation.EvidenceAfterErasure == nil {
		return nil, err
	}
	return &terms{c.Organisation.EvidenceAfterErasure, c.Zone}, nil
}

// keep seals the people's choices again, under the key of the month they end in,
// before the keys that open them now are destroyed.
func (s *Service) keep(ctx context.Context, tx *db.Tx, org string, all []*wanted) error {
	all = slices.DeleteFunc(slices.Clone(all), func(w *wanted) bool { return len(w.answer.Kept) == 0 })
	if len(all) == 0 {
		return nil
	}
	entries, err := s.ledger.History(ctx, tx, org, chainsOf(all))
	if err != nil {
		return err
	}
	var ids []string
	for _, w := range all {
		ids = append(ids, slices.Collect(maps.Keys(w.who.chosen()))...)
	}
	positions, err := s.ledger.Positions(ctx, tx, org, ids)
	if err != nil {
		return err
	}
	var batches []batch
	for _, w := range all {
		plan := w.answer.Kept[0]
		kept := w.who.evidence(entries, positions, plan.Until)
		if len(kept) != plan.Count {
			return fmt.Errorf("keep evidence: %d choices, and %d were planned", len(kept), plan.Count)
		}
		plain, err := json.Marshal(kept)
		if err != nil {
			return fmt.Errorf("encode evidence: %w", err)
		}
		secret, err := s.monthSecret(ctx, tx, org, plan.secret())
		if err != nil {
			return err
		}
		b := batch{id: "kept_" + rand.Text(), until: plan.Until, secret: plan.secret()}
		b.sealed = secret.Seal(b.place(org), plain)
		for _, id := range w.who.identifiers() {
			b.blinds = append(b.blinds, subject.BlindUnder(secret, id))
		}
		batches = append(batches, b)
	}
	return insertBatches(ctx, tx, org, batches)
}

// chosen tells when each choice of the person was made, by entry.
func (f found) chosen() map[string]time.Time {
	chosen := map[string]time.Time{}
	for _, fact := range f.history {
		if fact.Choice != nil {
			chosen[fact.Entry] = fact.Happened
		}
	}
	return chosen
}

// evidence are the choices of the person that are on record.
func (f found) evidence(entries map[string][]ledger.Entry, positions map[string]int64, until time.Time) []Evidence {
	chosen := f.chosen()
	var kept []Evidence
	for _, chain := range f.chains {
		for _, e := range entries[chain] {
			happened, ok := chosen[e.ID]
			if !ok {
				continue
			}
			one := Evidence{
				Entry: e.ID, Chain: e.Chain, Seq: e.Seq, Happened: happened, Recorded: e.Recorded,
				Payload: e.Payload, Salt: e.Salt[:], Until: until,
			}
			if at, there := positions[e.ID]; there {
				one.Position = &at
			}
			kept = append(kept, one)
		}
	}
	slices.SortStableFunc(kept, func(a, b Evidence) int { return a.Recorded.Compare(b.Recorded) })
	return kept
}

func (s *Service) monthSecret(ctx context.Context, tx *db.Tx, org, name string) (seal.Key, error) {
	all, err := s.secrets.All(ctx, tx, org, name)
	if err != nil {
		return seal.Key{}, err
	}
	if len(all) > 0 {
		return all[0].Key, nil
	}
	made, err := s.secrets.Make(ctx, tx, org, name)
	return made.Key, err
}

// OpenRestricted opens what is kept of an erased person, for a reason that goes
// on record first, whether anything is found or not. An API key can't: somebody answers for it.
func (s *Service) OpenRestricted(ctx context.Context, actor access.Actor, req Request, reason string) (Opened, error) {
	ids, reason, err := s.mayOpen(ctx, actor, req, reason)
	if err != nil {
		return Opened{}, err
	}
	opened := Opened{Evidence: []Evidence{}}
	several := false
	err = s.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		opened.Evidence = opened.Evidence[:0]
		found, err := s.batches(ctx, tx, actor.Org, ids)
		if err != nil {
			return err
		}
		// As for an erasure: a phone alone may be that of several people.
		several = len(found) > 1 && !slices.ContainsFunc(ids, namesOne)
		for _, b := range found {
			if several {
				break
			}
			part, err := s.unseal(ctx, tx, actor.Org, b)
			if err != nil {
				return err
			}
			opened.Evidence = append(opened.Evidence, part...)
		}
		opened.Entry, err = s.recordOpening(ctx, tx, actor, reason, len(opened.Evidence))
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	if several {
		return Opened{}, problem.New(problem.Conflict, "several_people",
			"Several people may share this identifier. Name the one to look for by e-mail address or customer number.")
	}
	return opened, nil
}

func namesOne(id lawful.Identifier) bool {
	return id.Kind == lawful.IDEmail || id.Kind == lawful.IDSource
}

func (s *Service) recordOpening(ctx context.Context, tx *db.Tx, actor access.Actor, reason string, n int) (string, error) {
	body, err := json.Marshal(openingBody{Opened: true, Reason: reason, Found: n})
	if err != nil {
		return "", fmt.Errorf("encode an opening: %w", err)
	}
	added, err := s.ledger.Add(ctx, tx, actor.Org, []ledger.Draft{{
		Chain: ledger.Own, Kind: evidence.KindErasure, Body: body, By: actor.By(),
	}})
	if err != nil {
		return "", err
	}
	return added[0].ID, nil
}

// openingBody is the body of an opening's entry: why, and about nobody in particular.
type openingBody struct {
	Opened bool   `json:"opened"`
	Reason string `json:"reason"`
	Found  int    `json:"found"`
}

// How long a reason is, in characters.
const (
	minReason = 10
	maxReason = 500
)

// mayOpen refuses who may not open restricted evidence and what is no reason,
// and tells by what the person is named.
func (s *Service) mayOpen(ctx context.Context, actor access.Actor, req Request, reason string) ([]lawful.Identifier, string, error) {
	if err := actor.Require(access.ScopeRequests); err != nil {
		return nil, "", err
	}
	if actor.Kind != access.KindOperator && actor.Kind != access.KindLocal {
		return nil, "", problem.New(problem.Forbidden, "not_for_keys",
			"Restricted evidence is opened by an operator or on the machine that holds the data folder, never by an API key.")
	}
	var country string
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		c, err := s.register.Catalogue(ctx, tx, actor.Org)
		if err == nil {
			country = c.Organisation.Country
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	named, places := req.Subject.Identifiers(req.Source, country)
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < minReason || n > maxReason || strings.ContainsFunc(reason, unicode.IsControl) {
		places = append(places, problem.Place{
			Field: "reason", Detail: fmt.Sprintf("say in %d to %d characters, on one line, why it is opened", minReason, maxReason),
		})
	}
	ids := make([]lawful.Identifier, len(named))
	for i, id := range named {
		ids[i] = id.Identifier
		for _, value := range []string{id.Value, id.Given} {
			if value != "" && strings.Contains(strings.ToLower(reason), strings.ToLower(value)) {
				places = append(places, problem.Place{Field: "reason", Detail: "stays on record: leave out what names the person"})
				break
			}
		}
	}
	if len(places) > 0 || len(ids) == 0 {
		p := problem.New(problem.Invalid, "invalid_opening", "Name the person by email, phone, id (of a source), address or device, and give a reason.")
		p.Places = places
		return nil, "", p
	}
	return ids, reason, nil
}

// batches finds what is kept under any of the identifiers and has not ended.
func (s *Service) batches(ctx context.Context, tx *db.Tx, org string, ids []lawful.Identifier) ([]batch, error) {
	names, err := s.secrets.Names(ctx, tx, org, restrictedPrefix)
	if err != nil {
		return nil, err
	}
	byID := map[string]batch{}
	for _, name := range names {
		secrets, err := s.secrets.All(ctx, tx, org, name)
		if err != nil {
			return nil, err
		}
		for _, secret := range secrets {
			for _, id := range ids {
				rows, err := selectBatches(ctx, tx, org, name, subject.BlindUnder(secret.Key, id))
				if err != nil {
					return nil, err
				}
				for _, b := range rows {
					byID[b.id] = b
				}
			}
		}
	}
	var found []batch
	for _, b := range byID {
		found = append(found, b)
	}
	slices.SortFunc(found, func(a, b batch) int { return cmp.Or(a.until.Compare(b.until), cmp.Compare(a.id, b.id)) })
	return found, nil
}

func (s *Service) unseal(ctx context.Context, tx *db.Tx, org string, b batch) ([]Evidence, error) {
	secrets, err := s.secrets.All(ctx, tx, org, b.secret)
	if err != nil {
		return nil, err
	}
	for _, secret := range secrets {
		plain, err := secret.Key.Open(b.place(org), b.sealed)
		if errors.Is(err, seal.ErrSealed) {
			continue
		}
		var kept []Evidence
		if err := json.Unmarshal(plain, &kept); err != nil {
			return nil, fmt.Errorf("read evidence %s: %w", b.id, err)
		}
		return kept, nil
	}
	return nil, fmt.Errorf("open evidence %s: %w", b.id, seal.ErrSealed)
}

// expireRestricted destroys what has come to its day, and the secret of each
// month under which nothing is left. It says whether anything went.
func (s *Service) expireRestricted(ctx context.Context, tx *db.Tx, org string) (bool, error) {
	if ended, err := countEnded(ctx, tx, org); err != nil || ended == 0 {
		return false, err
	}
	if err := s.ledger.Hold(ctx, tx, org, []string{ledger.Own}); err != nil { // see destroy
		return false, err
	}
	if err := deleteEnded(ctx, tx, org); err != nil {
		return false, err
	}
	names, err := s.secrets.Names(ctx, tx, org, restrictedPrefix)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		left, err := countBatches(ctx, tx, org, name)
		if err != nil {
			return false, err
		}
		if left > 0 {
			continue
		}
		if err := s.secrets.Destroy(ctx, tx, org, name); err != nil {
			return false, err
		}
	}
	return true, nil
}
