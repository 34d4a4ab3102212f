// SPDX-License-Identifier: Apache-2.0

package lawful

// Unwanted finds the no of a person to a kind of data for a purpose that still
// stands, nil where none does: the oldest, by which it is explained. history is
// in the order of Sort, and holds what had happened.
func (r *Rules) Unwanted(history []Recorded, purpose, data string) *Recorded {
	stand, _ := r.unwanted(history, purpose, data, target{})
	if len(stand) == 0 {
		return nil
	}
	return stand[0]
}

// unwanted denies the use of what the person chose to keep out of the purpose
// (GDPR arts 7(3), 21(1)-(2), rec. 43). The purpose goes on without it. Whether
// the purpose is declared to do without does not matter once they said no.
func (j *judge) unwanted(t target) {
	for i := range j.q.Data {
		stand, lifted := j.rules.unwanted(j.facts, j.q.Purpose, j.q.Data[i].Name, t)
		if len(stand) == 0 {
			j.pass(RuleDataWanted, nil, liftedDetail(lifted), lifted)
			continue
		}
		j.deny(finding{reason: ReasonDataRefused, rule: RuleDataWanted, rank: rankData, fact: stand[0], more: stand[1:]})
	}
}

// unwanted lists the no's to a kind of data that stand, and names the entry that
// lifted one that does not. A no is lifted by a later yes to that kind of data in
// the same chain, of the person themselves and proven: a link between two
// subjects so permits nothing that neither permits.
func (r *Rules) unwanted(facts []Recorded, purpose, data string, t target) (stand []*Recorded, lifted string) {
	for i := range facts {
		n := &facts[i]
		if !n.ofData(purpose, data) || !n.Choice.no() || !reachesPerson(n, t) {
			continue
		}
		if yes := r.allowed(facts, n); yes != "" {
			lifted = yes
			continue
		}
		stand = append(stand, n)
	}
	return stand, lifted
}

// allowed is the entry of the first yes that lifts a no to a kind of data, or empty.
func (r *Rules) allowed(facts []Recorded, no *Recorded) string {
	for i := range facts {
		f := &facts[i]
		if !f.ofData(no.Choice.Purpose, no.Choice.Data) || f.Choice.Choice != Given || f.Chain != no.Chain || !f.Happened.After(no.Happened) {
			continue
		}
		y := yes{Recorded: f, source: r.sourceThen(&f.Fact)}
		if y.grade, y.why = r.grade(&f.Fact, y.source); y.lifts() {
			return f.Entry
		}
	}
	return ""
}

// ofData tells a choice about one kind of data of a purpose.
func (f *Recorded) ofData(purpose, data string) bool {
	return f.Kind == KindChoice && f.Choice != nil && f.Choice.Data == data && f.Choice.Purpose == purpose
}

// aside tells what says how a person likes a use and not whether: every answer
// about the use is the same with it and without.
func (f *Recorded) aside() bool {
	return f.Kind == KindPreference || f.Kind == KindChoice && f.Choice != nil && f.Choice.Data != ""
}

// no tells whether the choice is one against a use.
func (c *Choice) no() bool {
	return c.Choice == Objected || c.Choice == Withdrawn || c.Choice == Refused
}

// of tells a choice about exactly this use, whatever data it takes.
func (c *Choice) of(purpose, channel string) bool {
	return c.Purpose == purpose && c.Channel == channel && c.Data == ""
}
