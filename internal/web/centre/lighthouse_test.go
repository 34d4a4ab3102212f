// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"testing"

	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// TestLighthouse holds the pages that matter most to what auditors of pages give
// at least 95 of 100 for.
func TestLighthouse(t *testing.T) {
	const least = 95
	s := forABrowser(t)
	for name, address := range map[string]string{
		"preference centre": s.link(t, s.to(t, sample.Giulia)), "notice": s.server.URL + "/n/bottega/signup",
	} {
		t.Run(name, func(t *testing.T) {
			audit := uitest.Lighthouse(t, address)
			t.Log(audit.Scores, audit.Lost)
			for _, category := range []string{"performance", "accessibility", "best-practices"} {
				if got := audit.Scores[category]; got < least {
					t.Errorf("%s is %d, at least %d: %v", category, got, least, audit.Lost)
				}
			}
		})
	}
}
