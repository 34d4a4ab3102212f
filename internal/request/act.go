// SPDX-License-Identifier: Apache-2.0

package request

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/seal"
)

// Confirm is the person's word that the request is theirs, through the link
// that was sent to their address.
func (s *Service) Confirm(ctx context.Context, actor access.Actor, id string) error {
	return s.change(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		if r.Proven() {
			return nil // said before
		}
		return s.identified(ctx, tx, r, said{who: ByPerson, by: actor})
	})
}

// Vouch is an operator's word that who asks is the person, shown in another way.
func (s *Service) Vouch(ctx context.Context, actor access.Actor, id string) error {
	return s.office(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		if r.Proven() {
			return nil
		}
		return s.identified(ctx, tx, r, said{who: ByOffice, by: actor})
	})
}

func (s *Service) identified(ctx context.Context, tx *db.Tx, r *row, d said) error {
	now := tx.Now()
	if r.Asked != nil {
		r.Given = &now
	}
	r.Identity, d.act = IdentityGiven, ActIdentityGiven
	return s.say(ctx, tx, r, d)
}

// Ask sends a link to the address given, to show that who asks reads its mail.
func (s *Service) Ask(ctx context.Context, actor access.Actor, id string) error {
	return s.office(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		if r.Proven() {
			return nil
		}
		if r.Contact.Email == "" {
			return problem.New(problem.Conflict, "no_address", "There is no e-mail address to write to.")
		}
		again, err := countSince(ctx, tx, r.Request, ActIdentityAsked, tx.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		if again > 0 {
			return problem.New(problem.TooMany, "asked_just_now", "The link was sent within the last hour.")
		}
		return s.ask(ctx, tx, r, said{who: ByOffice, by: actor})
	})
}

// ask notes that identity is asked for. The clock stands from the first time.
func (s *Service) ask(ctx context.Context, tx *db.Tx, r *row, d said) error {
	now := tx.Now()
	if r.Asked == nil {
		r.Asked = &now
	}
	r.Identity, d.act, d.mail = IdentityAsked, ActIdentityAsked, true
	return s.say(ctx, tx, r, d)
}

// Withdraw takes a request back, or says that it was never the person's.
func (s *Service) Withdraw(ctx context.Context, actor access.Actor, id string) error {
	return s.change(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		now := tx.Now()
		r.State, r.Closed = StateWithdrawn, &now
		return s.say(ctx, tx, r, said{act: ActWithdrawn, who: ByPerson, by: actor})
	})
}

// Say adds what the person writes.
func (s *Service) Say(ctx context.Context, actor access.Actor, id, text string) error {
	text = clean(text)
	if text == "" || len(text) > MaxMessage {
		return badText(MaxMessage)
	}
	return s.change(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		today, err := countSince(ctx, tx, r.Request, ActMessage, tx.Now().Add(-day))
		if err != nil {
			return err
		}
		if today >= maxMessages {
			return problem.New(problem.TooMany, "too_many_messages", "There are many messages from you today. Write again tomorrow.")
		}
		return s.say(ctx, tx, r, said{act: ActMessage, who: ByPerson, by: actor, text: text})
	})
}

// Reply writes to the person before the answer.
func (s *Service) Reply(ctx context.Context, actor access.Actor, id, text string) error {
	text = clean(text)
	if text == "" || len(text) > MaxAnswer {
		return badText(MaxAnswer)
	}
	return s.office(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		return s.say(ctx, tx, r, said{act: ActReply, who: ByOffice, by: actor, text: text, mail: true})
	})
}

// Extend makes the time to answer longer and tells the person why (GDPR art.
// 12(3)): once, and only while the first period runs.
func (s *Service) Extend(ctx context.Context, actor access.Actor, id, reason string) error {
	reason = clean(reason)
	if reason == "" || len(reason) > MaxAnswer {
		return badText(MaxAnswer)
	}
	return s.office(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		c, err := s.register.Catalogue(ctx, tx, r.org)
		if err != nil {
			return err
		}
		if _, ok := s.Extendable(c, r.Request, tx.Now()); !ok {
			return problem.New(problem.Conflict, "not_extendable",
				"This period can't be extended: it was once, it is over, or the law has no extension for it.")
		}
		now := tx.Now()
		r.Extended = &now
		return s.say(ctx, tx, r, said{act: ActExtended, who: ByOffice, by: actor, text: reason, mail: true})
	})
}

// Answer answers a request, and closes it.
func (s *Service) Answer(ctx context.Context, actor access.Actor, id, outcome, text string) error {
	text = clean(text)
	switch {
	case !slices.Contains(Outcomes(), outcome):
		return problem.New(problem.Invalid, "invalid_answer", "The answer can't be sent. Nothing was stored.").
			At(problem.Place{Field: "outcome", Detail: "say what came of it"})
	case text == "" || len(text) > MaxAnswer:
		return badText(MaxAnswer)
	}
	return s.office(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *row) error {
		now := tx.Now()
		r.State, r.Closed, r.Outcome = StateAnswered, &now, outcome
		return s.say(ctx, tx, r, said{act: ActAnswered, who: ByOffice, by: actor, text: text, mail: true})
	})
}

func badText(most int) error {
	return problem.New(problem.Invalid, "invalid_text", "Nothing was stored.").
		At(problem.Place{Field: "text", Detail: fmt.Sprintf("write something, in %d bytes at most", most)})
}

// office is a change by somebody who serves rights.
func (s *Service) office(ctx context.Context, actor access.Actor, id string, do func(context.Context, *db.Tx, *row) error) error {
	if err := actor.Require(access.ScopeRequests); err != nil {
		return err
	}
	return s.change(ctx, actor, id, do)
}

// change does one thing to a request that is open.
func (s *Service) change(ctx context.Context, actor access.Actor, id string, do func(context.Context, *db.Tx, *row) error) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.locked(ctx, tx, actor.Org, id)
		if err != nil {
			return err
		}
		if r.State == StateNew { // nobody has taken it up yet: this comes after
			if err := s.takeUp(ctx, tx, &r, takeUp{actor: stranger(r.org), ids: r.Contact.identifiers(), form: true}); err != nil {
				return err
			}
		}
		if !r.Open() {
			return closed()
		}
		if err := do(ctx, tx, &r); err != nil {
			return err
		}
		return s.keep(ctx, tx, r)
	})
}

// keep stores a request that was changed, with its time counted again.
func (s *Service) keep(ctx context.Context, tx *db.Tx, r row) error {
	var c *register.Catalogue
	c, err := s.register.Catalogue(ctx, tx, r.org)
	if err != nil {
		return err
	}
	if r.Due, err = s.dueAt(c, r.Request); err != nil {
		return err
	}
	return update(ctx, tx, r)
}

// locked reads a request for a change, with its key.
func (s *Service) locked(ctx context.Context, tx *db.Tx, org, id string) (row, error) {
	r, err := lock(ctx, tx, org, id)
	if err != nil {
		return r, err
	}
	return r, s.unlock(&r)
}

// unlock opens what is sealed of a request; of one whose key is destroyed there is nothing.
func (s *Service) unlock(r *row) error {
	if r.shredded {
		return nil
	}
	var err error
	if r.key, err = s.keys.Unwrap(r.epoch, r.wrapped, r.org, seal.RequestOwner(r.ID)); err != nil {
		return fmt.Errorf("open the key of a request: %w", err)
	}
	plain, err := r.key.Open(contactPlace(r.org, r.ID), r.sealed)
	if err != nil {
		return fmt.Errorf("open a contact: %w", err)
	}
	return json.Unmarshal(plain, &r.Contact)
}

// said is a step to be taken.
type said struct {
	act, who   string
	by         access.Actor
	text       string
	mail       bool  // the person is written to about it
	about      int64 // of a message handed over: the step it was about
	unrecorded bool  // its entry comes when it is taken up
	again      bool  // it is there, without its entry
}

// entryBody is the body of an entry about a request: nothing of it says who asks,
// or what they wrote. Text is a salted hash; its salt is kept with the text.
type entryBody struct {
	Request  string     `json:"request"`
	Act      string     `json:"act"`
	Right    string     `json:"right"`
	Via      string     `json:"via,omitempty"`
	Received *time.Time `json:"received,omitempty"`
	Due      *time.Time `json:"due,omitempty"`
	Outcome  string     `json:"outcome,omitempty"`
	About    int64      `json:"about,omitempty"`
	Text     string     `json:"text,omitempty"`
}

// written is a text as it is sealed.
type written struct {
	Salt []byte `json:"salt"`
	Text string `json:"text"`
}

func (w written) digest() string {
	sum := sha256.Sum256(append(slices.Clone(w.Salt), w.Text...))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// say takes a step: what was said is sealed, and that it was said is an entry of
// the person's chain, or of the organisation's where nobody is known.
func (s *Service) say(ctx context.Context, tx *db.Tx, r *row, d said) error {
	if d.again {
		return s.enter(ctx, tx, r, d)
	}
	step := stepRow{sealed: []byte{}}
	step.N, step.At, step.Act, step.Who = r.count+1, tx.Now(), d.act, d.who
	body := entryBody{Request: r.ID, Act: d.act, Right: r.Kind, Outcome: "", About: d.about}
	if d.act == ActAnswered {
		body.Outcome = r.Outcome
	}
	if d.text != "" {
		w := written{Salt: make([]byte, 16), Text: d.text}
		rand.Read(w.Salt) // never fails
		plain, err := json.Marshal(w)
		if err != nil {
			return fmt.Errorf("encode a text: %w", err)
		}
		step.sealed, body.Text = r.key.Seal(stepPlace(r.Request, step.N), plain), w.digest()
	}
	if now := tx.Now(); d.mail && r.Contact.Email != "" {
		step.mail = &now
		s.stir(tx)
	}
	if !d.unrecorded {
		if d.act == ActOpened {
			body.opens(r.Request)
		}
		var err error
		if step.Entry, err = s.record(ctx, tx, *r, d.by, body); err != nil {
			return err
		}
	}
	r.count = step.N
	return insertStep(ctx, tx, r.Request, step)
}

// enter gives the step that opened a request its entry.
func (s *Service) enter(ctx context.Context, tx *db.Tx, r *row, d said) error {
	steps, err := selectSteps(ctx, tx, r.org, r.ID)
	if err != nil {
		return err
	}
	body := entryBody{Request: r.ID, Act: d.act, Right: r.Kind}
	body.opens(r.Request)
	if len(steps[0].sealed) > 0 {
		w, err := open(r.Request, steps[0])
		if err != nil {
			return err
		}
		body.Text = w.digest()
	}
	entry, err := s.record(ctx, tx, *r, d.by, body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE request_step SET entry = $4
		WHERE org = $1 AND request = $2 AND n = $3`, r.org, r.ID, steps[0].N, entry)
	if err != nil {
		return fmt.Errorf("note the entry of a step: %w", err)
	}
	return nil
}

func (b *entryBody) opens(r Request) {
	b.Via, b.Received = r.Via, &r.Received
	if !r.Due.IsZero() {
		b.Due = &r.Due
	}
}

func (s *Service) record(ctx context.Context, tx *db.Tx, r row, by access.Actor, body entryBody) (string, error) {
	chain := r.Subject
	if chain == "" {
		chain = ledger.Own
	}
	return enterInto(ctx, tx, s.ledger, draft{r.org, chain, by.By(), body})
}

// draft is an entry about a request, and where it goes.
type draft struct {
	org, chain, by string
	body           entryBody
}

func enterInto(ctx context.Context, tx *db.Tx, l *ledger.Ledger, d draft) (string, error) {
	raw, err := json.Marshal(d.body)
	if err != nil {
		return "", fmt.Errorf("encode a request: %w", err)
	}
	added, err := l.Add(ctx, tx, d.org, []ledger.Draft{{Chain: d.chain, Kind: evidence.KindRequest, Body: raw, By: d.by}})
	if err != nil {
		return "", err
	}
	return added[0].ID, nil
}

func open(r Request, s stepRow) (written, error) {
	var w written
	plain, err := r.key.Open(stepPlace(r, s.N), s.sealed)
	if err != nil {
		return w, fmt.Errorf("open a text of a request: %w", err)
	}
	return w, json.Unmarshal(plain, &w)
}

func stepPlace(r Request, n int64) string {
	return fmt.Sprintf("request step\x00%s\x00%s\x00%d", r.org, r.ID, n)
}
