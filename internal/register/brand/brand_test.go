// SPDX-License-Identifier: Apache-2.0

package brand_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/register/brand"
)

func TestContrastIsThatOfTheGuidelines(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#FFFFFF", 21}, {"#777777", "#FFFFFF", 4.478}, {"#FF0000", "#FFFFFF", 3.998}, {"#0E5A43", "#0E5A43", 1}} {
		a, _ := brand.ParseColour(c.a)
		b, _ := brand.ParseColour(c.b)
		if got := a.Contrast(b); got < c.want-0.001 || got > c.want+0.001 || got != b.Contrast(a) {
			t.Errorf("%s on %s has contrast %.3f, want %.3f", c.a, c.b, got, c.want)
		}
	}
}

func TestTextInAnyColourCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := brand.Colour{R: rapid.Byte().Draw(t, "r"), G: rapid.Byte().Draw(t, "g"), B: rapid.Byte().Draw(t, "b")}
		s := c.Shades()
		for _, ground := range []brand.Colour{brand.Paper, brand.Sheet, brand.Wash} {
			if got := s.Light.Contrast(ground); got < brand.Least {
				t.Fatalf("%s becomes %s, %.2f on %s", c, s.Light, got, ground)
			}
		}
		for _, ground := range []brand.Colour{brand.Night, brand.Dusk, brand.DimWash} {
			if got := s.Dark.Contrast(ground); got < brand.Least {
				t.Fatalf("%s becomes %s, %.2f on %s", c, s.Dark, got, ground)
			}
		}
	})
	if deep, _ := brand.ParseColour("#7A1F3D"); deep.Shades().Light != deep {
		t.Error("a colour that can be read is changed")
	}
}

func TestColoursAreReadStrictly(t *testing.T) {
	for _, text := range []string{"", "#fff", "7A1F3D0", "#7A1F3", "#7A1F3DD", "#7A1F3G", "#+A1F3D", "red", "#7A1F3D;}"} {
		if c, ok := brand.ParseColour(text); ok {
			t.Errorf("%q is read as %s", text, c)
		}
	}
}

func picture(t *testing.T, width, height int, kind string) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	var out bytes.Buffer
	err := png.Encode(&out, img)
	if kind == "jpeg" {
		out.Reset()
		err = jpeg.Encode(&out, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLogosAreLookedOver(t *testing.T) {
	logo, err := brand.ReadLogo(brand.DataURL(picture(t, 300, 100, "png")))
	if err != nil || logo.Kind != "image/png" || logo.Width != 120 || logo.Height != 40 {
		t.Fatalf("got %+v, %v", logo, err)
	}
	if logo, err = brand.ReadLogo(brand.DataURL(picture(t, 1000, 100, "jpeg"))); err != nil || logo.Kind != "image/jpeg" || logo.Width != 200 || logo.Height != 20 {
		t.Fatalf("got %+v, %v", logo, err)
	}
	whole := picture(t, 300, 100, "png")
	encode := base64.StdEncoding.EncodeToString
	for name, c := range map[string]struct{ url, want string }{
		"a program":        {"data:image/svg+xml;base64," + encode([]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)), "PNG or JPEG"},
		"disguised":        {"data:image/png;base64," + encode([]byte(`<svg onload="alert(1)"/>`)), "PNG or JPEG"},
		"another kind":     {"data:image/jpeg;base64," + encode(whole), "PNG or JPEG"},
		"a GIF":            {brand.DataURL([]byte("GIF89a\x01\x00\x01\x00")), "PNG or JPEG"},
		"cut off":          {brand.DataURL(whole[:len(whole)-30]), "whole"},
		"vast":             {brand.DataURL(picture(t, 2001, 10, "png")), "2000 by 2000"},
		"heavy":            {"data:image/png;base64," + strings.Repeat("A", 40_000), "24 KiB"},
		"no base64":        {"data:image/png;base64,*", "base64"},
		"somewhere else":   {"https://example.com/logo.png", "lecito apply"},
		"nothing":          {"", "lecito apply"},
		"not a picture":    {brand.DataURL([]byte("hello")), "PNG or JPEG"},
		"a bomb's head":    {brand.DataURL(append(append([]byte{}, whole[:16]...), append([]byte{0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}, whole[24:]...)...)), "2000 by 2000"},
		"with more behind": {"data:image/png;charset=x;base64," + encode(whole), "PNG or JPEG"},
	} {
		if _, err := brand.ReadLogo(c.url); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want something about %q", name, err, c.want)
		}
	}
}

func TestALookIsServedAtItsOwnAddressOnly(t *testing.T) {
	look := brand.Make("bottega", "Bottega Esempio Srl", &brand.Declared{Name: "Bottega", Colour: "#7A1F3D", Logo: brand.DataURL(picture(t, 300, 100, "png"))})
	if look.Name != "Bottega" {
		t.Errorf("it is called %q", look.Name)
	}
	sheet, kind, ok := look.File(look.Style())
	if !ok || kind != "text/css; charset=utf-8" || !strings.Contains(string(sheet), "#7A1F3D") {
		t.Errorf("the style is %q, %s", sheet, kind)
	}
	if content, kind, ok := look.File(look.Picture()); !ok || kind != "image/png" || len(content) == 0 {
		t.Errorf("the logo is of kind %s", kind)
	}
	bare := brand.Make("bottega", "Bottega Esempio Srl", nil)
	for _, address := range []string{"", "/b/bottega/x.css", look.Style() + "x"} {
		if _, _, ok := look.File(address); ok {
			t.Errorf("something is served at %q", address)
		}
	}
	if _, _, ok := bare.File(""); ok || bare.Style() != "" || bare.Picture() != "" || bare.Name != "Bottega Esempio Srl" {
		t.Error("who declares no look has one")
	}
	var none *brand.Look
	if none.Style() != "" || none.Picture() != "" {
		t.Error("a page of ours has somebody's look")
	}
}
