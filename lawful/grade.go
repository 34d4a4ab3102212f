// SPDX-License-Identifier: Apache-2.0

package lawful

import (
	"slices"
	"time"
)

// Grades of evidence, from worthless to best.
const (
	GradeInvalid   = "invalid"
	GradeDeclared  = "declared"
	GradeRecorded  = "recorded"
	GradeConfirmed = "confirmed"
)

// Why a yes has its grade: a closed list of words that pages translate.
const (
	WhyTicked       = "ticked"        // the box came ticked (GDPR rec. 32)
	WhyCondition    = "condition"     // the yes was the price of something else (art. 7(4))
	WhyBundled      = "bundled"       // one act stood for several purposes (rec. 43)
	WhyNotice       = "notice"        // the text was declared invalid
	WhyOperator     = "operator"      // somebody of the organisation set a flag
	WhyNoEvidence   = "no_evidence"   // nothing shows the act
	WhyWeakMethod   = "weak_method"   // spoken, a badge, a business card
	WhyUndated      = "undated"       // the act has no date of its own
	WhyActorUnknown = "actor_unknown" // nobody says who acted
	WhyDatedAct     = "dated_act"     // a dated act of the person
	WhyConfirmed    = "confirmed"     // and its address confirmed
	WhyMinor        = "minor"         // given by a child who could not (art. 8)
)

// Methods lists the ways a choice is made, as the API names them.
func Methods() []string {
	all := methods()
	return all[:]
}

func methods() [15]string {
	return [...]string{
		"checkbox", "button", "paper_form", "tablet", "letter", "email", "chat", "phone_recording",
		"verbal", "badge_scan", "business_card", "link", "preference_centre", "one_click", "import",
	}
}

func isMethod(m string) bool {
	for _, known := range methods() {
		if m == known {
			return true
		}
	}
	return false
}

// Grade tells how well a yes is proven (GDPR art. 7(1)), from the fact alone,
// and why. Recorded is its best answer: only a later confirmation, which Decide
// looks for, makes a yes confirmed. The source is read as it was when the act
// happened: a box made clean today does not mend what was ticked last year.
func Grade(rules *Rules, fact Fact) (grade, why string) {
	return rules.grade(&fact, rules.sourceThen(&fact))
}

func (r *Rules) grade(fact *Fact, source *Source) (grade, why string) {
	if fact.Choice == nil {
		return GradeDeclared, WhyNoEvidence
	}
	if why := r.flaw(fact, source); why != "" {
		return GradeInvalid, why
	}
	e := fact.Choice.Evidence
	switch {
	case e == nil || !isMethod(e.Method):
		return GradeDeclared, WhyNoEvidence
	case e.Method == "verbal" || e.Method == "badge_scan" || e.Method == "business_card":
		return GradeDeclared, WhyWeakMethod
	case fact.Undated || fact.Actor == ActorImport && !e.Dated:
		return GradeDeclared, WhyUndated
	case fact.Actor != ActorPerson && fact.Actor != ActorOperator && fact.Actor != ActorImport && fact.Actor != ActorSystem:
		return GradeDeclared, WhyActorUnknown
	}
	return GradeRecorded, WhyDatedAct
}

// flaw names what makes a yes no yes at all (GDPR arts 4(11), 7(2), 7(4)), or is empty.
func (r *Rules) flaw(fact *Fact, source *Source) string {
	e := fact.Choice.Evidence
	switch {
	case e != nil && e.Default == "ticked", source != nil && source.Default == "ticked":
		return WhyTicked
	case source != nil && source.ConditionOf != "":
		return WhyCondition
	case e != nil && len(e.Covers) > 1:
		return WhyBundled
	case fact.Actor == ActorOperator && e != nil && setsFlag(e.Method):
		return WhyOperator
	}
	if shown := r.shown(fact, source); shown.text != nil && shown.text.Invalid != nil {
		return WhyNotice
	}
	return ""
}

// setsFlag tells the methods that are the person's own hand: done by an
// operator they are a flag set for somebody, not a transcription of their act.
func setsFlag(method string) bool {
	switch method {
	case "checkbox", "button", "link", "one_click", "preference_centre", "import":
		return true
	}
	return false
}

// gradeRank orders grades; a word that is none of them is beyond reach.
func gradeRank(grade string) int {
	switch grade {
	case GradeInvalid:
		return 0
	case GradeDeclared:
		return 1
	case GradeRecorded, "":
		return 2
	}
	return 3
}

// minimum is the grade that a purpose asks of a yes given at an instant.
func (p *Purpose) minimum(given time.Time) string {
	if p.Minimum == GradeConfirmed && p.ConfirmFrom != nil && given.Before(*p.ConfirmFrom) {
		return GradeRecorded
	}
	return p.Minimum
}

// shown is the notice on which a yes was given.
type shown struct {
	id      string
	version int     // 0: not known which
	text    *Notice // nil: that text is not on record
}

// shown finds the notice that a yes names, or else the one of its source in
// the version that was out when the yes was given.
func (r *Rules) shown(fact *Fact, source *Source) shown {
	s := shown{}
	if ref := fact.Choice.Notice; ref != nil {
		s.id, s.version = ref.ID, ref.Version
	} else if source != nil {
		s.id = source.Notice
	}
	versions := r.Notices[s.id]
	for i := range versions {
		v := &versions[i]
		if s.version > 0 {
			if v.Version == s.version {
				s.text = v
			}
			continue
		}
		if !v.from().After(fact.Happened) && (s.text == nil || v.Version > s.text.Version) {
			s.text = v
		}
	}
	if s.text != nil {
		s.version = s.text.Version
	}
	return s
}

// from is the instant from which a version of a notice is out.
func (n *Notice) from() time.Time {
	if n.From != nil {
		return *n.From
	}
	return n.Published
}

// missing tells that no text can be shown for the yes (GDPR art. 7(1), rec. 42):
// none is named, or the one named is not on record.
func (r *Rules) missing(s shown) bool {
	return s.id == "" || len(r.Notices[s.id]) == 0 || s.version > 0 && s.text == nil
}

// superseded finds a later version, out at an instant, that asks for the consent again.
func (r *Rules) superseded(s shown, purpose string, at time.Time) *Notice {
	versions := r.Notices[s.id]
	for i := range versions {
		v := &versions[i]
		if v.Version <= s.version || v.from().After(at) {
			continue
		}
		for _, c := range v.Changes {
			if c.Purpose == purpose && c.Effect == "reconsent" {
				return v
			}
		}
	}
	return nil
}

// within tells whether what is asked stays inside what the purpose was when a
// yes was given: a change that needs consent again leaves the old scope alive.
// What the purpose has gained since has to be left out in so many words.
func (j *judge) within(given time.Time) bool {
	old, now, q := j.rules.PurposeAt(j.q.Purpose, given), j.purpose, &j.q
	if old == nil || now.Profiling && !old.Profiling {
		return false
	}
	known := func(d Data) bool { return slices.ContainsFunc(old.Data, func(o Data) bool { return o.Name == d.Name }) }
	data, operations, recipients := gained(now.Data, known), gained(now.Operations, in(old.Operations)), gained(now.Recipients, in(old.Recipients))
	if old.Recipients == nil {
		recipients = false
	} else if now.Recipients == nil {
		recipients = true
	}
	switch {
	case !data && !operations && !recipients,
		data && (len(q.Data) == 0 || slices.ContainsFunc(q.Data, func(u Used) bool { return !known(Data{Name: u.Name}) })),
		operations && !slices.Contains(old.Operations, q.Operation),
		recipients && !slices.Contains(old.Recipients, q.Recipient):
		return false
	}
	return true
}

func in(known []string) func(string) bool {
	return func(s string) bool { return slices.Contains(known, s) }
}

// gained tells whether there is something that was not known before.
func gained[T any](now []T, known func(T) bool) bool {
	return slices.ContainsFunc(now, func(v T) bool { return !known(v) })
}
