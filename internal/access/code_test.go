// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
)

func (d door) try(t *testing.T, blind []byte, code string, want bool) {
	t.Helper()
	right, err := d.TryCode(t.Context(), org, blind, code)
	if err != nil || right != want {
		t.Errorf("trying a code: %t, %v, want %t", right, err, want)
	}
}

func (d door) code(t *testing.T, blind []byte) string {
	t.Helper()
	code, err := d.NewCode(t.Context(), org, blind)
	if err != nil || len(code) != 6 {
		t.Fatalf("%q, %v, want six digits", code, err)
	}
	return code
}

// another is a code that is not the one given.
func another(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }

func TestACodeOpensOnceForItsAddress(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		anna, bruno := []byte("anna's blind index"), []byte("bruno's blind index")
		d.try(t, anna, "000000", false) // nobody was sent one
		code := d.code(t, anna)
		d.try(t, bruno, code, false)
		d.try(t, anna, another(code), false)
		d.try(t, anna, code, true)
		d.try(t, anna, code, false) // a second time

		older := d.code(t, anna)
		newer := d.code(t, anna)
		if older != newer {
			d.try(t, anna, older, false)
		}
		d.try(t, anna, newer, true)

		late := d.code(t, anna)
		d.env.Clock.Advance(access.CodeLife)
		d.try(t, anna, late, false)
	})
}

func TestACodeIsTriedAFewTimesOnly(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		anna := []byte("anna's blind index")
		code := d.code(t, anna)
		for range 4 {
			d.try(t, anna, another(code), false)
		}
		d.try(t, anna, code, true)
		code = d.code(t, anna)
		for range 5 {
			d.try(t, anna, another(code), false)
		}
		d.try(t, anna, code, false) // right, and too late
	})
}

func TestNobodyIsFloodedWithCodes(t *testing.T) {
	each(t, func(t *testing.T, d door) {
		anna := []byte("anna's blind index")
		for range 10 {
			d.code(t, anna)
			d.env.Clock.Advance(time.Hour)
		}
		last := d.code(t, []byte("somebody else's"))
		_, err := d.NewCode(t.Context(), org, anna)
		wantKind(t, err, problem.TooMany)
		d.try(t, []byte("somebody else's"), last, true)
		d.env.Clock.Advance(14 * time.Hour)
		d.try(t, anna, d.code(t, anna), true) // the next day
	})
}
