// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/lawful"
)

// naive reads a whole history aloud, instant by instant, and says first what it
// denies for. It knows the fixture shop only and shares no line with Decide: it
// keeps a state and lets each instant change it, where Decide looks back from
// the end.
func naive(q lawful.Question, all []lawful.Recorded) (reason lawful.Reason, since time.Time) {
	var known []lawful.Recorded
	for _, f := range all {
		if !f.Happened.After(q.At) && (q.KnownAt.IsZero() || !f.Recorded.After(q.KnownAt)) {
			known = append(known, f)
		}
	}
	slices.SortFunc(known, func(a, b lawful.Recorded) int {
		if !a.Happened.Equal(b.Happened) {
			return a.Happened.Compare(b.Happened)
		}
		if !a.Recorded.Equal(b.Recorded) {
			return a.Recorded.Compare(b.Recorded)
		}
		if a.Chain != b.Chain {
			return strings.Compare(a.Chain, b.Chain)
		}
		return int(a.Seq - b.Seq)
	})
	reader := &reader{q: q, known: known, confirmed: map[string]string{}}
	reader.confirmations()
	for from := 0; from < len(known); {
		to := from
		for to < len(known) && known[to].Happened.Equal(known[from].Happened) {
			to++
		}
		reader.instant(known[from:to])
		from = to
	}
	return reader.verdict()
}

// reader is the state of one reading.
type reader struct {
	q         lawful.Question
	known     []lawful.Recorded
	confirmed map[string]string // entry of a yes -> actor of its confirmation

	everNo   bool
	nos      map[lawful.Reason]time.Time // standing, since when
	opened   map[string]bool             // chains in which the person said yes again after the last no
	live     []lawful.Recorded
	ignored  []lawful.Recorded // after a no, and not lifting it
	limited  map[string]time.Time
	dead     time.Time
	bouncing map[string]time.Time
	yes      lawful.Recorded // that counts
}

func (r *reader) confirmations() {
	for _, c := range r.known {
		if !r.about(c, lawful.Confirmed) || c.Actor == lawful.ActorOperator {
			continue
		}
		last := -1
		for i, y := range r.known {
			named := c.Choice.Confirms == 0 || c.Choice.Confirms == y.Seq
			if named && r.about(y, lawful.Given) && y.Chain == c.Chain && y.Happened.Before(c.Happened) {
				last = i
			}
		}
		if last >= 0 && r.confirmed[r.known[last].Entry] != lawful.ActorPerson {
			r.confirmed[r.known[last].Entry] = c.Actor
		}
	}
}

// about tells whether a fact is this choice for exactly the purpose, channel and identifier.
func (r *reader) about(f lawful.Recorded, choice string) bool {
	if f.Kind != lawful.KindChoice || f.Choice.Choice != choice || f.Choice.Purpose != r.q.Purpose || f.Choice.Channel != r.q.Channel {
		return false
	}
	return r.speaksOf(f)
}

func (r *reader) speaksOf(f lawful.Recorded) bool {
	kind := map[string]string{"email": "email", "sms": "phone", "phone": "phone", "push": "device"}[r.q.Channel]
	var reached, numbers []lawful.Identifier
	for _, id := range f.Identifiers {
		if id.Kind == kind {
			reached = append(reached, id)
		}
		if id.Kind == "id" {
			numbers = append(numbers, id)
		}
	}
	if len(reached) > 0 {
		return slices.Contains(reached, r.q.Identifier[0])
	}
	for _, n := range numbers {
		for _, g := range r.known {
			no := g.Kind == lawful.KindChoice && g.Choice.Choice != lawful.Given && g.Choice.Choice != lawful.Confirmed
			stop := no || g.Kind == lawful.KindBlocked || g.Kind == lawful.KindUndeliverable || g.Kind == lawful.KindRestriction || g.Kind == lawful.KindDeceased
			if !stop && g.Chain == f.Chain && g.Source == n.Source && slices.Contains(g.Identifiers, n) && slices.Contains(g.Identifiers, r.q.Identifier[0]) {
				return true
			}
		}
	}
	return false
}

// instant lets one moment change the state: first what speaks for, then what
// speaks against, so that the stricter wins.
func (r *reader) instant(facts []lawful.Recorded) {
	for _, f := range facts {
		if r.about(f, lawful.Given) && r.reopens(f) {
			r.nos = nil
			if r.opened == nil {
				r.opened = map[string]bool{}
			}
			r.opened[f.Chain] = true
		}
	}
	for _, f := range facts {
		switch {
		case r.about(f, lawful.Given) && (!r.everNo || r.opened[f.Chain]):
			r.live = append(r.live, f)
		case r.about(f, lawful.Given):
			r.ignored = append(r.ignored, f)
		case f.Kind == lawful.KindRestrictionLift:
			delete(r.limited, f.Chain)
		case f.Kind == lawful.KindDeliverable && f.Channel == r.q.Channel && r.speaksOf(f):
			delete(r.bouncing, f.Chain)
		}
	}
	for _, f := range facts {
		r.against(f)
	}
}

func (r *reader) against(f lawful.Recorded) {
	note := func(m *map[string]time.Time) {
		if *m == nil {
			*m = map[string]time.Time{}
		}
		if _, ok := (*m)[f.Chain]; !ok {
			(*m)[f.Chain] = f.Happened
		}
	}
	switch {
	case f.Kind == lawful.KindRestriction:
		note(&r.limited)
	case f.Kind == lawful.KindDeceased && r.dead.IsZero():
		r.dead = f.Happened
	case f.Kind == lawful.KindUndeliverable && (f.Channel == "" || f.Channel == r.q.Channel) && (len(f.Identifiers) == 0 || r.speaksOf(f)):
		note(&r.bouncing)
	}
	why := r.stops(f)
	if why == "" {
		return
	}
	if r.nos == nil {
		r.nos = map[lawful.Reason]time.Time{}
	}
	if _, ok := r.nos[why]; !ok {
		r.nos[why] = f.Happened
	}
	r.everNo, r.opened, r.live, r.ignored = true, nil, nil, nil
}

// stops reads a no: whose it is, for what and where.
func (r *reader) stops(f lawful.Recorded) lawful.Reason {
	devices := 0
	for _, id := range f.Identifiers {
		if id.Kind == "device" {
			devices++
		}
	}
	if devices > 0 && devices == len(f.Identifiers) && !slices.Contains(f.Identifiers, r.q.Identifier[0]) {
		return ""
	}
	if f.Kind == lawful.KindBlocked && (f.Channel == "" || f.Channel == r.q.Channel) {
		return lawful.ReasonSuppressed
	}
	if f.Kind != lawful.KindChoice || f.Choice.Channel != "" && f.Choice.Channel != r.q.Channel {
		return ""
	}
	marketing := r.q.Purpose != "survey"
	here := f.Choice.Purpose == r.q.Purpose || f.Choice.Purpose == "" && marketing
	switch f.Choice.Choice {
	case lawful.Objected:
		if here || marketing && f.Choice.Purpose != "survey" {
			return lawful.ReasonObjected
		}
	case lawful.Withdrawn:
		if here {
			return lawful.ReasonWithdrawn
		}
	case lawful.Refused:
		if here {
			return lawful.ReasonRefused
		}
	}
	return ""
}

// reopens tells whether a yes lifts what stands.
func (r *reader) reopens(f lawful.Recorded) bool {
	own := f.Actor == lawful.ActorPerson && (f.Source == "form" || f.Source == "shop" || f.Source == "bare")
	needs := r.needs() || f.Choice.Unproven
	return own && !f.Undated && f.Choice.Evidence.Method == "checkbox" && (!needs || r.confirmed[f.Entry] == lawful.ActorPerson)
}

func (r *reader) needs() bool { return r.q.Purpose == "double" && r.q.Channel == "email" }

// wrong says what is wrong with a yes, or nothing.
func (r *reader) wrong(f lawful.Recorded) lawful.Reason {
	by := r.confirmed[f.Entry]
	weak := f.Undated || f.Choice.Evidence.Method == "verbal" || f.Actor == lawful.ActorImport && !f.Choice.Evidence.Dated
	spoken := r.q.Channel == "phone"
	local := f.Happened.In(day("2026-01-01").Location())
	switch {
	case r.needs() && by == "", f.Choice.Unproven && by != lawful.ActorPerson:
		return lawful.ReasonConfirmationPending
	case f.Source == "ticked", f.Actor == lawful.ActorOperator && f.Choice.Evidence.Method == "checkbox":
		return lawful.ReasonConsentInvalid
	case r.tooYoung(f) && !r.parent():
		return lawful.ReasonConsentInvalid
	case f.Source == "bought":
		return lawful.ReasonConsentNotForUs
	case weak && (f.Source != "accepted" || spoken || !r.q.At.Before(day("2026-12-01"))) && (r.q.Purpose != "lax" || spoken):
		return lawful.ReasonEvidenceInsufficient
	case f.Source == "bare":
		return lawful.ReasonNoticeMissing
	case r.q.Purpose == "yearly" && !r.q.At.Before(time.Date(local.Year()+1, local.Month(), local.Day()+1, 0, 0, 0, 0, local.Location())):
		return lawful.ReasonExpired
	case r.tooYoung(f) && !r.q.At.Before(r.comesOfAge()):
		return lawful.ReasonExpired
	case weak:
		return lawful.ReasonConsentDeclared
	}
	return lawful.ReasonConsentGiven
}

func (r *reader) verdict() (lawful.Reason, time.Time) {
	if r.q.Purpose == "soft" && r.q.Channel != "email" {
		return lawful.ReasonBasisNotAllowed, time.Time{}
	}
	for _, no := range []lawful.Reason{lawful.ReasonSuppressed, lawful.ReasonObjected, lawful.ReasonWithdrawn, lawful.ReasonRefused} {
		if at, ok := r.nos[no]; ok {
			return no, at
		}
	}
	if at, ok := earliest(r.limited); ok {
		return lawful.ReasonRestricted, at
	}
	if !r.dead.IsZero() {
		return lawful.ReasonDeceased, r.dead
	}
	if at, ok := r.child(); ok {
		return lawful.ReasonMinor, at
	}
	why, at := r.basis()
	if !why.Permits() {
		return why, at
	}
	for _, stop := range []func() (lawful.Reason, time.Time){r.kept, r.register, r.signalled, r.often} {
		if stopped, since := stop(); stopped != "" {
			return stopped, since
		}
	}
	if bounced, ok := earliest(r.bouncing); ok {
		return lawful.ReasonUndeliverable, bounced
	}
	return why, at
}

// basis is the yes that counts, or the sale.
func (r *reader) basis() (lawful.Reason, time.Time) {
	if r.q.Purpose == "soft" {
		return r.soft()
	}
	if len(r.live) == 0 {
		return lawful.ReasonNoChoice, time.Time{}
	}
	latest := r.live[len(r.live)-1]
	r.yes = latest
	why, at := r.wrong(latest), latest.Happened
	for _, y := range r.live { // the best that holds
		if w := r.wrong(y); w.Permits() && (!why.Permits() || w == lawful.ReasonConsentGiven && r.lasts(y, why)) {
			why, at, r.yes = w, y.Happened, y
		}
	}
	return why, at
}

func earliest(m map[string]time.Time) (first time.Time, ok bool) {
	for _, at := range m {
		if !ok || at.Before(first) {
			first, ok = at, true
		}
	}
	return first, ok
}
