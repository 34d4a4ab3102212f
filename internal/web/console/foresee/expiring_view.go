// SPDX-License-Identifier: Apache-2.0

package foresee

import (
	"slices"
	"strings"
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
	Do     []ui.Text // what may be done
	Groups []endingGroup
}

// endingGroup is one purpose on one channel.
type endingGroup struct {
	ID      string // of its heading
	Purpose string
	Channel ui.Text
	Lost    int64
	Check   int64 // people whose number has to be checked again
	Lines   []endingLine
}

// endingLine is the people of one day: the last on which they can be reached,
// and on which a request by the channel itself has a basis.
type endingLine struct {
	Day    time.Time
	Count  int64
	Reason ui.Badge
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
		a.None = &ui.Empty{Title: ui.Say("foresee.none", e.Days), Text: ui.Say("foresee.none.text"), Action: &ui.Link{Href: "/purposes", Text: ui.Say("console.nav.purposes")}}
		return a
	}
	a.Chart, a.Do = v.chart(e), v.remedies(e)
	return a
}

func (g *endingGroup) add(line standing.Ending) {
	l := endingLine{Day: line.Until.Add(-time.Second), Count: line.Count, Reason: ui.Decided(false, string(line.Reason)), Sample: line.Sample}
	if line.Do.What == standing.RemedyCheck {
		g.Check += line.Count
		l.Reason = ui.Badge{Tone: ui.Due, Text: ui.Say("foresee.check")}
	} else {
		g.Lost += line.Count
	}
	g.Lines = append(g.Lines, l)
}

// remedies says what may be done, once for each way out, with the channels it is for.
func (v Visit) remedies(e standing.Expiring) []ui.Text {
	var out []ui.Text
	for _, what := range []string{standing.RemedyCheck, standing.RemedyAsk, standing.RemedyHere, standing.RemedyNone} {
		var channels []string
		for _, line := range e.Lines {
			name := v.Locale.T("channel." + line.Channel)
			if line.Do.What == what && !slices.Contains(channels, name) {
				channels = append(channels, name)
			}
		}
		if len(channels) > 0 {
			out = append(out, ui.Say("foresee.do."+what, strings.Join(channels, ", ")))
		}
	}
	return out
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
