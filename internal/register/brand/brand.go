// SPDX-License-Identifier: Apache-2.0

// Package brand is the look that an organisation gives to the pages its
// customers see: its name, a colour, a logo and an address of its own.
//
// What it promises: whatever colour is declared, text in it is readable (WCAG
// 2.2, contrast 4.5) on every background of the pages, light and dark; a logo is
// a picture of a kind that runs nothing, small in bytes and on the screen.
//
// Where it is weak: it knows the backgrounds of the pages by their values, which
// a test of the pages holds to the style sheet.
package brand

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Declared is what a file says of it.
type Declared struct {
	Name   string `json:"name,omitempty"`   // as customers know it, where that is not the organisation's
	Colour string `json:"colour,omitempty"` // as #7A1F3D
	Logo   string `json:"logo,omitempty"`   // a data: URL
	Domain string `json:"domain,omitempty"` // of the links that people are sent, as choices.example.com
}

// Look is what a declaration comes to, ready for pages. The zero value is the
// product's own look.
type Look struct {
	Org    string
	Name   string
	Domain string
	Colour *Shades
	Logo   *Logo
}

// Make reads a declaration that was checked. name is the organisation's.
func Make(org, name string, d *Declared) *Look {
	l := &Look{Org: org, Name: name}
	if d == nil {
		return l
	}
	if d.Name != "" {
		l.Name = d.Name
	}
	l.Domain = d.Domain
	if c, ok := ParseColour(d.Colour); ok {
		shades := c.Shades()
		l.Colour = &shades
	}
	if logo, err := ReadLogo(d.Logo); err == nil && d.Logo != "" {
		l.Logo = logo
	}
	return l
}

// Style is the address of the style sheet that sets the colour, or empty.
func (l *Look) Style() string {
	if l == nil || l.Colour == nil {
		return ""
	}
	return l.address([]byte(l.Sheet()), "css")
}

// Sheet is that style sheet: it sets the tokens that the pages take their colour from.
func (l *Look) Sheet() string {
	c := l.Colour
	return fmt.Sprintf(":root{--band:%s;--accent:light-dark(%s,%s);--on-accent:light-dark(%s,%s)}\n",
		c.Own, c.Light, c.Dark, Paper, Night)
}

// Picture is the address of the logo, or empty.
func (l *Look) Picture() string {
	if l == nil || l.Logo == nil {
		return ""
	}
	return l.address(l.Logo.Data, l.Logo.extension())
}

// address holds a digest of what is served there, so that it can be kept for ever.
func (l *Look) address(content []byte, extension string) string {
	sum := sha256.Sum256(content)
	return "/b/" + l.Org + "/" + hex.EncodeToString(sum[:6]) + "." + extension
}

// File gives what is served at an address of the look.
func (l *Look) File(address string) (content []byte, kind string, ok bool) {
	switch {
	case address == "":
		return nil, "", false
	case address == l.Style():
		return []byte(l.Sheet()), "text/css; charset=utf-8", true
	case address == l.Picture():
		return l.Logo.Data, l.Logo.Kind, true
	}
	return nil, "", false
}
