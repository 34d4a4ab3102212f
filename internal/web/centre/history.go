// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"slices"
	"strconv"
	"time"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// history is what the person chose about a purpose, the latest first, each with
// its seal, which leads to the receipt.
func (v *visit) history(p register.Purpose, path string) ui.Timeline {
	t := ui.Timeline{Title: ui.Say("centre.history")}
	for _, f := range v.told(p) {
		t.Items = append(t.Items, v.event(f, path))
	}
	for _, f := range v.person.History {
		if f.Kind == lawful.KindPreference && f.Purpose == p.ID {
			t.Items = append(t.Items, v.liked(p, f))
		}
	}
	slices.SortStableFunc(t.Items, func(a, b ui.Event) int { return b.Happened.Compare(a.Happened) })
	return t
}

// told lists what was chosen about a purpose and the messages that asked to
// confirm it, the latest first.
func (v *visit) told(p register.Purpose) []lawful.Recorded {
	var out []lawful.Recorded
	asked := map[string]bool{} // yeses, by chain and place
	place := func(chain string, seq int64) string { return chain + "/" + strconv.FormatInt(seq, 10) }
	for _, f := range v.person.History {
		if f.Choice != nil && concerns(*f.Choice, p) {
			out = append(out, f)
			asked[place(f.Chain, f.Seq)] = true
		}
	}
	for _, f := range v.person.History {
		if f.Message != nil && slices.ContainsFunc(f.Message.Asks, func(seq int64) bool { return asked[place(f.Chain, seq)] }) {
			out = append(out, f)
		}
	}
	latestFirst(out)
	return out
}

// concerns says whether a choice is about a purpose. A no to all advertising on a
// channel is about what uses that channel.
func concerns(c lawful.Choice, p register.Purpose) bool {
	if c.Purpose != "" {
		return c.Purpose == p.ID
	}
	return p.Marketing && (c.Channel == "" || slices.Contains(p.Channels, c.Channel))
}

// choices lists what the person chose, the latest first.
func (v *visit) choices() []lawful.Recorded {
	var out []lawful.Recorded
	for _, f := range v.person.History {
		if f.Choice != nil {
			out = append(out, f)
		}
	}
	latestFirst(out)
	return out
}

func latestFirst(facts []lawful.Recorded) {
	slices.SortStableFunc(facts, func(a, b lawful.Recorded) int {
		if c := b.Happened.Compare(a.Happened); c != 0 {
			return c
		}
		return b.Recorded.Compare(a.Recorded)
	})
}

func (v *visit) event(f lawful.Recorded, path string) ui.Event {
	if f.Message != nil {
		return ui.Event{
			Tone: ui.Plain, Text: ui.Say("message.centre.asked"), Detail: ui.Verbatim(f.Message.Subject), Happened: f.Happened,
			Recorded: f.Happened, By: ui.Say("centre.by.system"),
		}
	}
	e := ui.Event{
		Tone: ui.No, Text: did(*f.Choice), Happened: f.Happened, Recorded: f.Recorded, By: v.by(f),
		Detail: v.about(f), Seal: &ui.Seal{Wait: true},
	}
	if f.Recorded.Sub(f.Happened).Abs() < time.Minute { // as the page writes times, one and the same
		e.Recorded = e.Happened
	}
	if f.Choice.Choice == lawful.Given || f.Choice.Choice == lawful.Confirmed {
		e.Tone = ui.Yes
	}
	if at, sealed := v.positions[f.Entry]; sealed {
		e.Seal = &ui.Seal{Entry: at, Href: path + "/receipts/" + f.Entry}
	}
	return e
}

// did says what somebody chose, as the act it was.
func did(c lawful.Choice) ui.Text {
	switch {
	case c.Data != "" && c.Choice == lawful.Given:
		return ui.Say("taste.did.use")
	case c.Data != "":
		return ui.Say("taste.did.omit")
	}
	if c.Purpose != "" || c.Choice == lawful.Confirmed || c.Choice == lawful.Given {
		return ui.Say("centre.did." + c.Choice)
	}
	if c.Channel != "" {
		return ui.Say("centre.did.channel")
	}
	return ui.Say("centre.did.everything")
}

// about says on which channel and with which contact.
func (v *visit) about(f lawful.Recorded) ui.Text {
	var contact *ui.Text
	for _, h := range v.held {
		if slices.Contains(f.Identifiers, h.Identifier.Identifier) && lawful.Reaches(f.Choice.Channel, h.Kind) {
			c := v.contact(h)
			contact = &c
			break
		}
	}
	switch {
	case f.Choice.Data != "":
		return ui.Verbatim(v.datum(f.Choice))
	case f.Choice.Channel == "":
		return ui.Text{}
	case contact == nil:
		return ui.Say("channel." + f.Choice.Channel)
	}
	return ui.Say("centre.about", ui.Say("channel."+f.Choice.Channel), *contact)
}

// datum names a kind of data as its switch does.
func (v *visit) datum(c *lawful.Choice) string {
	p, _ := v.register.Purpose(c.Purpose)
	for _, d := range p.Data {
		if d.Name == c.Data {
			return v.in(d.Title, d.Name)
		}
	}
	return c.Data
}

// by says who acted, through what.
func (v *visit) by(f lawful.Recorded) ui.Text {
	switch f.Actor {
	case lawful.ActorPerson:
		return ui.Say("centre.by.person", v.source(f.Source))
	case lawful.ActorOperator:
		return ui.Say("centre.by.operator")
	case lawful.ActorImport:
		return ui.Say("centre.by.import", v.source(f.Source))
	}
	return ui.Say("centre.by.system")
}
