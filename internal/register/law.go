// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
)

// laws checks what the file says of packs of law, and calls packs and rules by
// their own names, however they were typed.
func (c *checker) laws() {
	var on []string
	for i := range c.doc.Packs {
		p := &c.doc.Packs[i]
		if p.ID == "" {
			continue
		}
		pack, err := law.Find(p.ID)
		if err != nil {
			c.at(detail(err), "packs[%d].id", i)
			continue
		}
		if p.ID = pack.ID; pack.On {
			c.at("this pack is on without being asked for: leave it out", "packs[%d].id", i)
		}
		on = append(on, pack.ID)
	}
	seen := map[string]bool{}
	for i := range c.doc.Overrides {
		o := &c.doc.Overrides[i]
		if o.Rule == "" || o.Value == "" || o.Reason == "" || o.DecidedBy == "" || c.more {
			continue // said already
		}
		if id, topic, ok := strings.Cut(o.Rule, "."); ok {
			if pack, err := law.Find(id); err == nil {
				o.Rule = strings.ToLower(pack.ID + "." + topic)
			}
		}
		if seen[o.Rule] {
			continue // said where declarations are counted
		}
		seen[o.Rule] = true
		place := "overrides[%d].rule"
		_, err := law.Use(time.UTC, on, []law.Override{o.law()})
		if law.Known(o.Rule) {
			if _, unread := law.ParseValue(o.Rule, o.Value); unread != nil {
				place, err = "overrides[%d].value", unread
			}
		}
		if err != nil {
			c.at(detail(err), place, i)
		}
	}
}

// detail is what a problem of the law's says, without a place: the file has its own.
func detail(err error) string {
	if p := problem.As(err); p != nil {
		return p.Detail
	}
	return err.Error()
}

func (o Override) law() law.Override {
	return law.Override{Rule: o.Rule, Value: o.Value, Reason: o.Reason, DecidedBy: o.DecidedBy}
}

// law puts the packs in use among the rules: those of the program that are on,
// those the organisation switched on, with the values it changed in writing.
// What was declared when the program knew other packs and rules, and means
// nothing to it now, is left out: the law's own value holds, and the next apply
// of the file says so by its line.
func (b builder) law() error {
	var on []string
	for _, p := range b.Packs {
		if _, err := law.Find(p.ID); err == nil {
			on = append(on, p.ID)
		}
	}
	zone := b.Rules.Organisation.Zone()
	var overrides []law.Override
	for _, o := range b.Overrides {
		overrides = append(overrides, o.law())
	}
	var err error
	if b.Rules.Law, err = law.Use(zone, on, overrides); err != nil {
		overrides = slices.DeleteFunc(overrides, func(o law.Override) bool {
			_, err := law.Use(zone, on, []law.Override{o})
			return err != nil
		})
		if b.Rules.Law, err = law.Use(zone, on, overrides); err != nil {
			return fmt.Errorf("put the law in use: %w", err)
		}
	}
	b.holding = overrides
	return nil
}

// Law lists the rules of a jurisdiction on a day, as the organisation uses them:
// with the pack it switched on, and the values it changed.
func (c *Catalogue) Law(jurisdiction, day string) (*law.Listing, error) {
	listing, err := law.On(jurisdiction, day)
	if err != nil {
		return nil, err
	}
	var switches []law.Switch
	for _, p := range c.Packs {
		switches = append(switches, law.Switch{ID: p.ID, Reason: strings.TrimRight(p.Reason, ". "), DecidedBy: p.DecidedBy})
	}
	return listing, listing.InUse(switches, c.holding)
}
