// SPDX-License-Identifier: Apache-2.0

package uitest

import "testing"

func TestEveryLanguageMeetsEveryView(t *testing.T) {
	languages := []string{"it", "en", "fr", "de", "es"}
	met := map[View]bool{}
	for _, page := range []string{"why", "people"} {
		got := views(page, languages)
		if len(got) != 2*len(languages) {
			t.Errorf("%s is opened %d times", page, len(got))
		}
		for _, v := range got {
			met[v] = true
		}
	}
	for _, v := range views("notice", []string{"de"}) {
		met[v] = true
	}
	if len(met) != 4*len(languages) || len(views("notice", []string{"de"})) != 4 {
		t.Errorf("%d views: %v", len(met), met)
	}
}
