// SPDX-License-Identifier: Apache-2.0

package law

import (
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Topics of law about breaches.
const (
	TopicBreachAuthority = "breach.authority" // telling the authority
	TopicBreachPeople    = "breach.people"    // telling the people concerned
)

// Breach counts by when somebody has to be told of a breach, from the instant
// the organisation became aware of it. Hours run in absolute time and are moved
// by nothing.
func (c *Calendar) Breach(rules *lawful.Rules, topic string, aware time.Time) (Due, error) {
	rule := rules.LawAt(c.ID, topic, aware)
	if rule == nil {
		return Due{}, noPeriod(c, "telling anybody of a breach")
	}
	base := DayOf(aware, c.Zone)
	local := aware.In(c.Zone)
	d := c.begin(rule, base)
	d.For, d.Aware = topic, &local
	p, ok := PeriodOf(rule)
	switch {
	case !ok:
		d.step(base, StepBase, "", "Aware on %s.", clockWords(local))
		d.step(base, StepNoNumber, rule.Key, "The law has no number here: %s", rule.Text["en"])
		return d, nil
	case p.Unit == lawful.UnitHours:
		c.hours(&d, p, rule.Key)
		return d, nil
	}
	d.step(base, StepBase, "", "Aware on %s; the day is itself not counted.", clockWords(local))
	if err := c.run(&d, p, rule.Key); err != nil {
		return Due{}, err
	}
	c.settle(&d, p, c.Roll.Moves)
	return d, nil
}

// hours counts a period in hours from the instant of awareness.
func (c *Calendar) hours(d *Due, p Period, key string) {
	end := hoursAfter(*d.Aware, p.Number).In(c.Zone)
	d.Period, d.End = p.Words(), &end
	d.Nominal = DayOf(end, c.Zone)
	d.Due = d.Nominal
	d.Conservative = max(c.Last(d.Due), d.Base)
	d.step(d.Base, StepBase, "", "Aware on %s. Hours are counted from that instant, through nights, weekends and holidays.", clockWords(*d.Aware))
	d.step(d.Due, StepPeriod, key, "%s later is %s.", p.Words(), clockWords(end))
	if _, before := d.Aware.Zone(); before != offset(end) {
		d.step(d.Due, StepPeriod, "", "The clocks change in between: the hours are real hours, so the time of day is another.")
	}
	if !c.Working(d.Due) {
		d.meet(c, d.Due)
		d.step(d.Due, StepRoll, "", "%s is %s. A period in hours is not moved.", d.Due.Words(), c.off(d.Due))
	}
	if d.Conservative != d.Due {
		d.step(d.Conservative, StepPlan, "", "The last working day before is %s: plan for it.", d.Conservative.Words())
	}
	if c.Arguable == nil {
		return
	}
	later := c.arguable(*d.Aware, p.Number).In(c.Zone)
	day := DayOf(later, c.Zone)
	if later.Equal(day.End(c.Zone)) || later.Hour() == 0 && later.Minute() == 0 {
		day = DayOf(later.Add(-1), c.Zone)
	}
	d.Later = &Later{Day: day, End: later, Assurance: c.Arguable.Assurance, Text: c.Arguable.Text + " (" + c.Arguable.Source + ".) Authorities differ. Never aim at that time."}
}

func offset(t time.Time) int {
	_, o := t.Zone()
	return o
}

// clockWords writes an instant as "Friday 20 November 2026, 17:30 (UTC+01:00)".
func clockWords(t time.Time) string {
	layout := "Monday 2 January 2006, 15:04"
	if t.Second() != 0 {
		layout += ":05"
	}
	return t.Format(layout + " (UTC-07:00)")
}

// Instant reads a time as people write it: with its offset, as RFC 3339 has it,
// or by the clock of a time zone, as "2026-11-20 17:30". Of an hour that the
// clock shows twice it takes the earlier, so that nothing is found too late.
func Instant(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, inside(t)
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		t, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		if t.Format(layout) != text {
			return time.Time{}, problem.Newf(problem.Invalid, "no_such_time", "the clocks in %s jump over that time: it does not exist", zone)
		}
		if earlier := t.Add(-time.Hour); earlier.Format(layout) == text {
			t = earlier
		}
		return t, inside(t)
	}
	return time.Time{}, problem.New(problem.Invalid, "not_a_time", "that is no time: write it as 2026-11-20T17:30:00+01:00, or by the local clock as \"2026-11-20 17:30\"")
}

func inside(t time.Time) error {
	if t.Year() <= earliest || t.Year() > latest {
		return problem.Newf(problem.Invalid, "not_a_time", "that time is too far away: years from %d to %d are counted with", earliest+1, latest)
	}
	return nil
}
