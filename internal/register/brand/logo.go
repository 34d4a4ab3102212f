// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
)

// Logo is a picture that was looked at.
type Logo struct {
	Kind          string // image/png or image/jpeg
	Data          []byte
	Width, Height int // as it is shown
}

// Bounds of a logo: a page for a phone stays light, and nothing that unpacks to
// more than a screen is unpacked.
const (
	MaxLogo = 24 << 10
	maxSide = 2000
	shown   = 40  // pixels high on the page,
	widest  = 200 // and at most so wide
)

// DataURL writes a picture as a declaration holds it.
func DataURL(data []byte) string {
	return "data:" + http.DetectContentType(data) + ";base64," + base64.StdEncoding.EncodeToString(data)
}

// ReadLogo reads a data: URL and looks the picture over. What is wrong is said in
// words that can follow "must be".
func ReadLogo(url string) (*Logo, error) {
	kind, encoded, found := strings.Cut(strings.TrimPrefix(url, "data:"), ";base64,")
	if !strings.HasPrefix(url, "data:") || !found {
		return nil, errors.New("a picture, as data:image/png;base64,… (lecito apply takes the name of a PNG or JPEG file beside the file it reads)")
	}
	if len(encoded) > base64.StdEncoding.EncodedLen(MaxLogo) {
		return nil, fmt.Errorf("a picture of at most %d KiB: make it smaller, it is shown %d pixels high", MaxLogo>>10, shown)
	}
	data, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, errors.New("a picture in base64")
	}
	decode := map[string]func(*bytes.Reader) (image.Image, error){
		"image/png":  func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) },
		"image/jpeg": func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) },
	}[http.DetectContentType(data)]
	if decode == nil || kind != http.DetectContentType(data) {
		return nil, errors.New("a PNG or JPEG picture: other kinds can hold programs, or are not shown everywhere")
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxSide || size.Height > maxSide {
		return nil, fmt.Errorf("a picture of at most %d by %d pixels", maxSide, maxSide)
	}
	if _, err := decode(bytes.NewReader(data)); err != nil {
		return nil, errors.New("a picture that is whole: this one can't be read to its end")
	}
	l := &Logo{Kind: kind, Data: data, Height: shown}
	l.Width = max(1, size.Width*shown/size.Height)
	if l.Width > widest {
		l.Width, l.Height = widest, max(1, size.Height*widest/size.Width)
	}
	return l, nil
}

func (l *Logo) extension() string {
	if l.Kind == "image/jpeg" {
		return "jpg"
	}
	return "png"
}
