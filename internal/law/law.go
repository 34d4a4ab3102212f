// SPDX-License-Identifier: Apache-2.0

// Package law holds the law as dated data: one pack of rules a jurisdiction,
// each rule with its value, the days it holds, its source and how sure it is;
// and the arithmetic of legal periods.
//
// What it promises: no rule without a source and an assurance, no two versions
// of a rule in force on the same day, no word or unit that nothing reads; a file
// that breaks this is refused with its line. A pack is flattened when it is put
// in use: what it does not say it has from its base, and each rule keeps the key
// of the jurisdiction that says it. Law that is not in force yet is present and
// marked pending; it is shown, and never put in use.
//
// Where it is weak: the packs are a lawyer's summary, not the law. Rules marked
// secondary were read in what others write, rules marked memory were not checked
// at all; packs made mostly of those are off until an organisation switches them on.
package law

import (
	"cmp"
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Pack is the law of one jurisdiction as its file says it, without what it has
// from its base.
type Pack struct {
	ID      string            `json:"id"`             // ISO 3166 in upper case: IT, US-CA; also EU and base
	Title   map[string]string `json:"title"`          // by language
	Base    string            `json:"base,omitempty"` // id of the pack that fills its gaps
	On      bool              `json:"on"`             // in use without being asked for
	Why     string            `json:"why,omitempty"`  // why it is off
	Checked string            `json:"checked"`        // day on which it was last compared with its sources
	Rules   []Rule            `json:"rules"`          // by topic, then by day
}

// Rule is one version of one rule.
type Rule struct {
	Topic     string            `json:"topic"`
	Decision  bool              `json:"decision,omitempty"` // a rule of how decisions are made: it has a text and no value
	Value     Value             `json:"value"`
	From      string            `json:"from,omitempty"` // first day, as 2026-08-11
	To        string            `json:"to,omitempty"`   // first day on which it no longer holds
	Text      map[string]string `json:"text"`           // by language; English always
	Source    string            `json:"source"`
	Assurance string            `json:"assurance"`
	Pending   bool              `json:"pending,omitempty"` // not in force, and not certain to be on its day
}

// Key names a rule of a pack, as decisions cite it: it.retention.marketing.
func (p *Pack) Key(r *Rule) string { return strings.ToLower(p.ID) + "." + r.Topic }

//go:embed packs/*.yaml
var files embed.FS

// shared is read once: the files are part of the program and do not change.
var shared = sync.OnceValues(func() (map[string]*Pack, error) {
	entries, err := files.ReadDir("packs")
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for _, e := range entries {
		if texts[e.Name()], err = files.ReadFile(path.Join("packs", e.Name())); err != nil {
			return nil, err
		}
	}
	return read(texts)
})

// Packs are all packs of the program by id. They are shared: read only.
// It panics when a pack can't be read, which no test lets into a program.
func Packs() map[string]*Pack {
	packs, err := shared()
	if err != nil {
		panic(err)
	}
	return packs
}

// read reads the files of packs and checks that they fit together.
func read(texts map[string][]byte) (map[string]*Pack, error) {
	packs := map[string]*Pack{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		found, err := parse(name, texts[name])
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			if packs[p.ID] != nil {
				return nil, fmt.Errorf("%s: pack %s is in another file too", name, p.ID)
			}
			packs[p.ID] = p
		}
	}
	for _, p := range packs {
		if err := based(packs, p); err != nil {
			return nil, err
		}
	}
	return packs, nil
}

// based checks that a pack's chain of bases ends in the base.
func based(packs map[string]*Pack, p *Pack) error {
	at := p
	for range len(packs) {
		if at.ID == lawful.Base {
			return nil
		}
		next := packs[at.Base]
		if next == nil {
			return fmt.Errorf("pack %s: its base %q is no pack", at.ID, at.Base)
		}
		at = next
	}
	return fmt.Errorf("pack %s is its own base", p.ID)
}

// Find is the pack of a jurisdiction named in any case, as IT, us-ca or UK.
func Find(id string) (*Pack, error) {
	packs := Packs()
	if p := packs[canonical(id)]; p != nil {
		return p, nil
	}
	return nil, problem.Newf(problem.NotFound, "unknown_jurisdiction",
		"no pack of law for this jurisdiction; known are %s", strings.Join(IDs(), ", "))
}

// canonical is how a pack is called that somebody named in another way.
func canonical(id string) string {
	id = strings.ToUpper(strings.TrimSpace(id))
	switch id {
	case "BASE":
		return lawful.Base
	case "UK":
		return "GB"
	case "EL":
		return "GR"
	}
	return id
}

// IDs are the ids of all packs: the base and the EU first, then by letter.
func IDs() []string {
	rank := func(id string) int {
		return slices.Index([]string{"EU", lawful.Base}, id)
	}
	return slices.SortedFunc(maps.Keys(Packs()), func(a, b string) int {
		return cmp.Or(rank(b)-rank(a), strings.Compare(a, b))
	})
}

// On tells whether a rule holds on a day, written as 2026-08-11.
func (r *Rule) On(day string) bool {
	return !r.Pending && (r.From == "" || r.From <= day) && (r.To == "" || day < r.To)
}

// midnight is the first instant of a day in a time zone, also where clocks jump over it.
func midnight(day string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil || t.Hour() == 0 && t.Format(time.DateOnly) == day {
		return t, err
	}
	start, end := t.ZoneBounds()
	if t.Format(time.DateOnly) == day {
		return start, nil
	}
	return end, nil
}
