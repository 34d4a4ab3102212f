// SPDX-License-Identifier: Apache-2.0

package lawbook

import (
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Due is a date by which something has to be done, and how it was counted.
type Due struct {
	What  ui.Text // what is due
	Once  ui.Text // what does not wait for it
	When  ui.Text // by when
	Steps []ui.Text
	Plan  ui.Text   // the safe day, where it is another
	On    []ui.Text // what is due on the way
	Later ui.Text   // a later time that can be argued for
	Notes []ui.Text // what to know before relying on it
	Rules []Rule
}

// counting writes how one date was counted.
type counting struct {
	Reader

	cal   *law.Calendar
	rules *lawful.Rules
	d     law.Due
	at    time.Time
}

// Due puts a date into words. The reader's zone is the calendar's.
func (r Reader) Due(cal *law.Calendar, rules *lawful.Rules, d law.Due) Due {
	c := counting{Reader: r, cal: cal, rules: rules, d: d, at: d.Base.End(cal.Zone).Add(-1)}
	if d.Aware != nil {
		c.at = *d.Aware
	}
	out := Due{What: ui.Say("law.due.answer")}
	switch d.For {
	case law.TopicBreachAuthority:
		out.What = ui.Say("law.due.authority")
	case law.TopicBreachPeople:
		out.What = ui.Say("law.due.people")
	}
	switch {
	case d.End == nil:
		out.When = ui.Say("law.due.no_number")
	case c.hours():
		out.When = ui.Say("law.due.by_clock", c.weekday(d.Due), r.Locale.Clock(*d.End))
	default:
		out.When = ui.Say("law.due.by_day", c.weekday(d.Due))
	}
	for _, s := range d.Steps {
		switch s.Kind {
		case law.StepAtOnce:
			out.Once = c.atOnce()
		case law.StepPlan: // the page has it apart
		default:
			out.Steps = append(out.Steps, c.step(s))
		}
	}
	if d.End != nil && d.Conservative != d.Due {
		out.Plan = ui.Say("law.due.plan", c.weekday(d.Conservative))
	}
	for _, m := range d.Milestones {
		out.On = append(out.On, ui.Say("law.due."+m.What, c.weekday(m.Due)))
	}
	if d.Later != nil {
		out.Later = ui.Say("law.due.later", d.Later.End)
	}
	if !cal.Complete {
		out.Notes = append(out.Notes, ui.Say("law.due.incomplete"))
	}
	for _, cited := range d.Rules {
		out.Rules = append(out.Rules, c.cited(cited))
	}
	return out
}

// hours tells a period that is counted by the clock.
func (c counting) hours() bool {
	rule := find(c.rules.Law, c.d.Rules[0].Key, c.at)
	return rule != nil && rule.Unit == lawful.UnitHours
}

// step puts one step of the count into words.
func (c counting) step(s law.Step) ui.Text {
	switch s.Kind {
	case law.StepBase:
		return c.base()
	case law.StepPeriod:
		return c.period(s)
	case law.StepRoll:
		return c.roll(s)
	case law.StepPause:
		return c.pause(s)
	case law.StepRestart:
		return ui.Say("requests.due.restart", c.weekday(s.Date))
	case law.StepEnd:
		return ui.Say("law.due.step.end", c.cal.Zone.String())
	case law.StepNoNumber:
		return ui.Say("law.due.step.unstated")
	}
	return ui.Verbatim(s.Text) // of what the page does not ask for
}

// pause says what waiting for the person adds: by question, then in all.
func (c counting) pause(s law.Step) ui.Text {
	days := 0
	for _, p := range c.d.Pauses {
		days += p.Days
	}
	switch {
	case days == 0 && c.waits():
		return ui.Say("requests.due.waiting")
	case days == 0:
		return ui.Say("requests.due.no_pause")
	case s.Date == c.d.Nominal && s == c.lastPause():
		return ui.Say("requests.due.pauses", days, c.weekday(s.Date))
	}
	for _, p := range c.d.Pauses {
		if p.Days > 0 && p.Given != nil {
			return ui.Say("requests.due.pause", c.weekday(p.Asked), c.weekday(*p.Given))
		}
	}
	return ui.Verbatim(s.Text)
}

// waits says whether the person was asked for something they did not give yet.
func (c counting) waits() bool {
	return slices.ContainsFunc(c.d.Pauses, func(p law.Pause) bool { return p.Given == nil })
}

func (c counting) lastPause() law.Step {
	var last law.Step
	for _, s := range c.d.Steps {
		if s.Kind == law.StepPause {
			last = s
		}
	}
	return last
}

func (c counting) base() ui.Text {
	switch {
	case c.d.Aware == nil:
		return ui.Say("law.due.step.received", c.weekday(c.d.Base))
	case c.hours():
		return ui.Say("law.due.step.aware_hours", c.weekday(c.d.Base), c.Locale.Clock(*c.d.Aware))
	case c.d.End == nil:
		return ui.Say("law.due.step.aware", c.weekday(c.d.Base), c.Locale.Clock(*c.d.Aware))
	}
	return ui.Say("law.due.step.aware_day", c.weekday(c.d.Base), c.Locale.Clock(*c.d.Aware))
}

// atOnce says what does not wait for the answer.
func (c counting) atOnce() ui.Text {
	switch strings.TrimPrefix(c.d.For, "response.") {
	case "objection":
		return ui.Say("law.due.step.objection")
	case "withdrawal":
		return ui.Say("law.due.step.withdrawal")
	}
	return ui.Say("law.due.step.at_once")
}

// period says how far the count runs.
func (c counting) period(s law.Step) ui.Text {
	if s.Rule == "" {
		return ui.Say("law.due.step.clocks")
	}
	rule := find(c.rules.Law, s.Rule, c.at)
	if rule == nil {
		return ui.Verbatim(s.Text)
	}
	p := law.Period{Number: rule.Number, Unit: rule.Unit}
	if by := c.extension(); by != nil {
		if longer, err := p.Longer(law.Period{Number: by.Number, Unit: by.Unit}); err == nil {
			return ui.Say("law.due.step.extended", c.Period(p), c.Period(longer), c.weekday(s.Date))
		}
	}
	length := c.Period(p)
	_, _, from := c.d.Base.Date()
	_, _, to := s.Date.Date()
	switch {
	case p.Unit == lawful.UnitHours:
		return ui.Say("law.due.step.period", length, ui.Say("law.due.clock", c.weekday(s.Date), c.Locale.Clock(*c.d.End)))
	case p.Unit == lawful.UnitWorkingDays:
		return ui.Say("law.due.step.working", length, c.weekday(s.Date))
	case (p.Unit == lawful.UnitMonths || p.Unit == lawful.UnitYears) && from != to:
		return ui.Say("law.due.step.short_month", length, from, c.weekday(s.Date))
	}
	return ui.Say("law.due.step.period", length, c.weekday(s.Date))
}

// extension is the rule that makes the period longer; nil where it is not extended.
func (c counting) extension() *lawful.Law {
	for _, r := range c.d.Rules {
		if strings.HasSuffix(r.Key, ".response.extension") {
			return find(c.rules.Law, r.Key, c.at)
		}
	}
	return nil
}

// roll says what a day off at the end of the period means.
func (c counting) roll(s law.Step) ui.Text {
	nominal := ui.Say("law.due.off_day", c.weekday(c.d.Nominal), c.off(c.d.Nominal))
	switch {
	case c.hours():
		return ui.Say("law.due.step.roll_hours", nominal)
	case s.Date != c.d.Nominal:
		return ui.Say("law.due.step.roll_moves", nominal, c.weekday(s.Date))
	}
	return ui.Say("law.due.step.roll_stays", nominal)
}

// off says why a day is not a working day.
func (c counting) off(d law.Day) ui.Text {
	h, ok := c.cal.Holiday(d)
	if !ok {
		return ui.Say("law.due.weekend")
	}
	name, kept := strings.CutSuffix(h.Name, " (kept on this day)")
	text := ui.Verbatim(name)
	if word := slug(name); slices.Contains(holidays(), word) {
		text = ui.Say("law.holiday." + word)
	}
	if kept {
		return ui.Say("law.due.holiday_kept", text)
	}
	return ui.Say("law.due.holiday", text)
}

// slug is a name as keys have it.
func slug(name string) string {
	return strings.NewReplacer(" ", "_", "'", "").Replace(strings.ToLower(name))
}

// holidays are those that pages have a name for in every language; the others
// are called as the calendar has them.
func holidays() []string {
	return []string{
		"new_years_day", "epiphany", "good_friday", "easter_sunday", "easter_monday", "labour_day", "ascension", "whit_monday",
		"corpus_christi", "assumption", "all_saints", "immaculate_conception", "christmas_day", "boxing_day",
		"second_day_of_christmas", "saint_stephen", "liberation_day", "republic_day", "saint_francis_of_assisi",
		"national_day", "victory_day", "armistice", "day_of_german_unity", "reformation_day",
	}
}

// weekday writes a day with its name.
func (c counting) weekday(d law.Day) string {
	y, m, n := d.Date()
	return c.Locale.WeekdayDate(time.Date(y, m, n, noon, 0, 0, 0, c.cal.Zone))
}

// cited puts a rule that a date rests on into words. Rules of counting days are
// in no pack, and have their words here.
func (c counting) cited(rule law.Cited) Rule {
	out := Rule{Key: rule.Key, Source: Cited(rule.Source, c.Language), Sure: SureOf(rule.Assurance)}
	if rule.Override != nil {
		out.Changed = c.changed(rule.Key, rule.Override)
	}
	found := find(c.rules.Law, rule.Key, c.at)
	if found == nil {
		out.Text, out.Language = rule.Text, "en"
		if word := rule.Key[strings.LastIndexByte(rule.Key, '.')+1:]; word == "roll" {
			out.Text, out.Language = c.Locale.T("law.due.roll"), c.Language
		}
		return out
	}
	_, topic, _ := strings.Cut(rule.Key, ".")
	out.Text, out.Language = c.in(found.Text)
	out.Value = c.Value(topic, valueOf(found))
	out.ID = c.Where(rule.Key, c.at)
	return out
}
