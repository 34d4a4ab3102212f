// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/law"
)

// TestEveryAuthorityIsNamed: a person in any country of the EU is told whom to
// complain to, and where that was read.
func TestEveryAuthorityIsNamed(t *testing.T) {
	for country := range strings.FieldsSeq("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO CH GB it") {
		a, ok := law.AuthorityOf(country)
		if !ok || a.Name == "" || a.Address == "" || !strings.HasPrefix(a.Source, "http") || a.Web != "" && !strings.HasPrefix(a.Web, "http") {
			t.Errorf("%s: %+v", country, a)
		}
	}
	if a, _ := law.AuthorityOf("IT"); a.Name != "Garante per la protezione dei dati personali" || a.Web != "https://www.garanteprivacy.it/" {
		t.Errorf("Italy: %+v", a)
	}
	if a, _ := law.AuthorityOf("DE"); !a.Parts {
		t.Error("Germany has an authority in each part")
	}
	if _, ok := law.AuthorityOf("JP"); ok {
		t.Error("an authority of a country that is not in the file")
	}
}
