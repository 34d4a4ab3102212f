// SPDX-License-Identifier: Apache-2.0

// Package ui is what every page of Lecito is made of: the frame with its
// landmarks and language switch, the shared parts (badge, seal, timeline, bar,
// field, plan, pager), the tokens of colour and size, and the catalogue of
// texts. Pages are rendered on the server, are whole without scripts, and ask
// nothing of any other server: SetHeaders forbids inline scripts and
// styles, so a page uses classes of ui.css or brings a style sheet of its own.
//
// # To add a page
//
// Make a folder pages/<page>/ with a template that defines "content", and a
// style sheet if the shared one is not enough; register both once at start:
//
//	//go:embed pages
//	var pages embed.FS
//	err := u.Add("console.why", pages, "pages/why/*.tmpl", "pages/why/*.css")
//
// and answer with it:
//
//	u.Render(w, r, http.StatusOK, "console.why", ui.Page{
//		Title: ui.Say("why.title", pseudonym), Site: org.Name, Home: "/",
//		Language: org.Language, Zone: org.Zone, Body: why,
//	})
//
// The template sees Body as its dot; the frame draws the title as <h1>. Texts
// are written {{t "why.since" .Since}} and live in texts/<part>.<language>.json,
// one file a part and language, keys beginning with "<part>."; {0} stands for
// the first argument, and a text whose first argument counts something has the
// forms {"one": …, "other": …}. In Go a text is ui.Say(key, args…), put into
// the reader's language when the page is drawn; ui.Verbatim is for words of the
// organisation's own. Numbers and times among the arguments are written as the
// language has it, times in the page's zone. Also for templates: say (a Text),
// number, percent, date, day, datetime, clock, left (now, due), iso, lang,
// asset, icon; and {{template "badge" .}} for each type of parts.go, named in
// its comment.
//
// Forms carry no token: the server is behind net/http.CrossOriginProtection.
// A list is paged by key (Pager), filters are in the address. A page that shows
// long work uses Progress: ui.js follows its EventSource, and without scripts
// there is a link that looks again.
//
// Render panics when a template fails: that is our fault, not the reader's, and
// the server's recovery answers with a reference number.
//
// Package uitest opens pages in a real browser; every page has a test there.
package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed parts/*.tmpl
var parts embed.FS

// UI draws pages. Make one with New, Add every page, then Render.
type UI struct {
	texts  *Texts
	assets *assets
	pages  map[string]*page

	mu    sync.Mutex
	bound map[binding]*template.Template // one copy a page, language and zone, made when first asked for
}

type page struct {
	pristine *template.Template // never executed, so that it can be copied
	styles   []string           // addresses
}

type binding struct{ page, language, zone string }

// Page is what a handler hands to Render.
type Page struct {
	Title    Text           // the heading, and the first part of the window's title
	Lead     Text           // a sentence under the heading
	Site     string         // whose page this is: the organisation or its brand
	Home     string         // where the site's name leads; no link when empty
	Nav      []Link         // the main navigation; none when empty
	Footer   []Link         // beside the language switch
	User     string         // who is signed in; shown beside SignOut
	SignOut  string         // where a form posts to sign out
	Flash    []Flash        // what has just happened
	Language string         // of the organisation: used when the reader asked for none of ours
	Zone     *time.Location // of the organisation; UTC when nil
	Wide     bool           // for tables: the text column is not narrowed
	Body     any            // the dot of the page's "content"
}

// New returns a UI with the shared parts, the catalogue and the page "problem".
func New() (*UI, error) {
	texts, err := loadTexts(textFiles)
	if err != nil {
		return nil, err
	}
	shared, err := loadAssets()
	if err != nil {
		return nil, err
	}
	u := &UI{texts: texts, assets: shared, pages: map[string]*page{}, bound: map[binding]*template.Template{}}
	if err := u.Add("problem", parts, "parts/problem.tmpl"); err != nil {
		return nil, err
	}
	return u, nil
}

// Add registers a page: templates (*.tmpl) of which one defines "content", style
// sheets (*.css) that only this page loads, and other files of its own, which it
// names by asset, with "-" for each "/" of their path. Call it at start, before
// anything is rendered.
func (u *UI) Add(name string, fsys fs.FS, patterns ...string) error {
	t, err := template.New(name).Option("missingkey=error").Funcs(u.funcs(u.Locale(Languages[0], nil))).
		ParseFS(parts, "parts/frame.tmpl", "parts/parts.tmpl")
	if err != nil {
		return fmt.Errorf("parse shared parts: %w", err)
	}
	p := &page{pristine: t}
	for _, pattern := range patterns {
		files, err := fs.Glob(fsys, pattern)
		if err != nil || len(files) == 0 {
			return fmt.Errorf("add page %s: nothing matches %s", name, pattern)
		}
		for _, file := range files {
			if err := u.addFile(p, fsys, file); err != nil {
				return fmt.Errorf("add page %s: %w", name, err)
			}
		}
	}
	if p.pristine.Lookup("content") == nil {
		return fmt.Errorf("add page %s: no template defines content", name)
	}
	u.pages[name] = p
	return nil
}

func (u *UI) addFile(p *page, fsys fs.FS, file string) error {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return err
	}
	if strings.HasSuffix(file, ".tmpl") {
		_, err = p.pristine.Parse(string(text))
		return err
	}
	address := u.assets.add(strings.ReplaceAll(file, "/", "-"), text)
	if strings.HasSuffix(file, ".css") {
		p.styles = append(p.styles, address)
	}
	return nil
}

// frame is the dot of the outermost template.
type frame struct {
	Page
	Styles    []string
	Languages []Link
}

// Render answers with a page, in the language the reader chose. It panics when
// there is no such page or its template fails.
func (u *UI) Render(w http.ResponseWriter, r *http.Request, status int, name string, data Page) {
	p := u.pages[name]
	if p == nil {
		panic("ui: no page " + name)
	}
	language := Language(r, data.Language)
	remember(w, r)
	locale := u.Locale(language, data.Zone)
	f := frame{Page: data, Styles: p.styles, Languages: languageLinks(r.URL, language)}
	var out bytes.Buffer
	if err := u.bind(name, p, locale).ExecuteTemplate(&out, "frame", f); err != nil {
		panic(fmt.Errorf("render page %s: %w", name, err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", language)
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	h.Add("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}

// bind returns the page's template with the functions of one locale.
func (u *UI) bind(name string, p *page, l *Locale) *template.Template {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := binding{name, l.language, l.zone.String()}
	if t := u.bound[key]; t != nil {
		return t
	}
	t := template.Must(p.pristine.Clone()).Funcs(u.funcs(l))
	u.bound[key] = t
	return t
}

func (u *UI) funcs(l *Locale) template.FuncMap {
	f := template.FuncMap{"asset": u.assets.address, "icon": u.assets.icon}
	maps.Copy(f, l.funcs())
	return f
}

// Locale returns how one reader is written to. The zone is UTC when nil.
func (u *UI) Locale(language string, zone *time.Location) *Locale {
	if zone == nil {
		zone = time.UTC
	}
	if !slices.Contains(Languages, language) {
		language = Languages[0]
	}
	return &Locale{language: language, zone: zone, texts: u.texts}
}

// Assets serves what pages load, under /assets/.
func (u *UI) Assets() http.Handler { return u.assets }

func languageLinks(here *url.URL, current string) []Link {
	var links []Link
	for _, l := range Languages {
		q := here.Query()
		q.Set("lang", l)
		links = append(links, Link{Href: here.EscapedPath() + "?" + q.Encode(), Text: Say("ui.language." + l), Language: l, Current: l == current})
	}
	return links
}
