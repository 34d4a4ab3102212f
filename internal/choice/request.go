// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Subject names a person by one or more identifiers.
type Subject struct {
	Email   string           `json:"email,omitempty"`
	Phone   string           `json:"phone,omitempty"`
	ID      string           `json:"id,omitempty"` // of the source
	Address *subject.Address `json:"address,omitempty"`
	Device  string           `json:"device,omitempty"`
}

// Request is what POST /v1/choices takes.
type Request struct {
	Subject     Subject           `json:"subject"`
	Choices     []Choice          `json:"choices"`
	Source      string            `json:"source,omitempty"`
	Notice      *lawful.NoticeRef `json:"notice,omitempty"`
	At          *time.Time        `json:"at,omitempty"` // when it happened, as stated; the server's time where left out
	Evidence    *lawful.Evidence  `json:"evidence,omitempty"`
	Signal      string            `json:"signal,omitempty"` // gpc: what the browser said beside the choice
	Idempotency string            `json:"idempotency_key,omitempty"`
}

// Choice is one decision of a request.
type Choice struct {
	Purpose string `json:"purpose,omitempty"`
	Channel string `json:"channel,omitempty"`
	Choice  string `json:"choice"`
	Data    string `json:"data,omitempty"` // the one kind of data of the purpose it is about, on every channel
}

// Limits of a request.
const (
	MaxFacts = 100
	maxText  = 20_000
)

// FromRequest checks a request against what the organisation has declared and
// makes a record of it. Everything that is wrong is told at once, by its place.
func FromRequest(rules *lawful.Rules, actor access.Actor, req Request, now time.Time) (Record, error) {
	c := checker{rules: rules, actor: actor, now: now}
	r := Record{Idempotency: req.Idempotency, Subject: c.subject(req.Subject, req.Source)}
	source := c.source(req.Source)
	at := c.time("at", req.At)
	if len(req.Choices) == 0 || len(req.Choices) > MaxFacts {
		c.wrong("choices", fmt.Sprintf("give from 1 to %d choices", MaxFacts))
	}
	c.notice(req.Notice)
	c.evidence(req.Evidence)
	browser := anonymous(r.Subject)
	shown := dated(req, actorOf(actor, source))
	if browser {
		shown = minimal(shown)
	}
	for i, want := range req.Choices {
		place := fmt.Sprintf("choices[%d]", i)
		c.choice(place, want)
		if want.Choice == lawful.Given {
			c.yes(place, want, req, r.Subject, source)
		}
		if want.Choice == lawful.Confirmed && actor.May(access.ScopeCollect) {
			c.wrong(place+".choice", "a public key can't confirm: the confirmation comes through the address itself")
		}
		r.Facts = append(r.Facts, lawful.Fact{
			Kind: lawful.KindChoice, Happened: at, Actor: actorOf(actor, source), Source: req.Source,
			Choice: &lawful.Choice{
				Purpose: want.Purpose, Channel: want.Channel, Choice: want.Choice,
				Notice: req.Notice, Evidence: shown, Data: want.Data,
			},
		})
	}
	if req.Signal != "" {
		c.signal(req.Signal, browser)
		r.Facts = append(r.Facts, lawful.Fact{
			Kind: lawful.KindSignal, Happened: before(at, now), Actor: actorOf(actor, source), Source: req.Source, Signal: req.Signal,
		})
	}
	return c.done(r, req)
}

// dated marks evidence of an act that others took, a seller or a partner: it
// dates the act where the request does and shows the text or the page it was done on.
func dated(req Request, actor string) *lawful.Evidence {
	e := req.Evidence
	if e == nil || actor != lawful.ActorImport || req.At == nil || e.Method == "import" || e.Text == "" && e.URL == "" {
		return e
	}
	shown := *e
	shown.Dated = true
	return &shown
}

// actorOf says who acted, from who calls and where the data comes from.
func actorOf(actor access.Actor, source *lawful.Source) string {
	switch actor.Kind {
	case access.KindOperator:
		return lawful.ActorOperator
	case access.KindPerson:
		return lawful.ActorPerson
	}
	if source == nil {
		return lawful.ActorSystem
	}
	switch source.Kind {
	case lawful.SourceForm, lawful.SourceShop, lawful.SourceApp, lawful.SourcePhone, lawful.SourceEvent, lawful.SourceSocial:
		return lawful.ActorPerson
	case lawful.SourceOperator:
		return lawful.ActorOperator
	case lawful.SourceAPI:
		return lawful.ActorSystem
	}
	return lawful.ActorImport
}

// checker collects what is wrong with a request.
type checker struct {
	rules  *lawful.Rules
	actor  access.Actor
	now    time.Time
	known  []string // registers, once they were asked for
	places []problem.Place
}

func (c *checker) wrong(field, detail string) {
	c.places = append(c.places, problem.Place{Field: field, Detail: detail})
}

func (c *checker) done(r Record, req any) (Record, error) {
	if len(c.places) > 0 {
		p := invalid()
		p.Places = c.places
		return Record{}, p
	}
	var err error
	if r.Request, err = json.Marshal(req); err != nil {
		return Record{}, fmt.Errorf("encode a request: %w", err)
	}
	return r, nil
}

func invalid() *problem.Problem {
	return problem.New(problem.Invalid, "invalid_request", "The request can't be recorded. Nothing was stored.")
}

func (c *checker) subject(s Subject, source string) []subject.Identifier {
	ids, places := s.Identifiers(source, c.rules.Organisation.Country)
	c.places = append(c.places, places...)
	if len(ids) == 0 && len(places) == 0 {
		c.wrong("subject", "name the person: by email, phone, id (of the source), address or device")
	}
	return ids
}

// Identifiers normalises what names a person. What can't be read is told by place.
func (s Subject) Identifiers(source, country string) ([]subject.Identifier, []problem.Place) {
	var ids []subject.Identifier
	var places []problem.Place
	given := [][2]string{
		{lawful.IDEmail, s.Email}, {lawful.IDPhone, s.Phone}, {lawful.IDSource, s.ID}, {lawful.IDDevice, s.Device},
	}
	if s.Address != nil {
		raw, err := json.Marshal(s.Address)
		if err == nil {
			given = append(given, [2]string{lawful.IDAddress, string(raw)})
		}
	}
	for _, g := range given {
		if g[1] == "" {
			continue
		}
		id, err := subject.Normalise(g[0], g[1], source, country)
		if p := problem.As(err); p != nil {
			places = append(places, p.Places...)
			continue
		}
		ids = append(ids, id)
	}
	return ids, places
}

func (c *checker) source(id string) *lawful.Source {
	if id == "" {
		return nil
	}
	versions := c.rules.Sources[id]
	if len(versions) == 0 {
		c.wrong("source", "this source is not declared: add it to the file that lecito apply reads")
		return nil
	}
	return &versions[len(versions)-1]
}

func (c *checker) time(field string, at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	if at.After(c.now) {
		c.wrong(field, "is in the future: give the time it happened, with its zone, or leave it out")
	}
	if at.Year() < 1970 {
		c.wrong(field, "is before 1970")
	}
	return *at
}

func (c *checker) notice(n *lawful.NoticeRef) {
	if n == nil {
		return
	}
	known := slices.ContainsFunc(c.rules.Notices[n.ID], func(v lawful.Notice) bool { return v.Version == n.Version })
	if !known {
		c.wrong("notice", "this version of the notice was never published")
	}
}

func (c *checker) evidence(e *lawful.Evidence) {
	if e == nil {
		return
	}
	if !slices.Contains(lawful.Methods(), e.Method) {
		c.wrong("evidence.method", "is not one of the methods")
	}
	if e.Default != "" && e.Default != "ticked" && e.Default != "unticked" {
		c.wrong("evidence.default", "is ticked or unticked")
	}
	if len(e.Text) > maxText || len(e.URL) > maxText || len(e.UserAgent) > maxText || len(e.Message) > maxText {
		c.wrong("evidence", fmt.Sprintf("a text is longer than %d bytes", maxText))
	}
	if e.Dated {
		c.wrong("evidence.dated", "is set by imports only")
	}
}

func (c *checker) choice(place string, want Choice) {
	if want.Data != "" {
		c.data(place, want)
		return
	}
	switch want.Choice {
	case lawful.Given, lawful.Confirmed:
		if want.Purpose == "" || want.Channel == "" {
			c.wrong(place, "a yes and its confirmation name their purpose and channel")
		}
	case lawful.Refused, lawful.Withdrawn, lawful.Objected:
	default:
		c.wrong(place+".choice", "is one of given, refused, withdrawn, objected, confirmed")
	}
	versions := c.rules.Purposes[want.Purpose]
	if want.Purpose != "" && len(versions) == 0 {
		c.wrong(place+".purpose", "this purpose is not declared: add it to the file that lecito apply reads")
	}
	if want.Channel != "" && !slices.Contains(lawful.Channels(), want.Channel) {
		c.wrong(place+".channel", "is not a channel")
		return
	}
	if want.Choice == lawful.Given && len(versions) > 0 && !slices.Contains(versions[len(versions)-1].Channels, want.Channel) {
		c.wrong(place+".channel", "this purpose does not declare that channel")
	}
}

// data checks a choice about one kind of data. Who says yes through a public key
// may be a stranger, and there is no confirmation of it: they can only say no.
func (c *checker) data(place string, want Choice) {
	versions := c.rules.Purposes[want.Purpose]
	if len(versions) == 0 {
		c.wrong(place+".purpose", "a choice about a kind of data names a declared purpose")
		return
	}
	declared := slices.ContainsFunc(versions[len(versions)-1].Data, func(d lawful.Data) bool { return d.Name == want.Data && d.Optional })
	switch want.Choice {
	case lawful.Given, lawful.Refused, lawful.Withdrawn, lawful.Objected:
	default:
		c.wrong(place+".choice", "about a kind of data, is one of given, refused, withdrawn, objected")
	}
	switch {
	case !declared:
		c.wrong(place+".data", "this purpose declares no such optional data: a no to what it needs is a no to the purpose")
	case want.Channel != "":
		c.wrong(place+".channel", "a choice about a kind of data holds on every channel: leave it out")
	case want.Choice == lawful.Given && c.actor.May(access.ScopeCollect):
		c.wrong(place+".choice", "a public key can't allow a kind of data again: the person does, where we know them")
	}
}

// yes asks for what a consent must come with (GDPR art. 7(1)).
func (c *checker) yes(place string, want Choice, req Request, ids []subject.Identifier, source *lawful.Source) {
	if source == nil {
		c.wrong("source", "a yes says where it comes from")
	}
	if req.Notice == nil && (source == nil || source.Notice == "") {
		c.wrong("notice", "a yes names the notice that was shown")
	}
	if req.Evidence == nil && (source == nil || source.Kind != lawful.SourceImport) {
		c.wrong("evidence", "a yes comes with its evidence")
	}
	reaches := slices.ContainsFunc(ids, func(id subject.Identifier) bool {
		return want.Data != "" || id.Kind == lawful.IDSource || lawful.Reaches(want.Channel, id.Kind)
	})
	if len(ids) > 0 && !reaches {
		c.wrong(place, "the subject has no identifier that this channel reaches")
	}
}
