// SPDX-License-Identifier: Apache-2.0

// Package site is the sample shop's own site, as a server of the shop's would
// serve it beside Lecito: a page with the script, two forms, and a counter, a
// frame and a picture that wait for a yes. What stands in for others' servers is
// served from here: nothing is fetched from anywhere else.
//
// Where it is weak: it sells nothing, and keeps nothing of what is typed into it.
package site

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed pages
var pages embed.FS

// Page is what the pages are filled in with.
type Page struct {
	Lecito string // origin of the server that the script comes from
	Org    string
	Key    string // public; can only record
}

// New returns the site. Where Lecito answers is asked for with each page.
func New(lecito func() string, org, key string) (http.Handler, error) {
	all, err := template.ParseFS(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("prepare the shop's site: %w", err)
	}
	mux := http.NewServeMux()
	for pattern, name := range map[string]string{
		"GET /{$}": "it.html", "GET /en": "en.html", "POST /grazie": "grazie.html", "POST /thanks": "thanks.html",
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			p := Page{lecito(), org, key}
			h := w.Header()
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Cache-Control", "no-store") // the key is of this start
			h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+p.Lecito+"; connect-src "+p.Lecito+
				"; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'")
			_ = all.ExecuteTemplate(w, name, p) // the reader has gone
		})
	}
	files := http.FileServerFS(pages)
	for address, name := range map[string]string{
		"/shop.css": "shop.css", "/count.js": "count.js", "/video": "video.svg", "/pixel.svg": "pixel.svg", "/icon.svg": "icon.svg",
	} {
		mux.HandleFunc("GET "+address, func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/pages/" + name
			files.ServeHTTP(w, r)
		})
	}
	return mux, nil
}
