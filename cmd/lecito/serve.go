// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/sample"
)

// samplePeople is how many people the sample invents.
const samplePeople = 2000

func serveCommand(g *globals) *cobra.Command {
	config := app.Config{}
	withSample, site := false, ""
	var proxies []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "console, preference centre and API, in one process",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if g.server != "" && cmd.Flags().Changed("server") {
				return usage("serve runs a server; --server talks to another one")
			}
			var err error
			if config.Proxies, err = networks(proxies); err != nil {
				return err
			}
			config.Dir, config.URL = g.dir, g.db
			config.Mail.Password = os.Getenv("LECITO_SMTP_PASSWORD")
			config.Log = slog.New(slog.NewJSONHandler(g.err, nil))
			if withSample {
				if err := g.fillSample(cmd.Context(), config); err != nil {
					return err
				}
				config.Site = site
			}
			return g.serve(cmd.Context(), config, withSample)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&config.Addr, "addr", "127.0.0.1:8400", "address to listen on")
	flags.StringVar(&config.PublicURL, "public-url", "", "how people reach it, for links; default http://ADDR")
	flags.BoolVar(&config.PublicLedger, "public-ledger", false, "serve every organisation's log to everybody under /v1/o/{org}/ledger/")
	flags.StringArrayVar(&proxies, "trusted-proxy", nil, "network of a proxy in front, as 10.0.0.0/8: its X-Forwarded-For says who calls; can be repeated")
	flags.StringVar(&config.Mail.Server, "smtp", "", "mail server, as smtps://user@mail.example:465 or smtp://user@mail.example:587; the password in LECITO_SMTP_PASSWORD; without a server messages are kept in DATA/outbox")
	flags.StringVar(&config.Mail.From, "mail-from", "", "mailbox that messages are sent from; default no-reply@ the host of --public-url")
	flags.StringVar(&config.Mail.Key, "dkim", "", "key that signs messages, as DOMAIN:SELECTOR:FILE")
	flags.BoolVar(&config.Index, "index", true, "answer questions about now from memory; --index=false asks the store each time")
	flags.BoolVar(&withSample, "sample", false, "with a lived-in sample organisation, on first start")
	flags.StringVar(&site, "sample-site", "127.0.0.1:8401", "with --sample: where the shop's own site answers; empty: nowhere")
	return cmd
}

// networks reads the networks of proxies.
func networks(given []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, cidr := range given {
		network, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, usage("--trusted-proxy is a network, as 10.0.0.0/8 or 2001:db8::/32; one address is 192.0.2.1/32")
		}
		all = append(all, network)
	}
	return all, nil
}

func (g *globals) serve(ctx context.Context, config app.Config, withSample bool) error {
	a, err := app.New(ctx, config)
	if err != nil {
		return err
	}
	err = a.Serve(ctx, func(addr string) {
		g.say("Lecito answers on http://%s", addr)
		if config.Mail.Server == "" {
			g.say("No mail server is set (--smtp): messages to customers are kept in %s", filepath.Join(a.Config.Dir, "outbox"))
		}
		g.welcome(ctx, a)
		if withSample {
			g.introduce(ctx, a)
		}
	})
	return errors.Join(err, a.Close())
}

// welcome prints a sign-in link for the first owner of each organisation, once.
func (g *globals) welcome(ctx context.Context, a *app.App) {
	links, err := a.FirstOwners(ctx)
	if err != nil {
		g.say("No sign-in link could be made: %v", err)
		return
	}
	for org, link := range links {
		g.say("Sign in to %s, once, within 15 minutes: %s", org, link)
	}
	if len(links) == 0 {
		g.say("Sign in with a link from: lecito operator invite EMAIL --role ROLE")
	}
}

// introduce shows the sample from the other side: as one of its customers.
func (g *globals) introduce(ctx context.Context, a *app.App) {
	link, err := a.CentreLink(ctx, sample.Organisation, sample.Giulia)
	if err == nil && link != "" {
		g.say("See it as a customer, Giulia Ferri: %s", link)
	}
	if a.Site != "" {
		g.say("See the shop's site, with banner and forms: %s", a.Site)
	}
}

// fillSample makes the sample on a store that has no organisation yet. In a new
// data folder it is made aside and moved into place whole, so that a start that
// is cut off leaves nothing behind.
func (g *globals) fillSample(ctx context.Context, config app.Config) error {
	place := config.Dir
	_, err := os.Stat(place)
	aside := config.URL == "" && errors.Is(err, fs.ErrNotExist)
	if aside {
		config.Dir = place + ".new"
		if err := os.RemoveAll(config.Dir); err != nil {
			return fmt.Errorf("make room for the sample: %w", err)
		}
	}
	moving := clock.NewManual(sample.Begins())
	config.Clock, config.Index = moving, false
	config.Log = slog.New(slog.NewJSONHandler(g.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.New(ctx, config)
	if err != nil {
		return err
	}
	if err := errors.Join(g.invent(ctx, a, moving), a.Close()); err != nil {
		return err
	}
	if !aside {
		return nil
	}
	return os.Rename(config.Dir, place)
}

func (g *globals) invent(ctx context.Context, a *app.App, moving *clock.Manual) error {
	orgs, err := a.Ledger.Organisations(ctx)
	if err != nil || len(orgs) > 0 {
		return err
	}
	g.say("Inventing a shop with %d people and three years of their choices…", samplePeople)
	bar := g.bar(0, "events")
	err = a.Invent(ctx, moving, samplePeople, bar.to)
	bar.end()
	if err != nil {
		return fmt.Errorf("make the sample: %w", err)
	}
	return a.Ledger.Sequence(ctx, sample.Organisation)
}
