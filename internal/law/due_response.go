// SPDX-License-Identifier: Apache-2.0

package law

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// What the person may be asked for before their request is answered.
const (
	AskIdentity      = "identity"      // who they are (GDPR art. 12(6))
	AskSpecification = "specification" // what they mean (GDPR rec. 63)
)

// Request is a request of a person that waits for its answer.
type Request struct {
	Right    string // one of Rights
	Received Day    // on any channel of the organisation, read or not
	Extended bool   // the person was told of an extension, and why
	Asked    []Asked
}

// Asked is something the person was asked for.
type Asked struct {
	What  string
	On    Day
	Given *Day // nil: not yet
}

// Topics of law about requests. Those of response.<right> come first where they say a number.
const (
	topicResponse    = "response"
	topicExtension   = "response.extension"
	topicAcknowledge = "response.acknowledge"
	topicPause       = "response.pause"
	topicComplaint   = "complaint.acknowledge"
)

// Words of the values of these topics.
const (
	wordAtOnce           = "at_once"
	wordIdentityDays     = "identity_days"
	wordIdentityRestarts = "identity_restarts"
)

const (
	rightComplaint  = "complaint"
	rightObjection  = "objection"
	rightOptOut     = "opt_out"
	rightWithdrawal = "withdrawal"
)

// Rights lists the rights whose answers have a period. A complaint is one to
// the organisation itself.
func Rights() []string {
	return []string{
		"access", rightComplaint, "confirmation", "erasure", "human_review", rightObjection, rightOptOut,
		"portability", "rectification", "restriction", rightWithdrawal,
	}
}

// Right is the right somebody named, in their own spelling or by another name
// that laws give it.
func Right(name string) (string, error) {
	name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	switch name {
	case "delete", "deletion":
		return "erasure", nil
	case "correct", "correction":
		return "rectification", nil
	}
	if !slices.Contains(Rights(), name) {
		return "", problem.Newf(problem.Invalid, "unknown_right", "no such right; known are: %s", listed(Rights()))
	}
	return name, nil
}

// Response counts by when a request has to be answered. The law of the day it
// was received holds.
func (c *Calendar) Response(rules *lawful.Rules, q Request) (Due, error) {
	if err := q.check(); err != nil {
		return Due{}, err
	}
	r := requested{cal: c, rules: rules, q: q}
	rule, own, err := r.rule()
	if err != nil {
		return Due{}, err
	}
	first, ok := PeriodOf(rule)
	if !ok && q.Extended {
		return Due{}, noExtension(c)
	}
	if !ok {
		return r.unstated(rule), nil
	}
	whole := first
	if q.Extended {
		if whole, err = r.longer(first, own); err != nil {
			return Due{}, err
		}
	}
	r.due = c.begin(rule, q.Received)
	r.due.For = topicResponse + "." + q.Right
	if q.Right == rightComplaint {
		r.due.For = topicComplaint
	}
	r.atOnce()
	r.due.step(q.Received, StepBase, "", "Received on %s, which is itself not counted.", q.Received.Words())
	if err := r.count(rule, whole); err != nil {
		return Due{}, err
	}
	return r.due, r.milestones(rule, first, own)
}

func (q Request) check() error {
	if !slices.Contains(Rights(), q.Right) {
		_, err := Right(q.Right)
		return err
	}
	for _, a := range q.Asked {
		switch {
		case a.What != AskIdentity && a.What != AskSpecification:
			return fmt.Errorf("count a pause: %q is not what people are asked for", a.What)
		case a.On < q.Received:
			return problem.Newf(problem.Invalid, "asked_before_received", "the %s was asked for on %s, before the request was received on %s", a.What, a.On, q.Received)
		case a.Given != nil && *a.Given < a.On:
			return problem.Newf(problem.Invalid, "given_before_asked", "the %s was given on %s, before it was asked for on %s", a.What, *a.Given, a.On)
		}
	}
	return nil
}

// requested is a request being counted.
type requested struct {
	cal   *Calendar
	rules *lawful.Rules
	q     Request
	due   Due
}

func (r *requested) law(topic string) *lawful.Law {
	return r.rules.LawAt(r.cal.ID, topic, r.q.Received.End(r.cal.Zone).Add(-1))
}

// rule is what says how long there is to answer; own tells that it is of this
// right alone, so that the extension of the others is not its.
func (r *requested) rule() (rule *lawful.Law, own bool, err error) {
	if r.q.Right == rightComplaint {
		if rule = r.law(topicComplaint); rule == nil {
			return nil, false, noPeriod(r.cal, "a complaint to the organisation")
		}
		return rule, true, nil
	}
	general, of := r.law(topicResponse), r.law(topicResponse+"."+r.q.Right)
	if _, ok := PeriodOf(of); ok {
		return of, general == nil || of.Number != general.Number || of.Unit != general.Unit, nil
	}
	if other := r.instead(of); other != "" {
		return nil, false, problem.Newf(problem.Invalid, "no_such_right", "the law of %s, as known here, has no %s; what it has is %s: ask for that", r.cal.Name, r.q.Right, other)
	}
	switch {
	case r.q.Right == rightWithdrawal && of != nil:
		return of, true, nil // it has no number: the act itself is the answer
	case r.q.Right == rightWithdrawal:
		return r.law(lawful.RuleNoWithdrawal), true, nil
	case general != nil:
		return general, false, nil
	case of != nil:
		return of, true, nil
	}
	return nil, false, noPeriod(r.cal, "such a request")
}

// instead names the right of that law that takes the place of the one asked for.
func (r *requested) instead(of *lawful.Law) string {
	switch {
	case of != nil:
		return ""
	case r.q.Right == rightOptOut && r.law(topicResponse+"."+rightObjection) != nil:
		return rightObjection
	case r.q.Right == rightObjection && r.law(topicResponse+"."+rightOptOut) != nil:
		return rightOptOut
	}
	return ""
}

// longer is the period with its extension.
func (r *requested) longer(first Period, own bool) (Period, error) {
	rule := r.law(topicExtension)
	by, ok := PeriodOf(rule)
	if rule != nil && !ok && !own {
		return Period{}, problem.Newf(problem.Invalid, "extension_has_no_number", "the law of %s gives an extension no length: the answer is due on the day that the person was told", r.cal.Name)
	}
	if !ok || own {
		return Period{}, noExtension(r.cal)
	}
	return first.Longer(by)
}

func noExtension(c *Calendar) error {
	return problem.Newf(problem.Invalid, "no_extension", "the law of %s, as known here, has no extension for this", c.Name)
}

// unstated is an answer for which the law has no number.
func (r *requested) unstated(rule *lawful.Law) Due {
	r.due = r.cal.begin(rule, r.q.Received)
	r.due.step(r.q.Received, StepBase, "", "Received on %s.", r.q.Received.Words())
	r.due.For = topicResponse + "." + r.q.Right
	r.atOnce()
	if r.due.AtOnce == "" {
		r.due.step(r.q.Received, StepNoNumber, rule.Key, "The law has no number here: %s", rule.Text["en"])
	}
	return r.due
}

// atOnce says what does not wait for the answer.
func (r *requested) atOnce() {
	rule := r.law(topicResponse + "." + r.q.Right)
	switch {
	case r.q.Right == rightObjection:
		r.due.AtOnce = "The stop is at once: marketing, and profiling for it, end on receipt. The date is for the answer."
		rule = r.law(lawful.RuleNoObjection)
	case r.q.Right == rightWithdrawal:
		rule = r.law(lawful.RuleNoWithdrawal)
		r.due.AtOnce = "The stop is at once: what rested on the consent ends on receipt."
	case rule == nil || !slices.Contains(rule.Words, wordAtOnce):
		return
	default:
		r.due.AtOnce = "This is done at once: " + rule.Text["en"]
	}
	key := ""
	if rule != nil {
		key = rule.Key
		r.due.cite(cited(rule))
	}
	r.due.step(r.q.Received, StepAtOnce, key, "%s", r.due.AtOnce)
	if len(r.q.Asked) > 0 {
		r.due.caution("The stop does not wait for proof of identity.")
	}
}

// count counts the period, with what was asked of the person.
func (r *requested) count(rule *lawful.Law, p Period) error {
	pause := r.law(topicPause)
	r.restart(pause)
	if err := r.cal.run(&r.due, p, rule.Key); err != nil {
		return err
	}
	if r.q.Extended {
		extension := r.law(topicExtension)
		r.due.cite(cited(extension))
		last := &r.due.Steps[len(r.due.Steps)-1]
		last.Text += " The extension is counted from the same day, not from the end of the first period."
	}
	days := r.pauses(pause)
	if days > 0 {
		r.due.Nominal += Day(days)
		r.due.step(r.due.Nominal, StepPause, pause.Key, "%s of waiting for the person are added: %s.", Period{days, lawful.UnitDays}.Words(), r.due.Nominal.Words())
	}
	r.cal.settle(&r.due, p, r.cal.Roll.Moves)
	return r.later(rule, p)
}

// restart puts the base where the law has the clock start with the identity.
func (r *requested) restart(pause *lawful.Law) {
	if pause == nil || !slices.Contains(pause.Words, wordIdentityRestarts) {
		return
	}
	for _, a := range r.q.Asked {
		if a.What != AskIdentity || a.Given == nil {
			continue
		}
		r.due.Base = max(r.due.Base, *a.Given)
		r.due.cite(cited(pause))
		r.due.step(r.due.Base, StepRestart, pause.Key, "Identity was asked for on %s and given on %s: the clock starts on that day.", a.On.Words(), a.Given.Words())
		r.due.caution("The later start is contestable: identity is asked for only on reasonable doubt, and an authority may count from the receipt, %s.", r.q.Received.Words())
		r.due.Pauses = append(r.due.Pauses, Pause{What: a.What, Asked: a.On, Given: a.Given, Contested: true})
	}
}
