// SPDX-License-Identifier: Apache-2.0

package lawful

import "time"

// Fact is what happened, as somebody stated it: a choice of a person, or
// anything else a decision needs. It is the body of a ledger entry, byte for
// byte, so its JSON names are a format and never change meaning.
type Fact struct {
	Kind        string       `json:"kind"` // choice, or one of the Fact constants
	Happened    time.Time    `json:"happened"`
	Undated     bool         `json:"undated,omitempty"` // Happened is when the file was exported, the act itself has no date
	Actor       string       `json:"actor"`             // who acted: one of the Actor constants
	Source      string       `json:"source,omitempty"`  // id of the source
	Identifiers []Identifier `json:"identifiers,omitempty"`
	Choice      *Choice      `json:"choice,omitempty"` // when Kind is choice

	Channel  string `json:"channel,omitempty"`  // undeliverable, deliverable, contacted, blocked
	Purpose  string `json:"purpose,omitempty"`  // contacted, balancing_test, preference
	System   string `json:"system,omitempty"`   // blocked: where
	Act      string `json:"act,omitempty"`      // activity
	Date     string `json:"date,omitempty"`     // birth_date, as 2006-01-02
	Age      int    `json:"age,omitempty"`      // declared_age
	Country  string `json:"country,omitempty"`  // residence
	Register string `json:"register,omitempty"` // register_checked, register_listed
	Signal   string `json:"signal,omitempty"`   // signal
	Outcome  string `json:"outcome,omitempty"`  // balancing_test: passed or failed

	Products       []string `json:"products,omitempty"`        // sale
	SimilarTo      []string `json:"similar_to,omitempty"`      // sale: purposes
	AddressGiven   bool     `json:"address_given,omitempty"`   // sale
	Informed       bool     `json:"informed,omitempty"`        // sale
	RefusalOffered bool     `json:"refusal_offered,omitempty"` // sale
	EasyRevocation bool     `json:"easy_revocation,omitempty"` // relation_opened
	Other          string   `json:"other,omitempty"`           // linked, unlinked: the other chain
	Topics         []string `json:"topics,omitempty"`          // preference: of the purpose's, those that are liked; none: all
	Rhythm         string   `json:"rhythm,omitempty"`          // preference: how often, of what the purpose offers

	Message    *Message    `json:"message,omitempty"`    // message
	Provenance *Provenance `json:"provenance,omitempty"` // imports
}

// Provenance says which row of which file a fact was read from.
type Provenance struct {
	Import string `json:"import"` // id of the import; it holds the salted hash of the file
	Row    int    `json:"row"`    // the line the row begins on, from 1
}

// Kinds of fact.
const (
	KindChoice          = "choice"
	KindSale            = "sale"
	KindRelationOpened  = "relation_opened"
	KindRelationClosed  = "relation_closed"
	KindActivity        = "activity"
	KindBirthDate       = "birth_date"
	KindDeclaredAge     = "declared_age"
	KindResidence       = "residence"
	KindParentalConsent = "parental_consent"
	KindDeceased        = "deceased"
	KindRegisterChecked = "register_checked"
	KindRegisterListed  = "register_listed"
	KindRestriction     = "restriction"
	KindRestrictionLift = "restriction_lifted"
	KindSignal          = "signal"
	KindUndeliverable   = "undeliverable"
	KindDeliverable     = "deliverable"
	KindContacted       = "contacted"
	KindBalancingTest   = "balancing_test"
	KindBlocked         = "blocked"    // a tool stops this address on a channel, cause unknown
	KindIdentified      = "identified" // a source says these identifiers are one person's
	KindLinked          = "linked"     // two subjects are one person
	KindUnlinked        = "unlinked"   // and are not
	KindPreference      = "preference" // how the person likes what is done for a purpose: no decision reads it
	KindHolder          = "holder"     // Outcome says who an identifier belongs to: person, shared, organisation
	KindMessage         = "message"    // we wrote to the person, and it was handed over; no decision reads it
)

// Who acted.
const (
	ActorPerson   = "person"   // the person themselves, through a form of the source
	ActorOperator = "operator" // somebody of the organisation
	ActorImport   = "import"   // a file says so
	ActorSystem   = "system"   // a mail server, a scheduler, an API source of unknown reach
)

// Identifier is one of the ways a person is known.
type Identifier struct {
	Kind   string `json:"kind"` // one of the ID constants
	Value  string `json:"value"`
	Source string `json:"source,omitempty"` // kind id: the source whose number it is
}

// Kinds of identifier. Value is normalised: equal values are the same identifier.
const (
	IDEmail   = "email"
	IDPhone   = "phone" // E.164
	IDSource  = "id"    // a number of a source
	IDAddress = "address"
	IDDevice  = "device"
)

// Choice is what a person decided (GDPR arts 4(11), 7, 21).
type Choice struct {
	Purpose  string     `json:"purpose,omitempty"` // empty: every marketing purpose
	Channel  string     `json:"channel,omitempty"` // empty: every channel
	Choice   string     `json:"choice"`            // given, refused, withdrawn, objected, confirmed
	Notice   *NoticeRef `json:"notice,omitempty"`
	Evidence *Evidence  `json:"evidence,omitempty"`
	// Unproven marks a yes sent by a public form over a standing no or a tombstone:
	// it counts only once confirmed through the identifier.
	Unproven bool `json:"unproven,omitempty"`
	// Data is the one kind of data that the choice is about, on every channel of
	// its purpose. Empty: the use as a whole.
	Data string `json:"data,omitempty"`
	// Confirms names the yes that a confirmation is of, by its place in the same
	// chain. 0: whoever confirmed did not say, and it is the latest before it.
	Confirms int64 `json:"confirms,omitempty"`
}

// Message is what was written to a person: its words without the secret link,
// and the hash by which the very message is known again.
type Message struct {
	ID       string  `json:"id"`       // with the sender's domain, its Message-ID
	Digest   string  `json:"digest"`   // SHA-256 of the message as handed over, before it was signed, in hex
	Language string  `json:"language"` // as "it"
	Subject  string  `json:"subject"`
	Text     string  `json:"text"`
	Asks     []int64 `json:"asks,omitempty"` // the yeses it asked to confirm, by their place in this chain
}

// Choices.
const (
	Given     = "given"
	Refused   = "refused"
	Withdrawn = "withdrawn"
	Objected  = "objected"
	Confirmed = "confirmed"
)

// NoticeRef names the text that was shown.
type NoticeRef struct {
	ID       string `json:"id"`
	Version  int    `json:"version"`
	Language string `json:"language,omitempty"`
}

// Evidence is what shows that a choice was made (GDPR art. 7(1)).
type Evidence struct {
	Method    string    `json:"method"`            // one of the methods of Methods
	Default   string    `json:"default,omitempty"` // ticked or unticked
	Text      string    `json:"text,omitempty"`
	URL       string    `json:"url,omitempty"`
	IP        string    `json:"ip,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
	Covers    []string  `json:"covers,omitempty"` // purposes one act stood for
	Named     []string  `json:"named,omitempty"`  // controllers the text named
	Passages  []Passage `json:"passages,omitempty"`
	Message   string    `json:"message,omitempty"` // the message whose link or header it was made through
	Dated     bool      `json:"dated,omitempty"`   // import: the file dates the act and says where it came from
}

// Passage is one step by which a record came to the organisation.
type Passage struct {
	From string    `json:"from"`
	To   string    `json:"to"`
	At   time.Time `json:"at"`
	Text string    `json:"text,omitempty"`
}

// Recorded is a fact as the ledger holds it.
type Recorded struct {
	Fact
	Chain    string    // pseudonym of the subject whose chain holds it
	Seq      int64     // place in that chain, from 1
	Entry    string    // entry id
	Recorded time.Time // by the server
}
