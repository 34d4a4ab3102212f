// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"strings"
	"time"
)

// yes is a consent given for exactly the asked purpose and channel, with an
// identifier that the question is about.
type yes struct {
	*Recorded
	grade    string
	why      string
	source   *Source   // as it was when the yes was given, nil when not declared
	by       *Recorded // what confirmed it, nil when nothing did
	byPerson bool      // the person did
	needs    bool      // a confirmation is required here
}

// yeses finds every consent for a target, in order, with its confirmation.
func (j *judge) yeses(t target) []yes {
	found := j.found[:0]
	for i := range j.facts {
		f := &j.facts[i]
		if !j.choice(f, t) {
			continue
		}
		switch f.Choice.Choice {
		case Given:
			found = append(found, j.yes(f))
		case Confirmed:
			confirm(found, f)
		}
	}
	return found
}

func (j *judge) yes(f *Recorded) yes {
	y := yes{Recorded: f, source: j.rules.sourceThen(&f.Fact)}
	y.grade, y.why = j.rules.grade(&f.Fact, y.source)
	y.needs = j.purpose.Confirmation[j.q.Channel] == "required"
	return y
}

// choice tells whether a fact is a choice about exactly this question.
func (j *judge) choice(f *Recorded, t target) bool {
	return f.Kind == KindChoice && f.Choice != nil && f.Choice.of(j.q.Purpose, j.q.Channel) &&
		(t.chain == "" || t.chain == f.Chain) && j.names(f, t.id)
}

// confirm marks the yes that a confirmation names or, where it names none, the
// latest before it in its chain. Whoever works for the organisation cannot
// confirm for a person.
func confirm(found []yes, f *Recorded) {
	if f.Actor != ActorPerson && f.Actor != ActorImport && f.Actor != ActorSystem {
		return
	}
	for i := len(found) - 1; i >= 0; i-- {
		y := &found[i]
		if y.Chain != f.Chain || !y.Happened.Before(f.Happened) || f.Choice.Confirms > 0 && f.Choice.Confirms != y.Seq {
			continue
		}
		if y.by == nil || f.Actor == ActorPerson && !y.byPerson {
			y.by, y.byPerson = f, f.Actor == ActorPerson
		}
		if y.grade == GradeRecorded {
			y.grade, y.why = GradeConfirmed, WhyConfirmed
		}
		return
	}
}

// pending tells that the yes waits for a confirmation and so counts for nothing.
func (y *yes) pending() bool {
	return y.needs && y.by == nil || y.Choice.Unproven && !y.byPerson
}

// Waiting lists the consents that a question is about which count for nothing
// until they are confirmed, and then could count: nothing was said against them
// since, and they are valid as far as they go.
func Waiting(rules *Rules, person Person, q Question) []Recorded {
	var j judge
	j.begin(rules, q)
	j.question()
	if j.denied {
		return nil
	}
	j.facts, _ = bearing(person.History, &j.q)
	var waiting []Recorded
	for _, t := range j.targets(nil) {
		no := j.lastNo(t)
		for _, y := range j.yeses(t) {
			if y.pending() && y.grade != GradeInvalid && y.Happened.After(no) {
				waiting = append(waiting, *y.Recorded)
			}
		}
	}
	return waiting
}

// lifts tells whether a yes ends an earlier no: the person's own dated act on a
// form of theirs, confirmed by themselves where that is needed. Imports,
// operators, merges, bundles and weak proofs never do.
func (y *yes) lifts() bool {
	if y.Actor != ActorPerson || y.source == nil {
		return false
	}
	switch y.source.Kind {
	case SourceForm, SourceShop, SourceApp, SourcePhone, SourceEvent, SourceSocial:
	default:
		return false
	}
	proven := y.grade == GradeRecorded || y.grade == GradeConfirmed
	return proven && (y.byPerson || !y.needs && !y.Choice.Unproven)
}

// lifter finds the first yes that lifts a no which happened at an instant.
func lifter(found []yes, no time.Time) *yes {
	for i := range found {
		if y := &found[i]; y.lifts() && y.Happened.After(no) {
			return y
		}
	}
	return nil
}

// counts tells whether a yes still does: without a no, every yes; after one, a
// yes that lifts it and what the same chain gave since. A yes from before a no is over.
func counts(found []yes, y *yes, no time.Time) bool {
	if no.IsZero() {
		return true
	}
	if !y.Happened.After(no) {
		return false
	}
	for i := range found {
		if k := &found[i]; k.Chain == y.Chain && k.Happened.After(no) && !k.Happened.After(y.Happened) && k.lifts() {
			return true
		}
	}
	return false
}

// consent decides one target on consent: the best yes that holds; if none does,
// what is wrong with the latest.
func (j *judge) consent(t target, found []yes) {
	no := j.lastNo(t)
	var best finding
	var holds, latest, after *yes
	for i := range found {
		y := &found[i]
		if y.Happened.After(no) {
			after = y
		}
		if !counts(found, y, no) {
			continue
		}
		latest = y
		if faults, permission := j.weigh(y); !faults.any && !better(&best, &permission) {
			best, holds = permission, y
		}
	}
	if holds != nil {
		j.tried(holds, nil)
		j.permit(best)
		return
	}
	j.uncovers = true
	if latest == nil {
		latest = after // a no stands: only what came after it is worth saying
	}
	switch {
	case latest != nil:
		faults, _ := j.weigh(latest)
		j.tried(latest, &faults)
	case no.IsZero():
		say := saying{}
		if t.id.Kind == "" {
			say.key = sayNotReached
		}
		j.deny(finding{reason: ReasonNoChoice, rule: RuleConsentGiven, rank: rankNoChoice, say: say})
	}
}

// faults is all that is wrong with a yes, in the documented order.
type faults struct {
	any  bool
	list []finding // when explaining
	one  finding   // the first, when not
}

func (f *faults) add(fault finding, explain bool) {
	switch {
	case explain:
		f.list = append(f.list, fault)
	case !f.any || fault.rank < f.one.rank:
		f.one = fault
	}
	f.any = true
}

// tried puts every rule about one yes on the trace, and its faults among the denials.
func (j *judge) tried(y *yes, f *faults) {
	if !j.tells {
		if f != nil && f.any { // a yes that is right in itself, and lifts no no, says nothing
			j.deny(f.one)
		}
		return
	}
	var wrong []finding
	if f != nil {
		wrong = f.list
	}
	for _, rule := range [...]string{
		RuleConsentConfirmed, RuleConsentValid, RuleConsentAge, RuleConsentNamed, RuleConsentPassages, RuleConsentRecipient,
		RuleConsentProven, RuleConsentNotice, RuleConsentCurrent, RuleConsentPeriod, RuleLicencePeriod,
	} {
		i := slices.IndexFunc(wrong, func(f finding) bool { return f.rule == rule })
		switch {
		case i >= 0:
			j.deny(wrong[i])
		case rule == RuleConsentProven:
			j.pass(rule, nil, y.grade+": "+y.why, y.Entry)
		case rule == RuleConsentAge && j.born.IsZero(), rule == RuleConsentRecipient && j.q.Recipient == "",
			(rule == RuleConsentPassages || rule == RuleLicencePeriod) && !y.foreign():
		default:
			j.pass(rule, nil, "", y.Entry)
		}
	}
}

// better tells that a permission is to be named before another: good proof, then
// the longest life, then the best grade.
func better(a, b *finding) bool {
	if a.reason != b.reason {
		return a.reason == ReasonConsentGiven
	}
	if c := compareEnds(a.until, b.until); c != 0 {
		return c > 0
	}
	return a.say.confirmed && !b.say.confirmed
}

// weigh lists all that is wrong with a yes, and else the permission it gives.
func (j *judge) weigh(y *yes) (faults, finding) {
	var wrong faults
	fault := finding{fact: y.Recorded, say: saying{why: y.why}}
	if j.tells && y.by != nil {
		fault.more = []*Recorded{y.by}
	}
	add := func(reason Reason, rule string, rank int) {
		fault.reason, fault.rule, fault.rank = reason, rule, rank
		wrong.add(fault, j.tells)
		fault.say, fault.law = saying{why: y.why}, nil
	}
	permission, enough := j.proof(y)
	if y.pending() {
		add(ReasonConfirmationPending, RuleConsentConfirmed, rankPending)
	}
	if y.grade == GradeInvalid {
		add(ReasonConsentInvalid, RuleConsentValid, rankInvalid)
	}
	j.aged(y, &fault, &permission, add)
	j.forWhom(y, &fault, add)
	if !enough && y.grade != GradeInvalid {
		add(ReasonEvidenceInsufficient, RuleConsentProven, rankInsufficient)
	}
	notice := j.rules.shown(&y.Fact, y.source)
	if j.rules.missing(notice) {
		add(ReasonNoticeMissing, RuleConsentNotice, rankNoticeMissing)
	}
	if v := j.rules.superseded(notice, j.q.Purpose, j.q.At); v != nil && !j.within(y.Happened) {
		fault.say.end = v.from()
		add(ReasonNoticeSuperseded, RuleConsentCurrent, rankSuperseded)
	}
	if months := j.purpose.ExpiresMonth; months > 0 {
		end := PeriodEnd(y.Happened, months, j.rules.Organisation.Zone())
		if !j.before(end) {
			fault.say.end = end
			add(ReasonExpired, RuleConsentPeriod, rankExpired)
		}
		permission.end(end)
	}
	j.licence(y, &fault, &permission, add)
	return wrong, permission
}

// end notes an end of a permission.
func (f *finding) end(end time.Time) {
	if compareEnds(end, f.until) < 0 {
		f.until = end
	}
}

// licence ends a consent that came with a list when the list's licence ends.
func (j *judge) licence(y *yes, fault, permission *finding, add func(Reason, string, int)) {
	if y.source == nil || y.source.Licensed == nil {
		return
	}
	end := *y.source.Licensed
	if !j.q.At.Before(end) {
		fault.say.end = end
		add(ReasonLicenceEnded, RuleLicencePeriod, rankLicence)
	}
	permission.end(end)
}

// aged asks whether the yes was given by somebody who could: a child's own is
// none, and a parent's is asked again of the child at the national age.
func (j *judge) aged(y *yes, fault, permission *finding, add func(Reason, string, int)) {
	if j.born.IsZero() {
		return
	}
	law, adult := j.adulthood()
	if !y.Happened.Before(adult) {
		return
	}
	if !j.parents() {
		fault.law, fault.say = law, saying{why: WhyMinor}
		add(ReasonConsentInvalid, RuleConsentAge, rankInvalid)
		return
	}
	if !j.before(adult) {
		fault.law, fault.say.end, fault.say.key = law, adult, sayParentsConsent
		add(ReasonExpired, RuleConsentAge, rankExpired)
	}
	permission.end(adult)
}

// forWhom asks for whom a yes was given, and through how many hands it came.
func (j *judge) forWhom(y *yes, fault *finding, add func(Reason, string, int)) {
	if y.foreign() && !names(y.Choice.Evidence, j.rules.Organisation.Name, j.rules.Organisation.ID) {
		add(ReasonConsentNotForUs, RuleConsentNamed, rankNotForUs)
	} else if law := j.law(TopicPassages); y.foreign() && law != nil && len(y.Choice.Evidence.Passages) > law.Number {
		fault.law, fault.say.key = law, sayPassages
		add(ReasonConsentNotForUs, RuleConsentPassages, rankNotForUs)
	}
	r := j.rules.Recipients[j.q.Recipient]
	if r.Kind != "controller" {
		return
	}
	silent := y.Choice.Evidence == nil || len(y.Choice.Evidence.Named) == 0
	told := silent && slices.Contains(j.purpose.Recipients, r.ID) // by the purpose, which its notice describes
	if !told && !names(y.Choice.Evidence, r.Name, r.ID) {
		fault.say.key = sayRecipientNotNamed
		add(ReasonConsentNotForUs, RuleConsentRecipient, rankNotForUs)
	}
}

// foreign tells that the yes was given to somebody else first.
func (y *yes) foreign() bool {
	return y.source != nil && (y.source.Kind == SourceBought || y.source.Kind == SourcePartner)
}

// names tells whether the text named a controller. Only its whole name or id
// will do: half a name can be another company's.
func names(e *Evidence, name, id string) bool {
	if e == nil {
		return false
	}
	for _, n := range e.Named {
		n = strings.TrimSpace(n)
		if n != "" && (alike(n, name) || strings.EqualFold(n, id)) {
			return true
		}
	}
	return false
}

// alike tells whether two names are one, whatever their capitals and spaces.
func alike(a, b string) bool {
	return slices.EqualFunc(strings.Fields(a), strings.Fields(b), strings.EqualFold)
}

// proof tells whether a yes is proven well enough for the purpose, and the
// permission it gives: weak proof that the controller accepted is never called
// consent given.
func (j *judge) proof(y *yes) (finding, bool) {
	permission := finding{
		reason: ReasonConsentGiven, rule: RuleConsentGiven, rank: rankBasis, fact: y.Recorded,
		say: saying{why: y.why, confirmed: y.by != nil},
	}
	if j.tells && y.by != nil {
		permission.more = []*Recorded{y.by}
	}
	minimum := j.purpose.minimum(y.Happened)
	if y.grade != GradeDeclared {
		return permission, gradeRank(y.grade) >= gradeRank(minimum)
	}
	now := j.rules.sourceAt(y.Source, j.q.At)
	never := j.law(TopicWeakProofSources)
	if y.source != nil && never.lists(y.source.Kind) || now != nil && never.lists(now.Kind) || j.law(TopicWeakProofChannels).lists(j.q.Channel) {
		return permission, false
	}
	permission.reason, permission.rule = ReasonConsentDeclared, RuleConsentAccepted
	permission.say.key = sayDeclaredMinimum
	if minimum == GradeDeclared {
		return permission, true
	}
	if now == nil || now.Accepted == nil || now.Accepted.Grade != GradeDeclared {
		return permission, false
	}
	permission.say.key, permission.say.decidedBy = "", now.Accepted.DecidedBy
	if until := now.Accepted.Until; until != nil {
		permission.until = *until
		return permission, j.q.At.Before(*until)
	}
	return permission, true
}
