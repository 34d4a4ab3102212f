// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

// registers are the names of opposition registers that some pack of law knows,
// in use or not: a check can be on record before its law is switched on; and
// those the organisation named in place of a pack's.
func (c *checker) registers() []string {
	if c.known != nil {
		return c.known
	}
	var names []string
	channels := lawful.Channels()
	add := func(topic string, words []string) {
		if channel, ok := strings.CutPrefix(topic, lawful.TopicRegister); ok && slices.Contains(channels, channel) {
			names = append(names, words...)
		}
	}
	for _, pack := range law.Packs() {
		for _, rule := range pack.Rules {
			add(rule.Topic, rule.Value.Words)
		}
	}
	for _, pack := range c.rules.Law {
		for topic, versions := range pack.Rules {
			for _, v := range versions {
				add(topic, v.Words)
			}
		}
	}
	slices.Sort(names)
	c.known = slices.Compact(names)
	return c.known
}

// place gives a place in the form it has in rules: IT, US-CA.
func place(country string) string { return strings.ToUpper(strings.TrimSpace(country)) }

// isPlace tells whether a place is a country of ISO 3166-1, or a part of one of
// ISO 3166-2. Parts are checked one by one where the law differs between them.
func isPlace(country string) bool {
	country, part, divided := strings.Cut(country, "-")
	if !register.IsCountry(country) {
		return false
	}
	if known := parts(country); divided && known != "" {
		return len(part) == 2 && slices.Contains(strings.Fields(known), part)
	}
	letters := func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' }
	return !divided || part != "" && len(part) <= 3 && strings.IndexFunc(part, func(r rune) bool { return !letters(r) }) < 0
}

// parts are the codes of ISO 3166-2 of the states of a federation that make laws of their own on this.
func parts(country string) string {
	switch country {
	case "US":
		return "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND " +
			"OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI"
	case "CA":
		return "AB BC MB NB NL NS NT NU ON PE QC SK YT"
	}
	return ""
}

// contradictions refuses a request whose facts can't all be true.
func (c *checker) contradictions(facts []Fact) {
	for i := range facts {
		for j := range facts[:i] {
			if detail := against(facts[i], facts[j]); detail != "" {
				c.wrong(fmt.Sprintf("facts[%d]", i), fmt.Sprintf("contradicts facts[%d]: %s", j, detail))
				break
			}
		}
	}
}

// against says why two facts of one person can't both be true, or nothing.
func against(a, b Fact) string {
	if detail := againstBirth(a, b) + againstBirth(b, a); detail != "" {
		return detail
	}
	same := a.At.Equal(b.At)
	switch {
	case a.Kind == lawful.KindBirthDate && b.Kind == a.Kind && a.Date != b.Date:
		return "a person has one birth date"
	case same && pair(a, b, lawful.KindRestriction, lawful.KindRestrictionLift):
		return "restricted and no longer restricted at the same instant"
	case same && a.Channel == b.Channel && pair(a, b, lawful.KindUndeliverable, lawful.KindDeliverable):
		return "deliverable and undeliverable at the same instant"
	case same && a.Kind == lawful.KindBalancingTest && b.Kind == a.Kind && a.Purpose == b.Purpose && a.Outcome != b.Outcome:
		return "a test of the same purpose passed and failed at the same instant"
	}
	return ""
}

func pair(a, b Fact, one, other string) bool {
	return a.Kind == one && b.Kind == other || a.Kind == other && b.Kind == one
}

// againstBirth says why a fact can't be true of somebody born on a day. Ages are
// told roughly, and time zones are not known: a year, and a day, are let pass.
func againstBirth(birth, f Fact) string {
	if birth.Kind != lawful.KindBirthDate || f.Kind == lawful.KindBirthDate {
		return ""
	}
	born, err := time.Parse(time.DateOnly, birth.Date)
	if err != nil {
		return ""
	}
	if f.At.Before(born.AddDate(0, 0, -1)) {
		return "it happened before the person was born"
	}
	if f.Kind != lawful.KindDeclaredAge {
		return ""
	}
	y, m, d := f.At.UTC().Date()
	age := y - born.Year()
	if m < born.Month() || m == born.Month() && d < born.Day() {
		age--
	}
	if f.Age > age+1 || f.Age < age-1 {
		return "the age and the birth date are more than a year apart"
	}
	return ""
}

// planned decides where a command's facts go, and refuses a relation that was
// closed before any was opened, on record or by the command itself. What is
// refused leaves met as it was.
func (s *Service) planned(ctx context.Context, tx *db.Tx, c command, m *met, rules *lawful.Rules) (plan, error) {
	closes := slices.ContainsFunc(c.record.Facts, func(f lawful.Fact) bool { return f.Kind == lawful.KindRelationClosed })
	if !closes {
		return resolve(c, *m, rules)
	}
	made := maps.Clone(m.made)
	p, err := resolve(c, *m, rules)
	if err == nil {
		err = s.opened(ctx, tx, c, p)
	}
	if err != nil {
		m.made = made
	}
	return p, err
}

// opened refuses a closing that is before every opening there is. Where none is
// known, the relation is from before the record began.
func (s *Service) opened(ctx context.Context, tx *db.Tx, c command, p plan) error {
	facts := slices.Clone(c.record.Facts)
	for _, t := range p.targets {
		if t.fresh {
			continue
		}
		persons, err := s.subjects.Persons(ctx, tx, c.actor.Org, []string{t.chain}, tx.Now())
		if err != nil {
			return err
		}
		for _, f := range persons[t.chain].History {
			facts = append(facts, f.Fact)
		}
	}
	var first time.Time
	for _, f := range facts {
		if f.Kind == lawful.KindRelationOpened && (first.IsZero() || f.Happened.Before(first)) {
			first = f.Happened
		}
	}
	refused := invalid()
	for i, f := range c.record.Facts {
		if f.Kind == lawful.KindRelationClosed && f.Happened.Before(first) {
			refused = refused.At(problem.Place{
				Field: fmt.Sprintf("facts[%d].at", i), Detail: "is before every opening of a relation, on record or in the request",
			})
		}
	}
	if len(refused.Places) == 0 {
		return nil
	}
	return refused
}
