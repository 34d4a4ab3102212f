// SPDX-License-Identifier: Apache-2.0

package law

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lecito/lecito/lawful"
)

// Listing is the law of a jurisdiction on a day, for people to read.
type Listing struct {
	ID      string            `json:"id"`
	Title   map[string]string `json:"title"`
	Day     string            `json:"day"`
	On      bool              `json:"on"`
	Why     string            `json:"why,omitempty"`     // it is off by itself
	Decided *Switch           `json:"decided,omitempty"` // by whom it was switched on, in an organisation's listing
	Bases   []string          `json:"bases,omitempty"`   // packs that fill its gaps, nearest first
	Checked string            `json:"checked"`
	Rules   []Entry           `json:"rules"`             // in force on the day: its own first, then those of its bases
	Later   []Entry           `json:"later,omitempty"`   // certain, from a day after
	Past    []Entry           `json:"past,omitempty"`    // over by the day
	Pending []Entry           `json:"pending,omitempty"` // not law yet
}

// Entry is a rule in a listing.
type Entry struct {
	Key string `json:"key"`
	Rule
	Verified bool             `json:"verified"`           // read in the text of the law or of the authority
	Override *lawful.Override `json:"override,omitempty"` // in an organisation's listing: Value is its own
}

// On is the law of a jurisdiction on a day, as 2026-08-11, without what an
// organisation overrides. Rules of decision are the base's and listed there only.
func On(jurisdiction, day string) (*Listing, error) {
	p, err := Find(jurisdiction)
	if err != nil {
		return nil, err
	}
	l := &Listing{ID: p.ID, Title: p.Title, Day: day, On: p.On, Why: p.Why, Checked: p.Checked}
	said := map[string]bool{}
	for at := p; at != nil; at = Packs()[at.Base] {
		if at != p {
			l.Bases = append(l.Bases, at.ID)
		}
		var found []string
		for i := range at.Rules {
			r := &at.Rules[i]
			if r.Decision && at != p || said[r.Topic] && !r.Pending {
				continue
			}
			if l.add(at, r) {
				found = append(found, r.Topic)
			}
		}
		for _, topic := range found {
			said[topic] = true
		}
	}
	return l, nil
}

// add puts a rule where it belongs, and tells whether it is in force.
func (l *Listing) add(p *Pack, r *Rule) bool {
	e := Entry{Key: p.Key(r), Rule: *r, Verified: r.Assurance == lawful.AssuranceVerified}
	switch {
	case r.Pending:
		l.Pending = append(l.Pending, e)
	case r.On(l.Day):
		l.Rules = append(l.Rules, e)
		return true
	case r.From > l.Day:
		l.Later = append(l.Later, e)
	default:
		l.Past = append(l.Past, e)
	}
	return false
}

// Text writes the listing in a language; what is not there in it comes in English.
func (l *Listing) Text(w io.Writer, language string) error {
	t := &teller{w: w, language: language}
	t.line("%s (%s) on %s", t.in(l.Title), l.ID, l.Day)
	for _, id := range l.Bases {
		if id == lawful.Base {
			t.line("What is said nowhere else comes from the floor that holds everywhere (base).")
			continue
		}
		t.line("Uses the %s base for what it does not say itself.", id)
	}
	switch {
	case !l.On:
		t.line("OFF until an organisation switches it on: it %s.", l.Why)
	case l.Decided != nil:
		t.line("Switched on by %s: %s It %s.", l.Decided.DecidedBy, sentence(l.Decided.Reason), l.Why)
	}
	unsure := len(l.Rules) - len(slices.DeleteFunc(slices.Clone(l.Rules), func(e Entry) bool { return !e.Verified }))
	t.line("Compared with its sources on %s; %d of %d rules in force are not verified in the text of the law.", l.Checked, unsure, len(l.Rules))
	t.section("In force", l.own(true))
	t.section("In force, from its base", l.own(false))
	t.section("From a later day", l.Later)
	t.section("Not law yet, and never applied", l.Pending)
	t.section("No longer in force", l.Past)
	if l.ID != lawful.Base {
		t.line("\nHow decisions are made is the same everywhere: lecito law base.")
	}
	return t.err
}

// own are the rules in force that the pack says itself, or those it has from a base.
func (l *Listing) own(own bool) []Entry {
	return slices.DeleteFunc(slices.Clone(l.Rules), func(e Entry) bool {
		return own != strings.HasPrefix(e.Key, strings.ToLower(l.ID)+".")
	})
}

// teller writes for people.
type teller struct {
	w        io.Writer
	language string
	err      error
}

func (t *teller) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func (t *teller) in(text map[string]string) string {
	if s := text[t.language]; s != "" {
		return s
	}
	return text["en"]
}

func (t *teller) section(title string, entries []Entry) {
	if len(entries) == 0 {
		return
	}
	t.line("\n%s", title)
	for _, e := range entries {
		t.line("  %s%s%s", e.Key, before(": ", e.Value.String()), days(e.Rule))
		t.line("      %s", t.in(e.Text))
		t.line("      %s [%s]", e.Source, sureness(e.Assurance))
		if o := e.Override; o != nil {
			t.line("      CHANGED by %s (the law says %s): %s", o.DecidedBy, o.Was, o.Reason)
		}
	}
}

func before(mark, text string) string {
	if text == "" {
		return ""
	}
	return mark + text
}

// days says when a rule holds.
func days(r Rule) string {
	return before(", from ", r.From) + before(", until ", r.To)
}

// sureness says in words how sure a rule is.
func sureness(assurance string) string {
	switch assurance {
	case lawful.AssuranceVerified:
		return "verified"
	case lawful.AssuranceSecondary:
		return "NOT VERIFIED: read in secondary sources"
	case lawful.AssuranceComputed:
		return "follows from other rules"
	}
	return "NOT VERIFIED: from memory"
}

// Index writes which packs there are.
func Index(w io.Writer, language string) error {
	t := &teller{w: w, language: language}
	t.line("The law known here, by jurisdiction. Read one with: lecito law IT")
	for _, id := range IDs() {
		p := Packs()[id]
		state := "on"
		if !p.On {
			state = "off"
		}
		t.line("  %-6s %-4s %s%s", p.ID, state, t.in(p.Title), before("; base ", p.Base))
	}
	t.line("A pack that is off %s.", why())
	return t.err
}

// why is why packs are off, where it is one reason.
func why() string {
	var reasons []string
	for _, id := range IDs() {
		if p := Packs()[id]; !p.On && !slices.Contains(reasons, p.Why) {
			reasons = append(reasons, p.Why)
		}
	}
	return strings.Join(reasons, ", or ")
}
