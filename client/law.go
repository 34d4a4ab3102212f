// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"

	"github.com/lecito/lecito/lawful"
)

// Law is the law of a jurisdiction on a day, as the organisation uses it.
type Law struct {
	ID      string            `json:"id"` // IT, US-CA, EU or base
	Title   map[string]string `json:"title"`
	Day     string            `json:"day"`
	On      bool              `json:"on"`                // decisions ask it
	Why     string            `json:"why,omitempty"`     // it is off unless switched on
	Decided *LawSwitch        `json:"decided,omitempty"` // who switched it on
	Bases   []string          `json:"bases,omitempty"`   // packs that fill its gaps, nearest first
	Checked string            `json:"checked"`           // day on which it was last compared with its sources
	Rules   []LawRule         `json:"rules"`             // in force on the day
	Later   []LawRule         `json:"later,omitempty"`   // certain, from a day after
	Past    []LawRule         `json:"past,omitempty"`    // over by the day
	Pending []LawRule         `json:"pending,omitempty"` // not law yet, and never applied
}

// LawSwitch is the written decision to use a pack that is off by itself.
type LawSwitch struct {
	Reason    string `json:"reason"`
	DecidedBy string `json:"decided_by"`
}

// LawRule is one rule of law.
type LawRule struct {
	Key       string            `json:"key"` // as decisions cite it: it.retention.marketing
	Topic     string            `json:"topic"`
	Decision  bool              `json:"decision,omitempty"` // of how decisions are made: it has no value
	Value     LawValue          `json:"value"`              // the organisation's, where it overrides it
	From      string            `json:"from,omitempty"`
	To        string            `json:"to,omitempty"` // first day on which it no longer holds
	Text      map[string]string `json:"text"`
	Source    string            `json:"source"`
	Assurance string            `json:"assurance"`
	Pending   bool              `json:"pending,omitempty"`
	Verified  bool              `json:"verified"`
	Override  *lawful.Override  `json:"override,omitempty"`
}

// LawValue is what a rule holds: words, a number of a unit, or both.
type LawValue struct {
	Words  []string `json:"words,omitempty"`
	Number int      `json:"number,omitempty"`
	Unit   string   `json:"unit,omitempty"`
}

// Law lists the rules of a jurisdiction on a day, as 2026-03-15. Empty: of the
// organisation's country, today.
func (c *Client) Law(ctx context.Context, jurisdiction, day string) (Law, error) {
	return call[Law](ctx, c, request{method: http.MethodGet, path: "/v1/law", query: query("jurisdiction", jurisdiction, "at", day)}, nil)
}
