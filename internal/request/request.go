// SPDX-License-Identifier: Apache-2.0

// Package request is what people ask of an organisation about their data (GDPR
// arts 15 to 22), and the problems they raise: opened, their identity asked for
// where that is needed, extended once, answered, with the clock of the law running.
//
// What it promises: a request is kept once it is acknowledged, and is never
// closed without an answer or the person's own word; whether somebody is known
// changes nothing a stranger can see, because that is looked up after they were
// answered; an objection works at once and asks for no proof (art. 21(3)); a
// period is extended once, with a reason, while it still runs (art. 12(3));
// every step is an entry of the ledger, in the person's chain where one is known
// and in the organisation's otherwise, and says nothing about the person; what
// they wrote is sealed under a key of the request's own.
//
// An erasure destroys that key where the request was answered. Where it was not,
// the person still has a right to their answer: the key lives until thirty days
// after that. What stays is that a request was made, of which kind, and when it
// was answered.
//
// Where it is weak: who reads mail sent to an address is taken for who the
// address is held by; a message may be sent twice where the program dies between
// handing it over and noting so; the work in the systems is somebody's to do.
package request

import (
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
)

// Kinds of request.
const (
	Access        = "access"        // GDPR art. 15
	Portability   = "portability"   // art. 20
	Rectification = "rectification" // art. 16
	Erasure       = "erasure"       // art. 17
	Restriction   = "restriction"   // art. 18
	Objection     = "objection"     // art. 21
	HumanReview   = "human_review"  // art. 22(3)
	Problem       = "problem"       // anything; not a complaint to the authority
)

// Kinds lists them in the order a person meets them.
func Kinds() []string {
	return []string{Access, Portability, Rectification, Erasure, Restriction, Objection, HumanReview, Problem}
}

// proven tells whether such a request is answered only to who is shown to be
// the person: everything that gives away data or changes it.
func proven(kind string) bool { return kind != Objection && kind != Problem }

// States of a request.
const (
	StateNew       = "new" // taken in from a stranger; who they are is not looked up yet
	StateOpen      = "open"
	StateAnswered  = "answered"
	StateWithdrawn = "withdrawn" // by the person, or because it was not theirs
)

// States lists them.
func States() []string { return []string{StateNew, StateOpen, StateAnswered, StateWithdrawn} }

// What is known of the identity of who asks.
const (
	IdentityNone   = "none"   // none is needed
	IdentityWanted = "wanted" // needed, and not asked for yet
	IdentityAsked  = "asked"  // a link was sent to the address on record
	IdentityGiven  = "given"
)

// Ways in which a request comes.
const (
	ViaForm    = "form"    // the public form
	ViaLink    = "link"    // the preference centre: the person is known
	ViaAPI     = "api"     // a system of the organisation's
	ViaConsole = "console" // an operator, for somebody who wrote or called
)

// Acts: what a step says was done.
const (
	ActOpened        = "opened"
	ActObjected      = "objected" // the objection is on record for who is known by what was stated
	ActIdentityAsked = "identity_asked"
	ActIdentityGiven = "identity_given"
	ActMessage       = "message" // of the person's
	ActReply         = "reply"   // of the organisation's, before the answer
	ActExtended      = "extended"
	ActAnswered      = "answered"
	ActWithdrawn     = "withdrawn"
	ActErased        = "erased" // the person was erased; only the evidence of the request stays
	actSent          = "sent"   // a message about another step was handed over
)

// Who does a step.
const (
	ByPerson = "person"
	ByOffice = "office"
	BySystem = "system"
)

// Outcomes of an answer.
const (
	OutcomeDone    = "done"
	OutcomePartly  = "partly"
	OutcomeNothing = "nothing" // nothing is on record
	OutcomeRefused = "refused" // the answer says why, and where to complain (art. 12(4))
)

// Outcomes lists them.
func Outcomes() []string {
	return []string{OutcomeDone, OutcomePartly, OutcomeNothing, OutcomeRefused}
}

// Limits of what is sent.
const (
	MaxMessage  = 4000   // bytes of a person's text
	MaxAnswer   = 20_000 // and of the organisation's
	maxMessages = 20     // of a person's about one request, in a day
	maxMails    = 3      // to one address in a day that nobody at the organisation caused
)

// LinkLife is how long a link to a request works: longer than any answer may
// take, and time to read it. A product default, not law.
const LinkLife = 400 * 24 * time.Hour

// Contact is where the person is answered, as they said. All of it is sealed.
type Contact struct {
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"` // that an objection is about
}

// Request is a request as it stands.
type Request struct {
	ID       string
	Kind     string
	State    string
	Via      string
	Language string
	Subject  string // pseudonym of the person it is about; "": nobody is known
	Received time.Time
	Identity string
	Asked    *time.Time
	Given    *time.Time
	Extended *time.Time
	Closed   *time.Time
	Erased   *time.Time // the person was erased
	Outcome  string
	Due      time.Time // the last instant to answer in; zero: the law has no number
	Contact  Contact
	Steps    []Step // of Find alone

	org      string
	address  []byte
	key      seal.Key
	shredded bool // the key is destroyed
	count    int64
}

// Step is something that was said or done about a request.
type Step struct {
	N       int64
	At      time.Time
	Act     string
	Who     string
	Text    string     // "" for none, and once the key is destroyed
	Entry   string     // of the ledger
	Sent    *time.Time // the person was written to about it
	Waiting bool       // to be written to
	Failed  bool       // no message about it could be handed over, and it was given up
}

// Number is what people call a request by, on a page or on the telephone. It is
// short, and so no key to anything.
func (r Request) Number() string { return Number(r.ID) }

// Number is that of the request with an id.
func Number(id string) string {
	const digits = 8
	if len(id) < digits {
		return id
	}
	tail := []byte(id[len(id)-digits:])
	for i, c := range tail {
		if c >= 'a' && c <= 'f' {
			tail[i] = c - 'a' + 'A'
		}
	}
	return string(tail[:digits/2]) + "-" + string(tail[digits/2:])
}

// Open says whether the request waits for its answer.
func (r Request) Open() bool { return r.State == StateNew || r.State == StateOpen }

// Proven says whether who asks is shown to be the person, or need not be.
func (r Request) Proven() bool { return r.Identity == IdentityGiven || r.Identity == IdentityNone }

// Service keeps requests.
type Service struct {
	db        *db.DB
	ledger    *ledger.Ledger
	subjects  *subject.Subjects
	choices   *choice.Service
	register  *register.Service
	keys      *seal.Keys
	secrets   *seal.Secrets
	calendars law.Calendars
	wake      chan struct{}
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Subjects *subject.Subjects
	Choices  *choice.Service
	Register *register.Service
	Keys     *seal.Keys
	Secrets  *seal.Secrets
}

// New returns the service.
func New(p Parts) (*Service, error) {
	calendars, err := law.ReadCalendars()
	if err != nil {
		return nil, err
	}
	return &Service{
		db: p.DB, ledger: p.Ledger, subjects: p.Subjects, choices: p.Choices, register: p.Register,
		keys: p.Keys, secrets: p.Secrets, calendars: calendars, wake: make(chan struct{}, 1),
	}, nil
}

// stir has the worker look for work after the transaction.
func (s *Service) stir(tx *db.Tx) {
	tx.AfterCommit(func(bool) {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	})
}

func unknown() error {
	return problem.New(problem.NotFound, "unknown_request", "There is no such request in this organisation.")
}

func closed() error {
	return problem.New(problem.Conflict, "request_closed", "This request is closed. Open a new one to go on.")
}
