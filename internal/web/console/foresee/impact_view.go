// SPDX-License-Identifier: Apache-2.0

package foresee

import (
	"time"

	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// impactAnswer is what a file would mean.
type impactAnswer struct {
	Taken  time.Time
	People int64
	Gained int64
	Lost   int64
	None   bool // nobody's answer would change
	Uses   []useLine
	Calm   int // purposes on channels about which nothing changes
}

// useLine is one purpose on one channel about which something changes.
type useLine struct {
	Purpose       string
	Channel       ui.Text
	Before, After int64
	Gained, Lost  int64
	// The picture, in hundredths: what stays, and beside it what comes or goes.
	StayWidth, ComeWidth, GoX, GoWidth float64
	Turns                              []turnLine
	Sample                             []person
}

// turnLine counts people whose reason changes.
type turnLine struct {
	From, To ui.Badge
	Count    int64
}

// person is somebody by pseudonym.
type person struct {
	ID       string
	From, To ui.Text
}

func (v Visit) impactAnswer(i standing.Impact) *impactAnswer {
	a := &impactAnswer{Taken: i.Taken, People: i.People, Calm: i.Same}
	for _, u := range i.Uses {
		if len(u.Turns) == 0 {
			a.Calm++
			continue
		}
		a.Gained, a.Lost = a.Gained+u.Gained, a.Lost+u.Lost
		a.Uses = append(a.Uses, v.useLine(u))
	}
	a.None = len(a.Uses) == 0
	return a
}

func (v Visit) useLine(u standing.UseImpact) useLine {
	l := useLine{Purpose: v.Purpose(u.Purpose), Channel: ui.Say("channel." + u.Channel), Before: u.Before, After: u.After, Gained: u.Gained, Lost: u.Lost}
	if u.People > 0 {
		share := func(n int64) float64 { return 100 * float64(n) / float64(u.People) }
		l.StayWidth, l.ComeWidth, l.GoWidth = share(u.Before-u.Lost), share(u.Gained), share(u.Lost)
		l.GoX = l.StayWidth + l.ComeWidth
	}
	for _, t := range u.Turns {
		l.Turns = append(l.Turns, turnLine{badge(t.From), badge(t.To), t.Count})
	}
	for _, p := range u.Sample {
		l.Sample = append(l.Sample, person{p.Subject, ui.Say("reason." + string(p.From)), ui.Say("reason." + string(p.To))})
	}
	return l
}

func badge(r lawful.Reason) ui.Badge { return ui.Decided(r.Permits(), string(r)) }
