// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Link says that two subjects are one person. Only an operator, or one trusted
// source that holds both identifiers, can say so. A link is an entry in each of
// the two chains and nothing else: nothing moves, so Unlink takes it back whole.
func (s *Subjects) Link(ctx context.Context, tx *db.Tx, actor access.Actor, a, b, source string) error {
	if a == b {
		return problem.New(problem.Invalid, "same_subject", "These two are one subject already.")
	}
	if actor.Kind != access.KindOperator && actor.Kind != access.KindLocal && source == "" {
		return problem.New(problem.Forbidden, "merge_not_allowed",
			"Only an operator, or a trusted source that holds both identifiers, can say that two subjects are one person.")
	}
	persons, err := s.Persons(ctx, tx, actor.Org, []string{a, b}, time.Time{})
	if err != nil || slices.Contains(persons[a].Chains, b) {
		return err
	}
	if len(persons[a].History) == 0 || len(persons[b].History) == 0 {
		return problem.New(problem.NotFound, "unknown_subject", "There is no such subject in this organisation.")
	}
	return s.tellBoth(ctx, tx, actor, linkFact{kind: lawful.KindLinked, a: a, b: b, source: source})
}

// Unlink takes a link back.
func (s *Subjects) Unlink(ctx context.Context, tx *db.Tx, actor access.Actor, a, b string) error {
	if err := actor.Require(access.ScopeAdmin); err != nil {
		return err
	}
	histories, err := s.histories(ctx, tx, actor.Org, []string{a})
	if err != nil {
		return err
	}
	if !slices.Contains(linkedTo(histories[a], time.Time{}), b) {
		return problem.New(problem.NotFound, "not_linked", "These two subjects are not linked.")
	}
	return s.tellBoth(ctx, tx, actor, linkFact{kind: lawful.KindUnlinked, a: a, b: b})
}

type linkFact struct{ kind, a, b, source string }

func (s *Subjects) tellBoth(ctx context.Context, tx *db.Tx, actor access.Actor, l linkFact) error {
	who := lawful.ActorOperator
	if l.source != "" {
		who = lawful.ActorSystem
	}
	var drafts []ledger.Draft
	for _, pair := range [][2]string{{l.a, l.b}, {l.b, l.a}} {
		body, err := json.Marshal(lawful.Fact{
			Kind: l.kind, Happened: tx.Now(), Actor: who, Source: l.source, Other: pair[1],
		})
		if err != nil {
			return fmt.Errorf("encode a link: %w", err)
		}
		drafts = append(drafts, ledger.Draft{Chain: pair[0], Kind: evidence.KindFact, Body: body, By: actor.By()})
	}
	_, err := s.ledger.Add(ctx, tx, actor.Org, drafts)
	return err
}

// SetHolder changes who an identifier is said to belong to.
func (s *Subjects) SetHolder(ctx context.Context, tx *db.Tx, actor access.Actor, held Held, holder string) error {
	if err := actor.Require(access.ScopeAdmin); err != nil {
		return err
	}
	switch holder {
	case HolderPerson, HolderShared, HolderOrganisation:
	default:
		return problem.New(problem.Invalid, "unknown_holder", "The holder of an identifier is person, shared or organisation.")
	}
	blind, err := s.Blind(ctx, tx, actor.Org, held.Identifier.Identifier)
	if err != nil {
		return err
	}
	found, err := updateHolder(ctx, tx, actor.Org, held.Chain, blind, holder)
	if err != nil {
		return err
	}
	if !found {
		return problem.New(problem.NotFound, "unknown_identifier", "This subject does not hold that identifier.")
	}
	body, err := json.Marshal(lawful.Fact{
		Kind: lawful.KindHolder, Happened: tx.Now(), Actor: lawful.ActorOperator,
		Identifiers: []lawful.Identifier{held.Identifier.Identifier}, Outcome: holder,
	})
	if err != nil {
		return fmt.Errorf("encode a holder: %w", err)
	}
	_, err = s.ledger.Add(ctx, tx, actor.Org, []ledger.Draft{{
		Chain: held.Chain, Kind: evidence.KindFact, Body: body, By: actor.By(),
	}})
	return err
}
