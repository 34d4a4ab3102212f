// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"testing"

	"github.com/lecito/lecito/internal/register"
)

func TestRetentionIsSaidInWords(t *testing.T) {
	r := register.Retention{From: "last_activity", For: "24 months"}
	for language, want := range map[string]string{
		"it": "24 mesi dall'ultima attività", "fr-CA": "24 mois après la dernière activité",
		"de-AT": "24 Monate ab der letzten Aktivität", "es": "24 meses desde la última actividad",
		"en": "24 months from the last activity", "nl": "24 months from the last activity",
	} {
		if got := r.Text(language); got != want {
			t.Errorf("in %s: %q, want %q", language, got, want)
		}
	}
	if got := register.Period("1 year").Text("it"); got != "1 anno" {
		t.Errorf("one year: %q", got)
	}
	if got := register.Period("").Text("it"); got != "" {
		t.Errorf("no period: %q", got)
	}
}
