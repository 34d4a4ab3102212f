// SPDX-License-Identifier: Apache-2.0

package uitest

import "testing"

func TestEveryLanguageMeetsEveryView(t *testing.T) {
	all := 4 * len(languages())
	met := map[View]bool{}
	for _, page := range []string{"why", "people"} {
		got := views(page, false)
		if len(got) != all/2 {
			t.Errorf("%s is opened %d times", page, len(got))
		}
		for _, v := range got {
			met[v] = true
		}
	}
	if len(met) != all || len(views("why", true)) != all {
		t.Errorf("%d views: %v", len(met), met)
	}
}
