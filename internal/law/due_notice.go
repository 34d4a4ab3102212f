// SPDX-License-Identifier: Apache-2.0

package law

import (
	"slices"

	"github.com/lecito/lecito/lawful"
)

// TopicNoticeObtained is the topic of law about when people are told of data
// that was not had from them (GDPR art. 14(3)).
const TopicNoticeObtained = "notice.obtained"

// Words of its value: what else the notice may not come after.
const (
	wordFirstContact    = "first_contact"
	wordFirstDisclosure = "first_disclosure"
)

// Obtained is data that was not had from the person.
type Obtained struct {
	On         Day
	Contact    *Day // first communication to the person, done or planned
	Disclosure *Day // first disclosure to somebody else, done or planned
}

// Notice counts by when a person has to be told of data not had from them: the
// earliest of the period, the first contact and the first disclosure. Contact
// and disclosure are events and are not moved.
func (c *Calendar) Notice(rules *lawful.Rules, q Obtained) (Due, error) {
	rule := rules.LawAt(c.ID, TopicNoticeObtained, q.On.End(c.Zone).Add(-1))
	p, ok := PeriodOf(rule)
	if !ok {
		return Due{}, noPeriod(c, "telling people of data not had from them")
	}
	d := c.begin(rule, q.On)
	d.For = TopicNoticeObtained
	d.step(q.On, StepBase, "", "Obtained on %s, which is itself not counted.", q.On.Words())
	if err := c.run(&d, p, rule.Key); err != nil {
		return Due{}, err
	}
	event, what := Day(0), ""
	for _, e := range []struct {
		word, what string
		on         *Day
	}{
		{wordFirstContact, "The first communication to the person", q.Contact},
		{wordFirstDisclosure, "The first disclosure to somebody else", q.Disclosure},
	} {
		if e.on != nil && slices.Contains(rule.Words, e.word) && (event == 0 || *e.on < event) {
			event, what = *e.on, e.what
		}
	}
	limit := d.Nominal
	if c.Roll.Moves {
		limit = c.Next(limit)
	}
	if event == 0 || event >= limit {
		c.settle(&d, p, c.Roll.Moves)
		return d, nil
	}
	event = max(event, q.On)
	d.step(event, StepEvent, rule.Key, "%s is on %s: the notice comes with it at the latest.", what, event.Words())
	d.Nominal = min(d.Nominal, event)
	d.Due = event
	c.finish(&d)
	return d, nil
}
