// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"strings"
	"testing"
)

// reserved are reasons that Decide does not give yet and so has no words for.
func reserved() []Reason {
	return []Reason{
		ReasonSoftOptIn, ReasonLegitimateInterest, ReasonBasisNotAllowed, ReasonBalancingMissing, ReasonListNotCleared,
		ReasonNotAuthorised, ReasonSoftOptInUnmet, ReasonMinor, ReasonOppositionRegister,
		ReasonOppositionRegisterStale, ReasonSignal, ReasonFrequencyExceeded, ReasonRetentionEnded, ReasonLicenceEnded,
	}
}

func TestEverySentenceIsThereInEveryLanguage(t *testing.T) {
	keys := []string{
		sayNotCarried, sayMarketingBasis, sayLawUnnamed, sayNoRelation, sayNotReached, sayDeclaredMinimum, sayConfirmed,
	}
	none := map[Reason]bool{}
	for _, r := range reserved() {
		none[r] = true
	}
	for _, r := range Reasons() {
		if !none[r] {
			keys = append(keys, string(r))
		}
	}
	seen := map[string]string{}
	for _, key := range keys {
		w := sentence(key)
		for _, text := range []string{w.it, w.en, w.fr} {
			if other := seen[text]; other != "" || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is not a sentence of its own (%s)", key, text, other)
			}
			seen[text] = key
		}
	}
	for _, why := range []string{
		WhyTicked, WhyCondition, WhyBundled, WhyNotice, WhyOperator, WhyNoEvidence, WhyWeakMethod, WhyUndated,
		WhyActorUnknown, WhyDatedAct, WhyConfirmed,
	} {
		if w := whySentence(why); w.it == "" || w.en == "" || w.fr == "" {
			t.Errorf("no words for %s", why)
		}
	}
}

func TestAReservedReasonIsNeverSilent(t *testing.T) {
	if w := sentence("something else"); w.it == "" || w.en == "" || w.fr == "" {
		t.Error("an unknown key has no sentence")
	}
}
