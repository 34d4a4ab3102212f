// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

// FactsRequest is what POST /v1/facts takes. A balancing test has no subject;
// everything else has.
type FactsRequest struct {
	Subject     Subject `json:"subject,omitzero"`
	Facts       []Fact  `json:"facts"`
	Source      string  `json:"source,omitempty"`
	Idempotency string  `json:"idempotency_key,omitempty"`
}

// Fact is one fact of a request, with the fields of its kind.
type Fact struct {
	Kind           string    `json:"kind"`
	At             time.Time `json:"at"`
	Channel        string    `json:"channel,omitempty"`
	Purpose        string    `json:"purpose,omitempty"`
	Act            string    `json:"act,omitempty"`
	Date           string    `json:"date,omitempty"`
	Age            int       `json:"age,omitempty"`
	Country        string    `json:"country,omitempty"`
	Register       string    `json:"register,omitempty"`
	Signal         string    `json:"signal,omitempty"`
	Outcome        string    `json:"outcome,omitempty"`
	Products       []string  `json:"products,omitempty"`
	SimilarTo      []string  `json:"similar_to,omitempty"`
	AddressGiven   bool      `json:"address_given,omitempty"`
	Informed       bool      `json:"informed,omitempty"`
	RefusalOffered bool      `json:"refusal_offered,omitempty"`
	EasyRevocation bool      `json:"easy_revocation,omitempty"`
	Topics         []string  `json:"topics,omitempty"`
	Rhythm         string    `json:"rhythm,omitempty"`
}

// FromFacts does for facts what FromRequest does for choices.
func FromFacts(rules *lawful.Rules, actor access.Actor, req FactsRequest, now time.Time) (Record, error) {
	if actor.May(access.ScopeCollect) {
		return Record{}, problem.New(problem.Forbidden, "wrong_scope",
			"A public key records choices only: what a stranger says of somebody is no fact.")
	}
	c := checker{rules: rules, actor: actor, now: now}
	r := Record{Idempotency: req.Idempotency}
	source := c.source(req.Source)
	if len(req.Facts) == 0 || len(req.Facts) > MaxFacts {
		c.wrong("facts", fmt.Sprintf("give from 1 to %d facts", MaxFacts))
	}
	balancing := 0
	for i, f := range req.Facts {
		c.fact(fmt.Sprintf("facts[%d]", i), f)
		r.Facts = append(r.Facts, f.lawful(actorOf(actor, source), req.Source))
		if f.Kind == lawful.KindBalancingTest {
			balancing++
		}
	}
	c.contradictions(req.Facts)
	switch {
	case balancing == 0:
		r.Subject = c.subject(req.Subject, req.Source)
	case balancing < len(req.Facts) || req.Subject != (Subject{}):
		c.wrong("subject", "a balancing test is about nobody in particular: send it alone and without a subject")
	}
	return c.done(r, req)
}

func (f Fact) lawful(actor, source string) lawful.Fact {
	return lawful.Fact{
		Kind: f.Kind, Happened: f.At, Actor: actor, Source: source, Channel: f.Channel, Purpose: f.Purpose,
		Act: f.Act, Date: f.Date, Age: f.Age, Country: place(f.Country), Register: f.Register, Signal: f.Signal,
		Outcome: f.Outcome, Products: f.Products, SimilarTo: f.SimilarTo, AddressGiven: f.AddressGiven,
		Informed: f.Informed, RefusalOffered: f.RefusalOffered, EasyRevocation: f.EasyRevocation,
		Topics: f.Topics, Rhythm: f.Rhythm,
	}
}

// fact checks one fact of a request: a known kind, what it needs, at a time that has passed.
func (c *checker) fact(place string, f Fact) {
	if f.At.IsZero() {
		c.wrong(place+".at", "give the time it happened")
	} else {
		c.time(place+".at", &f.At)
	}
	needs, known := c.needs(f)
	if !known {
		c.wrong(place+".kind", "is not one of the kinds of fact")
	}
	for _, n := range needs {
		if !n.ok {
			c.wrong(place+"."+n.field, n.detail)
		}
	}
}

// offered refuses preferences for what a purpose does not offer.
func offered(c *register.Catalogue, facts []Fact) error {
	p := invalid()
	for i, f := range facts {
		purpose, _ := c.Purpose(f.Purpose)
		switch {
		case f.Kind != lawful.KindPreference && (len(f.Topics) > 0 || f.Rhythm != ""):
			p = p.At(problem.Place{Field: fmt.Sprintf("facts[%d]", i), Detail: "topics and rhythm are of a preference"})
		case f.Kind == lawful.KindPreference && (!purpose.Preferable() || !purpose.Offers(f.Topics, f.Rhythm)):
			p = p.At(problem.Place{
				Field: fmt.Sprintf("facts[%d]", i), Detail: "name one or more topics, each once, and a rhythm, of those that the purpose offers",
			})
		}
	}
	if len(p.Places) == 0 {
		return nil
	}
	return p
}

// need is something a fact must have.
type need struct {
	field  string
	ok     bool
	detail string
}

// needs says what a kind of fact needs, and whether the kind is one that can be sent.
func (c *checker) needs(f Fact) ([]need, bool) {
	channel := need{"channel", slices.Contains(lawful.Channels(), f.Channel), "is not a channel"}
	purpose := need{"purpose", len(c.rules.Purposes[f.Purpose]) > 0, "name a declared purpose"}
	switch f.Kind {
	case lawful.KindSale, lawful.KindRelationOpened, lawful.KindRelationClosed, lawful.KindParentalConsent,
		lawful.KindDeceased, lawful.KindRestriction, lawful.KindRestrictionLift:
		return nil, true
	case lawful.KindActivity:
		acts := []string{"purchase", "click", "login", "profile", "contact", "open"}
		return []need{{"act", slices.Contains(acts, f.Act), "is one of purchase, click, login, profile, contact, open"}}, true
	case lawful.KindBirthDate:
		born, err := time.Parse(time.DateOnly, f.Date)
		return []need{{"date", err == nil && !born.After(c.now), "is a day that has passed, as 1980-02-29"}}, true
	case lawful.KindDeclaredAge:
		return []need{{"age", f.Age > 0 && f.Age < 150, "is a number of years"}}, true
	case lawful.KindResidence:
		return []need{{"country", isPlace(place(f.Country)), "is a country of ISO 3166, as IT, or a part of one, as US-CA"}}, true
	case lawful.KindRegisterChecked, lawful.KindRegisterListed:
		known := c.registers()
		return []need{{"register", slices.Contains(known, f.Register), "is an opposition register that a pack of law knows: " + strings.Join(known, ", ")}}, true
	case lawful.KindSignal:
		return []need{{"signal", f.Signal == "gpc", "is gpc"}}, true
	case lawful.KindUndeliverable, lawful.KindDeliverable:
		return []need{channel}, true
	case lawful.KindContacted:
		return []need{channel, purpose}, true
	case lawful.KindPreference:
		return []need{purpose}, true // what it offers is for offered to say
	case lawful.KindBalancingTest:
		return []need{purpose, {"outcome", f.Outcome == "passed" || f.Outcome == "failed", "is passed or failed"}}, true
	}
	return nil, false
}
