// SPDX-License-Identifier: Apache-2.0

package lawbook

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// dueBody is by when something has to be done.
type dueBody struct {
	Fields []ui.Field
	Wrong  ui.Wrong
	Asked  bool
	Off    *switchedOff
	Dues   []Due
	None   ui.Text // why there is no date
	Zone   string
}

// breach is what a form calls it beside the rights.
const breach = "breach"

// Due counts by when a request is answered or a breach is told.
func (p Pages) Due(w http.ResponseWriter, r *http.Request, v Visit) error {
	q := r.URL.Query()
	calendars, err := law.ReadCalendars()
	if err != nil {
		return err
	}
	known := slices.DeleteFunc(law.IDs(), func(id string) bool {
		_, err := calendars.Of(id)
		return err != nil
	})
	id, unknown := v.jurisdiction(q.Get("jurisdiction"))
	if !slices.Contains(known, id) {
		id = known[0]
	}
	cal, err := calendars.Of(id)
	if err != nil {
		return err
	}
	body := dueBody{Fields: v.dueFields(q, id, known), Zone: cal.Zone.String()}
	body.Fields[fieldJurisdiction].Error = unknown
	page := v.Frame(ui.Say("law.due"), &body)
	page.Lead, page.Wide, page.Zone = ui.Say("law.due.lead"), true, cal.Zone
	if q.Get("on") != "" && unknown.Key == "" {
		rules, err := v.lawOf(id)
		if err != nil {
			return err
		}
		if !v.inUse(id) {
			off := v.switchedOff(law.Packs()[id])
			body.Off = &off
		}
		asked := dueAsked{
			reader: Reader{Language: v.Language, Locale: p.UI.Locale(v.Language, cal.Zone), Zone: cal.Zone},
			cal:    cal, rules: rules, body: &body,
		}
		if err := asked.answer(q); err != nil {
			return err
		}
	}
	body.Wrong = ui.Wrong{Fields: body.Fields}
	p.UI.Render(w, r, http.StatusOK, "console.due", page)
	return nil
}

// lawOf is the organisation's law, with a pack that is off switched on for the count.
func (v Visit) lawOf(id string) (*lawful.Rules, error) {
	if v.inUse(id) {
		return v.Register.Rules, nil
	}
	packs, err := law.Use(v.Zone, []string{id}, nil)
	if err != nil {
		return nil, err
	}
	return &lawful.Rules{Law: packs}, nil
}

// Places of the fields of the form.
const (
	fieldWhat = iota
	fieldJurisdiction
	fieldOn
	fieldClock
	fieldExtended
)

func (v Visit) dueFields(q url.Values, id string, known []string) []ui.Field {
	what := []ui.Option{{Value: breach, Text: ui.Say("law.due.breach")}}
	for _, right := range law.Rights() {
		what = append(what, ui.Option{Value: right, Text: ui.Say("law.right." + right)})
	}
	chosen := q.Get("what")
	if chosen == "" {
		chosen = law.Rights()[0]
	}
	return []ui.Field{
		{Name: "what", Kind: "select", Label: ui.Say("law.due.what"), Value: chosen, Options: what, Required: true},
		{Name: "jurisdiction", Kind: "select", Label: ui.Say("law.jurisdiction"), Value: id, Options: v.jurisdictions(known), Required: true},
		{Name: "on", Kind: "date", Label: ui.Say("law.due.on"), Hint: ui.Say("law.due.on.hint"), Value: q.Get("on"), Required: true},
		{Name: "clock", Kind: "time", Label: ui.Say("law.due.time"), Hint: ui.Say("law.due.time.hint"), Value: q.Get("clock")},
		{Name: "extended", Kind: "select", Label: ui.Say("law.due.extended"), Hint: ui.Say("law.due.extended.hint"), Value: q.Get("extended"), Options: []ui.Option{
			{Value: "", Text: ui.Say("ui.no")}, {Value: "yes", Text: ui.Say("ui.yes")},
		}},
	}
}

// dueAsked is a date being counted for a page.
type dueAsked struct {
	reader Reader
	cal    *law.Calendar
	rules  *lawful.Rules
	body   *dueBody
}

func (a dueAsked) answer(q url.Values) error {
	day, err := law.ParseDay(q.Get("on"))
	if err != nil {
		a.body.Fields[fieldOn].Error = ui.Say("law.bad_day")
		return nil //nolint:nilerr // the field says it
	}
	a.body.Asked = true
	if q.Get("what") == breach {
		return a.breach(day, q.Get("clock"))
	}
	right, err := law.Right(q.Get("what"))
	if err != nil {
		a.body.Fields[fieldWhat].Error = ui.Say("law.due.bad_what")
		return nil //nolint:nilerr // the field says it
	}
	d, err := a.cal.Response(a.rules, law.Request{Right: right, Received: day, Extended: q.Get("extended") == "yes"})
	return a.add(d, err)
}

// breach counts for the authority and for the people.
func (a dueAsked) breach(day law.Day, clock string) error {
	if clock == "" {
		clock = "00:00" // without the hour, none is given away
	}
	aware, err := law.Instant(day.String()+" "+clock, a.cal.Zone)
	if err != nil {
		a.body.Fields[fieldClock].Error = ui.Say("law.due.bad_time")
		return nil //nolint:nilerr // the field says it
	}
	for _, topic := range []string{law.TopicBreachAuthority, law.TopicBreachPeople} {
		d, err := a.cal.Breach(a.rules, topic, aware)
		if err := a.add(d, err); err != nil {
			return err
		}
	}
	if len(a.body.Dues) > 0 {
		a.body.None = ui.Text{}
	}
	return nil
}

// add puts a date on the page, or says why there is none.
func (a dueAsked) add(d law.Due, err error) error {
	if err == nil {
		a.body.Dues = append(a.body.Dues, a.reader.Due(a.cal, a.rules, d))
		return nil
	}
	p := problem.As(err)
	if p == nil {
		return err
	}
	switch p.Code {
	case "no_period", "no_such_right", "no_extension", "extension_has_no_number", "units_differ":
		a.body.None = ui.Say("law.due.none." + p.Code)
		return nil
	}
	return err
}
