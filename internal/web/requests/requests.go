// SPDX-License-Identifier: Apache-2.0

// Package requests is where people ask about their data, or say that something
// is wrong, and follow what comes of it: one form (/r/ORGANISATION), and for each
// request a page of its own under a signed link. It also writes the messages that
// lead there.
//
// What it promises: nothing changes on GET; a stranger sees the same page in the
// same time whoever they name; what is asked of the person is an address to
// answer to, and never an identity document; a link that was sent to the address
// shows more than the one that was given to whoever filled the form in, as soon as
// the person has said that the request is theirs; no address of a page says
// anything about anybody; an authority is named on every page.
//
// Where it is weak: who reads a mailbox can act for its holder; how many requests
// come from one network is counted by each process for itself.
package requests

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
)

//go:embed pages
var pages embed.FS

// Mailer hands messages over.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Config is what the pages are made with.
type Config struct {
	DB       *db.DB
	Subjects *subject.Subjects
	Register *register.Service
	Requests *request.Service
	Links    *link.Links
	Mail     Mailer
	From     string // mailbox that messages are sent from
	UI       *ui.UI
	Log      *slog.Logger // nil: nothing is logged
}

// Pages serves /r/.
type Pages struct {
	Config

	mux      *http.ServeMux
	networks *web.Rate
}

// What one network can open: a wave from behind one address, and no flood.
const (
	perSecond = 0.1
	burst     = 20
)

// New returns the handler and adds its pages to the UI.
func New(c Config) (*Pages, error) {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	for _, page := range []string{"form", "follow"} {
		if err := c.UI.Add("requests."+page, pages, "pages/shared.tmpl", "pages/"+page+"/*.tmpl", "pages/requests.css"); err != nil {
			return nil, err
		}
	}
	p := &Pages{Config: c, mux: http.NewServeMux(), networks: web.NewRate(perSecond, burst)}
	for pattern, do := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /r/{org}":              p.ask,
		"POST /r/{org}":             p.take,
		"GET /r/{org}/for/{token}":  p.ask,
		"POST /r/{org}/for/{token}": p.take,
		"GET /r/{org}/{token}":      p.follow,
		"POST /r/{org}/{token}":     p.act,
	} {
		p.mux.HandleFunc(pattern, p.answer(do))
	}
	p.mux.HandleFunc("/", p.answer(func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.NotFound, "no_such_address", "There is nothing at this address.")
	}))
	return p, nil
}

// Run takes up what was sent and writes to people, until the context ends.
func (p *Pages) Run(ctx context.Context) {
	p.Requests.Run(ctx, p, func(org string, err error) {
		p.Log.Error("requests wait to be taken up, or letters to be handed over", "org", org, "error", err)
	})
}

// maxBody is more than any form of these pages holds.
const maxBody = 32 << 10

// ServeHTTP implements http.Handler.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ui.SetHeaders(w)
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is the key to the page
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	p.mux.ServeHTTP(w, r)
}

// answer turns what goes wrong into a page for people. What nobody can act on is
// logged here, without the address, under the reference that the page shows.
func (p *Pages) answer(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(w, r)
		if err == nil {
			return
		}
		var kind problem.Kind // "": a fault of ours
		if known := problem.As(err); known != nil {
			kind = known.Kind
		}
		if errors.Is(err, link.ErrNowhere) || kind == problem.NotFound {
			page := ui.Page{Title: ui.Say("requests.nowhere"), Body: ui.Problem{Text: ui.Say("requests.nowhere.text")}}
			p.UI.Render(w, r, http.StatusNotFound, "problem", page)
			return
		}
		status, reference := web.Status(kind), ""
		if status >= http.StatusInternalServerError {
			reference = uuid.NewString()
			p.Log.Error("page of requests failed", "reference", reference, "error", err)
		}
		if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "60")
		}
		p.UI.Render(w, r, status, "problem", ui.ProblemPage(kind, reference))
	}
}

// person is the actor behind these pages.
func person(org string) access.Actor {
	return access.Actor{Org: org, Kind: access.KindPerson, ID: "requests"}
}

// admit holds a network to its rate.
func (p *Pages) admit(r *http.Request) error {
	from := web.Network(r.Context())
	if from == "" || p.networks.Allow(from, p.DB.Now()) {
		return nil
	}
	return problem.New(problem.TooMany, "too_many_requests", "Many requests came from this network in a short time. Try again in a minute.")
}

// same is the address of a page with the language the reader chose.
func same(r *http.Request, path string) string {
	if l := r.URL.Query().Get("lang"); l != "" {
		return path + "?lang=" + url.QueryEscape(l)
	}
	return path
}

func misread() error {
	return problem.New(problem.Invalid, "invalid_form", "This form can't be read.")
}
