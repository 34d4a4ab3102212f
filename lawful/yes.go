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
func (j *judge) yeses(t target) []*yes {
	var found []*yes
	for _, f := range j.facts {
		if !j.choice(f, t) {
			continue
		}
		switch f.Choice.Choice {
		case Given:
			y := &yes{Recorded: f, source: j.rules.sourceThen(f.Fact)}
			y.grade, y.why = Grade(j.rules, f.Fact)
			y.needs = j.purpose.Confirmation[j.q.Channel] == "required"
			found = append(found, y)
		case Confirmed:
			confirm(found, f)
		}
	}
	return found
}

// choice tells whether a fact is a given or confirmed for exactly this question.
func (j *judge) choice(f *Recorded, t target) bool {
	return f.Kind == KindChoice && f.Choice != nil && f.Choice.Purpose == j.q.Purpose && f.Choice.Channel == j.q.Channel &&
		(f.Choice.Choice == Given || f.Choice.Choice == Confirmed) &&
		(t.chain == "" || t.chain == f.Chain) && j.names(f, t.id)
}

// confirm marks the latest yes before a confirmation in its chain. Whoever works
// for the organisation cannot confirm for a person.
func confirm(found []*yes, f *Recorded) {
	if f.Actor != ActorPerson && f.Actor != ActorImport && f.Actor != ActorSystem {
		return
	}
	for _, y := range slices.Backward(found) {
		if y.Chain != f.Chain || !y.Happened.Before(f.Happened) {
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
func lifter(found []*yes, no time.Time) *yes {
	for _, y := range found {
		if y.lifts() && y.Happened.After(no) {
			return y
		}
	}
	return nil
}

// live keeps what still counts: without a no, every yes; after one, a yes that
// lifts it and what the same chain gave since. A yes from before a no is over.
func live(found []*yes, nos []*Recorded) []*yes {
	if len(nos) == 0 {
		return found
	}
	last := nos[len(nos)-1].Happened
	reopened := map[string]bool{}
	var kept []*yes
	for i, y := range found {
		if !y.Happened.After(last) {
			continue
		}
		for k := i; k < len(found) && found[k].Happened.Equal(y.Happened); k++ {
			reopened[found[k].Chain] = reopened[found[k].Chain] || found[k].lifts()
		}
		if reopened[y.Chain] {
			kept = append(kept, y)
		}
	}
	return kept
}

// consent decides one target on consent (GDPR arts 6(1)(a), 7): the best yes
// that holds; if none does, what is wrong with the latest.
func (j *judge) consent(t target) {
	found, nos := j.yeses(t), j.nos(t)
	counting := live(found, nos)
	var best *finding
	var holds *yes
	for _, y := range counting {
		faults, permission := j.weigh(y)
		if len(faults) == 0 && (best == nil || !better(*best, permission)) {
			best, holds = &permission, y
		}
	}
	if best != nil {
		j.tried(holds, nil)
		j.permit(*best)
		return
	}
	j.uncovers = true
	if len(counting) == 0 && len(nos) > 0 { // a no stands: only what came after it is worth saying
		last := nos[len(nos)-1].Happened
		counting = slices.DeleteFunc(found, func(y *yes) bool { return !y.Happened.After(last) })
		if len(counting) == 0 {
			return
		}
	}
	if len(counting) == 0 {
		say := saying{key: string(ReasonNoChoice)}
		if t.id.Kind == "" {
			say.key = sayNotReached
		}
		j.deny(finding{reason: ReasonNoChoice, rule: RuleConsentGiven, rank: rankNoChoice, say: say})
		return
	}
	latest := counting[len(counting)-1]
	faults, _ := j.weigh(latest)
	j.tried(latest, faults)
}

// tried puts every rule about one yes on the trace, and its faults among the denials.
func (j *judge) tried(y *yes, faults []finding) {
	for _, rule := range [...]string{
		RuleConsentConfirmed, RuleConsentValid, RuleConsentNamed, RuleConsentProven,
		RuleConsentNotice, RuleConsentCurrent, RuleConsentPeriod,
	} {
		i := slices.IndexFunc(faults, func(f finding) bool { return f.rule == rule })
		switch {
		case i >= 0:
			j.deny(faults[i])
		case rule == RuleConsentProven:
			j.pass(rule, y.grade+": "+y.why, y.Entry)
		default:
			j.pass(rule, "", y.Entry)
		}
	}
}

// better tells that a permission is to be named before another: good proof, then
// the longest life, then the best grade.
func better(a, b finding) bool {
	if a.reason != b.reason {
		return a.reason == ReasonConsentGiven
	}
	if c := compareEnds(a.until, b.until); c != 0 {
		return c > 0
	}
	return len(a.facts) > len(b.facts) // the second fact is the confirmation
}

// weigh lists all that is wrong with a yes, in the documented order, and else
// the permission it gives.
func (j *judge) weigh(y *yes) ([]finding, finding) {
	var faults []finding
	fault := func(reason Reason, rule string, rank int, say saying) {
		say.key, say.why = string(reason), y.why
		faults = append(faults, finding{reason: reason, rule: rule, rank: rank, facts: y.shows(), say: say})
	}
	if y.pending() {
		fault(ReasonConfirmationPending, RuleConsentConfirmed, rankPending, saying{})
	}
	if y.grade == GradeInvalid {
		fault(ReasonConsentInvalid, RuleConsentValid, rankInvalid, saying{})
	}
	if y.foreign() && !j.named(y) {
		fault(ReasonConsentNotForUs, RuleConsentNamed, rankNotForUs, saying{})
	}
	permission, enough := j.proof(y)
	if !enough && y.grade != GradeInvalid {
		fault(ReasonEvidenceInsufficient, RuleConsentProven, rankInsufficient, saying{})
	}
	notice := j.rules.shown(y.Fact)
	if j.rules.missing(notice) {
		fault(ReasonNoticeMissing, RuleConsentNotice, rankNoticeMissing, saying{})
	}
	if v := j.rules.superseded(notice, j.q.Purpose, j.q.At); v != nil {
		fault(ReasonNoticeSuperseded, RuleConsentCurrent, rankSuperseded, saying{end: v.from()})
	}
	if months := j.purpose.ExpiresMonth; months > 0 {
		end := PeriodEnd(y.Happened, months, j.rules.Organisation.zone())
		if !j.q.At.Before(end) {
			fault(ReasonExpired, RuleConsentPeriod, rankExpired, saying{end: end})
		}
		if compareEnds(&end, permission.until) < 0 {
			permission.until = &end
		}
	}
	return faults, permission
}

// shows is the yes and what confirmed it.
func (y *yes) shows() []*Recorded {
	if y.by == nil {
		return []*Recorded{y.Recorded}
	}
	return []*Recorded{y.Recorded, y.by}
}

// foreign tells that the yes was given to somebody else first.
func (y *yes) foreign() bool {
	return y.source != nil && (y.source.Kind == SourceBought || y.source.Kind == SourcePartner)
}

// named tells whether the text named this organisation (GDPR rec. 42). Only its
// whole name or id will do: half a name can be another company's.
func (j *judge) named(y *yes) bool {
	if y.Choice.Evidence == nil {
		return false
	}
	fold := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for _, n := range y.Choice.Evidence.Named {
		n = fold(n)
		if n != "" && (strings.EqualFold(n, fold(j.rules.Organisation.Name)) || strings.EqualFold(n, fold(j.rules.Organisation.ID))) {
			return true
		}
	}
	return false
}

// proof tells whether a yes is proven well enough for the purpose (GDPR art.
// 7(1)), and the permission it gives: weak proof that the controller accepted is
// never called consent given.
func (j *judge) proof(y *yes) (finding, bool) {
	permission := finding{
		reason: ReasonConsentGiven, rule: RuleConsentGiven, rank: rankBasis, facts: y.shows(),
		say: saying{key: string(ReasonConsentGiven), why: y.why},
	}
	minimum := j.purpose.minimum(y.Happened)
	if y.grade != GradeDeclared {
		return permission, gradeRank(y.grade) >= gradeRank(minimum)
	}
	now := j.rules.sourceAt(y.Source, j.q.At)
	bought := y.foreign() || now != nil && (now.Kind == SourceBought || now.Kind == SourcePartner)
	if bought || j.q.Channel == ChannelPhone || j.q.Channel == ChannelAutomatedCall {
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
	permission.say.key, permission.say.decidedBy = string(ReasonConsentDeclared), now.Accepted.DecidedBy
	permission.until = now.Accepted.Until
	return permission, now.Accepted.Until == nil || j.q.At.Before(*now.Accepted.Until)
}

// relation decides on a contract: permitted while a relation is open (GDPR art.
// 6(1)(b)). A closing counts whichever chain holds it.
func (j *judge) relation() {
	var closed time.Time
	for _, f := range j.facts {
		if f.Kind == KindRelationClosed {
			closed = f.Happened
		}
	}
	for _, f := range j.facts {
		if f.Kind == KindRelationOpened && (closed.IsZero() || f.Happened.After(closed)) {
			j.permit(finding{
				reason: ReasonContract, rule: RuleContractRelation, rank: rankBasis,
				facts: []*Recorded{f}, say: saying{key: string(ReasonContract)},
			})
			return
		}
	}
	j.deny(finding{reason: ReasonBasisNotAllowed, rule: RuleContractRelation, rank: rankBasis, say: saying{key: sayNoRelation}})
}
