// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Warnings tells, by its place, what a file declares that does not do what its
// author may expect: it can be applied, and the law stands in its way all the
// same. tests are the balancing tests on record. What the law admits is asked of
// the engine that decides, so that the two can't disagree.
func Warnings(doc *Document, tests map[string][]lawful.Balancing, now time.Time) ([]problem.Place, error) {
	var record []Record
	for _, d := range doc.Declarations() {
		d.Version = max(d.Version, 1)
		record = append(record, Record{Declaration: d, Recorded: now})
	}
	c, err := catalogue(record)
	if err != nil {
		return nil, fmt.Errorf("look for what the law stands against: %w", err)
	}
	c.Rules.Balancing = tests
	w := warner{doc: doc, rules: c.Rules, now: now, places: []problem.Place{}}
	w.country()
	for i := range doc.Notices {
		w.notice(i)
	}
	for i, p := range doc.Purposes {
		at := now
		if from := begins(p.From, c.Zone); from != nil && from.After(now) {
			at = *from
		}
		w.basis(i, at)
		w.retention(i, at)
	}
	return w.places, nil
}

// warner collects warnings.
type warner struct {
	doc    *Document
	rules  *lawful.Rules
	now    time.Time
	places []problem.Place
}

func (w *warner) warn(path, format string, args ...any) {
	place := problem.Place{Field: path, Detail: fmt.Sprintf(format, args...)}
	if n := w.doc.nodes[path]; n != nil {
		place.Line, place.Column = n.Line, n.Column
	}
	w.places = append(w.places, place)
}

// country says when the organisation's law is not that of a pack of its own.
func (w *warner) country() {
	const path = "organisation.country"
	country := w.doc.Organisation.Country
	pack, err := law.Find(country)
	_, used := w.rules.Law[country]
	switch {
	case err != nil:
		w.warn(path, "no pack of law is known for %s: decisions fall to the base, which lets marketing rest on consent alone", country)
	case !used:
		w.warn(path, "the pack %s is off (it %s): until it is switched on under packs, decisions fall to the base, which lets marketing rest on consent alone",
			country, strings.TrimRight(pack.Why, "."))
	case pack.Base == "EU" && !slices.ContainsFunc(pack.Rules, func(r law.Rule) bool { return r.Topic != lawful.TopicAge }):
		w.warn(path, "%s has no pack of its own: the EU base is used, and what the country's law says beyond it is not known here", country)
	}
}

// notice holds the words people are asked with to what a person can take in: a
// short text of a minute at most, neither text hard to read (GDPR art. 12(1):
// concise, intelligible, plain language).
func (w *warner) notice(i int) {
	n := w.doc.Notices[i]
	for _, language := range n.Languages() {
		text := n.Texts[language]
		path := fmt.Sprintf("notices[%d].texts.%s", i, language)
		if took := (notice.Text{Short: text.Short}).ReadingTime(); took > time.Minute {
			w.warn(path+".short", "the short text takes %s to read: who is asked reads for a minute at most", took)
		}
		for _, part := range [][2]string{{".short", text.Short}, {".long", text.Long}} {
			if m, ok := notice.Readable(part[1], language); ok && m.Score < notice.Hard {
				w.warn(path+part[0], "hard to read: %d of 100 (%s), where %d is plain; shorter sentences and commoner words help", m.Score, m.Formula, notice.Plain)
			}
		}
	}
}

// basis asks what the law says of the purpose before anybody is asked about.
func (w *warner) basis(i int, at time.Time) {
	p := w.doc.Purposes[i]
	unbalanced := false
	for j, channel := range p.Channels {
		d, _ := lawful.Undeclared(w.rules, lawful.Question{Purpose: p.ID, Channel: channel, At: at, Explain: true})
		for _, step := range d.Trace {
			if step.Outcome != "denied" {
				continue
			}
			switch lawful.Reason(step.Detail) {
			case lawful.ReasonBasisNotAllowed:
				w.warn(fmt.Sprintf("purposes[%d].channels[%d]", i, j), "the law does not admit %s here%s: every question is denied with %s",
					p.Basis, w.admitted(step.Law, at), step.Detail)
			case lawful.ReasonBalancingMissing:
				unbalanced = true
			}
		}
	}
	if unbalanced {
		w.warn(fmt.Sprintf("purposes[%d].basis", i), "no balancing test of %s has passed: every question is denied with %s until one is recorded (a fact of kind %s, outcome passed)",
			p.ID, lawful.ReasonBalancingMissing, lawful.KindBalancingTest)
	}
}

// admitted says what a rule of law admits: " (it.bases.phone admits consent)".
func (w *warner) admitted(key string, at time.Time) string {
	_, topic, ok := strings.Cut(key, ".")
	if !ok {
		return ""
	}
	if rule := w.rules.LawAt(w.doc.Organisation.Country, topic, at); rule != nil {
		return fmt.Sprintf(" (%s admits %s)", key, rule.Value())
	}
	return ""
}

// retention holds the declared period against the longest the law lets pass.
func (w *warner) retention(i int, at time.Time) {
	p := w.doc.Purposes[i]
	if !p.Marketing && !p.Profiling {
		return
	}
	topic := lawful.TopicRetention + "marketing"
	if p.Profiling {
		topic = lawful.TopicRetention + "profiling"
	}
	path := fmt.Sprintf("purposes[%d]", i)
	ceiling := w.rules.LawAt(w.doc.Organisation.Country, topic, at)
	switch {
	case p.Retention == nil && ceiling == nil:
		w.warn(path, "%s declares no retention, so no time ends its use of data; the law names no period here: decide on one", p.ID)
	case p.Retention == nil:
		w.warn(path, "%s declares no retention, so no time ends its use of data; %s proposes %s", p.ID, ceiling.Key, ceiling.Value())
	case ceiling != nil:
		zone := w.rules.Organisation.Zone()
		if p.Retention.For.Lawful().End(at, zone).After(ceiling.Period().End(at, zone)) {
			w.warn(path+".retention.for", "%s is longer than %s of %s, which holds unless it is overridden in writing",
				p.Retention.For, ceiling.Value(), ceiling.Key)
		}
	}
}
