// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// Receipt makes the signed receipt of a choice on record, with its proof.
func (s *Service) Receipt(ctx context.Context, actor access.Actor, id string) ([]byte, error) {
	if err := actor.Require(access.ScopeChoices, access.ScopeSubjects); err != nil {
		return nil, err
	}
	var entry ledger.Entry
	var declared *register.Catalogue
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		if entry, err = s.ledger.Entry(ctx, tx, actor.Org, id); err != nil {
			return err
		}
		declared, err = s.rules.Catalogue(ctx, tx, actor.Org)
		return err
	})
	if err != nil {
		return nil, err
	}
	var fact lawful.Recorded
	if entry.Kind == evidence.KindFact && len(entry.Body) > 0 { // an erasure empties what is not in the log yet
		if fact, err = subject.FactOf(entry); err != nil {
			return nil, err
		}
	}
	if fact.Choice == nil {
		return nil, problem.New(problem.NotFound, "no_receipt", "There is no receipt for this entry: only choices have one.")
	}
	return s.ledger.Receipt(ctx, actor.Org, entry, receipt(declared, entry, fact))
}

// receipt writes a choice as a consent record (ISO/IEC TS 27560:2023).
func receipt(declared *register.Catalogue, entry ledger.Entry, f lawful.Recorded) evidence.Receipt {
	rules := declared.Rules
	org := rules.Organisation
	r := evidence.Receipt{
		Head:          evidence.Head{Organisation: org.ID},
		SchemaVersion: evidence.SchemaVersion27560,
		DPVVersion:    evidence.DPVVersion,
		ReceiptID:     "rcp_" + strings.TrimPrefix(entry.ID, "ent_"),
		RecordID:      entry.ID,
		Principal:     entry.Chain,
		Seq:           entry.Seq,
		Processing:    processing(rules, f),
		Parties: []evidence.Party{{
			ID: org.ID, Address: org.Country, Name: org.Name, Contact: org.Contact, Type: "controller",
		}},
		Event: event(rules, f),
	}
	r.Processing.Retention = retention(declared, r.Processing)
	for _, id := range r.Processing.Recipients {
		if p, ok := rules.Recipients[id]; ok {
			r.Parties = append(r.Parties, evidence.Party{ID: id, Address: p.Country, Name: p.Name, Contact: p.Name, Type: p.Kind})
		}
	}
	return r
}

func processing(rules *lawful.Rules, f lawful.Recorded) evidence.Processing {
	org := rules.Organisation
	p := evidence.Processing{
		Language: org.Language, Controllers: []string{org.ID}, Storage: []string{org.Country},
		Jurisdiction: org.Country, Rights: evidence.RightIRIs(), Recipients: []string{},
		Withdrawal: evidence.WithdrawalAt(org.Contact),
		Purposes:   []evidence.ReceiptPurpose{}, Data: []evidence.PII{},
	}
	if e := f.Choice.Evidence; e != nil {
		p.Collection = e.Method
	}
	if n := f.Choice.Notice; n != nil {
		p.Notice = evidence.ReceiptNotice{ID: n.ID, Version: n.Version}
		if n.Language != "" {
			p.Language = n.Language
		}
		for _, v := range rules.Notices[n.ID] {
			if v.Version == n.Version {
				p.Notice.Digest = v.Digest
			}
		}
	}
	for _, purpose := range covered(rules, f) {
		p.Purposes = append(p.Purposes, evidence.ReceiptPurpose{
			ID: purpose.ID, Title: title(purpose.Title, p.Language, org.Language), LawfulBasis: evidence.BasisIRI(purpose.Basis),
		})
		p.Data = about(p.Data, purpose, f.Choice)
		p.Recipients = append(p.Recipients, recipients(rules, purpose, f.Recorded)...)
	}
	slices.Sort(p.Recipients)
	p.Recipients = slices.Compact(p.Recipients)
	return p
}

// about adds the kinds of data of a purpose that a choice is about, each once;
// what one purpose needs is not optional.
func about(data []evidence.PII, purpose lawful.Purpose, c *lawful.Choice) []evidence.PII {
	for _, d := range purpose.Data {
		if c.Data != "" && c.Data != d.Name {
			continue
		}
		i := slices.IndexFunc(data, func(p evidence.PII) bool { return p.Type == d.Name })
		if i < 0 {
			data = append(data, evidence.PII{Type: d.Name, Optional: d.Optional})
		} else {
			data[i].Optional = data[i].Optional && d.Optional
		}
	}
	return data
}

// retention says how long data is kept: for each purpose by name where they differ.
func retention(declared *register.Catalogue, p evidence.Processing) string {
	var kept, named []string
	for _, purpose := range p.Purposes {
		text := evidence.RetentionByNotice
		if d, ok := declared.Purpose(purpose.ID); ok && d.Retention != nil {
			text = d.Retention.Text(p.Language)
		}
		kept, named = append(kept, text), append(named, purpose.Title+": "+text)
	}
	switch len(slices.Compact(slices.Clone(kept))) {
	case 0:
		return evidence.RetentionByNotice
	case 1:
		return kept[0]
	}
	return strings.Join(named, "; ")
}

func event(rules *lawful.Rules, f lawful.Recorded) evidence.Event {
	e := evidence.Event{
		Time: f.Happened, Undated: f.Undated, EntityID: f.Actor, Choice: f.Choice.Choice, Channel: f.Choice.Channel, Data: f.Choice.Data,
		Source: f.Source, Recorded: f.Recorded, Validity: evidence.ValidityOfYes,
		Type: evidence.EventType(f.Choice.Choice), State: evidence.ConsentState(f.Choice.Choice),
	}
	switch f.Choice.Choice {
	case lawful.Refused, lawful.Withdrawn, lawful.Objected:
		e.Validity = evidence.ValidityOfNo
	case lawful.Given:
		e.Grade, _ = lawful.Grade(rules, f.Fact)
		for _, p := range covered(rules, f) {
			if p.Confirmation[f.Choice.Channel] == "required" || f.Choice.Unproven {
				e.State = evidence.ConsentPending
			}
			if p.ExpiresMonth > 0 {
				e.Validity = evidence.ValidUntil(lawful.PeriodEnd(f.Happened, p.ExpiresMonth, rules.Organisation.Zone()))
			}
		}
	}
	if ev := f.Choice.Evidence; ev != nil {
		e.Text, e.Network, e.UserAgent = ev.Text, evidence.CutIP(ev.IP), ev.UserAgent
	}
	return e
}

// covered lists the purposes a choice is about, as declared last.
func covered(rules *lawful.Rules, f lawful.Recorded) []lawful.Purpose {
	var out []lawful.Purpose
	for _, versions := range rules.Purposes {
		p := versions[len(versions)-1]
		if f.Choice.Purpose == p.ID || f.Choice.Purpose == "" && p.Marketing {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b lawful.Purpose) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// recipients lists who receives data for a purpose: whom it names, or everybody
// with a contract in force where it names nobody.
func recipients(rules *lawful.Rules, p lawful.Purpose, at time.Time) []string {
	if p.Recipients != nil {
		return p.Recipients
	}
	var ids []string
	for id, r := range rules.Recipients {
		if r.Contracted(at) {
			ids = append(ids, id)
		}
	}
	return ids
}

func title(titles map[string]string, languages ...string) string {
	for _, l := range append(languages, "en") {
		if t := titles[l]; t != "" {
			return t
		}
	}
	return ""
}
