// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
)

// Invent fills the store with the sample shop. The clock is the one the App was
// made with. What is written to its people lies in the outbox, whatever mail
// server is set: nothing about the invented past is sent anywhere, nor is any of
// it left to be sent.
func (a *App) Invent(ctx context.Context, moving *clock.Manual, people int, progress func(done, total int)) error {
	return a.Within(ctx, "", func(client *http.Client) error {
		post, err := a.invented(client)
		if err != nil {
			return err
		}
		a.Choices.Follow(nil) // until the story comes to where Lecito writes
		defer a.Choices.Follow(a.Messages)
		return sample.Store{
			DB: a.DB, Clock: moving, Register: a.Register, Choices: a.Choices, Rights: a.Rights, Requests: a.Requests, Post: post,
		}.Fill(ctx, people, progress)
	})
}

func (a *App) invented(client *http.Client) (*inventedPost, error) {
	pages, err := ui.New()
	if err != nil {
		return nil, fmt.Errorf("prepare pages: %w", err)
	}
	p := &inventedPost{Service: a.Messages, client: client, folder: mail.NewFolder(a.Config.outbox(), nil), links: map[string]string{}}
	config := a.Config
	config.Mail = Mail{From: config.Mail.From}
	_, from, err := config.mailer()
	if err != nil {
		return nil, fmt.Errorf("prepare mail: %w", err)
	}
	p.out, err = a.outgoing(pages, link.New(a.Secrets, a.Config.PublicURL).At(a.Register), p, from)
	return p, err
}

// inventedPost is the post of the sample: messages lie in the outbox, and their
// links are followed as the people of the story would.
type inventedPost struct {
	*message.Service

	out    outgoing
	client *http.Client
	folder *mail.Folder
	links  map[string]string // path that the latest message to a mailbox leads to
}

// leads is the link of a message that asks to confirm.
var leads = regexp.MustCompile(`https?://[^\s/]+(/c/\S+)`)

// Send keeps a message, and where it leads.
func (p *inventedPost) Send(ctx context.Context, m mail.Message) error {
	if found := leads.FindStringSubmatch(m.Text); found != nil {
		p.links[m.To] = found[1]
	}
	return p.folder.Send(ctx, m)
}

// Bring implements [sample.Post].
func (p *inventedPost) Bring(ctx context.Context) error {
	if err := p.out.sender.Send(ctx, sample.Organisation); err != nil {
		return err
	}
	return p.out.asking.Requests.Work(ctx, sample.Organisation, p.out.asking)
}

// Sweep implements [sample.Post].
func (p *inventedPost) Sweep(ctx context.Context) error {
	return p.out.sender.Sweep(ctx, sample.Organisation)
}

// Press implements [sample.Post].
func (p *inventedPost) Press(ctx context.Context, address string, fields url.Values) error {
	path, ok := p.links[address]
	if !ok {
		return fmt.Errorf("no message to follow was sent")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://lecito"+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return fmt.Errorf("follow a message: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "it")
	answer, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("follow a message: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if !strings.HasPrefix(answer.Status, "200 ") {
		return fmt.Errorf("follow a message: it answers %s", answer.Status)
	}
	return nil
}
