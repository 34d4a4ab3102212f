// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"time"
)

// Decide answers a question about a person. The order of precedence is the one
// documented for the product: what is undeclared; erased or unknown; a block, an
// objection, a withdrawal, a refusal; restriction and death; the basis; whether
// the contact works. The first that denies is the reason, all others stand in Also.
// Nothing is permitted unless a basis says so and nothing denies.
func Decide(rules *Rules, person Person, q Question) Decision {
	j := newJudge(rules, q)
	j.question()
	if j.purpose != nil {
		j.about(person)
	}
	return j.decision()
}

// Undeclared decides the question alone: it returns the denial and true when
// no person could change the answer, so that a run over a list stops at its head.
func Undeclared(rules *Rules, q Question) (Decision, bool) {
	j := newJudge(rules, q)
	j.question()
	if len(j.denials) == 0 {
		return Decision{}, false
	}
	return j.decision(), true
}

// judge is one decision under way. It belongs to one call of Decide.
type judge struct {
	rules    *Rules
	q        Question
	purpose  *Purpose    // as at the instant asked about; nil: unknown
	facts    []*Recorded // those that count, in order
	rests    bool        // the declared basis can carry this use
	denials  []finding
	permits  []finding // one for each target that is covered
	uncovers bool      // a target is not
	trace    []Step
}

// finding is the outcome of a rule that decides something.
type finding struct {
	reason Reason
	rule   string
	rank   int         // place in the order of precedence
	facts  []*Recorded // that show it, the first being the one it stands since
	until  *time.Time  // of a permission
	say    saying
}

// Places in the order of precedence. Findings of the same place keep the order in which rules are tried.
const (
	rankQuestion = iota
	rankPerson
	rankBlocked
	rankObjected
	rankWithdrawn
	rankRefused
	rankRestricted
	rankDeceased
	rankBasis
	rankNoChoice
	rankPending
	rankInvalid
	rankNotForUs
	rankInsufficient
	rankNoticeMissing
	rankSuperseded
	rankExpired
	rankContact
)

func newJudge(rules *Rules, q Question) *judge {
	return &judge{rules: rules, q: q, purpose: rules.purposeAt(q.Purpose, q.At), trace: make([]Step, 0, 24)}
}

// about applies every rule about the person, target by target where a source's
// number stands for several identifiers: all must be covered.
func (j *judge) about(person Person) {
	if !j.known(person) {
		return
	}
	j.facts = bearing(person.History, j.q)
	targets := j.targets()
	for _, t := range targets {
		j.standing(t)
	}
	j.condition()
	j.basis(targets)
	for _, t := range targets {
		j.contact(t)
	}
}

func (j *judge) known(person Person) bool {
	if person.Erased && !person.Known {
		j.deny(finding{reason: ReasonErased, rule: RulePersonErased, rank: rankPerson})
		return false
	}
	j.pass(RulePersonErased, "", "")
	if !person.Known {
		j.deny(finding{reason: ReasonUnknownSubject, rule: RulePersonKnown, rank: rankPerson})
		return false
	}
	j.pass(RulePersonKnown, "", "")
	return true
}

// basis asks the declared basis whether it permits this.
func (j *judge) basis(targets []target) {
	if !j.rests {
		return
	}
	switch j.purpose.Basis {
	case BasisConsent:
		for _, t := range targets {
			j.consent(t)
		}
	case BasisContract:
		j.relation()
	case BasisLegalObligation:
		j.permit(finding{
			reason: ReasonLegalObligation, rule: RuleLawObligation, rank: rankBasis,
			say: saying{key: string(ReasonLegalObligation), law: j.purpose.Law},
		})
	}
}

func (j *judge) pass(rule, detail, entry string) {
	j.trace = append(j.trace, Step{Rule: rule, Outcome: "passed", Entry: entry, Detail: detail})
}

func (j *judge) deny(f finding) {
	if f.say.key == "" {
		f.say.key = string(f.reason)
	}
	j.denials = append(j.denials, f)
	j.trace = append(j.trace, Step{Rule: f.rule, Outcome: "denied", Entry: f.entry(), Detail: string(f.reason)})
}

func (j *judge) permit(f finding) {
	j.permits = append(j.permits, f)
	j.trace = append(j.trace, Step{Rule: f.rule, Outcome: "permitted", Entry: f.entry(), Detail: string(f.reason)})
}

func (f finding) entry() string {
	if len(f.facts) == 0 {
		return ""
	}
	return f.facts[0].Entry
}

// decision sums up. With neither a denial nor a permission the answer is no.
func (j *judge) decision() Decision {
	d := Decision{AsOf: j.q.At.UTC(), Trace: j.trace} // every instant in UTC: equal decisions have equal bytes
	if j.purpose != nil {
		d.Basis = j.purpose.Basis
	}
	slices.SortStableFunc(j.denials, func(a, b finding) int { return a.rank - b.rank })
	var deciding finding
	switch {
	case len(j.denials) > 0:
		deciding = j.denials[0]
		for _, f := range j.denials {
			if f.reason != deciding.reason && !slices.Contains(d.Also, f.reason) {
				d.Also = append(d.Also, f.reason)
			}
		}
	case len(j.permits) > 0 && !j.uncovers:
		d.Permitted = true
		deciding = weakest(j.permits)
		d.Until = j.until()
	default:
		deciding = finding{reason: ReasonBasisNotAllowed, rule: RuleBasisCarried, say: saying{key: sayNotCarried}}
	}
	d.Reason, d.Rule = deciding.reason, deciding.rule
	d.Since = j.since(&d, deciding)
	d.Explanation = j.explain(deciding, d.Since)
	return d
}

// since is when the oldest fact of the deciding reason happened; it also lists
// those facts' entries.
func (j *judge) since(d *Decision, deciding finding) *time.Time {
	all := j.denials
	if d.Permitted {
		all = j.permits
	}
	var first *Recorded
	for _, f := range all {
		if f.reason != deciding.reason || f.rule != deciding.rule {
			continue
		}
		for _, fact := range f.facts {
			if fact.Entry != "" && !slices.Contains(d.Facts, fact.Entry) {
				d.Facts = append(d.Facts, fact.Entry)
			}
		}
		if !d.Permitted && len(f.facts) > 0 && (first == nil || inOrder(f.facts[0], first) < 0) {
			first = f.facts[0]
		}
	}
	if d.Permitted && len(deciding.facts) > 0 {
		first = deciding.facts[0]
	}
	if first == nil {
		return nil
	}
	happened := first.Happened.UTC()
	return &happened
}

// weakest is the permission to name when several are needed: weak proof before
// good, then the one that ends first, then the youngest.
func weakest(permits []finding) finding {
	return slices.MinFunc(permits, func(a, b finding) int {
		if declared := (a.reason == ReasonConsentDeclared); declared != (b.reason == ReasonConsentDeclared) {
			if declared {
				return -1
			}
			return 1
		}
		if c := compareEnds(a.until, b.until); c != 0 || len(a.facts) == 0 || len(b.facts) == 0 {
			return c
		}
		return inOrder(b.facts[0], a.facts[0])
	})
}

// compareEnds orders ends of permissions, nil being never.
func compareEnds(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(*b)
}

// until is the first end that is already known: of a permission, of the
// purpose, of the recipient's contract.
func (j *judge) until() *time.Time {
	ends := []*time.Time{j.purpose.Retired}
	if r, ok := j.rules.Recipients[j.q.Recipient]; ok && j.q.Recipient != "" {
		ends = append(ends, r.Expires)
	}
	for _, p := range j.permits {
		ends = append(ends, p.until)
	}
	first := slices.MinFunc(ends, compareEnds)
	if first == nil {
		return nil
	}
	end := first.UTC()
	return &end
}
