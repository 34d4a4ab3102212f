// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"strings"
	"time"
)

// Decide answers a question about a person. The order of precedence is the one
// documented for the product: what is undeclared; erased or unknown; a block, an
// objection, a withdrawal, a refusal, a refusal of the data; restriction, death, age; the basis, with
// its validity and the end of retention; opposition registers; signals;
// frequency; whether the contact works. The first that denies is the reason,
// all others stand in Also. Nothing is permitted unless a basis says so and
// nothing denies.
//
// Without Question.Explain the answer is the reason alone, and nothing is
// allocated for a history that is in order already.
func Decide(rules *Rules, person Person, q Question) Decision {
	var j judge
	j.begin(rules, q)
	j.question()
	if j.purpose != nil {
		j.about(person)
	}
	return j.decision()
}

// Undeclared decides the question alone: it returns the denial and true when
// no person could change the answer, so that a run over a list stops at its head.
func Undeclared(rules *Rules, q Question) (Decision, bool) {
	var j judge
	j.begin(rules, q)
	j.question()
	if !j.denied {
		return Decision{}, false
	}
	return j.decision(), true
}

// judge is one decision under way. It belongs to one call of Decide.
type judge struct {
	rules   *Rules
	q       Question
	purpose *Purpose // as at the instant asked about; nil: unknown
	places  [2]string
	home    map[string][]Law // of the first of them
	abroad  bool             // the person lives elsewhere: both places ask
	facts   []Recorded       // those that count, in order
	kinds   kinds            // of the facts
	rests   bool             // the declared basis can carry this use
	born    time.Time        // the youngest the person can be; zero: age unknown

	found [4]yes // where the consents for a target begin; more go to the heap

	denied   bool
	worst    finding // the denial that decides
	granted  bool
	grant    finding   // the permission to name
	until    time.Time // the first end of a permission; zero: none
	uncovers bool      // a target has no permission

	tells   bool      // what the deciding facts are, for an explanation
	settles bool      // until when the answer lasts, for one that is kept
	turns   time.Time // the first instant to come at which a fact of the person tells otherwise; zero: none

	denials    []finding // everything, when it tells
	permits    []finding
	trace      []Step
	asked      *asked   // what law was asked for, when somebody wants to know
	overridden []string // keys of rules that an organisation changed, in the order they were used
}

// finding is the outcome of a rule that decides something.
type finding struct {
	reason Reason
	rule   string
	rank   int         // place in the order of precedence
	law    *Law        // the rule of law it rests on, where there is one
	fact   *Recorded   // that shows it, and since when
	more   []*Recorded // that show it too, when explaining
	until  time.Time   // exclusive end of a permission; zero: none known
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
	rankData
	rankRestricted
	rankDeceased
	rankMinor
	rankBasis
	rankNoChoice
	rankPending
	rankInvalid
	rankNotForUs
	rankInsufficient
	rankNoticeMissing
	rankSuperseded
	rankExpired
	rankRetention
	rankLicence
	rankRegister
	rankSignal
	rankFrequency
	rankContact
)

func (j *judge) begin(rules *Rules, q Question) {
	j.rules, j.q = rules, q
	j.tells = j.tells || q.Explain
	j.purpose = rules.PurposeAt(q.Purpose, q.At)
	j.places[0] = rules.Organisation.Country
	j.home = rules.pack(j.places[0])
	if q.Explain {
		j.trace = make([]Step, 0, 32)
	}
}

// about applies every rule about the person, target by target where a source's
// number stands for several identifiers: all must be covered.
func (j *judge) about(person Person) {
	if !j.known(person) {
		return
	}
	j.facts, j.kinds = bearing(person.History, &j.q)
	j.ahead(person.History)
	j.live()
	var one [1]target
	targets := j.targets(one[:0])
	given := j.yeses(targets[0])
	for i, t := range targets {
		if i > 0 {
			given = j.yeses(t)
		}
		j.standing(t, given)
		j.unwanted(t)
	}
	j.condition()
	j.minor()
	j.basis(targets, given)
	j.retention()
	for _, t := range targets {
		j.registers(t)
		j.signal(t)
	}
	j.frequency()
	for _, t := range targets {
		j.contact(t)
	}
}

func (j *judge) known(person Person) bool {
	if person.Erased && !person.Known {
		j.deny(finding{reason: ReasonErased, rule: RulePersonErased, rank: rankPerson})
		return false
	}
	j.pass(RulePersonErased, nil, "", "")
	if !person.Known {
		j.deny(finding{reason: ReasonUnknownSubject, rule: RulePersonKnown, rank: rankPerson})
		return false
	}
	j.pass(RulePersonKnown, nil, "", "")
	return true
}

// basis asks the declared basis whether it permits this; given are the consents
// for the last target.
func (j *judge) basis(targets []target, given []yes) {
	if !j.rests {
		return
	}
	j.elsewhere()
	switch j.purpose.Basis {
	case BasisConsent:
		for _, t := range targets {
			if len(targets) > 1 {
				given = j.yeses(t)
			}
			j.consent(t, given)
		}
	case BasisSoftOptIn:
		for _, t := range targets {
			j.softOptIn(t)
		}
	case BasisLegitimateInterests:
		for _, t := range targets {
			j.interest(t)
		}
	case BasisContract:
		j.relation()
	case BasisLegalObligation:
		j.permit(finding{
			reason: ReasonLegalObligation, rule: RuleLawObligation, rank: rankBasis,
			say: saying{law: j.purpose.Law},
		})
	}
}

// law is the rule of the organisation's country on a topic.
func (j *judge) law(topic string) *Law { return j.lookup(j.places[0], topic) }

// lookup is the rule of a place on a topic. Whoever prepares the rules for a
// certificate notes what was asked for.
func (j *judge) lookup(place, topic string) *Law {
	pack := j.home
	if place != j.places[0] {
		pack = j.rules.pack(place)
	}
	law := lawIn(pack, topic, j.q.At)
	if j.asked != nil {
		j.asked.note(j.rules, strings.Clone(place), strings.Clone(topic), law)
	}
	return law
}

// laws gives the rules on a topic of the organisation's country and of the
// person's, where that is another: each must permit. A rule that both share is given once.
func (j *judge) laws(topic string) [2]*Law {
	both := [2]*Law{j.law(topic)}
	if j.abroad {
		both[1] = j.lookup(j.places[1], topic)
		if both[0] != nil && both[1] != nil && both[0].Key == both[1].Key {
			both[1] = nil
		}
	}
	return both
}

func (j *judge) pass(rule string, law *Law, detail, entry string) {
	if j.tells {
		j.step(Step{Rule: rule, Outcome: "passed", Entry: entry, Detail: detail}, law)
	}
}

func (j *judge) deny(f finding) {
	if !j.denied || f.rank < j.worst.rank {
		j.worst = f
	}
	j.denied = true
	if j.tells {
		j.denials = append(j.denials, f)
		j.step(Step{Rule: f.rule, Outcome: "denied", Entry: f.entry(), Detail: string(f.reason)}, f.law)
	}
}

func (j *judge) permit(f finding) {
	if !j.granted || weaker(&f, &j.grant) {
		j.grant = f
	}
	j.granted = true
	j.ends(f.until)
	if j.tells {
		j.permits = append(j.permits, f)
		j.step(Step{Rule: f.rule, Outcome: "permitted", Entry: f.entry(), Detail: string(f.reason)}, f.law)
	}
}

// ends notes an end that a permission is known to have.
func (j *judge) ends(end time.Time) {
	if !end.IsZero() && (j.until.IsZero() || end.Before(j.until)) {
		j.until = end
	}
}

func (f *finding) entry() string {
	if f.fact == nil {
		return ""
	}
	return f.fact.Entry
}

// before tells whether the instant asked about is before another, and notes
// that from then on it is not. Whatever happened to a person and counts for some
// time only is asked for here.
func (j *judge) before(end time.Time) bool {
	if !j.q.At.Before(end) {
		return false
	}
	if j.settles && (j.turns.IsZero() || end.Before(j.turns)) {
		j.turns = end
	}
	return true
}

// ahead notes what is on record as still to happen.
func (j *judge) ahead(history []Recorded) {
	if !j.settles {
		return
	}
	for i := range history {
		if f := &history[i]; knownThen(f, &j.q) {
			j.before(f.Happened)
		}
	}
}

// decided is the finding that decides. With neither a denial nor a permission the answer is no.
func (j *judge) decided() (deciding finding, permitted bool) {
	switch {
	case j.denied:
		return j.worst, false
	case j.granted && !j.uncovers:
		return j.grant, true
	}
	return finding{reason: ReasonBasisNotAllowed, rule: RuleBasisCarried, say: saying{key: sayNotCarried}}, false
}

// decision sums up.
func (j *judge) decision() Decision {
	d := Decision{AsOf: j.q.At.UTC()} // every instant in UTC: equal decisions have equal bytes
	if j.purpose != nil {
		d.Basis = j.purpose.Basis
	}
	var deciding finding
	deciding, d.Permitted = j.decided()
	d.Reason, d.Rule = deciding.reason, deciding.rule
	if j.q.Explain {
		teller := new(judge) // so that a judge who explains nothing stays off the heap
		*teller = *j
		teller.tell(&d, deciding)
	}
	return d
}

// tell fills in what only an explained answer says.
func (j *judge) tell(d *Decision, deciding finding) {
	d.Also = j.also(deciding)
	if d.Permitted {
		d.Until = j.end()
	}
	d.Since, d.Facts = j.since(deciding, d.Permitted)
	said := j.telling(deciding, d.Since)
	d.Explanation = said.in(j.rules, &j.q)
	d.Trace = j.trace
}

// also lists every other reason to deny, in the order of precedence.
func (j *judge) also(deciding finding) []Reason {
	slices.SortStableFunc(j.denials, func(a, b finding) int { return a.rank - b.rank })
	var also []Reason
	for _, f := range j.denials {
		if f.reason != deciding.reason && !slices.Contains(also, f.reason) {
			also = append(also, f.reason)
		}
	}
	return also
}

// since is when the oldest fact of the deciding reason happened; it also lists
// those facts' entries.
func (j *judge) since(deciding finding, permitted bool) (since *time.Time, entries []string) {
	all := j.denials
	if permitted {
		all = j.permits
	}
	var first *Recorded
	for _, f := range all {
		if f.reason != deciding.reason || f.rule != deciding.rule || f.fact == nil {
			continue
		}
		for _, fact := range append([]*Recorded{f.fact}, f.more...) {
			if fact.Entry != "" && !slices.Contains(entries, fact.Entry) {
				entries = append(entries, fact.Entry)
			}
		}
		if first == nil || inOrder(f.fact, first) < 0 {
			first = f.fact
		}
	}
	if permitted {
		first = deciding.fact
	}
	if first == nil {
		return nil, nil
	}
	happened := first.Happened.UTC()
	return &happened, entries
}

// weaker tells which of two permissions to name when both are needed: weak
// proof before good, then the one that ends first, then the youngest. Either both
// rest on a fact or neither does: one decision has one basis.
func weaker(a, b *finding) bool {
	if declared := a.reason == ReasonConsentDeclared; declared != (b.reason == ReasonConsentDeclared) {
		return declared
	}
	if c := compareEnds(a.until, b.until); c != 0 {
		return c < 0
	}
	return a.fact != nil && inOrder(a.fact, b.fact) > 0
}

// compareEnds orders ends of permissions, zero being never.
func compareEnds(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}

// end is the first end that is already known: of a permission, of the
// purpose, of the recipient's contract.
func (j *judge) end() *time.Time {
	if retired := j.purpose.Retired; retired != nil {
		j.ends(*retired)
	}
	for i, place := range j.places {
		if law := j.bases(place); i == 0 || j.abroad {
			j.changes(place, law)
		}
	}
	if expires := j.rules.Recipients[j.q.Recipient].Expires; expires != nil && j.q.Recipient != "" {
		j.ends(*expires)
	}
	if j.until.IsZero() {
		return nil
	}
	end := j.until.UTC()
	return &end
}
