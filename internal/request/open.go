// SPDX-License-Identifier: Apache-2.0

package request

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Opening is what somebody asks.
type Opening struct {
	Kind     string
	Via      string
	Language string
	Message  string
	Contact  Contact
	// Chain is the person a signed link proves to be the one who asks.
	Chain string
	// Subject names the person to a system or an operator of the organisation's.
	Subject  []subject.Identifier
	Proven   bool      // whoever opens it has made sure who asks
	Received time.Time // zero: now
	// Once is the caller's key: the same key and content is the same request.
	Once string
}

// Open takes a request in, durably, before it returns. Of a stranger's nothing
// is looked up yet, so that it takes as long for everybody: the worker takes it
// up as soon as it is stored.
func (s *Service) Open(ctx context.Context, actor access.Actor, o Opening) (Request, error) {
	if o.Via != ViaForm && o.Via != ViaLink {
		if err := actor.Require(access.ScopeRequests); err != nil {
			return Request{}, err
		}
	}
	if err := o.check(); err != nil {
		return Request{}, err
	}
	var r row
	open := func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = s.open(ctx, tx, actor, o)
		return err
	}
	err := s.db.Write(ctx, open)
	if db.IsConstraint(err) { // somebody was quicker under the same key
		err = s.db.Write(ctx, open)
	}
	return r.Request, err
}

// check refuses what can't be asked, and cleans the text.
func (o *Opening) check() error {
	p := problem.New(problem.Invalid, "invalid_request", "The request can't be taken in. Nothing was stored.")
	if !slices.Contains(Kinds(), o.Kind) {
		p = p.At(problem.Place{Field: "right", Detail: "is one of " + strings.Join(Kinds(), ", ")})
	}
	o.Message = clean(o.Message)
	if len(o.Message) > MaxMessage {
		p = p.At(problem.Place{Field: "message", Detail: fmt.Sprintf("is longer than %d bytes", MaxMessage)})
	}
	if o.Via != ViaLink && o.Contact == (Contact{}) && len(o.Subject) == 0 {
		p = p.At(problem.Place{Field: "subject", Detail: "say who asks: by e-mail address, or by another identifier"})
	}
	if len(p.Places) > 0 {
		return p
	}
	return nil
}

// clean keeps what can be read of a text: no control characters but new lines,
// and none that turn the order of others round.
func clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return -1
		}
		return c
	}, text))
}

func (s *Service) open(ctx context.Context, tx *db.Tx, actor access.Actor, o Opening) (row, error) {
	once, askedAs, err := s.onceOf(ctx, tx, actor.Org, o)
	if err != nil {
		return row{}, err
	}
	if once != nil {
		id, as, err := selectOnce(ctx, tx, actor.Org, once)
		if err == nil && !bytes.Equal(as, askedAs) {
			return row{}, ledger.KeyReused()
		}
		if err == nil {
			return selectOne(ctx, tx, actor.Org, id)
		}
		if !errors.Is(err, db.ErrNone) {
			return row{}, fmt.Errorf("find a request by its key: %w", err)
		}
	}
	r, err := s.make(ctx, tx, actor.Org, o)
	if err != nil {
		return row{}, err
	}
	r.once, r.askedAs = once, askedAs
	if err := insert(ctx, tx, r); err != nil {
		return row{}, err
	}
	if o.Via == ViaForm {
		if err := s.say(ctx, tx, &r, said{act: ActOpened, who: ByPerson, text: o.Message, unrecorded: true}); err != nil {
			return row{}, err
		}
		s.stir(tx)
		return r, update(ctx, tx, r)
	}
	ids, err := s.namedBy(ctx, tx, r, o)
	if err != nil {
		return row{}, err
	}
	if err := s.takeUp(ctx, tx, &r, takeUp{actor: actor, ids: ids, message: o.Message, proven: o.Proven || o.Via == ViaLink}); err != nil {
		return row{}, err
	}
	return r, update(ctx, tx, r)
}

// onceOf hashes the caller's key and what is asked under it. Through a form the
// content is part of the key: who goes back and writes something else asks something else.
func (s *Service) onceOf(ctx context.Context, tx *db.Tx, org string, o Opening) (once, askedAs []byte, err error) {
	if o.Once == "" {
		return nil, nil, nil
	}
	secret, err := s.secrets.Current(ctx, tx, org, seal.Idempotency)
	if err != nil {
		return nil, nil, err
	}
	content, err := json.Marshal([]any{o.Kind, o.Message, o.Contact, o.Chain, o.Subject, o.Proven, o.Received})
	if err != nil {
		return nil, nil, fmt.Errorf("encode a request: %w", err)
	}
	askedAs = secret.Key.Blind("request opened", string(content))
	key := o.Via + "\x00" + o.Once
	if o.Via == ViaForm || o.Via == ViaLink {
		key += "\x00" + string(askedAs)
	}
	return secret.Key.Blind("request once", key), askedAs, nil
}

// make makes the row of a request, with a key of its own.
func (s *Service) make(ctx context.Context, tx *db.Tx, org string, o Opening) (row, error) {
	c, err := s.register.Catalogue(ctx, tx, org)
	if err != nil {
		return row{}, err
	}
	r := row{}
	r.org, r.ID, r.Kind, r.State, r.Via, r.Language = org, ledger.NewID("req"), o.Kind, StateNew, o.Via, o.Language
	r.Subject, r.Contact, r.Received, r.Identity = o.Chain, o.Contact, tx.Now(), IdentityNone
	if !o.Received.IsZero() {
		if r.Received = o.Received.UTC().Truncate(time.Microsecond); r.Received.After(tx.Now()) || r.Received.Year() < 2018 {
			return row{}, problem.New(problem.Invalid, "invalid_request", "The request can't be taken in. Nothing was stored.").
				At(problem.Place{Field: "received", Detail: "is in the future, or before the law began to apply"})
		}
	}
	if proven(o.Kind) {
		r.Identity = IdentityWanted
	}
	if r.Language == "" {
		r.Language = c.Organisation.Language
	}
	if r.Due, err = s.dueAt(c, r.Request); err != nil {
		return row{}, err
	}
	if o.Contact.Email != "" {
		id := lawful.Identifier{Kind: lawful.IDEmail, Value: o.Contact.Email}
		if r.address, err = s.subjects.Blind(ctx, tx, org, id); err != nil {
			return row{}, err
		}
	}
	r.key = seal.NewKey()
	if r.epoch, r.wrapped, err = s.keys.Wrap(r.key, org, seal.RequestOwner(r.ID)); err != nil {
		return row{}, err
	}
	contact, err := json.Marshal(o.Contact)
	if err != nil {
		return row{}, fmt.Errorf("encode a contact: %w", err)
	}
	r.sealed = r.key.Seal(contactPlace(org, r.ID), contact)
	return r, nil
}

// namedBy are the identifiers a request is about: those that were stated, or of
// who holds a link all that are on record.
func (s *Service) namedBy(ctx context.Context, tx *db.Tx, r row, o Opening) ([]subject.Identifier, error) {
	if o.Chain == "" {
		return append(o.Contact.identifiers(), o.Subject...), nil
	}
	held, err := s.subjects.Identifiers(ctx, tx, r.org, []string{o.Chain})
	if err != nil {
		return nil, err
	}
	var ids []subject.Identifier
	for _, h := range held {
		ids = append(ids, h.Identifier)
	}
	if len(ids) == 0 {
		return nil, problem.New(problem.NotFound, "unknown_subject", "There is no such subject in this organisation.")
	}
	return ids, nil
}

// identifiers are those of a contact, the one that tells most first. They are
// normalised already.
func (c Contact) identifiers() []subject.Identifier {
	var ids []subject.Identifier
	for _, id := range []lawful.Identifier{{Kind: lawful.IDEmail, Value: c.Email}, {Kind: lawful.IDPhone, Value: c.Phone}} {
		if id.Value != "" {
			ids = append(ids, subject.Identifier{Identifier: id, Given: id.Value})
		}
	}
	return ids
}

func contactPlace(org, id string) string { return "request\x00" + org + "\x00" + id }
