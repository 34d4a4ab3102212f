// SPDX-License-Identifier: Apache-2.0

package law

import (
	"slices"
	"strings"

	"github.com/lecito/lecito/lawful"
)

// Switch is an organisation's written decision to use a pack that is off.
type Switch struct {
	ID        string `json:"-"`
	Reason    string `json:"reason"`
	DecidedBy string `json:"decided_by"`
}

// InUse makes of a listing that of an organisation: the pack on where it was
// switched on, and the values it changed in writing in place of the law's.
func (l *Listing) InUse(switches []Switch, overrides []Override) error {
	for _, s := range switches {
		if canonical(s.ID) == l.ID && !l.On {
			l.On, l.Decided = true, &s
		}
	}
	for _, o := range overrides {
		p, r, err := overridable(o.Rule)
		if err != nil {
			return err
		}
		key := p.Key(r)
		value, err := ParseValue(key, o.Value)
		if err != nil {
			return err
		}
		for _, entries := range [][]Entry{l.Rules, l.Later, l.Past} {
			for i := range entries {
				if e := &entries[i]; e.Key == key {
					e.Override = &lawful.Override{Was: e.Value.String(), Reason: o.Reason, DecidedBy: o.DecidedBy}
					e.Value = value
				}
			}
		}
	}
	return nil
}

// Has tells whether there is a pack for a jurisdiction.
func Has(id string) bool { return slices.Contains(IDs(), canonical(id)) }

// sentence ends a text with a full stop.
func sentence(text string) string { return strings.TrimRight(strings.TrimSpace(text), ".") + "." }
