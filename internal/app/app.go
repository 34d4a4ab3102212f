// SPDX-License-Identifier: Apache-2.0

// Package app puts the parts together: it is the only place that knows
// everything, and has no rules of its own.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
)

// Config says how to run. The zero value of each field is safe.
type Config struct {
	Dir          string         // data folder: the embedded store, keys and socket; default ./lecito-data
	URL          string         // PostgreSQL instead of the embedded store; keys stay in Dir
	Schema       string         // PostgreSQL schema; empty: what the server says
	Addr         string         // where serve listens; default 127.0.0.1:8400
	PublicURL    string         // how people reach it, for links; default http://Addr
	PublicLedger bool           // serve each organisation's log to everybody under /v1/o/{org}/ledger/
	Proxies      []netip.Prefix // whose X-Forwarded-For is believed; default: nobody's
	Index        bool           // answer questions about now from memory; for a process that stays
	Mail         Mail           // how messages to customers are sent
	Site         string         // where the sample shop's own site listens; empty: nowhere
	Clock        clock.Clock    // default: the machine's
	Log          *slog.Logger   // default: discarded
}

// Mail says how messages are sent. Without a server they are kept as files in
// the data folder, under outbox.
type Mail struct {
	Server   string // smtps://user@mail.example:465 or smtp://user@mail.example:587
	Password string
	From     string // mailbox; default: no-reply at the host of PublicURL
	Key      string // DKIM: DOMAIN:SELECTOR:FILE; empty: nothing is signed
}

// mailer prepares what hands messages over, and the mailbox they come from.
func (c Config) mailer() (message.Mailer, string, error) {
	from := c.Mail.From
	if from == "" {
		from = "no-reply@localhost.invalid"
		if u, err := url.Parse(c.PublicURL); err == nil && strings.Contains(u.Hostname(), ".") && net.ParseIP(u.Hostname()) == nil {
			from = "no-reply@" + u.Hostname()
		}
	}
	if _, err := mail.ParseMailbox(from); err != nil {
		return nil, "", err
	}
	var key *mail.Key
	var err error
	if c.Mail.Key != "" {
		if key, err = mail.ReadKey(c.Mail.Key); err != nil {
			return nil, "", err
		}
	}
	if c.Mail.Server == "" {
		return mail.NewFolder(c.outbox(), key), from, nil
	}
	server, err := mail.ParseServer(c.Mail.Server, c.Mail.Password, key)
	return server, from, err
}

// outbox is the folder of messages that no mail server was set for.
func (c Config) outbox() string { return filepath.Join(c.Dir, "outbox") }

// App is the running product.
type App struct {
	Config   Config
	DB       *db.DB
	Keys     *seal.Keys
	Secrets  *seal.Secrets
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
	Memory   *standing.Memory // nil: Config.Index is off
	Site     string           // address of the sample shop's own site, while it answers

	addr    string    // where Serve listens
	renewed []string  // organisations whose log began a new generation at the start
	lock    io.Closer // of the data folder
}

// ErrInUse says that another process has the embedded store open.
var ErrInUse = errors.New("the data folder is in use by another lecito process")

// New opens the store and the keys and puts the parts together. A store behind
// the last signed head begins a new generation of its logs first, and whoever was
// erased since it was copied is erased again.
func New(ctx context.Context, c Config) (*App, error) {
	c = c.defaults()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	a := &App{Config: c}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.recover(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// recover makes good what a store from the past lacks: its logs begin a new
// generation, and whoever was erased since is erased again.
func (a *App) recover(ctx context.Context) error {
	var err error
	a.renewed, err = a.Ledger.Recover(ctx)
	for _, org := range a.renewed {
		a.Config.Log.Warn("the store is behind the last signed head: a new generation of the log begins", "org", org)
	}
	if err != nil {
		return err
	}
	again, err := a.Rights.Reapply(ctx)
	if again > 0 {
		a.Config.Log.Warn("the store is older than erasures that were done: they were done again", "people", again)
	}
	return err
}

func (c Config) defaults() Config {
	if c.Dir == "" {
		c.Dir = "lecito-data"
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:8400"
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Addr
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// store says where the store is.
func (c Config) store() db.Options {
	o := db.Options{URL: c.URL, Schema: c.Schema, Clock: c.Clock, Log: c.Log}
	if c.URL == "" {
		o.Dir = c.Dir
	}
	return o
}

func (a *App) open(ctx context.Context) error {
	c := a.Config
	var err error
	if c.URL == "" {
		if a.lock, err = lockFolder(c.Dir); err != nil {
			return err
		}
	}
	if a.Keys, err = seal.Open(filepath.Join(c.Dir, "keys"), c.Clock.Now()); err != nil {
		return err
	}
	if a.DB, err = db.Open(ctx, c.store()); err != nil {
		return err
	}
	a.Secrets = seal.NewSecrets(a.Keys)
	a.Ledger = ledger.New(a.DB, a.Keys, a.Secrets, c.Clock)
	a.Subjects = subject.New(a.Ledger, a.Secrets)
	a.Register = register.New(a.DB, a.Ledger, a.Ledger.Create)
	a.Choices = choice.New(a.DB, a.Ledger, a.Subjects, a.Register)
	a.Standing = standing.New(a.DB, a.Ledger, a.Subjects, a.Register)
	if c.Index {
		a.Memory = a.Standing.Remember(c.URL == "", c.Dir)
	}
	a.Rights = rights.New(a.DB, a.Ledger, a.Subjects, a.Register, a.Keys)
	a.Rights.Clears(mail.NewFolder(c.outbox(), nil))
	a.Access = access.New(a.DB, a.Ledger, a.Secrets)
	a.Messages = message.New(message.Parts{DB: a.DB, Ledger: a.Ledger, Subjects: a.Subjects, Register: a.Register, Choices: a.Choices})
	a.Choices.Follow(a.Messages)
	if a.Requests, err = request.New(request.Parts{
		DB: a.DB, Ledger: a.Ledger, Subjects: a.Subjects, Choices: a.Choices, Register: a.Register, Keys: a.Keys, Secrets: a.Secrets,
	}); err != nil {
		return err
	}
	a.Lists = lists.New(lists.Parts{
		DB: a.DB, Ledger: a.Ledger, Choices: a.Choices, Standing: a.Standing, Rules: a.Register,
		Secrets: a.Secrets, Clock: c.Clock, Dir: c.Dir,
	})
	return nil
}

// Close ends what New opened. What was acknowledged is kept.
func (a *App) Close() error {
	var err error
	if a.DB != nil {
		err = a.DB.Close()
	}
	if a.lock != nil {
		err = errors.Join(err, a.lock.Close())
	}
	return err
}

// Run sequences logs and does what comes due, until the context ends.
func (a *App) Run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { a.due(ctx) })
	if a.Memory != nil {
		group.Go(func() {
			a.Memory.Keep(ctx, func(org string, err error) {
				a.Config.Log.Error("keep the index up", "org", org, "error", err)
			})
		})
	}
	a.Ledger.Run(ctx, func(org string, err error) {
		a.Config.Log.Error("sequence the log", "org", org, "error", err)
	})
	group.Wait()
}

// due does what comes due, at the start and every hour.
func (a *App) due(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := a.Rights.Due(ctx, a.Config.Clock.Now()); err != nil && ctx.Err() == nil {
			a.Config.Log.Error("do what is due: the ends of epochs, tombstones and restricted evidence", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lockFolder takes the data folder for this process, until it ends.
func lockFolder(dir string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lecito.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, ErrInUse
	}
	return f, nil
}
