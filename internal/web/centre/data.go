// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// copied is what is on record here about a person, as they can take it with
// them (GDPR arts 15(3), 20): every identifier and every fact.
type copied struct {
	Organisation string       `json:"organisation"`
	Made         time.Time    `json:"made"`
	Subject      []string     `json:"subject"` // pseudonyms, as receipts and certificates name the person
	Identifiers  []identifier `json:"identifiers"`
	Facts        []fact       `json:"facts"`
}

type identifier struct {
	Kind   string `json:"kind"`
	Value  string `json:"value"`
	Source string `json:"source,omitempty"`
}

type fact struct {
	Entry    string    `json:"entry"`
	Position *int64    `json:"position,omitempty"` // in the log
	Recorded time.Time `json:"recorded"`
	lawful.Fact
}

func (v *visit) copy() copied {
	c := copied{Organisation: v.link.Org, Made: v.now, Subject: v.person.Chains, Identifiers: []identifier{}, Facts: []fact{}}
	for _, h := range v.held {
		c.Identifiers = append(c.Identifiers, identifier{h.Kind, h.Given, h.Source})
	}
	for _, f := range v.person.History {
		out := fact{Entry: f.Entry, Recorded: f.Recorded, Fact: f.Fact}
		if at, ok := v.positions[f.Entry]; ok {
			out.Position = &at
		}
		c.Facts = append(c.Facts, out)
	}
	return c
}

// openData opens a link that shows the person's data: not one of those that a
// company makes for choosing alone.
func (s *Centre) openData(r *http.Request) (*visit, error) {
	v, err := s.open(r, s.Links.OpenCentre)
	if err == nil && v.link.Scope == link.ScopeChoices {
		err = problem.New(problem.Forbidden, "link_scope", "This link opens the choices, and not the data.")
	}
	return v, err
}

func (s *Centre) dataJSON(w http.ResponseWriter, r *http.Request) error {
	v, err := s.openData(r)
	if err != nil {
		return err
	}
	file, err := json.MarshalIndent(v.copy(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode a copy: %w", err)
	}
	return web.SendFile(w, "application/json", v.link.Org+"-data.json", append(file, '\n'))
}

// dataText is the same for reading: who is known how, and what was chosen when.
func (s *Centre) dataText(w http.ResponseWriter, r *http.Request) error {
	v, err := s.openData(r)
	if err != nil {
		return err
	}
	l := s.UI.Locale(v.language, v.register.Zone)
	var b strings.Builder
	say := func(ts ...ui.Text) {
		for _, t := range ts {
			b.WriteString(l.Say(t) + "\n")
		}
	}
	say(ui.Say("centre.copy", v.register.Organisation.Name, v.now), ui.Text{}, ui.Say("centre.copy.held"))
	for _, h := range v.held {
		b.WriteString("- " + l.Say(v.contact(h)) + "\n")
	}
	say(ui.Text{}, ui.Say("centre.copy.choices"))
	for _, f := range v.choices() {
		b.WriteString("\n" + l.DateTime(f.Happened) + " · " + l.Say(did(*f.Choice)) + "\n")
		if p, ok := v.register.Purpose(f.Choice.Purpose); ok {
			b.WriteString("  " + p.Title.In(v.language, v.register.Organisation.Language) + "\n")
		}
		for _, t := range []ui.Text{v.about(f), v.by(f), ui.Say("centre.copy.recorded", f.Recorded)} {
			if line := l.Say(t); line != "" {
				b.WriteString("  " + line + "\n")
			}
		}
	}
	if others := len(v.person.History) - len(v.choices()); others > 0 {
		say(ui.Text{}, ui.Say("centre.copy.others", others))
	}
	return web.SendFile(w, "text/plain; charset=utf-8", v.link.Org+"-data.txt", []byte(b.String()))
}
