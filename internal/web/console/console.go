// SPDX-License-Identifier: Apache-2.0

// Package console is where the organisation's own people work: they sign in by
// a one-time link, see what needs them today, look up why a person may or may not
// be written to, clear and import lists, answer what people ask, and read the ledger and the law they are held to.
//
// What it promises: a link is used up by a press of a button, never by a scanner
// that follows it; nothing personal stands in an address, and what somebody looks
// for is posted; another organisation's person is not found here; what cannot
// be undone shows its plan first; uploaded lists and their parts lie encrypted
// under a key that only memory holds, in files without a name, for 48 hours at
// most.
//
// Where it is weak: runs of lists are kept by one process and end with it, so
// behind a balancer of several nodes a person has to stay on one; the figures of
// Today are up to ten minutes old, and say so.
package console

import (
	"cmp"
	"context"
	"embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/console/foresee"
	"github.com/lecito/lecito/internal/web/console/lawbook"
	"github.com/lecito/lecito/internal/web/console/outbox"
	"github.com/lecito/lecito/internal/web/console/run"
	"github.com/lecito/lecito/internal/web/requests"
	"github.com/lecito/lecito/internal/web/ui"
)

//go:embed pages
var pages embed.FS

// Parts are what the pages are made with.
type Parts struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Subjects *subject.Subjects
	Register *register.Service
	Choices  *choice.Service
	Standing *standing.Service
	Lists    *lists.Service
	Rights   *rights.Service
	Requests *request.Service
	Access   *access.Service
	Messages *message.Service
	UI       *ui.UI
	Clock    clock.Clock
	Log      *slog.Logger // nil: nothing is logged
	Dir      string       // where uploaded lists lie, encrypted; empty: the system's folder for temporary files
	Secure   bool         // people reach it by https
	Outbox   bool         // messages to people are kept as files: no mail server is set
}

// Console serves the pages.
type Console struct {
	Parts

	runs    *run.Runs
	ahead   *foresee.Pages
	desk    *requests.Desk
	figures *figures

	work context.Context // of what goes on after its request; ends with stop
	stop context.CancelFunc
	busy sync.WaitGroup
}

// New returns the console and adds its pages to the UI.
func New(p Parts) (*Console, error) {
	p.Log = cmp.Or(p.Log, slog.New(slog.DiscardHandler))
	for _, page := range []string{
		"signin", "today", "people", "why", "erase", "lists", "run", "ledger", "entry", "purposes", "notice",
		"law", "due", "impact", "foreseen", "expiring", "messages", "message",
	} {
		if err := p.UI.Add("console."+page, pages, "pages/story.tmpl", "pages/sure.tmpl", "pages/"+page+"/*.tmpl", "pages/console.css", "pages/foresee.css"); err != nil {
			return nil, err
		}
	}
	c := &Console{Parts: p, runs: run.New(p.Lists, p.Clock, p.Log, p.Dir), figures: newFigures()}
	c.ahead = foresee.New(foresee.Parts{Register: p.Register, Standing: p.Standing, UI: p.UI, Clock: p.Clock, Log: p.Log})
	desk, err := requests.NewDesk(requests.Desk{DB: p.DB, Requests: p.Requests, UI: p.UI})
	if err != nil {
		return nil, err
	}
	c.desk = desk
	c.work, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// sweep is how often what has had its time is removed.
const sweep = 5 * time.Minute

// Run removes what has had its time until the context ends, then stops the work
// under way, waits for it and removes every uploaded file.
func (c *Console) Run(ctx context.Context) {
	tick := time.NewTicker(sweep)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.runs.Sweep()
		case <-ctx.Done():
			c.runs.Close()
			c.ahead.Close()
			c.stop()
			c.busy.Wait()
			return
		}
	}
}

// Bounds of what is sent to a page.
const (
	maxForm   = 64 << 10
	maxUpload = 2 << 30
)

// Routes are the addresses of the console, for the server's one table.
func (c *Console) Routes() []web.Route {
	read := []string{access.ScopeSubjects, access.ScopeCheck}
	people := []string{access.ScopeSubjects}
	erase := []string{access.ScopeRequests}
	clearing := []string{access.ScopeCheck}
	return []web.Route{
		{Pattern: "GET /sign-in/{token}", Public: true, Quiet: true, Do: door(c.askSignIn)},
		{Pattern: "POST /sign-in/{token}", Public: true, Body: maxForm, Do: door(c.signIn)},
		{Pattern: "POST /sign-out", Body: maxForm, Do: door(c.signOut)},
		{Pattern: "GET /{$}", Scopes: read, Do: c.page(c.today)},
		{Pattern: "GET /subjects", Scopes: people, Do: c.page(c.people)},
		{Pattern: "POST /subjects", Scopes: people, Body: maxForm, Do: c.page(c.search)},
		{Pattern: "GET /subjects/{id}", Scopes: people, Do: c.page(c.why)},
		{Pattern: "POST /subjects/{id}/certificate", Scopes: clearing, Body: maxForm, Do: c.page(c.certificate)},
		{Pattern: "GET /subjects/{id}/erase", Scopes: erase, Do: c.page(c.planErasure)},
		{Pattern: "POST /subjects/{id}/erase", Scopes: erase, Body: maxForm, Do: c.page(c.erase)},
		{Pattern: "GET /messages", Scopes: people, Do: c.post(outbox.Pages.List)},
		{Pattern: "GET /messages/{id}", Scopes: people, Do: c.post(outbox.Pages.One)},
		{Pattern: "POST /messages/{id}/retry", Scopes: []string{access.ScopeChoices}, Body: maxForm, Do: c.post(outbox.Pages.Retry)},
		{Pattern: "GET /requests", Scopes: erase, Do: c.answering((*requests.Desk).Queue)},
		{Pattern: "GET /requests/{id}", Scopes: erase, Do: c.answering((*requests.Desk).See)},
		{Pattern: "POST /requests/{id}", Scopes: erase, Body: maxForm, Do: c.answering((*requests.Desk).Act)},
		{Pattern: "GET /lists", Scopes: clearing, Do: c.page(c.lists)},
		{Pattern: "POST /lists", Scopes: clearing, Body: maxUpload, Stream: true, Do: c.page(c.upload)},
		{Pattern: "GET /lists/{run}", Scopes: clearing, Do: c.runPage(c.see)},
		{Pattern: "GET /lists/{run}/events", Scopes: clearing, Stream: true, Quiet: true, Do: c.runPage(c.events)},
		{Pattern: "GET /lists/{run}/{file}", Scopes: clearing, Stream: true, Do: c.runPage(c.download)},
		{Pattern: "POST /lists/{run}/cancel", Scopes: clearing, Body: maxForm, Do: c.runPage(c.cancel)},
		{Pattern: "POST /lists/{run}/confirm", Scopes: clearing, Body: maxForm, Do: c.runPage(c.confirm)},
		{Pattern: "GET /ledger", Scopes: read, Do: c.page(c.ledgerPage)},
		{Pattern: "GET /ledger/{id}", Scopes: read, Do: c.page(c.entry)},
		{Pattern: "GET /ledger/{id}/{file}", Scopes: read, Do: c.page(c.proof)},
		{Pattern: "GET /purposes", Scopes: read, Do: c.page(c.purposes)},
		{Pattern: "GET /law", Scopes: read, Do: c.law(lawbook.Pages.Law)},
		{Pattern: "GET /law/due", Scopes: read, Do: c.law(lawbook.Pages.Due)},
		{Pattern: "GET /notices/{id}/{version}", Scopes: read, Do: c.page(c.noticePage)},
		{Pattern: "GET /impact", Scopes: read, Do: c.look((*foresee.Pages).Ask)},
		{Pattern: "POST /impact", Scopes: read, Body: register.MaxSize + maxForm, Do: c.look((*foresee.Pages).Begin)},
		{Pattern: "GET /impact/{run}", Scopes: read, Do: c.look((*foresee.Pages).See)},
		{Pattern: "GET /impact/{run}/events", Scopes: read, Stream: true, Quiet: true, Do: c.look((*foresee.Pages).Events)},
		{Pattern: "POST /impact/{run}/cancel", Scopes: read, Body: maxForm, Do: c.look((*foresee.Pages).Cancel)},
		{Pattern: "GET /expiring", Scopes: read, Do: c.look((*foresee.Pages).Expiring)},
		{Pattern: "POST /expiring", Scopes: read, Body: maxForm, Do: c.look((*foresee.Pages).ExpiringAgain)},
		{Pattern: "GET /expiring/{run}/events", Scopes: read, Stream: true, Quiet: true, Do: c.look((*foresee.Pages).Events)},
		{Pattern: "POST /expiring/{run}/cancel", Scopes: read, Body: maxForm, Do: c.look((*foresee.Pages).Cancel)},
	}
}

// handler answers one address.
type handler = func(http.ResponseWriter, *http.Request) error

// door puts the headers of a page around what answers with one.
func door(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ui.SetHeaders(w)
		return do(w, r)
	}
}

// page is for who is signed in, or holds the data folder.
func (c *Console) page(do func(http.ResponseWriter, *http.Request, *visit) error) handler {
	return door(func(w http.ResponseWriter, r *http.Request) error {
		v, err := c.open(r)
		if err != nil {
			return err
		}
		return do(w, r, v)
	})
}

// post is a page of the messages to people.
func (c *Console) post(do func(outbox.Pages, http.ResponseWriter, *http.Request, outbox.Visit) error) handler {
	return c.page(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		return do(outbox.Pages{Messages: c.Messages, UI: c.UI, Folder: c.Outbox}, w, r, outbox.Visit{Actor: v.actor, Frame: v.page})
	})
}

// runPage is about a run that is theirs to see.
func (c *Console) runPage(do func(http.ResponseWriter, *http.Request, *visit, *run.Run) error) handler {
	return c.page(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		one, err := c.runs.Find(v.actor, r.PathValue("run"))
		if err != nil {
			return err
		}
		return do(w, r, v, one)
	})
}
