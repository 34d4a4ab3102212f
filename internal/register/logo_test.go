// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
)

func TestALogoIsTakenIntoTheFile(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewPaletted(image.Rect(0, 0, 90, 30), color.Palette{color.White, color.Black})); err != nil {
		t.Fatal(err)
	}
	read := func(name string) ([]byte, error) {
		if name != "looks/logo.png" {
			return nil, errors.New("no such file")
		}
		return picture.Bytes(), nil
	}
	const head = "organisation: {id: a, name: È, country: IT, language: it, time_zone: Europe/Rome, brand: {logo: "
	for _, written := range []string{"looks/logo.png", `"looks/logo.png"`, "'looks/logo.png'"} {
		file, err := register.WithLogo([]byte(head+written+", colour: \"#7A1F3D\"}}\nsystems: []\n"), "file.yaml", read)
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, file)
		if b := doc.Organisation.Brand; b == nil || !strings.HasPrefix(b.Logo, "data:image/png;base64,") || b.Colour != "#7A1F3D" {
			t.Errorf("%s became %+v", written, b)
		}
		again, err := register.WithLogo(file, "file.yaml", read)
		if err != nil || !bytes.Equal(again, file) {
			t.Errorf("what is taken in already is not left as it is: %v", err)
		}
	}
	for name, want := range map[string]string{"missing.png": "no such file", "../logo.png": "beside this one", "/etc/passwd": "beside this one"} {
		_, err := register.WithLogo([]byte(head+name+"}}\n"), "file.yaml", read)
		if p := problem.As(err); p == nil || len(p.Places) != 1 || p.Places[0].Line != 1 || !strings.Contains(p.Places[0].Detail, want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	huge := func(string) ([]byte, error) { return make([]byte, 25<<10), nil }
	if _, err := register.WithLogo([]byte(head+"looks/logo.png}}\n"), "file.yaml", huge); err == nil {
		t.Error("a heavy picture is taken")
	}
	for _, other := range []string{"", "organisation: []\n", "organisation: {brand: {logo: [a]}}\n", ": :", "a: &b {}\n"} {
		if file, err := register.WithLogo([]byte(other), "file.yaml", read); err != nil || string(file) != other {
			t.Errorf("%q became %q, %v", other, file, err)
		}
	}
}
