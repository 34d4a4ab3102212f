// SPDX-License-Identifier: Apache-2.0

// Package foresee is the pages that look ahead: what a changed file would mean
// for everybody before it is applied, and who stops being reachable soon. Both
// ask about everybody, so the work goes on after the request that asked for it,
// can be watched, left and cancelled.
//
// What it promises: nothing is changed by looking; an answer is seen by who
// asked for it and by nobody else; their number is bounded, and they are gone
// after an hour.
//
// Where it is weak: answers are kept by one process, in memory, and end with it.
package foresee

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Parts are what the pages are made with.
type Parts struct {
	Register *register.Service
	Standing *standing.Service
	UI       *ui.UI
	Clock    clock.Clock
	Log      *slog.Logger
}

// Pages serves them.
type Pages struct {
	Parts

	runs *runs
}

// New returns the pages.
func New(p Parts) *Pages { return &Pages{Parts: p, runs: newRuns(p.Clock)} }

// Close stops the work under way and waits for it.
func (p *Pages) Close() { p.runs.close() }

// Visit is somebody at a page.
type Visit struct {
	Actor    access.Actor
	Register *register.Catalogue
	Locale   *ui.Locale
	Now      time.Time
	Purpose  func(id string) string                // its title in the reader's language
	Frame    func(title ui.Text, body any) ui.Page // the frame around a body
	Trouble  func(err error) (ui.Text, string)     // what went wrong, in the reader's words and in the program's
}

// preview reads the rules of a file that is not applied.
func (p *Pages) preview(org string, doc *register.Document) standing.Proposed {
	return func(ctx context.Context, tx *db.ReadTx) (*lawful.Rules, error) {
		return p.Register.Preview(ctx, tx, org, doc)
	}
}

// progress is how far work under way is, as a part of a page.
func progress(l look, here, again string) *ui.Progress {
	return &ui.Progress{
		Events: here + "/events", Done: l.far.People, Total: l.far.Of, Text: said(l), Again: again,
		Cancel: &ui.Post{Action: here + "/cancel", Text: ui.Say("foresee.cancel")},
	}
}

func said(l look) ui.Text {
	if l.far.Of == 0 {
		return ui.Say("foresee.begun")
	}
	return ui.Say("foresee.far", l.far.People, l.far.Of)
}

// Events tells how work goes on, as it does, until it is over.
func (p *Pages) Events(w http.ResponseWriter, r *http.Request, v Visit) error {
	one, err := p.runs.find(v.Actor, r.PathValue("run"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for {
		l := one.look()
		message := map[string]any{"done": l.far.People, "total": l.far.Of, "text": v.Locale.Say(said(l))}
		if l.state != working {
			message["next"] = one.page
		}
		raw, err := json.Marshal(message)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", raw); err != nil || out.Flush() != nil || l.state != working {
			return nil // who has gone looks again
		}
		select {
		case <-tick.C:
		case <-one.over:
		case <-r.Context().Done():
			return nil
		}
	}
}

// Cancel stops work where it stands.
func (p *Pages) Cancel(w http.ResponseWriter, r *http.Request, v Visit) error {
	one, err := p.runs.find(v.Actor, r.PathValue("run"))
	if err != nil {
		return err
	}
	one.stop()
	http.Redirect(w, r, one.page, http.StatusSeeOther)
	return nil
}
