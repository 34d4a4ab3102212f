// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/register/brand"
)

// Look serves the colour and the logo of an organisation, for ever: their
// addresses hold a digest of them. A nil look has neither.
func Look(w http.ResponseWriter, r *http.Request, look *brand.Look) {
	var content []byte
	var kind string
	ok := false
	if look != nil {
		content, kind, ok = look.File(r.URL.Path)
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// packed gives content as it goes out: compressed for who takes it so, where
// that is worth it.
func packed(w http.ResponseWriter, r *http.Request, content []byte) []byte {
	w.Header().Add("Vary", "Accept-Encoding")
	if !takesGzip(r) {
		return content
	}
	small := pack(content)
	if len(small) >= len(content) {
		return content
	}
	w.Header().Set("Content-Encoding", "gzip")
	return small
}

func pack(content []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(content) // memory takes everything
	_ = z.Close()
	return out.Bytes()
}

// takesGzip reads Accept-Encoding as far as browsers write it.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
