// SPDX-License-Identifier: Apache-2.0

package lawful

import "slices"

// question applies the rules that hold whoever is asked about. What is not
// declared is not a use the person could have been told of (GDPR art. 5(1)(b)).
func (j *judge) question() {
	p, q := j.purpose, j.q
	if !j.require(p != nil, RulePurposeDeclared, ReasonPurposeUnknown) {
		return
	}
	j.retired()
	j.require(slices.Contains(p.Channels, q.Channel), RuleChannelDeclared, ReasonChannelNotDeclared)
	j.require(q.Operation == "" || slices.Contains(p.Operations, q.Operation), RuleOperationDeclared, ReasonOperationNotDeclared)
	undeclared := slices.ContainsFunc(q.Data, func(d string) bool { return !slices.Contains(p.Data, d) })
	j.require(!undeclared, RuleDataDeclared, ReasonDataNotDeclared)
	content := q.Content == "" || q.Content == "service" || q.Content == "promotional" && p.Marketing
	j.require(content, RuleContentDeclared, ReasonContentNotDeclared)
	j.recipient()
	j.carried()
}

// require denies when a rule does not hold, and tells whether it does.
func (j *judge) require(holds bool, rule string, reason Reason) bool {
	if holds {
		j.pass(rule, "", "")
	} else {
		j.deny(finding{reason: reason, rule: rule, rank: rankQuestion})
	}
	return holds
}

func (j *judge) retired() {
	ended := j.purpose.Retired
	if ended == nil || ended.After(j.q.At) {
		j.pass(RulePurposeInForce, "", "")
		return
	}
	j.deny(finding{
		reason: ReasonPurposeRetired, rule: RulePurposeInForce, rank: rankQuestion,
		say: saying{key: string(ReasonPurposeRetired), on: *ended},
	})
}

// recipient asks for a declared recipient with a contract in force (GDPR arts
// 13(1)(e), 28(3)); another controller too has it in writing or gets nothing.
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
	signed := r.Signed != nil && !r.Signed.After(j.q.At)
	running := r.Expires == nil || r.Expires.After(j.q.At)
	j.require(signed && running, RuleRecipientContract, ReasonContractMissing)
}

// carried asks whether the declared basis can permit this use at all.
func (j *judge) carried() {
	p := j.purpose
	rule, key := RuleBasisCarried, sayNotCarried
	switch p.Basis {
	case BasisConsent:
		j.rests = true
	case BasisContract, BasisLegalObligation:
		j.rests = !p.Marketing
		rule, key = RuleBasisMarketing, sayMarketingBasis
		if j.rests && p.Basis == BasisLegalObligation {
			j.rests = p.Law != ""
			rule, key = RuleBasisLawNamed, sayLawUnnamed
		}
	}
	if j.rests {
		j.pass(rule, p.Basis, "")
		return
	}
	j.deny(finding{reason: ReasonBasisNotAllowed, rule: rule, rank: rankQuestion, say: saying{key: key}})
}
