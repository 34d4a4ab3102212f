// SPDX-License-Identifier: Apache-2.0

// Package lawful answers one question: may we use this person's data, for this
// purpose, on this channel, at this instant; and why. Decide is a pure function
// of declared rules and recorded facts: it reads no clock, no database and no
// network, so the product, a replay of last March and a stranger with a
// certificate all run the same lines.
//
// What it promises: the answer depends on nothing but its arguments, facts in
// any order give the same answer, and equal answers have equal bytes. A denied
// answer names its first reason in the documented order and every other one in
// Also. A no never permits anything; a yes permits nothing but its own purpose,
// channel and identifier; linking two subjects permits nothing that neither
// permitted alone, so confirmations, bounces that end, restrictions that end and
// what a source says of its numbers count within their own chain only. What is
// not known is read against permission: a purpose not declared is marketing, an
// instant shared by a yes and a no is the no's.
//
// Where it is weak:
//   - Public task and vital interests carry nothing here (basis_not_allowed), and
//     who is a customer of what is the sources' word.
//   - It believes what it is given. Whether the history is whole, whether an
//     identifier is that person's and who acted is the caller's word; a
//     certificate shows as much of it as it carries.
//   - Declared rules hold for the past too, whatever KnownAt: a rule changed
//     today without a from date changes the answer about last year. A source is
//     read as it was when the act happened, a purpose as at the instant asked.
//   - Notices are followed by id: a purpose that moves to another notice does not
//     ask anybody again, and an undated yes cannot be placed before or after one.
//   - A death once recorded cannot be taken back, and restriction stops every use
//     here, although GDPR art. 18(2) knows exceptions: somebody has to decide those.
//   - A no on every channel does not stop an address that no fact ties to the
//     person; finding those belongs to whoever assembles the history.
//   - Time zones come from the machine's tables where there are any, so two
//     machines can disagree about a midnight in a country that changed its law.
package lawful

import "time"

// Edition numbers the words and steps of explanations. After a release it rises
// with every change of a sentence, of a rule tried or of their order, so that a
// certificate of an earlier edition is held to its answer, and only one of this
// edition to its words.
const Edition = 1

// Question is what is asked.
type Question struct {
	Purpose    string       `json:"purpose"`
	Channel    string       `json:"channel"`
	Identifier []Identifier `json:"identifiers"` // as asked; the first that reaches the channel counts
	Content    string       `json:"content,omitempty"`
	Operation  string       `json:"operation,omitempty"`
	Data       []Used       `json:"data,omitempty"`
	Recipient  string       `json:"recipient,omitempty"`
	At         time.Time    `json:"at"`       // the instant the question is about
	KnownAt    time.Time    `json:"known_at"` // only what was recorded by then counts
	Language   string       `json:"language,omitempty"`
	Explain    bool         `json:"explain,omitempty"` // say why in words, and every step
}

// Used is a kind of data that somebody wants to use.
type Used struct {
	Name  string     `json:"name"`
	Since *time.Time `json:"since,omitempty"` // how far back it goes; nil: not said
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
	Rule        string     `json:"rule"` // one of the Rule constants
	AsOf        time.Time  `json:"as_of"`
	Since       *time.Time `json:"since,omitempty"` // when the fact that decides happened
	Until       *time.Time `json:"until,omitempty"` // exclusive end of a permission that is known to end
	Also        []Reason   `json:"also,omitempty"`  // every other reason to deny, in order
	Facts       []string   `json:"facts,omitempty"` // ids of the entries that decide
	Trace       []Step     `json:"trace,omitempty"`
}

// Step is one rule tried.
type Step struct {
	Rule      string    `json:"rule"`          // of decision, one of the Rule constants
	Law       string    `json:"law,omitempty"` // key of the rule of law it rests on here, where there is one
	Outcome   string    `json:"outcome"`       // passed, denied or permitted
	Entry     string    `json:"entry,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	Text      string    `json:"text"`   // what the rule says, in the question's language
	Source    string    `json:"source"` // act, article, document
	Assurance string    `json:"assurance"`
	Override  *Override `json:"override,omitempty"`
}

// Step is the step of the trace that decides; false for an answer that explains nothing.
func (d Decision) Step() (Step, bool) {
	for _, s := range d.Trace {
		if s.Rule == d.Rule && s.Outcome != "passed" && s.Detail == string(d.Reason) {
			return s, true
		}
	}
	return Step{}, false
}

// Reason is one word of the closed list.
type Reason string
