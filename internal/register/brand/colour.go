// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"fmt"
	"math"
	"strconv"
)

// Colour is one of sRGB.
type Colour struct{ R, G, B uint8 }

// The backgrounds that text of the pages stands on, the lightest and the darkest
// of each theme.
var (
	Paper   = Colour{0xFB, 0xFA, 0xF7}
	Sheet   = Colour{0xFF, 0xFF, 0xFF}
	Wash    = Colour{0xF0, 0xEE, 0xE8}
	Night   = Colour{0x16, 0x16, 0x13}
	Dusk    = Colour{0x1F, 0x1F, 0x1B}
	DimWash = Colour{0x29, 0x28, 0x23}
)

// Least is the contrast that text needs (WCAG 2.2, 1.4.3).
const Least = 4.5

// Shades are a colour as it was chosen, and as text and buttons wear it in the
// light and in the dark.
type Shades struct{ Own, Light, Dark Colour }

// ParseColour reads #7A1F3D.
func ParseColour(s string) (Colour, bool) {
	if len(s) != 7 || s[0] != '#' {
		return Colour{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 24)
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, err == nil
}

// String writes #7A1F3D.
func (c Colour) String() string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// Contrast is the ratio of luminances of two colours, from 1 to 21 (WCAG 2.2).
func (c Colour) Contrast(other Colour) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func (c Colour) luminance() float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// Shades makes the colour as much darker, and as much lighter, as text in it
// needs to be read. A colour that can be read as it is stays as it is.
func (c Colour) Shades() Shades {
	return Shades{
		Own:   c,
		Light: c.towards(Colour{}, Paper, Sheet, Wash),
		Dark:  c.towards(Sheet, Night, Dusk, DimWash),
	}
}

// towards mixes a colour with another until it can be read on every ground.
func (c Colour) towards(other Colour, grounds ...Colour) Colour {
	const steps = 50
	for i := range steps {
		if mixed := c.mixed(other, float64(i)/steps); mixed.readable(grounds) {
			return mixed
		}
	}
	return other
}

func (c Colour) readable(grounds []Colour) bool {
	for _, g := range grounds {
		if c.Contrast(g) < Least {
			return false
		}
	}
	return true
}

func (c Colour) mixed(other Colour, share float64) Colour {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Colour{mix(c.R, other.R), mix(c.G, other.G), mix(c.B, other.B)}
}
