// SPDX-License-Identifier: Apache-2.0

package lawful

import "time"

// registers applies the opposition registers of a channel: a check that is
// still good, and no listing that the consent does not outlive.
func (j *judge) registers(t target) {
	if !j.rests || !j.purpose.Marketing {
		return
	}
	for _, law := range j.laws(TopicRegister + j.q.Channel) {
		if law == nil {
			continue
		}
		for _, register := range law.Words {
			if j.spared(register) {
				continue
			}
			j.checked(t, law, register)
			j.listed(t, law, register)
		}
	}
}

// spared tells whether a consent makes it needless to ask a register.
func (j *judge) spared(register string) bool {
	if j.purpose.Basis != BasisConsent {
		return false
	}
	for _, law := range j.laws(TopicRegisterSpares) {
		if law.lists(register) {
			j.pass(RuleRegisterListed, law, "", "")
			return true
		}
	}
	return false
}

// checked denies unless the register was asked about the number lately enough.
func (j *judge) checked(t target, law *Law, register string) {
	f := finding{reason: ReasonOppositionRegisterStale, rule: RuleRegisterFresh, rank: rankRegister, law: law, say: saying{key: sayNeverChecked}}
	f.fact = j.latest(t, KindRegisterChecked, register)
	if f.fact == nil {
		j.deny(f)
		return
	}
	good := law.Period().End(f.fact.Happened, j.rules.Organisation.Zone())
	if j.before(good) {
		j.pass(RuleRegisterFresh, law, "", f.fact.Entry)
		j.ends(good)
		return
	}
	f.say = saying{end: good}
	j.deny(f)
}

// listed denies a number on the register, unless the consent was given after
// the latest listing, or within a contract that still carries it.
func (j *judge) listed(t target, law *Law, register string) {
	listing := j.latest(t, KindRegisterListed, register)
	if listing == nil {
		j.pass(RuleRegisterListed, law, "", "")
		return
	}
	consent := j.grant.fact
	given := j.grant.reason == ReasonConsentGiven || j.grant.reason == ReasonConsentDeclared
	if given && consent.Happened.After(listing.Happened) {
		j.pass(RuleRegisterListed, law, "", listing.Entry)
		return
	}
	if given {
		if contract, end := j.contractual(consent); contract != nil {
			j.pass(RuleRegisterListed, contract, "", listing.Entry)
			j.ends(end)
			return
		}
	}
	j.deny(finding{reason: ReasonOppositionRegister, rule: RuleRegisterListed, rank: rankRegister, law: law, fact: listing})
}

// latest is the last fact of a register about the number asked for. A fact that
// names no number is about every number of the person.
func (j *judge) latest(t target, kind, register string) *Recorded {
	if !j.kinds.has(kind) {
		return nil
	}
	for i := len(j.facts) - 1; i >= 0; i-- {
		f := &j.facts[i]
		if f.Kind == kind && f.Register == register && (!reachable(f, j.q.Channel) || j.names(f, t.id)) {
			return f
		}
	}
	return nil
}

func reachable(f *Recorded, channel string) bool {
	for _, id := range f.Identifiers {
		if Reaches(channel, id.Kind) {
			return true
		}
	}
	return false
}

// contractual is the rule that carries a consent given within a contract, one
// that lets it be withdrawn easily and is open or ended lately enough, and until
// when it does, zero while the contract is open; nil where no contract carries it.
func (j *judge) contractual(consent *Recorded) (carries *Law, end time.Time) {
	law := j.law(TopicRegisterContract)
	if law == nil {
		return nil, time.Time{}
	}
	zone := j.rules.Organisation.Zone()
	for i := range j.facts {
		opened := &j.facts[i]
		if opened.Kind != KindRelationOpened || !opened.EasyRevocation || consent.Happened.Before(opened.Happened) {
			continue
		}
		closed := j.closing(opened)
		if closed.IsZero() {
			return law, time.Time{}
		}
		last := law.Period().End(closed, zone)
		if !consent.Happened.After(closed) && j.before(last) {
			return law, last // of several open on that day each was closed at the same time
		}
	}
	return nil, time.Time{}
}

// closing is when a relation was closed; zero while it is open.
func (j *judge) closing(opened *Recorded) time.Time {
	for i := range j.facts {
		if f := &j.facts[i]; f.Kind == KindRelationClosed && !f.Happened.Before(opened.Happened) {
			return f.Happened
		}
	}
	return time.Time{}
}

// signal denies what a browser or device said no to, where the law of a place
// makes it binding, until the person themselves says yes later. It is no choice
// and never gives a consent.
func (j *judge) signal(t target) {
	if !j.kinds.has(KindSignal) || !j.purpose.Profiling && !j.disclosing() {
		return
	}
	for i := range j.facts {
		f := &j.facts[i]
		if f.Kind != KindSignal || !reachesPerson(f, t) {
			continue
		}
		for _, law := range j.laws(TopicSignal + f.Signal) {
			binds := law.lists(BindsProfiling) && j.purpose.Profiling || law.lists(BindsDisclosure) && j.disclosing()
			if binds && lifter(j.yeses(t), f.Happened) == nil {
				j.deny(finding{reason: ReasonSignal, rule: RuleSignalBound, rank: rankSignal, law: law, fact: f})
				return
			}
		}
	}
	j.pass(RuleSignalBound, nil, "", "")
}

// disclosing tells whether what is asked hands data to another controller: the
// question says so, or, where it says nothing, the purpose does.
func (j *judge) disclosing() bool {
	if j.q.Recipient != "" {
		return j.rules.Recipients[j.q.Recipient].Kind == "controller"
	}
	if j.q.Operation != "" {
		return discloses(j.q.Operation)
	}
	for _, operation := range j.purpose.Operations {
		if discloses(operation) {
			return true
		}
	}
	return false
}

func discloses(operation string) bool {
	switch operation {
	case "disclosure_by_transmission", "dissemination", "making_available":
		return true
	}
	return false
}
