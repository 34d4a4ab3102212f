// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
)

func TestPacks(t *testing.T) {
	if len(law.Packs()) < 8 {
		t.Fatal("packs are missing")
	}
	if _, err := law.Use(time.UTC, []string{"ch"}, nil); err != nil {
		t.Fatal(err)
	}
}
