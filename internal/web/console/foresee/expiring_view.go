// SPDX-License-Identifier: Apache-2.0

package foresee

import (
	"time"

	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
)

// expiringAnswer is who stops being reachable, by purpose and channel and day.
type expiringAnswer struct {
	Taken  time.Time
	People int64
	Days   int
	Lost   int64 // people, once for each purpose and channel
	None   *ui.Empty
	Chart  chart
	Groups []endingGroup
}

// endingGroup is one purpose on one channel.
type endingGroup struct {
	ID      string // of its heading
	Purpose string
	Channel ui.Text
	Lost    int64
	Check   int64     // people whose number has to be checked again
	Do      []ui.Text // what may be done
	Lines   []endingLine
}

// endingLine is the people of one day.
type endingLine struct {
	Day    ui.Day // the last on which they can be reached
	Count  int64
	Reason ui.Badge
	Until  ui.Text // how long a request on the channel has a basis
	Sample []string
}

// chart is the people lost, drawn over the days.
type chart struct {
	Columns     []column
	First, Last ui.Day
	Most        int64
}

// column is one stretch of days, in a picture 600 wide and 100 high.
type column struct{ X, Y, W, H float64 }

const (
	chartWidth  = 600.0
	chartHeight = 100.0
	mostColumns = 61
)

func (v Visit) expiringAnswer(e standing.Expiring) *expiringAnswer {
	a := &expiringAnswer{Taken: e.Taken, People: e.People, Days: e.Days}
	for _, line := range e.Lines {
		last := len(a.Groups) - 1
		id := "e-" + line.Purpose + "-" + line.Channel
		if last < 0 || a.Groups[last].ID != id {
			a.Groups = append(a.Groups, endingGroup{ID: id, Purpose: v.Purpose(line.Purpose), Channel: ui.Say("channel." + line.Channel)})
			last++
		}
		g := &a.Groups[last]
		g.add(line)
		if line.Do.What != standing.RemedyCheck {
			a.Lost += line.Count
		}
	}
	if len(e.Lines) == 0 {
		a.None = &ui.Empty{Title: ui.Say("foresee.none", e.Days), Text: ui.Say("foresee.none.text")}
		return a
	}
	a.Chart = v.chart(e)
	return a
}

func (g *endingGroup) add(line standing.Ending) {
	l := endingLine{Day: ui.Day{Time: line.Until.Add(-time.Second)}, Count: line.Count, Reason: ui.Decided(false, string(line.Reason)), Sample: line.Sample}
	if line.Do.What == standing.RemedyCheck {
		g.Check += line.Count
		l.Reason = ui.Badge{Tone: ui.Due, Text: ui.Say("foresee.check")}
	} else {
		g.Lost += line.Count
	}
	if line.Do.What == standing.RemedyAsk {
		l.Until = ui.Say("foresee.until", l.Day)
	}
	g.Lines = append(g.Lines, l)
	g.remedy(line)
}

// remedy adds what may be done, once for each way out.
func (g *endingGroup) remedy(line standing.Ending) {
	said := ui.Say("foresee.do."+line.Do.What, g.Channel)
	for _, have := range g.Do {
		if have.Key == said.Key {
			return
		}
	}
	g.Do = append(g.Do, said)
}

// chart adds up the lines over the days; long times in stretches of some days.
func (v Visit) chart(e standing.Expiring) chart {
	each := (e.Days+1)/mostColumns + 1
	sums := make([]int64, e.Days/each+1)
	for _, line := range e.Lines {
		if line.Do.What == standing.RemedyCheck {
			continue
		}
		day := int(line.Until.Add(-time.Second).Sub(e.Taken).Hours() / 24)
		sums[min(day/each, len(sums)-1)] += line.Count
	}
	c := chart{First: ui.Day{Time: e.Taken}, Last: ui.Day{Time: e.Ends.Add(-time.Second)}}
	for _, n := range sums {
		c.Most = max(c.Most, n)
	}
	step := chartWidth / float64(len(sums))
	for i, n := range sums {
		if n == 0 {
			continue
		}
		h := max(chartHeight*float64(n)/float64(c.Most), 3)
		c.Columns = append(c.Columns, column{X: float64(i) * step, Y: chartHeight - h, W: max(step-2, 1), H: h})
	}
	return c
}
