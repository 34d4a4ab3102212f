// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"time"
)

// question applies the rules that hold whoever is asked about. What is not
// declared is not a use the person could have been told of.
func (j *judge) question() {
	p, q := j.purpose, &j.q
	if !j.require(p != nil, RulePurposeDeclared, ReasonPurposeUnknown) {
		return
	}
	j.retired()
	j.require(slices.Contains(p.Channels, q.Channel), RuleChannelDeclared, ReasonChannelNotDeclared)
	j.require(q.Operation == "" || slices.Contains(p.Operations, q.Operation), RuleOperationDeclared, ReasonOperationNotDeclared)
	for i := range q.Data {
		j.data(&q.Data[i])
	}
	content := q.Content == "" || q.Content == "service" || q.Content == "promotional" && p.Marketing
	j.require(content, RuleContentDeclared, ReasonContentNotDeclared)
	j.recipient()
	j.carried()
}

// require denies when a rule does not hold, and tells whether it does.
func (j *judge) require(holds bool, rule string, reason Reason) bool {
	if holds {
		j.pass(rule, nil, "", "")
	} else {
		j.deny(finding{reason: reason, rule: rule, rank: rankQuestion})
	}
	return holds
}

func (j *judge) retired() {
	ended := j.purpose.Retired
	if ended == nil || ended.After(j.q.At) {
		j.pass(RulePurposeInForce, nil, "", "")
		return
	}
	j.deny(finding{
		reason: ReasonPurposeRetired, rule: RulePurposeInForce, rank: rankQuestion,
		say: saying{on: *ended},
	})
}

// data asks whether a kind of data is declared, for its age too.
func (j *judge) data(used *Used) {
	i := slices.IndexFunc(j.purpose.Data, func(d Data) bool { return d.Name == used.Name })
	if !j.require(i >= 0, RuleDataDeclared, ReasonDataNotDeclared) {
		return
	}
	j.separate(used.Name)
	if used.Since == nil {
		return
	}
	if limit := j.purpose.Data[i].MaxAge; limit != nil {
		j.young(*used.Since, *limit, nil)
	}
	if ceiling := j.law(j.retentionTopic()); ceiling != nil {
		j.young(*used.Since, ceiling.Period(), ceiling)
	}
}

// young denies data that goes further back than a limit.
func (j *judge) young(since time.Time, limit Period, law *Law) {
	end := limit.End(since, j.rules.Organisation.Zone())
	if j.before(end) {
		j.pass(RuleDataAge, law, "", "")
		j.ends(end)
		return
	}
	j.deny(finding{reason: ReasonDataNotDeclared, rule: RuleDataAge, rank: rankQuestion, law: law, say: saying{key: sayDataTooOld, end: end}})
}

// separate denies data that needs a purpose of its own where it is used
// alongside other data, or to write to people: such a use never rides on
// another's consent.
func (j *judge) separate(name string) {
	law := j.law(TopicSeparateData)
	if !law.lists(name) {
		return
	}
	beside := j.q.Content == "promotional" || slices.ContainsFunc(j.purpose.Data, func(d Data) bool { return !law.lists(d.Name) && !identifying(d.Name) })
	j.holds(!beside, finding{reason: ReasonDataNotDeclared, rule: RuleDataSeparate, rank: rankQuestion, law: law, say: saying{key: sayDataSeparate}})
}

// identifying tells the data that every purpose needs to know whom it is about.
func identifying(name string) bool {
	switch name {
	case IDEmail, IDPhone, IDSource, IDAddress, IDDevice:
		return true
	}
	return false
}

// recipient asks for a declared recipient with a contract in force; another
// controller too has it in writing or gets nothing.
func (j *judge) recipient() {
	if j.q.Recipient == "" {
		return
	}
	r, known := j.rules.Recipients[j.q.Recipient]
	declared := known && (j.purpose.Recipients == nil || slices.Contains(j.purpose.Recipients, j.q.Recipient))
	j.require(declared, RuleRecipientDeclared, ReasonRecipientNotDeclared)
	if !known {
		return
	}
	j.require(r.Contracted(j.q.At), RuleRecipientContract, ReasonContractMissing)
}

// carried asks whether the law admits the declared basis for this use at all.
func (j *judge) carried() {
	p := j.purpose
	j.rests = j.admits(j.places[0], RuleBasisCarried, rankQuestion)
	if p.Basis == BasisLegalObligation && j.rests {
		j.rests = j.holds(p.Law != "", finding{reason: ReasonBasisNotAllowed, rule: RuleBasisLawNamed, say: saying{key: sayLawUnnamed}})
	}
	if p.Basis == BasisLegitimateInterests && j.rests {
		passed := j.rules.balanced(&j.q)
		j.rests = j.holds(passed, finding{reason: ReasonBalancingMissing, rule: RuleBasisBalancing})
	}
}

func (j *judge) holds(holds bool, otherwise finding) bool {
	if holds {
		j.pass(otherwise.rule, otherwise.law, "", "")
	} else {
		j.deny(otherwise)
	}
	return holds
}

// admits asks the law of a place whether the declared basis may carry this use.
func (j *judge) admits(place, rule string, rank int) bool {
	p := j.purpose
	law := j.bases(place)
	admitted := j.holds(law.lists(p.Basis), finding{
		reason: ReasonBasisNotAllowed, rule: rule, rank: rank, law: law, say: saying{key: notAdmitted(p)},
	})
	if !p.Profiling {
		return admitted
	}
	law = j.lookup(place, TopicProfilingBases)
	profiled := law == nil || j.holds(law.lists(p.Basis), finding{
		reason: ReasonBasisNotAllowed, rule: RuleBasisProfiling, rank: rank, law: law, say: saying{key: sayProfilingBasis},
	})
	return admitted && profiled
}

func notAdmitted(p *Purpose) string {
	if p.Marketing && (p.Basis == BasisContract || p.Basis == BasisLegalObligation) {
		return sayMarketingBasis
	}
	return sayNotCarried
}

// bases is the rule of a place on which bases may carry this use.
func (j *judge) bases(place string) *Law {
	if !j.purpose.Marketing {
		return j.lookup(place, TopicServiceBases)
	}
	if j.purpose.Audience == AudienceBusiness {
		if law := j.lookup(place, TopicBases+j.q.Channel+TopicBusiness); law != nil {
			return law
		}
	}
	return j.lookup(place, TopicBases+j.q.Channel)
}

// changes notes the day from which the law of a place no longer admits the basis, where that is known.
func (j *judge) changes(place string, law *Law) {
	if law == nil || law.To == nil {
		return
	}
	then := *j
	then.q.At = *law.To
	if !then.bases(place).lists(j.purpose.Basis) {
		j.ends(*law.To)
	}
}

// balanced tells whether the latest balancing test of the purpose passed.
func (r *Rules) balanced(q *Question) bool {
	var latest *Balancing
	tests := r.Balancing[q.Purpose]
	for i := range tests {
		b := &tests[i]
		if b.Happened.After(q.At) || !q.KnownAt.IsZero() && b.Recorded.After(q.KnownAt) {
			continue
		}
		if latest == nil || b.Happened.After(latest.Happened) || b.Happened.Equal(latest.Happened) && b.Outcome != "passed" {
			latest = b
		}
	}
	return latest != nil && latest.Outcome == "passed"
}
