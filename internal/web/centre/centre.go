// SPDX-License-Identifier: Apache-2.0

// Package centre is what customers see: the preference centre (/p/…) that a
// signed link opens, or a code sent by e-mail, where they see what is done with
// their data, choose purpose by purpose and channel by channel, stop everything
// and undo it; the page where they confirm a yes (/c/…, double opt-in); one-click
// unsubscribe (/u/…, RFC 8058), which for an hour gives back what it took.
// It serves the notices (/n/…) beside them.
//
// What it promises: nothing changes on GET, so a scanner that follows a link
// says nothing in the person's name; what somebody chooses here is recorded as
// their own act with the text that was shown to them; saying no takes as many taps
// as saying yes; a link of somebody erased leads nowhere; a link stands in no
// log and no Referer; who asks for a code is told nothing of who is known.
//
// Where it is weak: who has a person's link can act as that person until it
// expires, as with the mailbox it was sent to. A yes that needs confirmation is
// confirmed only through a link or a code that was sent to the very address.
package centre

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/notices"
	"github.com/lecito/lecito/internal/web/ui"
)

//go:embed pages
var pages embed.FS

// Config is what the pages are made with.
type Config struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Subjects *subject.Subjects
	Register *register.Service
	Choices  *choice.Service
	Standing *standing.Service
	Links    *link.Links
	Codes    *access.Service
	Messages *message.Service
	Mail     Mailer
	From     string // mailbox that messages are sent from
	UI       *ui.UI
	Log      *slog.Logger // nil: nothing is logged
}

// Centre serves /p/, /c/, /u/ and /n/, and under /b/ how the organisation's pages look.
type Centre struct {
	Config

	mux   *http.ServeMux
	asked chan asked
	again chan link.Opened // of messages that are over, whose addressee asks for another
	mail  *template.Template
}

// New returns the handler and adds its pages to the UI.
func New(c Config) (*Centre, error) {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	for _, page := range []string{"centre", "confirm", "door", "receipt", "stop"} {
		if err := c.UI.Add("centre."+page, pages, "pages/"+page+"/*.tmpl", "pages/centre/*.css"); err != nil {
			return nil, err
		}
	}
	mail, err := template.ParseFS(pages, "pages/mail/confirmation.tmpl")
	if err != nil {
		return nil, fmt.Errorf("prepare the message that asks to confirm: %w", err)
	}
	s := &Centre{Config: c, mux: http.NewServeMux(), asked: make(chan asked, waiting), again: make(chan link.Opened, waiting), mail: mail}
	routes := map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /p/{token}":                               s.see,
		"POST /p/{token}":                              s.act,
		"GET /p/{token}/receipts/{entry}":              s.receipt,
		"POST /p/{token}/receipts/{entry}":             s.mailReceipt,
		"GET /p/{token}/receipts/{entry}/receipt.json": s.receiptJSON,
		"GET /p/{token}/receipts/{entry}/receipt.pdf":  s.receiptPDF,
		"GET /p/{token}/data.json":                     s.dataJSON,
		"GET /p/{token}/data.txt":                      s.dataText,
		"GET /p/{org}/code":                            s.knock,
		"POST /p/{org}/code":                           s.enter,
		"GET /c/{token}":                               s.confirm,
		"POST /c/{token}":                              s.answerMessage,
		"GET /u/{token}":                               s.askStop,
		"POST /u/{token}":                              s.stop,
		"GET /b/{org}/{file}":                          s.look,
		"GET /p/{token}/data.csv":                      s.dataCSV,
	}
	notices, err := notices.New(c.DB, c.Register, c.UI)
	if err != nil {
		return nil, err
	}
	maps.Copy(routes, notices.Routes())
	for pattern, do := range routes {
		s.mux.HandleFunc(pattern, s.answer(do))
	}
	s.mux.HandleFunc("/", s.answer(func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.NotFound, "no_such_address", "There is nothing at this address.")
	}))
	return s, nil
}

// maxBody is more than any form of these pages holds.
const maxBody = 16 << 10

// ServeHTTP implements http.Handler.
func (s *Centre) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ui.SetHeaders(w)
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is the key to the page
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.mux.ServeHTTP(w, r)
}

// expired is a link that was good once.
type expired struct {
	of *register.Catalogue
	at time.Time
}

func (expired) Error() string { return "link has expired" }

// answer turns what goes wrong into a page for people. What nobody can act on is
// logged here, without the address, under the reference that the page shows.
func (s *Centre) answer(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(w, r)
		if err == nil {
			return
		}
		var late expired
		var kind problem.Kind // "": a fault of ours
		if p := problem.As(err); p != nil {
			kind = p.Kind
		}
		status := web.Status(kind)
		switch {
		case errors.As(err, &late):
			body := ui.Problem{Text: ui.Say("centre.expired.text", ui.Day{Time: late.at})}
			body.Way = &ui.Link{Href: "/p/" + url.PathEscape(late.of.Organisation.ID) + "/code", Text: ui.Say("door.back")}
			page := ui.Customer(late.of)
			page.Title, page.Body = ui.Say("centre.expired"), body
			s.UI.Render(w, r, http.StatusGone, "problem", page)
		case errors.Is(err, link.ErrNowhere):
			s.UI.Render(w, r, http.StatusNotFound, "problem", ui.Page{
				Title: ui.Say("centre.nowhere"), Body: ui.Problem{Text: ui.Say("centre.nowhere.text")},
			})
		case status < http.StatusInternalServerError:
			s.UI.Render(w, r, status, "problem", ui.ProblemPage(kind, ""))
		default:
			reference := uuid.NewString()
			s.Log.Error("customer page failed", "reference", reference, "error", err)
			if status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "5")
			}
			s.UI.Render(w, r, status, "problem", ui.ProblemPage(kind, reference))
		}
	}
}

// person is the actor behind a signed link.
func person(org string) access.Actor {
	return access.Actor{Org: org, Kind: access.KindPerson, ID: "centre", Scopes: []string{access.ScopeChoices, access.ScopeCheck}}
}
