// SPDX-License-Identifier: Apache-2.0

// Package register is what an organisation has declared: its purposes,
// notices, sources, recipients and systems (GDPR arts 5(1)(b), 13, 30), read
// from one YAML file and kept in every version for ever. It turns them into the
// rules a decision reads.
//
// What it promises: a file is taken whole or not at all, and everything wrong
// with it is told at once, by line and column; applying a file twice changes
// nothing; every change is an entry of the ledger; a published notice never
// changes; what leaves the file is retired and never deleted.
//
// Where it is weak: days are read in the time zone the organisation declares
// now, also for past versions; lines in a syntax error of the YAML itself come
// from its parser and may be one off.
package register

import (
	"bytes"
	"encoding/json"

	"go.yaml.in/yaml/v3"

	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/problem"
)

// Document is a file of declarations that has been read and found right.
type Document struct {
	Organisation Organisation    `json:"organisation"`
	Notices      []notice.Notice `json:"notices"`
	Invalid      []Invalid       `json:"invalid"`
	Purposes     []Purpose       `json:"purposes"`
	Sources      []Source        `json:"sources"`
	Recipients   []Recipient     `json:"recipients"`
	Systems      []System        `json:"systems"`
	Overrides    []Override      `json:"overrides"`
	Packs        []Pack          `json:"packs"`

	name   string                   // of the file, for problems
	places map[string]problem.Place // of each declaration, by kind and id, and of late references
	late   []reference
	nodes  map[string]*yaml.Node // by path: where warnings point to
}

// Texts is one text in several languages.
type Texts map[string]string

// In gives the text in the nearest language there is.
func (t Texts) In(language, fallback string) string { return t[t.Nearest(language, fallback)] }

// Nearest is the language that In finds.
func (t Texts) Nearest(language, fallback string) string {
	return notice.Nearest(sortedKeys(t), language, fallback)
}

// Organisation is the controller (GDPR art. 4(7)).
type Organisation struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Country  string `json:"country"`
	Language string `json:"language"`
	TimeZone string `json:"time_zone"`
	Contact  string `json:"contact,omitempty"`
	// Safety says in plain words how data are kept safe, and what is done when
	// that fails.
	Safety Texts `json:"safety,omitempty"`
	// EvidenceAfterErasure is nil where nothing is kept, which is the rule.
	EvidenceAfterErasure *EvidenceAfterErasure `json:"evidence_after_erasure,omitempty"`
}

// EvidenceAfterErasure is the controller's written decision to keep a person's
// choices as restricted evidence after an erasure (GDPR art. 17(3)(e)).
type EvidenceAfterErasure struct {
	For       Period `json:"for"`
	Ground    string `json:"ground"`
	DecidedBy string `json:"decided_by"`
}

// Invalid brings down every choice made on a notice version.
type Invalid struct {
	Notice    string `json:"notice"`
	Version   int    `json:"version"`
	Reason    string `json:"reason"`
	DecidedBy string `json:"decided_by"`
}

// Purpose is what data is used for (GDPR art. 5(1)(b)).
type Purpose struct {
	ID           string            `json:"id"`
	From         string            `json:"from,omitempty"`
	Marketing    bool              `json:"marketing"`
	Title        Texts             `json:"title,omitempty"`
	Description  Texts             `json:"description,omitempty"`
	Benefit      Texts             `json:"benefit,omitempty"`
	Basis        string            `json:"basis"`
	Law          string            `json:"law,omitempty"`
	Audience     string            `json:"audience,omitempty"` // business, or consumers
	Channels     []string          `json:"channels,omitempty"`
	Data         []Data            `json:"data,omitempty"`
	Operations   []string          `json:"operations,omitempty"`
	Notice       string            `json:"notice,omitempty"`
	Evidence     *Evidence         `json:"evidence,omitempty"`
	Confirmation map[string]string `json:"confirmation,omitempty"` // by channel: required or none
	Expires      Period            `json:"expires,omitempty"`
	Retention    *Retention        `json:"retention,omitempty"`
	Frequency    *Frequency        `json:"frequency,omitempty"`
	Recipients   []string          `json:"recipients,omitzero"` // nil: every recipient with a contract in force
	Profiling    bool              `json:"profiling,omitempty"`
}

// Data is a kind of data a purpose uses.
type Data struct {
	Name   string `json:"name"`
	MaxAge Period `json:"max_age,omitempty"`
}

// Evidence is the proof a purpose asks of a yes (GDPR art. 7(1)).
type Evidence struct {
	Minimum       string `json:"minimum,omitempty"`
	ConfirmedFrom string `json:"confirmed_from,omitempty"` // the day double opt-in began
}

// Retention is how long data is kept for a purpose (GDPR art. 5(1)(e)).
type Retention struct {
	From string `json:"from"`
	For  Period `json:"for"`
}

// Frequency is how often people are written to at most.
type Frequency struct {
	Max      int      `json:"max"`
	Per      string   `json:"per"`
	Channels []string `json:"channels,omitempty"`
}

// Source is where data comes from (GDPR arts 13, 14(2)(f)).
type Source struct {
	ID          string    `json:"id"`
	From        string    `json:"from,omitempty"`
	Kind        string    `json:"kind"`
	Title       Texts     `json:"title,omitempty"`
	Default     string    `json:"default,omitempty"`
	ConditionOf string    `json:"condition_of,omitempty"`
	Purposes    []string  `json:"purposes,omitempty"`
	Notice      string    `json:"notice,omitempty"`
	Accepted    *Accepted `json:"accepted,omitempty"`
	Licence     *Contract `json:"licence,omitempty"` // of a list that was rented
}

// Accepted is the controller's written decision to rely on weak proof of one source.
type Accepted struct {
	Grade      string `json:"grade"`
	Reason     string `json:"reason"`
	DecidedBy  string `json:"decided_by"`
	DPOOpinion string `json:"dpo_opinion,omitempty"`
	Until      string `json:"until,omitempty"`
}

// Recipient is who else receives data (GDPR art. 4(9)).
type Recipient struct {
	ID       string    `json:"id"`
	From     string    `json:"from,omitempty"`
	Kind     string    `json:"kind"`
	Name     string    `json:"name"`
	Country  string    `json:"country"`
	Contract *Contract `json:"contract,omitempty"`
}

// Contract is the agreement a recipient works under (GDPR art. 28(3)).
type Contract struct {
	Signed  string `json:"signed"`
	Expires string `json:"expires,omitempty"`
}

// System is a place that holds personal data.
type System struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Title Texts  `json:"title,omitempty"`
}

// Override is a value of a law pack, changed in writing.
type Override struct {
	Rule      string `json:"rule"`
	Value     string `json:"value"`
	Reason    string `json:"reason"`
	DecidedBy string `json:"decided_by"`
}

// Pack is a pack of law that is off until an organisation switches it on, in writing.
type Pack struct {
	ID        string `json:"id"`
	Reason    string `json:"reason"`
	DecidedBy string `json:"decided_by"`
}

// Kinds of declaration, in the order they are compared and recorded.
const (
	KindOrganisation = "organisation"
	KindSystem       = "system"
	KindRecipient    = "recipient"
	KindNotice       = "notice"
	KindInvalid      = "invalid"
	KindPurpose      = "purpose"
	KindSource       = "source"
	KindOverride     = "override"
	KindPack         = "pack"
)

// Declaration is one thing an organisation declares. Body is its JSON, always
// written the same way, so that equal bodies are equal declarations.
type Declaration struct {
	Kind string
	ID   string
	Body string
	// Version of a notice; 0 for everything else, which is counted as it is recorded.
	Version int
}

// Declarations lists what the document declares.
func (d *Document) Declarations() []Declaration {
	out := []Declaration{{Kind: KindOrganisation, ID: d.Organisation.ID, Body: canonical(d.Organisation)}}
	for _, s := range d.Systems {
		out = append(out, Declaration{Kind: KindSystem, ID: s.ID, Body: canonical(s)})
	}
	for _, r := range d.Recipients {
		out = append(out, Declaration{Kind: KindRecipient, ID: r.ID, Body: canonical(r)})
	}
	for _, n := range d.Notices {
		out = append(out, Declaration{Kind: KindNotice, ID: n.ID, Body: canonical(n), Version: n.Version})
	}
	for _, i := range d.Invalid {
		out = append(out, Declaration{Kind: KindInvalid, ID: noticeVersion(i.Notice, i.Version), Body: canonical(i)})
	}
	for _, p := range d.Purposes {
		out = append(out, Declaration{Kind: KindPurpose, ID: p.ID, Body: canonical(p)})
	}
	for _, s := range d.Sources {
		out = append(out, Declaration{Kind: KindSource, ID: s.ID, Body: canonical(s)})
	}
	for _, o := range d.Overrides {
		out = append(out, Declaration{Kind: KindOverride, ID: o.Rule, Body: canonical(o)})
	}
	for _, p := range d.Packs {
		out = append(out, Declaration{Kind: KindPack, ID: p.ID, Body: canonical(p)})
	}
	return out
}

func canonical(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // strings, numbers and booleans always encode
		panic(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
