// SPDX-License-Identifier: Apache-2.0

package lawful

import "time"

// Rules is what an organisation has declared, as far as a decision needs it.
// Everything is kept in every version: a question about a past day is answered
// by the version that held then. A certificate carries the part of the rules
// that bears on its question, so that a stranger decides again.
type Rules struct {
	Organisation Organisation         `json:"organisation"`
	Purposes     map[string][]Purpose `json:"purposes,omitempty"`   // by id, oldest version first
	Notices      map[string][]Notice  `json:"notices,omitempty"`    // by id, lowest version first
	Sources      map[string][]Source  `json:"sources,omitempty"`    // by id, oldest version first
	Recipients   map[string]Recipient `json:"recipients,omitempty"` // by id
	// Balancing holds the recorded tests of legitimate interests (GDPR art. 6(1)(f)), by purpose, in any order.
	Balancing map[string][]Balancing `json:"balancing,omitempty"`
	// Law holds the packs in use by jurisdiction, ISO 3166 (IT, US-CA), and the base.
	Law map[string]Pack `json:"law"`
}

// Balancing is one recorded balancing test.
type Balancing struct {
	Happened time.Time `json:"happened"`
	Recorded time.Time `json:"recorded"`
	Outcome  string    `json:"outcome"` // passed or failed
	Entry    string    `json:"entry,omitempty"`
}

// Organisation is the controller (GDPR art. 4(7)).
type Organisation struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Country  string `json:"country"`   // ISO 3166-1 alpha-2
	Language string `json:"language"`  // BCP 47
	TimeZone string `json:"time_zone"` // IANA name; periods end at its midnight
	Contact  string `json:"contact,omitempty"`
}

// Purpose is what data is used for (GDPR art. 5(1)(b)), in one version.
type Purpose struct {
	ID           string            `json:"id"`
	From         *time.Time        `json:"from,omitempty"`    // nil: for every past instant
	Retired      *time.Time        `json:"retired,omitempty"` // no longer a purpose from then on
	Marketing    bool              `json:"marketing"`
	Profiling    bool              `json:"profiling,omitempty"`
	Title        map[string]string `json:"title"` // by language
	Basis        string            `json:"basis"` // one of the Basis constants
	Law          string            `json:"law,omitempty"`
	Channels     []string          `json:"channels"`
	Audience     string            `json:"audience,omitempty"` // business: people addressed in their profession; else consumers
	Data         []Data            `json:"data,omitempty"`
	Operations   []string          `json:"operations,omitempty"`
	Notice       string            `json:"notice,omitempty"`
	Minimum      string            `json:"minimum"`                  // grade: recorded unless declared otherwise
	Confirmation map[string]string `json:"confirmation,omitempty"`   // by channel: required or none
	ConfirmFrom  *time.Time        `json:"confirmed_from,omitempty"` // double opt-in began: a minimum of confirmed binds from here
	ExpiresMonth int               `json:"expires_months,omitempty"` // 0: a consent does not lapse by time alone
	Retention    *Retention        `json:"retention,omitempty"`
	Frequency    *Frequency        `json:"frequency,omitempty"`
	Recipients   []string          `json:"recipients"` // nil: every recipient with a contract in force
}

// AudienceBusiness is the audience of a purpose that addresses people in their profession.
const AudienceBusiness = "business"

// Data is a kind of data a purpose uses.
type Data struct {
	Name   string  `json:"name"`
	MaxAge *Period `json:"max_age,omitempty"` // older data of this kind is not declared
	// Optional says that the purpose can do without. No decision reads it: a no
	// to a kind of data counts also where the purpose has come to need it.
	Optional bool `json:"optional,omitempty"`
}

// Period is a length of calendar time.
type Period struct {
	Number int    `json:"number"`
	Unit   string `json:"unit"` // UnitDays, UnitWeeks, UnitMonths or UnitYears
}

// Retention is how long data is kept for a purpose (GDPR art. 5(1)(e)).
type Retention struct {
	From string `json:"from"` // one of the From constants
	For  Period `json:"for"`
}

// What a retention counts from.
const (
	FromLastActivity   = "last_activity"
	FromRelationClosed = "relation_closed"
	FromCollection     = "collection"
)

// Frequency is how often people are contacted at most.
type Frequency struct {
	Max      int      `json:"max"`
	Per      string   `json:"per"`                // day, week, month or year, back from the instant asked about
	Channels []string `json:"channels,omitempty"` // counted together; none: all
}

// Bases of a purpose (GDPR art. 6(1), ePrivacy art. 13(2)).
const (
	BasisConsent             = "consent"
	BasisContract            = "contract"
	BasisLegalObligation     = "legal_obligation"
	BasisVitalInterests      = "vital_interests"
	BasisPublicTask          = "public_task"
	BasisLegitimateInterests = "legitimate_interests"
	BasisSoftOptIn           = "soft_opt_in"
)

// Notice is one version of a text shown to people (GDPR arts 13, 14), without the text itself.
type Notice struct {
	ID        string     `json:"id"`
	Version   int        `json:"version"`
	Published time.Time  `json:"published"` // when it was recorded
	Digest    string     `json:"digest"`    // SHA-256 of the texts, base64
	Changes   []Change   `json:"changes,omitempty"`
	Invalid   *Invalid   `json:"invalid,omitempty"`
	From      *time.Time `json:"from,omitempty"`
}

// Change says what a notice version means for a purpose's existing choices.
type Change struct {
	Purpose string `json:"purpose"`
	Effect  string `json:"effect"` // inform or reconsent
	Why     string `json:"why"`
}

// Invalid brings down every choice made on a notice version.
type Invalid struct {
	Reason    string `json:"reason"`
	DecidedBy string `json:"decided_by"`
}

// Source is where data comes from (GDPR arts 13, 14(2)(f)).
type Source struct {
	ID          string            `json:"id"`
	From        *time.Time        `json:"from,omitempty"`
	Kind        string            `json:"kind"` // one of the Source constants
	Title       map[string]string `json:"title"`
	Default     string            `json:"default,omitempty"`      // ticked or unticked: how its box comes
	ConditionOf string            `json:"condition_of,omitempty"` // what the yes was a condition of: not free
	Purposes    []string          `json:"purposes,omitempty"`     // what a "subscribed" in its files was given for
	Notice      string            `json:"notice,omitempty"`
	Accepted    *Accepted         `json:"accepted,omitempty"`
	Licensed    *time.Time        `json:"licensed,omitempty"` // exclusive: a list rented until then
}

// Kinds of source.
const (
	SourceForm     = "form"
	SourceShop     = "shop"
	SourceApp      = "app"
	SourcePhone    = "phone"
	SourceEvent    = "event"
	SourceSocial   = "social"
	SourceImport   = "import"
	SourceBought   = "bought"
	SourcePartner  = "partner"
	SourceAcquired = "acquired"
	SourceAPI      = "api"
	SourceOperator = "operator"
)

// Accepted is the controller's written decision to rely on weak proof of one source.
type Accepted struct {
	Grade      string     `json:"grade"` // declared
	Reason     string     `json:"reason"`
	DecidedBy  string     `json:"decided_by"`
	DPOOpinion string     `json:"dpo_opinion,omitempty"`
	Until      *time.Time `json:"until,omitempty"` // exclusive: the midnight that ends the last day
}

// Recipient is who else receives data (GDPR art. 4(9)).
type Recipient struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"` // processor or controller
	Name    string     `json:"name"`
	Country string     `json:"country"`
	Signed  *time.Time `json:"signed,omitempty"`  // contract in force from here
	Expires *time.Time `json:"expires,omitempty"` // exclusive: the midnight that ends the last day
}

// Contracted tells whether the recipient has a contract in force at an instant (GDPR art. 28(3)).
func (r Recipient) Contracted(at time.Time) bool {
	return r.Signed != nil && !r.Signed.After(at) && (r.Expires == nil || r.Expires.After(at))
}
