// SPDX-License-Identifier: Apache-2.0

// Package chart draws the choices of the last months on the page Today, with
// the table of the same behind the picture.
package chart

import (
	"time"

	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Chart is the choices of the last twelve months: yes above the line, no below,
// with the table of the same behind it.
type Chart struct {
	Sentence ui.Text
	Columns  []Column
	Kinds    []ui.Text // headings of the table
	Baseline float64
}

// Column is a month.
type Column struct {
	X      float64
	Label  string // the month's first letters
	Begins time.Time
	Name   string
	Boxes  []Box
	Counts []int64 // as the headings say
}

// Box is one kind of choice in a month.
type Box struct {
	Tone  ui.Tone
	Shade int
	Y, H  float64
}

// Size of the picture.
const (
	step = 50.0
	high = 150.0
)

// kindsOf are the kinds of choice, those above the line first.
func kindsOf() (up, down []string) {
	return []string{lawful.Given, lawful.Confirmed}, []string{lawful.Withdrawn, lawful.Objected, lawful.Refused}
}

// Of draws a count, for a reader.
func Of(t *standing.Tally, reader *ui.Locale) Chart {
	up, down := kindsOf()
	ch := Chart{}
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
		scale = high / float64(above+below)
	}
	ch.Baseline = float64(above) * scale
	for i, m := range t.Months {
		ch.Columns = append(ch.Columns, columnOf(reader, m, place{float64(i) * step, ch.Baseline, scale}))
	}
	ch.Sentence = ui.Say("console.chart.sentence", yes, reader.Number(no))
	return ch
}

func sum(m standing.Month, kinds []string) int64 {
	var n int64
	for _, k := range kinds {
		n += m.Choices[k]
	}
	return n
}

// place is where a column stands.
type place struct{ x, baseline, scale float64 }

func columnOf(reader *ui.Locale, m standing.Month, at place) Column {
	c := Column{X: at.x, Begins: m.Begins}
	c.Name, c.Label = reader.Month(m.Begins)
	up, down := kindsOf()
	y := at.baseline
	for i, k := range up {
		h := float64(m.Choices[k]) * at.scale
		y -= h
		c.Boxes = append(c.Boxes, Box{Tone: ui.Yes, Shade: 2 * i, Y: y, H: h})
		c.Counts = append(c.Counts, m.Choices[k])
	}
	y = at.baseline + 1
	for i, k := range down {
		h := float64(m.Choices[k]) * at.scale
		c.Boxes = append(c.Boxes, Box{Tone: ui.No, Shade: i, Y: y, H: h})
		c.Counts = append(c.Counts, m.Choices[k])
		y += h
	}
	return c
}
