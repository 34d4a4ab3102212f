// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// event is one thing that happened, as the timeline tells it.
type event struct {
	Tone     ui.Tone
	Text     ui.Text
	About    ui.Text // purpose and channel
	Grade    ui.Text // how well it is proven, with what that means
	Reason   ui.Text // why it has that grade
	Shown    string  // the words that were shown
	Notice   *ui.Link
	Happened time.Time
	Undated  bool
	Recorded time.Time
	By       ui.Text
	Row      ui.Text // of an imported file
	Seal     *ui.Seal
}

// pageEvents is how many things a page of the timeline tells.
const pageEvents = 60

// story tells what happened, the latest first, from an entry on.
func (s subjectView) story(before string) (events []event, older string) {
	history := slices.Clone(s.whole.Person.History)
	slices.SortFunc(history, func(a, b lawful.Recorded) int {
		return cmp.Or(b.Happened.Compare(a.Happened), b.Recorded.Compare(a.Recorded), strings.Compare(b.Entry, a.Entry))
	})
	if i := slices.IndexFunc(history, func(f lawful.Recorded) bool { return f.Entry == before }); i >= 0 {
		history = history[i:]
	}
	if len(history) > pageEvents {
		q := url.Values{"before": {history[pageEvents].Entry}}
		if s.atDay != "" {
			q.Set("at", s.atDay)
		}
		if s.knownDay != "" {
			q.Set("known", s.knownDay)
		}
		older, history = "?"+q.Encode()+"#story", history[:pageEvents]
	}
	for _, f := range history {
		events = append(events, s.event(f))
	}
	return events, older
}

func (s subjectView) event(f lawful.Recorded) event {
	e := s.tell(f)
	e.Seal = s.seal(f.Entry)
	return e
}

// tell puts a fact into words.
func (v *visit) tell(f lawful.Recorded) event {
	e := event{Tone: tone(f), Text: v.what(f.Fact), Happened: f.Happened, Undated: f.Undated, Recorded: f.Recorded, By: v.by(f)}
	if p := f.Provenance; p != nil {
		e.Row = ui.Say("console.story.row", p.Row)
	}
	if m := f.Message; m != nil {
		e.About, e.Shown = ui.Verbatim(m.Subject), m.Text
		return e
	}
	if f.Choice == nil {
		e.About = v.reader().Particulars(f.Fact)
		return e
	}
	e.About = v.about(f.Choice)
	if n := f.Choice.Notice; n != nil {
		e.Notice = &ui.Link{Href: noticeAddress(n.ID, n.Version), Text: ui.Say("console.notice.name", n.ID, n.Version)}
	}
	if f.Choice.Evidence != nil {
		e.Shown = f.Choice.Evidence.Text
	}
	if f.Choice.Choice == lawful.Given {
		grade, why := lawful.Grade(v.register.Rules, f.Fact)
		e.Grade, e.Reason = ui.Say("grade."+grade), ui.Say("console.grade."+why)
	}
	return e
}

func tone(f lawful.Recorded) ui.Tone {
	if f.Choice != nil {
		switch f.Choice.Choice {
		case lawful.Given, lawful.Confirmed:
			return ui.Yes
		}
		return ui.No
	}
	switch f.Kind {
	case lawful.KindBlocked, lawful.KindUndeliverable, lawful.KindRestriction, lawful.KindDeceased:
		return ui.Due
	}
	return ui.Plain
}

// what names what happened.
func (v *visit) what(f lawful.Fact) ui.Text {
	if f.Choice == nil {
		return ui.Say("console.fact." + f.Kind)
	}
	if f.Choice.Choice == lawful.Withdrawn && f.Choice.Purpose == "" {
		return ui.Say("console.story.unsubscribed")
	}
	return ui.Say("choice." + f.Choice.Choice)
}

// about names purpose and channel; a no may be about all of either.
func (v *visit) about(c *lawful.Choice) ui.Text {
	purpose, way := ui.Say("console.story.marketing"), ui.Say("console.story.channels")
	if c.Purpose != "" {
		purpose = ui.Verbatim(v.purpose(c.Purpose))
	}
	if c.Channel != "" {
		way = channel(c.Channel)
	}
	if c.Data != "" {
		return ui.Say("console.story.data", purpose, c.Data)
	}
	return ui.Say("console.story.about", purpose, way)
}

// by says who states it, and where it comes from.
func (v *visit) by(f lawful.Recorded) ui.Text {
	if f.Source == "" {
		return ui.Say("console.by." + f.Actor)
	}
	return ui.Say("console.by.source", ui.Say("console.by."+f.Actor), v.source(f.Source))
}

func noticeAddress(id string, version int) string {
	return "/notices/" + url.PathEscape(id) + "/" + strconv.Itoa(version)
}
