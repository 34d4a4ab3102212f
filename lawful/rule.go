// SPDX-License-Identifier: Apache-2.0

package lawful

// Ids of rules: stable words that certificates carry.
const (
	RulePurposeDeclared   = "purpose.declared"
	RulePurposeInForce    = "purpose.in_force"
	RuleChannelDeclared   = "channel.declared"
	RuleOperationDeclared = "operation.declared"
	RuleDataDeclared      = "data.declared"
	RuleContentDeclared   = "content.declared"
	RuleRecipientDeclared = "recipient.declared"
	RuleRecipientContract = "recipient.contract"
	RuleBasisCarried      = "basis.carried"
	RuleBasisMarketing    = "basis.marketing"
	RuleBasisLawNamed     = "basis.law_named"
	RulePersonErased      = "person.erased"
	RulePersonKnown       = "person.known"
	RuleNoBlock           = "no.blocked"
	RuleNoObjection       = "no.objected"
	RuleNoWithdrawal      = "no.withdrawn"
	RuleNoRefusal         = "no.refused"
	RulePersonRestricted  = "person.restricted"
	RulePersonDeceased    = "person.deceased"
	RuleConsentGiven      = "consent.given"
	RuleConsentConfirmed  = "consent.confirmed"
	RuleConsentValid      = "consent.valid"
	RuleConsentNamed      = "consent.named"
	RuleConsentProven     = "consent.proven"
	RuleConsentAccepted   = "consent.accepted"
	RuleConsentNotice     = "consent.notice"
	RuleConsentCurrent    = "consent.current"
	RuleConsentPeriod     = "consent.period"
	RuleContractRelation  = "contract.relation"
	RuleLawObligation     = "law.obligation"
	RuleContactWorks      = "contact.works"
)

// Rule is one rule of decision and where it comes from.
type Rule struct {
	ID     string `json:"id"`
	Text   string `json:"text"`   // in English
	Source string `json:"source"` // the law, or who decided it should be so
}

// Catalogue returns every rule that a decision can name, by id.
func Catalogue() map[string]Rule {
	catalogue := map[string]Rule{}
	for _, rules := range [][]Rule{questionRules(), personRules(), basisRules()} {
		for _, r := range rules {
			catalogue[r.ID] = r
		}
	}
	return catalogue
}

func questionRules() []Rule {
	return []Rule{
		{RulePurposeDeclared, "Data is used for declared purposes only.", "GDPR art. 5(1)(b)"},
		{RulePurposeInForce, "A retired purpose is no purpose from then on.", "GDPR art. 5(1)(b)"},
		{RuleChannelDeclared, "A purpose is pursued on its declared channels only.", "GDPR art. 5(1)(a)-(b)"},
		{RuleOperationDeclared, "Only declared operations are done.", "GDPR arts 4(2), 5(1)(b)"},
		{RuleDataDeclared, "Only data declared for the purpose is used.", "GDPR art. 5(1)(c)"},
		{RuleContentDeclared, "Promotional content needs a marketing purpose.", "Directive 2002/58/EC art. 13; GDPR art. 5(1)(b)"},
		{RuleRecipientDeclared, "Data goes to declared recipients only.", "GDPR art. 13(1)(e)"},
		{RuleRecipientContract, "A recipient has a contract in force.", "GDPR art. 28(3)"},
		{RuleBasisCarried, "The declared basis is one whose conditions can be checked.", "GDPR arts 5(2), 6(1)"},
		{RuleBasisMarketing, "Marketing rests on neither a contract nor a legal obligation.", "Directive 2002/58/EC art. 13(1); GDPR art. 6(1)"},
		{RuleBasisLawNamed, "A legal obligation is one of a named law.", "GDPR art. 6(1)(c), 6(3)"},
	}
}

func personRules() []Rule {
	return []Rule{
		{RulePersonErased, "What was erased is not used again.", "GDPR art. 17(1)"},
		{RulePersonKnown, "Somebody of whom nothing is on record has permitted nothing.", "GDPR arts 5(2), 7(1)"},
		{RuleNoBlock, "A contact blocked in a tool for an unknown cause is left alone until the person says yes again.", "GDPR arts 5(2), 25(1)"},
		{RuleNoObjection, "An objection holds for every marketing purpose until the person says yes again.", "GDPR art. 21(2)-(3)"},
		{RuleNoWithdrawal, "A consent withdrawn is gone until the person gives it again.", "GDPR art. 7(3)"},
		{RuleNoRefusal, "A refusal holds until the person says yes.", "GDPR art. 4(11)"},
		{RulePersonRestricted, "Restricted data is kept and not used.", "GDPR art. 18(2)"},
		{RulePersonDeceased, "The dead are not written to.", "GDPR rec. 27; decision of the product"},
		{RuleContactWorks, "A contact known not to work is not used until it works again.", "GDPR art. 5(1)(d)"},
	}
}

func basisRules() []Rule {
	return []Rule{
		{RuleConsentGiven, "Consent is given for the purpose, on the channel, with the identifier.", "GDPR arts 4(11), 6(1)(a), 7"},
		{RuleConsentConfirmed, "Where confirmation is required, a consent counts once confirmed.", "GDPR art. 7(1)"},
		{RuleConsentValid, "Consent is a free, specific act of the person, not a ticked box, a bundle or a price.", "GDPR arts 4(11), 7(2), 7(4), rec. 32, 43"},
		{RuleConsentNamed, "Consent given to somebody else counts for those its text named.", "GDPR arts 4(11), 7(1), rec. 42"},
		{RuleConsentProven, "Consent is proven to the grade the purpose asks for.", "GDPR art. 7(1)"},
		{RuleConsentAccepted, "The controller relies on weak proof by its own written decision.", "GDPR arts 5(2), 7(1), 24(1)"},
		{RuleConsentNotice, "It can be shown what the person was told.", "GDPR arts 7(1), 13, rec. 42"},
		{RuleConsentCurrent, "A change that needs consent again ends consents given before it.", "GDPR arts 4(11), 13(3)"},
		{RuleConsentPeriod, "Consent lapses at the end of the period the purpose declares.", "GDPR art. 5(1)(e)"},
		{RuleContractRelation, "A contract permits what it needs while the relation is open.", "GDPR art. 6(1)(b)"},
		{RuleLawObligation, "What a named law requires is permitted.", "GDPR art. 6(1)(c)"},
	}
}
