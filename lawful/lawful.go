// SPDX-License-Identifier: Apache-2.0

// Package lawful answers one question: may we use this person's data, for this
// purpose, on this channel, at this instant; and why. Decide is a pure function
// of declared rules and recorded facts: it reads no clock, no database and no
// network, so the product, a replay of last March and a stranger with a
// certificate all run the same lines.
//
// What it promises: the answer depends on nothing but its arguments; facts in
// any order give the same answer; a denied answer always names its first
// reason in the documented order and every other one in Also.
//
// Where it is weak: it decides consent and objection completely; contract,
// legal obligation, vital interests and public task only outside marketing; soft
// opt-in and legitimate interests are denied (basis_not_allowed) until the law
// of each channel is carried as dated data.
package lawful

import "time"

// Question is what is asked.
type Question struct {
	Purpose    string       `json:"purpose"`
	Channel    string       `json:"channel"`
	Identifier []Identifier `json:"identifiers"` // as asked; the first that reaches the channel counts
	Content    string       `json:"content,omitempty"`
	Operation  string       `json:"operation,omitempty"`
	Data       []string     `json:"data,omitempty"`
	Recipient  string       `json:"recipient,omitempty"`
	At         time.Time    `json:"at"`       // the instant the question is about
	KnownAt    time.Time    `json:"known_at"` // only what was recorded by then counts
	Language   string       `json:"language,omitempty"`
}

// Person is what stands about the person asked for.
type Person struct {
	Known   bool       `json:"known"`  // a subject with this identifier exists
	Erased  bool       `json:"erased"` // a tombstone of this identifier exists (and no subject)
	History []Recorded `json:"-"`      // of the subject and of those linked to it, in any order
}

// Decision is the answer.
type Decision struct {
	Permitted   bool       `json:"permitted"`
	Reason      Reason     `json:"reason"`
	Explanation string     `json:"explanation"` // one sentence, in the question's language
	Basis       string     `json:"basis,omitempty"`
	Rule        string     `json:"rule"` // id in Catalogue
	AsOf        time.Time  `json:"as_of"`
	Since       *time.Time `json:"since,omitempty"` // when the fact that decides happened
	Until       *time.Time `json:"until,omitempty"` // exclusive end of a permission that is known to end
	Also        []Reason   `json:"also,omitempty"`  // every other reason to deny, in order
	Facts       []string   `json:"facts,omitempty"` // ids of the entries that decide
	Trace       []Step     `json:"trace,omitempty"`
}

// Step is one rule tried.
type Step struct {
	Rule    string `json:"rule"`
	Outcome string `json:"outcome"` // passed, denied or permitted
	Entry   string `json:"entry,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// Reason is one word of the closed list.
type Reason string
