// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"time"
)

// relation decides on a contract: permitted while a relation is open. A closing
// counts whichever chain holds it.
func (j *judge) relation() {
	if open := j.related(); open != nil {
		j.permit(finding{reason: ReasonContract, rule: RuleContractRelation, rank: rankBasis, fact: open})
		return
	}
	j.deny(finding{reason: ReasonBasisNotAllowed, rule: RuleContractRelation, rank: rankBasis, say: saying{key: sayNoRelation}})
}

// related finds the relation that is open, nil when none is.
func (j *judge) related() *Recorded {
	if !j.kinds.has(KindRelationOpened) {
		return nil
	}
	var closed time.Time // zero: never
	for i := range j.facts {
		if f := &j.facts[i]; f.Kind == KindRelationClosed {
			closed = f.Happened
		}
	}
	for i := range j.facts {
		if f := &j.facts[i]; f.Kind == KindRelationOpened && f.Happened.After(closed) {
			return f
		}
	}
	return nil
}

// softOptIn decides one target: a sale that meets every condition permits, else
// the condition that the best sale fails is named.
func (j *judge) softOptIn(t target) {
	laws := j.laws(TopicSoftOptIn)
	best := finding{
		reason: ReasonSoftOptInUnmet, rule: RuleSoftConditions, rank: rankNoChoice, law: laws[0],
		say: saying{key: saySoft + SoftSale},
	}
	met := 0
	for i := range j.facts {
		sale := &j.facts[i]
		if sale.Kind != KindSale || t.chain != "" && t.chain != sale.Chain || !j.names(sale, t.id) {
			continue
		}
		failed, held, law := j.softUnmet(sale, t, laws)
		if failed == "" {
			j.permit(finding{reason: ReasonSoftOptIn, rule: RuleSoftConditions, rank: rankBasis, law: law, fact: sale})
			return
		}
		if held >= met {
			met, best.fact, best.law, best.say.key = held, sale, law, saySoft+failed
		}
	}
	j.deny(best)
}

// softUnmet names the first condition that a sale fails, how many hold before it, and whose law asks.
func (j *judge) softUnmet(sale *Recorded, t target, laws [2]*Law) (failed string, held int, law *Law) {
	law = laws[0]
	for _, condition := range [...]string{SoftSale, SoftAddressGiven, SoftSimilar, SoftInformed, SoftRefusalOffered, SoftNotRefused} {
		asks := laws[0].lists(condition)
		if asks {
			law = laws[0]
		} else if laws[1].lists(condition) {
			asks, law = true, laws[1]
		}
		if asks && !j.softHolds(condition, sale, t) || !asks && condition == SoftSale { // where no law knows a sale there is no soft opt-in
			return condition, held, law
		}
		held++
	}
	return "", held, law
}

func (j *judge) softHolds(condition string, sale *Recorded, t target) bool {
	switch condition {
	case SoftAddressGiven:
		return sale.AddressGiven
	case SoftSimilar:
		return slices.Contains(sale.SimilarTo, j.q.Purpose)
	case SoftInformed:
		return sale.Informed
	case SoftRefusalOffered:
		return sale.RefusalOffered
	case SoftNotRefused:
		return j.refusedElsewhere(t) == nil
	}
	return true
}

// interest decides one target on legitimate interests, whose balancing test the
// question has asked for. What the person said no to as a consent is not done on
// an interest instead.
func (j *judge) interest(t target) {
	if no := j.refusedElsewhere(t); no != nil {
		j.deny(finding{reason: sortOfNo(no), rule: RuleInterestRefused, rank: rankRefused, fact: no})
		return
	}
	j.pass(RuleInterestRefused, nil, "", "")
	j.permit(finding{reason: ReasonLegitimateInterest, rule: RuleInterestBalanced, rank: rankBasis})
}

// refusedElsewhere finds a no of the person to the same content under
// another purpose on this channel: a box shown and left empty. Profiling is
// not content. Only a later yes of theirs to this very purpose takes it back: a
// yes to the other one permits that one.
func (j *judge) refusedElsewhere(t target) *Recorded {
	for i := range j.facts {
		n := &j.facts[i]
		if n.Kind != KindChoice || sortOfNo(n) == "" || n.Choice.Purpose == "" || n.Choice.Purpose == j.q.Purpose {
			continue
		}
		if n.Choice.Channel != "" && n.Choice.Channel != j.q.Channel || !reachesPerson(n, t) {
			continue
		}
		other := j.rules.PurposeAt(n.Choice.Purpose, j.q.At)
		if (other == nil || other.Marketing && !other.Profiling) && !j.takenBack(n) {
			return n
		}
	}
	return nil
}

func (j *judge) takenBack(no *Recorded) bool {
	for i := range j.facts {
		f := &j.facts[i]
		if f.Kind != KindChoice || f.Choice == nil || f.Choice.Choice != Given || !f.Happened.After(no.Happened) ||
			!f.Choice.of(j.q.Purpose, j.q.Channel) {
			continue
		}
		if y := j.yes(f); y.lifts() {
			return true
		}
	}
	return false
}

// retentionTopic is the topic of the ceiling on keeping data for this kind of purpose.
func (j *judge) retentionTopic() string {
	switch {
	case j.purpose.Profiling:
		return TopicRetention + "profiling"
	case j.purpose.Marketing:
		return TopicRetention + "marketing"
	}
	return "" // what serves a contract or the law is kept as long as that takes
}

// retention denies once the period for which the purpose keeps data has ended:
// the declared one, or the longest that the law of the place lets pass without
// a written reason.
func (j *judge) retention() {
	kept := j.purpose.Retention
	if kept == nil {
		return
	}
	from := j.keptFrom(kept.From)
	if from == nil {
		j.pass(RuleRetentionPeriod, nil, "", "")
		return
	}
	ceilings := j.laws(j.retentionTopic())
	if !j.tells && j.surelyKept(from.Happened, kept.For, ceilings) {
		return
	}
	end, law := j.keptUntil(from.Happened, kept.For, ceilings)
	if j.before(end) {
		j.pass(RuleRetentionPeriod, law, "", from.Entry)
		j.ends(end)
		return
	}
	j.deny(finding{
		reason: ReasonRetentionEnded, rule: RuleRetentionPeriod, rank: rankRetention, law: law, fact: from,
		say: saying{end: end},
	})
}

// surelyKept spares an answer that explains nothing the calendar.
func (j *judge) surelyKept(from time.Time, kept Period, ceilings [2]*Law) bool {
	least := kept.least()
	for _, ceiling := range ceilings {
		if ceiling != nil {
			least = min(least, ceiling.Period().least())
		}
	}
	return j.q.At.Before(from.Add(least))
}

// keptUntil is when a retention ends, and the ceiling that ends it or that was
// changed in writing.
func (j *judge) keptUntil(from time.Time, kept Period, ceilings [2]*Law) (end time.Time, law *Law) {
	zone := j.rules.Organisation.Zone()
	end = kept.End(from, zone)
	for _, ceiling := range ceilings {
		if ceiling == nil {
			continue
		}
		if most := ceiling.Period().End(from, zone); most.Before(end) {
			end, law = most, ceiling
		} else if ceiling.Override != nil {
			law = ceiling
		}
	}
	return end, law
}

// keptFrom is the fact that a retention counts from; nil while it does not run.
func (j *judge) keptFrom(from string) *Recorded {
	if open := j.related(); open != nil && from != FromCollection {
		return nil
	}
	var last *Recorded
	acts := j.law(TopicActivity)
	for i := range j.facts {
		f := &j.facts[i]
		if f.aside() {
			continue
		}
		var counts bool
		switch from {
		case FromLastActivity:
			counts = f.Kind == KindActivity && acts.lists(f.Act) || f.Kind == KindSale || f.Kind == KindRelationClosed || j.own(f)
		case FromRelationClosed:
			counts = f.Kind == KindRelationClosed
		case FromCollection:
			counts = j.own(f)
		}
		if counts || last == nil {
			last = f
		}
	}
	return last
}

// own tells a yes of the person themselves to what is asked, which is contact
// with them. A yes to anything else never makes this last longer.
func (j *judge) own(f *Recorded) bool {
	return f.Kind == KindChoice && f.Choice != nil && f.Actor == ActorPerson && !f.Undated &&
		(f.Choice.Choice == Given || f.Choice.Choice == Confirmed) &&
		f.Choice.of(j.q.Purpose, j.q.Channel)
}

// frequency denies when the person was contacted for the purpose as often as it
// lets, in the period that ends at the instant asked about.
func (j *judge) frequency() {
	limit := j.purpose.Frequency
	if limit == nil || len(limit.Channels) > 0 && !slices.Contains(limit.Channels, j.q.Channel) {
		return
	}
	begins := Period{1, limit.Per + "s"}.Back(j.q.At, j.rules.Organisation.Zone())
	f := finding{reason: ReasonFrequencyExceeded, rule: RuleFrequencyMax, rank: rankFrequency, say: saying{number: limit.Max, key: sayFrequency, per: limit.Per}}
	count := 0
	if j.kinds.has(KindContacted) {
		for i := range j.facts {
			c := &j.facts[i]
			if c.Kind == KindContacted && c.Purpose == j.q.Purpose && c.Happened.After(begins) &&
				(len(limit.Channels) == 0 || slices.Contains(limit.Channels, c.Channel)) {
				count++
				f.show(c, j.tells)
			}
		}
	}
	if count < limit.Max {
		j.pass(RuleFrequencyMax, nil, "", "")
		return
	}
	j.deny(f)
	j.drops(&f, Period{1, limit.Per + "s"}.least()-2*time.Hour) // surely within the period for so long, whatever the clocks do
}

// drops notes how long the contacts counted are surely all still within the
// period; where that can't be told the answer is not one to keep.
func (j *judge) drops(f *finding, least time.Duration) {
	if !j.settles {
		return
	}
	for _, contact := range append(f.more, f.fact) {
		if contact != nil && !j.before(contact.Happened.Add(least)) {
			j.turns = j.q.At
		}
	}
}
