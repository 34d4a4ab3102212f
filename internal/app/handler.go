// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/api"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/console"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/requests"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/verify"
	"github.com/lecito/lecito/internal/web/widget"
	"github.com/lecito/lecito/lawful"
)

// Handler answers everything: API, pages for customers and console. What pages go
// on with after an answer is done by the function returned, which runs until its
// context ends.
func (a *App) Handler() (http.Handler, func(context.Context), error) {
	pages, err := ui.New()
	if err != nil {
		return nil, nil, fmt.Errorf("prepare pages: %w", err)
	}
	links := link.New(a.Secrets, a.Config.PublicURL).At(a.Register)
	routes, work, err := a.customers(pages, links)
	if err != nil {
		return nil, nil, err
	}
	secure := strings.HasPrefix(a.Config.PublicURL, "https://")
	office, err := console.New(console.Parts{
		DB: a.DB, Ledger: a.Ledger, Subjects: a.Subjects, Register: a.Register, Choices: a.Choices, Standing: a.Standing,
		Lists: a.Lists, Rights: a.Rights, Requests: a.Requests, Access: a.Access, Messages: a.Messages, UI: pages,
		Clock: a.Config.Clock, Log: a.Config.Log, Dir: a.Config.Dir, Secure: secure, Outbox: a.Config.Mail.Server == "",
	})
	if err != nil {
		return nil, nil, fmt.Errorf("prepare the console: %w", err)
	}
	routes = append(append(routes, office.Routes()...), api.Routes(api.Parts{
		DB: a.DB, Keys: a.Keys, Secrets: a.Secrets, Ledger: a.Ledger, Subjects: a.Subjects, Register: a.Register,
		Choices: a.Choices, Standing: a.Standing, Lists: a.Lists, Rights: a.Rights, Requests: a.Requests, Access: a.Access, Links: links,
		Messages: a.Messages, Clock: a.Config.Clock, PublicURL: a.Config.PublicURL, PublicLedger: a.Config.PublicLedger, Doctor: a.doctor,
	})...)
	routes = append(routes, web.Route{Pattern: "/assets/", Public: true, Quiet: true, Do: serve(pages.Assets())})
	return web.New(web.Config{
			Metrics: a.metrics(), Routes: routes, Access: a.Access, Organisations: a.Ledger.Organisations,
			Page: office.Page, Clock: a.Config.Clock, Log: a.Config.Log, Proxies: a.Config.Proxies, Secure: secure,
		}), func(ctx context.Context) {
			var all sync.WaitGroup
			for _, run := range append(work, office.Run) {
				all.Go(func() { run(ctx) })
			}
			all.Wait()
		}, nil
}

// customers are the pages that need no signing in, and the work behind them.
func (a *App) customers(pages *ui.UI, links *link.Links) ([]web.Route, []func(context.Context), error) {
	mailer, from, err := a.Config.mailer()
	if err != nil {
		return nil, nil, fmt.Errorf("prepare mail: %w", err)
	}
	out, err := a.outgoing(pages, links, mailer, from)
	if err != nil {
		return nil, nil, err
	}
	checking, err := verify.New(pages)
	if err != nil {
		return nil, nil, fmt.Errorf("prepare the page that verifies: %w", err)
	}
	sites, err := widget.New(widget.Parts{DB: a.DB, Register: a.Register, Choices: a.Choices, UI: pages})
	if err != nil {
		return nil, nil, fmt.Errorf("prepare the script: %w", err)
	}
	routes := append(checking.Routes(), sites.Routes()...)
	for _, pattern := range []string{"/p/", "/c/", "/u/", "/n/", "/b/"} {
		routes = append(routes, web.Route{Pattern: pattern, Public: true, Do: serve(out.people)})
	}
	routes = append(routes, web.Route{Pattern: "/r/", Public: true, Do: serve(out.asking)})
	send := func(ctx context.Context) {
		out.sender.Run(ctx, func(org string, err error) { a.Config.Log.Error("send messages", "org", org, "error", err) })
	}
	return routes, []func(context.Context){out.people.Run, send, out.asking.Run}, nil
}

// outgoing is what writes to customers, and the pages that its links lead to.
type outgoing struct {
	people *centre.Centre
	asking *requests.Pages
	sender *message.Sender
}

func (a *App) outgoing(pages *ui.UI, links *link.Links, mailer message.Mailer, from string) (outgoing, error) {
	var out outgoing
	var err error
	out.people, err = centre.New(centre.Config{
		DB: a.DB, Ledger: a.Ledger, Subjects: a.Subjects, Register: a.Register, Choices: a.Choices,
		Standing: a.Standing, Links: links, Codes: a.Access, Messages: a.Messages, Mail: mailer, From: from, UI: pages, Log: a.Config.Log,
	})
	if err != nil {
		return out, fmt.Errorf("prepare the preference centre: %w", err)
	}
	out.sender = a.Messages.Sender(message.Outlet{
		Links: links, Writer: out.people, Mail: mailer, From: from, Folder: mail.NewFolder(a.Config.outbox(), nil),
	})
	out.asking, err = requests.New(requests.Config{
		DB: a.DB, Subjects: a.Subjects, Register: a.Register, Requests: a.Requests, Links: links,
		Mail: mailer, From: from, UI: pages, Log: a.Config.Log,
	})
	if err != nil {
		return out, fmt.Errorf("prepare the pages of requests: %w", err)
	}
	return out, nil
}

// metrics are those of the index; the server adds its own.
func (a *App) metrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	if a.Memory == nil {
		return registry
	}
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "lecito_index_ready", Help: "1 when everybody's standing is in memory, 0 while some questions about now go to the store.",
		}, func() float64 {
			if a.Memory.Ready() {
				return 1
			}
			return 0
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "lecito_index_answers_total", Help: "Questions answered from memory.",
		}, func() float64 { return float64(a.Memory.Answered()) }),
	)
	return registry
}

// serve makes a route of a handler that writes its own errors.
func serve(h http.Handler) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}

// FirstOwners makes a sign-in link for each organisation nobody has signed in to yet.
func (a *App) FirstOwners(ctx context.Context) (map[string]string, error) {
	orgs, err := a.Ledger.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	links := map[string]string{}
	for _, org := range orgs {
		var contact string
		err := a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
			rules, err := a.Register.Rules(ctx, tx, org)
			if err == nil {
				contact = rules.Organisation.Contact
			}
			return err
		})
		if problem.Is(err, problem.NotFound) {
			continue // nothing is declared yet
		}
		if err != nil {
			return nil, err
		}
		if !strings.Contains(contact, "@") {
			contact = "owner@" + org + ".invalid"
		}
		signIn, ok, err := a.Access.FirstOwner(ctx, org, contact)
		if err != nil {
			return nil, err
		}
		if ok {
			links[org] = web.SignInURL(a.Config.PublicURL, signIn)
		}
	}
	return links, nil
}

// CentreLink makes the link to the preference centre that one would be sent at
// an address; "" where nobody is on record under it.
func (a *App) CentreLink(ctx context.Context, org, address string) (string, error) {
	id, err := subject.Normalise(lawful.IDEmail, address, "", "")
	if err != nil {
		return "", err
	}
	var made string
	err = a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		matches, err := a.Subjects.Match(ctx, tx, org, []lawful.Identifier{id.Identifier})
		holders := matches.Of(id.Identifier)
		if err != nil || len(holders) == 0 {
			return err
		}
		made, err = link.New(a.Secrets, a.Config.PublicURL).At(a.Register).Centre(ctx, tx, link.To{
			Org: org, Subject: holders[0], Identifier: id.Identifier, Expires: tx.Now().Add(link.Life),
		})
		return err
	})
	return made, err
}

// doctor looks the installation over.
func (a *App) doctor(ctx context.Context, actor access.Actor) ([]api.Finding, error) {
	epochs, began := a.Keys.Epochs()
	age := a.Config.Clock.Now().Sub(began[epochs[len(epochs)-1]])
	found := []api.Finding{
		{Name: "store", OK: true, Detail: "The store is open and has this program's shape."},
		{Name: "epoch", OK: age < 40*24*time.Hour, Detail: fmt.Sprintf(
			"The epoch of wrapping keys began %d days ago. A running server begins a new one each month; lecito keys rotate does it now.", int(age.Hours()/24))},
	}
	orgs, err := a.Ledger.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	if len(orgs) == 0 {
		found = append(found, api.Finding{Name: "organisation", Detail: "No organisation is declared: write what it does in a file and run lecito apply FILE."})
	}
	for _, org := range orgs {
		if actor.Org != "" && actor.Org != org {
			continue
		}
		finding, err := a.lookAtLog(ctx, org)
		if err != nil {
			return nil, err
		}
		found = append(found, finding)
	}
	return found, nil
}

func (a *App) lookAtLog(ctx context.Context, org string) (api.Finding, error) {
	waiting, err := a.Ledger.Waiting(ctx, org)
	if err != nil {
		return api.Finding{}, err
	}
	generations, err := a.Ledger.Generations(ctx, org)
	if err != nil {
		return api.Finding{}, err
	}
	live := generations[len(generations)-1]
	detail := fmt.Sprintf("The log of %s holds %d entries, generation %d; %d wait to be taken in.", org, live.Size, live.Number, waiting)
	signed := live.Checkpoint != ""
	if !signed {
		detail += " Its head is not signed: start the server, which signs it within a second."
	}
	return api.Finding{Name: "log", OK: signed && waiting < 100_000, Detail: detail}, nil
}
