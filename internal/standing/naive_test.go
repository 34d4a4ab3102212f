// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"slices"
	"time"

	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/lawful"
)

// naive answers from what the test remembers, going through it instant by
// instant. It shares no line with the product and knows this one shop only.
type naive struct{}

// linked says whether the two are one person, as known then.
func (naive) linked(c *couple, known time.Time) bool {
	is := false
	for _, e := range c.told {
		if !e.entered.After(known) && (e.what == "linked" || e.what == "unlinked") {
			is = e.what == "linked"
		}
	}
	return is
}

// reason reads the whole story for one question.
func (n naive) reason(c *couple, q standing.Question) lawful.Reason {
	who := 0
	if q.Subject.Email == c.email[1] {
		who = 1
	}
	held := q.Subject.Phone == ""
	met := false
	for _, e := range c.told {
		held = held || e.phone
		mine := e.who == who && e.what != "linked" && e.what != "unlinked"
		met = met || mine && !e.entered.After(*q.KnownAt)
	}
	if !held || !met {
		return lawful.ReasonUnknownSubject
	}
	return n.read(c, who, q).verdict()
}

// stops says whether a no stands against a yes sent now.
func (n naive) stops(c *couple, who int, purpose, channel string, now time.Time) bool {
	q := standing.Question{Purpose: purpose, Channel: channel, At: &now, KnownAt: &now}
	return len(n.read(c, who, q).nos) > 0
}

// page is what has been read so far.
type page struct {
	nos  map[string]bool // that stand
	said bool            // a no, ever
	open bool            // a yes lifted the last no
	yes  []*telling      // that count
	late []*telling      // that came after a no and lift nothing
}

// telling is a yes on its way through the story.
type telling struct {
	told
	confirmed bool // by the person
	partner   bool
}

func (n naive) read(c *couple, who int, q standing.Question) *page {
	both := n.linked(c, *q.KnownAt)
	var known []told
	for _, e := range c.told {
		if !e.entered.After(*q.KnownAt) && !e.happened.After(*q.At) && (both || e.who == who) {
			known = append(known, e)
		}
	}
	slices.SortStableFunc(known, func(a, b told) int { return a.happened.Compare(b.happened) })
	yeses := n.yeses(known, who, q)
	p := &page{nos: map[string]bool{}}
	for from := 0; from < len(known); {
		to := from
		for to < len(known) && known[to].happened.Equal(known[from].happened) {
			to++
		}
		p.instant(known[from:to], yeses, q)
		from = to
	}
	return p
}

// yeses finds what was given for exactly this, and pairs confirmations with the yes before them.
func (naive) yeses(known []told, who int, q standing.Question) []*telling {
	var yeses []*telling
	for _, e := range known {
		if e.who != who || e.purpose != q.Purpose || e.channel != q.Channel || q.Channel == "sms" && !e.phone {
			continue
		}
		switch {
		case e.what == "given":
			yeses = append(yeses, &telling{told: e, partner: e.purpose == "partner"})
		case e.what == "confirmed" && e.by != "operator":
			for i := len(yeses) - 1; i >= 0; i-- {
				if yeses[i].happened.Before(e.happened) {
					yeses[i].confirmed = true
					break
				}
			}
		}
	}
	return yeses
}

// instant takes first what speaks for, then what speaks against: the stricter wins.
func (p *page) instant(now []told, yeses []*telling, q standing.Question) {
	for _, y := range yeses {
		if y.happened.Equal(now[0].happened) && y.lifts() {
			p.nos, p.open = map[string]bool{}, true
		}
	}
	for _, y := range yeses {
		if !y.happened.Equal(now[0].happened) {
			continue
		}
		if !p.said || p.open {
			p.yes = append(p.yes, y)
		} else {
			p.late = append(p.late, y)
		}
	}
	for _, e := range now {
		no := e.what == "refused" || e.what == "withdrawn" || e.what == "objected"
		here := e.purpose == "" || e.purpose == q.Purpose || e.what == "objected"
		if no && here && (e.channel == "" || e.channel == q.Channel) {
			p.nos[e.what], p.said, p.open, p.yes, p.late = true, true, false, nil, nil
		}
	}
}

// own tells the acts of the person's hand on a form.
func (y *telling) own() bool { return y.by == "form" || y.by == "collect" || y.by == "link" }

func (y *telling) lifts() bool {
	return y.own() && (y.confirmed || !y.partner && !y.unproven)
}

// fault says what is wrong with a yes, or that it is good, or good enough.
func (y *telling) fault() lawful.Reason {
	switch {
	case (y.partner || y.unproven) && !y.confirmed:
		return lawful.ReasonConfirmationPending
	case y.by == "operator":
		return lawful.ReasonConsentInvalid
	case y.by == "list":
		return lawful.ReasonEvidenceInsufficient
	case y.by == "accepted":
		return lawful.ReasonConsentDeclared
	}
	return lawful.ReasonConsentGiven
}

func (p *page) verdict() lawful.Reason {
	for _, no := range []struct {
		what   string
		reason lawful.Reason
	}{{"objected", lawful.ReasonObjected}, {"withdrawn", lawful.ReasonWithdrawn}, {"refused", lawful.ReasonRefused}} {
		if p.nos[no.what] {
			return no.reason
		}
	}
	if len(p.yes) == 0 {
		return lawful.ReasonNoChoice
	}
	best := p.yes[len(p.yes)-1].fault()
	for _, y := range p.yes {
		if f := y.fault(); f.Permits() && (!best.Permits() || f == lawful.ReasonConsentGiven) {
			best = f
		}
	}
	return best
}
