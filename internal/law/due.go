// SPDX-License-Identifier: Apache-2.0

package law

import (
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Due is a date by which something has to be done, with all that led to it.
type Due struct {
	Jurisdiction string     `json:"jurisdiction"`
	Zone         string     `json:"time_zone"`
	For          string     `json:"for"`               // topic of the rule, or the right: response.erasure, breach.authority
	AtOnce       string     `json:"at_once,omitempty"` // what has to happen at once, whatever the date
	Base         Day        `json:"base"`              // the period runs from this day, which is not counted
	Aware        *time.Time `json:"aware,omitempty"`   // periods in hours run from this instant
	Period       string     `json:"period,omitempty"`  // in words; none: the law has no number
	Nominal      Day        `json:"nominal,omitzero"`  // last day as counted
	Due          Day        `json:"due,omitzero"`      // last day, moved where days off move it
	// Conservative is the last working day on or before the nominal one, or the
	// base where there is none: alerts go by it. It trusts the pauses.
	Conservative Day         `json:"conservative,omitzero"`
	End          *time.Time  `json:"end,omitempty"` // the instant after which it is late
	Later        *Later      `json:"arguable_later,omitempty"`
	Milestones   []Milestone `json:"milestones,omitempty"`
	Steps        []Step      `json:"steps"`
	Pauses       []Pause     `json:"pauses,omitempty"`
	Holidays     []Holiday   `json:"holidays,omitempty"` // that moved or lengthened it
	Rules        []Cited     `json:"rules"`              // the first says how long
	Cautions     []string    `json:"cautions,omitempty"` // what to know before relying on it
}

// Step is one step of the count.
type Step struct {
	Date Day    `json:"date"` // where the count stands after it
	Kind string `json:"kind"` // one of the Step constants
	Text string `json:"text"`
	Rule string `json:"rule,omitempty"` // key of the rule it rests on
}

// Kinds of step.
const (
	StepBase     = "base"     // what the period runs from
	StepAtOnce   = "at_once"  // what does not wait for it
	StepPeriod   = "period"   // how far it runs
	StepPause    = "pause"    // days added, or not
	StepRestart  = "restart"  // it runs from a later day
	StepRoll     = "roll"     // it ends on a day off, and moves or not
	StepEvent    = "event"    // something else ends it earlier
	StepEnd      = "end"      // the instant it ends
	StepPlan     = "plan"     // the conservative date
	StepNoNumber = "unstated" // the law has no number
)

// Later is a later date that can be argued for, and is never to be aimed at.
type Later struct {
	Day       Day       `json:"day"`
	End       time.Time `json:"end"`
	Text      string    `json:"text"`
	Assurance string    `json:"assurance"` // how sure the argument is
}

// Milestone is something due on the way.
type Milestone struct {
	What         string `json:"what"` // one of the Milestone constants
	Nominal      Day    `json:"nominal"`
	Due          Day    `json:"due"`
	Conservative Day    `json:"conservative"`
	Rule         Cited  `json:"rule"`
}

// What is due on the way to an answer.
const (
	MilestoneAcknowledge = "acknowledge"      // confirm that the request arrived
	MilestoneExtension   = "extension_notice" // tell the person of the extension, and why
)

// Pause is time in which the organisation waited for the person.
type Pause struct {
	What      string `json:"what"` // identity or specification
	Asked     Day    `json:"asked"`
	Given     *Day   `json:"given,omitempty"` // nil: not yet
	Days      int    `json:"days"`            // that it added
	Contested bool   `json:"contestable"`     // an authority may count otherwise
}

// Deadline counts what a rule of law says from a day: in days or longer, moved
// from days off as the jurisdiction moves it.
func (c *Calendar) Deadline(rule *lawful.Law, base Day) (Due, error) {
	d, p, err := c.runs(rule, base)
	if err != nil {
		return Due{}, err
	}
	c.settle(&d, p, c.Roll.Moves)
	return d, nil
}

// runs counts the period of a rule from a day, to its nominal end.
func (c *Calendar) runs(rule *lawful.Law, base Day) (Due, Period, error) {
	p, ok := PeriodOf(rule)
	if !ok {
		return Due{}, p, noPeriod(c, "this")
	}
	d := c.begin(rule, base)
	d.step(base, StepBase, "", "It runs from %s, which is itself not counted.", base.Words())
	return d, p, c.run(&d, p, rule.Key)
}

// Lapse counts until when something holds: a retention, a permission, a check.
// Its end is not moved by days off: nobody has to work for it to end.
func (c *Calendar) Lapse(rule *lawful.Law, base Day) (Due, error) {
	d, p, err := c.runs(rule, base)
	if err != nil {
		return Due{}, err
	}
	if !c.Working(d.Nominal) {
		d.step(d.Nominal, StepRoll, "", "%s is %s; what ends by itself ends all the same.", d.Nominal.Words(), c.off(d.Nominal))
	}
	c.settle(&d, p, false)
	return d, nil
}

func noPeriod(c *Calendar, what string) error {
	return problem.Newf(problem.Invalid, "no_period", "the law of %s, as known here, has no period for %s on that day", c.Name, what)
}

// begin is a count that has not moved yet.
func (c *Calendar) begin(rule *lawful.Law, base Day) Due {
	d := Due{Jurisdiction: c.ID, Zone: c.Zone.String(), Base: base}
	if rule != nil {
		d.cite(cited(rule))
	}
	if !c.Complete {
		d.caution("The public holidays of %s are not known here: only Saturdays and Sundays are days off, so the date may be earlier than the law's, never later.", c.Name)
	}
	return d
}

// run counts a period from the base.
func (c *Calendar) run(d *Due, p Period, key string) error {
	end, err := c.After(d.Base, p)
	if err != nil {
		return err
	}
	d.Period, d.Nominal = p.Words(), end
	switch p.plain().Unit {
	case lawful.UnitMonths:
		_, _, from := d.Base.Date()
		if _, _, to := end.Date(); from != to {
			d.step(end, StepPeriod, key, "%s later its month has no day %d: the period ends on its last day, %s.", p.Words(), from, end.Words())
			return nil
		}
		d.step(end, StepPeriod, key, "%s later the day with the same number is %s.", p.Words(), end.Words())
	case lawful.UnitWorkingDays:
		d.step(end, StepPeriod, key, "%s, without Saturdays, Sundays and public holidays, end on %s.", p.Words(), end.Words())
		for day := d.Base + 1; day < end; day++ {
			d.meet(c, day)
		}
	default:
		d.step(end, StepPeriod, key, "%s later is %s.", p.Words(), end.Words())
	}
	return nil
}

// settle moves the end from days off, and says when exactly it is and what to plan for.
func (c *Calendar) settle(d *Due, p Period, moves bool) {
	d.Due = d.Nominal
	if !c.Working(d.Nominal) {
		switch {
		case moves || p.Unit == lawful.UnitWorkingDays:
			c.move(d)
		case !c.Roll.Moves:
			d.step(d.Due, StepRoll, c.Roll.Key, "%s is %s, and is not moved: %s", d.Nominal.Words(), c.off(d.Nominal), c.Roll.Text)
			d.cite(c.Roll.Cited)
		}
	}
	c.finish(d)
}

// move puts the end on the next working day.
func (c *Calendar) move(d *Due) {
	d.Due = c.Next(d.Nominal)
	reasons := ""
	for day := d.Nominal; day < d.Due; day++ {
		reasons += fmt.Sprintf("%s is %s; ", day.Words(), c.off(day))
		if !day.Weekend() || day == d.Nominal {
			d.meet(c, day)
		}
	}
	d.step(d.Due, StepRoll, c.Roll.Key, "%sit ends with the next working day, %s.", reasons, d.Due.Words())
	d.cite(c.Roll.Cited)
}

// finish says the instant and the conservative date.
func (c *Calendar) finish(d *Due) {
	end := d.Due.End(c.Zone)
	d.End = &end
	d.Conservative = max(c.Last(min(d.Nominal, d.Due)), min(d.Base, d.Due))
	d.step(d.Due, StepEnd, "", "It ends with that day, at midnight in %s: %s.", c.Zone, end.Format(time.RFC3339))
	if d.Conservative != d.Due {
		d.step(d.Conservative, StepPlan, "", "To be safe, plan for %s, the last working day before.", d.Conservative.Words())
	}
}

// off says why a day is not a working day.
func (c *Calendar) off(d Day) string {
	if h, ok := c.Holiday(d); ok {
		return h.Name
	}
	return "no working day"
}

func (d *Due) step(day Day, kind, rule, format string, args ...any) {
	d.Steps = append(d.Steps, Step{day, kind, fmt.Sprintf(format, args...), rule})
}

func (d *Due) caution(format string, args ...any) {
	d.Cautions = append(d.Cautions, fmt.Sprintf(format, args...))
}

// meet notes the holiday that falls on a day.
func (d *Due) meet(c *Calendar, day Day) {
	if h, ok := c.Holiday(day); ok && !slices.Contains(d.Holidays, h) {
		d.Holidays = append(d.Holidays, h)
	}
}

// cite notes a rule once, and says so where nobody has checked it.
func (d *Due) cite(rule Cited) {
	if slices.ContainsFunc(d.Rules, func(r Cited) bool { return r.Key == rule.Key }) {
		return
	}
	d.Rules = append(d.Rules, rule)
	if rule.Assurance == lawful.AssuranceMemory {
		d.caution("The rule %s is from memory: it was not checked against any text.", rule.Key)
	}
	if o := rule.Override; o != nil {
		d.caution("The rule %s holds a value of the organisation's own instead of %s: %s (decided by %s).", rule.Key, o.Was, o.Reason, o.DecidedBy)
	}
}

func cited(l *lawful.Law) Cited {
	return Cited{Key: l.Key, Text: l.Text["en"], Source: l.Source, Assurance: l.Assurance, Override: l.Override}
}
