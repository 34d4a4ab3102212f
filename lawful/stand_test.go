// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lecito/lecito/lawful"
)

// kept is what of a decision a standing keeps.
func kept(d lawful.Decision) lawful.Decision {
	d.Since, d.Until, d.Facts, d.Trace = nil, nil, nil, nil
	return d
}

// TestAStandingIsTheDecision on the day, and every instant until it is said to
// end: whoever keeps it answers as Decide would.
func TestAStandingIsTheDecision(t *testing.T) {
	lasting, ending := 0, 0
	for seed := range uint64(2000) {
		d := draw(seed)
		rules, person, q := d.rules(), d.person(), d.question()
		q.KnownAt = time.Time{}
		standing, lasts := lawful.Stand(rules, person, q)
		same(t, seed, rules, person, q, standing)
		turn := rules.Turn(q.At)
		random := rand.New(rand.NewPCG(seed, 11))
		for range 6 {
			later := q
			later.At = q.At.Add(time.Duration(random.Int64N(int64(400 * 24 * time.Hour))))
			if !lasts.IsZero() && random.IntN(2) == 0 { // near its end
				later.At = lasts.Add(-time.Duration(random.Int64N(int64(48 * time.Hour))))
			}
			if later.At.Before(q.At) || !turn.IsZero() && !later.At.Before(turn) {
				continue
			}
			if lasts.IsZero() || later.At.Before(lasts) {
				lasting++
				same(t, seed, rules, person, later, standing)
			} else {
				ending++
			}
		}
	}
	if lasting < 1000 || ending < 10 {
		t.Errorf("%d lasted and %d had ended: too few to tell", lasting, ending)
	}
}

func same(t *testing.T, seed uint64, rules *lawful.Rules, person lawful.Person, q lawful.Question, standing lawful.Standing) {
	t.Helper()
	q.Explain = true
	want := kept(lawful.Decide(rules, person, q))
	if got := standing.Decision(rules, q); !reflect.DeepEqual(got, want) {
		t.Fatalf("%d: kept %+v\ndecided at %s %+v\n%+v", seed, got, q.At, want, person)
	}
}

// TestAStandingEndsWhenTheAnswerChanges, not long before: of those whose end
// changes the answer some do at that very instant, and the one before is still the old one.
func TestAStandingEndsWhenTheAnswerChanges(t *testing.T) {
	for name, c := range map[string]struct {
		q     lawful.Question
		facts []lawful.Recorded
		ends  string
	}{
		"an expiry":            {ask("yearly", "email"), facts(give("yearly", "email", "2026-03-01")), "2027-03-02"},
		"a retention":          {ask("kept", "email"), facts(give("kept", "email", "2026-03-01")), "2027-03-02"},
		"a birthday":           {ask("newsletter", "email"), facts(happen(lawful.KindBirthDate, "2026-01-01", func(f *lawful.Recorded) { f.Date = "2013-01-05" }), give("newsletter", "email", "2026-03-01")), "2027-01-05"},
		"a check of a list":    {ask("newsletter", "phone", mobile), facts(give("newsletter", "phone", "2026-03-01", with(mobile)), listed(lawful.KindRegisterChecked, "2026-11-20")), "2026-12-06"},
		"a withdrawal to come": {ask("newsletter", "email"), facts(give("newsletter", "email", "2026-03-01"), choose(lawful.Withdrawn, "newsletter", "email", "2026-11-25")), "2026-11-25"},
		"a consent for good":   {ask("newsletter", "email"), facts(give("newsletter", "email", "2026-03-01")), ""},
	} {
		person := lawful.Person{Known: true, History: history(c.facts...)}
		standing, lasts := lawful.Stand(shopRules(), person, c.q)
		if c.ends == "" {
			if !lasts.IsZero() {
				t.Errorf("%s ends %s", name, lasts)
			}
			continue
		}
		if !lasts.Equal(day(c.ends)) {
			t.Errorf("%s ends %s, want %s", name, lasts, c.ends)
		}
		c.q.At = lasts
		if d := lawful.Decide(shopRules(), person, c.q); reflect.DeepEqual(kept(d).Reason, standing.Reason) && slices.Equal(d.Also, standing.Also()) {
			t.Errorf("%s: the answer stays %s", name, d.Reason)
		}
	}
}

// TestTurnsOfTheRules: each date that a declaration or a law carries is one.
func TestTurnsOfTheRules(t *testing.T) {
	on := dayp("2027-05-01")
	for name, change := range map[string]func(r *lawful.Rules){
		"a purpose begins":         func(r *lawful.Rules) { r.Purposes["x"] = []lawful.Purpose{{From: on}} },
		"a purpose is retired":     func(r *lawful.Rules) { r.Purposes["x"] = []lawful.Purpose{{Retired: on}} },
		"a notice is out":          func(r *lawful.Rules) { r.Notices["x"] = []lawful.Notice{{From: on}} },
		"a notice was published":   func(r *lawful.Rules) { r.Notices["x"] = []lawful.Notice{{Published: *on}} },
		"a source changes":         func(r *lawful.Rules) { r.Sources["x"] = []lawful.Source{{From: on}} },
		"a licence ends":           func(r *lawful.Rules) { r.Sources["x"] = []lawful.Source{{Licensed: on}} },
		"weak proof is over":       func(r *lawful.Rules) { r.Sources["x"] = []lawful.Source{{Accepted: &lawful.Accepted{Until: on}}} },
		"a contract begins":        func(r *lawful.Rules) { r.Recipients["x"] = lawful.Recipient{Signed: on} },
		"a contract ends":          func(r *lawful.Rules) { r.Recipients["x"] = lawful.Recipient{Expires: on} },
		"a balancing test happens": func(r *lawful.Rules) { r.Balancing["x"] = []lawful.Balancing{{Happened: *on}} },
		"a law begins":             func(r *lawful.Rules) { r.Law["x"] = lawful.Pack{Rules: map[string][]lawful.Law{"a": {{From: on}}}} },
		"a law ends":               func(r *lawful.Rules) { r.Law["x"] = lawful.Pack{Rules: map[string][]lawful.Law{"a": {{To: on}}}} },
	} {
		r := &lawful.Rules{
			Purposes: map[string][]lawful.Purpose{}, Notices: map[string][]lawful.Notice{}, Sources: map[string][]lawful.Source{},
			Recipients: map[string]lawful.Recipient{}, Balancing: map[string][]lawful.Balancing{}, Law: map[string]lawful.Pack{},
		}
		if turn := r.Turn(day("2026-11-21")); !turn.IsZero() {
			t.Errorf("nothing declared turns %s", turn)
		}
		change(r)
		if turn := r.Turn(day("2026-11-21")); !turn.Equal(*on) {
			t.Errorf("%s: turns %s", name, turn)
		}
		if turn := r.Turn(*on); !turn.IsZero() {
			t.Errorf("%s again: %s", name, turn)
		}
		change(r)
		r.Sources["earlier"] = []lawful.Source{{From: dayp("2027-01-01")}, {From: dayp("2028-01-01")}}
		if turn := r.Turn(day("2026-11-21")); !turn.Equal(day("2027-01-01")) {
			t.Errorf("%s, later than a source: turns %s", name, turn)
		}
	}
}
