// SPDX-License-Identifier: Apache-2.0

// Package message is the post that leaves for people: what it has to say is
// queued in the transaction of the act that causes it, written and handed over
// after that has been committed, tried again, given up where everybody can see
// it, and put on record with its words. So far it asks people to confirm a yes
// (double opt-in; GDPR art. 7(1), Garante doc. web 10143278), and carries what
// others have written already.
//
// What it promises: nothing is asked of somebody whose yes was not recorded, and
// no recorded yes that needs it goes unasked but for the limits; a message is
// written once, so that every attempt hands over the same bytes under the same
// Message-ID; an answer is to exactly the yeses a message asked about, those
// among them that still wait; nobody is sent more than a few messages, however
// often and by whoever they are asked for; address and words lie sealed under
// the person's key, and go with it.
//
// Where it is weak: a message that was handed over may bounce, which nobody tells
// us; a crash between handing over and noting it sends the same message twice;
// of a yes given with a customer number alone the address is not known for sure,
// and it is not asked for.
package message

import (
	"context"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// LinkLife is how long the link of a message works, and how late a yes may be
// recorded, or its message written, to be asked about without anybody's asking
// for it. A product default, not law.
const LinkLife = 7 * 24 * time.Hour

// Limits. Product defaults, not law.
const (
	perDay   = 3                // confirmations to one address in a day, asked for by whoever
	perMonth = 6                // and in the month that a message is kept
	between  = 10 * time.Minute // from one to the second, twice that to the third
	notes    = 20               // messages that others have written, to one address in a day
	perHour  = 1000             // messages of one organisation; more of them wait
	kept     = 30 * 24 * time.Hour
)

// Kinds of message.
const (
	KindConfirmation = "confirmation" // asks to confirm
	KindNote         = "note"         // written by who queued it
)

// States of a message.
const (
	StateNew     = "new"     // to be written
	StateWaiting = "waiting" // written, and to be handed over
	StateSent    = "sent"    // handed over
	StateFailed  = "failed"  // given up
	StateEnded   = "ended"   // there was nothing to ask any more
)

// Parts are what the service is made with.
type Parts struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Subjects *subject.Subjects
	Register *register.Service
	Choices  *choice.Service
}

// Service queues messages, keeps them, and takes the answers.
type Service struct {
	Parts

	perHour int64
	wake    chan struct{}
}

// New returns the service.
func New(p Parts) *Service { return &Service{Parts: p, perHour: perHour, wake: make(chan struct{}, 1)} }

// prefix begins the ids of messages.
const prefix = "msg_"

func newID() string { return ledger.NewID(strings.TrimSuffix(prefix, "_")) }

// letter is what is sealed in a message's row once it is written.
type letter struct {
	To       string    `json:"to"`
	Language string    `json:"language"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text"`
	HTML     string    `json:"html,omitempty"`
	Said     string    `json:"said"` // Text without what only the addressee may know
	At       time.Time `json:"at"`
	Asks     []int64   `json:"asks,omitempty"` // the yeses, by their place in the chain
}

// Link is what the link of a message says.
type Link struct {
	Org, Subject, Message string
	Address               lawful.Identifier
	Expires               time.Time
}

// Linker makes links.
type Linker interface {
	Confirmation(ctx context.Context, r db.Reader, l Link) (string, error)
}

// Confirmation is what the words of one are made of.
type Confirmation struct {
	Declared *register.Catalogue
	Language string
	Asks     []lawful.Recorded // yeses
	Link     string
	Expires  time.Time
}

// Words are what a message says, and in which language.
type Words struct{ Language, Subject, Text, HTML string }

// Writer puts what is asked into words.
type Writer interface {
	Confirmation(c Confirmation) (Words, error)
}
