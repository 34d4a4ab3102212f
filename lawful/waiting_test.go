// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"slices"
	"testing"

	"github.com/lecito/lecito/lawful"
)

// of has a confirmation name its yes.
func of(seq int64) change { return func(f *lawful.Recorded) { f.Choice.Confirms = seq } }

// TestAConfirmationIsOfTheYesItNames, whatever was said between the two; one
// that names nothing is of the latest.
func TestAConfirmationIsOfTheYesItNames(t *testing.T) {
	first, second := give("double", "email", "2026-03-01"), give("double", "email", "2026-03-02")
	confirm := func(on string, changes ...change) lawful.Recorded {
		return choose(lawful.Confirmed, "double", "email", on, changes...)
	}
	for name, c := range map[string]struct {
		facts []lawful.Recorded
		want  lawful.Reason
		since string
	}{
		"the first":            {[]lawful.Recorded{first, second, confirm("2026-03-03", of(1))}, lawful.ReasonConsentGiven, "2026-03-01"},
		"the second":           {[]lawful.Recorded{first, second, confirm("2026-03-03", of(2))}, lawful.ReasonConsentGiven, "2026-03-02"},
		"none named":           {[]lawful.Recorded{first, second, confirm("2026-03-03")}, lawful.ReasonConsentGiven, "2026-03-02"},
		"one that is not":      {[]lawful.Recorded{first, second, confirm("2026-03-03", of(7))}, lawful.ReasonConfirmationPending, "2026-03-02"},
		"one of another chain": {[]lawful.Recorded{first, confirm("2026-03-03", of(1), chain("s2"))}, lawful.ReasonConfirmationPending, "2026-03-01"},
		"before the yes":       {[]lawful.Recorded{confirm("2026-02-01", of(2)), first}, lawful.ReasonConfirmationPending, "2026-03-01"},
		"withdrawn between": {
			[]lawful.Recorded{first, choose(lawful.Withdrawn, "double", "email", "2026-03-02"), confirm("2026-03-03", of(1))}, lawful.ReasonWithdrawn, "2026-03-02",
		},
	} {
		wantSince(t, name, decide(ask("double", "email"), slices.Clone(c.facts)...), c.want, c.since)
	}
}

// TestWhatWaitsForAConfirmation lists each yes that one would let count, and no other.
func TestWhatWaitsForAConfirmation(t *testing.T) {
	one := give("double", "email", "2026-03-01")
	stop := choose(lawful.Withdrawn, "double", "email", "2026-03-05")
	ticked := give("double", "email", "2026-03-01", func(f *lawful.Recorded) { f.Choice.Evidence.Default = "ticked" })
	for name, c := range map[string]struct {
		q     lawful.Question
		facts []lawful.Recorded
		want  []int64
	}{
		"nothing said":              {ask("double", "email"), nil, nil},
		"one":                       {ask("double", "email"), []lawful.Recorded{one}, []int64{1}},
		"two":                       {ask("double", "email"), []lawful.Recorded{one, give("double", "email", "2026-03-02")}, []int64{1, 2}},
		"confirmed":                 {ask("double", "email"), []lawful.Recorded{one, choose(lawful.Confirmed, "double", "email", "2026-03-02", of(1))}, nil},
		"withdrawn since":           {ask("double", "email"), []lawful.Recorded{one, stop}, nil},
		"said again after":          {ask("double", "email"), []lawful.Recorded{one, stop, give("double", "email", "2026-03-06")}, []int64{3}},
		"at the instant of a no":    {ask("double", "email"), []lawful.Recorded{give("double", "email", "2026-03-05"), stop}, nil},
		"another address":           {ask("double", "email", bruno), []lawful.Recorded{one}, nil},
		"another purpose":           {ask("events", "email"), []lawful.Recorded{one}, nil},
		"invalid":                   {ask("double", "email"), []lawful.Recorded{ticked}, nil},
		"needs none":                {ask("events", "email"), []lawful.Recorded{give("events", "email", "2026-03-01")}, nil},
		"over a no of a stranger":   {ask("events", "email"), []lawful.Recorded{give("events", "email", "2026-03-01", unproven)}, []int64{1}},
		"a purpose nobody knows":    {ask("unheard", "email"), []lawful.Recorded{give("unheard", "email", "2026-03-01", unproven)}, nil},
		"a purpose that is retired": {ask("retired", "email"), []lawful.Recorded{give("retired", "email", "2026-03-01", unproven)}, nil},
	} {
		var got []int64
		for _, f := range lawful.Waiting(shopRules(), lawful.Person{Known: true, History: history(slices.Clone(c.facts)...)}, c.q) {
			got = append(got, f.Seq)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v wait, want %v", name, got, c.want)
		}
	}
}
