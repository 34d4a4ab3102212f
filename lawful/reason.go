// SPDX-License-Identifier: Apache-2.0

package lawful

import "slices"

// Reasons to permit.
const (
	ReasonConsentGiven       Reason = "consent_given"
	ReasonConsentDeclared    Reason = "consent_declared"
	ReasonSoftOptIn          Reason = "soft_opt_in"
	ReasonLegitimateInterest Reason = "legitimate_interest"
	ReasonContract           Reason = "contract"
	ReasonLegalObligation    Reason = "legal_obligation"
)

// Reasons to deny that lie in the question.
const (
	ReasonPurposeUnknown       Reason = "purpose_unknown"
	ReasonPurposeRetired       Reason = "purpose_retired"
	ReasonChannelNotDeclared   Reason = "channel_not_declared"
	ReasonOperationNotDeclared Reason = "operation_not_declared"
	ReasonDataNotDeclared      Reason = "data_not_declared"
	ReasonContentNotDeclared   Reason = "content_not_declared"
	ReasonRecipientNotDeclared Reason = "recipient_not_declared"
	ReasonContractMissing      Reason = "contract_missing"
	ReasonBasisNotAllowed      Reason = "basis_not_allowed"
	ReasonBalancingMissing     Reason = "balancing_missing"
	ReasonListNotCleared       Reason = "list_not_cleared"
	ReasonNotAuthorised        Reason = "not_authorised"
)

// Reasons to deny that lie in the person.
const (
	ReasonUnknownSubject          Reason = "unknown_subject"
	ReasonNoChoice                Reason = "no_choice"
	ReasonRefused                 Reason = "refused"
	ReasonWithdrawn               Reason = "withdrawn"
	ReasonObjected                Reason = "objected"
	ReasonDataRefused             Reason = "data_refused"
	ReasonExpired                 Reason = "expired"
	ReasonConfirmationPending     Reason = "confirmation_pending"
	ReasonEvidenceInsufficient    Reason = "evidence_insufficient"
	ReasonConsentInvalid          Reason = "consent_invalid"
	ReasonConsentNotForUs         Reason = "consent_not_for_us"
	ReasonNoticeSuperseded        Reason = "notice_superseded"
	ReasonNoticeMissing           Reason = "notice_missing"
	ReasonSoftOptInUnmet          Reason = "soft_opt_in_unmet"
	ReasonRestricted              Reason = "restricted"
	ReasonSuppressed              Reason = "suppressed"
	ReasonErased                  Reason = "erased"
	ReasonMinor                   Reason = "minor"
	ReasonDeceased                Reason = "deceased"
	ReasonOppositionRegister      Reason = "opposition_register"
	ReasonOppositionRegisterStale Reason = "opposition_register_stale"
	ReasonSignal                  Reason = "signal"
	ReasonUndeliverable           Reason = "undeliverable"
	ReasonFrequencyExceeded       Reason = "frequency_exceeded"
	ReasonRetentionEnded          Reason = "retention_ended"
	ReasonLicenceEnded            Reason = "licence_ended"
)

// Permits tells whether the reason is one for yes.
func (r Reason) Permits() bool {
	return slices.Index(Reasons(), r) >= 0 && slices.Index(Reasons(), r) < 6
}

// Reasons is the closed list in the documented order: those that permit, those
// of the question, those of the person. Some are reserved for law that Decide
// does not carry yet; a name is never given to two things.
func Reasons() []Reason {
	return []Reason{
		ReasonConsentGiven, ReasonConsentDeclared, ReasonSoftOptIn,
		ReasonLegitimateInterest, ReasonContract, ReasonLegalObligation,

		ReasonPurposeUnknown, ReasonPurposeRetired, ReasonChannelNotDeclared,
		ReasonOperationNotDeclared, ReasonDataNotDeclared, ReasonContentNotDeclared,
		ReasonRecipientNotDeclared, ReasonContractMissing, ReasonBasisNotAllowed,
		ReasonBalancingMissing, ReasonListNotCleared, ReasonNotAuthorised,

		ReasonUnknownSubject, ReasonNoChoice, ReasonRefused, ReasonWithdrawn,
		ReasonObjected, ReasonDataRefused, ReasonExpired, ReasonConfirmationPending,
		ReasonEvidenceInsufficient, ReasonConsentInvalid, ReasonConsentNotForUs,
		ReasonNoticeSuperseded, ReasonNoticeMissing, ReasonSoftOptInUnmet,
		ReasonRestricted, ReasonSuppressed, ReasonErased, ReasonMinor,
		ReasonDeceased, ReasonOppositionRegister, ReasonOppositionRegisterStale,
		ReasonSignal, ReasonUndeliverable, ReasonFrequencyExceeded,
		ReasonRetentionEnded, ReasonLicenceEnded,
	}
}
