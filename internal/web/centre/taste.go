// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"net/url"
	"slices"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// spare is a kind of data that the purpose can do without, with its two buttons.
type spare struct {
	Action, Purpose, Data string
	Title                 string
	Yes, No               bool
	Note                  ui.Text
	Mute                  bool
}

// taste is what a person chooses among for a purpose they receive: a preference.
type taste struct {
	Action, Purpose, Title string
	Topics, Rhythms        []liking
}

type liking struct {
	ID, Title string
	Chosen    bool
}

// parts lists the kinds of data a purpose can do without. They are shown while
// the purpose goes on, and where the person left one out.
func (v *visit) parts(p register.Purpose, action string, on bool) []spare {
	var out []spare
	for _, d := range p.Optional() {
		no := v.unwanted(p, d.Name)
		if !on && len(no) == 0 {
			continue
		}
		one := spare{
			Action: action, Purpose: p.ID, Data: d.Name, Title: v.in(d.Title, d.Name), Yes: on && len(no) == 0, No: len(no) > 0,
			Mute: !v.notice(p).ready, Note: ui.Say("taste.data.used"),
		}
		if one.No {
			one.Note = ui.Say("taste.data.unused", ui.Day{Time: no[0].Happened})
		}
		out = append(out, one)
	}
	return out
}

// unwanted lists the no's of the person to a kind of data that stand, one a chain.
func (v *visit) unwanted(p register.Purpose, data string) []*lawful.Recorded {
	var out []*lawful.Recorded
	for _, chain := range v.person.Chains {
		own := slices.DeleteFunc(slices.Clone(v.person.History), func(f lawful.Recorded) bool { return f.Chain != chain })
		lawful.Sort(own)
		if no := v.register.Rules.Unwanted(own, p.ID, data); no != nil {
			out = append(out, no)
		}
	}
	return out
}

// taste is nil where there is nothing to choose among, or nothing is received.
func (v *visit) taste(p register.Purpose, action string, on bool) *taste {
	if !on || !p.Preferable() {
		return nil
	}
	liked := p.Liked(v.person.History)
	t := &taste{Action: action, Purpose: p.ID, Title: v.in(p.Title, p.ID)}
	for _, o := range p.Topics {
		t.Topics = append(t.Topics, liking{o.ID, v.in(o.Title, o.ID), slices.Contains(liked.Topics, o.ID)})
	}
	for _, o := range p.Rhythms {
		t.Rhythms = append(t.Rhythms, liking{o.ID, v.in(o.Title, o.ID), o.ID == liked.Rhythm})
	}
	return t
}

// in gives a text in the reader's language, or what stands for it.
func (v *visit) in(t register.Texts, otherwise string) string {
	if text := t.In(v.language, v.register.Organisation.Language); text != "" {
		return text
	}
	return otherwise
}

// offered finds the purpose of a form among those that a person decides about.
func (v *visit) offered(form url.Values) (register.Purpose, bool) {
	p, ok := v.register.Purpose(form.Get("purpose"))
	return p, ok && p.Choosable()
}

// use leaves a kind of data out of a purpose, or allows it again. What stands
// already is not said again.
func (v *visit) use(form url.Values, yes bool) ([]choice.Record, error) {
	p, ok := v.offered(form)
	i := slices.IndexFunc(p.Optional(), func(d register.Data) bool { return d.Name == form.Get("data") })
	if !ok || i < 0 {
		return nil, misread()
	}
	data := p.Optional()[i]
	no := v.unwanted(p, data.Name)
	switch {
	case yes:
		return v.allow(p, data, no)
	case len(no) > 0:
		return nil, nil
	}
	return []choice.Record{v.whole(v.leaveOut(p, data.Name))}, nil
}

// leaveOut withdraws a part of a consent, or objects to a part of what rests on none.
func (v *visit) leaveOut(p register.Purpose, data string) lawful.Choice {
	word := lawful.Withdrawn
	if p.Basis != lawful.BasisConsent {
		word = lawful.Objected
	}
	return lawful.Choice{Purpose: p.ID, Data: data, Choice: word, Evidence: &lawful.Evidence{Method: "preference_centre"}}
}

// allow says yes again in each chain that holds a no: none counts for another.
func (v *visit) allow(p register.Purpose, data register.Data, no []*lawful.Recorded) ([]choice.Record, error) {
	on := v.notice(p)
	if !on.ready {
		return nil, problem.New(problem.Conflict, "no_notice", "There is no text that a yes could be given on.")
	}
	var records []choice.Record
	for _, n := range no {
		i := slices.IndexFunc(v.holders, func(h subject.Held) bool { return h.Chain == n.Chain })
		if i < 0 {
			continue // a chain that nothing leads to any longer
		}
		records = append(records, v.says(v.holders[i], lawful.Choice{
			Purpose: p.ID, Data: data.Name, Choice: lawful.Given, Notice: &on.ref,
			Evidence: &lawful.Evidence{Method: "preference_centre", Default: "unticked", Text: v.in(data.Title, data.Name)},
		}))
	}
	return records, nil
}

// like records what the person prefers. Without a topic there is nothing to send
// any more, which is for the buttons above to say.
func (v *visit) like(form url.Values) ([]choice.Record, error) {
	p, ok := v.offered(form)
	topics, rhythm := form["topic"], form.Get("rhythm")
	switch {
	case !ok || !p.Preferable():
		return nil, misread()
	case len(p.Topics) > 0 && len(topics) == 0:
		return nil, errNoTopic
	case !p.Offers(topics, rhythm):
		return nil, misread()
	}
	if liked := p.Liked(v.person.History); liked.At != nil && slices.Equal(liked.Topics, topics) && liked.Rhythm == rhythm {
		return nil, nil
	}
	record := v.whole(lawful.Choice{})
	record.Facts[0] = lawful.Fact{
		Kind: lawful.KindPreference, Happened: v.now, Actor: lawful.ActorPerson, Source: register.PreferenceCentre,
		Purpose: p.ID, Topics: topics, Rhythm: rhythm,
	}
	return []choice.Record{record}, nil
}

// whole makes a record of what the person says with all their contacts.
func (v *visit) whole(c lawful.Choice) choice.Record {
	record := v.says(v.through(), c)
	record.Chain = v.link.Subject
	if !slices.ContainsFunc(v.held, func(h subject.Held) bool { return h.Chain == v.link.Subject }) {
		record.Chain = v.through().Chain
	}
	return record
}

// liked is what the person preferred about a purpose, for its history. No receipt
// goes with it: it is no consent.
func (v *visit) liked(p register.Purpose, f lawful.Recorded) ui.Event {
	var chosen []ui.Text
	for _, o := range p.Topics {
		if slices.Contains(f.Topics, o.ID) {
			chosen = append(chosen, ui.Verbatim(v.in(o.Title, o.ID)))
		}
	}
	for _, o := range p.Rhythms {
		if o.ID == f.Rhythm {
			chosen = append(chosen, ui.Verbatim(v.in(o.Title, o.ID)))
		}
	}
	e := ui.Event{Tone: ui.Plain, Text: ui.Say("taste.did"), Happened: f.Happened, Recorded: f.Happened, By: v.by(f)}
	if len(chosen) > 0 {
		e.Detail = joined(chosen)
	}
	return e
}
