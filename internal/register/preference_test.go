// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

func TestWhatIsLikedIsTheLastPreference(t *testing.T) {
	titles := register.Texts{"it": "x"}
	purpose := register.Purpose{
		ID: "news", Topics: []register.Option{{ID: "bags", Title: titles}, {ID: "shoes", Title: titles}},
		Rhythms: []register.Option{{ID: "all", Title: titles}, {ID: "monthly", Title: titles}},
	}
	liked := func(day int, rhythm string, topics ...string) lawful.Recorded {
		at := time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)
		return lawful.Recorded{Recorded: at, Fact: lawful.Fact{Kind: lawful.KindPreference, Happened: at, Purpose: "news", Topics: topics, Rhythm: rhythm}}
	}
	other := liked(9, "monthly", "shoes")
	other.Purpose = "events"
	for name, c := range map[string]struct {
		history []lawful.Recorded
		topics  []string
		rhythm  string
		chosen  bool
	}{
		"never chosen":           {nil, []string{"bags", "shoes"}, "all", false},
		"for something else":     {[]lawful.Recorded{other}, []string{"bags", "shoes"}, "all", false},
		"chosen":                 {[]lawful.Recorded{liked(1, "monthly", "shoes")}, []string{"shoes"}, "monthly", true},
		"the later counts":       {[]lawful.Recorded{liked(2, "all", "bags"), liked(1, "monthly", "shoes")}, []string{"bags"}, "all", true},
		"in the order offered":   {[]lawful.Recorded{liked(1, "all", "shoes", "bags")}, []string{"bags", "shoes"}, "all", true},
		"partly offered no more": {[]lawful.Recorded{liked(1, "yearly", "hats", "shoes")}, []string{"shoes"}, "all", true},
		"offered no more":        {[]lawful.Recorded{liked(1, "monthly", "hats")}, []string{"bags", "shoes"}, "monthly", true},
	} {
		got := purpose.Liked(c.history)
		if !slices.Equal(got.Topics, c.topics) || got.Rhythm != c.rhythm || (got.At != nil) != c.chosen {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	for name, c := range map[string]struct {
		topics []string
		rhythm string
		want   bool
	}{
		"offered": {[]string{"bags"}, "monthly", true}, "twice": {[]string{"bags", "bags"}, "monthly", false}, "no topic": {nil, "monthly", false},
		"no rhythm": {[]string{"bags"}, "", false}, "another": {[]string{"hats"}, "monthly", false}, "another rhythm": {[]string{"bags"}, "yearly", false},
	} {
		if got := purpose.Offers(c.topics, c.rhythm); got != c.want {
			t.Errorf("%s: it is offered %t", name, got)
		}
	}
	if (register.Purpose{}).Preferable() || !purpose.Preferable() {
		t.Error("what offers something to choose among is not told from what does not")
	}
}
