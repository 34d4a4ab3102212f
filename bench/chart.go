// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"strings"
)

// Chart draws how a cost grows with the number of subjects, on two logarithmic
// scales: a straight line up is a power, a level one is no growth.
type Chart struct {
	Name   string // of the file
	Title  string
	Unit   string // of the cost
	Points []Point
}

// Point is a cost at a size.
type Point struct{ Size, Cost float64 }

// File is the chart's file name.
func (c Chart) File() string { return c.Name + ".svg" }

// The drawing, in its own units.
const (
	chartWidth, chartHeight         = 640, 360
	left, right, top, bottom        = 80, 620, 50, 300
	ink                             = "#777" // reads on white and on black
	strong                          = "#2f81d6"
	tickLength, labelGap, dotRadius = 5, 8, 4
)

// scale is one logarithmic axis: whole decades.
type scale struct {
	low, high float64 // exponents of ten
	from, to  float64 // where they are drawn
}

func decades(values []float64, from, to float64) scale {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, math.Log10(v)), max(high, math.Log10(v))
	}
	s := scale{math.Floor(low), math.Ceil(high), from, to}
	if s.low == s.high {
		s.high++
	}
	return s
}

func (s scale) at(v float64) float64 {
	return s.from + (math.Log10(v)-s.low)/(s.high-s.low)*(s.to-s.from)
}

// SVG draws the chart. It has no background, and two colours that can be read
// on a light page and on a dark one.
func (c Chart) SVG() []byte {
	var sizes, costs []float64
	for _, p := range c.Points {
		sizes, costs = append(sizes, p.Size), append(costs, p.Cost)
	}
	x, y := decades(sizes, left, right), decades(costs, bottom, top)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label=%q font-family="sans-serif" font-size="13" fill="%s" stroke-linejoin="round">`+"\n",
		chartWidth, chartHeight, c.describe(), ink)
	fmt.Fprintf(&b, "<title>%s</title>\n<text x=\"%d\" y=\"24\" font-size=\"16\">%s</text>\n", c.Title, left, c.Title)
	for d := y.low; d <= y.high; d++ {
		v := math.Pow(10, d)
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="%s" stroke-opacity="0.3"/><text x="%d" y="%.1f" text-anchor="end">%s %s</text>`+"\n",
			left, y.at(v), right, ink, left-labelGap, y.at(v)+4, short(v), c.Unit)
	}
	for d := x.low; d <= x.high; d++ {
		v := math.Pow(10, d)
		fmt.Fprintf(&b, `<path d="M%.1f %dv%d" stroke="%s"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x.at(v), bottom, tickLength, ink, x.at(v), bottom+22, short(v))
	}
	fmt.Fprintf(&b, `<path d="M%d %dH%d" stroke="%s"/><text x="%d" y="%d" text-anchor="middle">subjects</text>`+"\n", left, bottom, right, ink, (left+right)/2, bottom+44)
	var path []string
	for _, p := range c.Points {
		path = append(path, fmt.Sprintf("%.1f %.1f", x.at(p.Size), y.at(p.Cost)))
	}
	fmt.Fprintf(&b, `<path d="M%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(path, "L"), strong)
	for _, p := range c.Points {
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="%d" fill="%s"/><text x="%.1f" y="%.1f" text-anchor="middle" fill="%s">%s</text>`+"\n",
			x.at(p.Size), y.at(p.Cost), dotRadius, strong, x.at(p.Size), y.at(p.Cost)-10, strong, figure(p.Cost))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// describe says the chart in words.
func (c Chart) describe() string {
	var parts []string
	for _, p := range c.Points {
		parts = append(parts, fmt.Sprintf("%s %s at %s subjects", figure(p.Cost), c.Unit, short(p.Size)))
	}
	return c.Title + ": " + strings.Join(parts, ", ")
}

// table is the chart in figures, with the power by which the cost grew from one
// size to the next: 0 is not at all, 1 in proportion.
func (c Chart) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| subjects | %s | grows with the power |\n|---|---|---|\n", c.Unit)
	for i, p := range c.Points {
		power := ""
		if i > 0 {
			before := c.Points[i-1]
			power = fmt.Sprintf("%.2f", math.Log(p.Cost/before.Cost)/math.Log(p.Size/before.Size))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", figure(p.Size), figure(p.Cost), power)
	}
	return strings.TrimRight(b.String(), "\n")
}

// short writes a power of ten: 30 k, 3 M.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%g M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%g k", v/1e3)
	}
	return fmt.Sprintf("%g", v)
}
