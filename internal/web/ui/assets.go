// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files pages load. Each is served under a name that holds its
// hash, so that a browser may keep it for ever.
type assets struct {
	names map[string]string // ui.css: /assets/ui.1a2b3c4d.css
	files map[string][]byte // by address
	small map[string][]byte // the same, compressed; pictures that are so already are left out
}

func loadAssets() (*assets, error) {
	a := &assets{names: map[string]string{}, files: map[string][]byte{}, small: map[string][]byte{}}
	err := fs.WalkDir(assetFiles, "assets", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(assetFiles, file)
		if err == nil {
			a.add(path.Base(file), b)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	return a, nil
}

// add keeps a file and returns its address.
func (a *assets) add(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	address := "/assets/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.names[name] = address
	a.files[address] = content
	if small := pack(content); len(small) < len(content) {
		a.small[address] = small
	}
	return address
}

// address returns where an asset is served; a name nobody added is an error of
// the template that asks for it.
func (a *assets) address(name string) (string, error) {
	address, ok := a.names[name]
	if !ok {
		return "", fmt.Errorf("no asset %s", name)
	}
	return address, nil
}

// icon returns the address of one picture of icons.svg.
func (a *assets) icon(name string) (string, error) {
	address, err := a.address("icons.svg")
	return address + "#" + name, err
}

// ServeHTTP serves an asset, for ever.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	if small := a.small[r.URL.Path]; small != nil {
		w.Header().Add("Vary", "Accept-Encoding")
		if takesGzip(r) && r.Header.Get("Range") == "" {
			w.Header().Set("Content-Encoding", "gzip")
			content = small
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// SetHeaders sets what keeps a page to itself: nothing inline, nothing from
// elsewhere, not inside another site's frame, no address of ours (it may hold a
// signed link) told to other sites, no copy kept on the way. The server's door
// says the rest, to every answer.
func SetHeaders(w http.ResponseWriter) {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("Cache-Control", "private, no-store")
}
