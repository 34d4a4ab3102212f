// SPDX-License-Identifier: Apache-2.0

package console

import (
	"time"

	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// chart is the choices of the last twelve months: yes above the line, no below,
// with the table of the same behind it.
type chart struct {
	Sentence ui.Text
	Columns  []column
	Kinds    []ui.Text // headings of the table
	Baseline float64
}

// column is a month.
type column struct {
	X      float64
	Label  string // the month's first letters
	Begins time.Time
	Name   string
	Boxes  []box
	Counts []int64 // as the headings say
}

// box is one kind of choice in a month.
type box struct {
	Tone  ui.Tone
	Shade int
	Y, H  float64
}

// Size of the picture.
const (
	chartStep = 50.0
	chartHigh = 150.0
)

// kindsOf are the kinds of choice, those above the line first.
func kindsOf() (up, down []string) {
	return []string{lawful.Given, lawful.Confirmed}, []string{lawful.Withdrawn, lawful.Objected, lawful.Refused}
}

func (v *visit) chart(t *standing.Tally) chart {
	up, down := kindsOf()
	ch := chart{}
	for _, k := range append(append([]string{}, up...), down...) {
		ch.Kinds = append(ch.Kinds, ui.Say("choice."+k))
	}
	var above, below, yes, no int64
	for _, m := range t.Months {
		above, below = max(above, sum(m, up)), max(below, sum(m, down))
		yes, no = yes+m.Choices[lawful.Given], no+sum(m, down)
	}
	scale := 0.0
	if above+below > 0 {
		scale = chartHigh / float64(above+below)
	}
	ch.Baseline = float64(above) * scale
	for i, m := range t.Months {
		ch.Columns = append(ch.Columns, v.column(float64(i)*chartStep, m, ch.Baseline, scale))
	}
	ch.Sentence = ui.Say("console.chart.sentence", yes, v.locale.Number(no))
	return ch
}

func sum(m standing.Month, kinds []string) int64 {
	var n int64
	for _, k := range kinds {
		n += m.Choices[k]
	}
	return n
}

func (v *visit) column(x float64, m standing.Month, baseline, scale float64) column {
	c := column{X: x, Begins: m.Begins}
	c.Name, c.Label = v.locale.Month(m.Begins)
	up, down := kindsOf()
	y := baseline
	for i, k := range up {
		h := float64(m.Choices[k]) * scale
		y -= h
		c.Boxes = append(c.Boxes, box{Tone: ui.Yes, Shade: 2 * i, Y: y, H: h})
		c.Counts = append(c.Counts, m.Choices[k])
	}
	y = baseline + 1
	for i, k := range down {
		h := float64(m.Choices[k]) * scale
		c.Boxes = append(c.Boxes, box{Tone: ui.No, Shade: i, Y: y, H: h})
		c.Counts = append(c.Counts, m.Choices[k])
		y += h
	}
	return c
}
