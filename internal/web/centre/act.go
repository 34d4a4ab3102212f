// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// What a form can ask for, and what the page that follows says was done.
const (
	actStop = "stop"
	actYes  = "yes"
	actNo   = "no"
	actUndo = "undo"
	actUse  = "use"
	actOmit = "omit"
	actLike = "like"
	actNone = "none" // a preference for nothing, which is none

	actAgain = "again" // send the message that asks to confirm once more
	didMany  = "many"  // it was sent often enough
)

// errNoTopic is a form of preferences that leaves nothing to be sent.
var errNoTopic = errors.New("no topic is chosen")

// act does what a form of the page asks for, and shows the page again.
func (s *Centre) act(w http.ResponseWriter, r *http.Request) error {
	// The address is the key, so nobody else can know where to send a form; this
	// is the second lock.
	if err := web.SameSite(r); err != nil {
		return err
	}
	v, err := s.open(r, s.Links.OpenCentre)
	if err != nil {
		return err
	}
	if err := s.weigh(r.Context(), v); err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return misread()
	}
	act, anchor := r.PostForm.Get("act"), ""
	if act == actAgain {
		return s.sendAgain(w, r, v)
	}
	records, err := s.meant(r.Context(), v, r.PostForm)
	if _, ok := v.offered(r.PostForm); ok {
		anchor = r.PostForm.Get("purpose")
	}
	if errors.Is(err, errNoTopic) {
		http.Redirect(w, r, v.again(r, actNone, "", anchor), http.StatusSeeOther) //nolint:gosec // to this very path, under a query of ours
		return nil
	}
	if err != nil {
		return err
	}
	entry, err := s.record(r.Context(), v, records)
	if err != nil {
		return err
	}
	http.Redirect(w, r, v.again(r, act, entry, anchor), http.StatusSeeOther) //nolint:gosec // to this very path, under a query of ours
	return nil
}

// meant is what a form of the page comes to.
func (s *Centre) meant(ctx context.Context, v *visit, form url.Values) ([]choice.Record, error) {
	switch act := form.Get("act"); act {
	case actStop:
		return v.stopAll(), nil
	case actYes, actNo:
		asked, ok := v.row(form)
		if !ok {
			return nil, misread()
		}
		return v.answer(asked, act == actYes)
	case actUse, actOmit:
		return v.use(form, act == actUse)
	case actLike:
		return v.like(form)
	case actUndo:
		return s.undo(ctx, v, form.Get("entry"))
	}
	return nil, misread()
}

func misread() error {
	return problem.New(problem.Invalid, "invalid_form", "This form can't be read.")
}

// again is the address of the page after an act: entry names what was done.
func (v *visit) again(r *http.Request, act, entry, anchor string) string {
	q := url.Values{}
	if entry != "" {
		q.Set("did", act)
		q.Set("entry", entry)
	}
	if act == actNone {
		q.Set("did", act)
		q.Set("about", anchor)
	}
	if l := r.URL.Query().Get("lang"); l != "" {
		q.Set("lang", l)
	}
	to := url.URL{Path: r.URL.Path, RawQuery: q.Encode(), Fragment: anchor}
	return to.String()
}

// row finds what a form is about among what there is to decide.
func (v *visit) row(form url.Values) (row, bool) {
	i := slices.IndexFunc(v.rows, func(r row) bool {
		return r.purpose.ID == form.Get("purpose") && r.channel == form.Get("channel") && v.link.Reference(r.held.Identifier.Identifier) == form.Get("to")
	})
	if i < 0 {
		return row{}, false
	}
	return v.rows[i], true
}

// record puts all of it on record or nothing, and names the first entry.
func (s *Centre) record(ctx context.Context, v *visit, records []choice.Record) (string, error) {
	if len(records) == 0 {
		return "", nil
	}
	var first string
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		results, err := s.Choices.RecordBlock(ctx, tx, person(v.link.Org), records)
		if err != nil {
			return fmt.Errorf("record what somebody chose: %w", err)
		}
		for _, result := range results {
			if result.Err != nil {
				return result.Err
			}
		}
		first = results[0].Value.Entries[0]
		return nil
	})
	return first, err
}

// stopAll objects to every marketing purpose, on every channel, now and later
// (GDPR art. 21(2)).
func (v *visit) stopAll() []choice.Record {
	if v.stopped() != nil {
		return nil
	}
	return []choice.Record{v.whole(lawful.Choice{Choice: lawful.Objected, Evidence: &lawful.Evidence{Method: "preference_centre"}})}
}

// stopped is the objection to everything, while nothing has been said yes to
// since; nil where there is none.
func (v *visit) stopped() *lawful.Recorded {
	if slices.ContainsFunc(v.rows, func(r row) bool { return r.purpose.Marketing && stands(r.at) }) {
		return nil
	}
	var last *lawful.Recorded
	for i, f := range v.person.History {
		all := f.Choice != nil && f.Choice.Choice == lawful.Objected && f.Choice.Purpose == "" && f.Choice.Channel == "" && v.personal(f)
		if all && (last == nil || !f.Happened.Before(last.Happened)) {
			last = &v.person.History[i]
		}
	}
	return last
}

// answer says yes or no to one row. What stands already is not said again.
func (v *visit) answer(r row, yes bool) ([]choice.Record, error) {
	switch {
	case yes && r.at.Reason == lawful.ReasonConsentGiven && v.own(r.at):
		return nil, nil
	case yes:
		record, err := v.yes(r)
		return []choice.Record{record}, err
	case denied(r.at) && v.own(r.at):
		return nil, nil
	}
	return []choice.Record{v.no(r)}, nil
}

// own says whether what decides is the person's own, and not of somebody who
// shares the identifier: a phone at home.
func (v *visit) own(d lawful.Decision) bool {
	return slices.ContainsFunc(v.person.History, func(f lawful.Recorded) bool { return slices.Contains(d.Facts, f.Entry) })
}

// denied says whether a no of the person's stands, and is their last word.
func denied(d lawful.Decision) bool {
	return !pending(d) && (d.Reason == lawful.ReasonObjected || d.Reason == lawful.ReasonWithdrawn || d.Reason == lawful.ReasonRefused)
}

// pending says whether a yes waits to be confirmed, be it over a no.
func pending(d lawful.Decision) bool {
	return d.Reason == lawful.ReasonConfirmationPending || slices.Contains(d.Also, lawful.ReasonConfirmationPending)
}

// stands says whether a yes does, even where nothing may come of it now.
func stands(d lawful.Decision) bool {
	return d.Permitted || paused(d.Reason) && !slices.ContainsFunc(d.Also, func(r lawful.Reason) bool { return !paused(r) })
}

// paused says whether a reason leaves a yes as it is: messages do not arrive,
// there were enough of them, a register or a browser says no.
func paused(r lawful.Reason) bool {
	switch r {
	case lawful.ReasonUndeliverable, lawful.ReasonFrequencyExceeded, lawful.ReasonSignal,
		lawful.ReasonOppositionRegister, lawful.ReasonOppositionRegisterStale:
		return true
	}
	return false
}

// no withdraws a yes, refuses where there never was one, and objects to what
// rests on no consent.
func (v *visit) no(r row) choice.Record {
	word := lawful.Withdrawn
	switch {
	case r.purpose.Basis != lawful.BasisConsent:
		word = lawful.Objected
	case r.at.Reason == lawful.ReasonNoChoice:
		word = lawful.Refused
	}
	return v.says(r.held, lawful.Choice{
		Purpose: r.purpose.ID, Channel: r.channel, Choice: word, Evidence: &lawful.Evidence{Method: "preference_centre"},
	})
}

// yes gives consent on the text that the page shows (GDPR art. 7(1)). Where the
// link came through the very identifier, opening it has confirmed that it is the
// person's: the yes is put a microsecond before, because a confirmation follows
// what it confirms.
func (v *visit) yes(r row) (choice.Record, error) {
	on := v.notice(r.purpose)
	if !on.ready {
		return choice.Record{}, problem.New(problem.Conflict, "no_notice", "There is no text that a yes could be given on.")
	}
	record := v.says(r.held, lawful.Choice{
		Purpose: r.purpose.ID, Channel: r.channel, Choice: lawful.Given, Notice: &on.ref,
		Evidence: &lawful.Evidence{Method: "preference_centre", Default: "unticked", Text: on.text.Short},
	})
	if v.sentTo(r.held) {
		confirmed := record.Facts[0]
		confirmed.Choice = &lawful.Choice{
			Purpose: r.purpose.ID, Channel: r.channel, Choice: lawful.Confirmed, Evidence: &lawful.Evidence{Method: "link"},
		}
		record.Facts[0].Happened = v.now.Add(-time.Microsecond)
		record.Facts = append(record.Facts, confirmed)
	}
	return record, nil
}

// says makes a record of one choice of the person's own, through one identifier.
func (v *visit) says(h subject.Held, c lawful.Choice) choice.Record {
	return choice.Record{
		Chain: h.Chain, Subject: []subject.Identifier{h.Identifier},
		Facts: []lawful.Fact{{
			Kind: lawful.KindChoice, Happened: v.now, Actor: lawful.ActorPerson, Source: register.PreferenceCentre, Choice: &c,
		}},
	}
}

// undoTime is how long an act can be undone with one tap: a visit.
const undoTime = time.Hour

// recent finds an act of this visit by its entry.
func (v *visit) recent(entry string) *lawful.Recorded {
	i := slices.IndexFunc(v.person.History, func(f lawful.Recorded) bool {
		return f.Entry == entry && (f.Choice != nil || f.Kind == lawful.KindPreference) && f.Source == register.PreferenceCentre && v.now.Sub(f.Recorded) < undoTime
	})
	if i < 0 {
		return nil
	}
	return &v.person.History[i]
}

// undo takes an act back: after a no, a new yes of the person for exactly what
// stood before; after a yes, a no.
func (s *Centre) undo(ctx context.Context, v *visit, entry string) ([]choice.Record, error) {
	fact := v.recent(entry)
	if fact == nil {
		return nil, problem.New(problem.Conflict, "too_late", "This can't be undone with one tap any more.")
	}
	if fact.Choice == nil {
		return nil, misread()
	}
	if data := fact.Choice.Data; data != "" {
		return v.use(url.Values{"purpose": {fact.Choice.Purpose}, "data": {data}}, fact.Choice.Choice != lawful.Given)
	}
	rows, err := s.undoable(ctx, v, fact)
	if err != nil {
		return nil, err
	}
	var records []choice.Record
	for _, r := range rows {
		if fact.Choice.Choice == lawful.Given {
			records = append(records, v.no(r))
			continue
		}
		record, err := v.yes(r)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

// undoable lists the rows that an act changed and that can be put back: for a
// yes those that stand, for a no those that stood just before and now do not.
func (s *Centre) undoable(ctx context.Context, v *visit, fact *lawful.Recorded) ([]row, error) {
	said := fact.Choice
	if said == nil || said.Data != "" {
		return nil, nil
	}
	about := func(r row) bool {
		return (said.Purpose == "" || said.Purpose == r.purpose.ID) && (said.Channel == "" || said.Channel == r.channel)
	}
	if said.Choice == lawful.Given {
		return slices.DeleteFunc(slices.Clone(v.rows), func(r row) bool {
			return !about(r) || denied(r.at) || !slices.Contains(fact.Identifiers, r.held.Identifier.Identifier)
		}), nil
	}
	before, err := s.decide(ctx, v, fact)
	if err != nil {
		return nil, err
	}
	var out []row
	for i, r := range v.rows {
		if about(r) && stands(before[i]) && !stands(r.at) && v.notice(r.purpose).ready {
			out = append(out, r)
		}
	}
	return out, nil
}

// flash says what was just done, with the way back where there is one, and
// about which purpose it was.
func (s *Centre) flash(ctx context.Context, v *visit, q url.Values, action string) (*ui.Flash, string, error) {
	act, fact := q.Get("did"), v.recent(q.Get("entry"))
	texts := map[string]ui.Text{
		actStop: ui.Say("centre.done.stop"), actYes: ui.Say("centre.done.yes"), actNo: ui.Say("centre.done.no"), actUndo: ui.Say("centre.done.undo"),
		actUse: ui.Say("taste.done.use"), actOmit: ui.Say("taste.done.omit"), actLike: ui.Say("taste.done.like"),
	}
	f := &ui.Flash{Tone: ui.Yes, Text: texts[act]}
	switch {
	case act == actAgain:
		return &ui.Flash{Tone: ui.Yes, Text: ui.Say("message.centre.sent")}, "", nil
	case act == didMany:
		return &ui.Flash{Tone: ui.Due, Text: ui.Say("message.centre.many")}, "", nil
	case act == actNone:
		return &ui.Flash{Tone: ui.Due, Text: ui.Say("taste.none")}, q.Get("about"), nil
	case fact == nil || f.Text.Key == "":
		return nil, "", nil
	case fact.Choice == nil:
		return f, fact.Purpose, nil
	}
	if fact.Choice.Choice == lawful.Given && v.waits(fact) {
		f.Tone, f.Text = ui.Due, ui.Say("centre.done.pending")
	}
	if act == actUndo {
		return f, "", nil
	}
	rows, err := s.undoable(ctx, v, fact)
	if err == nil && (len(rows) > 0 || fact.Choice.Data != "") {
		f.Undo = &ui.Post{Action: action, Text: ui.Say("centre.undo"), Fields: []ui.Hidden{
			{Name: "act", Value: actUndo}, {Name: "entry", Value: fact.Entry},
		}}
	}
	return f, fact.Choice.Purpose, err
}

// waits says whether a yes just given, or one given along with it, counts only
// once confirmed.
func (v *visit) waits(given *lawful.Recorded) bool {
	return slices.ContainsFunc(v.rows, func(r row) bool {
		return pending(r.at) && slices.ContainsFunc(v.person.History, func(f lawful.Recorded) bool {
			return f.Recorded.Equal(given.Recorded) && f.Choice != nil && f.Choice.Purpose == r.purpose.ID && f.Choice.Channel == r.channel
		})
	})
}
