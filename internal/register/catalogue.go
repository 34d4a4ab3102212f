// SPDX-License-Identifier: Apache-2.0

package register

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/register/brand"
	"github.com/lecito/lecito/lawful"
)

// Catalogue is what an organisation declares, made ready: the rules for
// deciding, with every version that still stands, and the present declarations
// for pages.
type Catalogue struct {
	Organisation Organisation
	Look         *brand.Look // of the pages customers see; never nil
	Zone         *time.Location
	Rules        *lawful.Rules
	Purposes     []Purpose    // not retired, by id
	Sources      []Source     // not retired, by id
	Recipients   []Recipient  // not retired, by id
	Systems      []System     // not retired, by id
	Overrides    []Override   // not retired, by rule
	Packs        []Pack       // switched on, by id
	Confirmation Confirmation // the message, as worded by the organisation; empty: in ours

	holding []law.Override // of Overrides, those that the program knows
	Notices []Published    // every version, by id and version
}

// Published is a notice version on record.
type Published struct {
	notice.Notice

	Published time.Time
	Digest    string
	Entry     string   // of the ledger
	Invalid   *Invalid // when it was declared invalid
}

// Rules gives the rules decisions are made by. Nobody may change them.
func (s *Service) Rules(ctx context.Context, r db.Reader, org string) (*lawful.Rules, error) {
	c, err := s.Catalogue(ctx, r, org)
	if err != nil {
		return nil, err
	}
	return c.Rules, nil
}

// Purpose finds a purpose that is not retired.
func (c *Catalogue) Purpose(id string) (Purpose, bool) {
	return find(c.Purposes, func(p Purpose) bool { return p.ID == id })
}

// Source finds a source that is not retired.
func (c *Catalogue) Source(id string) (Source, bool) {
	return find(c.Sources, func(s Source) bool { return s.ID == id })
}

// Elsewhere says whether the organisation asks people to confirm by a tool of its own.
func (c *Catalogue) Elsewhere() bool { return c.Confirmation.SentBy == ByOrganisation }

// Notice finds a version of a notice; version 0 is the latest.
func (c *Catalogue) Notice(id string, version int) (Published, bool) {
	var latest Published
	for _, n := range c.Notices {
		if n.ID == id && (n.Version == version || version == 0) {
			latest = n // in order of versions
		}
	}
	return latest, latest.ID != ""
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	var none T
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return none, false
}

// builder makes a catalogue of the records of one organisation.
type builder struct {
	*Catalogue

	invalid map[string]*Invalid
}

// catalogue makes one of records ordered by version within their kind and id.
func catalogue(record []Record) (*Catalogue, error) {
	b := builder{Catalogue: &Catalogue{Rules: &lawful.Rules{
		Purposes: map[string][]lawful.Purpose{}, Notices: map[string][]lawful.Notice{},
		Sources: map[string][]lawful.Source{}, Recipients: map[string]lawful.Recipient{},
	}}, invalid: map[string]*Invalid{}}
	// The organisation first, for its time zone; invalidations before the notices they concern.
	record = slices.Clone(record)
	slices.SortStableFunc(record, func(a, b Record) int { return first(a.Kind) - first(b.Kind) })
	for i, r := range record {
		latest := i+1 == len(record) || record[i+1].Kind != r.Kind || record[i+1].ID != r.ID
		if err := b.take(r, latest); err != nil {
			return nil, fmt.Errorf("%s %s, version %d: %w", r.Kind, r.ID, r.Version, err)
		}
	}
	b.implicit()
	return b.Catalogue, b.law()
}

// Sources that every organisation has, declared or not.
const (
	// PreferenceCentre is where people choose on the pages Lecito shows them: its boxes are ours.
	PreferenceCentre = "preference-centre"
	// WebBanner is where people choose in the banner that the script shows on the organisation's sites.
	WebBanner = "web-banner"
	// PlainImport is where a list comes from of which nobody said where: it
	// names no purpose, so no yes of it counts for one.
	PlainImport = "import"
)

func (b builder) implicit() {
	for _, s := range []lawful.Source{
		{ID: PreferenceCentre, Kind: lawful.SourceForm, Default: "unticked", Title: map[string]string{
			"it": "Centro preferenze", "en": "Preference centre", "fr": "Centre de préférences", "de": "Einstellungsseite", "es": "Centro de preferencias",
		}},
		{ID: WebBanner, Kind: lawful.SourceForm, Default: "unticked", Title: map[string]string{
			"it": "Banner del sito", "en": "Banner of the website", "fr": "Bandeau du site", "de": "Banner der Website", "es": "Aviso del sitio web",
		}},
		{ID: PlainImport, Kind: lawful.SourceImport, Title: map[string]string{
			"it": "Lista importata", "en": "Imported list", "fr": "Liste importée", "de": "Importierte Liste", "es": "Lista importada",
		}},
	} {
		if len(b.Rules.Sources[s.ID]) == 0 {
			b.Rules.Sources[s.ID] = []lawful.Source{s}
		}
	}
}

func first(kind string) int {
	switch kind {
	case KindOrganisation:
		return 0
	case KindInvalid:
		return 1
	}
	return 2
}

func (b builder) take(r Record, latest bool) error {
	present := latest && r.Retired == nil
	switch r.Kind {
	case KindOrganisation:
		if !latest {
			return nil
		}
		return b.organisation(r)
	case KindInvalid:
		var v Invalid
		b.invalid[r.ID] = &v
		return json.Unmarshal([]byte(r.Body), &v)
	case KindNotice:
		return b.notice(r)
	case KindPurpose:
		return b.purpose(r, present)
	case KindSource:
		return b.source(r, present)
	case KindRecipient:
		return b.recipient(r, present)
	case KindSystem:
		return keep(&b.Systems, r, present)
	case KindOverride:
		return keep(&b.Overrides, r, present)
	case KindPack:
		return keep(&b.Packs, r, present)
	case KindMessage:
		if !present || r.ID != messageConfirmation {
			return nil
		}
		return json.Unmarshal([]byte(r.Body), &b.Confirmation)
	}
	return nil
}

func keep[T any](into *[]T, r Record, present bool) error {
	if !present {
		return nil
	}
	var v T
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
		return err
	}
	*into = append(*into, v)
	return nil
}

func (b builder) organisation(r Record) error {
	o := &b.Organisation
	if err := json.Unmarshal([]byte(r.Body), o); err != nil {
		return err
	}
	zone, err := time.LoadLocation(o.TimeZone)
	b.Zone = zone
	b.Look = brand.Make(o.ID, o.Name, o.Brand)
	// What is kept after an erasure, and how pages look, is not among the rules: no
	// decision may know of it.
	b.Rules.Organisation = lawful.Organisation{
		ID: o.ID, Name: o.Name, Country: o.Country, Language: o.Language, TimeZone: o.TimeZone, Contact: o.Contact,
	}
	return err
}

func (b builder) notice(r Record) error {
	var n notice.Notice
	if err := json.Unmarshal([]byte(r.Body), &n); err != nil {
		return err
	}
	p := Published{Notice: n, Published: r.Recorded, Digest: n.Digest(), Entry: r.Entry, Invalid: b.invalid[noticeVersion(n.ID, n.Version)]}
	b.Notices = append(b.Notices, p)
	rule := lawful.Notice{ID: n.ID, Version: n.Version, Published: p.Published, Digest: p.Digest, From: begins(n.From, b.Zone)}
	for _, c := range n.Changes {
		rule.Changes = append(rule.Changes, lawful.Change{Purpose: c.Purpose, Effect: cmp.Or(c.Effect, notice.Inform), Why: c.Why})
	}
	if p.Invalid != nil {
		rule.Invalid = &lawful.Invalid{Reason: p.Invalid.Reason, DecidedBy: p.Invalid.DecidedBy}
	}
	b.Rules.Notices[n.ID] = append(b.Rules.Notices[n.ID], rule)
	return nil
}

func (b builder) purpose(r Record, present bool) error {
	var p Purpose
	if err := json.Unmarshal([]byte(r.Body), &p); err != nil {
		return err
	}
	rule := lawful.Purpose{
		ID: p.ID, From: begins(p.From, b.Zone), Retired: r.Retired, Marketing: p.Marketing, Profiling: p.Profiling,
		Title: p.Title, Basis: p.Basis, Law: p.Law, Audience: p.Audience, Channels: p.Channels, Operations: p.Operations, Notice: p.Notice,
		Minimum: "recorded", Confirmation: p.Confirmation, ExpiresMonth: p.Expires.Months(), Recipients: p.Recipients,
	}
	for _, d := range p.Data {
		rule.Data = append(rule.Data, lawful.Data{Name: d.Name, MaxAge: d.MaxAge.Lawful(), Optional: d.Optional})
	}
	if r := p.Retention; r != nil {
		rule.Retention = &lawful.Retention{From: r.From, For: *r.For.Lawful()}
	}
	if f := p.Frequency; f != nil {
		rule.Frequency = &lawful.Frequency{Max: f.Max, Per: f.Per, Channels: f.Channels}
	}
	if p.Evidence != nil {
		rule.Minimum = cmp.Or(p.Evidence.Minimum, rule.Minimum)
		rule.ConfirmFrom = begins(p.Evidence.ConfirmedFrom, b.Zone)
	}
	earlier := remaining(b.Rules.Purposes[p.ID], rule.From, func(v lawful.Purpose) *time.Time { return v.From })
	b.Rules.Purposes[p.ID] = append(earlier, rule)
	if present {
		b.Purposes = append(b.Purposes, p)
	}
	return nil
}

func (b builder) source(r Record, present bool) error {
	var s Source
	if err := json.Unmarshal([]byte(r.Body), &s); err != nil {
		return err
	}
	rule := lawful.Source{
		ID: s.ID, From: begins(s.From, b.Zone), Kind: s.Kind, Title: s.Title, Default: s.Default,
		ConditionOf: s.ConditionOf, Purposes: s.Purposes, Notice: s.Notice,
	}
	if a := s.Accepted; a != nil {
		rule.Accepted = &lawful.Accepted{
			Grade: a.Grade, Reason: a.Reason, DecidedBy: a.DecidedBy, DPOOpinion: a.DPOOpinion, Until: ends(a.Until, b.Zone),
		}
	}
	if l := s.Licence; l != nil {
		rule.Licensed = ends(l.Expires, b.Zone)
	}
	earlier := remaining(b.Rules.Sources[s.ID], rule.From, func(v lawful.Source) *time.Time { return v.From })
	b.Rules.Sources[s.ID] = append(earlier, rule)
	if present {
		b.Sources = append(b.Sources, s)
	}
	return nil
}

// remaining keeps the versions that stand beside a later one: a version that was
// to begin after it is taken back, because the file now says what holds from then on.
func remaining[T any](versions []T, begins *time.Time, from func(T) *time.Time) []T {
	return slices.DeleteFunc(versions, func(v T) bool {
		was := from(v)
		return was != nil && (begins == nil || was.After(*begins))
	})
}

// recipient keeps the latest version alone. One that was retired had its
// contract until then, for questions about the days before.
func (b builder) recipient(r Record, present bool) error {
	var v Recipient
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
		return err
	}
	rule := lawful.Recipient{ID: v.ID, Kind: v.Kind, Name: v.Name, Country: v.Country}
	if v.Contract != nil {
		rule.Signed, rule.Expires = begins(v.Contract.Signed, b.Zone), ends(v.Contract.Expires, b.Zone)
	}
	if from := begins(v.From, b.Zone); from != nil && rule.Signed != nil && from.After(*rule.Signed) {
		rule.Signed = from
	}
	if r.Retired != nil && (rule.Expires == nil || r.Retired.Before(*rule.Expires)) {
		rule.Expires = r.Retired
	}
	b.Rules.Recipients[v.ID] = rule
	if present {
		b.Recipients = append(b.Recipients, v)
	}
	return nil
}
